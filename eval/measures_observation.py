"""What came of asking a question, as the measures see it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from eval.runs import Found
from service.answers import Answer


@dataclass(frozen=True, slots=True)
class Observation:
    """An answer, or in one line why there is none; the passages it could be composed from, best first, empty where that
    is not known; and the wall-clock time that the asker waited."""

    answer: Answer | None
    error: str | None
    found: Sequence[Found]
    latency_ms: float
