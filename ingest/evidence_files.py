"""The files of the sentence evidence index: appended to, and mapped into memory rather than read.

A folder holds six files that only grow, each a flat array or a list of lines:

- `articles`: `<article id>.<version>`, a line each
- `chunks`: int32, (chunks, 5): position of the article, ordinal, number of sentences, number of terms, line of the
  first sentence
- `sentences`: int32, (sentences, 4): start and end in the article, tokens, number of terms
- `terms`: uint32, the terms' hashes, sentence after sentence
- `codes`: int8, (sentences, dimension), and `scales`: float16, (sentences,)

What of them counts is said by a `State`, which is kept elsewhere and replaced last: bytes after it are what a crash
left, and the next writer overwrites them. The files that say where something lies are checked against a checksum;
damage to the others could not lead a reader astray, only give a sentence another score, and reading a gigabyte at
every start would cost more than it is worth.
"""

from __future__ import annotations

import mmap
import os
import zlib
from collections.abc import Iterable
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from ingest.errors import InvalidRequest
from ingest.evidence_table import ArticleRows, Table, keys_of

ARTICLES, CHUNKS, SENTENCES, TERMS, CODES, SCALES = (
    *("articles", "chunks", "sentences"),
    *("terms", "codes", "scales"),
)
FILES = (ARTICLES, CHUNKS, SENTENCES, TERMS, CODES, SCALES)
CHECKED = (ARTICLES, CHUNKS, SENTENCES)
FILLED_AT_ONCE = 4_096


@dataclass(frozen=True, slots=True)
class State:
    """How much of a folder's files counts, what the checked ones' checksums (CRC-32) are, and the positions of the
    articles that are gone. `dimension` is 0 until there is an article with sentence vectors."""

    dimension: int = 0
    articles: int = 0
    article_bytes: int = 0
    chunks: int = 0
    sentences: int = 0
    terms: int = 0
    checksums: dict[str, int] = field(default_factory=lambda: dict.fromkeys(CHECKED, 0))
    dead: tuple[int, ...] = ()

    def sizes(self) -> dict[str, int]:
        """How much of each file counts, in bytes."""
        return {
            ARTICLES: self.article_bytes,
            CHUNKS: self.chunks * 20,
            SENTENCES: self.sentences * 16,
            TERMS: self.terms * 4,
            CODES: self.sentences * self.dimension,
            SCALES: self.sentences * 2,
        }


def whole(folder: Path, state: State) -> bool:
    """Whether the files are still what was written: one that was mapped may have been cut or lost since."""
    try:
        _mapped(folder, state)
    except (OSError, ValueError):
        return False
    return True


def append(
    folder: Path, state: State, articles: Iterable[ArticleRows], dead: Iterable[int] = ()
) -> tuple[State, Table]:
    """Put articles after those that `state` counts, and take those at the positions `dead` for gone.

    The folder is `whole`, or `state` empty: it is made if it is not there. The state given stays true of the folder:
    whoever keeps it sees nothing of this, until the one returned takes its place.

    Raises:
        OSError, ValueError: the folder cannot be written, or not be read again.
        InvalidRequest: an article's vectors are of another dimension than those before it.
    """
    folder.mkdir(parents=True, exist_ok=True)
    sizes = state.sizes()
    with ExitStack() as stack:
        files = {name: stack.enter_context(_at(folder / name, sizes[name])) for name in FILES}
        for article in articles:
            state = _put(files, state, article)
        for file in files.values():
            file.flush()
            os.fsync(file.fileno())
    grown = replace(state, dead=tuple(sorted({*state.dead, *dead})))
    return grown, load(folder, grown)


