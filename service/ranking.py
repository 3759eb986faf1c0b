"""Scoring and ordering what was found: pure functions over numbers and ids.

How much keywords count against meaning depends on the question. A reader who uses the article's own words is served
best by keywords; one who paraphrases shares a few common words with many passages, and there keywords mislead. What
tells the two apart is the evidence itself: how much of the question's weight one sentence of the archive holds.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import zip_longest

import numpy as np
from numpy.typing import NDArray

SENTENCE_SHARE = 0.3
"""What the best sentence's keyword score adds to its chunk's, which is 1 at most."""
MEANING_SHARE = 1.3
"""What the best sentence's cosine counts, beside 1 for a chunk's keywords at full strength."""
CONTEXT_SHARE = 0.5
"""How much of its chunk's cosine is taken from a sentence's at full strength. A sentence's vector is made of token
states that saw the whole chunk; where keywords find the chunk, what the sentence says by itself is left to tell."""
PERIOD_BONUS = 0.3
FULL_STRENGTH = 10.0
"""Weight of words (sum of idf) at which keywords count fully; see `keyword_strength`."""

Scored = Sequence[tuple[str, float]]
Array = NDArray[np.float32]


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
    """Values as shares of the largest, 0..1; zeros where none is positive."""
    largest = float(values.max(initial=0.0))
    return values / np.float32(largest) if largest > 0 else np.zeros_like(values)


def part_scores(
    keyword: Array,
    sentence_keyword: Array,
    meaning: Array,
    chunk_meaning: Array,
    in_period: Array,
    strength: float,
) -> Array:
    """The score of each candidate for one part; all arrays are (candidates,).

    Args:
        keyword: BM25 of the chunk.
        sentence_keyword: BM25 of its best sentence.
        meaning: cosine of its best sentence.
        chunk_meaning: cosine of the chunk.
        in_period: 1 for articles of the times that the part names, else 0.
        strength: see `keyword_strength`.
    """
    words = share_of_best(keyword) + SENTENCE_SHARE * share_of_best(sentence_keyword)
    own = np.float32(MEANING_SHARE) * meaning - np.float32(CONTEXT_SHARE * strength) * chunk_meaning
    scores: Array = (np.float32(strength) * words + own + PERIOD_BONUS * in_period).astype(np.float32)
    return scores


def interleave(lists: Sequence[Scored]) -> list[tuple[str, float]]:
    """One list of several, best first each: every list's first item, then every second, without repetition.

    Lists take their turns in the order of their best scores. A score never exceeds that of an item before it, so that
    sorting by score keeps the order.
    """
    turns = sorted((one for one in lists if one), key=lambda one: -one[0][1])
    best: dict[str, float] = {}
    for one in turns:
        for item, score in one:
            best[item] = max(score, best.get(item, score))
    merged: list[tuple[str, float]] = []
    seen: set[str] = set()
    for row in zip_longest(*turns):
        for pair in row:
            if pair is not None and pair[0] not in seen:
                seen.add(pair[0])
                ceiling = merged[-1][1] if merged else best[pair[0]]
                merged.append((pair[0], min(best[pair[0]], ceiling)))
    return merged


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
