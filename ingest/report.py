"""What an ingest tells its caller: how far it is (`Progress`) and what came of it (`IngestReport`).

Plain types, apart from the pipeline, so that a progress bar or an HTTP route needs nothing else.
"""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a run is. `done` and `total` count articles (`total` is an estimate until files have been read);
    `current` is the source last worked on; `chunks` counts those embedded so far; `elapsed_s` is in seconds."""

    done: int
    total: int
    current: str
    chunks: int
    elapsed_s: float


@dataclass(frozen=True, slots=True)
class FailedFile:
    """A file or record that could not become an article. `reason` says why and what to do."""

    source: str
    reason: str


@dataclass(slots=True)
class IngestReport:
    """What one run did. `added`, `changed`, `unchanged` and `removed` hold sources; `duplicates` holds groups of
    sources that carry nearly the same text, each with at least one article added or changed by this run."""

    added: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)
    duplicates: list[tuple[str, ...]] = field(default_factory=list)
    failed: list[FailedFile] = field(default_factory=list)
    chunks_embedded: int = 0
    chunks_reused: int = 0
    elapsed_s: float = 0.0
    notes: list[str] = field(default_factory=list)
