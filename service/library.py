"""The reading side of the index: articles, records and the derived indexes, kept in step with the store's state.

Beside the derived indexes (`service.derived_indexes`) there is a copy of the catalogue, which Chroma takes long to hand
over. Everything here comes from Chroma and is bound to one key, `ArticleStore.state`. One `Library` serves all threads.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TypeVar

from ingest.articles import ArticleFilter, Chunk
from ingest.catalogue_copy import CatalogueCopy
from ingest.derived_index import fingerprint_of
from ingest.errors import ArticleNotFound, DatelineError, UpstreamRefused
from ingest.evidence import EvidenceIndex
from ingest.keywords import KeywordIndex
from ingest.records import ArticleRecord, StoredArticle
from ingest.store import ArticleStore
from ingest.vectors import VectorIndex
from service.derived_indexes import DerivedIndexes
from service.reading import Reading
from service.shelf import Shelf, admitted, shelve

K = TypeVar("K")
V = TypeVar("V")

CATALOGUE_FOLDER = "catalogue"
CACHED_ARTICLES = 2000
CACHED_CHUNKS = 8000
"""Some 2 kB each."""
READ_TOGETHER = 16
"""Chunks: so many are read at once where a question needs some that have not been read before."""
CACHED_FILTERS = 256
WARMED_AT_ONCE = 25
RECHECK_S = 0.25
"""How long another process's writes may go unseen; a question takes several looks at the shelf."""


