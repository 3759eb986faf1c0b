"""`dateline vacuum`: after it, no file of the data folder holds a word of an article that is not in the index.

The index is written anew (`ingest.vacuum`), the derived indexes go (the next question makes them again), and so do a
model's texts about articles that are gone. Feedback is left: it is what readers wrote, and has a command of its own.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from ingest.errors import IndexOwned, UpstreamUnavailable
from ingest.ownership import Ownership
from ingest.settings import IngestSettings
from ingest.vacuum import compact, database_folder
from service.derived_indexes import KEYWORD_FOLDER, SENTENCE_FOLDER, VECTOR_FOLDER
from service.library import CATALOGUE_FOLDER
from service.map_cache import FOLDER as MAPS_FOLDER
from service.map_cache import MapCache

DERIVED_FOLDERS = (KEYWORD_FOLDER, VECTOR_FOLDER, SENTENCE_FOLDER, CATALOGUE_FOLDER)


@dataclass(frozen=True, slots=True)
class Vacuumed:
    """What a vacuum did. Bytes are those of the data folder's index, derived indexes and models' texts."""

    articles: int
    bytes_before: int
    bytes_after: int


def vacuum(settings: IngestSettings, on_copied: Callable[[int, int], None] | None = None) -> Vacuumed:
    """Vacuum the embedded index of `settings`; `on_copied` hears how many articles of how many are copied.

    Raises:
        IndexOwned: a server or another command uses it.
        IndexMissing, SettingsError, UpstreamRefused, UpstreamUnavailable: as `ingest.vacuum.compact` does.
    """
    derived_before = derived_bytes(settings.data_dir)
    with _owned(settings):
        compacted = compact(settings, on_copied)
        remove_derived(settings.data_dir)
        MapCache(settings.data_dir / MAPS_FOLDER, lambda: compacted.versions).sweep()
    return Vacuumed(
        len(compacted.versions),
        compacted.bytes_before + derived_before,
        compacted.bytes_after + derived_bytes(settings.data_dir),
    )


def remove_derived(data_dir: Path) -> None:
    """Remove the derived indexes. The caller owns the folder.

    Raises:
        UpstreamUnavailable: one could not be removed.
    """
    for name in DERIVED_FOLDERS:
        try:
            shutil.rmtree(data_dir / name)
        except FileNotFoundError:
            continue
        except OSError as error:
            raise UpstreamUnavailable(f"{data_dir / name} could not be removed: {error.strerror}") from error


def derived_bytes(data_dir: Path) -> int:
    """How long the files of the derived indexes and of models' texts are together."""
    folders = (data_dir / name for name in (*DERIVED_FOLDERS, MAPS_FOLDER))
    return sum(file.stat().st_size for folder in folders for file in folder.rglob("*") if file.is_file())


def _owned(settings: IngestSettings) -> Ownership:
    """Own the folder, of an embedded index that there is.

    Raises:
        IndexMissing, IndexOwned, SettingsError: there is none; somebody uses it; it is on a server.
    """
    database_folder(settings)
    try:
        return Ownership.acquire(settings.data_dir, role="vacuum")
    except IndexOwned as error:
        raise IndexOwned(f"{error}; stop it for the time of the vacuum", error.owner_url) from error


__all__ = ["DERIVED_FOLDERS", "Vacuumed", "remove_derived", "vacuum"]
