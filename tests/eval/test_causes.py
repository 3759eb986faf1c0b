"""Why an answer is wrong: each cause from an answer that has it."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eval.article_context import ArticleContext
from eval.gold import GoldCase
from eval.measures import Observation, problems, score
from eval.runs import Cause, Found, Problem
from tests.eval.observed import ABSTAINED, CONTEXT, answered, case, cite, observed, passage, read, saying

OPENED = "The bridge over the Orm opened on 4 May."
COST = "It cost $9 million."
SWAYS = "“It sways as it should,” said Ada Fenn, the engineer."
FERRY = "The ferry carried 800 people."


def told(gold: GoldCase, observation: Observation, context: ArticleContext = CONTEXT) -> tuple[Problem, ...]:
    return problems(gold, observation, score(gold, observation, context), context)


def causes(gold: GoldCase, observation: Observation, context: ArticleContext = CONTEXT) -> Sequence[Cause]:
    return [problem.cause for problem in told(gold, observation, context)]


def test_an_error_is_all_there_is_to_say() -> None:
    (problem,) = told(case("May"), observed(None, error="timed out"))
    assert (problem.cause, problem.detail) == ("error", "timed out")


def test_a_deleted_article_comes_before_what_follows_from_it() -> None:
    without = ArticleContext(read, ["ferry.txt"])
    found = [passage(FERRY, "ferry")]
    assert causes(case("May"), observed(ABSTAINED, found), without) == ["missing-article", "retrieval"]
    assert causes(case("May"), observed(saying(OPENED), [passage(OPENED)]), without) == []


def test_what_was_not_found_is_put_down_to_retrieval() -> None:
    elsewhere = [passage(FERRY, "ferry")]
    assert causes(case("May"), observed(ABSTAINED, elsewhere)) == ["retrieval"]
    assert causes(case("May"), observed(saying(FERRY, "ferry"), elsewhere)) == ["retrieval", "source"]
    (problem,) = told(case("million"), observed(saying(OPENED), [passage(OPENED)]))
    assert (problem.cause, problem.words) == ("retrieval", ("million",))


def test_what_was_found_and_not_said_is_put_down_to_the_answer() -> None:
    found = [passage(OPENED), passage(COST)]
    assert causes(case("million"), observed(saying(OPENED), found)) == ["fact"]
    (problem,) = told(case("million"), observed(ABSTAINED, found))
    assert (problem.cause, problem.detail) == ("abstained", "nothing was found")


def test_of_two_facts_one_may_not_be_found_and_the_other_not_be_said() -> None:
    gold = case("million", "sways")
    wrong = told(gold, observed(saying(OPENED), [passage(OPENED), passage(COST)]))
    assert [(problem.cause, problem.words) for problem in wrong] == [
        ("retrieval", ("sways",)),
        ("fact", ("million",)),
    ]


def test_without_knowing_what_was_found_the_answer_is_named() -> None:
    assert causes(case("May"), observed(ABSTAINED)) == ["abstained"]
    assert causes(case("million"), observed(saying(OPENED))) == ["fact"]


def test_an_answer_where_there_is_none_is_named_with_its_words() -> None:
    (problem,) = told(case(), observed(saying(OPENED)))
    assert (problem.cause, problem.words) == ("answered", (OPENED,))
    assert told(case(), observed(ABSTAINED)) == ()


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (saying(OPENED, start=3, end=43), ["citation"]),
        (answered((OPENED, [1]), citations=[cite(1, COST)]), ["support"]),
        (
            answered((OPENED, [1]), (FERRY, [2]), citations=[cite(1, OPENED), cite(2, FERRY, "ferry")]),
            ["source"],
        ),
        (
            answered((OPENED, [1]), ("“It sways as it should,” said Bob Carr.", [2]),
                     citations=[cite(1, OPENED), cite(2, SWAYS)]),
            ["support", "speaker"],
        ),
    ],
)  # fmt: skip
def test_an_answer_that_says_everything_may_still_have_problems(
    answer: object, expected: Sequence[Cause]
) -> None:
    assert causes(case("4 May"), observed(answer)) == expected  # type: ignore[arg-type]


def test_whoever_has_to_speak_and_does_not_is_named() -> None:
    (problem,) = told(case("4 May", speakers=(("Ada Fenn", "the engineer"),)), observed(saying(OPENED)))
    assert (problem.cause, problem.words) == ("speaker", ("Ada Fenn", "the engineer"))


def test_sides_that_do_not_stand_side_by_side_are_a_fact_not_said() -> None:
    cited = [cite(1, "She said that 900 people had crossed."), cite(2, FERRY, "ferry")]
    answer = answered((cited[0].quote, [1]), (FERRY, [2]), citations=cited)
    gold = case("900", "800", sources=["bridge.txt", "ferry.txt"], disagreement=True)
    (problem,) = told(gold, observed(answer))
    assert (problem.cause, problem.words) == ("fact", ("900", "800"))


def test_what_must_not_be_said_is_named() -> None:
    (problem,) = told(case("4 May", never=("the orm",)), observed(saying(OPENED)))
    assert (problem.cause, problem.words) == ("fact", ("the orm",))


CITED = [
    cite(1, OPENED),
    cite(2, SWAYS, speaker="Ada Fenn"),
    cite(3, FERRY, "ferry", also_in=("bridge.txt",)),
    cite(4, COST, start=0, end=5),
    cite(5, SWAYS, speaker="Bob Carr", article_id="gone"),
]
TEXTS = [OPENED, SWAYS, FERRY, COST, "“It sinks,” said Bob Carr.", "In 1999 Zoe Abt paid 5 percent."]
FOUND = [passage(OPENED), passage(COST), passage(FERRY, "ferry")]
FACTS = st.lists(st.sampled_from(["4 May", "million", "sways", "800", "zinc"]), max_size=3, unique=True)
SAID = st.lists(
    st.tuples(st.sampled_from(TEXTS), st.lists(st.integers(1, 6), min_size=1, max_size=3)), max_size=4
)


@settings(deadline=None)
@given(
    FACTS,
    SAID,
    SAID,
    st.lists(st.sampled_from(FOUND), max_size=4),
    st.booleans(),
    st.booleans(),
    st.booleans(),
)
def test_scores_stay_in_bounds_and_a_wrong_answer_has_a_problem(
    facts: list[str],
    said: list[tuple[str, list[int]]],
    sides: list[tuple[str, list[int]]],
    found: list[Found],
    disagreement: bool,
    spoken: bool,
    failed: bool,
) -> None:
    speakers = (("Ada Fenn",),) if spoken and facts else ()
    gold = case(*facts, disagreement=disagreement and len(facts) > 1, speakers=speakers, never=("1999",))
    answer = answered(*said, citations=CITED, sides=sides if len(sides) > 1 else ()) if said else ABSTAINED
    observation = observed(None if failed else answer, found, error="gone" if failed else None)
    measured = score(gold, observation, CONTEXT)
    assert all(value is None or 0.0 <= value <= 1.0 for value in measured.values())
    wrong = problems(gold, observation, measured, CONTEXT)
    if measured["correct"] == 0.0:
        assert wrong
    assert len({problem.cause for problem in wrong} & {"error", "answered", "abstained"}) <= 1
    assert problems(gold, observation, measured, CONTEXT) == wrong
