"""The figures of a run: means over cases, the detection figures of abstention, and percentiles of waiting."""

from __future__ import annotations

import math
from collections.abc import Sequence

from eval.measures_catalogue import MEASURES, PER_CASE
from eval.runs import Attempt, CaseRun, Figure


def figures(cases: Sequence[CaseRun]) -> dict[str, Figure]:
    """Every measure over the cases it applies to.

    A case that was asked several times counts once, with the mean of its attempts. Of abstention, each of its n
    attempts weighs 1/n. Waiting is taken over all attempts that brought an answer.
    """
    found = {name: _mean([_case_mean(case, name) for case in cases]) for name in PER_CASE}
    found |= _abstention(cases)
    waited = [one.latency_ms for case in cases for one in case.attempts if one.answer is not None]
    answered = sum(any(one.answer is not None for one in case.attempts) for case in cases)
    found["latency_p50_ms"] = Figure(value=percentile(waited, 50), n=answered)
    found["latency_p95_ms"] = Figure(value=percentile(waited, 95), n=answered)
    return {name: found[name] for name in MEASURES}


def percentile(values: Sequence[float], percent: float) -> float | None:
    """The value below which `percent` of the values lie, interpolated linearly between the two nearest, as numpy and
    most spreadsheets do (Hyndman and Fan, "Sample Quantiles in Statistical Packages", 1996, type 7); None of none."""
    if not values:
        return None
    ordered = sorted(values)
    place = (len(ordered) - 1) * percent / 100
    low = math.floor(place)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (ordered[high] - ordered[low]) * (place - low)


def detection(pairs: Sequence[tuple[bool, bool, float]]) -> tuple[float | None, float | None, float | None]:
    """Precision, recall and F1 of a detector, from (is positive, was detected, weight).

    Precision is None when nothing was detected, recall when nothing is positive, F1 when neither is the case.
    """
    hits = sum(weight for positive, detected, weight in pairs if positive and detected)
    detected_weight = sum(weight for _, detected, weight in pairs if detected)
    positive_weight = sum(weight for positive, _, weight in pairs if positive)
    both = detected_weight + positive_weight
    return (
        hits / detected_weight if detected_weight else None,
        hits / positive_weight if positive_weight else None,
        2 * hits / both if both else None,
    )


def _abstention(cases: Sequence[CaseRun]) -> dict[str, Figure]:
    pairs = [
        (case.case.abstain, _abstained(one), 1 / len(case.attempts))
        for case in cases
        for one in case.attempts
    ]
    precision, recall, f1 = detection(pairs)
    abstained = {case.key for case in cases if any(_abstained(one) for one in case.attempts)}
    unanswerable = {case.key for case in cases if case.case.abstain}
    return {
        "abstention_precision": Figure(value=precision, n=len(abstained)),
        "abstention_recall": Figure(value=recall, n=len(unanswerable)),
        "abstention_f1": Figure(value=f1, n=len(abstained | unanswerable)),
    }


def _abstained(attempt: Attempt) -> bool:
    return attempt.answer is not None and attempt.answer.status == "abstained"


def _case_mean(case: CaseRun, name: str) -> float | None:
    return _mean([attempt.scores.get(name) for attempt in case.attempts]).value


def _mean(values: Sequence[float | None]) -> Figure:
    present = [value for value in values if value is not None]
    return Figure(value=math.fsum(present) / len(present) if present else None, n=len(present))
