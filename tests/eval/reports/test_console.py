"""The console: intervals, causes, failing cases with what was said, and words that command nothing."""

from __future__ import annotations

import io

from rich.console import Console

from eval.comparison import compare
from eval.gate import judge
from eval.reports.console import print_run
from eval.runs import Run
from eval.thresholds import Thresholds
from tests.eval.made_runs import attempt, case_run, made_run
from tests.eval.reports.shown_runs import RIGHT, before, hostile_case, secret_case, shown_run

LIMITS = Thresholds(fail_under={"correct": 0.9})


def printed(run: Run, *, compared: bool = False) -> str:
    """What a run looks like on a wide terminal without colours."""
    comparison = compare(before(run), run) if compared else None
    out = io.StringIO()
    print_run(Console(file=out, width=200), run, judge(run, LIMITS, comparison), comparison)
    return out.getvalue()


def test_a_run_is_told_from_figures_to_verdict() -> None:
    text = printed(shown_run(), compared=True)
    lines = [" ".join(line.split()) for line in text.splitlines()]
    assert "Correct 0.375 0.000 to 0.750 4 −0.625" in lines
    assert any(line.startswith("fact 2 ██") and line.endswith("found, and not said") for line in lines)
    assert "made/unsaid: fact: the answer does not say this: May | spring" in lines
    assert "→ The ferry stopped in May. [1]" in lines
    assert "Worse: made/unsaid: correct 1.000 → 0.000" in lines
    assert lines[-2:] == [
        "Flaky, right one time and wrong another: made/flaky",
        "The gate is NOT met: 1 of 1 check fails.",
    ]


def test_a_run_without_problems_is_short() -> None:
    text = printed(made_run([case_run("right", attempt(RIGHT))]))
    assert "went wrong" not in text
    assert text.endswith("The gate is met.\n")


def test_words_of_articles_command_no_terminal() -> None:
    text = printed(shown_run(hostile_case()), compared=True)
    assert "\x1b" not in text
    assert "\u202e" not in text
    assert "[x](http://evil.example)" in text  # what looks like markup is shown as it is


def test_blind_sets_are_totals() -> None:
    text = printed(shown_run(secret_case()), compared=True)
    assert "sesame" not in text
    assert "made-blind      0      1" in text
