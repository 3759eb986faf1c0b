"""Which sentences a summary of so many words is made of: those that together say most of what all of them say.

The worth of a set is monotone and submodular (what a sentence adds shrinks as the set grows), after Lin and Bilmes 2011
(A Class of Submodular Functions for Document Summarization, ACL): a greedy choice then comes within a constant factor
of the best set. It has three parts, each 0..1 for the set of all sentences:

    coverage  how much of every sentence something in the set resembles, each up to a limit (their L1)
    concepts  the share of the weighted terms that the set has (Gillick and Favre 2009, A Scalable Global Model for
              Summarization; Takamura and Okumura 2009)
    reward    the sentences' own weights, their squares under a square root for each theme, so that a second sentence of
              one theme counts less than the first of another, and one alone its weight (after their R1)
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

COVERAGE, CONCEPTS, REWARD = 0.1, 0.15, 0.75
"""How much each part counts. It matters little: six mixtures with a reward of 0.4 to 1 told 0.63 to 0.66 of the key
points of ten samples."""
SATURATED_AT = 0.25
"""The share of all that resembles a sentence at which it counts as covered; Lin and Bilmes take a few over n."""
COST_EXPONENT = 0.2
"""Gain is divided by words to this power. At 1 short sentences win, at 0 long ones; Lin and Bilmes find 0.1 to 0.3 best
for 665 characters, where fewer sentences fit."""
SAME_THEME = 0.45
"""Scaled similarity (`service.centrality.similarities`) at which a sentence joins another's theme."""
SAME_WORDS = 0.6
"""A sentence is not said beside one that has this share of its terms, or of which it has that: it says it again."""
SAME_MEANING = 0.75
"""Nor beside one to which it is so similar."""


@dataclass(frozen=True, slots=True)
class Choosable:
    """What may be chosen from, n sentences: their `graph` of similarities (n, n), 0..1; `weights` (n,), 0..1; the
    `terms` that each has; and how many words each costs."""

    graph: NDArray[np.float32]
    weights: NDArray[np.float64]
    terms: Sequence[frozenset[str]]
    words: Sequence[int]


def choose(sentences: Choosable, term_weights: dict[str, float], max_words: int) -> list[int]:
    """Which sentences, in the order they were chosen: their words add up to `max_words` at most.

    `term_weights` are of the terms that count. None fits: the one that says most a word is chosen all the same.
    """
    n = len(sentences.words)
    if n == 0:
        return []
    costs = np.asarray(sentences.words, dtype=np.float64)
    worth = _Worth(sentences, term_weights)
    chosen: list[int] = []
    left = float(max_words)
    open_ = np.ones(n, dtype=bool)
    while True:
        open_ &= costs <= left
        if not open_.any():
            break
        gains = np.where(open_, worth.gains(), -1.0)
        best = int(np.argmax(gains / np.maximum(costs, 1.0) ** COST_EXPONENT))
        if gains[best] <= 0:
            break
        chosen.append(best)
        left -= costs[best]
        worth.add(best)
        open_ &= ~_repeating(sentences, best)
    if not chosen:
        fits = costs <= max_words
        per_word = sentences.weights / np.maximum(costs, 1.0)
        return [int(np.argmax(np.where(fits, per_word, -1.0) if fits.any() else per_word))]
    return chosen


class _Worth:
    """The worth of a growing set, and what each sentence would add to it."""

    def __init__(self, sentences: Choosable, term_weights: dict[str, float]) -> None:
        n = len(sentences.words)
        self._graph = sentences.graph * sentences.weights.astype(np.float32)[:, None]
        totals = self._graph.sum(axis=1)
        self._limits = SATURATED_AT * totals
        self._reached = np.zeros(n, np.float32)
        self._coverage_scale = COVERAGE / max(1e-9, float(self._limits.sum()))
        known = [[term for term in own if term in term_weights] for own in sentences.terms]
        number = {term: place for place, term in enumerate(dict.fromkeys(t for own in known for t in own))}
        self._has = np.zeros((n, len(number)), np.float32)
        for row, own in enumerate(known):
            self._has[row, [number[term] for term in own]] = 1.0
        self._open_terms = np.asarray([term_weights[term] for term in number], np.float32)
        self._concept_scale = CONCEPTS / max(1e-9, float(self._open_terms.sum()))
        self._weights = sentences.weights
        self._themes = themes(sentences.graph, sentences.weights)
        self._in_theme = np.zeros(int(self._themes.max()) + 1 if n else 0)
        whole = np.zeros_like(self._in_theme)
        np.add.at(whole, self._themes, self._weights**2)
        self._reward_scale = REWARD / max(1e-9, float(np.sqrt(whole).sum()))

    def gains(self) -> NDArray[np.float64]:
        """What each sentence would add, (n,)."""
        room = np.maximum(0.0, self._limits - self._reached)
        coverage = np.minimum(self._graph, room[:, None]).sum(axis=0)
        concepts = self._has @ self._open_terms
        held = self._in_theme[self._themes]
        reward = np.sqrt(held + self._weights**2) - np.sqrt(held)
        gains: NDArray[np.float64] = (
            self._coverage_scale * coverage + self._concept_scale * concepts + self._reward_scale * reward
        )
        return gains

    def add(self, one: int) -> None:
        """Take a sentence into the set."""
        self._reached = np.minimum(self._limits, self._reached + self._graph[:, one])
        self._open_terms = np.where(self._has[one] > 0, 0.0, self._open_terms).astype(np.float32)
        self._in_theme[self._themes[one]] += self._weights[one] ** 2


def themes(graph: NDArray[np.float32], weights: NDArray[np.float64]) -> NDArray[np.int64]:
    """The theme of each sentence, (n,): the heaviest sentence leads the first, and whoever is near a leader joins the
    nearest; whoever is not leads one of its own (leader clustering: one pass, no number of clusters to guess)."""
    theme = np.zeros(len(weights), np.int64)
    leaders: list[int] = []
    for one in np.argsort(-weights, kind="stable").tolist():
        near = graph[one, leaders] if leaders else np.zeros(0, np.float32)
        if len(near) and float(near.max()) >= SAME_THEME:
            theme[one] = int(np.argmax(near))
        else:
            theme[one] = len(leaders)
            leaders.append(one)
    return theme


def _repeating(sentences: Choosable, chosen: int) -> NDArray[np.bool_]:
    """Which sentences say again what `chosen` says, itself included; (n,)."""
    own = sentences.terms[chosen]
    repeats: NDArray[np.bool_] = sentences.graph[chosen] >= SAME_MEANING
    for one, terms in enumerate(sentences.terms):
        fewer = min(len(own), len(terms))
        if fewer and len(own & terms) >= SAME_WORDS * fewer:
            repeats[one] = True
    repeats[chosen] = True
    return repeats


__all__ = ["Choosable", "choose", "themes"]
