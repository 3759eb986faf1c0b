"""The chunker through llama-index: same text, same offsets, same ids."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

pytest.importorskip("llama_index.core")

from llama_index.core.ingestion import IngestionPipeline
from llama_index.core.schema import Document, MetadataMode, NodeRelationship, TextNode

from ingest.articles import Article, article_id_of
from ingest.chunking import chunk
from ingest.node_parser import DatelineNodeParser
from ingest.sentences import sentences


def count_words(texts: Sequence[str]) -> list[int]:
    return [len(text.split()) for text in texts]


TEXT = "\n\n".join(f"Item {n} was agreed on Monday. “We agreed,” Mr. Aoki said." for n in range(60))
METADATA = {"source": "talks.txt", "title": "Talks", "outlet": "The Ledger", "published_at": "2024-04-10"}


def parse(text: str) -> list[TextNode]:
    document = Document(text=text, metadata=dict(METADATA))
    nodes = DatelineNodeParser(count_tokens=count_words).get_nodes_from_documents([document])
    assert all(node.source_node and node.source_node.node_id == document.doc_id for node in nodes)
    return [node for node in nodes if isinstance(node, TextNode)]


def test_nodes_are_the_chunks_of_the_article() -> None:
    nodes = parse(TEXT)
    article = Article(
        article_id_of("talks.txt"), "talks.txt", TEXT, "Talks", "The Ledger", published_at="2024-04-10"
    )
    chunks = chunk(article, sentences(TEXT), count_words)
    assert len(chunks) > 2
    assert [(n.node_id, n.text, n.start_char_idx, n.end_char_idx) for n in nodes] == [
        (c.chunk_id, c.text, c.start, c.end) for c in chunks
    ]
    assert [n.get_content(MetadataMode.EMBED) for n in nodes] == [c.embedded_text.strip() for c in chunks]


def test_nodes_carry_metadata_and_neighbours() -> None:
    first, second, *_ = parse(TEXT)
    assert first.metadata.items() >= METADATA.items()
    assert first.metadata["boilerplate"] is False
    following = first.relationships[NodeRelationship.NEXT]
    assert not isinstance(following, list)
    assert following.node_id == second.node_id
    seen = first.get_content(MetadataMode.LLM)
    assert "The Ledger" in seen
    assert first.metadata["article_id"] not in seen


def test_offsets_are_right_where_words_repeat() -> None:
    text = "He said no. " * 150
    nodes = parse(text)
    assert len(nodes) > 1
    assert "".join(n.text for n in nodes) == text
    assert [n.start_char_idx for n in nodes][1:] == [n.end_char_idx for n in nodes][:-1]


def test_it_runs_in_a_pipeline_of_that_ecosystem() -> None:
    pipeline = IngestionPipeline(transformations=[DatelineNodeParser(count_tokens=count_words)])
    nodes = pipeline.run(documents=[Document(text=TEXT), Document(text="")])
    assert "".join(n.get_content(MetadataMode.NONE) for n in nodes) == TEXT
