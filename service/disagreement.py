"""Sources that cannot all be right: the same thing counted, dated or priced differently."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from service.candidates import Candidate
from service.extractive import Chosen
from service.fitness import asked_values, counts
from service.question_patterns import KIND_WORDS
from service.questions import Question
from service.terms import fold, terms_of
from service.values import Value

LEAST_SHARED = 0.6
"""Share of the chosen statement's matched topic that a contradicting one has to match too."""


@dataclass(frozen=True, slots=True)
class Conflict:
    """Candidates that give different values for what was asked; the chosen one first."""

    about: str
    sides: tuple[Candidate, ...]


def disagreements(
    question: Question, considered: Sequence[Candidate], chosen: Sequence[Chosen]
) -> tuple[Conflict, ...]:
    """Conflicts over the asked value between the best statement and candidates of other articles.

    Only for questions that ask for one value. Rounded and exact figures agree within 2 %.
    """
    if not chosen:
        return ()
    best = chosen[0].scored.candidate
    ours = _asked_value(question, best)
    if ours is None:
        return ()
    matched = [term for term in question.topic if term.matches(best.keys)]
    named = [
        term for term in terms_of(question.text) if fold(term.surface) in KIND_WORDS.get(question.kind, ())
    ]
    sides = [best]
    seen = [ours]
    for candidate in considered:
        if candidate.article.article_id in {side.article.article_id for side in sides}:
            continue
        around = candidate.keys | candidate.surroundings | candidate.reading.lead_keys
        also = [term for term in named if term.matches(candidate.keys)]
        shared = [*also, *(term for term in matched if term.matches(around))]
        own = any(term.matches(candidate.keys) for term in (*matched, *named))
        if (
            not own
            or len(shared) < LEAST_SHARED * (len(also) + len(matched))
            or any(not term.matches(around) for term in question.names)
        ):
            continue
        theirs = _asked_value(question, candidate)
        if theirs is None or any(_agree(theirs, value) for value in seen):
            continue
        sides.append(candidate)
        seen.append(theirs)
    return (Conflict(question.text, tuple(sides)),) if len(sides) > 1 else ()


def _asked_value(question: Question, candidate: Candidate) -> Value | None:
    """The value in the candidate that answers the question, when there is exactly one contender in figures."""
    text = candidate.text
    values = [value for value in asked_values(question, text) if value.kind != "words"]
    if question.counted:
        values = [value for value in values if counts(question, text, value)]
    return values[0] if len(values) == 1 else None


def _agree(left: Value, right: Value) -> bool:
    if left.agrees(right):
        return True
    try:
        a, b = (float(value.normal.strip("%").split()[-1]) for value in (left, right))
    except ValueError:
        return False
    return abs(a - b) <= 0.02 * max(abs(a), abs(b))
