"""How far judgements of the same things agree, and how much of that chance would explain. Pure.

Ratings are one row a thing judged, one column a judgement. Kappa is 1 for perfect agreement and 0 for what chance
gives; None where it is undefined: nothing judged twice, or everything in one category, where chance agrees always.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Hashable, Sequence


def raw_agreement(ratings: Sequence[Sequence[Hashable]]) -> float | None:
    """The mean share of agreeing pairs of judgements of one thing; things judged once do not count."""
    shares = [_agreeing_pairs(row) for row in ratings if len(row) > 1]
    return math.fsum(shares) / len(shares) if shares else None


def cohen_kappa(one: Sequence[Hashable], other: Sequence[Hashable]) -> float | None:
    """Of two judges of the same things, in the same order.

    Cohen, "A coefficient of agreement for nominal scales", Educational and Psychological Measurement 20 (1960).
    """
    pairs = list(zip(one, other, strict=True))
    if not pairs:
        return None
    mine, theirs = Counter(one), Counter(other)
    chance = sum(count * theirs[category] for category, count in mine.items()) / len(pairs) ** 2
    observed = sum(left == right for left, right in pairs) / len(pairs)
    return _above_chance(observed, chance)


def fleiss_kappa(ratings: Sequence[Sequence[Hashable]]) -> float | None:
    """Of any number of judgements of each thing, not necessarily by the same judges; each thing has the same number.

    Fleiss, "Measuring nominal scale agreement among many raters", Psychological Bulletin 76 (1971).

    Raises:
        ValueError: things have different numbers of judgements.
    """
    if len({len(row) for row in ratings}) > 1:
        raise ValueError("every thing has to be judged equally often")
    observed = raw_agreement(ratings)
    if observed is None:
        return None
    categories = Counter(rating for row in ratings for rating in row)
    total = categories.total()
    return _above_chance(observed, math.fsum((count / total) ** 2 for count in categories.values()))


def _agreeing_pairs(row: Sequence[Hashable]) -> float:
    same = sum(count * (count - 1) for count in Counter(row).values())
    return same / (len(row) * (len(row) - 1))


def _above_chance(observed: float, chance: float) -> float | None:
    return None if math.isclose(chance, 1.0) else (observed - chance) / (1 - chance)
