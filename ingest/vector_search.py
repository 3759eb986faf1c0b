"""Nearest rows of a table: by comparing all of them, or those whose sign bits agree most with the question's.

A unit vector less the mean of all vectors keeps most of its direction in the signs of its numbers: two vectors at an
angle a differ in a share a/π of the signs that a random rotation would give them (Charikar, 2002, Similarity Estimation
Techniques from Rounding Algorithms). 384 numbers of 4 bytes become 48 bytes, and counting differing bits costs a
fiftieth of multiplying. The rows that differ least are then compared exactly, so that what is returned are true
cosines; only which rows were looked at is approximate. `docs/decisions/vector-index.md` has the figures.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator

import numpy as np
from numpy.typing import NDArray

from ingest.vector_table import Table

EXACT_ROWS = 20_000
"""An index of so many rows, dead ones included, is compared whole: that takes 2 ms, and an approximation gains
nothing."""
EXACT_CHOSEN_ROWS = 4_000
"""In a larger one the same goes for this many rows that a filter picks, which must be collected first; in a smaller
one, that pays for up to half of the rows."""
CANDIDATES_MIN = 4_000
CANDIDATES_SHARE = 0.01
CANDIDATES_MOST = 1 / 16
CANDIDATES_PER_HIT = 25
"""Rows compared exactly: this share of all, at least so many but no larger share than `CANDIDATES_MOST`, and some more
for each hit that is wanted."""

CODED_AT_ONCE = 16_384
COUNTED_AT_ONCE = 16_384
COMPARED_AT_ONCE = 256
"""Rows worked on at once. Buffers then stay in the processor's caches; large ones cost more to allocate than to use."""

WORDS_IN_A_BYTE = 3
"""Words of 64 bits whose differences a byte can count; bytes are added four times as fast as wider numbers."""

_FARTHEST = 0xFFFF
"""More bits than a code has: of rows that may not be found."""

_ROUNDING = 2e-6
"""More than float32 sums of 4,096 products in another order can differ by."""


