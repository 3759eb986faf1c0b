"""What summaries are measured by: each measure worked out by hand on small summaries."""

from __future__ import annotations

import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eval.summary_gold import GoldEvent, GoldSide, Point, SummaryCase
from eval.summary_metrics import (
    ROUGE,
    Rouge,
    ceiling,
    citation_score,
    comparison_score,
    compression,
    date_score,
    key_points,
    points_missed,
    redundancy,
    source_score,
)
from service.answers import Citation, Disagreement, Side, Statement
from service.summaries import DatedEvent, Reading, Shared, Summary, SummaryRequest
from service.verification import Evidence

TEXT = "The council paid £9 million. Ada Obi said it was dear. The bridge opens in May."
POINTS = (Point("paid", (("council",), ("£9 million",))), Point("opens", (("opens", "opened"),)))


def citation(number: int, quote: str, source: str = "a.txt", also_in: tuple[str, ...] = ()) -> Citation:
    start = TEXT.find(quote)
    return Citation(
        id=number, article_id=source, source=source, quote=quote, start=start, end=start + len(quote), line=1,
        url="", also_in=also_in,
    )  # fmt: skip


def statement(text: str, *ids: int) -> Statement:
    return Statement(text=text, citations=ids, support="verbatim")


def summary(
    *statements: Statement,
    citations: tuple[Citation, ...] = (),
    events: tuple[DatedEvent, ...] = (),
    shared: tuple[Shared, ...] = (),
    disagreements: tuple[Disagreement, ...] = (),
) -> Summary:
    return Summary(
        status="summarized", subject="bridge", style="brief", summary="", statements=statements, citations=citations,
        events=events, shared=shared, disagreements=disagreements, reading=Reading(articles=3),
    )  # fmt: skip


def case(
    relevant: tuple[str, ...] = (),
    cite: tuple[tuple[str, ...], ...] = (),
    copies: tuple[tuple[str, ...], ...] = (),
    shared: tuple[tuple[tuple[str, ...], ...], ...] = (),
    disagreement: tuple[GoldSide, ...] = (),
) -> SummaryCase:
    return SummaryCase(
        "one", SummaryRequest(), "dev", relevant=relevant, cite=cite, copies=copies, shared=shared,
        disagreement=disagreement,
    )  # fmt: skip


def test_a_point_has_to_be_made_by_one_statement() -> None:
    assert key_points(POINTS, ["The council met.", "It cost £9 million.", "It opened."]) == (False, True)
    assert key_points(POINTS, ["The council paid £9 million."]) == (True, False)
    assert points_missed(POINTS, (True, False)) == ["opens"]


def test_the_ceiling_is_exact() -> None:
    sentences = ["The council paid £9 million and it opens.", "The council paid £9 million.", "It opens."]
    assert ceiling(POINTS, sentences, 8) == 1.0
    assert ceiling(POINTS, sentences, 7) == 1.0, "the two short ones together"
    assert ceiling(POINTS, sentences, 6) == 0.5
    assert ceiling(POINTS, sentences, 1) == 0.0
    assert ceiling((), sentences, 9) is None


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.sampled_from(["council £9 million", "opens", "other words here", "opens council £9 million"]))
)
def test_more_words_never_lower_the_ceiling(sentences: list[str]) -> None:
    found = [ceiling(POINTS, sentences, words) or 0.0 for words in range(1, 10)]
    assert found == sorted(found)


def test_redundancy_worked_out_by_hand() -> None:
    assert redundancy([]) is None
    assert redundancy(["one alone"]) == 0.0
    assert redundancy(["red bus", "red bus"]) == pytest.approx(1.0)
    assert redundancy(["red bus", "Red car", "blue sky"]) == pytest.approx((0.5 + 0.5 + 0) / 3)


def test_compression_counts_words_without_numbers_of_citations() -> None:
    assert compression(["The council paid. [1]"], 12) == 0.25
    assert compression([], 0) is None


def test_rouge_of_equal_and_of_different_texts() -> None:
    rouge = Rouge.open()
    if rouge is None:
        pytest.skip("rouge-score-rs is not installed")
    same = rouge("The council paid. The bridge opens.", ["The council paid.", "The bridge opens."])
    assert same == pytest.approx(dict.fromkeys(ROUGE, 1.0))
    assert rouge("The council paid.", ["Herons sleep."]) == dict.fromkeys(ROUGE, 0.0)
    assert rouge("one two three four", ["one two five six"])["rouge2"] == pytest.approx(1 / 3)


