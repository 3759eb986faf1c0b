"""The rows of the vector index as one snapshot: which chunk each row is, and which rows an article has.

A table is never changed: an update makes another one and readers go on with theirs. Rows of an article lie together,
in the order of its chunks; the rows of an article that is gone stay, dead, until the files are written anew.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from ingest.articles import chunk_id_of
from ingest.derived_index import ordinal_of

UNKNOWN_ROW = -1
KEPT_FILTERS = 256
"""Sets of articles whose positions a table keeps at hand: those of the outlets that questions name return."""

KEPT_ROWS = 20_000
"""Chunks whose rows a table keeps at hand, and rows whose chunks: some 5 MB, and all that a small archive has."""

ORDINAL_BITS = 32
"""A row's key is its article's position and, in so many low bits, its chunk's ordinal."""


@dataclass(frozen=True, slots=True)
class ArticleVectors:
    """One version of an article as the index takes it in.

    `ordinals` (chunks,) are those of the chunks to be found, ascending; `vectors` (chunks, dimension) are theirs, each
    of length 1. An article may have none.
    """

    article_id: str
    version: str
    ordinals: NDArray[np.int32]
    vectors: NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Table:
    """All rows of one state of the index.

    `vectors` is (rows, dimension), mapped from a file; `codes` (words, rows) holds the sign bits of each vector less
    `mean`, 64 a word, which were taken when there were `coded_rows` rows. `article_of` and `ordinals` (rows,) say which
    chunk a row is: a position in `articles`, which are pairs of (article id, version), and its ordinal there. `dead`
    are the positions of articles that are gone.
    """

    vectors: NDArray[np.float32]
    codes: NDArray[np.uint64]
    mean: NDArray[np.float32]
    coded_rows: int
    article_of: NDArray[np.int32]
    ordinals: NDArray[np.int32]
    articles: tuple[tuple[str, str], ...]
    dead: frozenset[int]
    starts: NDArray[np.int64] = field(init=False)
    """Where each article's rows begin, and the end of the last: (articles + 1,)."""
    position_of: dict[str, int] = field(init=False)
    """The position of each article that is not gone, by its id."""
    alive: NDArray[np.bool_] = field(init=False)
    """Which articles are not gone, (articles,)."""
    keys: NDArray[np.int64] = field(init=False)
    """The article's position and the chunk's ordinal in one number, ascending: (rows,)."""
    _positions: dict[frozenset[str], NDArray[np.int64]] = field(init=False, default_factory=dict)
    _rows: dict[str, int] = field(init=False, default_factory=dict)
    _chunk_ids: dict[int, str] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        starts = np.searchsorted(self.article_of, np.arange(len(self.articles) + 1))
        position_of = {
            article_id: position
            for position, (article_id, _) in enumerate(self.articles)
            if position not in self.dead
        }
        alive = np.ones(len(self.articles), dtype=np.bool_)
        alive[list(self.dead)] = False
        object.__setattr__(self, "starts", starts)
        object.__setattr__(self, "position_of", position_of)
        object.__setattr__(self, "alive", alive)
        object.__setattr__(self, "keys", self.article_of.astype(np.int64) << ORDINAL_BITS | self.ordinals)

    @property
    def rows(self) -> int:
        """Rows, dead ones included."""
        return len(self.article_of)

    @property
    def live_rows(self) -> int:
        """Rows that can be found."""
        return self.rows - sum(int(self.starts[one + 1] - self.starts[one]) for one in self.dead)

    @property
    def versions(self) -> dict[str, str]:
        """The version of each article that is not gone, by its id."""
        return {article_id: self.articles[position][1] for article_id, position in self.position_of.items()}

    def chunk_id(self, row: int) -> str:
        """The id of the chunk that a row is."""
        known = self._chunk_ids.get(row)
        if known is None:
            article_id, version = self.articles[self.article_of[row]]
            if len(self._chunk_ids) >= KEPT_ROWS:
                self._chunk_ids.clear()
                self._rows.clear()
            known = self._chunk_ids[row] = chunk_id_of(article_id, version, int(self.ordinals[row]))
            self._rows[known] = row
        return known

    def rows_of(self, chunk_ids: Sequence[str]) -> NDArray[np.int64]:
        """The row of each chunk, (chunks,); `UNKNOWN_ROW` for one that cannot be found."""
        return remembered_rows(self._rows, self.keys, chunk_ids, self._position)

    def _position(self, name: str) -> int | None:
        """The position of `<article id>.<version>`; None when it is not here, or gone."""
        article_id, _, version = name.partition(".")
        position = self.position_of.get(article_id)
        return position if position is not None and self.articles[position][1] == version else None

    def positions_of(self, article_ids: Collection[str]) -> NDArray[np.int64]:
        """The positions of those of these articles that are not gone, ascending."""
        if isinstance(article_ids, frozenset) and article_ids in self._positions:
            return self._positions[article_ids]
        known = map(self.position_of.get, article_ids)
        positions = np.unique(np.array([one for one in known if one is not None], dtype=np.int64))
        if isinstance(article_ids, frozenset):
            if len(self._positions) >= KEPT_FILTERS:
                self._positions.clear()
            self._positions[article_ids] = positions
        return positions

    def rows_of_articles(self, positions: NDArray[np.int64]) -> NDArray[np.int64]:
        """All rows of the articles at these positions, ascending like them."""
        first = self.starts[positions]
        counts = self.starts[positions + 1] - first
        ends = np.cumsum(counts)
        return np.repeat(first - (ends - counts), counts) + np.arange(ends[-1] if len(ends) else 0)

    def admitted(self, positions: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Which rows are of the articles at these positions, (rows,)."""
        chosen = np.zeros(len(self.articles), dtype=np.bool_)
        chosen[positions] = True
        return chosen[self.article_of]


def remembered_rows(
    known: dict[str, int],
    keys: NDArray[np.int64],
    chunk_ids: Sequence[str],
    position_of: Callable[[str], int | None],
) -> NDArray[np.int64]:
    """What `find_rows` gives, looked up in `known` first and put there; `keys` are the same each time."""
    rows = [known.get(chunk_id) for chunk_id in chunk_ids]
    absent = [chunk_id for chunk_id, row in zip(chunk_ids, rows, strict=True) if row is None]
    if absent:
        found = dict(zip(absent, find_rows(keys, absent, position_of).tolist(), strict=True))
        if len(known) + len(found) > KEPT_ROWS:
            known.clear()
        known.update(found)
        rows = [found[one] if row is None else row for one, row in zip(chunk_ids, rows, strict=True)]
    return np.array(rows, dtype=np.int64)


def find_rows(
    keys: NDArray[np.int64], chunk_ids: Sequence[str], position_of: Callable[[str], int | None]
) -> NDArray[np.int64]:
    """The place in `keys`, ascending, of each chunk, (chunks,); `UNKNOWN_ROW` for one that is not there.

    `position_of` gives the position of `<article id>.<version>`; it is asked once for chunks of one article that
    follow one another.
    """
    if not len(keys):
        return np.full(len(chunk_ids), UNKNOWN_ROW, dtype=np.int64)
    wanted: list[int] = []
    last, position = None, None
    for chunk_id in chunk_ids:
        name, _, digits = chunk_id.rpartition(".")
        if name != last:
            last, position = name, position_of(name)
        ordinal = ordinal_of(digits) if position is not None else None
        wanted.append(
            UNKNOWN_ROW if position is None or ordinal is None else position << ORDINAL_BITS | ordinal
        )
    asked = np.array(wanted, dtype=np.int64)
    rows = np.minimum(np.searchsorted(keys, asked), len(keys) - 1)
    return np.where(keys[rows] == asked, rows, UNKNOWN_ROW)
