"""The reading side of the index: articles, records and the derived indexes, kept in step with the store's generation.

Three indexes are derived: keywords (BM25 over chunks), vectors (exact cosines over chunks) and sentences (the evidence
inside chunks). Everything here comes from Chroma and follows its generation. One `Library` serves all threads.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from pathlib import Path

from ingest.articles import ArticleFilter, Chunk
from ingest.duplicates import groups
from ingest.errors import ArticleNotFound
from ingest.evidence import EvidenceIndex
from ingest.keywords import IndexedChunk, KeywordIndex
from ingest.records import ArticleRecord, StoredArticle
from ingest.store import ArticleStore
from ingest.vectors import VectorIndex, index_key
from service.outlets import OutletNames
from service.reading import Reading

KEYWORD_FOLDER = "keywords"
VECTOR_FOLDER = "vectors"
SENTENCE_FOLDER = "sentences"
CACHED_ARTICLES = 2000
WARMED_AT_ONCE = 25
INDEXED_AT_ONCE = 200
"""Articles whose chunks are read from the store together, so that memory does not grow with the archive."""
RECHECK_S = 0.25
"""How long another process's writes may go unseen; a question takes several looks at the shelf."""


@dataclass(frozen=True)
class Shelf:
    """What is known of one generation: every record by id, ids by source and by outlet (in lower case), the near-copies
    of each article, how questions name the outlets, and the date of the newest article. `key` is what derived indexes
    are bound to."""

    generation: int
    key: str
    records: dict[str, ArticleRecord]
    by_source: dict[str, str]
    by_outlet: dict[str, frozenset[str]]
    copies: dict[str, tuple[str, ...]]
    outlets: OutletNames
    newest: date | None

    @property
    def versions(self) -> dict[str, str]:
        """The version of every article, by id."""
        return {record.article_id: record.version for record in self.records.values()}


