"""`kill -9` while the store writes: every article stays whole, and the next writer finishes the work."""

from __future__ import annotations

import multiprocessing
import os
import random
import signal
import time
from collections.abc import Callable
from multiprocessing.context import ForkServerProcess
from multiprocessing.synchronize import Event
from pathlib import Path

import numpy as np
import pytest

from ingest.articles import Analysis, Article, Chunk, Sentence, article_id_of, chunk_id_of
from ingest.chroma import EMBEDDED_FOLDER
from ingest.records import PreparedArticle
from ingest.settings import IngestSettings
from ingest.store import ArticleStore

PROCESSES = multiprocessing.get_context("forkserver")
ARTICLES = 24
DIMENSION = 8


def prepared(number: int, revision: int) -> PreparedArticle:
    """Article `number`, whose text, chunk count and vectors follow from its revision."""
    source = f"wire-{number:03d}.txt"
    lines = [f"Line {line} of article {number} in revision {revision}.\n" for line in range(9 + revision % 4)]
    text = "".join(lines)
    article = Article(article_id_of(source), source, text, title=f"Article {number}")
    chunks, start = [], 0
    for ordinal, line in enumerate(lines):
        chunk_id = chunk_id_of(article.article_id, article.version, ordinal)
        chunks.append(Chunk(chunk_id, article.article_id, ordinal, start, start + len(line), line))
        start += len(line)
    vectors = np.random.default_rng([number, revision]).standard_normal((len(chunks), DIMENSION))
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    analysis = Analysis(sentences=(Sentence(0, len(text) - 1, 0),))
    return PreparedArticle(article, analysis, tuple(chunks), vectors.astype(np.float32), "wire")


def open_store(data_dir: Path, *, create: bool = False) -> ArticleStore:
    settings = IngestSettings(data_dir=data_dir)
    return ArticleStore.open(settings, fingerprint="test", dimension=DIMENSION, create=create)


def start(work: Callable[..., None], *arguments: object) -> ForkServerProcess:
    """A process of its own that does `work`, forked from one that has imported Chroma already."""
    PROCESSES.set_forkserver_preload(["chromadb", __name__])
    process = PROCESSES.Process(target=work, args=arguments)
    process.start()
    return process


def write_for_ever(data_dir: Path, writing: Event) -> None:
    """Write revision after revision of every article, until killed."""
    with open_store(data_dir, create=True) as store:
        store.sweep()
        writing.set()
        revision = 1
        while True:
            for start in range(0, ARTICLES, 6):
                store.write([prepared(number, revision) for number in range(start, start + 6)])
            revision += 1


def check_whole(store: ArticleStore) -> None:
    """Every article is there, in exactly one of its revisions, with its chunks and vectors."""
    records = store.catalogue()
    assert len(records) == ARTICLES
    stored = store.get([record.article_id for record in records])
    by_article: dict[str, list[Chunk]] = {}
    for chunk in store.all_chunks():
        by_article.setdefault(chunk.article_id, []).append(chunk)
    for number, record in enumerate(records):
        article = stored[record.article_id].article
        revision = int(article.text.partition("revision ")[2].partition(".")[0])
        expected = prepared(number, revision)
        assert article == expected.article
        assert stored[record.article_id].analysis == expected.analysis
        assert by_article[record.article_id] == list(expected.chunks)
        assert "".join(chunk.text for chunk in by_article[record.article_id]) == article.text
        vectors = store.vectors_of(record.chunk_ids)
        assert np.allclose([vectors[chunk_id] for chunk_id in record.chunk_ids], expected.vectors, atol=1e-3)
        chunk_id, similarity = store.nearest(expected.vectors[-1], 1)[0]
        assert chunk_id == expected.chunks[-1].chunk_id
        assert similarity == pytest.approx(1.0, abs=1e-3)


def test_killed_at_random_moments_every_article_stays_whole(tmp_path: Path) -> None:
    with open_store(tmp_path, create=True) as store:
        store.write([prepared(number, 0) for number in range(ARTICLES)])
    moments = random.Random(20240410)
    for _ in range(8):
        writing = PROCESSES.Event()
        process = start(write_for_ever, tmp_path, writing)
        assert writing.wait(60)
        time.sleep(moments.uniform(0.0, 0.4))
        process.kill()
        process.join()
        with open_store(tmp_path) as store:
            check_whole(store)
    with open_store(tmp_path, create=True) as store:
        store.sweep()
        store.write([prepared(number, 7) for number in range(ARTICLES)])
        check_whole(store)
        after_crashes = list(store.all_chunks())
        assert store.sweep() == 0
    with open_store(tmp_path / "clean", create=True) as clean:
        clean.write([prepared(number, 7) for number in range(ARTICLES)])
        assert list(clean.all_chunks()) == after_crashes


def die_writing(data_dir: Path) -> None:
    """Write enough for the vector index to reach the disk, then die in the middle of a write."""
    store = open_store(data_dir, create=True)
    for revision in range(3):
        store.write([prepared(number, revision) for number in range(ARTICLES)])
    with store._writing():
        os.kill(os.getpid(), signal.SIGKILL)


def die_rebuilding(data_dir: Path) -> None:
    """Die with a rebuild half done."""
    store = open_store(data_dir)
    store.rebuild("other", DIMENSION).write([prepared(1, 1)])
    os.kill(os.getpid(), signal.SIGKILL)


@pytest.mark.parametrize("damage", ["truncated", "garbage", "absent"])
def test_torn_vector_files_of_a_killed_writer_are_mended(tmp_path: Path, damage: str) -> None:
    start(die_writing, tmp_path).join()
    torn = list((tmp_path / EMBEDDED_FOLDER).glob("*/data_level0.bin"))
    assert any(path.stat().st_size > 100_000 for path in torn)  # the threshold was passed: there is an index
    for path in torn:
        if damage == "truncated":
            path.write_bytes(path.read_bytes()[: path.stat().st_size // 3])
        elif damage == "garbage":
            path.write_bytes(bytes(255 - byte for byte in path.read_bytes()))
        else:
            path.unlink()
    with open_store(tmp_path) as store:
        check_whole(store)
        store.write([prepared(number, 5) for number in range(ARTICLES)])
        check_whole(store)
        store.delete([store.catalogue()[0].article_id])
        assert len(store.catalogue()) == ARTICLES - 1
        store.write([prepared(0, 6)])
        assert store.sweep() == 0
    with open_store(tmp_path) as store:
        check_whole(store)


def test_a_rebuild_cut_short_leaves_the_old_index_and_is_swept(tmp_path: Path) -> None:
    with open_store(tmp_path, create=True) as store:
        store.write([prepared(number, 0) for number in range(ARTICLES)])
    start(die_rebuilding, tmp_path).join()
    with open_store(tmp_path) as store:
        assert store.fingerprint == "test"
        check_whole(store)
        assert len(store._client.list_collections()) == 7
        store.sweep()
        assert len(store._client.list_collections()) == 4
        check_whole(store)
