"""The rows of the vector index as one snapshot: which chunk each row is, and which rows an article has.

A table is never changed: an update makes another one and readers go on with theirs. Rows of an article lie together,
in the order of its chunks; the rows of an article that is gone stay, dead, until the files are written anew.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from ingest.articles import chunk_id_of
from ingest.derived_index import ordinal_of

UNKNOWN_ROW = -1


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
        article_id, version = self.articles[self.article_of[row]]
        return chunk_id_of(article_id, version, int(self.ordinals[row]))

    def rows_of(self, chunk_ids: Sequence[str]) -> NDArray[np.int64]:
        """The row of each chunk, (chunks,); `UNKNOWN_ROW` for one that cannot be found."""
        rows = np.full(len(chunk_ids), UNKNOWN_ROW, dtype=np.int64)
        for number, chunk_id in enumerate(chunk_ids):
            article_id, _, rest = chunk_id.partition(".")
            version, _, digits = rest.partition(".")
            position, ordinal = self.position_of.get(article_id), ordinal_of(digits)
            if position is None or self.articles[position][1] != version or ordinal is None:
                continue
            start, end = self.starts[position], self.starts[position + 1]
            row = start + np.searchsorted(self.ordinals[start:end], ordinal)
            if row < end and self.ordinals[row] == ordinal:
                rows[number] = row
        return rows

    def admitted(self, allowed_article_ids: Collection[str] | None) -> NDArray[np.bool_] | None:
        """Which articles may be found, (articles,) by position; None when all rows may."""
        if allowed_article_ids is None:
            return self.alive if self.dead else None
        admitted = np.zeros(len(self.articles), dtype=np.bool_)
        positions = [self.position_of.get(article_id) for article_id in allowed_article_ids]
        admitted[[position for position in positions if position is not None]] = True
        return None if admitted.all() else admitted
