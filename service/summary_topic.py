"""What a topic is, and which articles and sentences are about it: all of them, not the best few.

A sentence is about a topic when it has its words, when it is near it in meaning and has some of them, or when it is
very near. Many stories name a thing without its name ("a pact of three navies"), so what the archive itself puts in
apposition to the topic ("AUKUS – a pact of three navies") is looked for, too.

The cosines are those of the bundled embedder between a few words and a sentence in its context; they were set by
looking at what is found in the samples, where unrelated sentences stay below 0.3.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ingest.embedding import Embedder
from ingest.keywords import analyze_terms
from service.candidates import Candidate
from service.library import Library
from service.reading import Reading
from service.terms import Term, fold, terms_of
from service.weighing import Weigher

Vector = NDArray[np.float32]

NEAR = 0.48
"""Cosine with the topic from which a sentence is about it whatever its words are."""
NEAREST = 0.6
"""Cosine that counts as wholly near: few words are nearer to a sentence."""
OF_WORDS = 0.65
"""How much the words count in relevance; their share is squared, as the missing word of three is often the point."""
LEAST_RELEVANCE = 0.05
NEAR_WITH_WORDS = 0.33
"""The same for one that has half of the topic's words, with every name of it in view."""
NEAR_IN_ITS_ARTICLE, SHARE_IN_ITS_ARTICLE = 0.25, 0.75
"""The same for one of an article that is about the topic as a whole, and the share of its words that it then counts as
having: its "barrier" is the one in the title."""
NEAR_DESCRIPTION = 0.5
"""Cosine with a description of the topic from which a sentence that has its names and its noun means the topic."""
SOME, HALF = 0.25, 0.4
ALL = 0.99
NAMES_SHARED = 0.6
"""Share of a description's names that a sentence has to have: of three countries, two."""
MOST_DESCRIPTIONS = 4
LEAST_NAMES = 2
CHUNKS_AT_ONCE = 4000
MOST_NAMING = 200
"""Chunks in which descriptions are looked for."""
DESCRIBED_AT_LEAST, DESCRIBED_AT_MOST = 4, 30
"""Words of a description: fewer do not tell one thing from another, more are a clause."""


@dataclass(frozen=True, slots=True)
class Description:
    """What the archive calls the topic: `noun` says what it is, `names` are in it."""

    text: str
    noun: Term
    names: tuple[Term, ...]
    vector: Vector

    def meant_by(self, candidate: Candidate, vector: Vector) -> bool:
        """Whether the candidate, whose focus has this unit vector, speaks of what is described."""
        keys = candidate.keys
        shared = sum(name.matches(keys) for name in self.names)
        return (
            self.noun.matches(keys)
            and shared >= LEAST_NAMES
            and shared >= NAMES_SHARED * len(self.names)
            and float(self.vector @ vector) >= NEAR_DESCRIPTION
        )


@dataclass(frozen=True)
class Topic:
    """A topic as it is looked for: its terms with their weights, its unit vector (dimension,), its descriptions."""

    text: str
    terms: tuple[Term, ...]
    weights: tuple[float, ...]
    vector: Vector
    descriptions: tuple[Description, ...] = ()

    def share(self, keys: frozenset[str]) -> float:
        """The share of the topic's weight that is among `keys`, 0..1; 0 for a topic without content words."""
        total = sum(self.weights)
        had = sum(weight for term, weight in zip(self.terms, self.weights, strict=True) if term.matches(keys))
        return had / total if total else 0.0

    def relevance(self, candidate: Candidate, vector: Vector) -> float:
        """How much a candidate, whose focus has this unit vector, is about the topic: 0 is not at all, 1 wholly."""
        share, cosine = self.share(candidate.keys), float(self.vector @ vector)
        if share < ALL and any(one.meant_by(candidate, vector) for one in self.descriptions):
            share = 1.0
        if share < ALL:
            about = self._is_subject_of(candidate.reading)
            in_view = candidate.keys | candidate.surroundings
            names_in_view = all(term.matches(in_view) for term in self.terms if term.is_name)
            needed = NEAR_IN_ITS_ARTICLE if about else NEAR
            if share >= HALF and names_in_view:
                needed = min(needed, NEAR_WITH_WORDS)
            if cosine < needed:
                return 0.0
            share = max(share, SHARE_IN_ITS_ARTICLE) if about else share
        near = min(1.0, max(0.0, cosine) / NEAREST)
        return max(LEAST_RELEVANCE, OF_WORDS * share**2 + (1 - OF_WORDS) * near)

    def _is_subject_of(self, reading: Reading) -> bool:
        """Whether a whole article is about the topic: its title has some, its title and first sentences every word."""
        return self.share(reading.title_keys) >= SOME and self.share(reading.lead_keys) >= ALL


