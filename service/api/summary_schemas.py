"""What callers may ask of `POST /v1/summarize`, and the progress that its stream tells."""

from __future__ import annotations

from typing import Literal

from pydantic import ConfigDict, Field

from service.answers import Frozen
from service.api.schemas import Filters, Name, Strict, Words
from service.summaries import DEFAULT_MAX_WORDS, ReadingEvent, Style, SummaryRequest

MAX_SOURCES = 10_000
LEAST_WORDS = 10
MOST_WORDS = 2000


class SummarizeRequest(Strict):
    """What to summarize, and how. Without sources and without a topic: every article that passes the filters."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "topic": "AUKUS",
                    "style": "timeline",
                    "max_words": 200,
                    "filters": {"after": "2024-04-01", "before": "2024-04-30"},
                }
            ]
        },
    )

    sources: list[Name] = Field(
        default_factory=list,
        max_length=MAX_SOURCES,
        description="articles by source, or by an ending of it that only one has; none means all",
        examples=[["aukus.md"]],
    )
    article_ids: list[Name] = Field(
        default_factory=list, max_length=MAX_SOURCES, description="articles by id, beside `sources`"
    )
    topic: Words | None = Field(
        default=None, description="what to summarize, 1 to 2,000 characters: all that the articles say of it"
    )
    style: Style = Field(
        default="brief",
        description="`brief`: a paragraph; `bullets`: key points; `timeline`: dated events in order; "
        "`compare`: what outlets have in common, what only one reports, where they disagree",
    )
    max_words: int = Field(default=DEFAULT_MAX_WORDS, ge=LEAST_WORDS, le=MOST_WORDS)
    filters: Filters = Field(default_factory=Filters)
    engine: Literal["extractive", "llm"] | None = Field(
        default=None,
        description="how to compose the summary; by default whatever the server is configured for",
    )
    stream: bool = Field(default=False, description="answer with an event stream")

    def to_request(self) -> SummaryRequest:
        """The same, as the rest of the house knows it."""
        keys = dict.fromkeys([*self.sources, *self.article_ids])
        return SummaryRequest(
            sources=tuple(keys), topic=self.topic, style=self.style, max_words=self.max_words
        )


class ReadingProgress(Frozen):
    """The data of a `reading` event: `done` of `total` articles have been read."""

    done: int
    total: int

    @classmethod
    def of(cls, reading: ReadingEvent) -> ReadingProgress:
        """One event as it stands."""
        return cls(done=reading.done, total=reading.total)
