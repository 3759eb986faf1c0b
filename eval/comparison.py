"""Two runs beside each other, paired by case: what was won, what was lost, and whether the difference is real.

A case is paired when both runs have it with the same words; its score is the mean of its attempts. Measures that one
case has no score for (the figures of abstention, percentiles of waiting) are paired all the same: intervals come from
resampling cases, p-values from swapping the runs case by case. P-values are of one measure each; among twenty, one
below .05 is to be expected by chance.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from eval.benchmarks.bootstrap import Resamples
from eval.failures import leading_causes
from eval.figure_samples import Sample, interval_of_difference, sample_of, swapped_p_value
from eval.measures import MEASURES, Measure
from eval.origins import differences
from eval.paired import CLOSE, mcnemar, permutation
from eval.runs import Attempt, CaseRun, Cause, Run
from service.answers import Frozen

Test = Literal["mcnemar", "permutation", "permutation-sampled"]


class MeasureComparison(Frozen):
    """One measure over the `cases` that both runs have a score for.

    `before` and `after` are the figures over these cases, `difference` the second minus the first with the ends of its
    95 % bootstrap interval. A win is a case that became better, whichever way is better. `p_value` is two-sided.
    """

    cases: int
    before: float
    after: float
    difference: float
    interval_low: float
    interval_high: float
    wins: int
    losses: int
    ties: int
    p_value: float
    test: Test


class Change(Frozen):
    """A case whose score changed, with both answers side by side."""

    key: str
    measure: str
    question: str
    before: float
    after: float
    answer_before: str
    answer_after: str


class Comparison(Frozen):
    """Two runs, by the names of measures, in their order.

    `regressions` and `improvements` are one for each case, by the measure that tells most; the largest come first.
    `reworded` are cases of one name whose gold differs; `changed` are paired cases whose answers differ in anything but
    time; `made_with` says what made the runs and differs. `new_causes` counts the cases in which something went wrong
    that did not before, by what comes first there, the most frequent first.
    """

    before: str
    after: str
    cases: int
    measures: Mapping[str, MeasureComparison]
    regressions: tuple[Change, ...]
    improvements: tuple[Change, ...]
    changed: tuple[str, ...]
    only_before: tuple[str, ...]
    only_after: tuple[str, ...]
    reworded: tuple[str, ...]
    made_with: tuple[str, ...]
    new_causes: tuple[tuple[Cause, int], ...] = ()

    @property
    def equal(self) -> bool:
        """Whether both runs gave the same answers to the same cases; how long they took aside."""
        return not (self.changed or self.only_before or self.only_after or self.reworded)


TELLING = (
    "correct",
    "fact_coverage",
    "source_precision",
    "citation_verbatim",
    "attribution",
    "support",
    "fidelity",
)
"""The measures that a change of a case is told by, the first that differs."""

Pair = tuple[CaseRun, CaseRun]


def compare(before: Run, after: Run) -> Comparison:
    """Compare two runs. Runs that share no case have no measures."""
    old, new = ({one.key: one for one in run.cases} for run in (before, after))
    both = [key for key in new if key in old]
    same = [key for key in both if _asks(old[key]) == _asks(new[key])]
    pairs = [(old[key], new[key]) for key in same]
    changes = [change for pair in pairs if (change := _change(pair)) is not None]
    return Comparison(
        before=before.id,
        after=after.id,
        cases=len(pairs),
        measures={
            name: compared
            for name, measure in MEASURES.items()
            if (compared := _compared(measure, pairs)) is not None
        },
        regressions=tuple(sorted((one for one in changes if one.after < one.before), key=_gravity)),
        improvements=tuple(sorted((one for one in changes if one.after > one.before), key=_gravity)),
        changed=tuple(one.key for one, other in pairs if _answers(one) != _answers(other)),
        only_before=tuple(key for key in old if key not in new),
        only_after=tuple(key for key in new if key not in old),
        reworded=tuple(key for key in both if key not in same),
        made_with=tuple(differences(before, after)),
        new_causes=tuple(leading_causes([new for _, new in pairs], [old for old, _ in pairs])),
    )


def case_score(case: CaseRun, measure: str) -> float | None:
    """The mean of a case's attempts; None where the measure applies to none of them."""
    found = [value for one in case.attempts if (value := one.scores.get(measure)) is not None]
    return sum(found) / len(found) if found else None