def sign_codes(vectors: NDArray[np.float32], mean: NDArray[np.float32]) -> NDArray[np.uint64]:
    """The sign bits of `vectors` (rows, dimension) less `mean`, 64 a word and zeros after the last: (rows, words)."""
    rows, dimension = vectors.shape
    words = -(-dimension // 64)
    codes = np.zeros((rows, words * 8), dtype=np.uint8)
    for start in range(0, rows, CODED_AT_ONCE):
        block = vectors[start : start + CODED_AT_ONCE] > mean
        codes[start : start + CODED_AT_ONCE, : -(-dimension // 8)] = np.packbits(block, axis=1)
    return codes.view(np.uint64)


def nearest(
    table: Table,
    vectors: NDArray[np.float32],
    limit: int,
    allowed_article_ids: Collection[str] | None,
) -> list[list[tuple[str, float]]]:
    """For each of `vectors` (queries, dimension) the `limit` best chunks as (chunk id, cosine), best first.

    Equal cosines come in order of id. `allowed_article_ids` None means all.
    """
    compared = _compared(table, vectors, limit, allowed_article_ids)
    return [
        _best(table, vector, rows, scores, limit)
        for vector, (rows, scores) in zip(vectors, compared, strict=True)
    ]


def nearest_rows(
    table: Table,
    vectors: NDArray[np.float32],
    limit: int,
    allowed_article_ids: Collection[str] | None,
) -> NDArray[np.int64]:
    """The rows that are among the `limit` nearest of any of `vectors`, ascending, without repetition.

    Of rows whose cosines are equal but for rounding, more than `limit` may be given.
    """
    compared = _compared(table, vectors, limit, allowed_article_ids)
    chosen = [rows[scores >= _least_of(scores, limit)] for rows, scores in compared]
    return np.unique(np.concatenate([np.zeros(0, np.int64), *chosen]))


def _compared(
    table: Table,
    vectors: NDArray[np.float32],
    limit: int,
    allowed_article_ids: Collection[str] | None,
) -> Iterator[tuple[NDArray[np.int64], NDArray[np.float32]]]:
    """For each of `vectors` the rows that were compared with it, ascending, and their products with it."""
    positions = None if allowed_article_ids is None else table.positions_of(allowed_article_ids)
    if positions is None and table.dead:
        positions = np.flatnonzero(table.alive)
    count = table.rows
    if positions is not None:
        count = int((table.starts[positions + 1] - table.starts[positions]).sum())
        positions = None if count == table.rows else positions
    if count == 0 or limit < 1:
        yield from ((np.zeros(0, np.int64), np.zeros(0, np.float32)) for _ in vectors)
        return
    small = table.rows <= EXACT_ROWS
    if positions is not None and (2 * count <= table.rows if small else count <= EXACT_CHOSEN_ROWS):
        rows = table.rows_of_articles(positions)
        yield from ((rows, scores) for scores in compare(table.vectors, rows, vectors).T)
        return
    if small:
        rows = np.arange(table.rows) if positions is None else table.rows_of_articles(positions)
        products = vectors @ table.vectors.T
        yield from ((rows, scores if positions is None else scores[rows]) for scores in products)
        return
    share = min(CANDIDATES_MOST * count, max(CANDIDATES_MIN, CANDIDATES_SHARE * count))
    wanted = min(count, int(share) + CANDIDATES_PER_HIT * limit)
    asked = sign_codes(vectors, table.mean)
    among: NDArray[np.int64] | None = None
    if positions is not None and 2 * count <= table.rows:
        among = table.rows_of_articles(positions)
        differing = _differing(table.codes.take(among, axis=1), asked)
    else:
        differing = _differing(table.codes, asked)
        if positions is not None:
            outside = np.where(table.admitted(positions), np.uint16(0), np.uint16(_FARTHEST))
            np.maximum(differing, outside, out=differing)
    for vector, differences in zip(vectors, differing, strict=True):
        least = _least(differences, wanted)
        rows = least if among is None else among[least]
        yield rows, compare(table.vectors, rows, vector[np.newaxis])[:, 0]


def compare(
    vectors: NDArray[np.float32], rows: NDArray[np.int64], queries: NDArray[np.float32]
) -> NDArray[np.float32]:
    """The products of these rows of `vectors` with `queries` (queries, dimension): (rows, queries)."""
    products = np.empty((len(rows), len(queries)), dtype=np.float32)
    columns = np.ascontiguousarray(queries.T)
    for start in range(0, len(rows), COMPARED_AT_ONCE):
        chosen = vectors.take(rows[start : start + COMPARED_AT_ONCE], axis=0)
        np.matmul(chosen, columns, out=products[start : start + COMPARED_AT_ONCE])
    return products


def _differing(codes: NDArray[np.uint64], asked: NDArray[np.uint64]) -> NDArray[np.uint16]:
    """In how many bits each row of `codes` (words, rows) differs from each code of `asked` (queries, words):
    (queries, rows)."""
    words, rows = codes.shape
    differing = np.zeros((len(asked), rows), dtype=np.uint16)
    bits = np.empty(min(rows, COUNTED_AT_ONCE), dtype=np.uint64)
    counts, sums = np.empty((2, len(bits)), dtype=np.uint8)
    for start in range(0, rows, COUNTED_AT_ONCE):
        block = codes[:, start : start + COUNTED_AT_ONCE]
        size = block.shape[1]
        differing_bits, count, few = bits[:size], counts[:size], sums[:size]
        for code, total in zip(asked, differing[:, start : start + COUNTED_AT_ONCE], strict=True):
            for word in range(words):
                first = word % WORDS_IN_A_BYTE == 0
                np.bitwise_xor(block[word], code[word], out=differing_bits)
                np.bitwise_count(differing_bits, out=few if first else count)
                if not first:
                    np.add(few, count, out=few)
                if word % WORDS_IN_A_BYTE == WORDS_IN_A_BYTE - 1 or word == words - 1:
                    np.add(total, few, out=total)
    return differing


def _least(differences: NDArray[np.uint16], wanted: int) -> NDArray[np.int64]:
    """The rows that differ least: `wanted`, and those that differ as little as the last of them, ascending. Rows as
    far as `_FARTHEST` are never among them."""
    counts = np.bincount(differences)[:_FARTHEST]
    most = min(int(np.searchsorted(np.cumsum(counts), wanted)), len(counts) - 1)
    return np.flatnonzero(differences <= most)


def _best(
    table: Table,
    vector: NDArray[np.float32],
    rows: NDArray[np.int64],
    scores: NDArray[np.float32],
    limit: int,
) -> list[tuple[str, float]]:
    """The `limit` best of `rows`, whose products with `vector` are `scores` but for rounding.

    float32 sums depend in their last bits on where a row lies; so the best are summed again in float64, row by row,
    and equal vectors have equal cosines wherever they are.
    """
    rows = rows[scores >= _least_of(scores, limit)]
    cosines = (table.vectors[rows].astype(np.float64) * vector.astype(np.float64)).sum(axis=1).clip(-1.0, 1.0)
    hits = [(table.chunk_id(row), float(cosine)) for row, cosine in zip(rows, cosines, strict=True)]
    return sorted(hits, key=lambda hit: (-hit[1], hit[0]))[:limit]


def _least_of(scores: NDArray[np.float32], limit: int) -> float:
    """What the `limit` best of `scores` reach, however their sums were rounded."""
    if len(scores) <= limit:
        return -np.inf
    return float(np.partition(scores, len(scores) - limit)[len(scores) - limit]) - _ROUNDING