class Library:
    """Reads the store through caches that know their generation.

    `folder` is where the derived indexes live; None keeps them where nothing else finds them. `count_tokens` is the
    embedder's: n texts to n counts.
    """

    def __init__(
        self, store: ArticleStore, folder: Path | None, count_tokens: Callable[[Sequence[str]], list[int]]
    ) -> None:
        self.store = store
        self._folder = folder
        self._count_tokens = count_tokens
        self._lock = threading.RLock()
        self._shelf: Shelf | None = None
        self._checked_at = float("-inf")
        self._articles: OrderedDict[tuple[str, str], Reading] = OrderedDict()
        self._keywords: KeywordIndex | None = None
        self._vectors: VectorIndex | None = None
        self._evidence: EvidenceIndex | None = None

    def shelf(self) -> Shelf:
        """The catalogue of the current generation, which is looked up in Chroma at most every `RECHECK_S`."""
        shelf = self._shelf
        if shelf is not None and time.monotonic() - self._checked_at < RECHECK_S:
            return shelf
        with self._lock:
            generation = self.store.generation
            if self._shelf is None or self._shelf.generation != generation:
                key = index_key(self.store.fingerprint, generation)
                self._shelf = _shelve(generation, key, self.store.catalogue())
            self._checked_at = time.monotonic()
            return self._shelf

    def refresh(self) -> None:
        """Look now: this process has just written. Brings the derived indexes up to date too."""
        self._checked_at = float("-inf")
        self.keywords()
        self.vectors()
        self.evidence()

    def keywords(self) -> KeywordIndex:
        """The keyword index of the current generation; only what is new is read from the store."""
        shelf = self.shelf()
        with self._lock:
            if self._keywords is None:
                self._keywords = KeywordIndex.open(self._place(KEYWORD_FOLDER), shelf.key)
            if not self._keywords.expect(shelf.key):
                self._keywords.sync(shelf.versions, partial(self._indexed_chunks, shelf), shelf.key)
            return self._keywords

    def vectors(self) -> VectorIndex:
        """The vectors of the current generation's chunks; only what is new is read from the store."""
        shelf = self.shelf()
        with self._lock:
            if self._vectors is None:
                self._vectors = VectorIndex.open(self._place(VECTOR_FOLDER), shelf.key)
            if not self._vectors.expect(shelf.key):
                self._vectors.sync(shelf.versions, self.store.article_vectors, shelf.key)
            return self._vectors

    def evidence(self) -> EvidenceIndex:
        """The sentences of the current generation's chunks; only what is new is read from the store."""
        shelf = self.shelf()
        with self._lock:
            if self._evidence is None:
                self._evidence = EvidenceIndex.open(self._place(SENTENCE_FOLDER), shelf.key)
            if not self._evidence.expect(shelf.key):
                self._evidence.sync(
                    shelf.versions, self.store.article_sentences, self._count_tokens, shelf.key
                )
            return self._evidence

    def _place(self, name: str) -> Path | None:
        return None if self._folder is None else self._folder / name

    def _indexed_chunks(self, shelf: Shelf, article_ids: Sequence[str] | None) -> Iterator[IndexedChunk]:
        """The chunks of these articles (None: of all). An article that a writer is just replacing is left out: the
        generation that the writer is about to begin, or has begun, brings it."""
        wanted = [shelf.records[one] for one in (shelf.records if article_ids is None else article_ids)]
        for start in range(0, len(wanted), INDEXED_AT_ONCE):
            records = wanted[start : start + INDEXED_AT_ONCE]
            found = self.store.chunks([chunk_id for record in records for chunk_id in record.chunk_ids])
            for record in records:
                chunks = [found[chunk_id] for chunk_id in record.chunk_ids if chunk_id in found]
                if len(chunks) == record.chunk_count:
                    for chunk in chunks:
                        yield IndexedChunk.of(chunk, record.title, record.outlet, record.published_at)

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
        if filters == ArticleFilter(
            filters.outlets
        ):  # what questions that name outlets ask, several times each
            found = (shelf.by_outlet.get(outlet.casefold(), frozenset()) for outlet in filters.outlets)
            return frozenset().union(*found)
        return frozenset(
            record.article_id
            for record in shelf.records.values()
            if filters.admits(record.source, record.outlet, record.published_at)
        )

    def chunks(self, chunk_ids: Sequence[str]) -> dict[str, Chunk]:
        """Chunks by id."""
        return self.store.chunks(chunk_ids)

    def close(self) -> None:
        """Let go of the derived indexes. The store belongs to whoever opened it."""
        with self._lock:
            for index in (self._keywords, self._vectors, self._evidence):
                if index is not None:
                    index.close()
            self._keywords = self._vectors = self._evidence = None


def _shelve(generation: int, key: str, catalogue: Sequence[ArticleRecord]) -> Shelf:
    records = {record.article_id: record for record in catalogue}
    signatures = {record.article_id: record.signature for record in catalogue if record.signature}
    copies: dict[str, tuple[str, ...]] = {}
    for group in groups(signatures):
        for article_id in group:
            copies[article_id] = tuple(other for other in group if other != article_id)
    by_outlet: dict[str, list[str]] = {}
    for record in catalogue:
        by_outlet.setdefault((record.outlet or "").casefold(), []).append(record.article_id)
    return Shelf(
        generation=generation,
        key=key,
        records=records,
        by_source={record.source: record.article_id for record in catalogue},
        by_outlet={outlet: frozenset(ids) for outlet, ids in by_outlet.items()},
        copies=copies,
        outlets=OutletNames(record.outlet for record in catalogue if record.outlet),
        newest=_newest(catalogue),
    )


def _newest(catalogue: Iterable[ArticleRecord]) -> date | None:
    """The day of the newest article: what "last week" counts from in an archive."""
    days = [record.published_at[:10] for record in catalogue if record.published_at]
    for day in sorted(days, reverse=True):
        try:
            return date.fromisoformat(day)
        except ValueError:
            continue
    return None
