"""Which sentences may answer: made-up articles and the real rules; meaning is a number."""

from __future__ import annotations

from service.abstention import objection
from service.candidates import Candidate
from service.fitness import fitness
from service.questions import understand
from service.scoring import Scorer
from tests.service.articles import candidates_of


def of(words: str, text: str) -> Candidate:
    return next(one for one in candidates_of(text) if words in one.text)


def objected(question: str, text: str, meaning: float = 0.5) -> bool:
    """Whether the one sentence of `text` may not answer."""
    asked = understand(question)
    (candidate,) = candidates_of(text)
    return objection(asked, candidate, Scorer(asked, lambda term: 1.0).score(candidate, meaning)) is not None


def test_a_verb_with_a_particle_is_another_verb() -> None:
    question = "Who came up with the plan for the tidal mill?"
    assert objected(question, "Otto Brandt said the plan for the mill was for a tide that comes once a year.")
    assert not objected(question, "Ada Moreau came up with the plan for the tidal mill.")
    assert not objected("Who took the mill over?", "Ada Moreau took over the mill.")


def test_somebody_elses_words_are_no_reaction() -> None:
    question = "How did Norway react to the fishing treaty?"
    assert objected(
        question, "Ada Moreau of Sweden said the fishing treaty ignored her concerns about Norway.", 0.7
    )
    assert not objected(
        question, "Norway’s fisheries ministry said the treaty on fishing was a good one.", 0.7
    )


def test_a_nationality_is_no_place() -> None:
    asked = understand("Where will the ferries be built?")
    yard = of("promised", "A Danish company promised that the ferries would be built in a hurry.")
    esbjerg = of("yard", "The ferries will be built at a yard in Esbjerg.")
    assert fitness(asked, yard) < 0.5
    assert fitness(asked, esbjerg) == 1.0
