"""The end of an answer: what was said, who said it, what is missing and why; or the abstention and what was closest."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from service.answers import NOTHING_USED, Answer, Diagnostics, Dropped, Timings, Usage
from service.citing import Citations
from service.composing import closest, differing
from service.drafting import Draft
from service.extractive import Choice
from service.generative import Outcome
from service.questions import Question

if TYPE_CHECKING:
    from service.part_proposals import Proposal

CLOSEST_SHOWN = 2


@dataclass(frozen=True, slots=True)
class Part:
    """A question, or one of several in a compound one; what the articles' own sentences say; and whether that was
    said."""

    question: Question
    choice: Choice
    answered: bool = False


@dataclass(frozen=True, slots=True)
class Writing:
    """How a model's part of an answer went. `trouble` says what readers are told when it did not go well, `note` what
    they are told when something was added to it."""

    outcome: Outcome
    trouble: str | None = None
    note: str | None = None
    unfit: tuple[Dropped, ...] = ()
    """Verified statements that cannot answer the question."""


def conclude(
    text: str,
    standalone: str | None,
    parts: Sequence[Part],
    draft: Draft,
    writing: Writing | None,
    timings: Timings,
    *,
    nearest: Citations,
    empty: str | None,
    proposal: Proposal | None = None,
    before: Usage = NOTHING_USED,
) -> Answer:
    """The whole answer.

    Args:
        text: the question as it was asked; `standalone` as it was understood, where that differs.
        nearest: collects what was closest, for an abstention.
        empty: why no article could be asked at all.
        proposal: how a model took the question apart, where it was asked to.
        before: what a model took for making a follow-up stand alone.
    """
    said = draft.statements
    by_model = writing is not None and (bool(_written(draft)) or not writing.trouble)
    reason = empty or _reason(parts, draft, writing)
    diagnostics = writing.outcome.diagnostics if writing else Diagnostics()
    dropped = (*diagnostics.dropped, *writing.unfit) if writing else ()
    answer = Answer(
        status="answered" if said else "abstained",
        question=" ".join(text.split()),
        answer=draft.text if said else not_answered(reason),
        reason=reason,
        statements=said,
        engine="llm" if by_model else "extractive",
        engine_note=(writing.trouble or writing.note) if writing else None,
        timings_ms=timings,
        diagnostics=diagnostics.model_copy(
            update={
                "standalone_question": standalone,
                "dropped": dropped,
                "question_parts": proposal.report if proposal else None,
            }
        ),
    )
    if writing is not None:
        spent = writing.outcome
        answer = answer.model_copy(
            update={
                "model": spent.model,
                "prompt": spent.prompt,
                "usage": spent.usage.plus(proposal.usage if proposal else NOTHING_USED).plus(before),
            }
        )
    if not said:
        for part in parts:
            nearest.cite(closest(part.choice, CLOSEST_SHOWN))
        return answer.model_copy(update={"closest": nearest.all()[:CLOSEST_SHOWN]})
    conflicts = tuple(
        conflict
        for part in parts
        if part.answered or (by_model and part.choice.refusal is None)
        for conflict in differing(part.question, part.choice, draft.citations)
    )
    return answer.model_copy(update={"disagreements": conflicts, "citations": draft.citations.all()})


def not_answered(reason: str | None) -> str:
    """What an abstention says."""
    return f"The articles do not answer this. {reason}"


def told_only(text: str, answer: str, reason: str, used: Usage = NOTHING_USED) -> Answer:
    """An abstention for which nothing had to be composed."""
    question = " ".join(text.split())
    return Answer(status="abstained", question=question, answer=answer, reason=reason, usage=used)


def unclear(text: str, used: Usage = NOTHING_USED) -> Answer:
    """The abstention from a follow-up that refers to nothing that was said; `used` by the model that was asked."""
    reason = "It is not clear what the question refers to."
    return told_only(text, reason, reason, used)


def _written(draft: Draft) -> list[str]:
    return [statement.text for statement in draft.statements if statement.support == "verified"]


def _reason(parts: Sequence[Part], draft: Draft, writing: Writing | None) -> str | None:
    """Why there is no answer, or which parts of the question have none."""
    if writing is not None and (not writing.trouble or _written(draft)):
        if draft.statements:
            return None
        refusal = parts[0].choice.refusal
        return refusal.reason if refusal else "The model found no answer in the passages."
    return " ".join(_why(part, len(parts) > 1) for part in parts if not part.answered) or None


def _why(part: Part, is_part: bool) -> str:
    refusal = part.choice.refusal
    reason = refusal.reason if refusal else "What was found did not pass verification."
    return f"“{part.question.text.rstrip('?')}?”: {reason}" if is_part else reason