def _compared(measure: Measure, pairs: Sequence[Pair]) -> MeasureComparison | None:
    sample = sample_of(measure.name)
    return _by_case(measure, pairs) if sample is None else _by_figure(measure, sample, pairs)


def _by_case(measure: Measure, pairs: Sequence[Pair]) -> MeasureComparison | None:
    scored = [
        (old, new)
        for one, other in pairs
        if (old := case_score(one, measure.name)) is not None
        and (new := case_score(other, measure.name)) is not None
    ]
    if not scored:
        return None
    values = np.array(scored, dtype=np.float64)
    differing = values[:, 1] - values[:, 0]
    estimate = Resamples(len(scored)).means(differing[:, None])[0]
    wins, losses = _won_and_lost(differing, measure.better == "higher")
    test: Test = "mcnemar"
    if np.isin(values, (0.0, 1.0)).all():
        p_value = mcnemar(wins, losses)
    else:
        p_value, exact = permutation(differing)
        test = "permutation" if exact else "permutation-sampled"
    return MeasureComparison(
        cases=len(scored),
        before=float(values[:, 0].mean()),
        after=float(values[:, 1].mean()),
        difference=estimate.value,
        interval_low=estimate.low,
        interval_high=estimate.high,
        wins=wins,
        losses=losses,
        ties=len(scored) - wins - losses,
        p_value=p_value,
        test=test,
    )


def _by_figure(measure: Measure, sample: Sample, pairs: Sequence[Pair]) -> MeasureComparison | None:
    rows = [(sample.row(one), sample.row(other)) for one, other in pairs]
    both = [(one, other) for one, other in rows if one and other]
    if not both:
        return None
    old = np.array([one for one, _ in both], dtype=np.float64)
    new = np.array([other for _, other in both], dtype=np.float64)
    before, after = sample.figure(old), sample.figure(new)
    if before is None or after is None:
        return None
    low, high = interval_of_difference(sample, old, new)
    wins, losses = _won_and_lost(sample.worth(new) - sample.worth(old), sample.more_is_better)
    return MeasureComparison(
        cases=len(both),
        before=before,
        after=after,
        difference=after - before,
        interval_low=low,
        interval_high=high,
        wins=wins,
        losses=losses,
        ties=len(both) - wins - losses,
        p_value=swapped_p_value(sample, old, new),
        test="permutation-sampled",
    )


def _won_and_lost(differing: NDArray[np.float64], more_is_better: bool) -> tuple[int, int]:
    rose, fell = int((differing > CLOSE).sum()), int((differing < -CLOSE).sum())
    return (rose, fell) if more_is_better else (fell, rose)


def _change(pair: Pair) -> Change | None:
    for measure in TELLING:
        old, new = (case_score(one, measure) for one in pair)
        if old is not None and new is not None and abs(new - old) > CLOSE:
            return Change(
                key=pair[0].key,
                measure=measure,
                question=pair[0].case.question,
                before=old,
                after=new,
                answer_before=_told(pair[0].attempts),
                answer_after=_told(pair[1].attempts),
            )
    return None


def _gravity(change: Change) -> tuple[int, float, str]:
    return TELLING.index(change.measure), -abs(change.after - change.before), change.key


def _told(attempts: Sequence[Attempt]) -> str:
    """The answer of the last attempt, as a reader would see it."""
    answer, error = attempts[-1].answer, attempts[-1].error
    if answer is None:
        return f"(no answer: {error})"
    if answer.status == "abstained":
        return f"(abstained: {answer.reason})"
    sides = [side.text for conflict in answer.disagreements for side in conflict.sides]
    return answer.answer + (f" (sides: {' | '.join(sides)})" if sides else "")


def _asks(case: CaseRun) -> object:
    """What makes a case what it is; its line in a file and the notes beside it do not."""
    return replace(case.case, line=0, note="", tags=())


def _answers(case: CaseRun) -> list[object]:
    """The answers without times; what they were made of counts, so that nothing changes unseen."""
    return [
        (
            one.error,
            one.found,
            None if one.answer is None else one.answer.model_dump(exclude={"timings_ms"}),
        )
        for one in case.attempts
    ]
