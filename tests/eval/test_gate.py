"""What a run has to reach, and whether it does."""

from __future__ import annotations

from pathlib import Path

import pytest

from eval.comparison import compare
from eval.failures import leading_causes
from eval.gate import figure_interval, judge
from eval.runs import Problem
from eval.thresholds import FailWhen, Thresholds, load_thresholds, parse_thresholds
from ingest.errors import InvalidRequest
from tests.eval.made_runs import attempt, case_run, made_run, scored_run

PROJECT_THRESHOLDS = Path(__file__).parent.parent.parent / "eval" / "thresholds.toml"


def test_a_figure_at_its_threshold_passes_and_one_below_fails() -> None:
    run = scored_run("fact_coverage", [1.0, 0.8])
    verdict = judge(run, Thresholds({"fact_coverage": 0.9}))
    assert verdict.passed
    assert verdict.checks[0].measured == pytest.approx(0.9)
    failed = judge(run, Thresholds({"fact_coverage": 0.91}))
    assert not failed.passed
    assert failed.checks[0].reason == "fact_coverage is 0.900; at least 0.910 is required"


def test_of_times_and_tokens_the_threshold_is_the_most_that_is_allowed() -> None:
    run = scored_run("prompt_tokens", [900.0, 1100.0])
    assert judge(run, Thresholds({"prompt_tokens": 1000.0})).passed
    failed = judge(run, Thresholds({"prompt_tokens": 999.0}))
    assert not failed.passed
    assert "at most 999 tokens is required" in failed.checks[0].reason


def test_what_no_case_measures_fails() -> None:
    verdict = judge(scored_run("correct", [1.0]), Thresholds({"token_f1": 0.0}))
    assert not verdict.passed
    assert verdict.checks[0].measured is None


def test_without_requirements_every_run_passes() -> None:
    assert judge(scored_run("correct", [0.0]), Thresholds()).passed


@pytest.mark.parametrize(
    ("fail_when", "required", "passed"),
    [
        ("measured", 0.80, True),
        ("measured", 0.81, False),
        ("certain", 0.85, True),  # 16 of 20: the interval reaches beyond .9
        ("certain", 0.99, False),
        ("possible", 0.80, False),
        ("possible", 0.50, True),
    ],
)
def test_noise_is_treated_as_asked(fail_when: FailWhen, required: float, passed: bool) -> None:
    run = scored_run("correct", [1.0] * 16 + [0.0] * 4)
    verdict = judge(run, Thresholds({"correct": required}, fail_when=fail_when))
    assert verdict.passed == passed
    assert (verdict.checks[0].low is None) == (fail_when == "measured")


def test_of_what_should_be_small_the_other_end_of_the_interval_counts() -> None:
    run = scored_run("prompt_tokens", [100.0] * 10 + [300.0] * 10)
    low, high = figure_interval(run, "prompt_tokens") or (0.0, 0.0)
    between = Thresholds({"prompt_tokens": (low + 200.0) / 2})
    assert judge(run, between.with_more({}, {}, "certain")).passed
    assert not judge(run, between).passed
    above = Thresholds({"prompt_tokens": (high + 200.0) / 2})
    assert judge(run, above).passed
    assert not judge(run, above.with_more({}, {}, "possible")).passed


@pytest.mark.parametrize(
    ("lost", "fail_when", "passed"),
    [
        (1, "measured", False),
        (1, "certain", True),
        (1, "possible", False),
        (0, "measured", True),
        (0, "possible", True),
        (20, "certain", False),
    ],
)
def test_a_regression_is_what_is_lost_beyond_what_is_allowed(
    lost: int, fail_when: FailWhen, passed: bool
) -> None:
    before = scored_run("correct", [1.0] * 40)
    after = scored_run("correct", [0.0] * lost + [1.0] * (40 - lost))
    allowed = Thresholds(max_regression={"correct": 0.02}, fail_when=fail_when)
    verdict = judge(after, allowed, compare(before, after))
    assert verdict.passed == passed
    assert verdict.checks[0].kind == "regression"
    assert verdict.checks[0].measured == pytest.approx(lost / 40)


