"""The indexes that are made from the store, and brought up to date when its state has moved on.

Keywords (BM25 over chunks), vectors (exact cosines over chunks) and sentences (the evidence inside chunks). Each is
bound to the key of the state it was made from, and each is opened when it is first asked for.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import TypeVar

from ingest.errors import UpstreamRefused
from ingest.evidence import EvidenceIndex
from ingest.keywords import IndexedChunk, KeywordIndex
from ingest.store import ArticleStore
from ingest.vectors import VectorIndex
from service.shelf import Shelf

_log = logging.getLogger("dateline.index")

V = TypeVar("V")

KEYWORD_FOLDER = "keywords"
VECTOR_FOLDER = "vectors"
SENTENCE_FOLDER = "sentences"
INDEXED_AT_ONCE = 200
"""Articles whose chunks are read from the store together, so that memory does not grow with the archive."""


class DerivedIndexes:
    """The three of them, below `folder` (None: where nothing else finds them), under the lock of whoever owns them.

    `count_tokens` is the embedder's: n texts to n counts.
    """

    def __init__(
        self,
        store: ArticleStore,
        folder: Path | None,
        count_tokens: Callable[[Sequence[str]], list[int]],
        lock: threading.RLock,
    ) -> None:
        self._store = store
        self._folder = folder
        self._count_tokens = count_tokens
        self._lock = lock
        self._keywords: KeywordIndex | None = None
        self._vectors: VectorIndex | None = None
        self._evidence: EvidenceIndex | None = None

    @property
    def is_new(self) -> bool:
        """Whether the keyword index has not been opened yet."""
        return self._keywords is None

    def keywords(self, shelf: Shelf) -> KeywordIndex:
        """The keyword index of this state; only what is new is read from the store."""
        with self._lock:
            if self._keywords is None:
                self._keywords = KeywordIndex.open(self._place(KEYWORD_FOLDER), shelf.key)
            if not self._keywords.expect(shelf.key):
                read = partial(self._indexed_chunks, shelf)
                self._keywords = self._synced(
                    self._keywords,
                    lambda: KeywordIndex.open(None, shelf.key),
                    lambda index: index.sync(shelf.versions, read, shelf.key),
                )
            return self._keywords

    def vectors(self, shelf: Shelf) -> VectorIndex:
        """The vectors of this state's chunks; only what is new is read from the store."""
        with self._lock:
            if self._vectors is None:
                self._vectors = VectorIndex.open(self._place(VECTOR_FOLDER), shelf.key)
            if not self._vectors.expect(shelf.key):
                self._vectors = self._synced(
                    self._vectors,
                    lambda: VectorIndex.open(None, shelf.key),
                    lambda index: index.sync(shelf.versions, self._store.article_vectors, shelf.key),
                )
            return self._vectors

    def evidence(self, shelf: Shelf) -> EvidenceIndex:
        """The sentences of this state's chunks; only what is new is read from the store."""
        with self._lock:
            if self._evidence is None:
                self._evidence = EvidenceIndex.open(self._place(SENTENCE_FOLDER), shelf.key)
            if not self._evidence.expect(shelf.key):
                read = self._store.article_sentences
                self._evidence = self._synced(
                    self._evidence,
                    lambda: EvidenceIndex.open(None, shelf.key),
                    lambda index: index.sync(shelf.versions, read, self._count_tokens, shelf.key),
                )
            return self._evidence

    def _synced(self, index: V, elsewhere: Callable[[], V], sync: Callable[[V], object]) -> V:
        """A derived index brought up to date. Where its folder cannot be written (a disk that is full, or has become
        read-only), it is made `elsewhere`, in memory or the temporary folder, for as long as this process runs:
        questions go on being answered."""
        try:
            sync(index)
        except UpstreamRefused as error:
            if self._folder is None:
                raise
            _log.warning("%s; it is made in a temporary place instead", error)
            index = elsewhere()
            sync(index)
        return index

    def close(self) -> None:
        """Let go of them; the next question opens them again."""
        with self._lock:
            for index in (self._keywords, self._vectors, self._evidence):
                if index is not None:
                    index.close()
            self._keywords = self._vectors = self._evidence = None

    def _place(self, name: str) -> Path | None:
        return None if self._folder is None else self._folder / name

    def _indexed_chunks(self, shelf: Shelf, article_ids: Sequence[str] | None) -> Iterator[IndexedChunk]:
        """The chunks of these articles (None: of all). An article that a writer is just replacing is left out: the
        generation that the writer is about to begin, or has begun, brings it."""
        wanted = [shelf.records[one] for one in (shelf.records if article_ids is None else article_ids)]
        for start in range(0, len(wanted), INDEXED_AT_ONCE):
            records = wanted[start : start + INDEXED_AT_ONCE]
            found = self._store.chunks([chunk_id for record in records for chunk_id in record.chunk_ids])
            for record in records:
                chunks = [found[chunk_id] for chunk_id in record.chunk_ids if chunk_id in found]
                if len(chunks) == record.chunk_count:
                    for chunk in chunks:
                        yield IndexedChunk.of(chunk, record.title, record.outlet, record.published_at)
