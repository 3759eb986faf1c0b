"""A graph in a file that is trusted only while its digest, in a file beside it, fits.

Several processes may read and write the same cache; one of them may be killed at any moment.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
from pathlib import Path


def read_cached(path: Path) -> bytes | None:
    """The cached graph if its bytes are those its `.sha256` file names, else None."""
    try:
        expected = _digest_file(path).read_text(encoding="ascii").split()[0]
        graph = path.read_bytes()
    except (OSError, UnicodeDecodeError, IndexError):
        return None
    return graph if hashlib.sha256(graph).hexdigest() == expected else None


def write_cached(path: Path, graph: bytes) -> None:
    """Keep `graph` at `path`, and its digest beside it.

    Each file appears whole. A crash between the two leaves a pair that does not match, which is rebuilt.
    """
    _replace(path, graph)
    _replace(_digest_file(path), f"{hashlib.sha256(graph).hexdigest()}  {path.name}\n".encode("ascii"))


def _digest_file(path: Path) -> Path:
    return path.with_suffix(".sha256")


def _replace(path: Path, content: bytes) -> None:
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


__all__ = ["read_cached", "write_cached"]
