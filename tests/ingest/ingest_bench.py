"""A store, a fake embedder and a folder: what the tests of the pipeline work on."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ingest import pipeline
from ingest.report import IngestReport
from ingest.settings import IngestSettings
from ingest.store import ArticleStore

DIMENSION = 8


class HashEmbedder:
    """A text's vector is made of its hash: deterministic, instant, and counted."""

    name = "hash"
    fingerprint = "hash-8"
    dimension = DIMENSION
    max_tokens = 254

    def __init__(self) -> None:
        self.embedded: list[str] = []
        self.before_embed: Callable[[], None] = lambda: None

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        self.before_embed()
        self.embedded += texts
        rows = [np.frombuffer(hashlib.sha256(text.encode()).digest(), dtype=np.uint32) for text in texts]
        vectors = np.array(rows, dtype=np.float64)
        lengths = np.sqrt((vectors * vectors).sum(axis=1, keepdims=True))
        unit: NDArray[np.float32] = (vectors / lengths).astype(np.float32)
        return unit

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        return [len(text.split()) for text in texts]


class Bench:
    """A store, an embedder and a folder, and `ingest` over them."""

    def __init__(self, place: Path) -> None:
        self.folder = place / "articles"
        self.folder.mkdir()
        self.embedder = HashEmbedder()
        self.settings = IngestSettings(data_dir=place / "index")
        self.store = self.open_store()

    def open_store(self) -> ArticleStore:
        return ArticleStore.open(self.settings, fingerprint="hash-8", dimension=DIMENSION, create=True)

    def put(self, name: str, text: str, *, old: bool = True) -> Path:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        if old:
            age(path)
        return path

    def ingest(self, *paths: Path, prune: bool = False, **more: object) -> IngestReport:
        self.embedder.embedded.clear()
        return pipeline.ingest(
            paths or [self.folder],
            self.store,
            self.embedder,
            self.settings,
            prune=prune,
            **more,  # type: ignore[arg-type]
        )

    def sources(self) -> list[str]:
        return [record.source for record in self.store.catalogue()]

    def texts(self) -> dict[str, str]:
        ids = [record.article_id for record in self.store.catalogue()]
        return {one.article.source: one.article.text for one in self.store.get(ids).values()}

    def state(self) -> dict[str, tuple[str, str, list[str], bytes]]:
        """Everything that matters of the index: id, version, chunk texts and vectors of every source."""
        return {
            record.source: (
                record.article_id,
                record.version,
                [chunk.text for chunk in self.store.chunks(record.chunk_ids).values()],
                b"".join(vector.tobytes() for vector in self.store.vectors_of(record.chunk_ids).values()),
            )
            for record in self.store.catalogue()
        }


def age(path: Path, by_s: int = 3600) -> None:
    """Make a file look as if it had been written some time ago, as most have."""
    status = path.stat()
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns - by_s * 1_000_000_000))


def story(subject: str, paragraphs: int = 3) -> str:
    """A story long enough for several chunks, in which no two paragraphs are the same."""
    return "\n\n".join(
        f"The council met on item {number} about {subject} for a long afternoon. "
        + " ".join(f"Speaker {turn} described point {turn} of {subject} item {number}." for turn in range(14))
        for number in range(paragraphs)
    )


def record_lines(count: int, start: int = 0) -> str:
    return "".join(
        json.dumps({"id": f"id-{n}", "title": f"Title {n}", "body": story(f"harbour {n}", 1)}) + "\n"
        for n in range(start, start + count)
    )