def load(folder: Path, state: State) -> Table:
    """The table that `state` describes. What finds a chunk is read, the rest is mapped.

    Raises:
        OSError, ValueError: a file is missing, too short, or not what was written.
    """
    mapped = _mapped(folder, state)
    chunks = np.frombuffer(mapped[CHUNKS], dtype="<i4").reshape(-1, 5).astype(np.int64)
    names = bytes(mapped[ARTICLES]).decode().splitlines()
    table = Table(
        articles=tuple(names),
        dead=frozenset(state.dead),
        keys=keys_of(chunks[:, 0], chunks[:, 1]),
        sentence_starts=_starts(chunks[:, 2]),
        term_starts=_starts(chunks[:, 3]),
        lines=chunks[:, 4].astype(np.int32),
        sentences=np.frombuffer(mapped[SENTENCES], dtype="<i4").reshape(-1, 4),
        terms=np.frombuffer(mapped[TERMS], dtype="<u4"),
        codes=np.frombuffer(mapped[CODES], dtype=np.int8).reshape(state.sentences, state.dimension),
        scales=np.frombuffer(mapped[SCALES], dtype="<f2"),
    )
    counted = (table.sentence_starts[-1], table.term_starts[-1], len(names))
    if counted != (state.sentences, state.terms, state.articles):
        raise ValueError(f"the files in {folder} do not belong together")
    return table


def _put(files: dict[str, BinaryIO], state: State, article: ArticleRows) -> State:
    """Write an article's rows; the state that counts them."""
    count, dimension = article.codes.shape
    if dimension and dimension != state.dimension:
        if state.dimension:
            raise InvalidRequest(
                f"sentence vectors of {article.article_id} have {dimension} numbers and those before it "
                f"{state.dimension}: bring the index up to date under a key of its own"
            )
        _fill(files[CODES], state.sentences, dimension)
        state = replace(state, dimension=dimension)
    line = f"{article.article_id}.{article.version}\n".encode()
    chunks = np.insert(article.chunks, 0, state.articles, axis=1)
    checked = {
        ARTICLES: line,
        CHUNKS: _bytes(chunks, "<i4"),
        SENTENCES: _bytes(article.sentences, "<i4"),
    }
    for name, content in checked.items():
        files[name].write(content)
    files[TERMS].write(_bytes(article.terms, "<u4"))
    files[SCALES].write(_bytes(article.scales, "<f2"))
    if dimension:
        files[CODES].write(_bytes(article.codes, "i1"))
    else:
        _fill(files[CODES], count, state.dimension)
    return replace(
        state,
        articles=state.articles + 1,
        article_bytes=state.article_bytes + len(line),
        chunks=state.chunks + len(chunks),
        sentences=state.sentences + count,
        terms=state.terms + len(article.terms),
        checksums={name: zlib.crc32(content, state.checksums[name]) for name, content in checked.items()},
    )


def _fill(codes: BinaryIO, sentences: int, dimension: int) -> None:
    """Write the codes of sentences without vectors."""
    for start in range(0, sentences, FILLED_AT_ONCE):
        codes.write(bytes(min(FILLED_AT_ONCE, sentences - start) * dimension))


def _mapped(folder: Path, state: State) -> dict[str, mmap.mmap | bytes]:
    """What counts of each file. Raises as `load` does."""
    mapped = {name: _map(folder / name, size) for name, size in state.sizes().items()}
    for name, checksum in state.checksums.items():
        if zlib.crc32(mapped[name]) != checksum:
            raise ValueError(f"{folder / name} is damaged")
    return mapped


def _map(path: Path, size: int) -> mmap.mmap | bytes:
    """The first `size` bytes of a file, read from disk where they are looked at."""
    with path.open("rb") as file:
        return mmap.mmap(file.fileno(), size, access=mmap.ACCESS_READ) if size else b""


def _at(path: Path, size: int) -> BinaryIO:
    """The file open for writing at `size`, and no longer than that: what a crash left there goes."""
    path.touch()
    file = path.open("r+b")
    file.truncate(size)
    file.seek(size)
    return file


def _starts(counts: NDArray[np.int64]) -> NDArray[np.int64]:
    """Where each run of so many rows begins, and the end of the last."""
    return np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)


def _bytes(
    array: NDArray[np.int32] | NDArray[np.uint32] | NDArray[np.int8] | NDArray[np.float16], kind: str
) -> bytes:
    return np.ascontiguousarray(array, dtype=kind).tobytes()
