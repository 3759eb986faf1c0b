"""Two runs beside each other."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eval.comparison import compare
from eval.figure_samples import interval, sample_of
from eval.measures import MEASURES, figures
from tests.eval.made_runs import answer, attempt, case_run, made_run, scored_run

RIGHT = {"correct": 1.0, "fact_coverage": 1.0}
WRONG = {"correct": 0.0, "fact_coverage": 0.5}


def test_wins_losses_and_ties_are_of_cases_and_yes_or_no_is_tested_by_mcnemar() -> None:
    before = scored_run("correct", [1, 0, 0, 0, 1, 1, 0])
    after = scored_run("correct", [0, 1, 1, 1, 1, 1, 0])
    found = compare(before, after).measures["correct"]
    assert (found.wins, found.losses, found.ties, found.cases) == (3, 1, 3, 7)
    assert found.difference == pytest.approx(2 / 7)
    assert [found.before, found.after] == pytest.approx([3 / 7, 5 / 7])
    assert found.test == "mcnemar"
    assert found.p_value == pytest.approx(0.625)
    assert found.interval_low < found.difference < found.interval_high


def test_shares_are_tested_by_permutation() -> None:
    found = compare(scored_run("fact_coverage", [0.5] * 6), scored_run("fact_coverage", [1.0] * 6))
    measure = found.measures["fact_coverage"]
    assert measure.test == "permutation"
    assert measure.p_value == pytest.approx(2 / 2**6)
    assert [measure.interval_low, measure.interval_high] == pytest.approx([0.5, 0.5])


def test_of_costs_less_is_a_win() -> None:
    found = compare(scored_run("prompt_tokens", [100, 200, 300]), scored_run("prompt_tokens", [90, 200, 310]))
    assert (found.measures["prompt_tokens"].wins, found.measures["prompt_tokens"].losses) == (1, 1)
    latency = compare(
        made_run([case_run(str(n), attempt({}, latency_ms=40.0)) for n in range(9)]),
        made_run([case_run(str(n), attempt({}, latency_ms=30.0 + n)) for n in range(9)]),
    ).measures["latency_p50_ms"]
    assert (latency.before, latency.after, latency.wins, latency.losses) == (40.0, 34.0, 9, 0)


def test_a_measure_that_does_not_apply_in_one_run_is_not_paired() -> None:
    found = compare(
        scored_run("source_precision", [1.0, None, 0.5]), scored_run("source_precision", [1.0, 1.0, None])
    )
    assert found.measures["source_precision"].cases == 1
    assert "token_f1" not in found.measures


def test_repeated_attempts_count_as_their_mean() -> None:
    before = made_run([case_run("a", attempt(RIGHT), attempt(WRONG))])
    after = made_run([case_run("a", attempt(RIGHT), attempt(RIGHT))])
    assert compare(before, after).measures["correct"].difference == 0.5


def test_cases_are_paired_by_key_and_words() -> None:
    before = made_run([case_run(name, attempt(RIGHT)) for name in ("kept", "dropped", "reworded")])
    after = made_run(
        [
            case_run("kept", attempt(RIGHT)),
            case_run("new", attempt(WRONG)),
            case_run("reworded", attempt(WRONG), question="Which month?"),
        ]
    )
    found = compare(before, after)
    assert (found.only_before, found.only_after) == (("made/dropped",), ("made/new",))
    assert found.reworded == ("made/reworded",)
    assert (found.cases, found.measures["correct"].cases) == (1, 1)
    assert not found.regressions
    assert not found.equal


def test_regressions_have_both_answers_and_the_worst_come_first() -> None:
    slightly = {"correct": 1.0, "fact_coverage": 1.0, "source_precision": 0.5}
    before = made_run([case_run(name, attempt({**RIGHT, "source_precision": 1.0})) for name in "abc"])
    after = made_run(
        [
            case_run("a", attempt(slightly, said=answer("It opened, others say, in May."))),
            case_run("b", attempt(WRONG, said=answer(abstained=True))),
            case_run("c", attempt({**RIGHT, "source_precision": 1.0})),
        ]
    )
    found = compare(before, after)
    assert [(one.key, one.measure) for one in found.regressions] == [
        ("made/b", "correct"),
        ("made/a", "source_precision"),
    ]
    worst = found.regressions[0]
    assert (worst.answer_before, worst.answer_after) == (
        "The bridge opened in May. [1]",
        "(abstained: nothing answers it)",
    )
    assert found.changed == ("made/a", "made/b")
    back = compare(after, before)
    assert [one.key for one in back.improvements] == ["made/b", "made/a"]


def test_a_run_and_itself_are_equal_whatever_time_it_took() -> None:
    before = made_run([case_run("a", attempt(RIGHT, latency_ms=5)), case_run("b", attempt(WRONG))])
    after = made_run([case_run("a", attempt(RIGHT, latency_ms=90)), case_run("b", attempt(WRONG))])
    found = compare(before, after)
    assert found.equal
    assert found.measures["correct"].p_value == 1.0


ABSTENTIONS = st.lists(st.tuples(st.booleans(), st.booleans(), st.booleans()), min_size=1, max_size=12)


@settings(deadline=None, max_examples=20)
@given(ABSTENTIONS)
def test_what_is_paired_by_figure_has_the_figures_of_the_runs(cases: list[tuple[bool, bool, bool]]) -> None:
    runs = [
        made_run(
            [
                case_run(str(number), attempt({}, said=answer(abstained=one[which])), abstain=one[0])
                for number, one in enumerate(cases)
            ]
        )
        for which in (1, 2)
    ]
    compared = compare(*runs).measures
    for name in ("abstention_precision", "abstention_recall", "abstention_f1"):
        before, after = (run.figures[name].value for run in runs)
        if before is None or after is None:
            assert name not in compared
            continue
        assert [compared[name].before, compared[name].after] == pytest.approx([before, after])
        assert 0 < compared[name].p_value <= 1
        assert compared[name].interval_low <= compared[name].difference + 1e-9
        assert compared[name].interval_high >= compared[name].difference - 1e-9


def test_every_measure_is_paired_by_case_or_by_figure() -> None:
    per_case = set(attempt_scores())
    for name in MEASURES:
        assert (sample_of(name) is None) == (name in per_case)


def attempt_scores() -> dict[str, float | None]:
    """The names of what one answer is scored by."""
    from eval.measures import Observation, score
    from eval.measures_catalogue import PER_CASE
    from tests.eval.made_runs import gold_case

    class Nothing:
        def text_of(self, article_id: str) -> str:
            return ""

        def sources(self) -> frozenset[str]:
            return frozenset()

        def similarity(self, a: str, b: str) -> float | None:
            return None

        def speakers_at(self, article_id: str, start: int, end: int) -> tuple[str, ...]:
            return ()

        def names_at(self, article_id: str, start: int, end: int) -> tuple[str, ...]:
            return ()

    found = score(gold_case("a"), Observation(None, "no answer", (), 1.0), Nothing())
    assert set(found) == set(PER_CASE)
    return found


def test_a_figures_interval_holds_it_and_narrows_with_cases() -> None:
    def cases(count: int) -> list[tuple[float, ...]]:
        return [(float(number % 3 == 0), float(number % 4 == 0)) for number in range(count)]

    sample = sample_of("abstention_f1")
    assert sample is not None
    widths = []
    for count in (24, 240):
        rows = np.array(cases(count))
        low, high = interval(sample, rows)
        figure = sample.figure(rows)
        assert figure is not None
        assert low <= figure <= high
        widths.append(high - low)
    assert widths[1] < widths[0] / 2
    assert figures([])["abstention_f1"].value is None
