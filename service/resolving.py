"""From what a model wrote to what may be shown: labels become sentences, and the statement is held against them.

A statement that its own labels do not support is tried against the best-supporting sentences of the evidence, because
small models are often right about the fact and wrong about the number behind it. What no sentence supports is dropped
with the reason. Citations that add nothing are taken off: a reader who follows one must find what it is cited for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from service.adjoining import adjoined
from service.answers import Dropped, DropReason
from service.candidates import Candidate
from service.cited_words import evidence_for, is_sentence_of, told_words
from service.evidence_block import EvidenceBlock
from service.extractive import overlapping
from service.quarantine import released
from service.questions import Question
from service.referring import people_in, referred, unexplained, unreferred
from service.spoken_claims import attributed, compared, misattributed, unattributed
from service.statement_form import bare, clauses, ended, is_too_short, off_topic_words
from service.statement_stream import RawStatement
from service.terms import key_set, terms_of
from service.verification import verify

MOST_TRIED = 5
"""Sentences tried for a statement whose labels do not support it."""
MOST_SCORED = 12
"""Sentences of the evidence, by shared words, whose meaning is compared for that."""
MOST_CITED = 4
CLAUSE_DEPTH = 2
"""How often a statement is split to find a citation for each clause: up to four clauses."""
LEAST_RELEVANCE = 0.25
"""Cosine of cited words with the question under which a statement without any word of the question is off-topic.
Cosines of unrelated sentences lie near 0.1 with the bundled embedder (`service.scoring`)."""
RELEVANCE_CHARS = 260
SHOWN_CHARS = 300
"""Of a dropped statement, that diagnostics keep."""


class SupportLike(Protocol):
    """How well cited words carry a statement: shares in 0..1, and whether that is enough."""

    @property
    def words(self) -> float: ...

    @property
    def meaning(self) -> float: ...

    @property
    def supported(self) -> bool: ...


class Scorer(Protocol):
    """Tells whether cited words carry a statement (`service.support.SupportScorer`)."""

    def score(self, statement: str, cited: Sequence[str]) -> SupportLike: ...


@dataclass(frozen=True, slots=True)
class Resolved:
    """A statement that its citations support. `repaired`: Dateline had to find or replace them."""

    text: str
    cited: tuple[Candidate, ...]
    repaired: bool


@dataclass(frozen=True, slots=True)
class _Failure:
    reason: DropReason
    words: str = ""


class Resolver:
    """Judges the statements of one answer, in order, against one evidence block. What was written before tells it whom
    a pronoun means; else it is pure but for the embedder behind it."""

    def __init__(
        self,
        question: Question,
        vector: NDArray[np.float32],
        block: EvidenceBlock,
        scorer: Scorer,
        embed: Callable[[Sequence[str]], NDArray[np.float32]],
        *,
        least_relevance: float = LEAST_RELEVANCE,
    ) -> None:
        """`vector` is the question's unit vector (dimension,); `embed` maps n texts to unit vectors (n, dimension)."""
        self._question = question
        self._vector = vector
        self._block = block
        self._scorer = scorer
        self._embed = embed
        self._least_relevance = least_relevance
        self._before = ""
        self._people = people_in(block.candidates)

    def resolve(self, raw: RawStatement) -> Resolved | Dropped:
        """The statement with the citations that support it, or why it cannot be shown."""
        text, before = ended(bare(released(raw.text))), self._before
        self._before = f"{before} {text}".strip()
        if is_too_short(text):
            return _dropped(raw, "empty")
        if raw.repeated:
            return _dropped(raw, "repeated")
        if not raw.whole:
            return _dropped(raw, "unsupported", "the sentence does not end")
        labelled = self._labelled(text, raw.labels)
        strange = off_topic_words(text, " ".join(one.text for one in labelled or self._block.candidates))
        if strange is not None:
            return _dropped(raw, "off-topic", strange)
        nearest = labelled or self._ranked(text, self._block.candidates)[:1]
        text = referred(text, nearest, before, self._people)
        failure = self._failure(text, labelled) if labelled else _Failure("uncited")
        cited, repaired = labelled, failure is not None or not self._all_resolve(raw.labels)
        if failure is not None:
            found = self._repaired(text, labelled)
            told = self._attributed(text, labelled) if found is None else text
            if told != text and (found := self._repaired(told, labelled)):
                text = told
            if found is None:
                closest = self._ranked(text, self._block.candidates)[:1] if not labelled else []
                missed = (self._failure(text, closest) if closest else None) or failure
                return _dropped(raw, failure.reason, missed.words)
            cited = found
        cited = self._needed(text, cited)
        if not self._is_relevant(text, cited):
            return _dropped(raw, "off-topic")
        return Resolved(text, cited, repaired)

    def _labelled(self, text: str, labels: Sequence[str]) -> tuple[Candidate, ...]:
        """What the labels name; of an article named as a whole, its sentence nearest to the statement."""
        found: list[Candidate] = []
        for label in labels:
            if "." in label:
                candidate = self._block.resolve(label)
                found += [candidate] if candidate is not None else []
            else:
                found += self._ranked(text, self._block.of_article(int(label)))[:1]
        return _distinct(found)[:MOST_CITED]

    def _all_resolve(self, labels: Sequence[str]) -> bool:
        return all(
            self._block.resolve(label) is not None
            if "." in label
            else bool(self._block.of_article(int(label)))
            for label in labels
        )

    def _failure(self, text: str, cited: Sequence[Candidate]) -> _Failure | None:
        """Why `cited` does not support the statement; None when it does."""
        if not cited:
            return _Failure("uncited")
        pronoun = unexplained(text, cited)
        if pronoun is not None:
            return _Failure("name", pronoun)
        for problem in verify(text, [evidence_for(text, candidate) for candidate in cited]).problems:
            return _Failure(problem.kind, problem.words)
        claim = unattributed(text, cited)
        if claim is not None:
            return _Failure("attribution", claim.speaker)
        wronged = misattributed(text, cited)
        if wronged is not None:
            return _Failure("attribution", wronged)
        own = compared(text)
        if any(is_sentence_of(words, one) for words in (own, unreferred(text)) for one in cited):
            return None
        if len(cited) > 1:
            supported = self._carried(text, cited, CLAUSE_DEPTH)
        else:
            supported = self._scorer.score(own, [told_words(text, cited[0])]).supported
        return None if supported else _Failure("unsupported", _missing(text, cited))

    def _carried(self, text: str, cited: Sequence[Candidate], depth: int) -> bool:
        """Whether one of `cited` carries the statement, or each of its clauses is carried by one of them.

        Words of several sentences put together support nearly anything, "Biden will join AUKUS" included.
        """
        if any(self._failure(text, [candidate]) is None for candidate in cited):
            return True
        return depth > 0 and any(
            self._carried(left, cited, depth - 1) and self._carried(right, cited, depth - 1)
            for left, right in clauses(text)
        )

    def _attributed(self, text: str, labelled: Sequence[Candidate]) -> str:
        """The statement with whose words they are, where it tells what somebody said and does not say so."""
        cited = [*labelled, *self._ranked(text, self._block.candidates)[:2]]
        claim = unattributed(text, cited)
        return (attributed(text, claim, cited) if claim is not None else None) or text

    def _repaired(self, text: str, labelled: Sequence[Candidate]) -> tuple[Candidate, ...] | None:
        """Other citations that do support the statement: one sentence, else two, else one with the sentence before."""
        best = self._ranked(text, self._block.candidates)[:MOST_TRIED]
        for candidate in best:
            if self._failure(text, [candidate]) is None:
                return (candidate,)
        for pair in self._pairs(best, labelled):
            if self._failure(text, pair) is None:
                return pair
        for candidate in _distinct([*labelled[:2], *best[:2]]):
            wider = adjoined(text, candidate)
            if wider is not None and self._failure(text, [wider]) is None:
                return (wider,)
        return None

    def _pairs(
        self, best: Sequence[Candidate], labelled: Sequence[Candidate]
    ) -> Iterable[tuple[Candidate, ...]]:
        """Two sentences that may support a joined statement together: what was cited with the best, the best two, the
        best with its neighbours."""
        if not best:
            return
        tried: set[tuple[int, ...]] = set()
        block = self._block.candidates
        place = block.index(best[0])
        neighbours = [
            block[number]
            for number in (place - 1, place + 1)
            if 0 <= number < len(block) and block[number].article.article_id == best[0].article.article_id
        ]
        for pair in [
            *((one, other) for one in labelled[:2] for other in best[:3]),
            *((best[0], other) for other in best[1:3]),
            *((best[0], other) for other in neighbours),
        ]:
            key = tuple(sorted(id(one) for one in pair))
            if pair[0] is not pair[1] and key not in tried:
                tried.add(key)
                yield pair

    def _ranked(self, text: str, candidates: Sequence[Candidate]) -> list[Candidate]:
        """Those of the candidates that share words with the statement, best support first."""
        terms = terms_of(text)
        shared = [(sum(term.matches(one.keys) for term in terms), one) for one in candidates]
        likely = sorted((pair for pair in shared if pair[0]), key=lambda pair: -pair[0])[:MOST_SCORED]
        if len(likely) < 2:
            return [one for _, one in likely]
        scored = []
        for number, (_, one) in enumerate(likely):
            support = self._scorer.score(text, [told_words(text, one)])
            scored.append((-(support.words + support.meaning), number, one))
        return [one for _, _, one in sorted(scored, key=lambda item: item[:2])]

    def _needed(self, text: str, cited: Sequence[Candidate]) -> tuple[Candidate, ...]:
        """The citations without those that add nothing: the statement stands without them and not on them alone. Of two
        that share words of one article, one is enough when it supports the statement."""
        kept = list(cited)
        for candidate in reversed(cited):
            others = [one for one in kept if one is not candidate]
            if not others or self._failure(text, others) is not None:
                continue
            repeats = any(overlapping(candidate, one) for one in others)
            if repeats or self._failure(text, [candidate]) is not None:
                kept = others
        return tuple(kept)

    def _is_relevant(self, text: str, cited: Sequence[Candidate]) -> bool:
        """Whether the statement has to do with the question: a shared word in it, in what it cites or in
        what stands beside that; or cited words close to the question in meaning."""
        asked = self._question.keys | key_set(self._question.speaker or "")
        if not asked or not asked.isdisjoint(key_set(text)):
            return True
        if any(not asked.isdisjoint(candidate.keys | candidate.surroundings) for candidate in cited):
            return True
        vectors = self._embed([candidate.text[:RELEVANCE_CHARS] for candidate in cited])
        return float(np.max(vectors @ self._vector)) >= self._least_relevance


def _missing(text: str, cited: Sequence[Candidate]) -> str:
    """The statement's content words that no cited sentence has."""
    keys = frozenset().union(*(candidate.keys for candidate in cited))
    return ", ".join(dict.fromkeys(term.surface for term in terms_of(text) if not term.matches(keys)))


def _distinct(candidates: Iterable[Candidate]) -> tuple[Candidate, ...]:
    return tuple({id(candidate): candidate for candidate in candidates}.values())


def _dropped(raw: RawStatement, reason: DropReason, words: str = "") -> Dropped:
    return Dropped(text=raw.text[:SHOWN_CHARS], reason=reason, words=words[:SHOWN_CHARS])
