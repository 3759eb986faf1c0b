"""Backups as files: a tar, plain or compressed as its name says, written and read as a stream.

Zstandard needs the package `zstandard` (or Python 3.14); gzip and plain tar need nothing.
"""

from __future__ import annotations

import gzip
import importlib
import io
import os
import secrets
import tarfile
import zlib
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO, Any, Literal, cast

from ingest.errors import InvalidRequest, UpstreamUnavailable

Compression = Literal["", "gz", "zst"]
ENDINGS: dict[str, Compression] = {
    ".tar.zst": "zst",
    ".tzst": "zst",
    ".tar.gz": "gz",
    ".tgz": "gz",
    ".tar": "",
}
UNREADABLE = (tarfile.TarError, EOFError, zlib.error, OSError, ValueError)
"""What reading an archive that is cut, damaged or none raises (`zstandard` has errors of its own, see `reading`)."""
PRIVATE_MODE = 0o600
READ_BYTES = 1_000_000


def compression_of(path: Path) -> Compression:
    """How the name says it is compressed.

    Raises:
        InvalidRequest: the name ends in none of `ENDINGS`, or the package for it is missing.
    """
    for ending, compression in ENDINGS.items():
        if path.name.endswith(ending):
            if compression == "zst":
                _zstandard()
            return compression
    raise InvalidRequest(f"{path.name}: name a backup {', '.join(f'NAME{ending}' for ending in ENDINGS)}")


@contextmanager
def writing(path: Path, *, force: bool = False) -> Iterator[tarfile.TarFile]:
    """An archive to write to, which only its owner may read, and which appears at `path` when the block ends well.

    Raises:
        InvalidRequest: there is a file already and `force` is off; the folder does not exist.
        UpstreamUnavailable: it could not be written.
    """
    compression = compression_of(path)
    if path.exists() and not force:
        raise InvalidRequest(f"{path} exists already: name another file, or pass --force")
    if not path.parent.is_dir():
        raise InvalidRequest(f"there is no folder {path.parent}")
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        with ExitStack() as stack:
            handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE_MODE)
            file = stack.enter_context(os.fdopen(handle, "wb"))
            stream: IO[bytes] = file
            if compression == "zst":
                stream = stack.enter_context(
                    _zstandard()
                    .ZstdCompressor(level=6, write_checksum=True)
                    .stream_writer(file, closefd=False)
                )
            mode = "w|gz" if compression == "gz" else "w|"
            with tarfile.open(fileobj=stream, mode=cast("Any", mode), format=tarfile.PAX_FORMAT) as archive:
                yield archive
            if compression == "zst":
                stream.close()
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    except OSError as error:
        raise UpstreamUnavailable(f"{path} could not be written: {error.strerror or error}") from error
    finally:
        draft.unlink(missing_ok=True)


def put(archive: tarfile.TarFile, name: str, content: bytes) -> None:
    """Add one member."""
    member = tarfile.TarInfo(name)
    member.size, member.mode = len(content), PRIVATE_MODE
    archive.addfile(member, io.BytesIO(content))


@contextmanager
def reading(path: Path) -> Iterator[tarfile.TarFile]:
    """An archive to read from front to back.

    Raises:
        InvalidRequest: there is none, or it is cut or damaged; so does what the block reads.
    """
    compression = compression_of(path)
    damage: tuple[type[Exception], ...] = UNREADABLE
    if compression == "zst":
        damage = (*damage, _zstandard().ZstdError)
    try:
        with ExitStack() as stack:
            file: IO[bytes] = stack.enter_context(path.open("rb"))
            if compression == "gz":
                file = cast("IO[bytes]", stack.enter_context(gzip.GzipFile(fileobj=file)))
            elif compression == "zst":
                file = stack.enter_context(_zstandard().ZstdDecompressor().stream_reader(file))
            yield stack.enter_context(tarfile.open(fileobj=file, mode="r|"))
            while file.read(READ_BYTES):  # to the end, where gzip and Zstandard keep their checksums
                pass
    except FileNotFoundError as error:
        raise InvalidRequest(f"there is no file {path}") from error
    except damage as error:
        raise InvalidRequest(
            f"{path} is no whole backup ({error}): it is cut, damaged, or something else"
        ) from error


def _zstandard() -> Any:
    """The package.

    Raises:
        InvalidRequest: it is not installed.
    """
    try:
        return importlib.import_module("zstandard")
    except ImportError as error:
        raise InvalidRequest(
            ".tar.zst needs a package: run `pip install zstandard`, or name the file .tar.gz"
        ) from error
