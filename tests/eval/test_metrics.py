"""What a run is measured by."""

from __future__ import annotations

import pytest

from eval.gold import GoldCase
from eval.metrics import score_case, summarize
from service.answers import Answer, Citation, Statement

TEXT = "The bridge opened in May. It cost $9 million."


def answered(*sources: str, start: int = 0, end: int = 25) -> Answer:
    citations = tuple(
        Citation(
            id=n, article_id="a", source=source, quote=TEXT[0:25], start=start, end=end, line=1, url="/a"
        )
        for n, source in enumerate(sources, start=1)
    )
    statement = Statement(text=TEXT[0:25], citations=(1,), support="verbatim")
    return Answer(status="answered", question="?", answer="…", statements=(statement,), citations=citations)


ABSTAINED = Answer(status="abstained", question="?", answer="…", reason="none")


def case(*facts: str, abstain: bool = False) -> GoldCase:
    groups = tuple((fact,) for fact in facts)
    return GoldCase("c", "?", None, groups, ("a.txt",) if facts else (), abstain, ())


def test_a_right_answer_meets_every_fact_and_cites_an_allowed_source() -> None:
    score = score_case(case("opened in May"), answered("a.txt"), lambda _: TEXT)
    assert score.correct
    assert (score.fact_coverage, score.source_precision, score.verbatim) == (1.0, 1.0, 1.0)


def test_half_the_facts_and_a_stray_source_are_counted_as_such() -> None:
    score = score_case(case("opened", "million"), answered("a.txt", "b.txt"), lambda _: TEXT)
    assert not score.correct
    assert (score.fact_coverage, score.source_precision) == (0.5, 0.5)


def test_a_quote_that_is_not_at_its_offsets_is_not_verbatim() -> None:
    assert score_case(case("opened"), answered("a.txt", start=1, end=26), lambda _: TEXT).verbatim == 0.0


def test_abstention_is_right_only_where_it_is_expected() -> None:
    assert score_case(case(abstain=True), ABSTAINED, lambda _: TEXT).correct
    assert not score_case(case("opened"), ABSTAINED, lambda _: TEXT).correct
    assert not score_case(case(abstain=True), answered("a.txt"), lambda _: TEXT).correct


def test_a_summary_counts_answers_and_abstentions_apart() -> None:
    cases = [
        (case("opened"), answered("a.txt")),
        (case("opened"), ABSTAINED),
        (case(abstain=True), ABSTAINED),
        (case(abstain=True), answered("a.txt")),
    ]
    summary = summarize([(one, score_case(one, answer, lambda _: TEXT)) for one, answer in cases])
    assert (summary.cases, summary.answerable, summary.accuracy) == (4, 2, 0.5)
    assert (summary.abstention_precision, summary.abstention_recall) == (0.5, 0.5)
    assert summary.abstention_f1 == pytest.approx(0.5)


def test_an_empty_run_has_no_figures() -> None:
    assert summarize([]).accuracy is None
