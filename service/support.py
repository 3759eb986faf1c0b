"""Is a paraphrase supported by the sentences it cites? The calibrated part of the check before a statement is shown.

`service.verification` looks up what has one right form: quotations, values, names, speakers. What is left is wording.
Without a model for inference (none is to be had for the default installation) three measures stand for it, each 0..1:

    words      share of the statement's content words that stand in the cited sentences
    relations  share of its neighbouring words that are neighbours there too, in that order (`service.support_signs`)
    meaning    cosine of the statement to the nearest cited sentence, or to all of them together

and a logistic function of them is compared with a threshold, a lower one where the statement keeps the source's words
in the source's order: a clause taken from a long sentence is far from it in meaning. Six signs refuse a statement
whatever the measures say: a word whose opposite the source has, a clause that only one side negates, a figure that
stands there among other words, names that have changed places (`service.support_exchanges`); an act told as done or
certain that is only possible, planned or denied there, and a claim made stronger (`service.support_modality`).
Coefficients and threshold were fitted on human labels (`dateline bench support --fit`; docs/verification.md has data
and figures) so that a false "supported" costs `COST_OF_FALSE_SUPPORT` false drops. They hold for the bundled
embedder.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from service.support_exchanges import exchanged
from service.support_modality import strengthened, unrealised
from service.support_signs import denied, misplaced, opposed, relations
from service.terms import Term, terms_of
from service.weighing import NAME_WEIGHT

Vectors = NDArray[np.float32]
Embed = Callable[[Sequence[str]], Vectors]
"""Texts to rows of length 1: `Embedder.embed`."""

COST_OF_FALSE_SUPPORT = 1.5
"""How many supported statements may be dropped to keep one unsupported from being shown. At 2, a clause copied
from a longer sentence is refused."""

CLOSE = 0.9
"""Words and relations from which on a statement follows its source closely. At relations of 0.7 balanced accuracy
falls (docs/verification.md)."""
FEWEST_CLOSE = 4
"""Content words that such a statement must have: two words of a source in its order may be any scrap of it."""

SIGNS = (opposed, denied, misplaced, exchanged, unrealised, strengthened)
"""What refuses a statement: each takes it and what it cites, and returns the words that the cited ones contradict."""

BEST_AT_MOST = 3
_ADDS_AT_LEAST = 0.04
_REMEMBERED = 1024


@dataclass(frozen=True, slots=True)
class Calibration:
    """A logistic function of the measures, and the least probability at which a statement counts as supported; the
    lower `close_threshold` is for one that follows its source closely."""

    words: float
    relations: float
    meaning: float
    intercept: float
    threshold: float
    close_threshold: float = 0.5

    def probability(self, words: float, relations: float, meaning: float) -> float:
        """How likely such a statement is supported, 0..1, where supported and unsupported ones are equally many."""
        total = (
            self.words * words + self.relations * relations + self.meaning * meaning + self.intercept
        )  # at most the sum of the coefficients in size: exp cannot overflow
        return 1 / (1 + math.exp(-total))

    def accepts(self, words: float, relations: float, meaning: float, terms: int) -> bool:
        """Whether a statement of that many content words counts as supported, where no sign speaks against it."""
        is_close = words >= CLOSE and relations >= CLOSE and terms >= FEWEST_CLOSE
        least = min(self.threshold, self.close_threshold) if is_close else self.threshold
        return self.probability(words, relations, meaning) >= least


FITTED = Calibration(words=2.57, relations=0.77, meaning=1.67, intercept=-3.94, threshold=0.6)
"""What `dateline bench support --fit` finds. `dataclasses.replace(FITTED, threshold=0.5)` shows more and errs more."""


@dataclass(frozen=True, slots=True)
class Support:
    """How far the cited sentences support a statement.

    `words`, `relations`, `meaning` and `probability` are 0..1. `missing` are content words that no cited sentence has;
    `against` words and clauses that the cited sentences contradict, which alone refuse a statement.
    """

    words: float
    relations: float
    meaning: float
    probability: float
    supported: bool
    missing: tuple[str, ...]
    against: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Ranked:
    """Sentence `index` of those given: what share of the statement's words it adds to those before it, its cosine."""

    index: int
    adds: float
    meaning: float


