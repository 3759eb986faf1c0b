"""One process owns an embedded index.

Chroma's embedded database is not safe between processes: a second one does not see the first one's vectors, and
two writers can corrupt them. So whoever opens it holds an operating-system lock on `owner.lock` in the data
folder, which the kernel releases however the process ends, and says in `owner.json` who it is, so that the next
one can be told, or can send its work to the owner where that is a server. A Chroma server needs none of this.
"""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Self

from filelock import FileLock, Timeout

from ingest.errors import IndexOwned, SettingsError

LOCK_FILE = "owner.lock"
OWNER_FILE = "owner.json"


@dataclass(frozen=True, slots=True)
class Owner:
    """Who holds an index. `role` is what it does ("ingest", "serve"); `url` is set when it takes requests."""

    pid: int
    role: str
    url: str | None
    started_at: str

    def __str__(self) -> str:
        where = f" at {self.url}" if self.url else ""
        return f"process {self.pid} (dateline {self.role}{where}, since {self.started_at})"


class Ownership:
    """The lock while it is held; a context manager that releases it. Not for forked processes."""

    def __init__(self, data_dir: Path, lock: FileLock, owner: Owner) -> None:
        """Use `acquire`."""
        self._data_dir = data_dir
        self._lock = lock
        self._owner = owner

    @classmethod
    def acquire(cls, data_dir: Path, *, role: str, url: str | None = None) -> Self:
        """Take the index in `data_dir`, at once or not at all; the folder is made where there is none.

        Raises:
            IndexOwned: another process has it, or this one took it before; the message says who, and
                `owner_url` where that is a server.
            SettingsError: the folder cannot be made or written.
        """
        path = data_dir.resolve()
        lock = FileLock(path / LOCK_FILE, timeout=0, thread_local=False)
        try:
            path.mkdir(parents=True, exist_ok=True)
            lock.acquire()
        except Timeout as error:
            held = _read(path)
            who = str(held) if held else "another process that has not said who it is yet"
            raise IndexOwned(f"the index in {path} is in use by {who}", held.url if held else None) from error
        except (OSError, NotImplementedError) as error:
            raise SettingsError(f"the data folder {path} cannot be written: {error}") from error
        started_at = datetime.now(UTC).isoformat(timespec="seconds")
        ownership = cls(path, lock, Owner(os.getpid(), role, url, started_at))
        try:
            ownership.announce(url)
        except BaseException:
            lock.release()
            raise
        return ownership

    def announce(self, url: str | None) -> None:
        """Say where this owner takes requests, once it is known: after a server has bound its port.

        Raises:
            SettingsError: the folder cannot be written.
        """
        self._owner = replace(self._owner, url=url)
        fresh = self._data_dir / f"{OWNER_FILE}.{os.getpid()}"
        try:
            fresh.write_text(json.dumps(asdict(self._owner)), encoding="utf-8")
            fresh.replace(self._data_dir / OWNER_FILE)
        except OSError as error:
            raise SettingsError(f"the data folder {self._data_dir} cannot be written: {error}") from error

    def release(self) -> None:
        """Let go. A second call does nothing."""
        if self._lock.is_locked:
            (self._data_dir / OWNER_FILE).unlink(missing_ok=True)
            self._lock.release()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.release()


def owner(data_dir: Path) -> Owner | None:
    """Who owns the index in `data_dir` now: None when nobody does, whatever a killed process left written.

    Found out by trying the lock for an instant. Where the folder cannot be written, nobody can own it.
    """
    path = data_dir.resolve()
    if not (path / LOCK_FILE).exists():
        return None
    lock = FileLock(path / LOCK_FILE, timeout=0, thread_local=False)
    try:
        lock.acquire()
    except Timeout:
        return _read(path)
    except OSError:
        return None
    lock.release()
    return None


def _read(data_dir: Path) -> Owner | None:
    """What the owner wrote of itself; None while it has written nothing that can be read."""
    try:
        fields = json.loads((data_dir / OWNER_FILE).read_text(encoding="utf-8"))
        return Owner(int(fields["pid"]), str(fields["role"]), fields["url"], str(fields["started_at"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None
