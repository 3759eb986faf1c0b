"""Whether two sentences of different articles tell the same thing.

A sentence's vector is made of token states of its whole passage, so sentences of one story are near each other whatever
they say: nearness alone joins what is only about the same. The words that are rare among the summary's own sentences
decide, the vectors confirm, and a number or day of one against the other's keeps them apart.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

from service.event_clauses import BLANK, main_clause
from service.summary_sentences import SummarySentence
from service.terms import Term, stem, terms_of
from service.values import Value, values_of

NEAR = 0.62
"""Least cosine of two sentences that tell the same."""
SHARED = 0.5
"""Least share of the words, weighed by rarity, of the shorter sentence that the other has too, at `NEAR`; nearer
sentences need less, down to `SHARED_LEAST` at a cosine of `NEARER`."""
NEARER = 0.82
SHARED_LEAST = 0.36
CONTENT = 0.4
"""Least share of those words that are no names, of the shorter sentence; of the longer, half as much. Two sentences
about the same people have their names in common whatever they tell."""
LEAST_WORDS = 3
LEAST_CONTENT_WORDS = 2
NAME_WEIGHT = 1.2
RARE_SHARE = 0.08
"""A name is rare that no more of the sentences have, or three; two sentences of a day with two such tell one event."""
SAME_DAY_FACTOR = 0.62
"""What two sentences that date what they tell to the same day need of those shares."""
QUOTED_WORDS = 3
QUOTED_SHARE = 0.7


_ROLE = re.compile(r"(?<=[a-z]),\s(?:the|a|an|its|his|her|who\s(?:is|was|leads|runs))\s[^,.;]{3,60}(?=[,.])")
_TIME = re.compile(
    r"\b(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day\b|\b(?:January|February|March|April|June|July|August|September|October"
    r"|November|December)\b|\b(?:today|yesterday|tomorrow|morning|afternoon|evening|night|week|month|year)s?\b"
)
_SAYING = frozenset(
    stem(word)
    for word in "say said says tell told add added announce announced note noted call called confirm confirmed also"
    " president prime minister mr mrs ms spokesman spokeswoman official officials according new press"
    " conference news reporters".split()
)
"""Words that frame what is told, and titles."""


@dataclass(frozen=True, eq=False)
class Telling:
    """A sentence with its words, weighed by how rare they are among the sentences compared."""

    sentence: SummarySentence
    terms: tuple[Term, ...]
    weights: tuple[float, ...]
    rare: float = math.inf
    """The least weight of a word that few of the sentences have."""

    @property
    def text(self) -> str:
        """The words of the sentence itself."""
        return self.sentence.candidate.focus_text

    @cached_property
    def keys(self) -> frozenset[str]:
        """Keys of its words, and of the people whom it means."""
        candidate = self.sentence.candidate
        return frozenset().union(
            candidate.reading.sentence_keys(candidate.focus), *(term.keys for term in self.terms)
        )

    @cached_property
    def values(self) -> tuple[Value, ...]:
        """The values of the sentence."""
        return values_of(self.text)

    @cached_property
    def quoted(self) -> tuple[frozenset[str], ...]:
        """The keys of each word that it quotes directly."""
        candidate = self.sentence.candidate
        article = candidate.article
        span = candidate.reading.analysis.sentences[candidate.focus]
        return tuple(
            term.keys
            for quotation in candidate.quotations
            if quotation.kind == "direct" and quotation.start < span.end and span.start < quotation.end
            for term in terms_of(
                article.text[max(quotation.start, span.start) : min(quotation.end, span.end)]
            )
        )

    @cached_property
    def own_words(self) -> str:
        """The sentence without quotations and asides."""
        return main_clause(self.text).replace(BLANK, " ")

    @cached_property
    def content(self) -> tuple[tuple[Term, float], ...]:
        """What it tells of the people and places that it names: the other words, with their weights."""
        return tuple(
            (term, weight)
            for term, weight in zip(self.terms, self.weights, strict=True)
            if not term.is_name and not term.surface[0].isupper()
        )

    def share_in(self, other: Telling) -> float:
        """How much of its words, by weight, the other has: 0..1."""
        return _share(zip(self.terms, self.weights, strict=True), other.keys)

    def content_in(self, other: Telling) -> float:
        """The same of the words that are no names."""
        return _share(self.content, other.keys)


def tellings(sentences: Sequence[SummarySentence]) -> list[Telling]:
    """The sentences with their words weighed: the weight falls with the logarithm of how many sentences have a word,
    the full names of those whom they mean included."""
    terms = [_telling_terms(one.candidate.focus_text) for one in sentences]
    known = [one.candidate.reading.sentence_keys(one.candidate.focus) for one in sentences]
    frequency = Counter(key for keys in known for key in keys)
    most = math.log(1 + len(sentences))
    rare = (most - math.log(max(3.0, RARE_SHARE * len(sentences))) + 0.1) * NAME_WEIGHT
    found = []
    for sentence, own in zip(sentences, terms, strict=True):
        distinct = _distinct(own)
        weights = tuple(
            (most - math.log(max(1, min(frequency[key] for key in term.keys))) + 0.1)
            * (NAME_WEIGHT if term.is_name else 1.0)
            for term in distinct
        )
        found.append(Telling(sentence, distinct, weights, rare))
    return found


def outlet_of(sentence: SummarySentence) -> str:
    """Who reports it: the outlet, or, without one, the source's name, for it is nobody else's."""
    return sentence.outlet or sentence.candidate.article.source


def same(left: Telling, right: Telling, *, same_day: bool = False) -> bool:
    """Whether the two tell the same: the same quotation, or mostly the same rare words in near sentences without a
    number, day or amount that speaks against it. Less is needed of sentences that are known to tell of the `same_day`,
    and their dates, which they may write differently, are not compared.
    """
    if left.sentence.candidate.article.article_id == right.sentence.candidate.article.article_id:
        return False
    if shares_quotation(left, right):
        return True
    near = float(left.sentence.vector @ right.sentence.vector)
    if near < NEAR or values_differ(left, right, dates=not same_day):
        return False
    factor = SAME_DAY_FACTOR if same_day else 1.0
    needed = SHARED - (SHARED - SHARED_LEAST) * min(1.0, (near - NEAR) / (NEARER - NEAR))
    shorter, longer = (left, right) if sum(left.weights) <= sum(right.weights) else (right, left)
    if same_day and _rare_names(left, right) >= 2:
        return True
    if sum(term.matches(longer.keys) for term in shorter.terms) < LEAST_WORDS:
        return False
    if sum(term.matches(longer.keys) for term, _ in shorter.content) < LEAST_CONTENT_WORDS:
        return False
    return (
        shorter.share_in(longer) >= factor * needed
        and longer.share_in(shorter) >= factor * needed / 2
        and shorter.content_in(longer) >= factor * CONTENT
        and longer.content_in(shorter) >= factor * CONTENT / 2
    )


def _rare_names(left: Telling, right: Telling) -> int:
    """How many words of names, rare among the sentences, both have."""
    return sum(
        term.is_name and weight >= left.rare and term.matches(right.keys)
        for term, weight in zip(left.terms, left.weights, strict=True)
    )


def shares_quotation(left: Telling, right: Telling) -> bool:
    """Whether most quoted words of one are quoted in the other; of only three, all."""
    smaller, larger = sorted((left.quoted, right.quoted), key=len)
    if len(smaller) < QUOTED_WORDS:
        return False
    known = frozenset().union(*larger)
    share = sum(not keys.isdisjoint(known) for keys in smaller) / len(smaller)
    return share >= (1.0 if len(smaller) == QUOTED_WORDS else QUOTED_SHARE)


def values_differ(left: Telling, right: Telling, *, dates: bool = True) -> bool:
    """Whether each has a number or amount, or with `dates` a day, that the other lacks."""
    kinds_compared = [{"number", "percent", "money", "words"}, {"date", "weekday", "year"}]
    for kinds in kinds_compared if dates else kinds_compared[:1]:
        mine = [value for value in left.values if value.kind in kinds]
        theirs = [value for value in right.values if value.kind in kinds]
        if {value.kind for value in mine}.isdisjoint(value.kind for value in theirs) and "weekday" in kinds:
            continue  # "Thursday" says nothing against "April 11"
        if _lacks(mine, theirs) and _lacks(theirs, mine):
            return True
    return False


def _lacks(values: Iterable[Value], others: Sequence[Value]) -> bool:
    return any(not any(value.agrees(other) or other.agrees(value) for other in others) for value in values)


def _telling_terms(text: str) -> tuple[Term, ...]:
    """The words that tell something: without those that frame it, say when, or say who a named person is."""
    bare = _TIME.sub(lambda match: " " * len(match.group()), text)
    bare = _ROLE.sub(lambda match: " " * len(match.group()), bare)
    return tuple(term for term in terms_of(bare) if _SAYING.isdisjoint(term.keys))


def _share(weighed: Iterable[tuple[Term, float]], keys: frozenset[str]) -> float:
    total = found = 0.0
    for term, weight in weighed:
        total += weight
        found += weight if term.matches(keys) else 0.0
    return found / total if total else 0.0


def _distinct(terms: Iterable[Term]) -> tuple[Term, ...]:
    kept: dict[frozenset[str], Term] = {}
    for term in terms:
        kept.setdefault(term.keys, term)
    return tuple(kept.values())
