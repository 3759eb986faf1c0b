"""What Dateline says when it is asked for a summary: the statements and citations of an answer, arranged by a style.

Like answers these are the wire format, frozen, and every statement has passed `service.verification`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from pydantic import Field

from service.answers import (
    Citation,
    Diagnostics,
    Disagreement,
    Frozen,
    PromptReference,
    Statement,
    Timings,
    Usage,
)

Style = Literal["brief", "bullets", "timeline", "compare"]
STYLES: tuple[Style, ...] = ("brief", "bullets", "timeline", "compare")
DEFAULT_MAX_WORDS = 150


class DatedEvent(Frozen):
    """Something that happened on `date` (`2024-04-10`, `2024-04` or `2024`), told by `statement`; `written` is how
    the source says when ("on Wednesday"), resolved against its publication date."""

    date: str
    written: str
    statement: Statement


class Shared(Frozen):
    """What several outlets report: one statement, its citations one an outlet."""

    outlets: tuple[str, ...] = Field(min_length=2)
    statement: Statement


class Single(Frozen):
    """What only one outlet reports, most central first."""

    outlet: str
    statements: tuple[Statement, ...]


class Reading(Frozen):
    """How much was read for a summary: articles that fit the request, those of them that are near-copies of another,
    and those that the summary cites."""

    articles: int
    near_copies: int = 0
    cited: int = 0


class Summary(Frozen):
    """The whole reply. `summary` repeats the statements as text with `[n]` markers, one a line but for `brief`.

    `statements` holds every statement, in order; `events`, `undated` (timeline) and `shared`, `singles` (compare)
    arrange the same ones. When `status` is `abstained` there are none and `reason` says why.
    """

    status: Literal["summarized", "abstained"]
    subject: str
    style: Style
    summary: str
    reason: str | None = None
    statements: tuple[Statement, ...] = ()
    citations: tuple[Citation, ...] = ()
    events: tuple[DatedEvent, ...] = ()
    undated: tuple[Statement, ...] = ()
    shared: tuple[Shared, ...] = ()
    singles: tuple[Single, ...] = ()
    disagreements: tuple[Disagreement, ...] = ()
    reading: Reading = Reading(articles=0)
    engine: Literal["extractive", "llm"] = "extractive"
    engine_note: str | None = None
    model: str | None = None
    prompt: PromptReference | None = None
    usage: Usage = Usage()
    timings_ms: Timings = Timings()
    diagnostics: Diagnostics = Diagnostics()


@dataclass(frozen=True, slots=True)
class SummaryRequest:
    """What to summarize: the articles of `sources` (paths, endings of them, or ids; none means all), or what the
    archive has on `topic`, of those articles if both are given."""

    sources: tuple[str, ...] = ()
    topic: str | None = None
    style: Style = "brief"
    max_words: int = DEFAULT_MAX_WORDS


@dataclass(frozen=True, slots=True)
class ReadingEvent:
    """Progress: `done` of `total` articles have been read."""

    done: int
    total: int


@dataclass(frozen=True, slots=True)
class SummaryDone:
    """The whole summary; the last event."""

    summary: Summary
