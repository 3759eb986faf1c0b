"""The files of the vector index: written once, appended to, and mapped into memory rather than read.

A folder holds four files that only grow, each a flat array or a list of lines:

- `vectors`: float32, (rows, dimension)
- `codes`: the sign bits of each vector, (rows, words) of 64 bits
- `chunks`: int32, (rows, 2), the position of the row's article and the chunk's ordinal
- `articles`: `<article_id> <version>`, a line each

What of them counts is said by a `State`, which is kept elsewhere and replaced last: bytes after it are what a crash
left, and the next writer overwrites them. All but the vectors are small and are checked against a checksum.
"""

from __future__ import annotations

import mmap
import os
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from ingest.errors import InvalidRequest
from ingest.vector_search import CODED_AT_ONCE, sign_codes
from ingest.vector_table import ArticleVectors, Table

VECTORS, CODES, CHUNKS, ARTICLES, MEAN = "vectors", "codes", "chunks", "articles", "mean"
FILES = (VECTORS, CODES, CHUNKS, ARTICLES, MEAN)
CHECKED = (CODES, CHUNKS, ARTICLES, MEAN)


@dataclass(frozen=True, slots=True)
class State:
    """How much of a folder's files counts, what its small files' checksums (CRC-32) are, and which articles of it are
    gone. `coded_rows` rows were there when the mean was taken that `codes` are relative to."""

    dimension: int
    rows: int
    articles: int
    coded_rows: int
    checksums: dict[str, int]
    dead: tuple[int, ...] = ()

    def sizes(self) -> dict[str, int]:
        """How long each file with rows is, in bytes; that of `articles` varies."""
        words = -(-self.dimension // 64)
        return {
            VECTORS: self.rows * self.dimension * 4,
            CODES: self.rows * words * 8,
            CHUNKS: self.rows * 8,
            MEAN: self.dimension * 4,
        }


def write(folder: Path, articles: Iterable[ArticleVectors]) -> tuple[State, Table]:
    """Fill `folder`, which is made, with these articles.

    Raises:
        OSError: the folder cannot be written.
        InvalidRequest: the articles' vectors are not all of one dimension.
    """
    folder.mkdir(parents=True)
    dimension = rows = count = 0
    checksums = dict.fromkeys(CHECKED, 0)
    with (
        (folder / VECTORS).open("wb") as vectors,
        (folder / CHUNKS).open("wb") as chunks,
        (folder / ARTICLES).open("wb") as lines,
    ):
        for article in articles:
            own = article.vectors.shape[1]
            if rows and len(article.vectors) and own != dimension:
                raise InvalidRequest(
                    f"vectors of {article.article_id} have {own} numbers and those before it {dimension}"
                )
            dimension = own if len(article.vectors) else dimension or own
            vectors.write(_bytes(article.vectors, "<f4"))
            _write(chunks, CHUNKS, _chunk_rows(article, count), checksums)
            _write(lines, ARTICLES, _line(article), checksums)
            rows += len(article.ordinals)
            count += 1
        for file in (vectors, chunks, lines):
            _keep(file)
    mapped = _map(folder / VECTORS, rows, dimension)
    mean = np.zeros(dimension, dtype=np.float32)
    for block in _blocks(mapped):
        mean += block.sum(axis=0, dtype=np.float64).astype(np.float32) / np.float32(rows)
    with (folder / MEAN).open("wb") as file:
        _write(file, MEAN, _bytes(mean, "<f4"), checksums)
        _keep(file)
    with (folder / CODES).open("wb") as file:
        for block in _blocks(mapped):
            _write(file, CODES, _bytes(sign_codes(block, mean), "<u8"), checksums)
        _keep(file)
    state = State(dimension, rows, count, rows, checksums)
    return state, load(folder, state)


def whole(folder: Path, state: State) -> bool:
    """Whether the files are still what was written: one that was read or mapped may have been cut or lost since."""
    try:
        _checked(folder, state)
        return (folder / VECTORS).stat().st_size >= state.sizes()[VECTORS]
    except (OSError, ValueError):
        return False


def append(
    folder: Path, state: State, table: Table, articles: Iterable[ArticleVectors], dead: Iterable[int]
) -> tuple[State, Table]:
    """Put articles after those that `state` counts, and take those at the positions `dead` for gone.

    The folder is `whole`. The state given stays true of the folder: whoever keeps it sees nothing of this, until the
    one returned takes its place.

    Raises:
        OSError: the folder cannot be written.
    """
    rows, count, checksums = state.rows, state.articles, dict(state.checksums)
    sizes = state.sizes() | {ARTICLES: len(_lines(table))}
    with (
        _at(folder / VECTORS, sizes[VECTORS]) as vectors,
        _at(folder / CODES, sizes[CODES]) as codes,
        _at(folder / CHUNKS, sizes[CHUNKS]) as chunks,
        _at(folder / ARTICLES, sizes[ARTICLES]) as lines,
    ):
        for article in articles:
            vectors.write(_bytes(article.vectors, "<f4"))
            _write(codes, CODES, _bytes(sign_codes(article.vectors, table.mean), "<u8"), checksums)
            _write(chunks, CHUNKS, _chunk_rows(article, count), checksums)
            _write(lines, ARTICLES, _line(article), checksums)
            rows += len(article.ordinals)
            count += 1
        for file in (vectors, codes, chunks, lines):
            _keep(file)
    gone = tuple(sorted({*state.dead, *dead}))
    grown = replace(state, rows=rows, articles=count, checksums=checksums, dead=gone)
    return grown, load(folder, grown)


def load(folder: Path, state: State) -> Table:
    """The table that `state` describes. Vectors are mapped, the rest is read.

    Raises:
        OSError, ValueError: a file is missing, too short, or not what was written.
    """
    parts = _checked(folder, state)
    chunks = np.frombuffer(parts[CHUNKS], dtype="<i4").reshape(-1, 2)
    codes = np.frombuffer(parts[CODES], dtype="<u8").reshape(state.rows, -1 if state.rows else 1)
    pairs = [line.split(" ") for line in parts[ARTICLES].decode().splitlines()]
    return Table(
        vectors=_map(folder / VECTORS, state.rows, state.dimension),
        codes=np.ascontiguousarray(codes.T, dtype=np.uint64),
        mean=np.frombuffer(parts[MEAN], dtype="<f4").astype(np.float32),
        coded_rows=state.coded_rows,
        article_of=np.ascontiguousarray(chunks[:, 0], dtype=np.int32),
        ordinals=np.ascontiguousarray(chunks[:, 1], dtype=np.int32),
        articles=tuple((article_id, version) for article_id, version in pairs),
        dead=frozenset(state.dead),
    )


def alive(table: Table) -> Iterator[ArticleVectors]:
    """The articles of a table that are not gone, as they were taken in."""
    for position, (article_id, version) in enumerate(table.articles):
        if position not in table.dead:
            start, end = table.starts[position], table.starts[position + 1]
            yield ArticleVectors(article_id, version, table.ordinals[start:end], table.vectors[start:end])


def _checked(folder: Path, state: State) -> dict[str, bytes]:
    """What counts of the small files. Raises as `load` does."""
    sizes = state.sizes()
    parts = {name: (folder / name).read_bytes()[: sizes[name]] for name in (CODES, CHUNKS, MEAN)}
    parts[ARTICLES] = b"".join((folder / ARTICLES).read_bytes().splitlines(keepends=True)[: state.articles])
    for name, content in parts.items():
        if zlib.crc32(content) != state.checksums[name]:
            raise ValueError(f"{folder / name} is damaged")
    return parts


def _map(path: Path, rows: int, dimension: int) -> NDArray[np.float32]:
    """The vectors in a file, (rows, dimension), read from disk where they are looked at."""
    if not rows:
        return np.zeros((0, dimension), dtype=np.float32)
    with path.open("rb") as file:
        mapped = mmap.mmap(file.fileno(), rows * dimension * 4, access=mmap.ACCESS_READ)
    vectors: NDArray[np.float32] = np.frombuffer(mapped, dtype="<f4").reshape(rows, dimension)
    return vectors


def _blocks(vectors: NDArray[np.float32]) -> Iterator[NDArray[np.float32]]:
    for start in range(0, len(vectors), CODED_AT_ONCE):
        yield vectors[start : start + CODED_AT_ONCE]


def _at(path: Path, size: int) -> BinaryIO:
    """The file open for writing at `size`, and no longer than that: what a crash left there goes."""
    file = path.open("r+b")
    if file.seek(0, os.SEEK_END) > size:
        file.truncate(size)
    file.seek(size)
    return file


def _write(file: BinaryIO, name: str, content: bytes, checksums: dict[str, int]) -> None:
    file.write(content)
    checksums[name] = zlib.crc32(content, checksums[name])


def _keep(file: BinaryIO) -> None:
    file.flush()
    os.fsync(file.fileno())


def _bytes(array: NDArray[np.float32] | NDArray[np.uint64], kind: str) -> bytes:
    return np.ascontiguousarray(array, dtype=kind).tobytes()


def _chunk_rows(article: ArticleVectors, position: int) -> bytes:
    rows = np.empty((len(article.ordinals), 2), dtype="<i4")
    rows[:, 0], rows[:, 1] = position, article.ordinals
    return rows.tobytes()


def _line(article: ArticleVectors) -> bytes:
    return f"{article.article_id} {article.version}\n".encode()


def _lines(table: Table) -> bytes:
    return "".join(f"{article_id} {version}\n" for article_id, version in table.articles).encode()
