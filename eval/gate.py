"""The gate: whether a run is good enough, and not worse than it may be.

A threshold is compared with the figure as it was measured (`measured`). With some thirty to two hundred cases a figure
moves by chance alone, so there are two other ways, by the ends of its 95 % bootstrap interval over cases:

    certain     fail only when even the better end misses the threshold: noise never fails a build
    possible    fail when the worse end misses it: what cannot be ruled out fails

Regressions are treated alike, by the difference paired by case and its interval: `certain` fails only when the whole
interval lies beyond what may be lost. The same answers never regress, whichever way is taken.

A measure that applies to no case fails its threshold: a gate that measures nothing must not be open.
"""

from __future__ import annotations

from typing import Literal

import numpy as np

from eval.benchmarks.bootstrap import Resamples
from eval.comparison import Comparison, case_score
from eval.figure_samples import interval, sample_of
from eval.measures import MEASURES
from eval.paired import CLOSE
from eval.runs import Run
from eval.thresholds import FailWhen, Thresholds
from service.answers import Frozen


class Check(Frozen):
    """One requirement. `measured` is the figure, or for a regression what was lost (negative: gained); `low` and `high`
    are the ends of its interval, where `reason` speaks of them."""

    measure: str
    required: float
    measured: float | None
    passed: bool
    reason: str
    kind: Literal["threshold", "regression"]
    low: float | None = None
    high: float | None = None


class Verdict(Frozen):
    """Whether every requirement is met. `flaky` are cases that came out differently when asked again."""

    passed: bool
    checks: tuple[Check, ...]
    flaky: tuple[str, ...] = ()


def judge(run: Run, thresholds: Thresholds, comparison: Comparison | None = None) -> Verdict:
    """Check a run. `comparison` is with its baseline; without one, regressions are not checked."""
    checks = [
        _threshold(run, name, required, thresholds.fail_when)
        for name, required in thresholds.fail_under.items()
    ]
    if comparison is not None:
        checks += [
            _regression(comparison, name, allowed, thresholds.fail_when)
            for name, allowed in thresholds.max_regression.items()
        ]
    return Verdict(passed=all(check.passed for check in checks), checks=tuple(checks), flaky=flaky(run))


def flaky(run: Run) -> tuple[str, ...]:
    """The cases that were right one time and wrong another."""
    return tuple(
        case.key
        for case in run.cases
        if len({attempt.scores.get("correct") == 1.0 for attempt in case.attempts}) > 1
    )


def figure_interval(run: Run, measure: str) -> tuple[float, float] | None:
    """The 95 % bootstrap interval of a figure over cases; None where no case is measured."""
    sample = sample_of(measure)
    if sample is not None:
        rows = np.array([row for case in run.cases if (row := sample.row(case))], dtype=np.float64)
        return interval(sample, rows) if rows.size else None
    values = [value for case in run.cases if (value := case_score(case, measure)) is not None]
    if not values:
        return None
    estimate = Resamples(len(values)).means(np.array(values, dtype=np.float64)[:, None])[0]
    return estimate.low, estimate.high


def _threshold(run: Run, name: str, required: float, fail_when: FailWhen) -> Check:
    figure = run.figures.get(name)
    value = None if figure is None else figure.value
    ends = None if value is None or fail_when == "measured" else figure_interval(run, name)
    higher = MEASURES[name].better == "higher"
    sign = "at least" if higher else "at most"
    if value is None:
        return _check(name, required, None, False, "no case measures it", "threshold")
    judged = value if ends is None else ends[0] if (fail_when == "possible") == higher else ends[1]
    passed = judged >= required - CLOSE if higher else judged <= required + CLOSE
    words = (
        f"{name} is {shown(name, value)}{_between(name, ends)}; {sign} {shown(name, required)} is required"
    )
    return _check(name, required, value, passed, words, "threshold", ends)


def _regression(comparison: Comparison, name: str, allowed: float, fail_when: FailWhen) -> Check:
    compared = comparison.measures.get(name)
    if compared is None:
        reason = "no case measures it in both runs"
        return _check(name, allowed, None, False, reason, "regression")
    higher = MEASURES[name].better == "higher"
    lost = -compared.difference if higher else compared.difference
    low, high = compared.interval_low, compared.interval_high
    ends = (-high, -low) if higher else (low, high)
    judged = lost if fail_when == "measured" else ends[0] if fail_when == "certain" else ends[1]
    words = (
        f"{name} went from {shown(name, compared.before)} to {shown(name, compared.after)}: "
        f"{shown(name, abs(lost))} {'lost' if lost > 0 else 'gained'}"
        f"{_between(name, None if fail_when == 'measured' else ends)}, p = {compared.p_value:.3f}; "
        f"at most {shown(name, allowed)} may be lost"
    )
    shown_ends = None if fail_when == "measured" else ends
    return _check(name, allowed, lost, judged <= allowed + CLOSE, words, "regression", shown_ends)


def _check(
    name: str,
    required: float,
    measured: float | None,
    passed: bool,
    reason: str,
    kind: Literal["threshold", "regression"],
    ends: tuple[float, float] | None = None,
) -> Check:
    low, high = ends or (None, None)
    return Check(
        measure=name,
        required=required,
        measured=measured,
        passed=passed,
        reason=reason,
        kind=kind,
        low=low,
        high=high,
    )


def shown(measure: str, value: float) -> str:
    """A value of a measure as people read it."""
    unit = MEASURES[measure].unit
    if unit == "share":
        return f"{value:.3f}".replace("-0.000", "0.000")
    if unit == "ms":
        return f"{value:,.0f} ms"
    return f"${value:.4f}" if unit == "usd" else f"{value:,.0f} {unit}"


def _between(measure: str, ends: tuple[float, float] | None) -> str:
    return "" if ends is None else f" (95 % interval {shown(measure, ends[0])} to {shown(measure, ends[1])})"