def understand_topic(library: Library, embedder: Embedder, text: str) -> Topic:
    """The topic that `text` names, as yet without descriptions.

    Raises:
        TransientError, PermanentError: a remote embedder failed.
    """
    weigher, terms = Weigher(library.keywords()), terms_of(text)
    return Topic(
        text=text,
        terms=terms,
        weights=tuple(weigher.weight(term) for term in terms),
        vector=embedder.embed([text])[0],
    )


def described(topic: Topic, embedder: Embedder, texts: Iterable[str]) -> Topic:
    """The topic with the descriptions that stand in `texts`: sentences that have all of its words."""
    found: dict[str, tuple[Term, tuple[Term, ...]]] = {}
    for text in texts:
        for words in _appositions(topic, text):
            terms = terms_of(words)
            names = tuple({term.keys: term for term in terms if term.is_name}.values())
            noun = _head(words)
            if noun is not None and len(names) >= LEAST_NAMES:
                found.setdefault(words, (noun, names))
    if not found:
        return topic
    texts_found = list(found)[:MOST_DESCRIPTIONS]
    vectors = embedder.embed(texts_found)
    return replace(
        topic,
        descriptions=tuple(
            Description(words, *found[words], vector)
            for words, vector in zip(texts_found, vectors, strict=True)
        ),
    )


def topic_in(
    library: Library, embedder: Embedder, text: str, article_ids: Sequence[str]
) -> tuple[Topic, list[str]]:
    """The topic that `text` names, and those of the articles that may have a sentence about it, in the same order.

    Raises:
        TransientError, PermanentError: a remote embedder failed.
    """
    topic = understand_topic(library, embedder, text)
    about, naming = _articles_about(library, topic, article_ids)
    topic = described(topic, embedder, (chunk.text for chunk in library.chunks(naming).values()))
    if topic.descriptions:
        about, _ = _articles_about(library, topic, article_ids)
    return topic, about


def _articles_about(
    library: Library, topic: Topic, article_ids: Sequence[str]
) -> tuple[list[str], list[str]]:
    """The articles that may have a sentence about the topic, and chunks with a sentence that has all of its words:
    every sentence is looked at in the index, none is read."""
    keywords, shelf = library.keywords(), library.shelf()
    texts = [topic.text, *(one.text for one in topic.descriptions)]
    vectors = np.stack([topic.vector, *(one.vector for one in topic.descriptions)])
    parts = [keywords.idf(analyze_terms(text)) for text in texts]
    chunk_ids = [chunk_id for one in article_ids for chunk_id in shelf.records[one].chunk_ids]
    found: set[str] = set()
    naming: list[str] = []
    for start in range(0, len(chunk_ids), CHUNKS_AT_ONCE):
        batch = chunk_ids[start : start + CHUNKS_AT_ONCE]
        evidence = library.evidence().score(batch, parts, vectors)
        whole = np.nan_to_num(library.vectors().cosines(batch, vectors))
        cosine = np.where(np.isnan(evidence.cosine), whole, evidence.cosine)
        likely = (cosine >= NEAR) | ((evidence.coverage >= HALF) & (cosine >= NEAR_WITH_WORDS))
        named = evidence.coverage[:, 0] >= ALL
        naming += [batch[place] for place in np.flatnonzero(named)[: MOST_NAMING - len(naming)].tolist()]
        found.update(batch[place].partition(".")[0] for place in np.flatnonzero(likely.any(axis=1) | named))
    return [one for one in article_ids if one in found], naming


def _appositions(topic: Topic, text: str) -> Iterator[str]:
    """What stands in apposition to the topic's words: "TOPIC …– the …", "TOPIC, a …", "TOPIC (the …)"."""
    flat = " ".join(text.split())
    spans = [
        (term.start, term.end)
        for term in terms_of(flat)
        if any(term.matches(own.keys) for own in topic.terms)
    ]
    for _, end in spans:
        match = _APPOSITION.match(flat, end)
        if match and DESCRIBED_AT_LEAST <= len(match.group(1).split()) <= DESCRIBED_AT_MOST:
            yield match.group(1)


_APPOSITION = re.compile(
    r"(?:\s+\w+){0,2}\s*(?:\s[–—-]\s|[–—]|,\s|\()\s*(?:the|an?)\s+([^.;:()–—?!“”\"]+)", re.IGNORECASE
)
_PREPOSITION = re.compile(
    r"\b(?:between|of|for|among|amongst|with|that|which|who|whose|in|on|from|to|linking|uniting|by|under)\b"
)


def _head(words: str) -> Term | None:
    """The noun that a description is built on: the last word before its first preposition."""
    terms = terms_of(_PREPOSITION.split(words, maxsplit=1)[0])
    return terms[-1] if terms and not terms[-1].is_name and fold(terms[-1].surface).isalpha() else None


__all__ = ["Description", "Topic", "described", "topic_in", "understand_topic"]
