"""The collections that the pointer names at this moment, and the catalogue in them: what reading and writing go by.

A rebuild, or a backup put back, moves the pointer while a store is open; nothing here is remembered longer than the
state of the store that it was read in.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import TYPE_CHECKING

from ingest import chroma, layout
from ingest.errors import IndexMismatch, IndexMissing
from ingest.layout import Index, Pointer
from ingest.records import ArticleRecord

if TYPE_CHECKING:
    from chromadb.api.client import Client


class OpenIndex:
    """One index through an open client: its state, its collections, its catalogue. Safe to share between threads."""

    def __init__(
        self,
        client: Client,
        fingerprint: str | None,
        lock: threading.RLock | None = None,
        building: Pointer | None = None,
    ) -> None:
        """`fingerprint` is what the index has to be of; None allows any. With `building`, an index that the pointer
        does not name yet; it shares the `lock` of the store that it was begun from."""
        self._client = client
        self._expected = fingerprint
        self._lock = lock or threading.RLock()
        self._building = building
        with chroma.chroma_errors("ask Chroma for its batch limit"):
            self._limit = client.get_max_batch_size()
        self._index = layout.open_index(client, (building or self._pointer()).active)

    @property
    def fingerprint(self) -> str:
        """Of the embedder and chunker that filled this index."""
        return (self._building or self._pointer()).fingerprint

    @property
    def dimension(self) -> int:
        """The length of its vectors."""
        return (self._building or self._pointer()).dimension

    @property
    def generation(self) -> int:
        """A number that grows with every committed change; read from Chroma each time."""
        return self._pointer().generation

    @property
    def suffix(self) -> str:
        """Names the collections in use: another one after a rebuild. Read from Chroma each time."""
        return (self._building or self._pointer()).active

    @property
    def state(self) -> str:
        """Names what is committed (`ingest.layout.Pointer.key`): two stores in one state hold the same. Read from
        Chroma each time."""
        return (self._building or self._pointer()).key

    def _pointer(self) -> Pointer:
        """The pointer as it stands, checked against the fingerprint this store was opened with."""
        pointer = layout.read_pointer(self._client)
        if pointer is None:
            raise IndexMissing("the index is gone: run `dateline ingest FOLDER`")
        if self._building is None and self._expected not in (None, pointer.fingerprint):
            raise IndexMismatch(
                f"the index was built with {pointer.fingerprint} and the embedder is now {self._expected}: "
                "run `dateline ingest --rebuild FOLDER`"
            )
        return pointer

    def _current(self) -> tuple[Index, str]:
        """The index the pointer names now (a rebuild may have moved it), and the key of the state that it is in."""
        pointer = self._pointer()
        if self._building is None and pointer.active != self._index.suffix:
            with self._lock:
                self._index = layout.open_index(self._client, pointer.active)
        return self._index, pointer.key

    def _records(self) -> tuple[Index, dict[str, ArticleRecord]]:
        """The committed records by article id, cached for as long as the state stands."""
        index, key = self._current()
        cached = index.catalogue
        if cached is None or cached[0] != key:
            cached = (key, {record.article_id: record for record in layout.read_records(index)})
            index.catalogue = cached
        return index, cached[1]

    def catalogue(self) -> list[ArticleRecord]:
        """Every committed article, sorted by source."""
        return sorted(self._records()[1].values(), key=lambda record: (record.source, record.article_id))

    def recall(self, state: str, catalogue: Sequence[ArticleRecord]) -> None:
        """Take `catalogue` for what is committed at `state`, which a derived copy holds, instead of reading it from
        Chroma; nothing happens when the index is in another state by now."""
        with self._lock:
            index, key = self._current()
            unread = index.catalogue is None or index.catalogue[0] != key
            if unread and state == self.state:
                index.catalogue = (key, {record.article_id: record for record in catalogue})
