"""The reading side of the index: articles, records and the keyword index, kept in step with the store's generation.

Everything here is derived from Chroma and dropped when the generation moves on. One `Library` serves all threads.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from ingest.articles import ArticleFilter, Chunk
from ingest.duplicates import groups
from ingest.errors import ArticleNotFound
from ingest.keywords import IndexedChunk, KeywordIndex
from ingest.records import ArticleRecord, StoredArticle
from ingest.store import ArticleStore
from service.reading import Reading

CACHED_ARTICLES = 2000
WARMED_AT_ONCE = 25
RECHECK_S = 0.25
"""How long another process's writes may go unseen; a question takes several looks at the shelf."""


@dataclass(frozen=True)
class Shelf:
    """What is known of one generation: every record by id, and the near-copies of each article."""

    generation: int
    records: dict[str, ArticleRecord]
    by_source: dict[str, str]
    copies: dict[str, tuple[str, ...]]
    outlets: tuple[str, ...]


class Library:
    """Reads the store through caches that know their generation.

    `keyword_folder` is where the derived keyword index lives; None keeps it in memory.
    """

    def __init__(self, store: ArticleStore, keyword_folder: Path | None) -> None:
        self.store = store
        self._lock = threading.RLock()
        self._shelf: Shelf | None = None
        self._checked_at = float("-inf")
        self._articles: OrderedDict[tuple[str, str], Reading] = OrderedDict()
        self._keyword_folder = keyword_folder
        self._keywords: KeywordIndex | None = None
        self._indexed: Shelf | None = None

    def shelf(self) -> Shelf:
        """The catalogue of the current generation, which is looked up in Chroma at most every `RECHECK_S`."""
        shelf = self._shelf
        if shelf is not None and time.monotonic() - self._checked_at < RECHECK_S:
            return shelf
        with self._lock:
            generation = self.store.generation
            if self._shelf is None or self._shelf.generation != generation:
                self._shelf = _shelve(generation, self.store.catalogue())
            self._checked_at = time.monotonic()
            return self._shelf

    def refresh(self) -> None:
        """Look now: this process has just written. Brings the keyword index up to date too."""
        self._checked_at = float("-inf")
        self.keywords()

    def keywords(self) -> KeywordIndex:
        """The keyword index of the current generation: updated by what changed since the one it was bound to, or
        rebuilt from the store when it is missing, damaged or bound to a generation this process never saw."""
        shelf = self.shelf()
        key = f"{self.store.fingerprint}@{shelf.generation}"
        with self._lock:
            if self._keywords is None:
                self._keywords = KeywordIndex.open(self._keyword_folder, key)
            if not self._keywords.expect(key):
                if (
                    self._indexed is not None
                    and self._keywords.key == f"{self.store.fingerprint}@{self._indexed.generation}"
                ):
                    self._update_keywords(self._keywords, self._indexed, shelf, key)
                else:
                    self._keywords.rebuild(self._indexed_chunks(shelf, self.store.all_chunks()), key)
            self._indexed = shelf
            return self._keywords

    def _update_keywords(self, index: KeywordIndex, old: Shelf, new: Shelf, key: str) -> None:
        gone = [article_id for article_id in old.records if article_id not in new.records]
        fresh = [
            chunk_id
            for article_id, record in new.records.items()
            if article_id not in old.records or old.records[article_id] != record
            for chunk_id in record.chunk_ids
        ]
        index.update(self._indexed_chunks(new, self.store.chunks(fresh).values()), gone, key)

    def _indexed_chunks(self, shelf: Shelf, chunks: Iterable[Chunk]) -> Iterator[IndexedChunk]:
        for chunk in chunks:
            record = shelf.records.get(chunk.article_id)
            if record is not None:
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

    def admitted(self, filters: ArticleFilter) -> set[str] | None:
        """The ids of the articles that pass, or None when all do."""
        if filters.is_empty:
            return None
        return {
            record.article_id
            for record in self.shelf().records.values()
            if filters.admits(record.source, record.outlet, record.published_at)
        }

    def chunks(self, chunk_ids: Sequence[str]) -> dict[str, Chunk]:
        """Chunks by id."""
        return self.store.chunks(chunk_ids)

    def close(self) -> None:
        """Let go of the keyword index. The store belongs to whoever opened it."""
        with self._lock:
            if self._keywords is not None:
                self._keywords.close()
                self._keywords = self._indexed = None


def _shelve(generation: int, catalogue: Sequence[ArticleRecord]) -> Shelf:
    records = {record.article_id: record for record in catalogue}
    signatures = {record.article_id: record.signature for record in catalogue if record.signature}
    copies: dict[str, tuple[str, ...]] = {}
    for group in groups(signatures):
        for article_id in group:
            copies[article_id] = tuple(other for other in group if other != article_id)
    return Shelf(
        generation=generation,
        records=records,
        by_source={record.source: record.article_id for record in catalogue},
        copies=copies,
        outlets=tuple(sorted({record.outlet for record in catalogue if record.outlet})),
    )
