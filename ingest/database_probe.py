"""A look into an embedded index's database that changes nothing and waits for nobody, for `dateline doctor`.

Opening an index mends it; whoever wants to know what is wrong must look first. Read through SQLite, read-only, beside
whoever owns the index. Only tables that Chroma has had since 0.4 are read, and one that is missing is reported, not
raised.
"""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from ingest.layout import POINTER, pointer_from

MOST_CHECKED_BYTES = 1_000_000_000
"""Of a database whose pages are all checked, which takes about a second a gigabyte."""

_COLLECTION = re.compile(rf"{POINTER}-([0-9a-f]+)-(articles|texts|chunks)")


@dataclass(frozen=True, slots=True)
class DatabaseState:
    """What a database says. `damage` is set when it cannot be read, and nothing else counts then.

    `writer` marks a process that is writing, or was killed while it did. `abandoned` are suffixes of rebuilds that
    never came into use; `unclaimed_chunks` are those that no committed article owns, None while somebody writes;
    `lost_folders` are vector files of deleted collections, `lost_bytes` long. `key` is what derived indexes should be
    bound to.
    """

    damage: str | None = None
    active: str | None = None
    key: str | None = None
    writer: str = ""
    missing: tuple[str, ...] = ()
    abandoned: tuple[str, ...] = ()
    unclaimed_chunks: int | None = None
    lost_folders: tuple[str, ...] = ()
    lost_bytes: int = 0


def probe_database(database: Path) -> DatabaseState:
    """Look at the database of an embedded index, and the folders beside it. Never raises for what is found there."""
    try:
        uri = f"{database.resolve().as_uri()}?mode=ro"
        with closing(sqlite3.connect(uri, uri=True, timeout=5)) as connection:
            if database.stat().st_size <= MOST_CHECKED_BYTES:
                (said,) = connection.execute("PRAGMA quick_check(1)").fetchone()
                if said != "ok":
                    return DatabaseState(damage=str(said))
            return _read(connection, database.parent)
    except (sqlite3.Error, OSError, ValueError, TypeError) as error:
        return DatabaseState(damage=str(error))


def _read(connection: sqlite3.Connection, folder: Path) -> DatabaseState:
    collections = dict(connection.execute("SELECT name, id FROM collections").fetchall())
    pointer = _metadata(connection, collections.get(POINTER))
    active, writer = str(pointer.get("active", "")), str(pointer.get("writer", ""))
    suffixes = {found[1] for found in map(_COLLECTION.fullmatch, collections) if found}
    names = {kind: f"{POINTER}-{active}-{kind}" for kind in ("articles", "texts", "chunks")}
    missing = tuple(kind for kind, name in names.items() if active and name not in collections)
    segments = {row[0] for row in connection.execute("SELECT id FROM segments")}
    lost = [
        one for one in folder.iterdir() if one.is_dir() and _is_uuid(one.name) and one.name not in segments
    ]
    unclaimed = None
    if active and not missing and not writer:
        chunks = _count(connection, collections[names["chunks"]])
        unclaimed = chunks - _chunks_of_articles(connection, collections[names["articles"]])
    return DatabaseState(
        active=active or None,
        key=pointer_from(pointer).key if active else None,
        writer=writer,
        missing=missing,
        abandoned=tuple(sorted(suffixes - {active})),
        unclaimed_chunks=unclaimed,
        lost_folders=tuple(sorted(one.name for one in lost)),
        lost_bytes=sum(file.stat().st_size for one in lost for file in one.rglob("*") if file.is_file()),
    )


def _metadata(connection: sqlite3.Connection, collection_id: str | None) -> dict[str, str | int]:
    rows = connection.execute(
        "SELECT key, str_value, int_value FROM collection_metadata WHERE collection_id = ?", (collection_id,)
    )
    return {key: text if text is not None else number for key, text, number in rows}


_RECORDS = """FROM embeddings JOIN segments ON segments.id = embeddings.segment_id
WHERE segments.scope = 'METADATA' AND segments.collection = ?"""


def _count(connection: sqlite3.Connection, collection_id: str) -> int:
    return int(connection.execute(f"SELECT count(*) {_RECORDS}", (collection_id,)).fetchone()[0])


def _chunks_of_articles(connection: sqlite3.Connection, collection_id: str) -> int:
    """How many chunks the committed articles say they have."""
    query = f"""SELECT coalesce(sum(int_value), 0) FROM embedding_metadata
    WHERE key = 'chunk_count' AND id IN (SELECT embeddings.id {_RECORDS})"""
    return int(connection.execute(query, (collection_id,)).fetchone()[0])


def _is_uuid(name: str) -> bool:
    try:
        UUID(name)
    except ValueError:
        return False
    return True


__all__ = ["DatabaseState", "probe_database"]
