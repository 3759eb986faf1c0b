"""Whether questions can be answered now, and over how much: what `/readyz` and `dateline doctor` report."""

from __future__ import annotations

from dataclasses import dataclass

from service.shelf import Shelf


@dataclass(frozen=True, slots=True)
class Readiness:
    """Whether questions can be answered, and over what. `detail` says why not."""

    ready: bool
    articles: int
    chunks: int
    generation: int | None
    embedder: str
    detail: str | None = None


def readiness_of(shelf: Shelf, embedder: str) -> Readiness:
    """What can be answered from these articles; `embedder` is its name."""
    return Readiness(
        ready=bool(shelf.records),
        articles=len(shelf.records),
        chunks=sum(record.chunk_count for record in shelf.records.values()),
        generation=shelf.generation,
        embedder=embedder,
        detail=None if shelf.records else "the index is empty: run `dateline ingest FOLDER`",
    )
