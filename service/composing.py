"""The extractive engine over a library: what it would say to a question, and where the sources differ.

Nothing leaves here that has not passed `service.verification`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ingest.embedding import Embedder
from service.answers import Disagreement, Side
from service.candidates import Candidate, candidates_in, without_dateline
from service.cited_words import evidence_of
from service.citing import Citations
from service.disagreement import disagreements
from service.extractive import Choice, choose, overlapping
from service.library import Library
from service.pairing import with_continuation, with_pairs
from service.questions import Question, as_plain
from service.reading import Reading
from service.referents import readable
from service.retrieval import Hit
from service.terms import terms_of
from service.verification import verify
from service.weighing import Weigher


@dataclass(frozen=True, slots=True)
class Found:
    """What was retrieved for a question: its unit vector (dimension,), the hits, best first, and their articles."""

    vector: NDArray[np.float32]
    hits: Sequence[Hit]
    readings: Mapping[str, Reading]


class ExtractiveComposer:
    """Chooses the articles' own sentences as statements. Safe to share between threads."""

    def __init__(self, library: Library, embedder: Embedder) -> None:
        self._library = library
        self._embedder = embedder

    def choose(self, question: Question, found: Found, claims: Sequence[str] = ()) -> Choice:
        """What answers `question`; a speaker who is only described is tried as a subject, too.

        `claims` are words of what the reader states in passing: only sentences that hold them may answer.
        """
        candidates: list[Candidate] = []
        for article_id, reading in found.readings.items():
            spans = [
                (hit.chunk.start, hit.chunk.end, hit.score)
                for hit in found.hits
                if hit.chunk.article_id == article_id
            ]
            candidates += [one for one in candidates_in(reading, spans) if holds(claims, one)]
        weigher = Weigher(self._library.keywords())
        candidates = [without_dateline(one) for one in with_pairs(question, candidates, weigher.weight)]
        choice = choose(question, candidates, weigher, self._embedder.embed, found.vector)
        plain = as_plain(question) if choice.refusal is not None else None
        if plain is not None:
            asked_plainly = choose(plain, candidates, weigher, self._embedder.embed, found.vector)
            if asked_plainly.refusal is None:
                return asked_plainly
        return told_out(question, choice)


def told_out(question: Question, choice: Choice) -> Choice:
    """The choice, with what its statements only announce."""
    chosen = tuple(
        replace(one, scored=replace(one.scored, candidate=with_continuation(question, one.scored.candidate)))
        for one in choice.chosen
    )
    return replace(choice, chosen=chosen)


def holds(claims: Sequence[str], candidate: Candidate) -> bool:
    """Whether the candidate has every word of `claims`, in any form."""
    return all(term.matches(candidate.keys) for claim in claims for term in terms_of(claim))


def statements(choice: Choice) -> Iterator[tuple[str, list[Candidate]]]:
    """The chosen statements that pass verification, each with what it cites."""
    for chosen in choice.chosen:
        candidate = chosen.scored.candidate
        evidence = [evidence_of(candidate)]
        text = readable(candidate)
        if not verify(text, evidence).supported:
            text = readable(candidate, every_speaker=True)
        if verify(text, evidence).supported:
            yield text, [item.candidate for item in (chosen.scored, *chosen.corroborating)]


def differing(question: Question, choice: Choice, citations: Citations) -> tuple[Disagreement, ...]:
    """Where the sources that were considered cannot all be right about what was chosen."""
    found = disagreements(question, [item.candidate for item in choice.considered], choice.chosen)
    return tuple(
        Disagreement(
            about=conflict.about,
            sides=tuple(
                Side(text=readable(side), citations=tuple(item.id for item in citations.cite([side])))
                for side in conflict.sides
            ),
        )
        for conflict in found
    )


def closest(choice: Choice, limit: int) -> list[Candidate]:
    """The best `limit` of what was considered, none sharing words with one before it."""
    kept: list[Candidate] = []
    for item in choice.considered:
        if not any(overlapping(item.candidate, other) for other in kept):
            kept.append(item.candidate)
    return kept[:limit]
