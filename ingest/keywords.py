"""Keyword search (BM25) over the same chunks that the store holds vectors of.

Dense retrieval misses rare names and exact numbers; words find them. The index is derived: it is bound to a state of
the store, and one that is missing, damaged or bound to another state says so (`stale`) and is brought up to date from
the store. Nothing in it is a source of truth.

The engine is tantivy; `docs/decisions/keyword-index.md` says why, with figures. Its BM25 has the usual constants
k1 = 1.2 and b = 0.75. What a user types is never parsed as a query language: it goes through the analyzer that the
chunks went through, and the terms are put together here.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import nullcontext, suppress
from pathlib import Path
from typing import Any

from ingest import derived_index, keyword_files, keyword_queries
from ingest.derived_index import KEY_FILE, BoundIndex
from ingest.errors import UpstreamRefused
from ingest.keyword_files import IndexedChunk, outlet_key
from ingest.keyword_queries import Snapshot
from ingest.keyword_terms import ANALYZER_VERSION, FUNCTION_WORDS, analyze_terms, content_terms

INDEX_VERSION = f"4.{ANALYZER_VERSION}"
"""Raise it whenever the schema or the files change, as the analyzer's rises with it; an index of another version is
stale."""

VERSIONS_FILE = "versions.json"
MAX_QUERY_TERMS = 512

Read = Callable[[Sequence[str] | None], Iterable[IndexedChunk]]
"""Gives the chunks of the articles with these ids, or of all (None)."""


class KeywordIndex(BoundIndex):
    """BM25 over chunks, on disk or in memory. Thread-safe; one process writes.

    The folder holds one sub-folder with the index and `key.json`, which names that sub-folder, the key the index
    is bound to and the size of each of its files; one of them says which version of each article is in the index.
    `key.json` is replaced atomically, last; while an update is under way it holds no key. A crash therefore leaves
    either the old key, which the store has left behind, with the old index, or none, with an index that counts for
    nothing.
    """

    def __init__(self, folder: Path | None, expected_key: str) -> None:
        """Use `open`."""
        super().__init__(expected_key)
        self._folder = folder
        self._index: Any = None
        self._place: Path | None = None
        self._held: dict[str, str] = {}
        self._files: dict[str, int] = {}
        self._snapshot: Snapshot | None = None

    @classmethod
    def open(cls, folder: Path | None, key: str) -> KeywordIndex:
        """The index in `folder` (None: a new one in memory), never an error for what is found there.

        `key` is what the index should be bound to, an `ingest.derived_index.index_key`.
        """
        opened = cls(folder, key)
        if folder is not None:
            opened._load(folder)
        return opened

    @property
    def size(self) -> int:
        """Chunks in the index."""
        return self._snapshot.size if self._snapshot is not None else 0

    # ---- writing

    def sync(self, versions: Mapping[str, str], read: Read, key: str) -> int:
        """Bring the index to `key`, at which the store holds these `versions`, by article id.

        Only what the index lacks is read, whichever state it was bound to and whichever process wrote it; an index
        that is missing, damaged, half written or of another fingerprint is made anew, as is one of which nothing
        stays. Chunks of a version other than `versions` says are passed over: a later generation brings them. An
        article that gives no chunk is asked for each time. Returns how many articles were asked of `read`.

        What is found is what a rebuild would find. Scores may differ a little: tantivy counts the chunks that are
        gone among the frequencies of words until it merges the segment they lie in.

        Raises:
            UpstreamRefused: the folder cannot be written. The index is then stale.
        """
        with self._writing:
            self._expected_key = key
            held = self._held if self._bound(key) and self._whole() else {}
            lacking = [one for one, version in versions.items() if held.get(one) != version]
            if len(lacking) == len(versions):
                self._rebuild(_of(versions, read(None) if versions else ()), key)
            else:
                gone = [one for one, version in held.items() if versions.get(one) != version]
                self._update(_of(versions, read(lacking)) if lacking else (), gone, key)
            return len(lacking)

    # ---- reading

    def search(
        self,
        query: str | Sequence[str] | Mapping[str, float],
        limit: int,
        *,
        allowed_article_ids: Collection[str] | None = None,
        allowed_outlets: Collection[str] | None = None,
    ) -> list[tuple[str, float]]:
        """The `limit` best chunks as (chunk id, BM25 score > 0), best first; equal scores in order of id.

        `query` is any text, of which function words ("the", "did", "what") are left out unless there is nothing
        else; or terms of `analyze_terms`, all of which are used; or such terms with a factor that multiplies what each
        gives to the score. Any term may match. Chunks of articles outside `allowed_article_ids`, or of outlets
        outside `allowed_outlets` in whatever case, are passed over (None: all are allowed). Outlets cost next to
        nothing, and ids the more the more there are: at 60 articles four times the search.

        Raises UpstreamRefused when the index turns out to be damaged; it is stale from then on.
        """
        factors = query if isinstance(query, Mapping) else {}
        terms = content_terms(query) if isinstance(query, str) else list(dict.fromkeys(query))
        snapshot = self._snapshot
        allowed = {
            "article_id": allowed_article_ids,
            "outlet": None if allowed_outlets is None else {outlet_key(one) for one in allowed_outlets},
        }
        no_article = any(values is not None and not values for values in allowed.values())
        if not terms or limit < 1 or snapshot is None or no_article:
            return []
        weights = {term: factors.get(term, 1.0) for term in terms[:MAX_QUERY_TERMS]}
        try:
            wanted = _query(snapshot, weights, allowed)
            scored = snapshot.search(wanted, limit) if wanted is not None else []
        except (OSError, ValueError) as error:
            self._key = None
            if self._folder is not None:
                with suppress(OSError):  # for the next process, too
                    (self._folder / KEY_FILE).unlink(missing_ok=True)
            raise UpstreamRefused(
                f"the keyword index is damaged; the next `dateline ask` makes it anew: {error}"
            ) from error
        return sorted(scored, key=lambda hit: (-hit[1], hit[0]))

    def document_frequency(self, term: str) -> int:
        """In how many chunks a term of `analyze_terms` occurs (after an update, replaced chunks may count)."""
        snapshot = self._snapshot
        return snapshot.frequency(term) if snapshot is not None else 0

    def idf(self, terms: Iterable[str]) -> dict[str, float]:
        """How much each term tells: BM25's ln(1 + (N - n + 0.5) / (n + 0.5)), N chunks, n of them with it."""
        snapshot = self._snapshot
        if snapshot is None:
            return {term: keyword_queries.idf(0, 0) for term in terms}
        return {term: snapshot.idf(term) for term in terms}

    def close(self) -> None:
        """Let go of the files. The object finds nothing afterwards."""
        self._index, self._key, self._snapshot = None, None, None

    # ---- files

    def _load(self, folder: Path) -> None:
        try:
            recorded = derived_index.read_key_file(folder, INDEX_VERSION)
            place, key, files = folder / recorded["place"], recorded["key"], recorded["files"]
            if key is None or files != keyword_files.file_sizes(place):
                return
            versions = (place / VERSIONS_FILE).read_bytes()
            if zlib.crc32(versions) != recorded["versions_crc32"]:
                return
            held = dict(json.loads(versions))
            index = keyword_files.open_index(place)
        except derived_index.UNREADABLE:
            return
        self._index, self._place, self._held, self._files, self._key = index, place, held, files, key
        self._snapshot = Snapshot(index)

    def _whole(self) -> bool:
        """Whether the files are still those that were recorded."""
        try:
            return self._place is None or keyword_files.file_sizes(self._place) == self._files
        except OSError:
            return False

    def _rebuild(self, chunks: Iterable[IndexedChunk], key: str) -> None:
        held: dict[str, str] = {}
        try:
            with nullcontext() if self._folder is None else derived_index.new_place(self._folder) as place:
                index = keyword_files.new_index(place)
                keyword_files.write(index, _noting(chunks, held), replaced=False)
                files = self._record(place, key, held)
        except (OSError, ValueError) as error:
            raise UpstreamRefused(f"the keyword index could not be written: {error}") from error
        self._index, self._place, self._held, self._files = index, place, held, files
        self._snapshot = Snapshot(index)
        self._key = self._expected_key = key
        self._remove_others()

    def _update(self, added: Iterable[IndexedChunk], gone: Collection[str], key: str) -> None:
        self._expected_key, self._key = key, None
        fresh: dict[str, str] = {}
        try:
            if gone or added != ():  # else the same articles in another state
                self._record(self._place, None, {})
                keyword_files.write(self._index, _noting(added, fresh), gone, replaced=True)
            left = set(gone)
            held = {one: version for one, version in self._held.items() if one not in left} | fresh
            self._files = self._record(self._place, key, held)
        except (OSError, ValueError) as error:
            raise UpstreamRefused(f"the keyword index could not be written: {error}") from error
        self._held, self._key, self._snapshot = held, key, Snapshot(self._index)
        self._remove_others()

    def _record(self, place: Path | None, key: str | None, held: Mapping[str, str]) -> dict[str, int]:
        """Say that the files in `place`, whose sizes are returned, are the index of `key`; none counts when it is
        None."""
        if self._folder is None or place is None:
            return {}
        recorded: dict[str, object] = {"version": INDEX_VERSION, "key": key, "place": place.name, "files": {}}
        sizes: dict[str, int] = {}
        if key is not None:
            versions = json.dumps(held, separators=(",", ":")).encode()
            derived_index.replace_file(place / VERSIONS_FILE, versions)
            recorded["files"] = sizes = keyword_files.file_sizes(place)
            recorded["versions_crc32"] = zlib.crc32(versions)
        derived_index.write_key_file(self._folder, recorded)
        return sizes

    def _remove_others(self) -> None:
        if self._folder is not None and self._place is not None:
            derived_index.remove_others(self._folder, self._place)


