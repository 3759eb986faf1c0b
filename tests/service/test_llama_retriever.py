"""Dateline inside llama-index."""

from __future__ import annotations

from llama_index.core.schema import TextNode

from ingest.articles import ArticleFilter
from service.llama_retriever import DatelineRetriever
from service.wiring import Services


def test_nodes_are_verbatim_passages_with_their_offsets(sample_services: Services) -> None:
    nodes = DatelineRetriever(sample_services, limit=4).retrieve("How could Japan join AUKUS?")
    assert 0 < len(nodes) <= 4
    assert "aukus.md" in {found.node.metadata["source"] for found in nodes}
    for found in nodes:
        node = found.node
        assert isinstance(node, TextNode)
        text = sample_services.article(node.ref_doc_id or "").article.text
        assert node.get_content() == text[node.start_char_idx : node.end_char_idx]


def test_filters_hold(sample_services: Services) -> None:
    only = ArticleFilter(outlets=frozenset({"Estuary Echo"}))
    nodes = DatelineRetriever(sample_services, filters=only).retrieve("tidal barrier")
    assert {found.node.metadata["outlet"] for found in nodes} == {"Estuary Echo"}
