"""How much of a question the archive's evidence covers, so that whoever answers can abstain.

Unanswerable questions are told apart by what is *not* found: for some part no sentence has its words or its meaning.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from service.question_parts import Part


@dataclass(frozen=True, slots=True)
class PartCoverage:
    """One part of the question. `words`: the largest share of its words, by weight, that one sentence holds, 0..1;
    `meaning`: the largest cosine of a sentence; `articles_in_period`: whether any article is of the times it names
    (True when it names none)."""

    part: Part
    words: float
    meaning: float
    articles_in_period: bool


@dataclass(frozen=True, slots=True)
class Coverage:
    """What was found for a question. `question_meaning` is the largest cosine of a sentence with the whole question;
    `unknown` are its names and words that no article has."""

    parts: tuple[PartCoverage, ...]
    question_meaning: float
    unknown: tuple[str, ...]

    @property
    def score(self) -> float:
        """Words and meaning, half each: the mean of the parts' words, and the mean of what the whole question's meaning
        and the parts' are; about 0..1. Nothing in it knows an outlet.

        The parts' meaning is made of the whole question's (see `Retriever`), so that it is no third witness.
        """
        meaning = (self.question_meaning + _mean([one.meaning for one in self.parts])) / 2
        return (_mean([one.words for one in self.parts]) + meaning) / 2

    @property
    def weakest(self) -> PartCoverage | None:
        """The part least covered, words and meaning together; None when nothing was asked for."""
        return min(self.parts, key=lambda one: one.words + one.meaning, default=None)


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values) if values else 0.0
