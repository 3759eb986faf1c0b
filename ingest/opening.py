"""Opening a file that somebody else put there: regular files only, no more bytes than allowed, no way out of a folder.

A path is looked at when a folder is walked and opened later; in between it may have become a named pipe that blocks
for ever, a device without end, or a link to somebody's keys. So what was opened is asked once more, by its handle.
"""

from __future__ import annotations

import errno
import os
import stat
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

from ingest.decoding import BYTES_PER_MB, check_size
from ingest.errors import UnreadableArticle

_HANDLES = Path("/proc/self/fd")
_PIECE_BYTES = 1 << 20


def open_regular(path: Path, source: str, within: Path | None = None) -> BinaryIO:
    """The file at `path`, opened for reading. With `within` (absolute, without links), links that lead out of that
    folder are refused, also those that were put there a moment ago.

    Raises:
        UnreadableArticle: it is no regular file, or lies outside `within`.
        OSError: the operating system's refusal.
    """
    # Without O_NONBLOCK, opening a named pipe that nobody writes to waits for ever.
    handle = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    try:
        status = os.fstat(handle)
        if stat.S_ISDIR(status.st_mode):
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
        if not stat.S_ISREG(status.st_mode):
            raise UnreadableArticle(f"{source}: it is a pipe, a socket or a device, not a file; give a file")
        if within is not None and not _place_of(handle, path, status).is_relative_to(within):
            raise UnreadableArticle(
                f"{source}: a link that leads out of the folder; name the file itself to ingest it"
            )
        return os.fdopen(handle, "rb")
    except BaseException:
        os.close(handle)
        raise


def read_whole(file: BinaryIO, source: str, max_file_mb: float) -> bytes:
    """All bytes from here on, at most `max_file_mb` (1 MB = 10^6 bytes) of them, whatever size the file claims to be.

    Raises UnreadableArticle when there are more, before more is read.
    """
    limit_bytes = int(max_file_mb * BYTES_PER_MB)
    with suppress(OSError):  # bytes in memory have no handle
        check_size(os.fstat(file.fileno()).st_size, source, max_file_mb)
    pieces: list[bytes] = []
    size_bytes = 0
    while piece := file.read(min(_PIECE_BYTES, limit_bytes + 1 - size_bytes)):
        pieces.append(piece)
        size_bytes += len(piece)
        if size_bytes > limit_bytes:  # files that grow, and those of /proc, whose size is said to be 0
            raise UnreadableArticle(
                f"{source}: it has more than the {max_file_mb:g} MB of the limit; split the file, or raise "
                "max_file_mb (DATELINE_MAX_FILE_MB)"
            )
    return b"".join(pieces)


def _place_of(handle: int, path: Path, opened: os.stat_result) -> Path:
    """Where an opened file really is: by its handle on Linux, else by its path, if that still is the same file."""
    try:
        return (_HANDLES / str(handle)).readlink()
    except OSError:
        place = Path(os.path.realpath(path))
        now = place.stat()
        return place if (now.st_dev, now.st_ino) == (opened.st_dev, opened.st_ino) else Path(os.sep)
