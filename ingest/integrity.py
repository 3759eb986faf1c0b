"""Noticing that what an index holds is not what was written to it: a disk that forgets, a file that was edited.

SQLite checks the shape of its pages and not the bytes of a value, so a text in which letters have changed is read as if
it had always been so, and would be cited. What readers see is therefore held against what was computed when it was
written: an article against its version, a chunk against a checksum, vectors against their length.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
from numpy.typing import NDArray

from ingest.errors import IndexDamaged

LENGTH_TOLERANCE = 0.01
"""Vectors are kept with a length of 1; one that has another was not written so."""


@contextmanager
def noticing_damage(source: str) -> Iterator[None]:
    """What the block reads of an article was once written whole; what cannot be read has been changed since.

    Raises:
        IndexDamaged: in place of whatever reading raises.
    """
    try:
        yield
    except (ValueError, KeyError, TypeError, IndexError, zlib.error) as error:
        raise damaged(source) from error


def damaged(source: str) -> IndexDamaged:
    """That what the index holds of an article is not what was written."""
    return IndexDamaged(
        f"the index holds {source} damaged, and nothing is answered from it: check the disk, run "
        f"`dateline articles remove '{source}'` and `dateline ingest FOLDER` again, or `dateline restore` a backup"
    )


def checksum(start: int, end: int, text: str, context: str) -> int:
    """Of what a chunk says: finds damage, not forgery."""
    return zlib.crc32(f"{start} {end} {context}\n{text}".encode("utf-8", "surrogatepass"))


def of_unit_length(vectors: NDArray[np.float32]) -> bool:
    """Whether all vectors can be what was kept: finite, and of length 1, or of no length at all."""
    lengths = np.sqrt(np.einsum("ij,ij->i", vectors, vectors, dtype=np.float64))
    return bool(np.all((np.abs(lengths - 1.0) < LENGTH_TOLERANCE) | (lengths == 0.0)))
