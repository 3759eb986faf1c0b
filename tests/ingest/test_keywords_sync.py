"""The keyword index in step with the store: that only what is lacking is read, and that a rebuild finds the same."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.articles import chunk_id_of
from ingest.derived_index import index_key
from ingest.keywords import IndexedChunk, KeywordIndex
from ingest.settings import IngestSettings
from ingest.store import ArticleStore
from tests.ingest.test_keywords import ids
from tests.ingest.test_store import DIMENSION, prepared

WORDS = ("Japan", "ferry", "apple", "pillar", "frost", "mayor")
EVERYTHING = "everything"
K1, K2, K9 = (index_key("minilm", generation) for generation in (1, 2, 9))


class Store:
    """What the store is to the index: texts of chunks by article and version, noting what is read."""

    def __init__(self, articles: Mapping[str, tuple[str, Sequence[str]]]) -> None:
        self.articles = dict(articles)
        self.asked: list[str] = []

    @property
    def versions(self) -> dict[str, str]:
        return {article_id: version for article_id, (version, _) in self.articles.items()}

    def read(self, article_ids: Sequence[str] | None) -> Iterator[IndexedChunk]:
        self.asked.extend([EVERYTHING] if article_ids is None else article_ids)
        for article_id in self.articles if article_ids is None else article_ids:
            version, texts = self.articles.get(article_id, ("", ()))
            for ordinal, text in enumerate(texts):
                yield IndexedChunk(
                    chunk_id_of(article_id, version, ordinal), article_id, text, boilerplate=not text
                )

    def sync(self, index: KeywordIndex, key: str) -> list[str]:
        """Bring an index up to date and look whether it is; what was read for it."""
        self.asked = []
        index.sync(self.versions, self.read, key)
        assert not index.stale
        asked = sorted(self.asked)
        rebuilt = KeywordIndex.open(None, key)
        rebuilt.sync(self.versions, self.read, key)
        assert index.size == rebuilt.size
        for query in (*WORDS, " ".join(WORDS)):
            assert set(ids(index, query, 500)) == set(ids(rebuilt, query, 500))
        return asked


ARTICLES: dict[str, tuple[str, Sequence[str]]] = {
    "aukus": ("v1", ["Japan and the pillar", "Japan spoke of frost"]),
    "brazil": ("v1", ["The mayor opened a ferry", ""]),
    "margin": ("v1", ["", ""]),  # nothing but boilerplate
    "orchard": ("v1", ["An apple harvest after the frost"]),
}


def built(folder: Path | None = None, key: str = K1) -> tuple[KeywordIndex, Store]:
    index, store = KeywordIndex.open(folder, key), Store(ARTICLES)
    assert store.sync(index, key) == [EVERYTHING]
    return index, store


@pytest.mark.parametrize("on_disk", [True, False])
def test_sync_reads_only_what_is_lacking(tmp_path: Path, on_disk: bool) -> None:
    index, store = built(tmp_path if on_disk else None)

    def at(key: str) -> KeywordIndex:
        return KeywordIndex.open(tmp_path, key) if on_disk else index

    assert store.sync(at(K1), K1) == []
    assert store.sync(at(K2), K2) == []
    del store.articles["brazil"]
    store.articles["aukus"] = ("v2", ["Japan and an apple"])
    store.articles["new"] = ("v1", ["A new ferry"])
    assert store.sync(at(K9), K9) == ["aukus", "new"]
    store.articles["aukus"] = ARTICLES["aukus"]
    assert store.sync(at(index_key("minilm", 10)), index_key("minilm", 10)) == ["aukus"]
    assert store.sync(at(index_key("other", 10)), index_key("other", 10)) == [EVERYTHING]
    store.articles = {"late": ("v1", ["The last frost"])}
    assert store.sync(at(index_key("other", 11)), index_key("other", 11)) == [EVERYTHING]
    store.articles = {}
    assert store.sync(at(index_key("other", 12)), index_key("other", 12)) == []
    if on_disk:
        assert len(list(tmp_path.glob("index-*"))) == 1


CHANGES = st.lists(
    st.tuples(
        st.dictionaries(
            st.sampled_from(["aukus", "brazil", "a", "b", "c"]),
            st.none() | st.lists(st.sampled_from(["", *WORDS, "Japan frost"]), max_size=4),
            max_size=3,
        ),
        st.booleans(),
    ),
    max_size=6,
)


@settings(max_examples=15, deadline=None)
@given(changes=CHANGES)
def test_syncs_equal_a_rebuild(
    tmp_path_factory: pytest.TempPathFactory,
    changes: list[tuple[dict[str, list[str] | None], bool]],
) -> None:
    folder = tmp_path_factory.mktemp("keywords")
    index, store = built(folder)
    for step, (changed, anew) in enumerate(changes):
        key, lacking = index_key("minilm", step + 2), []
        for article_id, texts in changed.items():
            if texts is None:
                store.articles.pop(article_id, None)
            else:
                store.articles[article_id] = (f"v{step + 2}", texts)
        lacking = [
            one for one, (version, texts) in store.articles.items() if version == f"v{step + 2}" or not texts
        ]
        if anew:
            index = KeywordIndex.open(folder, key)
        asked = store.sync(index, key)
        assert asked == (
            sorted(lacking) if len(lacking) < len(store.articles) else [EVERYTHING] * bool(lacking)
        )


def test_sync_drops_what_can_no_longer_be_read(tmp_path: Path) -> None:
    index, store = built(tmp_path)
    versions = store.versions | {"aukus": "v2"}
    del store.articles["aukus"]  # removed since the catalogue was read
    assert index.sync(versions, store.read, K2) == 1
    assert ids(index, "Japan") == []
    store.articles["aukus"] = ("v2", ["Japan again"])
    assert store.sync(KeywordIndex.open(tmp_path, K9), K9) == ["aukus"]


def test_sync_passes_over_versions_it_was_not_told_of() -> None:
    index, store = built()
    versions = store.versions | {"aukus": "v2"}
    store.articles["aukus"] = ("v3", ["Japan once more"])
    assert index.sync(versions, store.read, K2) == 1
    assert ids(index, "Japan") == []
    assert store.sync(index, K9) == ["aukus"]


def test_an_article_given_in_two_versions_is_lacking() -> None:
    index, store = KeywordIndex.open(None, K1), Store(ARTICLES)
    both = IndexedChunk(chunk_id_of("brazil", "v0", 0), "brazil", "The ferry of old")
    index.sync(store.versions, lambda ids: [*store.read(ids), both], K1)
    assert ids(index, "old") == []
    assert store.sync(index, K2) == []


def test_the_store_gives_what_is_to_be_found(tmp_path: Path) -> None:
    with ArticleStore.open(
        IngestSettings(data_dir=tmp_path), fingerprint="minilm", dimension=DIMENSION, create=True
    ) as store:
        batch = [prepared(number, chunk_count=number + 1) for number in range(4)]
        asked: list[int] = []

        def read(article_ids: Sequence[str] | None) -> Iterable[IndexedChunk]:
            wanted = [
                record
                for record in store.catalogue()
                if article_ids is None or record.article_id in article_ids
            ]
            asked.append(len(wanted))
            chunk_ids = [chunk_id for record in wanted for chunk_id in record.chunk_ids]
            return map(IndexedChunk.of, store.chunks(chunk_ids).values())

        for count in (3, 4):
            store.write(batch[:count] if count == 3 else batch[3:])
            key = store.state
            index = KeywordIndex.open(tmp_path / "keywords", key)
            versions = {record.article_id: record.version for record in store.catalogue()}
            index.sync(versions, read, key)
            found = [not chunk.boilerplate for one in batch[:count] for chunk in one.chunks]
            assert index.size == sum(found)
        assert asked == [3, 1]