def test_a_gain_is_no_regression_and_slower_is_one() -> None:
    before, after = (
        made_run([case_run(str(n), attempt({"correct": right}, latency_ms=wait)) for n in range(5)])
        for right, wait in ((0.0, 100.0), (1.0, 180.0))
    )
    verdict = judge(
        after, Thresholds(max_regression={"correct": 0.0, "latency_p50_ms": 50.0}), compare(before, after)
    )
    assert [check.passed for check in verdict.checks] == [True, False]
    assert verdict.checks[0].measured == -1.0
    assert "80 ms lost" in verdict.checks[1].reason


def test_regressions_are_not_checked_without_a_baseline_and_fail_without_cases() -> None:
    limits = Thresholds(max_regression={"token_f1": 0.1})
    run = scored_run("correct", [1.0])
    assert not judge(run, limits).checks
    assert not judge(run, limits, compare(run, run)).passed


def test_cases_that_come_out_differently_are_flaky() -> None:
    right, wrong = attempt({"correct": 1.0}), attempt({"correct": 0.0})
    run = made_run(
        [case_run("steady", right, right), case_run("shaky", right, wrong), case_run("bad", wrong, wrong)]
    )
    assert judge(run, Thresholds()).flaky == ("made/shaky",)


def test_causes_are_counted_by_case_and_without_those_known_before() -> None:
    fact, found = Problem(cause="fact", detail="…"), Problem(cause="retrieval", detail="…")
    before = made_run([case_run("a", attempt({}, problems=[fact])), case_run("b", attempt({}))])
    after = made_run(
        [
            case_run("a", attempt({}, problems=[fact])),
            case_run("b", attempt({}, problems=[found, fact])),
            case_run("c", attempt({}, problems=[found])),
        ]
    )
    assert leading_causes(after.cases) == [("retrieval", 2), ("fact", 1)]
    assert leading_causes(after.cases, before.cases) == [("retrieval", 2)]


def test_a_file_of_thresholds_is_read_and_options_stand_before_it(tmp_path: Path) -> None:
    path = tmp_path / "thresholds.toml"
    path.write_text(
        'fail_when = "certain"\n[fail_under]\ncorrect = 1\nlatency_p95_ms = 500\n'
        "[max_regression]\ncorrect = 0.02\n",
        encoding="utf-8",
    )
    read = load_thresholds(path)
    assert read == Thresholds({"correct": 1.0, "latency_p95_ms": 500.0}, {"correct": 0.02}, "certain")
    more = read.with_more(parse_thresholds(["correct = 0.5"], "--fail-under", "fail_under"), {}, "possible")
    assert (more.fail_under["correct"], more.fail_when) == (0.5, "possible")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("[fail_under]\nfact_coverge = 1", "did you mean fact_coverage?"),
        ("[fail_under]\ncorrect = 90", "from 0 to 1"),
        ("[fail_under]\ncorrect = true", "has to be a number"),
        ("[max_regression]\nlatency_p50_ms = -1", "not negative"),
        ("fail_under = 3", "is a table"),
        ("[thresholds]", "unknown entry 'thresholds'"),
        ('fail_when = "maybe"', "it can be measured, certain, possible"),
        ("correct == 1", "not TOML"),
    ],
)
def test_a_file_that_is_wrong_says_where_and_what(tmp_path: Path, content: str, said: str) -> None:
    path = tmp_path / "thresholds.toml"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(InvalidRequest, match=r"thresholds\.toml") as caught:
        load_thresholds(path)
    assert said in str(caught.value)


@pytest.mark.parametrize("text", ["correct", "correct=", "correct=high", "correct=nan", "=0.5", "accurate=1"])
def test_an_option_that_is_wrong_is_refused(text: str) -> None:
    with pytest.raises(InvalidRequest, match="--fail-under"):
        parse_thresholds([text], "--fail-under", "fail_under")


def test_the_projects_own_thresholds_can_be_read() -> None:
    read = load_thresholds(PROJECT_THRESHOLDS)
    assert {"fact_coverage", "source_precision", "citation_verbatim", "abstention_f1"} <= set(read.fail_under)
    assert read.fail_under["citation_verbatim"] == 1.0
