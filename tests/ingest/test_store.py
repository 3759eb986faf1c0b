"""The store against a real Chroma: embedded, restarted, shared between threads, and as a server."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Literal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from ingest import encoding
from ingest.analysis_encoding import analysis_fields, analysis_from
from ingest.articles import (
    Analysis,
    Article,
    Chunk,
    Mention,
    Quotation,
    Sentence,
    Span,
    article_id_of,
    chunk_id_of,
)
from ingest.errors import IndexMismatch, IndexMissing, InvalidRequest
from ingest.records import PreparedArticle
from ingest.settings import IngestSettings
from ingest.store import ArticleStore

DIMENSION = 8
TEXT = "Kishida arrived.\x00 “We agreed,” Biden said — 同盟 🗽.\n\nSign up!"


def unit_vectors(seed: list[int], count: int, dimension: int = DIMENSION) -> NDArray[np.float32]:
    vectors = np.random.default_rng(seed).standard_normal((count, dimension)).astype(np.float32)
    lengths: NDArray[np.float32] = np.linalg.norm(vectors, axis=1, keepdims=True)
    return vectors / lengths


def prepared(
    number: int, text: str = TEXT, *, chunk_count: int = 3, dimension: int = DIMENSION
) -> PreparedArticle:
    article = Article(
        article_id_of(f"{number:04d}.txt"),
        f"{number:04d}.txt",
        text,
        title=f"Title {number}" if number % 2 else None,
        outlet="The Post" if number % 3 else None,
        authors=("Ann", "Bob") if number % 2 else (),
        published_at="2024-04-10" if number % 2 else None,
        boilerplate=(Span(len(text) - 8, len(text)),),
    )
    edges = [round(len(text) * part / chunk_count) for part in range(chunk_count + 1)]
    chunks = tuple(
        Chunk(
            chunk_id_of(article.article_id, article.version, ordinal),
            article.article_id,
            ordinal,
            edges[ordinal],
            edges[ordinal + 1],
            text[edges[ordinal] : edges[ordinal + 1]],
            "Title" if ordinal else "",
            ordinal == chunk_count - 1,
        )
        for ordinal in range(chunk_count)
    )
    analysis = Analysis(
        sentences=(Sentence(0, 16, 0), Sentence(18, 44, 0)),
        quotations=(
            Quotation(19, 29, "direct", "Joe Biden", 31, 36, 18, 44),
            Quotation(0, 16, "indirect", None, None, None, 0, 16),
        ),
        mentions=(Mention(0, 7, "Fumio Kishida", "name"), Mention(31, 36, "Joe Biden", "pronoun")),
    )
    vectors = unit_vectors([number, chunk_count, len(text)], chunk_count, dimension)
    return PreparedArticle(
        article, analysis, chunks, vectors, "news", b"\x00\xff\x01", 10**18 + number, 5, "ab"
    )


@pytest.fixture
def settings(tmp_path: Path) -> IngestSettings:
    return IngestSettings(data_dir=tmp_path / "data")


def open_store(settings: IngestSettings, *, create: bool = True) -> ArticleStore:
    return ArticleStore.open(settings, fingerprint="minilm", dimension=DIMENSION, create=create)


@pytest.fixture
def store(settings: IngestSettings) -> Iterator[ArticleStore]:
    with open_store(settings) as opened:
        yield opened


def test_what_is_written_is_read_back_exactly(store: ArticleStore) -> None:
    batch = [prepared(number) for number in range(6)]
    store.write(batch)
    assert [record.source for record in store.catalogue()] == [f"{number:04d}.txt" for number in range(6)]
    ids = [item.article.article_id for item in batch]
    stored = store.get([*ids, "absent"])
    assert list(stored) == ids
    for item in batch:
        got = stored[item.article.article_id]
        assert got.article == item.article
        assert got.article.version == item.article.version
        assert got.analysis == item.analysis
        record = got.record
        assert (record.root, record.signature, record.file_mtime_ns) == (
            "news",
            b"\x00\xff\x01",
            item.file_mtime_ns,
        )
        assert (record.chunk_count, record.characters) == (3, len(TEXT))
        assert record.authors == item.article.authors
        assert list(store.chunks(record.chunk_ids).values()) == list(item.chunks)
        vectors = store.vectors_of(record.chunk_ids)
        assert np.allclose([vectors[name] for name in record.chunk_ids], item.vectors, atol=1e-6)


def test_reads_of_nothing_are_empty(store: ArticleStore) -> None:
    assert store.catalogue() == []
    assert store.get([]) == {}
    assert store.get(["absent"]) == {}
    assert store.chunks([]) == {}
    assert store.chunks(["absent"]) == {}
    assert store.vectors_of(["absent"]) == {}
    assert store.nearest(unit_vectors([1], 1)[0], 5) == []
    assert list(store.all_chunks()) == []
    assert store.sweep() == 0


def test_nearest_gives_cosines_best_first(store: ArticleStore) -> None:
    batch = [prepared(number) for number in range(20)]
    store.write(batch)
    query = unit_vectors([99], 1)[0]
    exact = sorted(
        (
            (float(vector @ query), chunk.chunk_id)
            for item in batch
            for chunk, vector in zip(item.chunks, item.vectors, strict=True)
        ),
        reverse=True,
    )
    hits = store.nearest(query, 7)
    assert [chunk_id for chunk_id, _ in hits] == [chunk_id for _, chunk_id in exact[:7]]
    assert [cosine for _, cosine in hits] == pytest.approx([cosine for cosine, _ in exact[:7]], abs=1e-5)
    assert len(store.nearest(query, 1000)) == 60
    assert store.nearest(query, 0) == []


def test_a_changed_article_replaces_its_old_version(store: ArticleStore) -> None:
    store.write([prepared(1), prepared(2)])
    old = store.catalogue()[0]
    generation = store.generation
    store.write([prepared(1, "Entirely new words here.", chunk_count=2)])
    assert store.generation > generation
    new = store.catalogue()[0]
    assert new.version != old.version
    assert store.chunks(old.chunk_ids) == {}
    assert store.vectors_of(old.chunk_ids) == {}
    assert len(list(store.all_chunks())) == 5
    assert store.sweep() == 0
    assert store._index.texts.count() == 2


def test_writing_the_same_version_again_changes_no_chunk(store: ArticleStore) -> None:
    store.write([prepared(1)])
    before = list(store.all_chunks())
    store.write([replace(prepared(1), file_mtime_ns=7)])
    assert list(store.all_chunks()) == before
    assert store.catalogue()[0].file_mtime_ns == 7
    assert store._index.chunks.count() == 3
    assert store._index.texts.count() == 1


def test_delete_removes_every_trace(store: ArticleStore) -> None:
    store.write([prepared(1), prepared(2)])
    first, second = store.catalogue()
    store.delete([first.article_id, "absent", first.article_id])
    assert store.catalogue() == [second]
    assert store.get([first.article_id]) == {}
    assert (store._index.chunks.count(), store._index.texts.count()) == (3, 1)
    generation = store.generation
    store.delete(["absent"])
    assert store.generation == generation


def test_nearest_passes_over_uncommitted_chunks_and_sweep_removes_them(store: ArticleStore) -> None:
    store.write([prepared(1)])
    orphans = prepared(2, chunk_count=40)
    vector = orphans.vectors[0]
    store._index.chunks.upsert(
        ids=[chunk.chunk_id for chunk in orphans.chunks],
        embeddings=np.tile(vector, (40, 1)),
        metadatas=[encoding.chunk_metadata(chunk, store.catalogue()[0]) for chunk in orphans.chunks],
    )
    own = {chunk.chunk_id for chunk in prepared(1).chunks}
    assert {chunk_id for chunk_id, _ in store.nearest(vector, 3)} == own
    assert {chunk.chunk_id for chunk in store.all_chunks()} == own
    assert store.sweep() == 40
    assert store._index.chunks.count() == 3


@pytest.mark.parametrize(
    "wrong",
    [
        [prepared(1), prepared(1)],
        [replace(prepared(1), vectors=unit_vectors([1], 2))],
        [prepared(1, dimension=DIMENSION + 1)],
        [replace(prepared(1), chunks=prepared(2).chunks)],
        [prepared(1, "lone \ud800 surrogate, which no UTF-8 holds")],
    ],
    ids=["twice", "too few vectors", "wrong dimension", "another's chunks", "not Unicode"],
)
def test_a_batch_that_does_not_fit_is_refused_whole(
    store: ArticleStore, wrong: list[PreparedArticle]
) -> None:
    with pytest.raises(InvalidRequest, match=r"0001\.txt"):
        store.write([prepared(5), *wrong])
    assert store.catalogue() == []
    assert store._index.chunks.count() == 0


def test_an_index_that_is_not_there(settings: IngestSettings) -> None:
    with pytest.raises(IndexMissing, match="dateline ingest"):
        open_store(settings, create=False)
    assert not settings.data_dir.exists()


def test_another_embedder_is_told_both_names_and_the_way_out(settings: IngestSettings) -> None:
    open_store(settings).close()
    with pytest.raises(IndexMismatch) as caught:
        ArticleStore.open(settings, fingerprint="other", dimension=4, create=True)
    assert all(words in str(caught.value) for words in ("minilm", "other", "dateline ingest --rebuild"))
    with ArticleStore.open(settings, fingerprint=None, dimension=None, create=False) as unchecked:
        assert (unchecked.fingerprint, unchecked.dimension) == ("minilm", DIMENSION)


def test_a_rebuild_is_invisible_until_activated(settings: IngestSettings) -> None:
    with ArticleStore.open(settings, fingerprint="minilm", dimension=DIMENSION, create=True) as first:
        first.write([prepared(1)])
    with ArticleStore.open(settings, fingerprint=None, dimension=None, create=False) as store:
        rebuilt = store.rebuild("wider", 12)
        rebuilt.write([prepared(2, dimension=12), prepared(3, dimension=12)])
        assert rebuilt.sweep() == 0
        assert [record.source for record in store.catalogue()] == ["0001.txt"]
        generation = store.generation
        before, after = prepared(1).chunks[0].chunk_id, prepared(2).chunks[0].chunk_id
        assert list(store.chunks([before, after])) == [before]
        rebuilt.activate()
        assert list(store.chunks([before, after])) == [after]  # though it last read where nothing is any more
        assert store.generation > generation
        assert [record.source for record in store.catalogue()] == ["0002.txt", "0003.txt"]
        assert (store.fingerprint, store.dimension) == ("wider", 12)
        assert len(store._client.list_collections()) == 4
        rebuilt.write([prepared(4, dimension=12)])
        rebuilt.close()
        assert len(store.catalogue()) == 3


def test_over_a_thousand_vectors_survive_restarts(settings: IngestSettings) -> None:
    batch = [prepared(number, chunk_count=30) for number in range(45)]
    with open_store(settings) as store:
        for start in range(0, 45, 9):
            store.write(batch[start : start + 9])
        generation = store.generation
    for _ in range(2):
        with open_store(settings, create=False) as store:
            assert store.generation == generation
            assert len(list(store.all_chunks(batch_size=100))) == 1350
            for item in batch[::5]:
                chunk_id, cosine = store.nearest(item.vectors[4], 1)[0]
                assert chunk_id == item.chunks[4].chunk_id
                assert cosine == pytest.approx(1.0, abs=1e-5)


def test_threads_read_whole_articles_while_one_writes(store: ArticleStore) -> None:
    texts = ["First version of the words.", "Second version, and other words than before."]
    store.write([prepared(number, texts[0]) for number in range(4)])
    ids = [record.article_id for record in store.catalogue()]
    failures: list[BaseException] = []
    done = threading.Event()

    def read() -> None:
        try:
            while not done.is_set():
                stored = store.get(ids)
                assert list(stored) == ids
                assert {item.article.text for item in stored.values()} <= set(texts)
                assert len(store.nearest(unit_vectors([3], 1)[0], 2)) == 2
        except BaseException as error:  # noqa: BLE001 - reported by the main thread
            failures.append(error)

    readers = [threading.Thread(target=read) for _ in range(3)]
    for reader in readers:
        reader.start()
    for turn in range(12):
        store.write([prepared(number, texts[(turn + 1) % 2]) for number in range(4)])
    done.set()
    for reader in readers:
        reader.join()
    assert failures == []


def test_llama_index_reads_the_chunks_as_text_nodes(store: ArticleStore) -> None:
    from llama_index.core.schema import NodeRelationship, TextNode
    from llama_index.core.vector_stores.types import MetadataFilter, MetadataFilters, VectorStoreQuery
    from llama_index.vector_stores.chroma import ChromaVectorStore

    batch = [prepared(number) for number in range(1, 4)]
    store.write(batch)
    chunk, vector = batch[0].chunks[1], batch[0].vectors[1]
    vector_store = ChromaVectorStore.from_collection(store._index.chunks)
    found = vector_store.query(VectorStoreQuery(query_embedding=vector.tolist(), similarity_top_k=2))
    assert found.nodes is not None
    node = found.nodes[0]
    assert isinstance(node, TextNode)
    assert (node.node_id, node.text, node.ref_doc_id) == (chunk.chunk_id, chunk.text, chunk.article_id)
    assert (node.start_char_idx, node.end_char_idx) == (chunk.start, chunk.end)
    assert node.metadata["source"] == "0001.txt"
    assert node.relationships[NodeRelationship.SOURCE] is not None
    only = MetadataFilters(filters=[MetadataFilter(key="source", value="0002.txt")])
    filtered = vector_store.query(
        VectorStoreQuery(query_embedding=vector.tolist(), similarity_top_k=9, filters=only)
    )
    assert {node.metadata["source"] for node in filtered.nodes or ()} == {"0002.txt"}


spans = st.tuples(st.integers(0, 10**6), st.integers(0, 10**6), st.integers(0, 10**6))
names = st.one_of(st.none(), st.text(max_size=20))


@given(
    sentences=st.lists(spans, max_size=5),
    quotations=st.lists(st.tuples(spans, st.sampled_from(["direct", "indirect"]), names), max_size=5),
    mentions=st.lists(
        st.tuples(spans, st.text(max_size=20), st.sampled_from(["name", "title", "pronoun"])), max_size=5
    ),
)
def test_every_analysis_is_read_back_exactly(
    sentences: list[tuple[int, int, int]],
    quotations: list[tuple[tuple[int, int, int], Literal["direct", "indirect"], str | None]],
    mentions: list[tuple[tuple[int, int, int], str, Literal["name", "title", "pronoun"]]],
) -> None:
    analysis = Analysis(
        tuple(Sentence(*fields) for fields in sentences),
        tuple(
            Quotation(a, b, kind, name, c if name else None, c if name else None, a, b)
            for (a, b, c), kind, name in quotations
        ),
        tuple(Mention(a, b, name, kind) for (a, b, _), name, kind in mentions),
    )
    assert analysis_from(analysis_fields(analysis)) == analysis
