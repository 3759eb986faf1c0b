"""What one answer is measured by, on answers made by hand."""

from __future__ import annotations

from dataclasses import replace

import pytest

from eval.measures import MEASURES, problems, score
from eval.measures_catalogue import PER_CASE
from eval.measures_evidence import said_by, unsupported
from service.answers import Usage
from tests.eval.observed import (
    ABSTAINED,
    BRIDGE,
    CONTEXT,
    answered,
    case,
    cite,
    observed,
    passage,
    saying,
)

OPENED = "The bridge over the Orm opened on 4 May."
COST = "It cost $9 million."
SWAYS = "“It sways as it should,” said Ada Fenn, the engineer."


def scores(gold: object, answer: object, **observation: object) -> dict[str, float | None]:
    return score(gold, observed(answer, **observation), CONTEXT)  # type: ignore[arg-type]


def test_a_right_answer_is_right_by_every_measure() -> None:
    found = [passage(OPENED), passage(COST)]
    gold = case("4 May", answer="It opened on 4 May.")
    measured = scores(gold, saying(OPENED), found=found)
    assert set(measured) == set(PER_CASE)
    for name in ("correct", "accuracy", "fact_coverage", "source_recall", "source_precision", "citation_verbatim",
                 "support", "fidelity", "recall_at_4", "recall_at_10", "mrr_at_10", "abstention"):  # fmt: skip
        assert measured[name] == 1.0, name
    assert measured["token_f1"] == pytest.approx(2 * 4 / (7 + 5))
    assert [name for name, value in measured.items() if value is None] == [
        "similarity", "attribution", "prompt_tokens", "completion_tokens", "cost_usd",
    ]  # fmt: skip
    assert problems(gold, observed(saying(OPENED), found), measured, CONTEXT) == ()


def test_half_the_facts_and_a_stray_source_are_counted_as_such() -> None:
    answer = answered(
        (OPENED, [1]),
        ("The ferry carried 800 people.", [2]),
        citations=[cite(1, OPENED), cite(2, "The ferry carried 800 people.", "ferry")],
    )
    measured = scores(case("4 May", "million"), answer)
    assert (measured["correct"], measured["fact_coverage"], measured["source_precision"]) == (0.0, 0.5, 0.5)


def test_a_near_copy_counts_as_its_source() -> None:
    measured = scores(case("800", sources=["copy.txt"]), saying("The ferry carried 800 people.", "ferry"))
    assert (measured["correct"], measured["source_recall"]) == (0.0, 0.0)
    copy = saying("The ferry carried 800 people.", "ferry", also_in=("copy.txt",))
    measured = scores(case("800", sources=["copy.txt"]), copy)
    assert (measured["correct"], measured["source_recall"], measured["source_precision"]) == (1.0, 1.0, 1.0)


def test_abstaining_is_right_only_where_it_is_expected() -> None:
    assert scores(case(), ABSTAINED)["correct"] == 1.0
    assert scores(case(), saying(OPENED))["correct"] == 0.0
    needless = scores(case("May", answer="In May."), ABSTAINED)
    assert [
        needless[name] for name in ("correct", "fact_coverage", "token_f1", "similarity", "abstention")
    ] == [0.0] * 5
    assert needless["source_precision"] is None
    assert scores(case(), ABSTAINED)["accuracy"] is None


def test_an_error_is_wrong_and_no_abstention() -> None:
    for gold in (case("May"), case()):
        measured = scores(gold, None, error="timed out")
        assert (measured["correct"], measured["abstention"]) == (0.0, 0.0)
    assert scores(case("May"), None, error="timed out")["fact_coverage"] == 0.0


def test_a_quote_that_is_not_at_its_offsets_is_not_verbatim() -> None:
    assert scores(case("May"), saying(OPENED, start=1, end=41))["citation_verbatim"] == 0.0
    assert scores(case("May"), saying(OPENED, article_id="gone"))["citation_verbatim"] == 0.0


def test_statements_are_verified_with_the_quotes_they_cite_and_nothing_else() -> None:
    both = [cite(1, OPENED), cite(2, COST)]
    right = answered((OPENED, [1]), (COST, [2]), citations=both)
    shuffled = answered((OPENED, [2]), (COST, [1]), citations=both)
    assert (scores(case("May"), right)["support"], scores(case("May"), right)["fidelity"]) == (1.0, 1.0)
    assert (scores(case("May"), shuffled)["support"], scores(case("May"), shuffled)["fidelity"]) == (0.0, 0.0)
    half = answered(("It opened on 4 May and cost $9 million.", [1]), citations=both)
    assert (scores(case("May"), half)["support"], scores(case("May"), half)["fidelity"]) == (0.0, 0.5)


