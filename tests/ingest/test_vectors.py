"""The vector index: that it finds what comparing everything finds, whatever it has been through."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from ingest import vector_search
from ingest.articles import chunk_id_of
from ingest.errors import InvalidRequest
from ingest.settings import IngestSettings
from ingest.store import ArticleStore
from ingest.vector_table import ArticleVectors
from ingest.vectors import VectorIndex, index_key
from tests.ingest.test_store import DIMENSION, prepared, unit_vectors

K1, K2, K3 = (index_key("minilm", generation) for generation in (1, 2, 3))


def article(
    name: str, count: int, *, seed: int = 0, version: str = "v1", dimension: int = 8
) -> ArticleVectors:
    """An article of `count` chunks, of which every third one is boilerplate and not here."""
    ordinals = np.asarray([n for n in range(count) if n % 3 != 2], dtype=np.int32)
    vectors = unit_vectors([seed, count, *name.encode()], count, dimension)[ordinals]
    return ArticleVectors(name, version, ordinals, vectors)


ARTICLES = [
    article(name, count) for name, count in (("aukus", 7), ("brazil", 1), ("empty", 0), ("orchard", 30))
]


def built(articles: Sequence[ArticleVectors], folder: Path | None = None, key: str = K1) -> VectorIndex:
    index = VectorIndex.open(folder, key)
    fill(index, articles, key)
    return index


def fill(index: VectorIndex, articles: Sequence[ArticleVectors], key: str) -> None:
    """Bring an index to `key`, at which the store holds these articles and no others."""
    held = {one.article_id: one for one in articles}
    index.sync({one.article_id: one.version for one in articles}, lambda ids: (held[one] for one in ids), key)


def brute(
    articles: Sequence[ArticleVectors],
    query: NDArray[np.float32],
    limit: int,
    allowed: set[str] | None = None,
) -> list[tuple[str, float]]:
    scored = [
        (chunk_id_of(one.article_id, one.version, int(ordinal)), float(cosine))
        for one in articles
        if allowed is None or one.article_id in allowed
        for ordinal, cosine in zip(one.ordinals, (one.vectors * query.astype(float)).sum(axis=1), strict=True)
    ]
    return sorted(scored, key=lambda hit: (-hit[1], hit[0]))[:limit]


def same(found: list[tuple[str, float]], expected: list[tuple[str, float]]) -> bool:
    return [one for one, _ in found] == [one for one, _ in expected] and np.allclose(
        [cosine for _, cosine in found], [cosine for _, cosine in expected], atol=1e-12
    )


@settings(max_examples=60, deadline=None)
@given(
    counts=st.lists(st.integers(0, 9), min_size=1, max_size=12),
    limit=st.integers(0, 40),
    chosen=st.none() | st.sets(st.integers(0, 14)),
    exact=st.booleans(),
    dimension=st.sampled_from([3, 8, 70, 128]),
    repeated=st.booleans(),
)
def test_it_finds_what_comparing_everything_finds(
    counts: list[int], limit: int, chosen: set[int] | None, exact: bool, dimension: int, repeated: bool
) -> None:
    articles = [
        article("same" if repeated else f"a{number}", count, dimension=dimension)
        for number, count in enumerate(counts)
    ]
    articles = [
        ArticleVectors(f"a{number}", "v1", one.ordinals, one.vectors) for number, one in enumerate(articles)
    ]
    allowed = None if chosen is None else {f"a{number}" for number in chosen}
    queries = unit_vectors([5], 3, dimension)
    with pytest.MonkeyPatch.context() as patch:
        if not exact:  # by sign bits, with as many candidates as there are rows
            patch.setattr(vector_search, "EXACT_ROWS", 0)
            patch.setattr(vector_search, "EXACT_CHOSEN_ROWS", 0)
            patch.setattr(vector_search, "CANDIDATES_MOST", 1)
        found = built(articles).search(queries, limit, allowed_article_ids=allowed)
        index = built(articles)
        every = index.nearest_chunks(queries, limit, allowed_article_ids=frozenset(allowed or ()))
        again = index.nearest_chunks(queries, limit, allowed_article_ids=frozenset(allowed or ()))
    assert len(found) == 3
    for query, hits in zip(queries, found, strict=True):
        assert same(hits, brute(articles, query, limit, allowed))
    wanted = {
        chunk_id for query in queries for chunk_id, _ in brute(articles, query, limit, set(allowed or ()))
    }
    assert every == again
    assert len(every) == len(set(every))
    assert wanted <= set(every) if repeated else wanted == set(every)


@pytest.mark.parametrize("chosen_rows", [0, 10_000])
def test_dead_rows_and_filters_leave_the_choice_exact(
    chosen_rows: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(vector_search, "EXACT_CHOSEN_ROWS", chosen_rows)
    monkeypatch.setattr(vector_search, "CANDIDATES_MIN", 1)
    monkeypatch.setattr(vector_search, "CANDIDATES_PER_HIT", 1)
    articles = [article(f"a{number:02d}", 12) for number in range(40)]
    index = built(articles)
    kept = [one for one in articles if one.article_id not in ("a03", "a17")]
    fill(index, kept, K2)
    query = unit_vectors([21], 1)
    assert same(index.search(query, 25)[0], brute(kept, query[0], 25))
    allowed = {one.article_id for one in articles[:30]}
    found = index.search(query, 25, allowed_article_ids=allowed)[0]
    assert same(found, brute(kept, query[0], 25, allowed))


def test_sign_bits_find_nearly_all_neighbours_in_clustered_data(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vector_search, "EXACT_ROWS", 0)
    monkeypatch.setattr(vector_search, "CANDIDATES_MIN", 500)
    centres = np.repeat(unit_vectors([1], 60, 128), 400, axis=0) + 2 * unit_vectors([2], 1, 128)
    rows = centres + 0.8 * unit_vectors([3], len(centres), 128)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    articles = [
        ArticleVectors(f"a{start:05d}", "v1", np.arange(100, dtype=np.int32), rows[start : start + 100])
        for start in range(0, len(rows), 100)
    ]
    index = built(articles)
    queries = rows[::1500] + 0.3 * unit_vectors([4], len(rows[::1500]), 128)
    queries /= np.linalg.norm(queries, axis=1, keepdims=True)
    allowed = {one.article_id for one in articles[::2]}
    for chosen in (None, allowed):
        found = 0
        for query, hits in zip(queries, index.search(queries, 10, allowed_article_ids=chosen), strict=True):
            found += len(dict(hits).keys() & dict(brute(articles, query, 10, chosen)).keys())
        assert found / (10 * len(queries)) >= 0.95


def test_ties_come_in_order_of_id_wherever_they_lie() -> None:
    vector = unit_vectors([7], 1)
    twins = [ArticleVectors(name, "v1", np.zeros(1, np.int32), vector) for name in "dbaec"]
    index = built([*twins[:2], ARTICLES[0], *twins[2:]])
    assert [one for one, _ in index.search(vector, 3)[0]] == [chunk_id_of(name, "v1", 0) for name in "abc"]
    assert index.search(vector, 3)[0][0][1] == pytest.approx(1.0, abs=1e-6)


def test_cosines_by_chunk() -> None:
    index = built(ARTICLES)
    queries = unit_vectors([9], 2)
    orchard = ARTICLES[3]
    ids = [
        "orchard.v1.00004",
        "orchard.v1.00002",
        "orchard.v2.00004",
        "unknown.v1.00000",
        "orchard.v1.x",
        "aukus",
    ]
    found = index.cosines(ids, queries)
    assert found.shape == (6, 2)
    row = int(np.flatnonzero(orchard.ordinals == 4)[0])
    assert found[0] == pytest.approx(queries @ orchard.vectors[row], abs=1e-6)
    assert np.isnan(found[1:]).all()


@pytest.mark.parametrize(
    "ordinal", ["4", "004", "000004", "²", "0000²", "٠٠٠٠٤", "+0004", " 0004", "9" * 5000, ""]
)
def test_a_chunk_is_known_by_the_id_that_the_store_gives_it_alone(ordinal: str) -> None:
    chunk_id = f"orchard.v1.{ordinal}"
    cosines = built(ARTICLES).cosines([chunk_id, "orchard.v1.00004"], unit_vectors([9], 1))
    assert np.isnan(cosines).tolist() == [[True], [False]]


def test_nothing_is_found_in_nothing(tmp_path: Path) -> None:
    index = VectorIndex.open(tmp_path / "vectors", K1)
    query = unit_vectors([1], 1)
    assert index.stale
    assert index.search(query, 5) == [[]]
    assert np.isnan(index.cosines(["a.v1.00000"], query)).all()
    fill(index, [], K1)
    assert not VectorIndex.open(tmp_path / "vectors", K1).stale
    assert index.search(query, 5) == [[]]
    fill(index, ARTICLES, K2)
    assert same(index.search(query, 5)[0], brute(ARTICLES, query[0], 5))
    fill(index, [], K3)
    assert index.search(query, 5) == [[]]
    assert index.size == 0
    index.close()
    assert index.search(query, 5) == [[]]


def test_vectors_of_another_length_are_refused() -> None:
    index = built(ARTICLES)
    with pytest.raises(InvalidRequest, match="9 numbers"):
        index.search(unit_vectors([1], 1, 9), 5)
    with pytest.raises(InvalidRequest, match="9 numbers"):
        index.cosines([], unit_vectors([1], 1, 9))
    with pytest.raises(InvalidRequest):
        fill(index, [*ARTICLES, article("other", 3, dimension=9)], K2)
    assert index.stale
    assert index.size == sum(len(one.ordinals) for one in ARTICLES)


def test_an_index_is_bound_to_its_key(tmp_path: Path) -> None:
    folder = tmp_path / "vectors"
    index = VectorIndex.open(folder, K1)
    fill(index, ARTICLES, K1)
    assert not index.stale
    assert not index.expect(K2)
    again = VectorIndex.open(folder, K1)
    assert not again.stale
    query = unit_vectors([3], 2)
    assert again.search(query, 9) == index.search(query, 9)
    assert VectorIndex.open(folder, K2).stale
    assert len(list(folder.glob("index-*"))) == 1


STEPS = st.lists(
    st.tuples(
        st.lists(st.tuples(st.integers(0, 5), st.integers(0, 8)), max_size=3),
        st.sets(st.integers(0, 5), max_size=2),
    ),
    min_size=1,
    max_size=8,
)


@settings(max_examples=25, deadline=None)
@given(steps=STEPS)
def test_updates_equal_a_rebuild(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[list[tuple[int, int]], set[int]]]
) -> None:
    folder = tmp_path_factory.mktemp("vectors")
    index = built(ARTICLES, folder)
    kept = {one.article_id: one for one in ARTICLES}
    for step, (added, removed) in enumerate(steps):
        fresh = {
            f"a{number}": article(f"a{number}", count, seed=step, version=f"v{step}")
            for number, count in added
        }
        gone = {f"a{number}" for number in removed}
        kept = {name: one for name, one in kept.items() if name not in gone} | fresh
        fill(index, list(kept.values()), index_key("minilm", step + 2))
    rebuilt = built(list(kept.values()))
    queries = unit_vectors([11], 2)
    reopened = VectorIndex.open(folder, index_key("minilm", len(steps) + 1))
    assert not reopened.stale
    for limit, allowed in ((5, None), (100, None), (7, {"aukus", "a1", "a2"})):
        expected = rebuilt.search(queries, limit, allowed_article_ids=allowed)
        assert index.search(queries, limit, allowed_article_ids=allowed) == expected
        assert reopened.search(queries, limit, allowed_article_ids=allowed) == expected
    assert index.size == reopened.size == rebuilt.size
    assert len(list(folder.glob("index-*"))) == 1


def test_sync_reads_only_what_is_lacking(tmp_path: Path) -> None:
    source = {one.article_id: one for one in ARTICLES}
    asked: list[str] = []

    def read(article_ids: Sequence[str]) -> Iterator[ArticleVectors]:
        asked.extend(article_ids)
        return (source[article_id] for article_id in article_ids)

    def sync(index: VectorIndex, key: str) -> list[str]:
        asked.clear()
        index.sync({one.article_id: one.version for one in source.values()}, read, key)
        assert not index.stale
        query = unit_vectors([3], 1)
        assert same(index.search(query, 50)[0], brute(list(source.values()), query[0], 50))
        return sorted(asked)

    assert sync(VectorIndex.open(tmp_path, K1), K1) == ["aukus", "brazil", "empty", "orchard"]
    assert sync(VectorIndex.open(tmp_path, K2), K2) == []
    del source["brazil"]
    source["aukus"] = article("aukus", 5, seed=1, version="v2")
    source["new"] = article("new", 4)
    assert sync(VectorIndex.open(tmp_path, index_key("minilm", 9)), index_key("minilm", 9)) == [
        "aukus",
        "new",
    ]
    assert sync(VectorIndex.open(tmp_path, index_key("other", 9)), index_key("other", 9)) == sorted(source)


def test_sync_drops_what_can_no_longer_be_read(tmp_path: Path) -> None:
    index = built(ARTICLES, tmp_path)
    versions = {one.article_id: one.version for one in ARTICLES} | {"aukus": "v2", "unread": "v1"}
    assert index.sync(versions, lambda _: (), K2) == 2  # both removed since the catalogue was read
    query = unit_vectors([3], 1)
    for one in (index, VectorIndex.open(tmp_path, K2)):
        assert not one.stale
        assert same(one.search(query, 50)[0], brute(ARTICLES[1:], query[0], 50))


def test_an_index_without_a_folder_leaves_nothing_behind() -> None:
    index = built(ARTICLES)
    place = index._folder
    assert place.is_dir()
    del index
    assert not place.exists()


def test_the_store_gives_what_is_to_be_found(tmp_path: Path) -> None:
    with ArticleStore.open(
        IngestSettings(data_dir=tmp_path), fingerprint="minilm", dimension=DIMENSION, create=True
    ) as store:
        batch = [prepared(number, chunk_count=number + 1) for number in range(5)]
        store.write(batch)
        key = store.state
        index = VectorIndex.open(tmp_path / "vectors", key)
        versions = {record.article_id: record.version for record in store.catalogue()}
        assert index.sync(versions, store.article_vectors, key) == 5
        assert index.size == sum(not chunk.boilerplate for one in batch for chunk in one.chunks)
        query = unit_vectors([8], 1)
        near = [hit for hit in store.nearest(query[0], 50) if not store.chunks([hit[0]])[hit[0]].boilerplate]
        found = index.search(query, 50)[0]
        assert [one for one, _ in found] == [one for one, _ in near]
        assert [cosine for _, cosine in found] == pytest.approx([cosine for _, cosine in near], abs=1e-5)
        some = [batch[2].article.article_id, "absent"]
        assert [one.article_id for one in store.article_vectors(some)] == some[:1]
