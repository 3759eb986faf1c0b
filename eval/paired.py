"""Whether two runs over the same cases really differ: exact tests of paired differences.

Two-sided p-values throughout. Both tests ask the same thing: how often would a difference at least this large come
about if it were a coin's toss, case by case, which of the two runs got which value?
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

EXACT_CASES = 16
"""Up to so many differing cases all 2^n assignments are counted; beyond, `DRAWS` of them are drawn."""
DRAWS = 20_000
DRAWN_AT_ONCE = 1_000
SEED = 20231226
CLOSE = 1e-9
"""Sums that differ by less are equal: the order of additions must not decide."""


def mcnemar(wins: int, losses: int) -> float:
    """McNemar's exact test for yes-or-no scores, of the cases in which two runs differ.

    McNemar, "Note on the sampling error of the difference between correlated proportions or percentages",
    Psychometrika 12 (1947); exact, as a binomial test with p = 1/2. In Python's whole numbers, so that it is exact for
    any size.
    """
    differing = wins + losses
    if differing == 0:
        return 1.0
    tail = ways = 1  # of none of the cases going the rarer way, then of one, and so on
    for few in range(min(wins, losses)):
        ways = ways * (differing - few) // (few + 1)
        tail += ways
    return min(1.0, float(2 * tail / 2**differing))


def permutation(differences: NDArray[np.float64]) -> tuple[float, bool]:
    """The paired permutation (sign-flip) test of a mean difference: the p-value, and whether it is exact.

    Fisher, "The Design of Experiments", 1935, section 21. Cases that do not differ change nothing and are left out.
    Where signs are drawn, the observed assignment counts among the draws (Davison and Hinkley, "Bootstrap Methods
    and their Application", 1997, section 4.3), so that p is never nought; the draws are the same each time.
    """
    differing = differences[np.abs(differences) > CLOSE]
    if not differing.size:
        return 1.0, True
    observed = abs(float(differing.sum())) - CLOSE
    if differing.size <= EXACT_CASES:
        sums = np.zeros(1)
        for difference in differing:
            sums = np.concatenate([sums + difference, sums - difference])
        return float((np.abs(sums) >= observed).mean()), True
    generator, extreme = np.random.default_rng(SEED), 0
    for _ in range(DRAWS // DRAWN_AT_ONCE):
        signs = generator.integers(0, 2, size=(DRAWN_AT_ONCE, differing.size)) * 2.0 - 1.0
        extreme += int((np.abs(signs @ differing) >= observed).sum())
    return (extreme + 1) / (DRAWS + 1), False
