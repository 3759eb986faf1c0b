"""What went wrong in a run, counted by cause: the first thing to look at when a gate is closed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from eval.runs import CaseRun, Cause


def first_cause(case: CaseRun) -> Cause | None:
    """The most telling cause of the attempt that went wrong first; None for a case that is all right."""
    return next((one.problems[0].cause for one in case.attempts if one.problems), None)


def leading_causes(cases: Sequence[CaseRun], before: Sequence[CaseRun] = ()) -> list[tuple[Cause, int]]:
    """In how many cases each cause came first, the most frequent first.

    Of those that `before` has, only cases count that had no problem or another first cause there: what is new, rather
    than what is wrong with the engine anyway.
    """
    known = {case.key: first_cause(case) for case in before}
    found = ((case.key, first_cause(case)) for case in cases)
    return Counter(
        cause for key, cause in found if cause is not None and known.get(key) != cause
    ).most_common()
