"""Prepared articles become vectors and one commit after another: the half of the pipeline that costs embedder time.

Chunks of many articles are embedded together and sorted by length, because a model computes as many tokens for each
text of a batch as the longest one has. A commit holds whole articles only. It is written in a thread while the next
batch is embedded, because a write waits for the disk and uses one core at most; never more than one is under way.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from typing import TYPE_CHECKING, Self

import numpy as np
from numpy.typing import NDArray

from ingest.preparing import Ready, Unchanged
from ingest.records import ArticleRecord, PreparedArticle
from ingest.report import IngestReport

if TYPE_CHECKING:
    from ingest.embedding import Embedder
    from ingest.store import ArticleStore

COMMIT_CHUNKS = 512
COMMIT_ARTICLES = 50
"""A commit is due at whichever comes first. At 80 chunks a second a crash costs six seconds of embedding."""

EMBED_CHUNKS = 128
"""Texts an embedder is given at once: many enough to fill its own batches, few enough for a lively progress bar."""


class BatchWriter:
    """Collects articles, embeds what is new in them and commits them together. Not for several threads.

    A context manager: leaving it, however, waits for the write under way. What an `add` or `commit` raises may come
    from the write of an earlier batch.
    """

    def __init__(
        self, store: ArticleStore, embedder: Embedder, report: IngestReport, on_embedded: Callable[[], None]
    ) -> None:
        self._store = store
        self._embedder = embedder
        self._report = report
        self._on_embedded = on_embedded
        self._waiting: list[Ready] = []
        self._renewing: list[Unchanged] = []
        self._threads = ThreadPoolExecutor(max_workers=1, thread_name_prefix="ingest-write")
        self._writing: tuple[Sequence[Ready], Future[None]] | None = None
        self.committed: set[str] = set()
        """Ids of the articles this run added or changed."""

    @property
    def waiting(self) -> int:
        """How many articles are not committed yet."""
        return len(self._waiting) + (len(self._writing[0]) if self._writing else 0)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._threads.shutdown(wait=True)

    def add(self, ready: Ready) -> None:
        """Take one article; commit when enough have come together."""
        self._waiting.append(ready)
        chunks = sum(len(waiting.chunks) for waiting in self._waiting)
        if chunks >= COMMIT_CHUNKS or len(self._waiting) >= COMMIT_ARTICLES:
            self._start_commit()

    def renew(self, unchanged: Unchanged) -> None:
        """Take one article whose words stay and whose source, folder or file stamp is another now."""
        self._renewing.append(unchanged)
        if len(self._renewing) >= COMMIT_ARTICLES:
            self._commit_renewed()

    def commit(self) -> None:
        """Embed and write what is waiting, and wait until it is written."""
        self._start_commit()
        self._settle()

    def _start_commit(self) -> None:
        self._commit_renewed()
        batch, self._waiting = self._waiting, []
        if not batch:
            return
        vectors = self._vectors(batch)
        prepared = [
            PreparedArticle(
                article=ready.article,
                analysis=ready.analysis,
                chunks=ready.chunks,
                vectors=self._stack([vectors[chunk.embedded_text] for chunk in ready.chunks]),
                root=ready.root,
                signature=ready.signature,
                file_mtime_ns=ready.stamp.mtime_ns,
                file_size=ready.stamp.size,
            )
            for ready in batch
        ]
        self._settle()
        self._writing = batch, self._threads.submit(self._store.write, prepared)

    def _settle(self) -> None:
        """Wait for the write under way and take note of what it brought. Raises what the write raised."""
        if self._writing is None:
            return
        (batch, written), self._writing = self._writing, None
        written.result()
        for ready in batch:
            self.committed.add(ready.article.article_id)
            sources = self._report.added if ready.previous is None else self._report.changed
            sources.append(ready.article.source)

    def _vectors(self, batch: Sequence[Ready]) -> dict[str, NDArray[np.float32]]:
        """A vector for every embedded text of the batch, from the index where it holds the same text already."""
        wanted = dict.fromkeys(chunk.embedded_text for ready in batch for chunk in ready.chunks)
        vectors = self._stored_vectors(batch, wanted)
        self._report.chunks_reused += sum(len(ready.chunks) for ready in batch) - len(wanted) + len(vectors)
        fresh = sorted((text for text in wanted if text not in vectors), key=len, reverse=True)
        for start in range(0, len(fresh), EMBED_CHUNKS):
            texts = fresh[start : start + EMBED_CHUNKS]
            vectors.update(zip(texts, self._embedder.embed(texts), strict=True))
            self._report.chunks_embedded += len(texts)
            self._on_embedded()
        return vectors

    def _stored_vectors(
        self, batch: Sequence[Ready], wanted: dict[str, None]
    ) -> dict[str, NDArray[np.float32]]:
        """What earlier versions of these articles, or copies under another name, have vectors for."""
        records = [
            record for ready in batch for record in (ready.previous, ready.alike) if record is not None
        ]
        if not records:
            return {}
        chunks = self._store.chunks([chunk_id for record in records for chunk_id in record.chunk_ids])
        text_of = {
            chunk_id: chunk.embedded_text
            for chunk_id, chunk in chunks.items()
            if chunk.embedded_text in wanted
        }
        return {
            text_of[chunk_id]: vector for chunk_id, vector in self._store.vectors_of(list(text_of)).items()
        }

    def _commit_renewed(self) -> None:
        """Write known articles again under their renewed records: nothing is analyzed or embedded."""
        renewing, self._renewing = self._renewing, []
        if not renewing:
            return
        self._settle()
        renewed: dict[str, ArticleRecord] = {item.record.article_id: item.renewed for item in renewing}
        chunk_ids = [chunk_id for item in renewing for chunk_id in item.record.chunk_ids]
        chunks, vectors = self._store.chunks(chunk_ids), self._store.vectors_of(chunk_ids)
        batch = []
        for article_id, stored in self._store.get(list(renewed)).items():
            record = renewed[article_id]
            ids = stored.record.chunk_ids
            batch.append(
                PreparedArticle(
                    article=replace(stored.article, source=record.source),
                    analysis=stored.analysis,
                    chunks=tuple(chunks[chunk_id] for chunk_id in ids),
                    vectors=self._stack([vectors[chunk_id] for chunk_id in ids]),
                    root=record.root,
                    signature=record.signature,
                    file_mtime_ns=record.file_mtime_ns,
                    file_size=record.file_size,
                    file_sha=record.file_sha,
                )
            )
        self._store.write(batch)

    def _stack(self, vectors: Sequence[NDArray[np.float32]]) -> NDArray[np.float32]:
        if not vectors:
            return np.zeros((0, self._embedder.dimension), dtype=np.float32)
        return np.stack(vectors)
