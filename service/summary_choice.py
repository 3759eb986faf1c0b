"""Which statements a summary of so many words is made of: those that together say most of what all sentences say.

The worth of a set is monotone and submodular (what a sentence adds shrinks as the set grows), after Lin and Bilmes 2011
(A Class of Submodular Functions for Document Summarization, ACL). It has three parts, each 0..1 for the set of all
sentences:

    coverage  how much of every sentence something in the set resembles, each up to a limit (their L1)
    concepts  the share of the weighted terms that the set has (Gillick and Favre 2009, A Scalable Global Model for
              Summarization; Takamura and Okumura 2009)
    reward    the sentences' own weights, their squares under a square root for each theme, so that a second sentence of
              one theme counts less than the first of another, and one alone its weight (after their R1)

A sentence may be said in several forms, whole or shortened, at most one of which is chosen: compression and extraction
are decided together, under one budget (Berg-Kirkpatrick, Gillick and Klein 2011, Jointly Learning to Extract and
Compress, ACL). That is a knapsack with a submodular worth. Greedy choices are made at several costs of a word, the best
of them is kept (the worst case of a greedy choice by gain per word alone is unbounded: Khuller, Moss and Naor 1999, The
Budgeted Maximum Coverage Problem) and then bettered by exchanging forms as long as that helps.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

COVERAGE, CONCEPTS, REWARD = 0.02, 0.02, 0.96
"""How much each part counts. Five mixtures with a reward of 0.75 to 1 told .62 to .67 of the key points of 13 articles,
the more the higher the reward; what little the others have left decides between sentences that weigh the same."""
SATURATED_AT = 0.25
"""The share of all that resembles a sentence at which it counts as covered; Lin and Bilmes take a few over n."""
COST_EXPONENTS = (0.1, 0.2, 0.3)
"""Gain is divided by words to one of these powers. At 1 short sentences win, at 0 long ones; Lin and Bilmes find 0.1 to
0.3 best for 665 characters, where fewer sentences fit."""
SAME_THEME = 0.45
"""Scaled similarity (`service.centrality.similarities`) at which a sentence joins another's theme."""
SAME_THEME_IN_ONE = 0.6
"""The same among sentences of one article, whose themes lie near each other: what is alike in two outlets is mostly
told again, in one mostly told on. Over 2,008 news articles with summaries by others, .017 more of what those say was
told at 0.6 than at 0.45 (95 %: .013 to .022; `docs/evaluation.md`)."""
SAME_WORDS = 0.45
"""A sentence is not said beside one that has this share of its terms, or of which it has that: it says it again. At
0.4 to 0.6, .71 to .67 of those points were told."""
SAME_MEANING = 0.75
"""Nor beside one to which it is so similar."""
MOST_EXCHANGED = 160
"""Forms, the weightiest ones, that are tried in exchange for chosen ones."""
MOST_EXCHANGES = 20
BETTER_BY = 1e-4


@dataclass(frozen=True, slots=True)
class Choosable:
    """What may be chosen from: n sentences with their `graph` of similarities (n, n), 0..1, and m forms of them, each
    `of` one sentence, with its weight (m,), 0..1, the `terms` that it has and how many words it costs.

    The heaviest form of a sentence is the whole one. `overlaps` (n), if given, are the other sentences that share words
    of its article with each. Sentences with a similarity of `same_theme` or more are of one theme.
    """

    graph: NDArray[np.float32]
    of: NDArray[np.int64]
    weights: NDArray[np.float64]
    terms: Sequence[frozenset[str]]
    words: Sequence[int]
    overlaps: Sequence[frozenset[int]] = ()
    same_theme: float = SAME_THEME