def test_without_the_package_there_is_no_rouge(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "rouge_score_rs", None)
    monkeypatch.setitem(sys.modules, "rouge_score_rs.rouge_scorer", None)
    assert Rouge.open() is None


def test_each_statement_is_held_against_each_of_its_citations() -> None:
    paid, opens = citation(1, "The council paid £9 million."), citation(2, "The bridge opens in May.")
    wrong = citation(3, "The council paid £9 million.").model_copy(update={"end": 5})
    told = summary(
        statement("The council paid £9 million.", 1, 2),
        statement("It cost £10 million.", 1),
        citations=(paid, opens, wrong),
        disagreements=(Disagreement(about="when", sides=(Side(text="In May.", citations=(2,)),) * 2),),
    )
    score = citation_score(told, lambda _article: TEXT, lambda _statement, cited: Evidence(cited.quote))
    assert (score.pairs, score.supported) == (4, 2), "£9 million is not in the second citation; £10 in none"
    assert (score.citations, score.verbatim) == (3, 2)
    assert (score.statements, score.unbacked) == (3, 1)


def event(date: str, text: str, *ids: int) -> DatedEvent:
    return DatedEvent(date=date, written="", statement=statement(text, *ids))


def test_dates_and_events_have_to_agree() -> None:
    gold = [
        GoldEvent("2024-04-07", (("exercise",),), ("a.txt",), optional=False),
        GoldEvent("2024-04-10", (("summit",),), ("b.txt",), optional=False),
        GoldEvent("2024", (("election",),), ("a.txt",), optional=True),
    ]
    cited = [citation(1, "The council"), citation(2, "The bridge", "b.txt")]
    told = [
        event("2024-04-07", "A naval exercise.", 1),
        event("2024-04-10", "An exercise.", 2),
        event("2024-04-10", "The summit.", 1),
        event("2024", "An election.", 1),
    ]
    score = date_score(gold, told, cited)
    assert (score.recall, score.precision) == (1.0, 0.75)
    assert score.sourced == pytest.approx(2 / 3)
    assert score.ordered, "a year may stand anywhere among its days"
    assert not date_score(gold, told[::-1], cited).ordered
    assert score.told == 4
    assert date_score(gold, told[:1], cited).recall == 0.5
    nothing = date_score(gold, [], [])
    assert (nothing.recall, nothing.precision, nothing.sourced, nothing.ordered) == (0.0, None, None, True)


def test_sources_count_near_copies_as_their_original() -> None:
    told = summary(
        statement("x", 1, 2),
        citations=(citation(1, "The", "copy.txt", ("a.txt",)), citation(2, "The", "other.txt")),
    )
    score = source_score(case(("a.txt", "b.txt"), (("b.txt",), ("a.txt", "c.txt"))), told)
    assert (score.recall, score.precision, score.required, score.read) == (0.5, 0.5, 0.5, 3)
    unsaid = source_score(case(), told)
    assert (unsaid.recall, unsaid.precision, unsaid.required) == (None, None, None)


def test_both_sides_of_a_disagreement_need_their_words_and_their_sources() -> None:
    cited = (citation(1, "The"), citation(2, "The", "b.txt"))
    gold = case(
        disagreement=(GoldSide((("nine",),), ("a.txt",)), GoldSide((("ten",),), ("b.txt",))),
        shared=((("council",),), (("bridge",),)),
    )

    def shown(left: int, right: int) -> bool | None:
        sides = (Side(text="nine million", citations=(left,)), Side(text="ten million", citations=(right,)))
        both = Disagreement(about="cost", sides=sides)
        return comparison_score(gold, summary(citations=cited, disagreements=(both,))).disagreement

    assert shown(1, 2)
    assert not shown(2, 1)
    assert comparison_score(gold, summary()).disagreement is False
    alike = Shared(outlets=("A", "B"), statement=statement("The council paid.", 1, 2))
    assert comparison_score(gold, summary(citations=cited, shared=(alike,))).shared == 0.5


def test_near_copies_beside_each_other_are_two_stories() -> None:
    cited = (
        citation(1, "The", "a.txt", ("b.txt",)),
        citation(2, "The", "b.txt"),
        citation(3, "The", "c.txt"),
    )
    gold = case(copies=(("a.txt", "b.txt"),))
    assert comparison_score(gold, summary(statement("x", 1, 3), citations=cited)).one_story
    assert not comparison_score(gold, summary(statement("x", 1, 2), citations=cited)).one_story
    assert comparison_score(case(), summary()).one_story is None
