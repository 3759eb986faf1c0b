"""Vector search over the same chunks that the store holds: exact cosines, filters, and cosines by chunk.

Chroma's own index is a graph: fast, but at 400,000 chunks it misses neighbours, a filter slows it a hundred times, and
it must be loaded into memory first. This index is derived from the store, as the keyword index is: it is bound to a
key made of the store's fingerprint and generation, and one that is missing, damaged or bound to another key says so
(`stale`) and is brought up to date from the store. Nothing in it is a source of truth.

Boilerplate chunks are left out. `docs/decisions/vector-index.md` says why it is built so, with figures.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ingest import derived_index, vector_files, vector_search
from ingest.derived_index import KEY_FILE, FolderIndex, index_key
from ingest.errors import InvalidRequest, UpstreamRefused
from ingest.vector_files import State
from ingest.vector_table import UNKNOWN_ROW, ArticleVectors, Table

INDEX_VERSION = 1
"""Raise it whenever the files change; an index of another version is stale."""

DEAD_SHARE = 0.25
RECODED_GROWTH = 2.0
"""Files are written anew when more of the rows are dead than this, or when there are so many times the rows that the
sign bits' mean was taken from."""

Read = Callable[[Sequence[str]], Iterable[ArticleVectors]]
"""Gives the articles with these ids, as `ArticleStore.article_vectors` does."""


