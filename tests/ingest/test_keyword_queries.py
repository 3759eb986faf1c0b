"""Searches in some outlets: marked terms find and score what a filter over everything would."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest import keyword_queries
from ingest.keywords import IndexedChunk, KeywordIndex, analyze_terms
from tests.ingest.test_keywords import CHUNKS, fill, piece

WORDS = ("japan", "ferry", "apple", "pillar", "frost", "mayor", "the", "54,000")
OUTLETS = (None, "The Post", "Post", "Straße", "Ledger: Sports", "ledger")

texts = st.lists(st.sampled_from(WORDS), min_size=1, max_size=12).map(" ".join)
archives = st.lists(st.tuples(texts, st.sampled_from(OUTLETS)), min_size=1, max_size=25)


def chunks_of(archive: Sequence[tuple[str, str | None]]) -> list[IndexedChunk]:
    return [
        replace(piece(f"a{number:02d}", 0, text), outlet=outlet)
        for number, (text, outlet) in enumerate(archive)
    ]


def built(chunks: list[IndexedChunk]) -> KeywordIndex:
    index = KeywordIndex.open(None, "k")
    fill(index, chunks, "k")
    return index


@settings(max_examples=60, deadline=None)
@given(
    archives,
    st.dictionaries(st.sampled_from(WORDS), st.sampled_from([1.0, 0.35, 2.5]), min_size=1),
    st.sets(st.sampled_from(OUTLETS), min_size=1),
)
def test_marked_terms_score_as_a_filter_does(
    archive: list[tuple[str, str | None]], weights: dict[str, float], outlets: set[str | None]
) -> None:
    index = built(chunks_of(archive))
    terms = {analyze_terms(word)[0]: weight for word, weight in weights.items()}
    names = {outlet or "" for outlet in outlets}
    everywhere = dict(index.search(terms, 100))
    wanted = {
        chunk.chunk_id: everywhere[chunk.chunk_id]
        for chunk in chunks_of(archive)
        if chunk.chunk_id in everywhere and (chunk.outlet or "").casefold() in {n.casefold() for n in names}
    }
    found = index.search(terms, 100, allowed_outlets=names)
    assert dict(found) == pytest.approx(wanted, rel=1e-5)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(keyword_queries, "MOST_MARKED_OUTLETS", 0)
        filtered = index.search(terms, 100, allowed_outlets=names)
    assert dict(found) == pytest.approx(dict(filtered), rel=1e-5)
    articles = {chunk_id.partition(".")[0] for chunk_id in list(wanted)[:2]}
    both = index.search(terms, 100, allowed_outlets=names, allowed_article_ids=articles)
    assert {chunk_id for chunk_id, _ in both} == set(list(wanted)[:2])


def test_outlets_beyond_the_marked_ones_are_filtered() -> None:
    archive = [("ferry frost", f"Outlet {number}") for number in range(20)]
    index = built(chunks_of(archive))
    for count in (keyword_queries.MOST_MARKED_OUTLETS, keyword_queries.MOST_MARKED_OUTLETS + 1):
        found = index.search("ferry", 100, allowed_outlets={f"outlet {number}" for number in range(count)})
        assert [chunk_id for chunk_id, _ in found] == [f"a{number:02d}.v1.00000" for number in range(count)]


def test_what_was_learned_of_an_index_goes_with_it() -> None:
    index = built(CHUNKS)
    ledger = {"The Harbor Ledger"}
    assert index.document_frequency("ferri") == 1
    assert index.search("ferry", 9, allowed_outlets=ledger) == []
    moved = replace(piece("ledger", 0, "A ferry and another ferry."), outlet="The Harbor Ledger")
    fill(index, [*(one for one in CHUNKS if one.article_id != "aukus"), moved], "k2")
    assert index.document_frequency("ferri") == 2
    assert [hit[0] for hit in index.search("ferry", 9, allowed_outlets=ledger)] == ["ledger.v1.00000"]
    assert {hit[0] for hit in index.search("ferry", 9)} == {"ledger.v1.00000", "brazil.v1.00000"}
    assert index.search("japan", 9) == []
    rebuilt = built([moved])
    assert rebuilt.search("ferry", 9, allowed_outlets=ledger)[0][0] == "ledger.v1.00000"
