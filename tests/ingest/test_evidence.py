"""The sentence evidence index: that it scores as a slow reading of the sentences does, whatever it has been through."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from ingest import evidence_files
from ingest.articles import Chunk, chunk_id_of
from ingest.chunk_sentences import sentence_spans
from ingest.errors import InvalidRequest
from ingest.evidence import EvidenceIndex, SentenceSpan
from ingest.evidence_scoring import NO_SENTENCE, term_hashes
from ingest.keywords import analyze_terms
from ingest.sentence_codes import ArticleSentences, SentenceCodes
from ingest.settings import IngestSettings
from ingest.store import ArticleStore
from ingest.vectors import index_key
from tests.ingest.test_store import DIMENSION, prepared, unit_vectors

K1, K2, K3 = (index_key("minilm", generation) for generation in (1, 2, 3))
WORDS = ("Harvest", "harvests", "river", "São", "U.S.", "54,000", "2024-04-10", "the", "mayor’s", "—")
TERMS = ("harvest", "river", "sao", "us", "54000", "april", "mayor", "absent")


def count_tokens(texts: Sequence[str]) -> list[int]:
    return [len(text.split()) + text.count(",") for text in texts]


@cache
def terms_of(text: str) -> Counter[str]:
    return Counter(analyze_terms(text))


def article(
    name: str, counts: Sequence[int] = (2, 0, 3, 1), *, seed: int = 0, version: str = "v1", dimension: int = 8
) -> ArticleSentences:
    """An article whose chunks have so many sentences, of up to seven words; every third chunk is boilerplate."""
    rng = np.random.default_rng([seed, *counts, *name.encode()])
    text, spans = "", []
    for count in counts:
        own = []
        for _ in range(count):
            sentence = " ".join(rng.choice(WORDS, int(rng.integers(0, 8))))
            own.append((len(text), len(text) + len(sentence)))
            text += sentence + "\n"
        spans.append(tuple(own))
    total = sum(map(len, spans))
    vectors = unit_vectors([seed, total, *name.encode()], total, dimension) if dimension else None
    return ArticleSentences(
        article_id=name,
        version=version,
        text=text,
        chunk_ids=tuple(chunk_id_of(name, version, ordinal) for ordinal in range(len(counts))),
        boilerplate=tuple(ordinal % 3 == 1 for ordinal in range(len(counts))),
        spans=tuple(spans),
        codes=SentenceCodes.of(vectors) if vectors is not None else SentenceCodes.none(DIMENSION),
    )


ARTICLES = [
    article("aukus"),
    article("brazil", (1,)),
    article("empty", ()),
    article("orchard", (5, 2, 1, 0, 7, 4)),
]


class Store:
    """What `ArticleStore.article_sentences` is to the index, noting what is read."""

    def __init__(self, articles: Iterable[ArticleSentences]) -> None:
        self.articles = {one.article_id: one for one in articles}
        self.asked: list[str] = []

    @property
    def versions(self) -> dict[str, str]:
        return {one.article_id: one.version for one in self.articles.values()}

    def read(self, article_ids: Sequence[str]) -> Iterator[ArticleSentences]:
        self.asked += article_ids
        for article_id in sorted(article_ids, reverse=True):
            yield self.articles[article_id]


def synced(index: EvidenceIndex, articles: Iterable[ArticleSentences], key: str) -> list[str]:
    """Bring the index to these articles; which of them it read."""
    store = Store(articles)
    assert index.sync(store.versions, store.read, count_tokens, key) == len(store.asked)
    assert not index.stale
    return sorted(store.asked)


def built(articles: Iterable[ArticleSentences], folder: Path | None = None, key: str = K1) -> EvidenceIndex:
    index = EvidenceIndex.open(folder, key)
    synced(index, articles, key)
    return index


def slow(
    articles: Sequence[ArticleSentences], part: Mapping[str, float], vector: NDArray[np.float32] | None
) -> dict[str, list[tuple[float, float, float]]]:
    """Keyword, coverage and cosine of each sentence of each chunk, one sentence and one term at a time."""
    known: dict[str, list[tuple[Counter[str], float]]] = {}
    for one in articles:
        vectors = iter(one.codes.vectors().astype(float))
        for chunk_id, boilerplate, spans in zip(one.chunk_ids, one.boilerplate, one.spans, strict=True):
            sentences = []
            for start, end in spans:
                own = next(vectors, None)
                cosine = math.nan if vector is None or own is None else float(own @ vector.astype(float))
                sentences.append((terms_of(one.text[start:end]), cosine))
            if not boilerplate:
                known[chunk_id] = sentences
    lengths = [terms.total() for sentences in known.values() for terms, _ in sentences]
    mean = sum(lengths) / len(lengths) if any(lengths) else 1.0
    scored: dict[str, list[tuple[float, float, float]]] = {}
    for chunk_id, sentences in known.items():
        scored[chunk_id] = []
        for terms, cosine in sentences:
            slowness = 1.2 * (0.25 + 0.75 * terms.total() / mean)
            keyword = sum(
                weight * 2.2 * terms[term] / (terms[term] + slowness)
                for term, weight in part.items()
                if terms[term]
            )
            share = sum(weight for term, weight in part.items() if terms[term]) / (sum(part.values()) or 1.0)
            scored[chunk_id].append((keyword, share, float(np.clip(cosine, -1.0, 1.0))))
    return scored


def check(
    index: EvidenceIndex,
    articles: Sequence[ArticleSentences],
    chunk_ids: Sequence[str],
    parts: Sequence[Mapping[str, float]],
    vectors: NDArray[np.float32] | None,
) -> None:
    """That the index finds in these chunks what the slow reading does."""
    found = index.score(chunk_ids, parts, vectors)
    for array in (found.keyword, found.coverage, found.cosine, found.best_sentence):
        assert array.shape == (len(chunk_ids), len(parts))
    for number, part in enumerate(parts):
        scored = slow(articles, part, None if vectors is None else vectors[number])
        for place, chunk_id in enumerate(chunk_ids):
            at = (place, number)
            best, values = (
                int(found.best_sentence[at]),
                (found.keyword[at], found.coverage[at], found.cosine[at]),
            )
            if not scored.get(chunk_id):
                assert (best, values[:2]) == (NO_SENTENCE, (0, 0))
                assert math.isnan(values[2])
                continue
            columns = list(zip(*scored[chunk_id], strict=True))
            assert values == pytest.approx(
                [max(column) for column in columns], rel=1e-4, abs=1e-5, nan_ok=True
            )
            decisive = 0 if math.isnan(columns[2][0]) else 2
            assert columns[decisive][best] == pytest.approx(values[decisive], rel=1e-4, abs=1e-5)


PARTS: list[dict[str, float]] = [
    {"harvest": 2.0, "river": 1.5, "54000": 7.25},
    {},
    {"absent": 3.0},
    {"us": 0.5, "april": 4.0},
]
VECTORS = unit_vectors([11], len(PARTS))


def check_all(index: EvidenceIndex, articles: Sequence[ArticleSentences]) -> None:
    """`check` over all chunks, some of them twice, and over some that there are not."""
    known = [chunk_id for one in [*ARTICLES, *articles] for chunk_id in one.chunk_ids]
    wrong = ["", "x", "orchard", "orchard.v1", "orchard.v1.", "orchard.v1.00099", "orchard.v2.00000"]
    odd = ["orchard.v1.-0001", "orchard.v1.99999999999999999999", "orchard.v1.0", "orchard.v1.0000०"]
    check(index, articles, [*wrong, *known, *odd, *known[:2]], PARTS, VECTORS)
    assert index.size == sum(not flag for one in articles for flag in one.boilerplate)


@settings(max_examples=40, deadline=None)
@given(
    shape=st.lists(st.lists(st.integers(0, 5), max_size=5), max_size=6),
    parts=st.lists(st.dictionaries(st.sampled_from(TERMS), st.floats(0.0, 9.0, width=16)), max_size=4),
    asked=st.lists(st.tuples(st.integers(0, 7), st.integers(0, 6)), max_size=30),
    with_vectors=st.booleans(),
    dimension=st.sampled_from([0, 1, 8]),
)
def test_it_scores_as_a_slow_reading_does(
    shape: list[list[int]],
    parts: list[dict[str, float]],
    asked: list[tuple[int, int]],
    with_vectors: bool,
    dimension: int,
) -> None:
    articles = [article(f"a{at}", counts, dimension=dimension) for at, counts in enumerate(shape)]
    ids = [chunk_id_of(f"a{at}", "v1", ordinal) for at, ordinal in asked]
    vectors = unit_vectors([5], len(parts), dimension or 8) if with_vectors else None
    check(built(articles), articles, ids, parts, vectors)


def test_the_first_among_equal_sentences_is_the_best() -> None:
    words = "a river harvest"
    text = f"nothing\n{words}\n{words}\n"
    spans = ((0, 7), (8, 23), (24, 39))
    vectors = unit_vectors([2], 2)
    codes = SentenceCodes.of(vectors[[0, 1, 0]])
    one = ArticleSentences("a", "v1", text, ("a.v1.00000",), (False,), (spans,), codes)
    index = built([one])
    part = {"river": 1.0}
    assert index.score(["a.v1.00000"], [part], None).best_sentence.tolist() == [[1]]
    assert index.score(["a.v1.00000"], [part, part], vectors).best_sentence.tolist() == [[0, 1]]
    assert index.score(["a.v1.00000"], [{"absent": 1.0}], None).best_sentence.tolist() == [[0]]


def test_sentences_and_their_vectors() -> None:
    index = built(ARTICLES)
    orchard = ARTICLES[3]  # 5 sentences, boilerplate, 1 sentence, none, boilerplate, 4 sentences
    first = 0
    for ordinal, (chunk_id, spans) in enumerate(zip(orchard.chunk_ids, orchard.spans, strict=True)):
        if orchard.boilerplate[ordinal]:
            assert index.sentences(chunk_id) == ()
            first += len(spans)
            continue
        texts = [orchard.text[start:end] for start, end in spans]
        assert index.sentences(chunk_id) == tuple(
            SentenceSpan(start, end, tokens)
            for (start, end), tokens in zip(spans, count_tokens(texts), strict=True)
        )
        vectors = index.sentence_vectors(chunk_id)
        assert vectors.dtype == np.float32
        assert np.array_equal(vectors, orchard.codes.vectors()[first : first + len(spans)])
        first += len(spans)
    assert index.sentences("orchard.v2.00000") == ()
    assert index.sentence_vectors("orchard.v2.00000").shape == (0, DIMENSION)


def test_the_line_of_a_chunk_is_that_of_its_first_character(tmp_path: Path) -> None:
    articles = [article(name, (2, 3, 1, 0, 4), seed=3) for name in ("ferry", "quay")]
    index = built(articles, tmp_path)
    synced(index, articles[:1], K2)  # written anew, from what the index holds
    for known in (index, EvidenceIndex.open(tmp_path, K2)):
        chunks = [
            Chunk(chunk_id, "ferry", n, start, spans[-1][1] if spans else start, articles[0].text[start:])
            for n, (chunk_id, spans) in enumerate(zip(articles[0].chunk_ids, articles[0].spans, strict=True))
            for start in [max(0, spans[0][0] - 1) if spans else 0]
        ]
        text = articles[0].text
        assert known.lines(chunks) == [
            None if chunk.ordinal in (1, 3, 4) else 1 + text.count("\n", 0, chunk.start) for chunk in chunks
        ]
        assert known.lines([Chunk("gone.v1.00000", "gone", 0, 0, 1, "x")]) == [None]


def test_what_does_not_fit_is_refused() -> None:
    index = built(ARTICLES)
    with pytest.raises(InvalidRequest):
        index.score(["aukus.v1.00000"], PARTS, VECTORS[:2])
    with pytest.raises(InvalidRequest):
        index.score(["aukus.v1.00000"], PARTS, unit_vectors([1], len(PARTS), 3))
    with pytest.raises(InvalidRequest):
        synced(index, [*ARTICLES, article("other", dimension=3)], K2)
    assert index.stale
    assert index.key == K1
    check_all(index, ARTICLES)


def test_an_index_without_sentence_vectors_may_get_some(tmp_path: Path) -> None:
    bare = [article("aukus", dimension=0), article("orchard", (5, 2, 1), dimension=0)]
    index = built(bare, tmp_path)
    check_all(index, bare)
    assert index.sentence_vectors("aukus.v1.00000").shape == (2, 0)
    (place,) = tmp_path.glob("index-*")
    assert (place / evidence_files.CODES).stat().st_size == 0
    mixed = [*bare, article("brazil", (3,)), article("canada", (2,), dimension=0)]
    assert synced(index, mixed, K2) == ["brazil", "canada"]
    check_all(index, mixed)
    check_all(EvidenceIndex.open(tmp_path, K2), mixed)
    assert np.isnan(index.sentence_vectors("canada.v1.00000")).all()


def test_an_index_that_was_never_filled_finds_nothing(tmp_path: Path) -> None:
    index = EvidenceIndex.open(tmp_path / "none", K1)
    assert (index.stale, index.key, index.size) == (True, None, 0)
    check_all(index, [])
    assert index.sentences("a") == ()
    assert index.sentence_vectors("a").shape == (0, 0)
    synced(index, [], K1)
    check_all(index, [])
    assert synced(index, ARTICLES, K2) == ["aukus", "brazil", "empty", "orchard"]
    check_all(index, ARTICLES)
    index.close()
    assert index.stale
    check_all(index, [])


@settings(max_examples=15, deadline=None)
@given(
    states=st.lists(
        st.dictionaries(st.sampled_from("abcdef"), st.integers(0, 2), max_size=6), min_size=1, max_size=5
    ),
    reopened=st.booleans(),
)
def test_syncing_step_by_step_gives_what_one_rebuild_gives(
    states: list[dict[str, int]], reopened: bool, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("evidence")
    index = EvidenceIndex.open(folder, "")
    held: dict[str, int] = {}
    for generation, state in enumerate(states):
        articles = [
            article(name, (2, 1, 3)[: number + 1], seed=number, version=f"v{number}")
            for name, number in state.items()
        ]
        key = index_key("minilm", generation)
        read = synced(index, articles, key)
        assert read == sorted(name for name in state if held.get(name) != state[name])
        held = state
        if reopened:
            index = EvidenceIndex.open(folder, key)
            assert not index.stale
        check_all(index, articles)
    ids = [chunk_id for one in articles for chunk_id in one.chunk_ids]
    once = built(articles).score(ids, PARTS, VECTORS)
    again = index.score(ids, PARTS, VECTORS)
    assert np.array_equal(once.keyword, again.keyword)
    assert np.array_equal(once.best_sentence, again.best_sentence)


def test_only_what_is_new_is_read_unless_the_fingerprint_is_another() -> None:
    index = built(ARTICLES)
    assert not index.expect(K2)
    changed = [*ARTICLES[1:], article("aukus", (3, 1), version="v2"), article("zebra")]
    assert synced(index, changed, K2) == ["aukus", "zebra"]
    assert index.sentences("aukus.v1.00000") == ()
    check_all(index, changed)
    assert synced(index, changed, K3) == []

    def looking(article_ids: Sequence[str]) -> Iterator[ArticleSentences]:
        for one in Store(ARTICLES).read(article_ids):
            check_all(index, changed)  # readers see the old state while the new one is written
            yield one

    assert index.sync(Store(ARTICLES).versions, looking, count_tokens, index_key("minilm", 4)) == 1
    check_all(index, ARTICLES)
    assert len(synced(index, changed, index_key("other", 4))) == len(changed)


def test_an_article_that_went_while_it_was_asked_for_is_not_kept() -> None:
    index = built(ARTICLES)
    assert index.sync({"aukus": "v2", "brazil": "v1"}, lambda _: (), count_tokens, K2) == 1
    check_all(index, [ARTICLES[1]])


def test_terms_that_look_alike_by_their_low_bits_are_told_apart() -> None:
    text, (asked, other) = "river991", term_hashes(["river4440", "river991"]).tolist()
    assert asked != other
    assert asked & 0xFFFF == other & 0xFFFF
    one = ArticleSentences(
        "a", "v1", text, ("a.v1.00000",), (False,), (((0, len(text)),),), SentenceCodes.none(DIMENSION)
    )
    index = built([one])
    for term, share in (("river4440", 0.0), ("river991", 1.0)):
        assert index.score(["a.v1.00000"], [{term: 1.0}], None).coverage.tolist() == [[share]]


def test_it_follows_a_store(tmp_path: Path) -> None:
    store_settings = IngestSettings(data_dir=tmp_path / "data")
    index = EvidenceIndex.open(tmp_path / "sentences", "")
    with ArticleStore.open(store_settings, fingerprint="minilm", dimension=DIMENSION, create=True) as store:

        def follow() -> None:
            key = store.state
            assert not index.expect(key)
            versions = {record.article_id: record.version for record in store.catalogue()}
            index.sync(versions, store.article_sentences, count_tokens, key)
            articles = list(store.article_sentences())
            ids = [chunk_id for one in articles for chunk_id in one.chunk_ids]
            parts = [{"kishida": 2.0, "agre": 1.0}, {"said": 1.0}]
            check(index, articles, ids, parts, VECTORS[:2])
            assert any(index.sentences(chunk_id) for chunk_id in ids)
            assert index.score(ids, parts, None).keyword.max() > 0

        batch = [prepared(number) for number in range(4)]
        store.write(batch)
        follow()
        store.delete([batch[1].article.article_id])
        fresh = [prepared(2, "Kishida left. “We did not agree,” Biden said now.  Sign up!"), prepared(7)]
        for one in fresh:  # these have sentence vectors
            count = sum(map(len, sentence_spans(one.analysis.sentences, one.chunks)))
            store.write([replace(one, sentences=SentenceCodes.of(unit_vectors([count], count)))])
        follow()
        assert not np.isnan(index.sentence_vectors(fresh[1].chunks[0].chunk_id)).any()


def test_terms_hash_alike_in_every_process() -> None:
    assert term_hashes(["harvest", "são"]).tolist() == [918412087, 2466278292]
