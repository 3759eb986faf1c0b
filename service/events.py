"""What happens, in order, while a question is answered: for callers that show an answer as it grows.

A stream is one `PassagesEvent`, then a `StatementEvent` for each statement (already verified), then one
`DoneEvent` with the whole answer. Errors are raised, not yielded.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeVar

from service.answers import Answer, Citation, Passage, Statement


@dataclass(frozen=True, slots=True)
class PassagesEvent:
    """What was retrieved, best first."""

    passages: tuple[Passage, ...]


@dataclass(frozen=True, slots=True)
class StatementEvent:
    """One verified statement, and the citations that its numbers refer to."""

    statement: Statement
    citations: tuple[Citation, ...]


@dataclass(frozen=True, slots=True)
class DoneEvent:
    """The whole answer; the last event."""

    answer: Answer


AskEvent = PassagesEvent | StatementEvent | DoneEvent

E = TypeVar("E")


def ending(events: Iterable[object], kind: type[E]) -> E:
    """The event of this kind that a stream ends with, for whoever wants no other."""
    for event in events:
        if isinstance(event, kind):
            return event
    raise AssertionError(f"the events always end with {kind.__name__}")
