"""Ages, sizes and shares."""

from __future__ import annotations

import pytest

from service.fitness import asks_for_value, fitness
from service.question_patterns import Kind
from service.questions import understand
from tests.service.articles import candidates_of


def fit(question: str, text: str, holding: str = "") -> float:
    return next(fitness(understand(question), one) for one in candidates_of(text) if holding in one.text)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("Ruth Ames, 71, wept when she heard it.", True),
        ("Ames, who is 71 and lives alone, said nothing.", True),
        ("Ruth Ames is a 71-year-old baker.", True),
        ("Ruth Ames, the chief engineer, spoke of a tide that comes once in 500 years.", False),
        ("Ruth Ames, 4 metres below, could hear nothing.", False),
        ("The 71-year-old engineer Ruth Ames drew it.", True),
        ("A fan of Ruth Ames, 23-year-old Clara Benoit, fell ill.", False),
        ("Ruth Ames met the 23-year-old Danish sculptor Clara Benoit.", False),
    ],
)
def test_an_age_is_somebodys(text: str, told: bool) -> None:
    assert (fit("How old is Ruth Ames?", text) >= 0.5) is told


def test_an_age_may_be_told_of_she() -> None:
    assert fit("How old is Ruth Ames?", "Ruth Ames drew it. She is 71 now and retired.", "71") == 1.0


def test_a_share_may_be_a_fraction() -> None:
    question = "How much of the cost will the state pay?"
    assert fit(question, "The state will pay two thirds of the cost.") == 1.0
    assert fit(question, "The state will pay the cost.") == 0.0
    assert not asks_for_value(understand(question))


@pytest.mark.parametrize(
    ("question", "kind"),
    [
        ("How large is the city's budget?", Kind.AMOUNT),
        ("Will the bridge cost £3 million or £4 million?", Kind.AMOUNT),
        ("Was it in May or June?", Kind.YES_NO),
        ("Was the vote on 3 May or 4 May?", Kind.WHEN),
        ("What did Boyd pay for the mill?", Kind.AMOUNT),
        ("How large was the crowd?", Kind.COUNT),
    ],
)
def test_what_asks_for_a_sum(question: str, kind: Kind) -> None:
    assert understand(question).kind is kind


def test_a_sum_in_an_unknown_currency() -> None:
    assert fit("How large is the budget?", "The budget is 41 million crowns.") == 1.0


def test_a_day_is_no_place() -> None:
    question = "Where will the boats be built?"
    assert fit(question, "They promised on Tuesday to build the boats soon.") < 0.5
    assert fit(question, "The boats will be built in Esker.") == 1.0
