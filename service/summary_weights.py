"""How much each sentence of one article says of it: centrality, place, title, names, figures, recurring words.

News puts what matters first, so that place is a strong sign (Brandow, Mitze and Rau 1995, Automatic Condensation of
Electronic Publications by Sentence Selection); centrality finds what the story returns to, the title what its editor
took it to be about, and figures and names the facts.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate

import numpy as np
from numpy.typing import NDArray

from service.candidates import Candidate
from service.centrality import lexrank, similarities
from service.reading import Reading
from service.summary_cues import news_in
from service.summary_sentences import SummarySentence
from service.terms import Term, terms_of
from service.values import values_of

CENTRALITY, PLACE, TITLE, NAMES, FIGURES, RECURRING, CONTENT = 0.08, 0.12, 0.08, 0.08, 0.12, 0.08, 0.24
NEWS = 0.2
"""How much each sign counts; they add up to 1. The first seven are those that a logistic regression of "tells a key
point" found among the 166 sentences of ten samples, rounded. Place counts more than there, as published news is more
front-loaded, and content words more, as its sentences are denser than the samples'."""
HALF_WAY = 4.0
"""The sentence, counted from 0, that stands half as high as the first."""
ENOUGH_NAMES, ENOUGH_FIGURES, ENOUGH_CONTENT = 5, 3, 24
"""Names and figures beyond which a sentence is no richer, but a list."""
OF_TOPIC = 0.6
"""What a sentence about the topic weighs, at least, beside one that its article also makes most of."""


@dataclass(frozen=True, eq=False, slots=True)
class Fit:
    """A candidate, what would be shown of it, its vector, its fitness (`service.summary_fitness`), and how much it is
    about the topic: 1 where there is none."""

    candidate: Candidate
    text: str
    vector: NDArray[np.float32]
    fitness: float
    relevance: float = 1.0


def weigh(reading: Reading, fit: Sequence[Fit], group: str, *, by_topic: bool) -> list[SummarySentence]:
    """The candidates of one article, of the near-copies `group`, with their weights; in the order given."""
    if not fit:
        return []
    terms = [terms_of(one.text) for one in fit]
    relevance = np.asarray([one.relevance for one in fit])
    central = lexrank(similarities(np.stack([one.vector for one in fit])), relevance if by_topic else None)
    before = _prose_before(reading)
    place = np.asarray([1 / (1 + before[one.candidate.focus] / HALF_WAY) for one in fit])
    title = _shares_of_title(reading, fit)
    names = np.asarray([min(1.0, sum(term.is_name for term in own) / ENOUGH_NAMES) for own in terms])
    figures = np.asarray([min(1.0, len(values_of(one.text)) / ENOUGH_FIGURES) for one in fit])
    weights = CENTRALITY * central + PLACE * place + TITLE * title
    weights += NAMES * names + FIGURES * figures + RECURRING * _recurring(reading, terms)
    weights += NEWS * np.asarray([news_in(one.text) for one in fit])
    weights += CONTENT * np.asarray([min(1.0, len(concepts(own)) / ENOUGH_CONTENT) for own in terms])
    if by_topic:
        weights = relevance * (OF_TOPIC + (1 - OF_TOPIC) * weights)
    weights *= np.asarray([one.fitness for one in fit])
    return [
        SummarySentence(one.candidate, one.vector, weight, group, one.relevance)
        for one, weight in zip(fit, weights.tolist(), strict=True)
    ]


def concepts(terms: Sequence[Term]) -> frozenset[str]:
    """One key for each content word, the same for words that mean the same."""
    return frozenset(min(term.keys) for term in terms)


def _prose_before(reading: Reading) -> list[int]:
    """For each sentence, how many sentences outside boilerplate and title stand before it."""
    article = reading.article
    title = (article.title or "").strip()
    prose = [
        not article.is_boilerplate(one.start, one.end)
        and article.text[one.start : one.end].strip(" #\n") != title
        for one in reading.analysis.sentences
    ]
    return [0, *accumulate(prose)][:-1]


def _shares_of_title(reading: Reading, fit: Sequence[Fit]) -> NDArray[np.float64]:
    """The share of the title's words that each has, (n,); 0 where there is no title."""
    title = terms_of(reading.article.title or "")
    if not title:
        return np.zeros(len(fit))
    return np.asarray([sum(term.matches(one.candidate.keys) for term in title) / len(title) for one in fit])


def _recurring(reading: Reading, terms: Sequence[Sequence[Term]]) -> NDArray[np.float64]:
    """The share of each sentence's words that other sentences of the article have, too."""
    sentences = range(len(reading.analysis.sentences))
    heard = Counter(key for number in sentences for key in reading.sentence_keys(number))
    shares = [[max(heard[key] for key in term.keys) > 1 for term in own] for own in terms]
    return np.asarray([sum(one) / len(one) if one else 0.0 for one in shares])


__all__ = ["Fit", "concepts", "weigh"]
