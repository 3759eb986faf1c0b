"""How sure a figure is: percentile bootstrap intervals, and AUROC.

Questions are resampled with replacement (Efron and Tibshirani, "An Introduction to the Bootstrap", 1993, chapter 13).
An interval therefore says how far a figure could move with other questions of the same kind over the same articles. It
says nothing of other articles, and it is somewhat too narrow where many questions share their evidence.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

RESAMPLES = 2000
SEED = 20231226
LEVEL = 0.95


@dataclass(frozen=True, slots=True)
class Estimate:
    """A figure with the ends of its interval at `LEVEL`."""

    value: float
    low: float
    high: float


class Resamples:
    """Resamples of `size` questions (at least one), drawn once: means taken with one object are of the same draws, so
    that the mean of a difference by question is a paired comparison."""

    def __init__(self, size: int, *, resamples: int = RESAMPLES, seed: int = SEED) -> None:
        self._shares = _drawn(np.random.default_rng(seed), size, resamples)

    def means(self, values: NDArray[np.float64]) -> list[Estimate]:
        """The mean of each column of `values`, (size, figures), with its interval."""
        return [
            _estimate(float(value), resampled)
            for value, resampled in zip(values.mean(axis=0), (self._shares @ values).T, strict=True)
        ]


def auroc(positive: NDArray[np.float64], negative: NDArray[np.float64]) -> float:
    """The chance that a positive scores above a negative, ties counting half: Mann and Whitney's U over its maximum.

    Both are one-dimensional and hold at least one score.
    """
    return float(_wins(positive, negative).mean())


def auroc_estimate(
    positive: NDArray[np.float64],
    negative: NDArray[np.float64],
    *,
    resamples: int = RESAMPLES,
    seed: int = SEED,
) -> Estimate | None:
    """The same with its interval, positives and negatives resampled each among themselves; None without either."""
    if not positive.size or not negative.size:
        return None
    generator = np.random.default_rng(seed)
    left, right = (_drawn(generator, scores.size, resamples) for scores in (positive, negative))
    resampled = ((left @ _wins(positive, negative)) * right).sum(axis=1)
    return _estimate(auroc(positive, negative), resampled)


def _drawn(generator: np.random.Generator, size: int, resamples: int) -> NDArray[np.float64]:
    """What share of each resample each of `size` items is, (resamples, size): a mean is then a product of matrices."""
    shares: NDArray[np.float64] = generator.multinomial(size, np.full(size, 1 / size), size=resamples) / size
    return shares


def _wins(positive: NDArray[np.float64], negative: NDArray[np.float64]) -> NDArray[np.float64]:
    """1 where the positive is greater, 0.5 where both are equal, (positives, negatives)."""
    left, right = positive[:, None], negative[None, :]
    wins: NDArray[np.float64] = (left > right) + 0.5 * (left == right)
    return wins


def _estimate(value: float, resampled: NDArray[np.float64]) -> Estimate:
    low, high = np.quantile(resampled, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return Estimate(value, float(low), float(high))