def test_words_are_put_into_the_right_mouth_or_not() -> None:
    gold = case("sways", speakers=(("Ada Fenn",),))
    assert scores(gold, saying(SWAYS))["attribution"] == 1.0
    assert scores(gold, saying(SWAYS, speaker="Ada Fenn"))["attribution"] == 1.0
    assert scores(gold, saying(SWAYS, speaker="Bob Carr"))["attribution"] == pytest.approx(2 / 3)
    wrong = answered(("“It sways as it should,” said Bob Carr.", [1]), citations=[cite(1, SWAYS)])
    assert scores(gold, wrong)["attribution"] == 0.0
    assert scores(gold, saying(OPENED))["attribution"] == 0.0
    beside = "She said that 900 people had crossed."
    elsewhere = answered(("“It sways as it should.”", [1]), (beside, [2]),
                         citations=[cite(1, SWAYS), cite(2, beside, speaker="Ada Fenn")])  # fmt: skip
    assert scores(gold, elsewhere)["attribution"] == 0.5
    assert scores(case("4 May"), saying(OPENED))["attribution"] is None


def test_a_pronoun_is_whom_the_article_means_by_it() -> None:
    words = "She said that 900 people had crossed."
    told = answered(("[Ada Fenn] said that 900 people had crossed.", [1]), citations=[cite(1, words)])
    assert scores(case("900", speakers=(("Fenn",),)), told)["support"] == 1.0
    other = answered(("Bob Carr said that 900 people had crossed.", [1]), citations=[cite(1, words)])
    assert scores(case("900"), other)["support"] == 0.0


def test_an_outlet_may_be_named_where_the_citation_shows_it() -> None:
    text = "The Orm Post reported that it cost $9 million."
    cited = [cite(1, COST, outlet="The Orm Post")]
    assert scores(case("million"), answered((text, [1]), citations=cited))["support"] == 1.0
    assert scores(case("million"), answered((text, [1]), citations=[cite(1, COST)]))["support"] == 0.0


def test_a_disagreement_has_to_be_set_side_by_side() -> None:
    ferry = "The ferry carried 800 people."
    crossed = "She said that 900 people had crossed."
    cited = [cite(1, crossed), cite(2, ferry, "ferry")]
    sides = [(crossed, [1]), (ferry, [2])]
    gold = case("900", "800", sources=["bridge.txt", "ferry.txt"], disagreement=True)
    told = answered((crossed, [1]), (ferry, [2]), citations=cited)
    assert scores(gold, told)["correct"] == 0.0
    assert scores(replace(gold, disagreement=False), told)["correct"] == 1.0
    assert scores(gold, answered((crossed, [1]), citations=cited, sides=sides))["correct"] == 1.0
    both = f"{crossed} {ferry}"
    assert (
        scores(gold, answered((both, [1, 2]), citations=cited, sides=[(both, [1, 2])] * 2))["correct"] == 0.0
    )


def test_what_must_not_be_said_makes_an_answer_wrong() -> None:
    assert scores(case("4 May", never=("ORM",)), saying(OPENED))["correct"] == 0.0
    assert scores(case("4 May", never=("ferry",)), saying(OPENED))["correct"] == 1.0


def test_retrieval_is_measured_by_articles_among_the_first_passages() -> None:
    ferry = passage("The ferry carried 800 people.", "ferry")
    found = [ferry, ferry, ferry, ferry, passage(OPENED)]
    measured = scores(case("May"), saying(OPENED), found=found)
    assert (measured["recall_at_4"], measured["recall_at_10"], measured["mrr_at_10"]) == (0.0, 1.0, 0.2)
    unknown = scores(case("May"), saying(OPENED))
    assert unknown["recall_at_4"] is None


def test_tokens_and_cost_are_those_of_a_model() -> None:
    usage = Usage(prompt_tokens=100, completion_tokens=20, cost_usd=0.01)
    measured = scores(case("May"), saying(OPENED).model_copy(update={"usage": usage}))
    assert [measured[name] for name in ("prompt_tokens", "completion_tokens", "cost_usd")] == [
        100.0,
        20.0,
        0.01,
    ]
    assert scores(case("May"), saying(OPENED))["prompt_tokens"] is None


def test_every_measure_is_described() -> None:
    assert all(one.name == name and one.definition and one.title for name, one in MEASURES.items())
    assert {one.unit for one in MEASURES.values() if one.better == "lower"} == {"ms", "tokens", "usd"}


def test_a_statement_that_is_repeated_as_a_side_is_judged_once() -> None:
    answer = answered((OPENED, [1]), citations=[cite(1, OPENED)], sides=[(OPENED, [1]), (COST, [1])])
    assert [text for text, _ in said_by(answer)] == [OPENED, COST]
    assert unsupported(said_by(answer)[0], CONTEXT) == ()
    assert BRIDGE.startswith(OPENED)