def choose(forms: Choosable, term_weights: dict[str, float], max_words: int) -> list[int]:
    """Which forms, in the order they were chosen: their words add up to `max_words` at most.

    `term_weights` are of the terms that count. None fits: the one that says most a word is chosen all the same.
    """
    if not len(forms.words):
        return []
    costs = np.asarray(forms.words, dtype=np.float64)
    worth = _Worth(forms, term_weights)
    repeats = _Repeats(forms)
    found = [_greedy(worth, repeats, costs, max_words, exponent) for exponent in COST_EXPONENTS]
    best = max(found, key=worth.of)
    if best:
        return _exchanged(worth, repeats, costs, max_words, best)
    fits = costs <= max_words
    per_word = forms.weights / np.maximum(costs, 1.0)
    return [int(np.argmax(np.where(fits, per_word, -1.0) if fits.any() else per_word))]


def _greedy(
    worth: _Worth, repeats: _Repeats, costs: NDArray[np.float64], max_words: int, exponent: float
) -> list[int]:
    chosen: list[int] = []
    left = float(max_words)
    open_ = np.ones(len(costs), dtype=bool)
    state = worth.empty()
    while True:
        open_ &= costs <= left
        if not open_.any():
            return chosen
        gains = np.where(open_, worth.gains(state), -1.0)
        best = int(np.argmax(gains / np.maximum(costs, 1.0) ** exponent))
        if gains[best] <= 0:
            return chosen
        chosen.append(best)
        left -= costs[best]
        worth.add(state, best)
        open_ &= ~repeats.of(best)


def _exchanged(
    worth: _Worth, repeats: _Repeats, costs: NDArray[np.float64], max_words: int, chosen: list[int]
) -> list[int]:
    """The choice after exchanges of one form for another, for none, or of none for one, each for the better."""
    tried = np.argsort(-worth.weights, kind="stable")[:MOST_EXCHANGED].tolist()
    value = worth.of(chosen)
    for _ in range(MOST_EXCHANGES):
        options = (
            (worth.of(other), other) for other in _neighbours(chosen, tried, repeats, costs, max_words)
        )
        better, other = max(options, key=lambda option: option[0], default=(value, chosen))
        if better <= value + BETTER_BY:
            break
        value, chosen = better, other
    return chosen


def _neighbours(
    chosen: list[int], tried: list[int], repeats: _Repeats, costs: NDArray[np.float64], max_words: int
) -> Iterator[list[int]]:
    held = set(chosen)
    for place in range(len(chosen) + 1):
        rest = chosen[:place] + chosen[place + 1 :]
        room = max_words - sum(costs[one] for one in rest)
        for one in tried:
            if one not in held and costs[one] <= room and not any(repeats.of(other)[one] for other in rest):
                yield [*chosen[:place], one, *chosen[place + 1 :]]


@dataclass(slots=True)
class _State:
    """What a growing set has reached."""

    reached: NDArray[np.float32]
    open_terms: NDArray[np.float32]
    in_theme: NDArray[np.float64]


