"""Scoring and ordering what was found: pure functions over numbers and ids.

All candidates are scored for all parts of a question at once, and a candidate is its place in those arrays until only
the few that will be shown are left: a thousand pairs of ids and scores a question cost more than the arithmetic.

How much keywords count against meaning depends on the question. A reader who uses the article's own words is served
best by keywords; one who paraphrases shares a few common words with many passages, and there keywords mislead. What
tells the two apart is the evidence itself: how much of the question's weight one sentence of the archive holds.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

SENTENCE_SHARE = 0.3
"""What the best sentence's keyword score adds to its chunk's, which is 1 at most."""
MEANING_SHARE = 1.3
"""What the best sentence's cosine counts, beside 1 for a chunk's keywords at full strength."""
CONTEXT_SHARE = 0.5
"""How much of its chunk's cosine is taken from a sentence's at full strength. A sentence's vector is made of token
states that saw the whole chunk; where keywords find the chunk, what the sentence says by itself is left to tell."""
ALONE_SHARE = 0.5
"""How much of its chunk's cosine is added where keywords find nothing for a question of one part: what surrounds the
sentence is then the only other sign that it is meant. Parts of a longer question have one another for that."""
PERIOD_BONUS = 0.3
FULL_STRENGTH = 10.0
"""Weight of words (sum of idf) at which keywords count fully; see `keyword_strength`."""

SAME_SCORE = 0.02
"""Scores that differ less are the same to a question that asks for what is new."""

Array = NDArray[np.float32]
Order = NDArray[np.int64]
"""Candidates by their places in the arrays of scores, best first."""


def keyword_strength(coverage: float, weight: float) -> float:
    """How much keywords are to be trusted for one part of a question, 0..1.

    Args:
        coverage: the largest share of the part's words, by weight, that one sentence holds.
        weight: the sum of the weights (idf) of the part's words.

    The share is squared, as a fifth of the words is found by chance somewhere in any archive; and times the weight,
    since a fifth of thirty rare words is no chance.
    """
    return min(1.0, coverage * coverage * weight / FULL_STRENGTH)


def share_of_best(values: Array) -> Array:
    """Values (candidates, parts) as shares of the largest for the part, 0..1; zeros where none is positive."""
    largest = values.max(axis=0, initial=0.0)
    shares: Array = np.divide(values, np.where(largest > 0, largest, 1), dtype=np.float32)
    return shares


def part_scores(
    keyword: Array,
    sentence_keyword: Array,
    meaning: Array,
    chunk_meaning: Array,
    in_period: Array,
    strength: NDArray[np.float64],
    *,
    alone: bool = False,
) -> Array:
    """The score of each candidate for each part; all arrays but the last are (candidates, parts).

    Args:
        keyword: BM25 of the chunk.
        sentence_keyword: BM25 of its best sentence.
        meaning: cosine of its best sentence.
        chunk_meaning: cosine of the chunk.
        in_period: 1 for articles of the times that the part names, else 0.
        strength: (parts,), see `keyword_strength`.
        alone: whether this is all of the question's parts, and one.
    """
    words = share_of_best(keyword) + SENTENCE_SHARE * share_of_best(sentence_keyword)
    added = ALONE_SHARE if alone else 0.0
    context = (CONTEXT_SHARE * strength - added * (1 - strength)).astype(np.float32)
    own = np.float32(MEANING_SHARE) * meaning - context * chunk_meaning
    scores: Array = (strength.astype(np.float32) * words + own + PERIOD_BONUS * in_period).astype(np.float32)
    return scores


def best_first(scores: NDArray[np.float64]) -> Order:
    """The candidates with a finite score (candidates,), best first; equal ones in order of place."""
    order = np.argsort(-scores, kind="stable")
    return order[: np.count_nonzero(np.isfinite(scores))]


def newest_first(order: Order, scores: NDArray[np.float64], dates: Sequence[str]) -> Order:
    """`order` with candidates whose scores differ little, in steps of `SAME_SCORE`, by `dates` (candidates,): ISO 8601,
    "" where there is none. Candidates of one day stay in order."""
    _, age = np.unique(np.array(dates, dtype=np.str_), return_inverse=True)
    steps = np.rint(scores[order] / SAME_SCORE)
    return order[np.lexsort((-age[order], -steps))]


def interleave(orders: Sequence[Order], scores: NDArray[np.float64]) -> tuple[Order, NDArray[np.float64]]:
    """One order of several: every one's first candidate, then every second, without repetition; and their scores.

    `scores` is (parts, candidates), and `orders` are the candidates of each part with a finite score, best first. The
    parts take their turns in the order of their best scores. A candidate's score is its best for any part that lists
    it, and never exceeds that of one before it, so that sorting by score keeps the order.
    """
    turns = sorted((n for n, one in enumerate(orders) if len(one)), key=lambda n: -scores[n, orders[n][0]])
    if not turns:
        return np.zeros(0, np.int64), np.zeros(0, np.float64)
    rows = np.full((max(len(orders[n]) for n in turns), len(turns)), -1, dtype=np.int64)
    for column, number in enumerate(turns):
        rows[: len(orders[number]), column] = orders[number]
    taken = rows.ravel()
    items, first = np.unique(taken[taken >= 0], return_index=True)
    merged = items[np.argsort(first)]
    return merged, np.minimum.accumulate(scores.max(axis=0)[merged])


def spread(ranked: Sequence[int], group_of: Sequence[int], most_per_group: int, limit: int) -> list[int]:
    """The first `limit` of `ranked` with at most `most_per_group` of one group (an article) near the front; the rest
    follow in their order. `group_of` is by item."""
    taken: dict[int, int] = {}
    front: list[int] = []
    back: list[int] = []
    for item in ranked:
        if len(front) >= limit:
            break
        group = group_of[item]
        taken[group] = taken.get(group, 0) + 1
        (front if taken[group] <= most_per_group else back).append(item)
    return (front + back)[:limit]


def folded(
    ranked: Sequence[str],
    words_of: Mapping[str, frozenset[str]],
    copies_of: Mapping[str, frozenset[str]],
    group_of: Mapping[str, str],
) -> list[str]:
    """`ranked` with each item that repeats one before it moved to the end: it lies in a near-copy (`copies_of` its
    group) of that one's group, and shares nine tenths of its words."""
    front: list[str] = []
    back: list[str] = []
    for item in ranked:
        twins = copies_of.get(group_of[item], frozenset())
        repeated = (
            any(group_of[other] in twins and _alike(words_of[item], words_of[other]) for other in front)
            if twins
            else False
        )
        (back if repeated else front).append(item)
    return front + back


_REPEATED = 0.9


def _alike(left: frozenset[str], right: frozenset[str]) -> bool:
    return len(left & right) >= _REPEATED * max(1, len(left | right))
