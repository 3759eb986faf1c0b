"""Fusing what two retrievers found: pure functions over scored ids."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

Scored = Sequence[tuple[str, float]]


def scaled(hits: Scored, floor: float | None = None) -> dict[str, float]:
    """Scores as shares of the best one, 0..1. `floor` is the score that counts as nothing (0 for BM25, the worst
    of the list for cosines, whose zero is far from any real text); None takes the worst."""
    if not hits:
        return {}
    best = max(score for _, score in hits)
    zero = min(score for _, score in hits) if floor is None else floor
    if best <= zero:
        return dict.fromkeys((item for item, _ in hits), 1.0)
    return {item: max(0.0, (score - zero) / (best - zero)) for item, score in hits}


def fuse(keyword: Scored, dense: Scored, keyword_weight: float) -> list[tuple[str, float]]:
    """Weighted sum of scaled scores, best first, ties by id so that equal inputs give equal output.

    Score fusion and not rank fusion: on the public benchmark that Dateline is measured with, reciprocal rank fusion
    with equal weights falls below keywords alone.
    """
    by_keyword, by_meaning = scaled(keyword, floor=0.0), scaled(dense)
    fused: dict[str, float] = {}
    for scores, weight in ((by_keyword, keyword_weight), (by_meaning, 1.0 - keyword_weight)):
        for item, value in scores.items():
            fused[item] = fused.get(item, 0.0) + weight * value
    return sorted(fused.items(), key=lambda pair: (-pair[1], pair[0]))


def spread(ranked: Scored, group_of: Mapping[str, str], most_per_group: int) -> list[tuple[str, float]]:
    """Keep at most `most_per_group` of one group (an article) near the front; the rest follow in their order."""
    taken: dict[str, int] = {}
    front: list[tuple[str, float]] = []
    back: list[tuple[str, float]] = []
    for item, value in ranked:
        group = group_of.get(item, item)
        taken[group] = taken.get(group, 0) + 1
        (front if taken[group] <= most_per_group else back).append((item, value))
    return front + back
