"""Dateline's chunker as a node parser of llama-index, for those who compose with that ecosystem.

Imported only by them: `llama_index.core` costs seconds to import, and nothing else of ingest needs it. The
nodes carry the ids, offsets and exact text of our chunks, so that what is stored of them can be cited like the
rest.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from llama_index.core.node_parser import NodeParser
from llama_index.core.schema import BaseNode, Document, MetadataMode, NodeRelationship, TextNode
from pydantic import Field

from ingest.articles import Article, Chunk, Sentence, Span, article_id_of
from ingest.chunking import chunk
from ingest.sentences import sentences

SplitSentences = Callable[[str, Sequence[Span]], Sequence[Sentence]]


class DatelineNodeParser(NodeParser):
    """Documents in, one `TextNode` a chunk out.

    A document's metadata may hold `source` (else its id is used), `title`, `outlet`, `authors`, `published_at`
    and `url`, as strings (`authors` also as a list). Each node has the chunk's id, `start_char_idx` and
    `end_char_idx` into the document's text, the document's metadata with `article_id`, `ordinal`,
    `boilerplate` and `context` added, and its document as SOURCE. In `MetadataMode.EMBED` the context stands in
    front of the text and no other metadata does; in `MetadataMode.LLM` title, outlet, date and source do.
    """

    count_tokens: Callable[[Sequence[str]], list[int]] = Field(
        description="n texts in, n counts out, by the embedder's tokenizer", exclude=True
    )
    split_sentences: SplitSentences = Field(
        default=sentences, description="sentence spans of a text", exclude=True
    )
    max_tokens: int = Field(default=256, gt=0, description="window of the embedder, in tokens")

    @classmethod
    def class_name(cls) -> str:
        """The name llama-index serializes this parser under."""
        return "DatelineNodeParser"

    def _parse_nodes(
        self, nodes: Sequence[BaseNode], show_progress: bool = False, **kwargs: Any
    ) -> list[BaseNode]:
        parsed: list[BaseNode] = []
        for node in nodes:
            article = _article_of(node)
            found = self.split_sentences(article.text, article.boilerplate)
            chunks = chunk(article, found, self.count_tokens, self.max_tokens)
            parsed.extend(_node_of(each, node) for each in chunks)
        return parsed

    def _postprocess_parsed_nodes(
        self, nodes: list[BaseNode], parent_doc_map: dict[str, Document]
    ) -> list[BaseNode]:
        # llama-index looks every text up again in its document, and finds the wrong place where a short
        # chunk's words also stand in the chunk before. The offsets are known here already: put them back.
        offsets = [(n.start_char_idx, n.end_char_idx) for n in nodes if isinstance(n, TextNode)]
        processed: list[BaseNode] = super()._postprocess_parsed_nodes(nodes, parent_doc_map)
        for node, (start, end) in zip(processed, offsets, strict=True):
            if isinstance(node, TextNode):
                node.start_char_idx, node.end_char_idx = start, end
        return processed


def _article_of(node: BaseNode) -> Article:
    metadata = node.metadata
    source = str(metadata.get("source") or node.node_id)
    authors = metadata.get("authors") or ()

    def known(name: str) -> str | None:
        value = metadata.get(name)
        return str(value) if value else None

    return Article(
        article_id=str(metadata.get("article_id") or article_id_of(source)),
        source=source,
        text=node.get_content(metadata_mode=MetadataMode.NONE),
        title=known("title"),
        outlet=known("outlet"),
        authors=(authors,) if isinstance(authors, str) else tuple(authors),
        published_at=known("published_at"),
        url=known("url"),
    )


def _node_of(each: Chunk, parent: BaseNode) -> TextNode:
    own: dict[str, Any] = {
        "article_id": each.article_id,
        "ordinal": each.ordinal,
        "boilerplate": each.boilerplate,
        "context": each.context,
    }
    metadata = {**parent.metadata, **own}
    shown = {"title", "outlet", "published_at", "source"}
    return TextNode(
        id_=each.chunk_id,
        text=each.text,
        start_char_idx=each.start,
        end_char_idx=each.end,
        metadata=metadata,
        excluded_embed_metadata_keys=[key for key in metadata if key != "context"],
        excluded_llm_metadata_keys=[key for key in metadata if key not in shown],
        metadata_template="{value}",
        text_template="{metadata_str}\n{content}",
        relationships={NodeRelationship.SOURCE: parent.as_related_node_info()},
    )
