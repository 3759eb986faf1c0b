"""From samples of a load run to figures: latencies, the slope of memory, the time until all is well again."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np
from numpy.typing import NDArray

from eval.benchmarks.load_driver import UNANSWERED

OK = 200
LEVEL = 0.95
_Z = 1.959964
"""The standard normal's quantile for `LEVEL`, two-sided."""

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Samples:
    """What became of each question, as `load_driver.Notes` has it."""

    begun_s: Floats
    took_s: Floats
    status: NDArray[np.int16]
    kept: NDArray[np.bool_]
    stretch: NDArray[np.int8]

    @classmethod
    def load(cls, file: Path) -> Self:
        """Those that a driver wrote."""
        with np.load(file) as arrays:
            return cls(**{name: arrays[name] for name in cls.__dataclass_fields__})

    def where(self, chosen: NDArray[np.bool_]) -> Samples:
        """Those that are chosen."""
        return Samples(
            self.begun_s[chosen],
            self.took_s[chosen],
            self.status[chosen],
            self.kept[chosen],
            self.stretch[chosen],
        )

    def of(self, stretch: int) -> Samples:
        """Those asked in one stretch."""
        return self.where(self.stretch == stretch)

    @property
    def answered(self) -> Samples:
        """Those that were answered."""
        return self.where(self.status == OK)


@dataclass(frozen=True, slots=True)
class Latency:
    """How a stretch of `seconds` went. Milliseconds are those of the answered (status 200); None without any.

    `kept_share` is the share of the answered whose answer the server had kept.
    """

    seconds: float
    requests: int
    by_status: dict[str, int]
    answered_per_s: float
    p50_ms: float | None
    p95_ms: float | None
    p99_ms: float | None
    longest_ms: float | None
    kept_share: float

    @property
    def errors(self) -> int:
        """Requests that were not answered with 200."""
        return self.requests - self.by_status.get(str(OK), 0)


def latency_of(samples: Samples, seconds: float) -> Latency:
    """The figures of samples gathered in so many seconds."""
    counted = Counter(int(status) for status in samples.status)
    named = {"no answer" if status == UNANSWERED else str(status): n for status, n in sorted(counted.items())}
    answered = samples.answered
    took_ms = answered.took_s * 1000
    quantiles = [float(one) for one in np.quantile(took_ms, [0.5, 0.95, 0.99, 1.0])] if len(took_ms) else []
    p50, p95, p99, longest = quantiles or (None,) * 4
    return Latency(
        seconds=seconds,
        requests=len(samples.status),
        by_status=named,
        answered_per_s=len(took_ms) / seconds,
        p50_ms=p50,
        p95_ms=p95,
        p99_ms=p99,
        longest_ms=longest,
        kept_share=float(answered.kept.mean()) if len(took_ms) else 0.0,
    )


@dataclass(frozen=True, slots=True)
class Slope:
    """A change a minute, with its interval (`LEVEL`)."""

    per_minute: float
    low: float
    high: float


def slope_of(times_s: Floats, values: Floats) -> Slope | None:
    """The median of the slopes between all pairs (Theil 1950, Sen 1968), and Sen's interval by Kendall's variance.

    One burst does not move it. Neighbouring samples are alike, so that the true interval is wider. None for fewer than
    three moments.
    """
    count = len(times_s)
    if count < 3:
        return None
    first, second = np.triu_indices(count, 1)
    apart = times_s[second] - times_s[first]
    slopes = np.sort((values[second] - values[first])[apart > 0] / apart[apart > 0]) * 60
    half = _Z * math.sqrt(count * (count - 1) * (2 * count + 5) / 18)
    low = max(0, round((len(slopes) - half) / 2))
    high = min(len(slopes) - 1, round((len(slopes) + half) / 2))
    return Slope(float(np.median(slopes)), float(slopes[low]), float(slopes[high]))


def recovered_s(after: Samples, from_s: float, limit_ms: float) -> float | None:
    """Seconds from `from_s` until 95 of 100 questions begun since then are answered within `limit_ms`, for good.

    What is not answered counts as endless. None when it never is so, or nothing was asked.
    """
    order = np.argsort(after.begun_s)
    took_ms = np.where(after.status == OK, after.took_s * 1000, np.inf)[order]
    begun_s = after.begun_s[order]
    for number in range(len(took_ms)):
        rest = took_ms[number:]
        if (rest <= limit_ms).mean() >= LEVEL:
            return max(0.0, float(begun_s[number]) - from_s)
    return None