def _of(versions: Mapping[str, str], chunks: Iterable[IndexedChunk]) -> Iterator[IndexedChunk]:
    """The chunks that are of these versions of their articles."""
    return (chunk for chunk in chunks if versions.get(chunk.article_id) == chunk.version)


def _query(
    snapshot: Snapshot, weights: Mapping[str, float], allowed: Mapping[str, Collection[str] | None]
) -> Any | None:
    """What tantivy is asked; None where nothing can be found."""
    filters = {field: values for field, values in allowed.items() if values is not None}
    outlets = filters.get("outlet", ())
    wanted: Any | None
    if 0 < len(outlets) <= keyword_queries.MOST_MARKED_OUTLETS:
        del filters["outlet"]
        wanted = keyword_queries.any_in_outlets(snapshot, weights, outlets)
    else:
        wanted = keyword_queries.any_of(snapshot, weights)
    for field, values in filters.items():
        if wanted is not None:
            wanted = keyword_queries.limited(snapshot.schema, wanted, field, sorted(values))
    return wanted


def _noting(chunks: Iterable[IndexedChunk], held: dict[str, str]) -> Iterator[IndexedChunk]:
    """The chunks; the version of each one's article is put into `held`."""
    for chunk in chunks:
        held[chunk.article_id] = chunk.version
        yield chunk


__all__ = [
    "FUNCTION_WORDS",
    "INDEX_VERSION",
    "KEY_FILE",
    "IndexedChunk",
    "KeywordIndex",
    "analyze_terms",
    "content_terms",
]