class Library:
    """Reads the store through caches that know its state.

    `folder` is where the derived indexes live; None keeps them where nothing else finds them. `count_tokens` is the
    embedder's: n texts to n counts.
    """

    def __init__(
        self, store: ArticleStore, folder: Path | None, count_tokens: Callable[[Sequence[str]], list[int]]
    ) -> None:
        self.store = store
        self._folder = folder
        self._lock = threading.RLock()
        self._derived = DerivedIndexes(store, folder, count_tokens, self._lock)
        self._shelf: Shelf | None = None
        self._checked_at = float("-inf")
        self._articles: OrderedDict[tuple[str, str], Reading] = OrderedDict()
        self._chunks: OrderedDict[tuple[str, str], Chunk] = OrderedDict()
        self._admitted: OrderedDict[tuple[str, ArticleFilter], frozenset[str]] = OrderedDict()
        self._copy: CatalogueCopy | None = None
        self._waking: threading.Thread | None = None

    @property
    def fresh(self) -> bool:
        """Whether `shelf` knows without looking, and so without waiting."""
        return self._shelf is not None and time.monotonic() - self._checked_at < RECHECK_S

    def shelf(self) -> Shelf:
        """The catalogue of the store's state, which is looked up in Chroma at most every `RECHECK_S`."""
        shelf = self._shelf
        if shelf is not None and time.monotonic() - self._checked_at < RECHECK_S:
            return shelf
        with self._lock:
            state = self.store.state
            if self._shelf is None or self._shelf.key != state:
                self._shelf = shelve(state, self._catalogue(state))
            self._checked_at = time.monotonic()
            return self._shelf

    def _catalogue(self, state: str) -> list[ArticleRecord]:
        """The store's catalogue, which is not read from Chroma where the copy is of its `state`."""
        if self._folder is None:
            return self.store.catalogue()
        if self._copy is None:
            self._copy = CatalogueCopy.open(self._folder / CATALOGUE_FOLDER, state)
            kept = self._copy.records()
            if kept is not None:
                self.store.recall(state, kept)
        catalogue = self.store.catalogue()
        if not self._copy.expect(state) and self.store.state == state:
            with suppress(UpstreamRefused):  # it can be done without
                self._copy.sync(catalogue, state)
        return catalogue

    def _wake_store(self, shelf: Shelf) -> None:
        """Read a chunk in a thread: the first one of a large index takes Chroma seconds."""
        chunk_id = next((one for record in shelf.records.values() for one in record.chunk_ids[:1]), None)
        if self._waking is None and chunk_id is not None:
            self._waking = threading.Thread(target=_read, args=(self.store, chunk_id), daemon=True)
            self._waking.start()

    def refresh(self) -> None:
        """Look now: this process has just written. Brings the derived indexes up to date too."""
        self._checked_at = float("-inf")
        self.keywords()
        self.vectors()
        self.evidence()

    def keywords(self) -> KeywordIndex:
        """The keyword index of the current state; only what is new is read from the store."""
        shelf = self.shelf()
        with self._lock:
            if self._derived.is_new:
                self._wake_store(shelf)
            return self._derived.keywords(shelf)

    def vectors(self) -> VectorIndex:
        """The vectors of the current state's chunks; only what is new is read from the store."""
        return self._derived.vectors(self.shelf())

    def evidence(self) -> EvidenceIndex:
        """The sentences of the current state's chunks; only what is new is read from the store."""
        return self._derived.evidence(self.shelf())

    def articles(self, article_ids: Iterable[str]) -> dict[str, StoredArticle]:
        """Whole articles by id; ids that are gone are absent."""
        return {article_id: reading.stored for article_id, reading in self.readings(article_ids).items()}

    def readings(self, article_ids: Iterable[str]) -> dict[str, Reading]:
        """The same, as the answer composer reads them."""
        shelf = self.shelf()
        wanted = [
            (article_id, shelf.records[article_id].version)
            for article_id in article_ids
            if article_id in shelf.records
        ]
        with self._lock:
            found = {key[0]: self._articles[key] for key in wanted if key in self._articles}
            for key in wanted:
                if key in self._articles:
                    self._articles.move_to_end(key)
        absent = [article_id for article_id, _ in wanted if article_id not in found]
        if absent:
            fetched = {article_id: Reading(stored) for article_id, stored in self.store.get(absent).items()}
            with self._lock:
                for article_id, reading in fetched.items():
                    self._articles[article_id, reading.stored.record.version] = reading
                while len(self._articles) > CACHED_ARTICLES:
                    self._articles.popitem(last=False)
            found |= fetched
        return found

    def warm_up(self, should_stop: Callable[[], bool]) -> int:
        """Read and prepare articles until the cache is full or a stop is asked for; how many were prepared.

        For a server that has just started: the first question about an article otherwise waits for its keys.
        """
        prepared = 0
        ids = list(self.shelf().records)[:CACHED_ARTICLES]
        for start in range(0, len(ids), WARMED_AT_ONCE):
            for reading in self.readings(ids[start : start + WARMED_AT_ONCE]).values():
                if should_stop():
                    return prepared
                reading.prepare()
                prepared += 1
                time.sleep(0)  # let a question through
        return prepared

    def article(self, key: str) -> StoredArticle:
        """One article by id, by source, or by an ending of its source that only one article has.

        Raises:
            ArticleNotFound: none matches, or several do; the message lists near ones.
        """
        shelf = self.shelf()
        article_id = key if key in shelf.records else shelf.by_source.get(key)
        if article_id is None:
            matching = [source for source in shelf.by_source if source.endswith(key)] or [
                source for source in shelf.by_source if key.casefold() in source.casefold()
            ]
            if len(matching) != 1:
                hint = f"; it could be {', '.join(sorted(matching)[:5])}" if matching else ""
                raise ArticleNotFound(f"there is no article {key!r}{hint}")
            article_id = shelf.by_source[matching[0]]
        found = self.articles([article_id])
        if article_id not in found:
            raise ArticleNotFound(f"there is no article {key!r}")
        return found[article_id]

    def admitted(self, filters: ArticleFilter) -> frozenset[str] | None:
        """The ids of the articles that pass, or None when all do."""
        if filters.is_empty:
            return None
        shelf = self.shelf()
        asked = (shelf.key, filters)
        with self._lock:
            found = self._admitted.get(asked)
        if found is None:
            found = admitted(shelf, filters)
            with self._lock:
                _keep(self._admitted, asked, found, CACHED_FILTERS)
        return found

    def chunks(self, chunk_ids: Sequence[str]) -> dict[str, Chunk]:
        """Chunks by id, in the order asked for; those that are gone are absent, unless they have been read before.

        A chunk's id holds its article's version, and with the store's fingerprint decides the chunk: what was read once
        stays true.
        """
        fingerprint = fingerprint_of(self.shelf().key)
        with self._lock:
            known = {one: self._chunks.get((fingerprint, one)) for one in chunk_ids}
        absent = [chunk_id for chunk_id, chunk in known.items() if chunk is None]
        fetched = self.store.chunks(self._with_neighbours(absent, fingerprint)) if absent else {}
        found = {
            one: fetched[one] if chunk is None else chunk
            for one, chunk in known.items()
            if chunk or one in fetched
        }
        with self._lock:
            for chunk_id, chunk in (fetched | found).items():
                _keep(self._chunks, (fingerprint, chunk_id), chunk, CACHED_CHUNKS)
        return found

    def _with_neighbours(self, chunk_ids: Sequence[str], fingerprint: str) -> list[str]:
        """These chunks, and where they are few, others of their articles: later questions ask for those, and reading
        a few more takes hardly longer than reading one."""
        records = self.shelf().records
        wanted = dict.fromkeys(chunk_ids)
        article_ids = dict.fromkeys(chunk_id.partition(".")[0] for chunk_id in chunk_ids)
        near = (
            one
            for article_id in article_ids
            if article_id in records
            for one in records[article_id].chunk_ids
        )
        for one in near:
            if len(wanted) >= READ_TOGETHER:
                break
            if (fingerprint, one) not in self._chunks:
                wanted.setdefault(one)
        return list(wanted)

    def lines(self, chunks: Sequence[Chunk]) -> list[int | None]:
        """The line of its article in which each chunk begins, from 1; None when the article is gone.

        The sentence index knows nearly all; reading whole articles takes longer than finding the chunks in them.
        """
        lines = self.evidence().lines(chunks)
        unknown = [chunk.article_id for chunk, line in zip(chunks, lines, strict=True) if line is None]
        articles = self.articles(dict.fromkeys(unknown)) if unknown else {}
        return [
            articles[chunk.article_id].article.line_at(chunk.start)
            if line is None and chunk.article_id in articles
            else line
            for chunk, line in zip(chunks, lines, strict=True)
        ]

    def close(self) -> None:
        """Let go of the derived indexes. The store belongs to whoever opened it."""
        if self._waking is not None:
            self._waking.join()
        with self._lock:
            self._derived.close()
            self._copy = None


def _read(store: ArticleStore, chunk_id: str) -> None:
    with suppress(DatelineError):  # whoever needs a chunk will be told
        store.chunks([chunk_id])


def _keep(cache: OrderedDict[K, V], key: K, value: V, most: int) -> None:
    """Put a value into a cache that holds `most`; those used longest ago go first. The caller holds the lock."""
    cache[key] = value
    cache.move_to_end(key)
    while len(cache) > most:
        cache.popitem(last=False)
