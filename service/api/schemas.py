"""What callers may send: request bodies and query strings, strict about unknown fields and bounded in size."""

from __future__ import annotations

import re
from datetime import date, datetime
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, field_validator, model_validator

from ingest.articles import ArticleFilter
from service.conversation import Turn

Words = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=2000)]
Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=1000)]
MAX_TURN_CHARACTERS = 20_000
MAX_HISTORY_TURNS = 40

_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


class Strict(BaseModel):
    """Unknown fields are errors: a misspelt filter that is silently ignored gives wrong answers."""

    model_config = ConfigDict(extra="forbid")


class Period(Strict):
    """A period of publication, both ends included. An article without a date is in no period."""

    after: str | None = Field(default=None, description="first day, ISO 8601", examples=["2024-04-01"])
    before: str | None = Field(default=None, description="last day, ISO 8601", examples=["2024-04-30"])

    @field_validator("after", "before")
    @classmethod
    def _is_a_day(cls, value: str | None) -> str | None:
        return None if value is None else iso_day(value)

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.after and self.before and self.after > self.before:
            raise ValueError(f"after ({self.after}) is later than before ({self.before})")
        return self


class Filters(Period):
    """Which articles may be used. An empty list admits all."""

    outlets: list[Name] = Field(default_factory=list, max_length=100, examples=[["Reuters"]])
    sources: list[Name] = Field(default_factory=list, max_length=1000, examples=[["aukus.md"]])

    def to_filter(self) -> ArticleFilter:
        """The same, as the rest of the house knows it."""
        return ArticleFilter(
            outlets=frozenset(self.outlets),
            sources=frozenset(self.sources),
            after=self.after,
            before=self.before,
        )


class HistoryTurn(Strict):
    """One earlier message."""

    role: Literal["user", "assistant"]
    content: str = Field(max_length=MAX_TURN_CHARACTERS)


class AskRequest(Strict):
    """A question, what was said before it, and how to answer it."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "question": "What did Biden say about AUKUS?",
                    "filters": {"after": "2024-04-01", "before": "2024-04-30"},
                    "engine": "extractive",
                }
            ]
        },
    )

    question: Words = Field(description="1 to 2,000 characters")
    history: list[HistoryTurn] = Field(
        default_factory=list,
        max_length=MAX_HISTORY_TURNS,
        description="earlier messages, oldest first: what a follow-up leaves out is taken from them",
    )
    filters: Filters = Field(default_factory=Filters)
    engine: Literal["extractive", "llm"] | None = Field(
        default=None,
        description="how to compose the answer; by default whatever the server is configured for",
    )
    stream: bool = Field(default=False, description="answer with an event stream")

    def turns(self) -> tuple[Turn, ...]:
        """The history, as the rest of the house knows it."""
        return tuple(Turn(turn.role, turn.content) for turn in self.history)


class SearchRequest(Strict):
    """Words to look for."""

    query: Words = Field(description="1 to 2,000 characters", examples=["AUKUS second pillar"])
    limit: int = Field(default=10, ge=1, le=100)
    filters: Filters = Field(default_factory=Filters)


class _FilterQuery(Period):
    """Filters in a query string; `outlet` and `source` may be repeated."""

    outlet: list[Name] = Field(default_factory=list, max_length=100, description="may be repeated")
    source: list[Name] = Field(default_factory=list, max_length=1000, description="may be repeated")

    def to_filter(self) -> ArticleFilter:
        """The same, as the rest of the house knows it."""
        return ArticleFilter(
            outlets=frozenset(self.outlet),
            sources=frozenset(self.source),
            after=self.after,
            before=self.before,
        )


class ArticlesQuery(_FilterQuery):
    """One page of the list of articles."""

    offset: int = Field(default=0, ge=0, le=2**31)
    limit: int = Field(default=50, ge=1, le=200)


class QuotesQuery(_FilterQuery):
    """Who spoke, and about what."""

    speaker: Name | None = Field(default=None, examples=["Biden"])
    about: Words | None = Field(default=None, examples=["AUKUS"])
    limit: int = Field(default=50, ge=1, le=500)


class ArticleRequest(Strict):
    """An article sent as JSON. `body` is another name for `text`."""

    text: str | None = Field(default=None, description="the article's words; this or `body` is required")
    body: str | None = Field(default=None, description="another name for `text`")
    title: Name | None = None
    outlet: Name | None = None
    authors: list[Name] = Field(default_factory=list, max_length=100)
    published_at: str | None = Field(default=None, description="ISO 8601 date, or date and time")
    url: str | None = Field(
        default=None, max_length=2000, description="http or https address of the original"
    )
    source: Name | None = Field(
        default=None, description="the name to cite it by; sending the same name again replaces the article"
    )

    @field_validator("published_at")
    @classmethod
    def _is_a_moment(cls, value: str | None) -> str | None:
        if value is not None:
            iso_day(value)
        return value

    @field_validator("url")
    @classmethod
    def _is_a_web_address(cls, value: str | None) -> str | None:
        if value is not None and not re.match(r"https?://[^\s/]", value, re.IGNORECASE):
            raise ValueError("must be an http or https address")
        return value

    @field_validator("source")
    @classmethod
    def _is_a_relative_path(cls, value: str | None) -> str | None:
        return None if value is None else relative_name(value)

    @model_validator(mode="after")
    def _has_words(self) -> Self:
        if (self.text is None) == (self.body is None):
            raise ValueError("give the article's words as `text` or as `body`, one of the two")
        if not self.words.strip():
            raise ValueError("the article has no words")
        return self

    @property
    def words(self) -> str:
        """The article's words, whichever name they came by."""
        return self.text if self.text is not None else self.body or ""