class VectorIndex(FolderIndex):
    """Cosines over chunks, on disk and mapped into memory. Thread-safe; one process writes.

    The folder holds one sub-folder with the rows (`ingest.vector_files`) and `key.json`, which names that sub-folder,
    says how much of its files counts, and what key that is bound to. `key.json` is replaced atomically, last, and
    nothing that it counts is ever overwritten: a crash leaves the old state whole, which the store has left behind.
    """

    NOUN = "vector index"

    def __init__(self, folder: Path, expected_key: str) -> None:
        """Use `open`."""
        super().__init__(folder, expected_key)
        self._place: Path | None = None
        self._state: State | None = None
        self._table: Table | None = None

    @property
    def size(self) -> int:
        """Chunks that can be found."""
        return self._table.live_rows if self._table is not None else 0

    # ---- writing

    def sync(self, versions: Mapping[str, str], read: Read, key: str) -> int:
        """Bring the index to `key`, at which the store holds these `versions`, by article id.

        Only what the index lacks is read, whichever generation it was bound to, because an article's version and the
        store's fingerprint decide its chunks and their vectors; an index that is missing, damaged or of another
        fingerprint is read whole. Returns how many articles were asked of `read`; one that it no longer gives is gone.

        Raises:
            UpstreamRefused: the folder cannot be written. The index is then what it was, and stale.
            InvalidRequest: the vectors read are not all of one dimension.
        """
        with self._writing:
            self._expected_key = key
            rows = self._rows() if self._bound(key) else None
            held = rows[2].versions if rows is not None else {}
            lacking = [one for one, version in versions.items() if held.get(one) != version]
            if rows is None:
                self._replace(read(lacking), key)
            else:
                gone = [one for one, version in held.items() if versions.get(one) != version]
                self._append(*rows, read(lacking) if lacking else (), gone, key)
            return len(lacking)

    def rebuild(self, articles: Iterable[ArticleVectors], key: str) -> None:
        """Replace the whole index; searches see the old one until the new one is complete.

        Raises:
            UpstreamRefused: the folder cannot be written.
        """
        with self._writing:
            self._replace(articles, key)

    def update(self, added: Iterable[ArticleVectors], removed_article_ids: Collection[str], key: str) -> None:
        """Take articles out, put articles in (in place of their older versions) and bind the index to `key`.

        Raises:
            InvalidRequest: there is no whole index to update (`key` is None: rebuild), or the vectors are of another
                dimension than its own.
            UpstreamRefused: the folder cannot be written. The index is then what it was, and stale.
        """
        with self._writing:
            rows = self._rows() if self._key is not None else None
            if rows is None:
                self._key = None
                raise InvalidRequest("there is no whole vector index to update: rebuild it")
            self._append(*rows, added, removed_article_ids, key)

    # ---- reading

    def search(
        self,
        vectors: NDArray[np.float32],
        limit: int,
        *,
        allowed_article_ids: Collection[str] | None = None,
    ) -> list[list[tuple[str, float]]]:
        """For each of `vectors` (queries, dimension), of length 1, the `limit` best chunks as (chunk id, cosine).

        Best first, equal cosines in order of id. Chunks of articles outside `allowed_article_ids` are passed over
        (None: all are allowed). The cosines are exact; in an index of up to 20,000 chunks, or a filter to
        8,000, so is the choice of chunks.

        Raises:
            InvalidRequest: the vectors are of another dimension than those of the index.
        """
        table = self._table
        if table is None or table.rows == 0:
            return [[] for _ in vectors]
        _check_dimension(table, vectors.shape[1])
        wanted = np.ascontiguousarray(vectors, dtype=np.float32)
        return vector_search.nearest(table, wanted, limit, allowed_article_ids)

    def nearest_chunks(
        self,
        vectors: NDArray[np.float32],
        limit: int,
        *,
        allowed_article_ids: Collection[str] | None = None,
    ) -> list[str]:
        """The ids of all chunks that are among the `limit` nearest of any of `vectors`, each once.

        What `search` finds, without its cosines; of chunks that are equally near, more than `limit` may be given.

        Raises:
            InvalidRequest: as `search`.
        """
        table = self._table
        if table is None or table.rows == 0:
            return []
        _check_dimension(table, vectors.shape[1])
        wanted = np.ascontiguousarray(vectors, dtype=np.float32)
        rows = vector_search.nearest_rows(table, wanted, limit, allowed_article_ids)
        return [table.chunk_id(row) for row in rows.tolist()]

    def cosines(self, chunk_ids: Sequence[str], vectors: NDArray[np.float32]) -> NDArray[np.float32]:
        """The cosine of each chunk with each of `vectors` (queries, dimension): (chunks, queries).

        NaN for chunks that the index does not have, which boilerplate is among.

        Raises:
            InvalidRequest: the vectors are of another dimension than those of the index.
        """
        found = np.full((len(chunk_ids), len(vectors)), np.nan, dtype=np.float32)
        table = self._table
        if table is not None and table.rows:
            _check_dimension(table, vectors.shape[1])
            rows = table.rows_of(chunk_ids)
            known = rows != UNKNOWN_ROW
            found[known] = vector_search.compare(table.vectors, rows[known], vectors)
        return found

    def vectors_of(self, chunk_ids: Sequence[str]) -> dict[str, NDArray[np.float32]]:
        """The vectors of these chunks, each (dimension,); those that the index does not have are absent."""
        table = self._table
        if table is None:
            return {}
        rows = table.rows_of(chunk_ids)
        return {
            chunk_id: table.vectors[row].copy()
            for chunk_id, row in zip(chunk_ids, rows, strict=True)
            if row != UNKNOWN_ROW
        }

    def close(self) -> None:
        """Let go of the files. The object finds nothing afterwards."""
        self._table, self._key = None, None

    # ---- files

    def _load(self) -> None:
        try:
            place, state, key = derived_index.read_state(self._folder, INDEX_VERSION, State)
            table = vector_files.load(place, state)
        except derived_index.UNREADABLE:
            return
        self._place, self._state, self._table, self._key = place, state, table, key

    def _rows(self) -> tuple[Path, State, Table] | None:
        """What there is to add to, unless its files were damaged since it was opened."""
        place, state, table = self._place, self._state, self._table
        if place is None or state is None or table is None or not vector_files.whole(place, state):
            return None
        return place, state, table

    def _append(
        self,
        place: Path,
        state: State,
        table: Table,
        added: Iterable[ArticleVectors],
        removed_article_ids: Collection[str],
        key: str,
    ) -> None:
        """Add to the files that there are, or write them anew where that is better, and turn to them."""
        self._expected_key = key
        if table.rows == 0:  # its dimension is not known yet
            kept = [one for one in vector_files.alive(table) if one.article_id not in removed_article_ids]
            fresh = {article.article_id: article for article in [*kept, *added]}
            self._replace(fresh.values(), key)
            return
        replaced = {table.position_of[one] for one in removed_article_ids if one in table.position_of}
        try:
            state, table = vector_files.append(
                place, state, table, _replacing(table, added, replaced), replaced
            )
            self._keep(place, state, table, key)
        except OSError as error:
            raise UpstreamRefused(f"the vector index could not be written: {error}") from error
        worn = table.live_rows < (1 - DEAD_SHARE) * table.rows
        if worn or table.live_rows > RECODED_GROWTH * table.coded_rows:
            self._replace(vector_files.alive(table), key)

    def _replace(self, articles: Iterable[ArticleVectors], key: str) -> None:
        """Write the articles to a new sub-folder and turn to it."""
        try:
            with derived_index.new_place(self._folder) as place:
                state, table = vector_files.write(place, articles)
                self._keep(place, state, table, key)
        except OSError as error:
            raise UpstreamRefused(f"the vector index could not be written: {error}") from error
        self._expected_key = key

    def _keep(self, place: Path, state: State, table: Table, key: str) -> None:
        derived_index.write_state(place, INDEX_VERSION, state, key)
        self._place, self._state, self._table, self._key = place, state, table, key
        derived_index.remove_others(self._folder, place)


def _replacing(table: Table, added: Iterable[ArticleVectors], replaced: set[int]) -> Iterable[ArticleVectors]:
    """The articles added; the position of each one's older version is put into `replaced`."""
    for article in added:
        _check_dimension(table, article.vectors.shape[1])
        position = table.position_of.get(article.article_id)
        if position is not None:
            replaced.add(position)
        yield article


def _check_dimension(table: Table, dimension: int) -> None:
    if dimension != table.vectors.shape[1]:
        raise InvalidRequest(
            f"a vector has {dimension} numbers and those of the index have {table.vectors.shape[1]}"
        )


__all__ = ["INDEX_VERSION", "KEY_FILE", "Read", "VectorIndex", "index_key"]
