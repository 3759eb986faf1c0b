"""Dateline's retriever for llama-index: a `BaseRetriever`, so that its engines, rerankers and agents compose with it.

A module of its own, imported only by those who use it: importing llama-index takes longer than answering a question.

    from llama_index.core.query_engine import RetrieverQueryEngine
    engine = RetrieverQueryEngine.from_args(DatelineRetriever(services, limit=8), llm=…)
"""

from __future__ import annotations

from llama_index.core.base.base_retriever import BaseRetriever
from llama_index.core.schema import NodeRelationship, NodeWithScore, QueryBundle, RelatedNodeInfo, TextNode

from ingest.articles import ArticleFilter
from service.answers import Passage
from service.wiring import EVERYTHING, Services


class DatelineRetriever(BaseRetriever):
    """Hybrid retrieval as llama-index nodes. Node text is verbatim, with its offsets in the article."""

    def __init__(self, services: Services, *, limit: int = 10, filters: ArticleFilter = EVERYTHING) -> None:
        """`limit` is how many passages a query gives; `filters` say which articles may be used."""
        super().__init__()
        self._services = services
        self._limit = limit
        self._filters = filters

    def _retrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
        passages = self._services.search(query_bundle.query_str, limit=self._limit, filters=self._filters)
        return [NodeWithScore(node=_node(passage), score=passage.score) for passage in passages]


def _node(passage: Passage) -> TextNode:
    metadata = {
        "source": passage.source,
        "title": passage.title,
        "outlet": passage.outlet,
        "published_at": passage.published_at,
        "line": passage.line,
    }
    return TextNode(
        id_=f"{passage.article_id}:{passage.start}-{passage.end}",
        text=passage.text,
        start_char_idx=passage.start,
        end_char_idx=passage.end,
        metadata={key: value for key, value in metadata.items() if value is not None},
        excluded_embed_metadata_keys=["line"],
        relationships={NodeRelationship.SOURCE: RelatedNodeInfo(node_id=passage.article_id)},
    )
