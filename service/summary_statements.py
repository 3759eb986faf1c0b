"""The sentences of a summary, whole or shortened, chosen within its words, each verified and with every outlet that
says the same.

A further citation has to carry the statement by itself: it passes `service.verification` and `service.support` alone,
or it is not cited.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from service.candidates import Candidate
from service.cited_words import evidence_of
from service.summary_choice import SAME_THEME, SAME_THEME_IN_ONE, Choosable, choose
from service.summary_sentences import SummarySentence
from service.summary_shortening import shortened
from service.summary_text import shown, words_in
from service.summary_weights import concepts
from service.support import SupportScorer
from service.terms import Term, terms_of
from service.verification import verify
from service.weighing import Weigher

MOST_TRIED = 6
"""Sentences of other articles that are tried as further citations of a statement, most similar first."""
LEAST_SIMILAR = 0.55
"""Scaled similarity below which none is tried: what tells the same in other words lies above."""
MOST_CITED = 4
MOST_SHORTENED = 300
"""Sentences of a pool, the heaviest, that may be shortened."""
SHARE_EXPONENT = 0.25
"""A shortened sentence weighs its share of the whole one's words to this power: what is left out, asides and tails,
says less than what stays. Of 54 shortened sentences of 13 articles, with .67 of the words, .93 of the key points were
left, which is a power of .19."""
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


@dataclass(frozen=True, eq=False, slots=True)
class _Form:
    """One way to say the sentence at `place`."""

    place: int
    text: str
    weight: float
    concepts: frozenset[str]


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
        self._forms: list[_Form] | None = None
        of_one = len({one.candidate.article.article_id for one in sentences}) == 1
        self._same_theme = SAME_THEME_IN_ONE if of_one else SAME_THEME

    def choose(self, max_words: int, excluded: Collection[SummarySentence] = ()) -> list[Told]:
        """What to say in so many words, most important first; each verified, none of those `excluded`."""
        barred = {id(one) for one in excluded}
        usable = [form for form in self._all_forms() if id(self._sentences[form.place]) not in barred]
        concept_weights = self._concept_weights(np.asarray([one.weight for one in self._sentences]))
        while usable:
            places = sorted({form.place for form in usable})
            row = {place: number for number, place in enumerate(places)}
            among = Choosable(
                graph=self._graph[np.ix_(places, places)],
                of=np.asarray([row[form.place] for form in usable]),
                weights=np.asarray([form.weight for form in usable]),
                terms=[form.concepts for form in usable],
                words=[words_in(form.text) for form in usable],
                overlaps=_overlaps([self._sentences[place] for place in places]),
                same_theme=self._same_theme,
            )
            chosen = [usable[number] for number in choose(among, concept_weights, max_words)]
            told = [self._said(form.place, form.text, None) for form in chosen]
            kept = [one for one in told if one is not None]
            if len(kept) == len(told):
                return kept
            refused = {id(form) for form, one in zip(chosen, told, strict=True) if one is None}
            usable = [form for form in usable if id(form) not in refused]
        return []

    def _all_forms(self) -> list[_Form]:
        """Every sentence and its shorter forms, which weigh the less the more of its words they lack."""
        if self._forms is None:
            self._forms = []
            for place, sentence in enumerate(self._sentences):
                whole = self._terms[place]
                self._forms.append(_Form(place, self._texts[place], sentence.weight, concepts(whole)))
                if place >= MOST_SHORTENED:
                    continue
                for text in shortened(sentence.candidate, self._texts[place]):
                    own = terms_of(text)
                    share = self._mass(own) / max(1e-9, self._mass(whole))
                    weight = sentence.weight * min(1.0, share) ** SHARE_EXPONENT
                    self._forms.append(_Form(place, text, weight, concepts(own)))
        return self._forms

    def _mass(self, terms: Sequence[Term]) -> float:
        """How much these words say: the sum of how rare they are in the archive."""
        return sum(self._weigher.weight(term) for term in terms)

    def told(self, sentence: SummarySentence, also: Sequence[SummarySentence] | None = None) -> Told | None:
        """The statement made of a sentence of the pool; None if it is not verified.

        It cites those of `also`, which tell the same, that bear it out; by default what is most similar in the pool, as
        far as that carries the statement by itself.
        """
        place = self._place_of[id(sentence)]
        return self._said(place, self._texts[place], also)

    def wordings(self, sentence: SummarySentence, also: Sequence[SummarySentence]) -> Iterator[Told]:
        """The statements that the sentence makes whole and shortened, longest first, as far as they are verified; each
        cites those of `also` that bear it out."""
        place = self._place_of[id(sentence)]
        for text in (self._texts[place], *shortened(sentence.candidate, self._texts[place])):
            told = self._said(place, text, also)
            if told is not None:
                yield told

    def _said(self, place: int, text: str, also: Sequence[SummarySentence] | None) -> Told | None:
        sentence = self._sentences[place]
        if not self._borne_out(text, place):
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
            if len(cited) == MOST_CITED or other.group in groups or not self._borne_out(text, at):
                continue
            if also is not None or self._carries(text, at):
                cited.append(other.candidate)
                groups.add(other.group)
        return Told(sentence, text, tuple(cited))

    def _borne_out(self, text: str, other: int) -> bool:
        """Whether everything in a statement that can be checked stands in one sentence."""
        return verify(text, [evidence_of(self._sentences[other].candidate)]).supported

    def _carries(self, text: str, other: int) -> bool:
        """Whether another outlet's sentence means what the statement says."""
        candidate, own = self._sentences[other].candidate, terms_of(text)
        had = sum(term.matches(candidate.keys) for term in own)
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


def _overlaps(sentences: Sequence[SummarySentence]) -> list[frozenset[int]]:
    """For each, which others share words of an article with it."""
    holding: dict[tuple[str, int], set[int]] = {}
    own: list[list[tuple[str, int]]] = []
    for place, one in enumerate(sentences):
        candidate = one.candidate
        keys = [
            (candidate.article.article_id, number) for number in range(candidate.first, candidate.last + 1)
        ]
        own.append(keys)
        for key in keys:
            holding.setdefault(key, set()).add(place)
    return [frozenset().union(*(holding[key] for key in keys)) - {place} for place, keys in enumerate(own)]


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
