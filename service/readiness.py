"""Whether questions can be answered now, and over how much: what `/readyz`, `/metrics` and `dateline doctor` report.

Nothing is asked of a model: whether it answers is known from how its last calls ended. A model that is left alone makes
answers plainer, not impossible, so it does not make a server unready. Nor does a shared store that is gone: each
replica then counts and remembers by itself.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, Protocol, runtime_checkable

from ingest.errors import DatelineError
from service.shared_store import SharedStore
from service.shelf import Shelf

ModelState = Literal["none", "ok", "degraded"]
"""No model is configured; it is asked; or it failed so often that it is left alone for a while."""


SharedState = Literal["embedded", "ok", "unreachable"]
"""Nothing is shared with other replicas; it is; or it cannot be for the moment."""


@dataclass(frozen=True, slots=True)
class Readiness:
    """Whether questions can be answered, and over what. `detail` says why not. `fingerprint` is that of the index,
    which is the embedder's wherever `ready` is true."""

    ready: bool
    articles: int
    chunks: int
    generation: int | None
    embedder: str
    detail: str | None = None
    model: ModelState = "none"
    fingerprint: str | None = None
    shared_store: SharedState = "embedded"


class CallLimits(Protocol):
    """What is known of a model's calls without making one."""

    @property
    def degraded(self) -> bool:
        """Whether it is left alone because it failed too often."""

    @property
    def waiting(self) -> int:
        """How many texts wait for their turn."""

    @property
    def writing(self) -> int:
        """How many texts it is writing."""


@runtime_checkable
class Limited(Protocol):
    """A model that says what holds its calls back."""

    @property
    def limits(self) -> CallLimits:
        """Of this model."""


def readiness_of(
    shelf: Callable[[], Shelf],
    embedder: str,
    model: object | None = None,
    store: SharedStore | None = None,
) -> Readiness:
    """What can be answered from these articles; `embedder` is its name. Never raises: where the articles cannot be
    listed, the index is gone, of another embedder, or does not answer, and `detail` says which."""
    state, shared = model_state(model), shared_state(store)
    try:
        found = shelf()
    except DatelineError as error:
        return Readiness(False, 0, 0, None, embedder, str(error), state, shared_store=shared)
    return Readiness(
        ready=bool(found.records),
        articles=len(found.records),
        chunks=sum(record.chunk_count for record in found.records.values()),
        generation=found.generation,
        embedder=embedder,
        detail=None if found.records else "the index is empty: run `dateline ingest FOLDER`",
        model=state,
        fingerprint=found.key.rpartition("@")[0],
        shared_store=shared,
    )


def model_state(model: object | None) -> ModelState:
    """What is known of a model without asking it."""
    if model is None:
        return "none"
    return "degraded" if isinstance(model, Limited) and model.limits.degraded else "ok"


def shared_state(store: SharedStore | None) -> SharedState:
    """Whether the store that replicas share can be used: it is asked, and waits for half a second at most."""
    if store is None or not store.shared:
        return "embedded"
    try:
        store.ping()
    except DatelineError:
        return "unreachable"
    return "ok"


def queue_of(model: object | None) -> tuple[int, int]:
    """How many texts wait for the model, and how many it is writing."""
    return (model.limits.waiting, model.limits.writing) if isinstance(model, Limited) else (0, 0)