class IngestRequest(Strict):
    """Files and folders of this machine to read, for `dateline ingest` beside a running server."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)

    paths: list[str] = Field(
        max_length=10_000, description="absolute paths; none at all only builds the index anew (`rebuild`)"
    )
    prune: bool = Field(default=False, description="remove articles whose files are gone")
    rebuild: bool = Field(default=False, description="build the index anew and swap it in")
    field_map: dict[str, str] = Field(
        default_factory=dict, alias="map", description="JSON field names that stand for Dateline's own"
    )

    @field_validator("paths")
    @classmethod
    def _are_absolute(cls, paths: list[str]) -> list[str]:
        for path in paths:
            if not path.startswith("/") and not re.match(r"[A-Za-z]:[\\/]|\\\\", path):
                raise ValueError(f"{path!r} is not an absolute path")
            if "\x00" in path:
                raise ValueError("a path holds a NUL character")
        return paths

    @model_validator(mode="after")
    def _asks_for_something(self) -> Self:
        if not self.paths and not self.rebuild:
            raise ValueError("there are no paths")
        return self


def iso_day(value: str) -> str:
    """The day of an ISO 8601 date or date and time, as `YYYY-MM-DD`.

    Raises:
        ValueError: it is neither.
    """
    try:
        if not re.match(
            r"\d{4}-\d{2}-\d{2}", value
        ):  # the week and ordinal forms are ISO too, and nobody's intent
            raise ValueError
        if len(value) > 10:
            return datetime.fromisoformat(value).date().isoformat()
        return date.fromisoformat(value).isoformat()
    except ValueError:
        raise ValueError(f"{value[:40]!r} is not an ISO 8601 date such as 2024-04-10") from None


def relative_name(name: str) -> str:
    """`name` as a relative POSIX path without tricks: what an upload may be called.

    Raises:
        ValueError: it climbs (`..`), is empty, too long, or holds control characters.
    """
    path = name.replace("\\", "/").strip().strip("/")
    parts = [part for part in path.split("/") if part not in {"", "."}]
    if not parts or ".." in parts or _CONTROL.search(path) or re.match(r"[A-Za-z]:", path):
        raise ValueError(f"{name[:80]!r} is not a usable file name")
    if len(path) > 500 or any(len(part.encode("utf-8", "replace")) > 255 for part in parts):
        raise ValueError("the file name is too long")
    return "/".join(parts)