class SupportScorer:
    """Scores statements against sentences. Threads may share it: it holds nothing but vectors it has computed."""

    def __init__(
        self,
        embed: Embed,
        weigh: Callable[[Term], float] | None = None,
        calibration: Calibration = FITTED,
    ) -> None:
        """`weigh` says how much a content word counts in `words`; by default names and figures count a little more than
        others. An archive's idf was tried and told no more (docs/verification.md)."""
        self._weigh = weigh or _even
        self._calibration = calibration

        @lru_cache(maxsize=_REMEMBERED)
        def vector(text: str) -> Vectors:
            row: Vectors = embed([text])[0]
            return row

        self._vector = vector

    def score(self, statement: str, cited: Sequence[str], vectors: Vectors | None = None) -> Support:
        """How far `cited` supports `statement`, which stands without `[1]` markers.

        Args:
            cited: the sentences it cites, usually one to three; none of them support nothing.
            vectors: what `embed` gives for each of `cited`, (len(cited), dimension). Left out, they are embedded here,
                and remembered. The index's own sentence vectors, made of the words in context, are not what the
                threshold was fitted on.

        Raises:
            TransientError, PermanentError: a remote embedder failed.
        """
        if not cited or not statement.strip():
            return Support(0.0, 0.0, 0.0, 0.0, False, (), ())
        terms = terms_of(statement)
        sources = [terms_of(text) for text in cited]
        keys = _keys(term for source in sources for term in source)
        missing = tuple(term.surface for term in terms if not term.matches(keys))
        words = self._share(terms, keys)
        related = relations(terms, sources)
        meaning = self._meaning(statement, cited, vectors)
        against = tuple(words for sign in SIGNS for words in sign(statement, cited))
        probability = self._calibration.probability(words, related, meaning)
        supported = not against and self._calibration.accepts(words, related, meaning, len(terms))
        return Support(words, related, meaning, probability, supported, missing, against)

    def best_sentences(
        self,
        statement: str,
        sentences: Sequence[str],
        vectors: Vectors | None = None,
        *,
        limit: int = BEST_AT_MOST,
    ) -> tuple[Ranked, ...]:
        """The sentences that support the statement best, best first, at most `limit`; none when there are none.

        The first has the most of its words and meaning; each further one is taken for the words that it adds, and only
        if it adds any worth having. `vectors` (len(sentences), dimension) may be those of the index here: they only
        rank.

        Raises:
            TransientError, PermanentError: a remote embedder failed.
        """
        if not sentences or not statement.strip():
            return ()
        rows = self._rows(sentences) if vectors is None else vectors
        cosines = rows @ self._vector(statement)
        keys = [_keys(terms_of(text)) for text in sentences]
        weights = {term: self._weigh(term) for term in terms_of(statement)}
        total = sum(weights.values()) or 1.0
        chosen: list[Ranked] = []
        while len(chosen) < limit and (weights or not chosen):
            adds = [sum(weights[term] for term in weights if term.matches(one)) / total for one in keys]
            worth = [
                add if chosen else 0.65 * add + 0.35 * float(cosine)
                for add, cosine in zip(adds, cosines, strict=True)
            ]
            index = max(range(len(sentences)), key=worth.__getitem__)
            if chosen and worth[index] < _ADDS_AT_LEAST:
                break
            chosen.append(Ranked(index, adds[index], _unit(float(cosines[index]))))
            weights = {term: weight for term, weight in weights.items() if not term.matches(keys[index])}
        return tuple(chosen)

    def _share(self, terms: Sequence[Term], keys: frozenset[str]) -> float:
        total = sum(self._weigh(term) for term in terms)
        return sum(self._weigh(term) for term in terms if term.matches(keys)) / total if total else 1.0

    def _meaning(self, statement: str, cited: Sequence[str], vectors: Vectors | None) -> float:
        rows = self._rows(cited) if vectors is None else vectors
        together = rows.sum(axis=0)
        length = float(np.linalg.norm(together))
        stated = self._vector(statement)
        nearest = float((rows @ stated).max())
        return _unit(max(nearest, float(together @ stated) / length if length else 0.0))

    def _rows(self, texts: Sequence[str]) -> Vectors:
        return np.stack([self._vector(text) for text in texts])


def _even(term: Term) -> float:
    return NAME_WEIGHT if term.is_name or term.surface[0].isdigit() else 1.0


def _keys(terms: Iterable[Term]) -> frozenset[str]:
    return frozenset().union(*(term.keys for term in terms))


def _unit(cosine: float) -> float:
    return max(0.0, min(1.0, cosine))
