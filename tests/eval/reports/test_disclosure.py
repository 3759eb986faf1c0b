"""Nothing of a blind gold set but totals, whatever part of a run it would come from."""

from __future__ import annotations

import pytest

from eval.comparison import compare
from eval.gate import judge
from eval.reports.disclosure import disclosed, is_blind, totals
from eval.thresholds import Thresholds
from tests.eval.reports.shown_runs import before, secret_case, shown_run


@pytest.mark.parametrize(
    ("gold", "blind"),
    [("us-japan-summit-blind", True), ("Blind-2", True), ("samples", False), ("bl-ind", False)],
)
def test_the_name_decides(gold: str, blind: bool) -> None:
    assert is_blind(gold) is blind


def test_cases_names_and_causes_are_left_out_and_figures_are_not() -> None:
    run = shown_run(secret_case())
    comparison = compare(before(run), run)
    verdict = judge(run, Thresholds(), comparison)
    assert "made-blind/sesame-id" in verdict.flaky
    known = disclosed(run, verdict, comparison)
    assert known.hidden == 1
    assert known.run.figures["correct"].n == 5
    assert known.verdict is not None
    assert known.comparison is not None
    shown = (known.verdict, known.comparison.regressions, known.cases, known.wrong, known.causes)
    assert "sesame" not in repr(shown)
    assert "speaker" not in repr((known.causes, known.comparison.new_causes))


def test_each_gold_set_is_counted() -> None:
    found = {one.name: (one.right, one.cases, one.blind) for one in totals(shown_run(secret_case()))}
    assert found == {"made": (1, 4, False), "made-blind": (0, 1, True)}


def test_a_run_without_blind_sets_is_shown_whole() -> None:
    run = shown_run()
    known = disclosed(run)
    assert known.cases == run.cases
    assert [case.case.id for case in known.wrong] == ["unsaid", "flaky", "failed"]
