"""Making deleted text leave the disk, by writing an embedded index anew from what is committed and taking its place.

Deleting a record from Chroma leaves its words in free pages of SQLite, in the queue of changes that Chroma keeps (whole
texts, hundreds of them), perhaps in a journal, and the vector files of deleted collections stay in their folders.
Emptying each of these would rest on Chroma's private tables. So the committed articles, with everything computed of
them, are copied into a new database beside the old one by a process of its own (`ingest.writing_apart`), read back and
compared byte by byte; then the new vector folders move in, and one `rename` puts the new database file in the old one's
place. That is the only step that counts: killed before it the old index is in use, killed after it the new one, each
whole, and the next vacuum removes what is left over. Needs no embedder, and for the time of the copy room for a second
index.

Freed blocks are the file system's: what it keeps in snapshots, or a drive in worn-out cells, is out of reach here.
"""

from __future__ import annotations

import os
import secrets
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from ingest import chroma
from ingest.errors import IndexMissing, SettingsError, UpstreamUnavailable
from ingest.packed import PackedArticle
from ingest.settings import IngestSettings
from ingest.store import ArticleStore
from ingest.writing_apart import write_apart

BESIDE_PREFIX = "vacuum-"
SPARE_BYTES = 50_000_000
SIDE_FILES = ("-wal", "-shm", "-journal")

OnCopied = Callable[[int, int], None]
"""Told how many articles of how many are copied."""


@dataclass(frozen=True, slots=True)
class Compacted:
    """What a compaction did: `versions` of the articles by id, and how long the database and its vector files are."""

    versions: dict[str, str]
    bytes_before: int
    bytes_after: int


def compact(settings: IngestSettings, on_copied: OnCopied | None = None) -> Compacted:
    """Write the embedded index of `settings` anew. The caller owns its folder and has no store open.

    Raises:
        IndexMissing: there is no index.
        SettingsError: the index is on a Chroma server, or the disk has no room for a second one.
        UpstreamRefused: what was written is not what is read back; nothing has been replaced.
        UpstreamUnavailable: a file could not be written or moved.
    """
    path = database_folder(settings)
    remove_leftovers(settings.data_dir)
    beside = settings.data_dir / f"{BESIDE_PREFIX}{secrets.token_hex(4)}"
    try:
        with ArticleStore.open(settings, fingerprint=None, dimension=None, create=False) as old:
            old.sweep()
            before = _bytes_in(path)
            _check_room(settings.data_dir, before)
            versions = _copy(old, beside, on_copied)
        _take_place(path, beside / chroma.EMBEDDED_FOLDER)
    except (OSError, sqlite3.Error) as error:
        raise UpstreamUnavailable(
            f"the index in {path} could not be written anew ({error}); the one in use is whole, try again"
        ) from error
    finally:
        shutil.rmtree(beside, ignore_errors=True)
    return Compacted(versions, before, _bytes_in(path))


def database_folder(settings: IngestSettings) -> Path:
    """Where the embedded database lies.

    Raises:
        IndexMissing: there is none.
        SettingsError: the index is on a Chroma server.
    """
    path = chroma.embedded_path(settings)
    if path is None:
        raise SettingsError(
            "the index is on a Chroma server, whose files are not within reach: make a backup, start that server with "
            "an empty folder, and restore into it (docs/operations.md)"
        )
    if not (path / chroma.DATABASE_FILE).exists():
        raise IndexMissing(f"there is no index in {path} yet: run `dateline ingest FOLDER` first")
    return path


def remove_leftovers(data_dir: Path) -> None:
    """Remove what a vacuum that was killed left beside the index. The caller owns the folder."""
    for folder in data_dir.glob(f"{BESIDE_PREFIX}*"):
        shutil.rmtree(folder, ignore_errors=True)


def _copy(old: ArticleStore, beside: Path, on_copied: OnCopied | None) -> dict[str, str]:
    """Copy every article into a new index, checked; the versions of the articles by id."""
    total, versions = len(old.catalogue()), dict[str, str]()

    def noting() -> Iterator[PackedArticle]:
        for article in old.packed():
            versions[article.record.article_id] = article.record.version
            yield article
            if on_copied is not None:
                on_copied(len(versions), total)

    write_apart(beside, old.fingerprint, old.dimension, old.generation, noting())
    if len(versions) != total:
        raise UpstreamUnavailable(f"{total - len(versions)} articles could not be read; nothing was replaced")
    return versions


def _take_place(path: Path, fresh: Path) -> None:
    """Put the database of `fresh` in the place of that in `path`. Both are closed."""
    for folder in (path, fresh):
        _settle(folder / chroma.DATABASE_FILE)
    old = {folder for folder in path.iterdir() if folder.is_dir()}
    for folder in fresh.iterdir():
        if folder.is_dir():
            folder.rename(path / folder.name)
    (fresh / chroma.DATABASE_FILE).replace(path / chroma.DATABASE_FILE)
    _sync_folder(path)
    for folder in old:
        shutil.rmtree(folder)


def _settle(database: Path) -> None:
    """Bring everything into the database file itself: a journal left beside it would be read into its successor."""
    with closing(sqlite3.connect(database)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.execute("PRAGMA journal_mode=DELETE")
    for ending in SIDE_FILES:
        database.with_name(database.name + ending).unlink(missing_ok=True)
    with database.open("rb") as file:
        os.fsync(file.fileno())


def _check_room(data_dir: Path, needed_bytes: int) -> None:
    free = shutil.disk_usage(data_dir).free
    if free < needed_bytes + SPARE_BYTES:
        raise SettingsError(
            f"a second index of {needed_bytes / 1e6:,.0f} MB has to stand beside the first for a while, and only "
            f"{free / 1e6:,.0f} MB are free in {data_dir.resolve()}"
        )


def _bytes_in(folder: Path) -> int:
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


__all__ = ["BESIDE_PREFIX", "Compacted", "compact", "database_folder", "remove_leftovers"]
