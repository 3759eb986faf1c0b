"""What a judging model said of a run: grades, their means, and how far they agree with each other and the measures.

Kept apart from the measures: a judge changes with its model and errs in ways of its own, so no gate looks at it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import Field

from eval.agreement import cohen_kappa, fleiss_kappa, raw_agreement
from service.answers import Frozen, PromptReference, Usage

BEST = 2
"""Grades are 0, 1 and 2."""


class Grade(Frozen):
    """One judgement: both grades from 0 to 2, and why in one sentence."""

    correctness: int = Field(ge=0, le=BEST, strict=True)
    faithfulness: int = Field(ge=0, le=BEST, strict=True)
    reason: str = ""


class Judged(Frozen):
    """What was said of one answer: the grades that could be read, and how many replies could not."""

    key: str
    grades: tuple[Grade, ...] = ()
    unreadable: int = 0
    failed: int = 0

    @property
    def correctness(self) -> float | None:
        """Mean grade over the best one, 0..1."""
        return _mean([grade.correctness / BEST for grade in self.grades])

    @property
    def faithfulness(self) -> float | None:
        """Mean grade over the best one, 0..1."""
        return _mean([grade.faithfulness / BEST for grade in self.grades])


class Judgements(Frozen):
    """A run as a model judged it.

    `correctness` and `faithfulness` are means over answers, 0..1. `raw_agreement` is the mean share of agreeing pairs
    among the repeated grades of an answer, over both scales; the kappas of Fleiss are the same beyond chance, over
    answers all of whose replies could be read. `measure_kappa` is Cohen's, between "correctness is 2" and the measure
    `correct`: whether the judge may be believed at all. `usage` is what was spent now, without what was cached.
    """

    model: str
    prompt: PromptReference
    repeats: int
    answers: tuple[Judged, ...]
    correctness: float | None
    faithfulness: float | None
    raw_agreement: float | None
    correctness_kappa: float | None
    faithfulness_kappa: float | None
    measure_kappa: float | None
    unreadable: int
    failed: int
    usage: Usage


def judgements(
    answers: Sequence[Judged], correct: Mapping[str, float | None], repeats: int, **made_by: Any
) -> Judgements:
    """The figures over `answers`; `correct` is the measure of that name by the answers' keys, `made_by` the fields that
    say who judged."""
    whole = [one for one in answers if len(one.grades) == repeats]
    correctness = [[grade.correctness for grade in one.grades] for one in whole]
    faithfulness = [[grade.faithfulness for grade in one.grades] for one in whole]
    both = [(one.correctness == 1.0, correct.get(one.key) == 1.0) for one in answers if one.grades]
    return Judgements(
        repeats=repeats,
        answers=tuple(answers),
        correctness=_mean([one.correctness for one in answers]),
        faithfulness=_mean([one.faithfulness for one in answers]),
        raw_agreement=raw_agreement([*correctness, *faithfulness]),
        correctness_kappa=fleiss_kappa(correctness),
        faithfulness_kappa=fleiss_kappa(faithfulness),
        measure_kappa=cohen_kappa([judged for judged, _ in both], [measured for _, measured in both]),
        unreadable=sum(one.unreadable for one in answers),
        failed=sum(one.failed for one in answers),
        **made_by,
    )


def _mean(values: Sequence[float | None]) -> float | None:
    present = [value for value in values if value is not None]
    return math.fsum(present) / len(present) if present else None
