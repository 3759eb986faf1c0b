"""A copy of the catalogue beside the other derived indexes, so that opening a large index need not wait for Chroma.

Chroma hands over 30,000 records in eight seconds, this file in half a one. The copy is no source of truth: it is bound
to the store's state (`ingest.derived_index.index_key`), and one that is missing, damaged or bound to another state
gives nothing; its owner then reads Chroma and brings it up to date.

The folder holds one sub-folder with a file that only grows, `records`: a line of JSON for each record. What of it
counts, its checksum and which lines are of records that are gone is said by `key.json`, which is replaced atomically,
last: a crash leaves the old state whole, which the store has left behind.
"""

from __future__ import annotations

import base64
import json
import os
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from ingest import derived_index
from ingest.derived_index import KEY_FILE, FolderIndex
from ingest.errors import UpstreamRefused
from ingest.records import ArticleRecord

RECORDS = "records"
_FIELDS = tuple(field.name for field in fields(ArticleRecord))
COPY_VERSION = "1:" + ",".join(_FIELDS)
"""A copy with other fields, or whose number is another, is stale. Raise the number whenever the file changes."""

DEAD_SHARE = 0.25
"""The file is written anew when more of its lines than this are of records that are gone."""

_AUTHORS, _SIGNATURE = _FIELDS.index("authors"), _FIELDS.index("signature")


@dataclass(frozen=True, slots=True)
class State:
    """How many bytes and lines of the file count, the checksum (CRC-32) of those bytes, and the numbers of the lines of
    records that are gone."""

    size: int = 0
    lines: int = 0
    checksum: int = 0
    dead: tuple[int, ...] = ()


class CatalogueCopy(FolderIndex):
    """The records of every article in one state of the store, on disk. One process writes it."""

    NOUN = "copy of the catalogue"

    def __init__(self, folder: Path, expected_key: str) -> None:
        """Use `open`."""
        super().__init__(folder, expected_key)
        self._place: Path | None = None
        self._state = State()
        self._held: dict[str, tuple[int, ArticleRecord]] = {}

    def records(self) -> list[ArticleRecord] | None:
        """The catalogue, sorted by source as `ArticleStore.catalogue` gives it; None when the copy is stale."""
        if self.stale:
            return None
        records = [record for _, record in self._held.values()]
        return sorted(records, key=lambda record: (record.source, record.article_id))

    def sync(self, catalogue: Sequence[ArticleRecord], key: str) -> int:
        """Bring the copy to `key`, at which the store holds this `catalogue`. Only records that are new or changed are
        written, unless too much of the file is of no use; returns how many were.

        Raises:
            UpstreamRefused: the folder cannot be written. The copy is then what it was, and stale.
        """
        with self._writing:
            self._expected_key = key
            try:
                return self._sync(catalogue, key)
            except OSError as error:
                raise UpstreamRefused(f"the {self.NOUN} could not be written: {error}") from error

    def _sync(self, catalogue: Sequence[ArticleRecord], key: str) -> int:
        place, state = self._place, self._state
        if place is not None and _content(place, state) is None:
            place = None
        if place is not None:
            kept, fresh = self._divided(catalogue)
            alive = {line for line, _ in kept.values()}
            dead = tuple(line for line in range(state.lines) if line not in alive)
            if len(dead) <= DEAD_SHARE * (state.lines + len(fresh)):
                grown = _append(place, state, fresh, dead)
                self._turn(place, grown, kept | _numbered(fresh, state.lines), key)
                return len(fresh)
        with derived_index.new_place(self._folder) as place:
            place.mkdir(parents=True)
            self._turn(place, _append(place, State(), catalogue, ()), _numbered(catalogue, 0), key)
        return len(catalogue)

    def _divided(
        self, catalogue: Sequence[ArticleRecord]
    ) -> tuple[dict[str, tuple[int, ArticleRecord]], list[ArticleRecord]]:
        """Which records are held already, as they are, with their lines; and the others."""
        kept, fresh = {}, []
        for record in catalogue:
            held = self._held.get(record.article_id)
            if held is not None and (held[1] is record or held[1] == record):
                kept[record.article_id] = held[0], record
            else:
                fresh.append(record)
        return kept, fresh

    def _turn(self, place: Path, state: State, held: dict[str, tuple[int, ArticleRecord]], key: str) -> None:
        """Record that the file in `place` counts under `key`, and go on with it."""
        derived_index.write_state(place, COPY_VERSION, state, key)
        self._place, self._state, self._held, self._key = place, state, held, key
        derived_index.remove_others(self._folder, place)

    def _load(self) -> None:
        try:
            place, state, key = derived_index.read_state(self._folder, COPY_VERSION, State)
            content = _content(place, state)
            if content is None:
                return
            lines = json.loads(b"[" + content.rstrip(b"\n").replace(b"\n", b",") + b"]")
            dead = frozenset(state.dead)
            records = {number: _record(row) for number, row in enumerate(lines) if number not in dead}
        except derived_index.UNREADABLE:
            return
        self._place, self._state, self._key = place, state, key
        self._held = {record.article_id: (number, record) for number, record in records.items()}


def _numbered(records: Sequence[ArticleRecord], first: int) -> dict[str, tuple[int, ArticleRecord]]:
    return {record.article_id: (number, record) for number, record in enumerate(records, first)}


def _content(place: Path, state: State) -> bytes | None:
    """What counts of the file; None when it is gone, cut or damaged."""
    try:
        content = (place / RECORDS).read_bytes()[: state.size]
    except OSError:
        return None
    return content if len(content) == state.size and zlib.crc32(content) == state.checksum else None


def _append(place: Path, state: State, records: Sequence[ArticleRecord], dead: tuple[int, ...]) -> State:
    """Write records after what `state` counts; the state that counts them too, and the lines `dead` as gone."""
    content = b"".join(_line(record) for record in records)
    path = place / RECORDS
    path.touch()
    with path.open("r+b") as file:
        file.truncate(state.size)  # what a crash left
        file.seek(state.size)
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    return State(
        state.size + len(content), state.lines + len(records), zlib.crc32(content, state.checksum), dead
    )


def _line(record: ArticleRecord) -> bytes:
    values: list[Any] = [getattr(record, name) for name in _FIELDS]
    if record.signature is not None:
        values[_SIGNATURE] = base64.b64encode(record.signature).decode()
    return json.dumps(values, separators=(",", ":")).encode() + b"\n"


def _record(values: list[Any]) -> ArticleRecord:
    """The inverse of `_line`."""
    values[_AUTHORS] = tuple(values[_AUTHORS])
    if values[_SIGNATURE] is not None:
        values[_SIGNATURE] = base64.b64decode(values[_SIGNATURE])
    return ArticleRecord(*values)


__all__ = ["COPY_VERSION", "KEY_FILE", "CatalogueCopy"]
