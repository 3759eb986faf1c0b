"""A copy of an embedded index as it stands this moment, whoever is writing to it, to read at leisure.

Everything an article is made of lies in Chroma's SQLite database (see `encoding.text_metadata`), and SQLite's own
backup gives a copy of one committed state while other processes write. The copy is opened like an index, without its
vector files, which nobody asks for. No owner is disturbed for longer than SQLite copies a few pages.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from itertools import pairwise
from pathlib import Path

from ingest import chroma
from ingest.errors import IndexMissing, UpstreamUnavailable
from ingest.settings import IngestSettings
from ingest.store import ArticleStore

PAGES_AT_ONCE = 4096
"""16 MB; between two such steps other processes may write."""
PAUSE_S = 0.01
MOST_RESTARTS = 3
"""A write between two steps makes SQLite begin again. After so many the copy is made in one step, for which a writer
waits."""


@contextmanager
def snapshot(settings: IngestSettings, scratch: Path) -> Iterator[ArticleStore]:
    """The index as it is now, as a store that nobody else knows; its files are in `scratch`, an empty folder.

    On a Chroma server it is that server's index itself, which may change meanwhile.

    Raises:
        IndexMissing: there is no index.
        UpstreamUnavailable: it could not be copied, or the server does not answer.
    """
    path = chroma.embedded_path(settings)
    if path is None:
        with ArticleStore.open(settings, fingerprint=None, dimension=None, create=False) as store:
            yield store
        return
    database = path / chroma.DATABASE_FILE
    if not database.exists():
        raise IndexMissing(f"there is no index in {path} yet: run `dateline ingest FOLDER` first")
    target = scratch / chroma.EMBEDDED_FOLDER / chroma.DATABASE_FILE
    target.parent.mkdir(parents=True)
    try:
        copy_database(database, target)
    except (OSError, sqlite3.Error) as error:
        raise UpstreamUnavailable(f"the index in {path} could not be copied: {error}") from error
    client = chroma.open_client(settings.model_copy(update={"data_dir": scratch}))
    try:
        yield ArticleStore(client, None)  # not `open`, which would mend what a writer has just begun
    finally:
        chroma.close_client(client)


def copy_database(database: Path, target: Path, pages_at_once: int = PAGES_AT_ONCE) -> None:
    """Copy one committed state of a SQLite database to `target`, while others may write.

    Raises:
        sqlite3.Error: it cannot be read, or the copy not be written.
    """
    with closing(_readable(database)) as source, closing(sqlite3.connect(target)) as copy:
        left: list[int] = []

        def watch(_status: int, remaining: int, _total: int) -> None:
            left.append(remaining)
            restarts = sum(1 for before, after in pairwise(left) if after > before)
            if restarts > MOST_RESTARTS:
                raise _Restless

        try:
            source.backup(copy, pages=pages_at_once, progress=watch, sleep=PAUSE_S)
        except _Restless:
            source.backup(copy)


class _Restless(Exception):
    """The database changes faster than it is copied."""


def _readable(database: Path) -> sqlite3.Connection:
    """Open for reading; for writing where that is allowed, so that SQLite takes back what a killed writer began."""
    for mode in ("rw", "ro"):
        connection = sqlite3.connect(f"{database.resolve().as_uri()}?mode={mode}", uri=True, timeout=30)
        try:
            connection.execute("SELECT count(*) FROM sqlite_master")
        except sqlite3.OperationalError:
            connection.close()
            if mode == "ro":
                raise
        else:
            return connection
    raise sqlite3.OperationalError("cannot be opened")


__all__ = ["copy_database", "snapshot"]
