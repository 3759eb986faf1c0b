"""The keyword index: what is found, what is harmless, and when it must be rebuilt."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.articles import Chunk
from ingest.keywords import FUNCTION_WORDS, IndexedChunk, KeywordIndex, analyze_terms


def piece(article: str, ordinal: int, text: str, boilerplate: bool = False) -> IndexedChunk:
    return IndexedChunk(f"{article}.v1.{ordinal:05d}", article, text, boilerplate=boilerplate)


CHUNKS = [
    replace(
        piece("aukus", 0, "The partners are exploring how Japan could join the second pillar."),
        title="Leaders meet in Washington",
        outlet="The Harbor Ledger",
        published_at="2024-04-10T09:00:00Z",
    ),
    piece("aukus", 1, "Officials from the U.S. spoke of 54,000 troops in a US-Japan command."),
    piece("brazil", 0, "The mayor of S\u00e3o Paulo opened a ferry on 11 April 2023, growing 3.5%."),
    piece("brazil", 1, "Subscribe to our ferry newsletter.", boilerplate=True),
    piece("orchard", 0, "Growers expect a smaller apple harvest after the frost."),
]


def ids(index: KeywordIndex, query: str, limit: int = 10, allowed: set[str] | None = None) -> list[str]:
    return [found for found, _ in index.search(query, limit, allowed_article_ids=allowed)]


def fill(index: KeywordIndex, chunks: Iterable[IndexedChunk], key: str) -> None:
    """Bring an index to `key`, at which the store holds these chunks and no others."""
    held = list(chunks)

    def read(article_ids: Sequence[str] | None) -> list[IndexedChunk]:
        return [one for one in held if article_ids is None or one.article_id in article_ids]

    index.sync({one.article_id: one.version for one in held}, read, key)


@pytest.fixture
def index() -> KeywordIndex:
    built = KeywordIndex.open(None, "k1")
    fill(built, CHUNKS, "k1")
    return built


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("explored", "aukus.v1.00000"),
        ("JAPAN'S PILLARS", "aukus.v1.00000"),
        ("harbor ledger", "aukus.v1.00000"),
        ("washington", "aukus.v1.00000"),
        ("April 10, 2024", "aukus.v1.00000"),
        ("2024-04-10", "aukus.v1.00000"),
        ("10 April", "aukus.v1.00000"),
        ("Apr. 10th", "aukus.v1.00000"),
        ("Sao Paulo", "brazil.v1.00000"),
        ("Sa\u0303o", "brazil.v1.00000"),
        ("April 11", "brazil.v1.00000"),
        ("3.5 percent", "brazil.v1.00000"),
        ("US Japan command", "aukus.v1.00001"),
        ("U.S.", "aukus.v1.00001"),
        ("54000", "aukus.v1.00001"),
    ],
)
def test_the_words_of_a_reader_find_the_chunk(index: KeywordIndex, query: str, expected: str) -> None:
    assert ids(index, query)[0] == expected


def test_boilerplate_is_not_found(index: KeywordIndex) -> None:
    assert ids(index, "newsletter") == []
    assert index.size == 4
    assert index.document_frequency("newslett") == 0


def test_scores_are_positive_and_descending_and_limited(index: KeywordIndex) -> None:
    hits = index.search("Japan Paulo apple troops", 3)
    assert len(hits) == 3
    scores = [score for _, score in hits]
    assert scores == sorted(scores, reverse=True)
    assert scores[-1] > 0
    assert index.search("Japan", 0) == []


def test_only_allowed_articles_are_found_with_unchanged_scores(index: KeywordIndex) -> None:
    everything = dict(index.search("Japan April frost", 10))
    allowed = dict(index.search("Japan April frost", 10, allowed_article_ids={"aukus", "unknown"}))
    assert allowed == {key: value for key, value in everything.items() if key.startswith("aukus")}
    assert ids(index, "Japan", allowed=set()) == []


def test_outlets_are_a_filter_in_whatever_case_and_leave_scores_alone(index: KeywordIndex) -> None:
    everywhere = index.search("japan ferry", 10)
    assert len(everywhere) == 3
    ledger = index.search("japan ferry", 10, allowed_outlets={"the harbor LEDGER", "Elsewhere"})
    assert ledger == [hit for hit in everywhere if hit[0] == "aukus.v1.00000"]
    assert index.search("japan ferry", 10, allowed_outlets={"THE HARBOR LEDGER"}) == ledger
    without = [hit for hit in everywhere if hit[0] != "aukus.v1.00000"]
    assert index.search("japan ferry", 10, allowed_outlets={""}) == without
    assert index.search("japan", 10, allowed_outlets={""}, allowed_article_ids={"brazil"}) == []
    assert index.search("japan", 10, allowed_outlets=()) == []


def test_function_words_count_only_when_alone(index: KeywordIndex) -> None:
    assert index.search("What did the mayor of it", 5) == index.search("mayor", 5)
    assert ids(index, "how the") != []
    assert set(analyze_terms("what did does about why his the")) <= FUNCTION_WORDS


def test_terms_can_be_given_as_they_are(index: KeywordIndex) -> None:
    assert index.search(["japan"], 5) == index.search("Japan", 5)
    assert index.search(["Japan"], 5) == []


HOSTILE = [
    *('"', "(", ")", "AND", "title:", "..", "a..b", "*", "?", "~2", "+", "-", "\\", "/", "^", "[a TO b]"),
    *('{"a": 1}', "NOT (x OR", "chunk_id:*", "'", "\x00", "\ud800", "🗾", "…", ""),
]


@pytest.mark.parametrize("query", HOSTILE)
def test_syntax_is_words(index: KeywordIndex, query: str) -> None:
    assert ids(index, f"pillar {query}")[0] == "aukus.v1.00000"
    index.search(query, 5)


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=200) | st.lists(st.sampled_from([*HOSTILE, "Japan"])).map(" ".join))
def test_no_text_raises(query: str) -> None:
    terms = analyze_terms(query)
    assert all(term and term == term.lower() for term in terms if term.isascii())
    ANY_INDEX.search(query, 5)
    ANY_INDEX.search(terms, 5)


ANY_INDEX = KeywordIndex.open(None, "k")


@pytest.fixture(scope="module", autouse=True)
def _filled() -> Iterator[None]:
    fill(ANY_INDEX, CHUNKS, "k")
    yield
    ANY_INDEX.close()


@settings(max_examples=100, deadline=None)
@given(st.text(alphabet="aB é's.U1,5-\u0301 \n", max_size=60))
def test_what_is_indexed_is_found_by_each_of_its_terms(text: str) -> None:
    index = KeywordIndex.open(None, "k")
    fill(index, [piece("a", 0, text)], "k")
    for term in analyze_terms(text):
        assert index.search([term], 1)
        assert index.document_frequency(term) == 1


def test_rare_terms_weigh_more(index: KeywordIndex) -> None:
    weights = index.idf(["japan", "appl", "absent"])
    assert weights["absent"] > weights["appl"] > weights["japan"] > 0


def test_metadata_is_not_said_twice() -> None:
    chunk = Chunk("a.v.0", "a", 0, 0, 4, "Body", "Talks · The Ledger · April 10, 2024\nBefore.")
    words = IndexedChunk.of(chunk, "Talks", "The Ledger", "2024-04-10").words
    assert analyze_terms(words) == analyze_terms("Body Talks The Ledger April 10 2024 Before")
    longer = IndexedChunk.of(chunk, "Talks in Tokyo", None, None).words
    assert "tokyo" in analyze_terms(longer)


def test_an_index_is_bound_to_its_key(tmp_path: Path) -> None:
    folder = tmp_path / "keywords"
    assert KeywordIndex.open(folder, "g1").stale
    index = KeywordIndex.open(folder, "g1")
    assert index.search("Japan", 5) == []
    fill(index, CHUNKS, "g1")
    assert not index.stale
    assert not index.expect("g2")
    again = KeywordIndex.open(folder, "g1")
    assert not again.stale
    assert again.search("Japan April", 5) == index.search("Japan April", 5)
    assert KeywordIndex.open(folder, "g2").stale
    assert len(list(folder.glob("index-*"))) == 1


def test_an_incremental_update_equals_a_rebuild(tmp_path: Path) -> None:
    index = KeywordIndex.open(tmp_path, "g1")
    fill(index, CHUNKS, "g1")
    sank = replace(piece("brazil", 0, "The ferry of S\u00e3o Paulo sank."), chunk_id="brazil.v2.00000")
    held = [*(c for c in CHUNKS if c.article_id == "aukus"), sank, piece("new", 0, "Japan grew apples.")]
    fill(index, held, "g2")
    rebuilt = KeywordIndex.open(None, "g2")
    fill(rebuilt, held, "g2")
    assert index.size == rebuilt.size == 4
    for query in (
        "ferry",
        "growers frost",
        "Japan",
        "apples",
        "mayor",
        "command pillar",
        "Japan ferry apple",
    ):
        assert set(ids(index, query)) == set(ids(rebuilt, query))
        assert ids(index, query)[:1] == ids(rebuilt, query)[:1]
    reopened = KeywordIndex.open(tmp_path, "g2")
    assert not reopened.stale
    assert ids(reopened, "sank") == ["brazil.v2.00000"]


def test_additions_alone_score_as_in_a_rebuild() -> None:
    grown, whole = KeywordIndex.open(None, "k"), KeywordIndex.open(None, "k")
    fill(grown, CHUNKS[:2], "k")
    fill(grown, CHUNKS, "k2")
    fill(whole, CHUNKS, "k2")
    query = "Japan April Paulo frost"
    assert ids(grown, query) == ids(whole, query)
    assert dict(grown.search(query, 9)) == pytest.approx(dict(whole.search(query, 9)))
