"""Vector search over the same chunks that the store holds: exact cosines, filters, and cosines by chunk.

Chroma's own index is a graph: fast, but at 400,000 chunks it misses neighbours, a filter slows it a hundred times, and
it must be loaded into memory first. This index is derived from the store, as the keyword index is: it is bound to a
state of the store, and one that is missing, damaged or bound to another state says so (`stale`) and is brought up to
date from the store. Nothing in it is a source of truth.

Boilerplate chunks are left out. `docs/decisions/vector-index.md` says why it is built so, with figures.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ingest import vector_files, vector_search
from ingest.derived_index import KEY_FILE, index_key
from ingest.errors import InvalidRequest
from ingest.synced_index import DEAD_SHARE, SyncedIndex
from ingest.vector_files import State
from ingest.vector_table import UNKNOWN_ROW, ArticleVectors, Table

INDEX_VERSION = 1
"""Raise it whenever the files change; an index of another version is stale."""

RECODED_GROWTH = 2.0
"""Files are also written anew when there are so many times the rows that the sign bits' mean was taken from."""

Read = Callable[[Sequence[str]], Iterable[ArticleVectors]]
"""Gives the articles with these ids, as `ArticleStore.article_vectors` does."""


class VectorIndex(SyncedIndex[ArticleVectors, State, Table]):
    """Cosines over chunks, on disk (`ingest.vector_files`) and mapped into memory. Thread-safe; one process writes."""

    NOUN = "vector index"
    VERSION = INDEX_VERSION
    STATE = State

    @property
    def size(self) -> int:
        """Chunks that can be found."""
        return self._table.live_rows if self._table is not None else 0

    def sync(self, versions: Mapping[str, str], read: Read, key: str) -> int:
        """Bring the index to `key`, at which the store holds these `versions`, by article id.

        Only what the index lacks is read, whichever state it was bound to; an index that is missing, damaged or of
        another fingerprint is read whole. Returns how many articles were asked of `read`; one that it no longer gives
        is gone.

        Raises:
            UpstreamRefused: the folder cannot be written. The index is then what it was, and stale.
            InvalidRequest: the vectors read are not all of one dimension.
        """
        return self._synced(versions, read, key)

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

    # ---- files

    def _opened(self, place: Path, state: State) -> Table:
        return vector_files.load(place, state)

    def _whole(self, place: Path, state: State) -> bool:
        return vector_files.whole(place, state)

    def _written(self, place: Path, articles: Iterable[ArticleVectors]) -> tuple[State, Table]:
        return vector_files.write(place, articles)

    def _grown(
        self,
        place: Path,
        state: State,
        table: Table,
        articles: Iterable[ArticleVectors],
        gone: Collection[str],
    ) -> tuple[State, Table]:
        dead = [table.position_of[article_id] for article_id in gone]
        return vector_files.append(place, state, table, _fitting(table, articles), dead)

    def _versions(self, table: Table) -> Mapping[str, str]:
        return table.versions

    def _alive(self, table: Table, gone: Collection[str]) -> Iterable[ArticleVectors]:
        return (one for one in vector_files.alive(table) if one.article_id not in gone)

    def _can_grow(self, table: Table) -> bool:
        return table.rows > 0  # else its dimension is not known yet

    def _worn(self, table: Table) -> bool:
        dead = table.live_rows < (1 - DEAD_SHARE) * table.rows
        return dead or table.live_rows > RECODED_GROWTH * table.coded_rows


def _fitting(table: Table, articles: Iterable[ArticleVectors]) -> Iterator[ArticleVectors]:
    """The articles, as long as their vectors are of the table's dimension."""
    for article in articles:
        _check_dimension(table, article.vectors.shape[1])
        yield article


def _check_dimension(table: Table, dimension: int) -> None:
    if dimension != table.vectors.shape[1]:
        raise InvalidRequest(
            f"a vector has {dimension} numbers and those of the index have {table.vectors.shape[1]}"
        )


__all__ = ["INDEX_VERSION", "KEY_FILE", "Read", "VectorIndex", "index_key"]
