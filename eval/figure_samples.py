"""Figures that no single case has a score for, as functions of cases that can be resampled and swapped.

A case is a row of numbers, a figure a function of many rows. Intervals are percentile bootstrap intervals over cases
(Efron and Tibshirani, 1993, chapter 13), p-values those of a paired permutation test: what the figure would differ by
if it were a coin's toss, case by case, which run gave which row (Good, "Permutation, Parametric and Bootstrap Tests of
Hypotheses", 2005, chapter 3). All draws are the same each time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from eval.benchmarks.bootstrap import LEVEL, SEED
from eval.paired import CLOSE
from eval.runs import CaseRun

Rows = NDArray[np.float64]
"""The cases of a run, (cases, numbers); or those of many resamples of it, (resamples, cases, numbers)."""

RESAMPLES = 1000
SWAPS = 2000
AT_ONCE = 200
"""Resamples that are in memory together."""


@dataclass(frozen=True, slots=True)
class Sample:
    """`row` makes a case's numbers, empty where the figure leaves it out. `figures` takes resamples and gives a figure
    for each, NaN where it is undefined. `worth` is one number a row, by which wins and losses are counted, less of it
    being better where `more_is_better` is False."""

    row: Callable[[CaseRun], tuple[float, ...]]
    figures: Callable[[Rows], NDArray[np.float64]]
    worth: Callable[[Rows], NDArray[np.float64]]
    more_is_better: bool = True

    def figure(self, rows: Rows) -> float | None:
        """The figure of some cases; None where it is undefined."""
        value = float(self.figures(rows[None])[0])
        return None if np.isnan(value) else value


def sample_of(measure: str) -> Sample | None:
    """How a figure is sampled; None for measures that each case has a score for."""
    return _SAMPLES.get(measure)


def interval(sample: Sample, rows: Rows) -> tuple[float, float]:
    """The ends of a figure's interval, at the level of `eval.benchmarks.bootstrap`. Needs at least one row."""
    return _ends(np.concatenate([sample.figures(rows[drawn]) for drawn in _draws(len(rows))]))


def interval_of_difference(sample: Sample, before: Rows, after: Rows) -> tuple[float, float]:
    """The same for the difference of two figures over the same cases, row by row."""
    found = [sample.figures(after[drawn]) - sample.figures(before[drawn]) for drawn in _draws(len(before))]
    return _ends(np.concatenate(found))


def swapped_p_value(sample: Sample, before: Rows, after: Rows) -> float:
    """How often runs swapped case by case differ at least as much as they do; two-sided, never nought."""
    old, new = sample.figure(before), sample.figure(after)
    if old is None or new is None or np.array_equal(before, after):
        return 1.0
    observed = abs(new - old) - CLOSE
    generator, extreme = np.random.default_rng(SEED), 0
    for _ in range(SWAPS // AT_ONCE):
        swapped = generator.integers(0, 2, size=(AT_ONCE, len(before), 1)).astype(bool)
        one = sample.figures(np.where(swapped, after, before))
        other = sample.figures(np.where(swapped, before, after))
        extreme += int((~(np.abs(other - one) < observed)).sum())  # undefined ones count: they say nothing
    return (extreme + 1) / (SWAPS + 1)


def _draws(size: int) -> Iterator[NDArray[np.int64]]:
    """Indices of the resampled cases, (AT_ONCE, size) at a time."""
    generator = np.random.default_rng(SEED)
    for _ in range(RESAMPLES // AT_ONCE):
        yield generator.integers(0, size, size=(AT_ONCE, size))


def _ends(values: NDArray[np.float64]) -> tuple[float, float]:
    low, high = np.nanquantile(values, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return float(low), float(high)


def _abstention(place: int) -> Sample:
    """Precision (0), recall (1) or F1 (2) of abstaining: rows are (unanswerable, share of attempts that abstained)."""

    def figures(rows: Rows) -> NDArray[np.float64]:
        positive, detected = rows[..., 0], rows[..., 1]
        hits = (positive * detected).sum(axis=-1)
        abstained, unanswerable = detected.sum(axis=-1), positive.sum(axis=-1)
        above, below = [(hits, abstained), (hits, unanswerable), (2 * hits, abstained + unanswerable)][place]
        return np.asarray(np.divide(above, below, out=np.full(below.shape, np.nan), where=below > 0))

    return Sample(_abstained, figures, lambda rows: 1 - np.abs(rows[:, 0] - rows[:, 1]))


def _abstained(case: CaseRun) -> tuple[float, ...]:
    shares = [one.answer is not None and one.answer.status == "abstained" for one in case.attempts]
    return float(case.case.abstain), sum(shares) / len(shares)


def _latency(percent: float) -> Sample:
    """A percentile of waiting: rows are the mean milliseconds of a case's attempts that brought an answer."""

    def figures(rows: Rows) -> NDArray[np.float64]:
        return np.asarray(np.percentile(rows[..., 0], percent, axis=-1), dtype=np.float64)

    return Sample(_waited, figures, lambda rows: rows[:, 0], more_is_better=False)


def _waited(case: CaseRun) -> tuple[float, ...]:
    waits = [one.latency_ms for one in case.attempts if one.answer is not None]
    return (sum(waits) / len(waits),) if waits else ()


_SAMPLES: Mapping[str, Sample] = MappingProxyType(
    {
        "abstention_precision": _abstention(0),
        "abstention_recall": _abstention(1),
        "abstention_f1": _abstention(2),
        "latency_p50_ms": _latency(50),
        "latency_p95_ms": _latency(95),
    }
)
