"""What readers think of answers: the question, the answer as it was shown, a verdict and perhaps a word.

No address, no visitor and no user agent belong to it: who said it is not known, and cannot be asked for.
"""

from __future__ import annotations

import json
import re
import secrets
from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Annotated, Literal, Protocol, Self

from pydantic import ConfigDict, Field, StringConstraints, ValidationError, field_validator, model_validator

from service.answers import Frozen

Verdict = Literal["up", "down"]
MAX_CITATIONS = 50

_WEB_ADDRESS = re.compile(r"https?://[^\s/?#]+", re.IGNORECASE)
_Source = Annotated[str, StringConstraints(min_length=1, max_length=1000)]


class CitedSpan(Frozen):
    """Characters of a source that the answer cited: a half-open range of Unicode code points."""

    source: _Source
    start: int = Field(ge=0, le=2**31)
    end: int = Field(ge=0, le=2**31)

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.end < self.start:
            raise ValueError("end is before start")
        return self


class Feedback(Frozen):
    """One verdict. `page_url` is where the widget stood; what follows its `?` or `#` is not kept."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "question": "What did Biden say about AUKUS?",
                    "answer": "Biden said the partners are exploring how Japan could join. [1]",
                    "verdict": "down",
                    "comment": "He said more than that.",
                    "citations": [{"source": "aukus.md", "start": 1032, "end": 1190}],
                }
            ]
        },
    )

    question: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=2000)]
    answer: str = Field(max_length=20_000)
    verdict: Verdict
    comment: Annotated[str, StringConstraints(strip_whitespace=True, max_length=2000)] | None = None
    citations: tuple[CitedSpan, ...] = Field(default=(), max_length=MAX_CITATIONS)
    page_url: str | None = Field(default=None, max_length=2000)

    @field_validator("page_url")
    @classmethod
    def _place_only(cls, value: str | None) -> str | None:
        if value is None or value == "":
            return None
        if not _WEB_ADDRESS.match(value):
            raise ValueError("must be an http or https address")
        scheme, _, rest = re.split(r"[?#]", value, maxsplit=1)[0].partition("://")
        name, slash, path = rest.partition("/")
        return f"{scheme}://{name.rpartition('@')[2]}{slash}{path}"


class KeptFeedback(Feedback):
    """One verdict as it is kept. `given_at` is ISO 8601 in UTC, in whole seconds."""

    id: str = Field(pattern=r"^[0-9a-f]{16}$")
    given_at: str

    @property
    def day(self) -> date:
        """The day it was given, in UTC."""
        return date.fromisoformat(self.given_at[:10])

    @property
    def line(self) -> bytes:
        """It as one line of JSON in ASCII, with its end: always the same bytes."""
        return json.dumps(self.model_dump(mode="json"), ensure_ascii=True).encode("ascii") + b"\n"


class FeedbackKeeper(Protocol):
    """Where verdicts are kept. Every method may raise `UpstreamUnavailable`, or `UpstreamRefused`."""

    @property
    def torn(self) -> int:
        """How many the last reading could not understand."""

    def add(self, feedback: Feedback) -> str:
        """Keep one for good, and give its id."""

    def read(self) -> Iterator[KeptFeedback]:
        """All of them, oldest first."""

    def forget(self, feedback_id: str) -> bool:
        """Remove one for good. Whether it was there."""

    def hand_over(self) -> None:
        """Begin to bring what waits in this process's data folder to where it belongs. Returns at once."""

    def close(self) -> None:
        """Stop what goes on behind it."""


def given_now(feedback: Feedback) -> KeptFeedback:
    """The verdict with an id of its own and the time."""
    return KeptFeedback(
        **feedback.model_dump(),
        id=secrets.token_hex(8),
        given_at=datetime.now(UTC).isoformat(timespec="seconds"),
    )


def parsed_line(line: bytes) -> KeptFeedback | None:
    """The verdict of a line; None when it is torn or no verdict."""
    try:
        return KeptFeedback.model_validate_json(line)
    except ValidationError:
        return None
