"""The sentences of a summary, chosen within its words, each verified and with every outlet that says the same.

A further citation has to carry the statement by itself: it passes `service.verification` and `service.support` alone,
or it is not cited.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from service.candidates import Candidate
from service.cited_words import evidence_of
from service.summary_choice import Choosable, choose
from service.summary_sentences import SummarySentence
from service.summary_text import shown, words_in
from service.summary_weights import concepts
from service.support import SupportScorer
from service.terms import terms_of
from service.verification import verify
from service.weighing import Weigher

MOST_TRIED = 6
"""Sentences of other articles that are tried as further citations of a statement, most similar first."""
LEAST_SIMILAR = 0.55
"""Scaled similarity below which none is tried: what tells the same in other words lies above."""
MOST_CITED = 4
WORDS_OF_BOTH = 0.6
"""Share of the statement's words that a further citation needs itself, beyond what `service.support` asks: a
summary's citations are read as "they all say so"."""


@dataclass(frozen=True, eq=False, slots=True)
class Told:
    """A verified statement: `text` as it is shown, and what it cites, the sentence it is made of first."""

    sentence: SummarySentence
    text: str
    cited: tuple[Candidate, ...]

    @property
    def words(self) -> int:
        """How many words it has."""
        return words_in(self.text)


class StatementChooser:
    """Chooses from one pool of sentences, heaviest first, and their similarities (n, n). Not for several threads."""

    def __init__(
        self,
        sentences: Sequence[SummarySentence],
        graph: NDArray[np.float32],
        weigher: Weigher,
        scorer: SupportScorer,
    ) -> None:
        self._sentences = sentences
        self._graph = graph
        self._weigher = weigher
        self._scorer = scorer
        self._place_of = {id(one): place for place, one in enumerate(sentences)}
        self._texts = [shown(one.candidate) for one in sentences]
        self._terms = [terms_of(text) for text in self._texts]

    def choose(self, max_words: int, excluded: Collection[SummarySentence] = ()) -> list[Told]:
        """What to say in so many words, most important first; each verified, none of those `excluded`."""
        weights = np.asarray([one.weight for one in self._sentences])
        barred = {id(one) for one in excluded}
        usable = np.asarray([id(one) not in barred for one in self._sentences], dtype=bool)
        concept_weights = self._concept_weights(weights)
        keys = [concepts(own) for own in self._terms]
        while usable.any():
            places = np.flatnonzero(usable)
            among = Choosable(
                graph=self._graph[np.ix_(places, places)],
                weights=weights[places],
                terms=[keys[place] for place in places],
                words=[words_in(self._texts[place]) for place in places],
            )
            chosen = places[choose(among, concept_weights, max_words)].tolist()
            told = [self.told(self._sentences[place]) for place in chosen]
            kept = [one for one in told if one is not None]
            if len(kept) == len(told):
                return kept
            usable[[place for place, one in zip(chosen, told, strict=True) if one is None]] = False
        return []

    def told(self, sentence: SummarySentence, also: Sequence[SummarySentence] | None = None) -> Told | None:
        """The statement made of a sentence of the pool; None if it is not verified.

        It cites those of `also`, which tell the same, that bear it out; by default what is most similar in the pool, as
        far as that carries the statement by itself.
        """
        place = self._place_of[id(sentence)]
        if not self._borne_out(place, place):
            return None
        if also is None:
            order = np.argsort(-self._graph[place], kind="stable").tolist()
            near = [at for at in order if self._graph[place, at] >= LEAST_SIMILAR]
            others = [at for at in near if self._sentences[at].group != sentence.group][:MOST_TRIED]
        else:
            others = [self._place_of[id(one)] for one in also]
        cited, groups = [sentence.candidate], {sentence.group}
        for at in others:
            other = self._sentences[at]
            if len(cited) == MOST_CITED or other.group in groups or not self._borne_out(place, at):
                continue
            if also is not None or self._carries(place, at):
                cited.append(other.candidate)
                groups.add(other.group)
        return Told(sentence, self._texts[place], tuple(cited))

    def _borne_out(self, statement: int, other: int) -> bool:
        """Whether everything in a statement that can be checked stands in one sentence."""
        return verify(self._texts[statement], [evidence_of(self._sentences[other].candidate)]).supported

    def _carries(self, statement: int, other: int) -> bool:
        """Whether another outlet's sentence means what the statement says."""
        candidate, own = self._sentences[other].candidate, self._terms[statement]
        had = sum(term.matches(candidate.keys) for term in own)
        text = self._texts[statement]
        return had >= WORDS_OF_BOTH * len(own) and self._scorer.score(text, [candidate.text]).supported

    def _concept_weights(self, weights: NDArray[np.float64]) -> dict[str, float]:
        """How much it counts to have said each term: how rare it is in the archive times how much the sentences that
        have it weigh, where at least two do (one is a detail)."""
        rarity: dict[str, float] = {}
        heard: dict[str, list[float]] = {}
        for own, weight in zip(self._terms, weights.tolist(), strict=True):
            for key, term in {min(term.keys): term for term in own}.items():
                rarity.setdefault(key, self._weigher.weight(term))
                heard.setdefault(key, []).append(weight)
        return {key: rarity[key] * sum(found) for key, found in heard.items() if len(found) > 1}


def in_order(told: Sequence[Told], max_words: int) -> list[Told]:
    """As many of the statements as fit into `max_words`, the first ones first to be kept; one at least, if there is
    any."""
    kept: list[Told] = []
    left = max_words
    for one in told:
        if one.words <= left:
            kept.append(one)
            left -= one.words
    return kept or list(told[:1])


def within(told: Sequence[Told], max_words: int) -> list[Told]:
    """As many of the statements as fit into `max_words`, the heaviest first to be kept, in the order given; one at
    least, if there is any."""
    kept = in_order(sorted(told, key=lambda one: -one.sentence.weight), max_words)
    return [one for one in told if one in kept]


def in_reading_order(told: Sequence[Told]) -> list[Told]:
    """The statements as one reads on: articles by date, those without one after the others by weight of what is said of
    them; an article's own as it has them."""
    heaviest: dict[str, float] = {}
    for one in told:
        article_id = one.sentence.candidate.article.article_id
        heaviest[article_id] = max(one.sentence.weight, heaviest.get(article_id, 0.0))

    def place(one: Told) -> tuple[bool, str, float, str, int]:
        article = one.sentence.candidate.article
        day = (article.published_at or "")[:10]
        return not day, day, -heaviest[article.article_id], article.source, one.sentence.candidate.start

    return sorted(told, key=place)


__all__ = ["StatementChooser", "Told", "in_order", "in_reading_order", "within"]
