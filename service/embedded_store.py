"""The shared store of one machine: firsts and counts in this process's memory, values and lists in a SQLite file.

What is in memory is needed for a day at most, and a restart that forgets it costs nothing but a question answered
twice. What is in the file has to survive. Several processes may use the file at once (`dateline serve` and the command
line do). It is made with the first value, for its owner only, and what is removed is overwritten in it.
"""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from ingest.errors import UpstreamUnavailable
from service.expiring_counts import ExpiringCounts
from service.shared_store import Count

FILE = "shared.sqlite3"
LOCK_TIMEOUT_S = 5.0
MOST_FIRSTS = 20_000

_TABLES = """
CREATE TABLE IF NOT EXISTS kept (key TEXT PRIMARY KEY, value BLOB NOT NULL, until_s REAL);
CREATE TABLE IF NOT EXISTS listed (number INTEGER PRIMARY KEY AUTOINCREMENT, key TEXT NOT NULL, value BLOB NOT NULL);
CREATE INDEX IF NOT EXISTS listed_by_key ON listed (key, number);
"""
_LIVE = "(until_s IS NULL OR until_s > ?)"


class EmbeddedStore:
    """`SharedStore` for one machine. Firsts and counts are this process's own."""

    shared = False

    def __init__(self, folder: Path, now: Callable[[], float] = time.time) -> None:
        """`now` is in seconds since 1970: values that end are kept across restarts."""
        self._path = folder / FILE
        self._now = now
        self._firsts = ExpiringCounts(MOST_FIRSTS)
        self._counts = ExpiringCounts()

    @property
    def place(self) -> str:
        """The file."""
        return str(self._path)

    def first(self, key: str, for_s: float) -> bool:
        """As in `SharedStore`, for this process."""
        return self._firsts.count(key, for_s).number == 1

    def count(self, key: str, for_s: float, amount: int = 1) -> Count:
        """As in `SharedStore`, for this process."""
        return self._counts.count(key, for_s, amount)

    def counted(self, key: str) -> Count:
        """As in `SharedStore`, for this process."""
        return self._counts.counted(key)

    def get(self, key: str) -> bytes | None:
        """As in `SharedStore`."""
        query = f"SELECT value FROM kept WHERE key = ? AND {_LIVE}"
        with self._reading() as database:
            found = database.execute(query, (key, self._now())).fetchone() if database else None
        return None if found is None else bytes(found[0])

    def put(self, key: str, value: bytes, for_s: float | None = None) -> None:
        """As in `SharedStore`."""
        until_s = None if for_s is None else self._now() + for_s
        with self._writing() as database:
            database.execute("DELETE FROM kept WHERE until_s <= ?", (self._now(),))
            database.execute("INSERT OR REPLACE INTO kept VALUES (?, ?, ?)", (key, value, until_s))

    def remove(self, key: str) -> None:
        """As in `SharedStore`."""
        if self._path.exists():
            with self._writing() as database:
                database.execute("DELETE FROM kept WHERE key = ?", (key,))

    def keys(self, prefix: str) -> list[str]:
        """As in `SharedStore`."""
        query = f"SELECT key FROM kept WHERE {_LIVE}"
        with self._reading() as database:
            found = database.execute(query, (self._now(),)).fetchall() if database else []
        return sorted(key for (key,) in found if key.startswith(prefix))

    def append(self, key: str, value: bytes, most: int) -> None:
        """As in `SharedStore`."""
        with self._writing() as database:
            database.execute("INSERT INTO listed (key, value) VALUES (?, ?)", (key, value))
            database.execute(
                "DELETE FROM listed WHERE key = ? AND number NOT IN "
                "(SELECT number FROM listed WHERE key = ? ORDER BY number DESC LIMIT ?)",
                (key, key, most),
            )

    def entries(self, key: str) -> list[bytes]:
        """As in `SharedStore`."""
        query = "SELECT value FROM listed WHERE key = ? ORDER BY number"
        with self._reading() as database:
            return [bytes(value) for (value,) in database.execute(query, (key,))] if database else []

    def discard(self, key: str, value: bytes) -> bool:
        """As in `SharedStore`."""
        if not self._path.exists():
            return False
        with self._writing() as database:
            gone = database.execute("DELETE FROM listed WHERE key = ? AND value = ?", (key, value))
            return gone.rowcount > 0

    def ping(self) -> None:
        """As in `SharedStore`. Nothing is made for it."""
        with self._reading() as database:
            if database is not None:
                database.execute("SELECT count(*) FROM kept").fetchone()

    def close(self) -> None:
        """As in `SharedStore`: the file is open during an operation only."""

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        with self._translated():
            self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            if not self._path.exists():
                os.close(os.open(self._path, os.O_WRONLY | os.O_CREAT, 0o600))
            with _connected(str(self._path)) as database:
                database.executescript(_TABLES)
                database.execute("PRAGMA secure_delete = ON")
                database.execute("BEGIN IMMEDIATE")
                yield database
                database.execute("COMMIT")

    @contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection | None]:
        """None where nothing has been kept yet."""
        with self._translated():
            if not self._path.exists() or self._path.stat().st_size == 0:
                yield None
                return
            with _connected(f"{self._path.resolve().as_uri()}?mode=ro") as database:
                yield database

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except (sqlite3.Error, OSError) as error:
            raise UpstreamUnavailable(f"{self._path} could not be used: {error}") from error


@contextmanager
def _connected(address: str) -> Iterator[sqlite3.Connection]:
    """A connection in whose transactions nothing is implied; what was not committed is taken back."""
    database = sqlite3.connect(address, timeout=LOCK_TIMEOUT_S, isolation_level=None, uri="://" in address)
    try:
        yield database
    finally:
        database.close()
