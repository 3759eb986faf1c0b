"""How well a candidate answers a question: pure functions over words, with one optional cosine.

A score is a weighted sum of parts that each lie in 0..1, so that weights can be read as importance:

    coverage   idf-weighted share of the topic's words in the candidate, less where only its surroundings have them
    meaning    cosine between question and candidate in the embedding space
    fit        whether the candidate holds the kind of answer asked for (a number, a date, a name, a speaker's words)
    retrieved  how the passage ranked
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from service.candidates import Candidate
from service.fitness import fitness
from service.questions import Question
from service.reading import Reading
from service.terms import Term, keys_of

Weigh = Callable[[Term], float]

NEAR, FAR = 0.6, 0.25
"""What a word of the topic counts for when it stands beside the candidate (or, a name, in the lead of its article), and
when only elsewhere in the article."""


@dataclass(frozen=True, slots=True)
class Parts:
    """The parts of a score, each 0..1.

    `direct` is the coverage by the candidate's own words alone, `matter` that of the words that are no names by the
    candidate and what stands beside it. `names_far` are names of the question that stand
    only elsewhere in the article and not in its lead, `names_absent` those that do not stand in it at all.
    """

    coverage: float
    direct: float
    meaning: float
    fit: float
    retrieved: float
    matter: float = 1.0
    names_far: tuple[str, ...] = ()
    names_absent: tuple[str, ...] = ()

    @property
    def total(self) -> float:
        """The weighted sum, for ranking."""
        return 0.40 * self.coverage + 0.27 * self.meaning + 0.23 * self.fit + 0.10 * self.retrieved

    @property
    def evidence(self) -> float:
        """Words and meaning together, for deciding whether the candidate is about the question at all. Cosines of
        unrelated sentences lie near 0.1 and of paraphrases near 0.7 with the bundled embedder."""
        return 0.65 * self.coverage + 0.35 * max(0.0, min(1.0, (self.meaning - 0.1) / 0.6))


class Scorer:
    """Scores the candidates of one question. What the candidates share is worked out once: the weights of the topic's
    words, and which of them an article has anywhere."""

    def __init__(self, question: Question, weigh: Weigh) -> None:
        """`weigh` gives a term's idf."""
        self._question = question
        self._topic = [(term, term.keys, weigh(term), term.is_name) for term in question.topic]
        self._total = sum((weight for _, _, weight, _ in self._topic), 0.0)
        self._matter = sum((0.0 if is_name else weight for _, _, weight, is_name in self._topic), 0.0)
        self._somewhere: dict[tuple[int, Term], bool] = {}
        self._readings: dict[int, Reading] = {}

    def score(self, candidate: Candidate, meaning: float = 0.0) -> Parts:
        """The parts of one candidate's score; `meaning` is a cosine, 0 when not computed."""
        own = covered = matter_met = 0.0
        far, absent = [], []
        keys, near = candidate.keys, candidate.surroundings
        others: bool | None = None
        for term, wanted, weight, is_name in self._topic:
            if not wanted.isdisjoint(keys):
                own += weight
                covered += weight
                matter_met += 0.0 if is_name else weight
            elif not wanted.isdisjoint(near):
                covered += NEAR * weight
                matter_met += 0.0 if is_name else weight
            elif is_name:
                if others is None:
                    others = self._question.speaker is None and _mentions_others(self._question, candidate)
                if not others and not wanted.isdisjoint(candidate.reading.lead_keys):
                    covered += NEAR * weight
                elif self._has_somewhere(candidate.reading, term):
                    covered += FAR * weight
                    far.append(term.surface)
                else:
                    absent.append(term.surface)
        return Parts(
            coverage=covered / self._total if self._total else 1.0,
            direct=own / self._total if self._total else 1.0,
            meaning=max(0.0, min(1.0, meaning)),
            fit=fitness(self._question, candidate),
            retrieved=candidate.retrieved,
            matter=matter_met / self._matter if self._matter else 1.0,
            names_far=tuple(far),
            names_absent=tuple(absent),
        )

    def _has_somewhere(self, reading: Reading, term: Term) -> bool:
        key = (id(reading), term)
        known = self._somewhere.get(key)
        if known is None:
            self._readings[id(reading)] = reading  # so that its id stays its own
            known = self._somewhere[key] = reading.has_somewhere(term)
        return known


def _mentions_others(question: Question, candidate: Candidate) -> bool:
    """Whether the candidate is about a person whom the question does not name: then what the article as a whole is
    about does not tell whom the candidate is about."""
    asked = question.keys
    return any(keys_of(mention.name.split()[-1]).isdisjoint(asked) for mention in candidate.mentions)
