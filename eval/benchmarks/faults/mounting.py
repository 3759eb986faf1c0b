"""File systems of a trial's own: small ones that fill up, and read-only views of a folder. Root is needed on Linux."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ingest.errors import SettingsError

SIZE_MB = 64


@contextmanager
def small_disk(folder: Path) -> Iterator[Path]:
    """A file system of `SIZE_MB` mounted at a folder: ext4 in a file where that can be had, else in memory.

    Raises:
        SettingsError: this user may not mount one; the message says why.
    """
    _check()
    place, image = folder / "disk", folder / "disk.image"
    place.mkdir(parents=True)
    with image.open("wb") as file:
        file.truncate(SIZE_MB * 1_000_000)
    made = (
        shutil.which("mkfs.ext4") is not None and _ran("mkfs.ext4", "-q", "-F", "-m", "0", str(image)) is None
    )
    refused = _ran("mount", "-o", "loop", str(image), str(place)) if made else "no mkfs.ext4"
    if refused is not None:
        refused = _ran("mount", "-t", "tmpfs", "-o", f"size={SIZE_MB}m", "tmpfs", str(place))
    if refused is not None:
        raise SettingsError(f"no file system can be mounted: {refused}")
    try:
        yield place
    finally:
        _unmount(place)
        image.unlink()


@contextmanager
def read_only(folder: Path) -> Iterator[None]:
    """The folder is a read-only file system while the block runs.

    Raises:
        SettingsError: as `small_disk`.
    """
    _check()
    refused = _ran("mount", "--bind", str(folder), str(folder))
    if refused is not None:
        raise SettingsError(f"{folder} cannot be mounted: {refused}")
    try:
        refused = _ran("mount", "-o", "remount,ro,bind", str(folder))
        if refused is not None:
            raise SettingsError(f"{folder} cannot be made read-only: {refused}")
        yield
    finally:
        _unmount(folder)


def free_bytes(place: Path) -> int:
    """How much can still be written there."""
    found = os.statvfs(place)
    return found.f_bavail * found.f_frsize


def fill(place: Path, left: int) -> Path:
    """Fill a file system until only `left` bytes are free; gives the file that fills it."""
    filler = place / "filler"
    with filler.open("ab") as file:
        while (room := free_bytes(place) - left) > 0:
            file.write(b"\0" * min(room, 1_000_000))
            file.flush()
            os.fsync(file.fileno())
            if room < 4096:
                break
    return filler


def _check() -> None:
    if not hasattr(os, "geteuid") or os.geteuid() != 0:
        raise SettingsError("only root may mount file systems")


def _unmount(place: Path) -> None:
    if _ran("umount", str(place)) is not None:
        _ran("umount", "-l", str(place))


def _ran(*command: str) -> str | None:
    """What a command complained of; None when it succeeded."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    except OSError as error:
        return str(error)
    return None if done.returncode == 0 else (done.stderr.strip() or f"code {done.returncode}")
