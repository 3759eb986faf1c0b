"""What Dateline says, and the words it rests on: Passage, Citation, Statement, Answer.

These are pydantic models because they are the wire format of the HTTP API and of `--json`, and frozen because an
answer that has been verified must not change afterwards.
"""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class Frozen(BaseModel):
    """Immutable, and strict about unknown fields."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Passage(Frozen):
    """A retrieved chunk: `text == article.text[start:end]`. `score` orders passages of one search only."""

    article_id: str
    source: str
    title: str | None = None
    outlet: str | None = None
    published_at: str | None = None
    text: str
    start: int
    end: int
    line: int = 1
    score: float


class Citation(Frozen):
    """Verbatim words of a named source: `quote == article.text[start:end]`; `line` is 1-based.

    `speaker` is who said the quoted words, where the article attributes them; `also_in` lists sources that carry
    the same words (near-copies of one story).
    """

    id: int
    article_id: str
    source: str
    title: str | None = None
    outlet: str | None = None
    published_at: str | None = None
    quote: str
    start: int
    end: int
    line: int
    speaker: str | None = None
    url: str
    also_in: tuple[str, ...] = ()


class Statement(Frozen):
    """One thing Dateline says. `verbatim`: an article's own words (a referent may be added in square brackets,
    … stands where words are left out, and Markdown's marks are dropped); `verified`: written by a model and checked
    against the cited words."""

    text: str
    citations: tuple[int, ...] = Field(min_length=1)
    support: Literal["verbatim", "verified"]


class Side(Frozen):
    """One side of a disagreement."""

    text: str
    citations: tuple[int, ...] = Field(min_length=1)


class Disagreement(Frozen):
    """Sources that cannot all be right, side by side."""

    about: str
    sides: tuple[Side, ...] = Field(min_length=2)


class PromptReference(Frozen):
    """Which prompt file made the answer, and the hash of its bytes."""

    name: str
    hash: str


class Usage(Frozen):
    """What a model was given and gave, in tokens; `cost_usd` is None when no price is known."""

    prompt_tokens: int = 0
    completion_tokens: int = 0
    cost_usd: float | None = None

    def plus(self, other: Usage) -> Usage:
        """Both together; no cost is known unless that of each is."""
        if not other.prompt_tokens and not other.completion_tokens:
            return self
        known = self.cost_usd is not None and other.cost_usd is not None
        return Usage(
            prompt_tokens=self.prompt_tokens + other.prompt_tokens,
            completion_tokens=self.completion_tokens + other.completion_tokens,
            cost_usd=(self.cost_usd or 0) + (other.cost_usd or 0) if known else None,
        )


NOTHING_USED = Usage()

DropReason = Literal[
    "quotation", "value", "name", "attribution", "unsupported", "uncited", "off-topic", "repeated", "empty"
]


class Dropped(Frozen):
    """Something a model wrote that is not shown: `text` as it wrote it, and which of its words failed the check."""

    text: str
    reason: DropReason
    words: str = ""


PartProblem = Literal["words", "outlet", "date", "value", "short", "long", "many", "repeated"]


class RejectedPart(Frozen):
    """A part of the question as a model proposed it, and why it was not searched for."""

    text: str
    reason: PartProblem


class QuestionParts(Frozen):
    """How a model took the question apart: the parts that were searched for, those that were not, and what went wrong
    with the model, if anything did."""

    prompt: PromptReference
    accepted: tuple[str, ...] = ()
    rejected: tuple[RejectedPart, ...] = ()
    trouble: str | None = None


class Diagnostics(Frozen):
    """How an answer came about, for engineers: never shown to readers.

    `written` counts the statements a model wrote, `repaired` those whose citation Dateline had to find or replace.
    `question_parts` is set where a model was asked to take the question apart.
    """

    standalone_question: str | None = None
    question_parts: QuestionParts | None = None
    written: int = 0
    repaired: int = 0
    dropped: tuple[Dropped, ...] = ()


class Timings(Frozen):
    """Wall-clock milliseconds per step."""

    retrieve: float = 0
    compose: float = 0
    verify: float = 0


class Answer(Frozen):
    """The whole reply. `answer` repeats the statements as prose with `[n]` markers; when `status` is
    `abstained` there are no statements, `reason` says why and `closest` holds the nearest thing found."""

    status: Literal["answered", "abstained"]
    question: str
    answer: str
    reason: str | None = None
    statements: tuple[Statement, ...] = ()
    citations: tuple[Citation, ...] = ()
    disagreements: tuple[Disagreement, ...] = ()
    closest: tuple[Citation, ...] = ()
    engine: Literal["extractive", "llm"] = "extractive"
    engine_note: str | None = None
    model: str | None = None
    prompt: PromptReference | None = None
    usage: Usage = Usage()
    timings_ms: Timings = Timings()
    diagnostics: Diagnostics = Diagnostics()


class AttributedQuotation(Frozen):
    """One row of `dateline quotes`: `quote == article.text[start:end]`, said by `speaker`."""

    article_id: str
    source: str
    title: str | None = None
    outlet: str | None = None
    published_at: str | None = None
    speaker: str | None
    kind: Literal["direct", "indirect"]
    quote: str
    start: int
    end: int
    line: int
    context: str
    url: str