class _Worth:
    """The worth of a set of forms, and what each form would add to it."""

    def __init__(self, forms: Choosable, term_weights: dict[str, float]) -> None:
        self.weights = forms.weights
        n = len(forms.graph)
        whole = np.zeros(n)
        np.maximum.at(whole, forms.of, forms.weights)
        share = forms.weights / np.maximum(whole[forms.of], 1e-9)
        graph = forms.graph * whole.astype(np.float32)[:, None]
        totals = graph.sum(axis=1)
        self._limits = SATURATED_AT * totals
        self._graph = graph[:, forms.of] * share.astype(np.float32)[None, :]
        self._coverage_scale = COVERAGE / max(1e-9, float(self._limits.sum()))
        known = [[term for term in own if term in term_weights] for own in forms.terms]
        number = {term: place for place, term in enumerate(dict.fromkeys(t for own in known for t in own))}
        self._has = np.zeros((len(known), len(number)), np.float32)
        for row, own in enumerate(known):
            self._has[row, [number[term] for term in own]] = 1.0
        self._term_weights = np.asarray([term_weights[term] for term in number], np.float32)
        self._concept_scale = CONCEPTS / max(1e-9, float(self._term_weights.sum()))
        theme = themes(forms.graph, whole, forms.same_theme)
        self._themes = theme[forms.of]
        self._theme_count = int(theme.max()) + 1
        together = np.zeros(self._theme_count)
        np.add.at(together, theme, whole**2)
        self._reward_scale = REWARD / max(1e-9, float(np.sqrt(together).sum()))

    def empty(self) -> _State:
        """Nothing chosen yet."""
        return _State(
            np.zeros(len(self._limits), np.float32), self._term_weights.copy(), np.zeros(self._theme_count)
        )

    def gains(self, state: _State) -> NDArray[np.float64]:
        """What each form would add, (m,)."""
        room = np.maximum(0.0, self._limits - state.reached)
        coverage = np.minimum(self._graph, room[:, None]).sum(axis=0)
        concepts = self._has @ state.open_terms
        held = state.in_theme[self._themes]
        reward = np.sqrt(held + self.weights**2) - np.sqrt(held)
        gains: NDArray[np.float64] = (
            self._coverage_scale * coverage + self._concept_scale * concepts + self._reward_scale * reward
        )
        return gains

    def add(self, state: _State, one: int) -> None:
        """Take a form into the set."""
        state.reached = np.minimum(self._limits, state.reached + self._graph[:, one])
        state.open_terms = np.where(self._has[one] > 0, 0.0, state.open_terms).astype(np.float32)
        state.in_theme[self._themes[one]] += self.weights[one] ** 2

    def of(self, chosen: Sequence[int]) -> float:
        """The worth of a set, 0..1."""
        if not chosen:
            return 0.0
        own = list(chosen)
        coverage = float(np.minimum(self._limits, self._graph[:, own].sum(axis=1)).sum())
        concepts = float(self._term_weights[self._has[own].max(axis=0) > 0].sum())
        together = np.bincount(self._themes[own], weights=self.weights[own] ** 2)
        reward = float(np.sqrt(together).sum())
        return self._coverage_scale * coverage + self._concept_scale * concepts + self._reward_scale * reward


def themes(
    graph: NDArray[np.float32], weights: NDArray[np.float64], same_theme: float = SAME_THEME
) -> NDArray[np.int64]:
    """The theme of each sentence, (n,): the heaviest sentence leads the first, and whoever has a similarity of
    `same_theme` with a leader joins the nearest; whoever has not leads one of its own (leader clustering: one pass, no
    number of clusters to guess)."""
    theme = np.zeros(len(weights), np.int64)
    leaders: list[int] = []
    for one in np.argsort(-weights, kind="stable").tolist():
        near = graph[one, leaders] if leaders else np.zeros(0, np.float32)
        if len(near) and float(near.max()) >= same_theme:
            theme[one] = int(np.argmax(near))
        else:
            theme[one] = len(leaders)
            leaders.append(one)
    return theme


class _Repeats:
    """Which forms say again what another one says."""

    def __init__(self, forms: Choosable) -> None:
        self._forms = forms
        self._known: dict[int, NDArray[np.bool_]] = {}

    def of(self, chosen: int) -> NDArray[np.bool_]:
        """Which forms repeat `chosen`, all of its own sentence included; (m,)."""
        known = self._known.get(chosen)
        if known is None:
            known = self._known[chosen] = self._repeating(chosen)
        return known

    def _repeating(self, chosen: int) -> NDArray[np.bool_]:
        forms = self._forms
        own, sentence = forms.terms[chosen], forms.of[chosen]
        repeats: NDArray[np.bool_] = forms.graph[sentence, forms.of] >= SAME_MEANING
        for one, terms in enumerate(forms.terms):
            fewer = min(len(own), len(terms))
            if fewer and len(own & terms) >= SAME_WORDS * fewer:
                repeats[one] = True
        repeats |= forms.of == sentence
        if forms.overlaps and forms.overlaps[sentence]:
            repeats |= np.isin(forms.of, list(forms.overlaps[sentence]))
        return repeats


__all__ = ["SAME_THEME", "SAME_THEME_IN_ONE", "Choosable", "choose", "themes"]
