"""A run, its gate and a comparison as plain lines on a console."""

from __future__ import annotations

from rich.console import Console
from rich.table import Table

from eval.comparison import Change, Comparison
from eval.failures import leading_causes
from eval.gate import Verdict, shown
from eval.measures import MEASURES
from eval.runs import Run

SHOWN_FAILURES = 20
SHOWN_CHANGES = 10
SHOWN_CHARS = 400


def print_run(
    console: Console, run: Run, verdict: Verdict | None = None, comparison: Comparison | None = None
) -> None:
    """The figures, the causes of what went wrong, the first of the cases that did, and whether the gate is met."""
    table = Table(box=None, pad_edge=False)
    for heading in ("measure", "figure", "cases"):
        table.add_column(heading, justify="left" if heading == "measure" else "right")
    for name, figure in run.figures.items():
        if figure.value is not None:
            table.add_row(MEASURES[name].title, shown(name, figure.value), f"{figure.n:,}")
    golds = ", ".join(reference.path for reference in run.gold)
    console.print(f"{golds}: {len(run.cases)} cases over {run.index.articles} articles", soft_wrap=True)
    console.print(table)
    if causes := leading_causes(run.cases):
        console.print("Causes: " + ", ".join(f"{cause} {count}" for cause, count in causes), soft_wrap=True)
    wrong = [case for case in run.cases if any(attempt.problems for attempt in case.attempts)]
    for case in wrong[:SHOWN_FAILURES]:
        problem = next(attempt.problems[0] for attempt in case.attempts if attempt.problems)
        console.print(f"  {case.key}: {problem.cause}: {problem.detail}", soft_wrap=True)
    if len(wrong) > SHOWN_FAILURES:
        console.print(f"  and {len(wrong) - SHOWN_FAILURES} more")
    if (judged := run.judgements) is not None:
        grades = [
            f"{name} {'-' if value is None else f'{value:.3f}'}"
            for name, value in (("correctness", judged.correctness), ("faithfulness", judged.faithfulness))
        ]
        console.print(f"Judged by {judged.model}, {judged.repeats} times: {', '.join(grades)}")
    if comparison is not None:
        print_comparison(console, comparison)
    if verdict is not None:
        print_verdict(console, verdict)


def print_comparison(console: Console, comparison: Comparison) -> None:
    """What was won and lost by measure, and the worst regressions with both answers side by side."""
    console.print(f"{comparison.before} → {comparison.after}: {comparison.cases} cases in both runs")
    for line in comparison.made_with:
        console.print(f"  {line}", soft_wrap=True)
    if comparison.new_causes:
        causes = ", ".join(f"{cause} {count}" for cause, count in comparison.new_causes)
        console.print(f"New causes: {causes}", soft_wrap=True)
    if comparison.equal:
        console.print("The answers are the same.")
    table = Table(box=None, pad_edge=False)
    for heading in ("measure", "before", "after", "difference", "95 % interval", "won", "lost", "tied", "p"):
        table.add_column(heading, justify="left" if heading == "measure" else "right")
    for name, one in comparison.measures.items():
        table.add_row(
            MEASURES[name].title,
            shown(name, one.before),
            shown(name, one.after),
            shown(name, one.difference),
            f"{shown(name, one.interval_low)} to {shown(name, one.interval_high)}",
            str(one.wins),
            str(one.losses),
            str(one.ties),
            f"{one.p_value:.3f}",
        )
    console.print(table)
    _print_changes(console, "Worse", comparison.regressions)
    if comparison.improvements:
        console.print(
            f"Better: {', '.join(change.key for change in comparison.improvements)}", soft_wrap=True
        )
    for words, keys in (
        ("Only in the first run", comparison.only_before),
        ("Only in the second run", comparison.only_after),
        ("Asked in other words, and not compared", comparison.reworded),
    ):
        if keys:
            console.print(f"{words}: {', '.join(keys)}", soft_wrap=True)


def _print_changes(console: Console, heading: str, changes: tuple[Change, ...]) -> None:
    for change in changes[:SHOWN_CHANGES]:
        console.print(
            f"{heading}: {change.key}: {change.measure} {shown(change.measure, change.before)} → "
            f"{shown(change.measure, change.after)}",
            soft_wrap=True,
        )
        console.print(f"  {change.question}", soft_wrap=True)
        console.print(f"  before: {_short(change.answer_before)}", soft_wrap=True)
        console.print(f"  after:  {_short(change.answer_after)}", soft_wrap=True)
    if len(changes) > SHOWN_CHANGES:
        console.print(f"and {len(changes) - SHOWN_CHANGES} more are worse")


def print_verdict(console: Console, verdict: Verdict) -> None:
    """Each requirement with its figure, and whether all are met."""
    for check in verdict.checks:
        console.print(f"{'ok  ' if check.passed else 'FAIL'} {check.reason}", soft_wrap=True)
    if verdict.flaky:
        console.print(f"Flaky, right one time and wrong another: {', '.join(verdict.flaky)}", soft_wrap=True)
    failed = sum(not check.passed for check in verdict.checks)
    if verdict.checks:
        console.print("The gate is met." if verdict.passed else f"The gate is NOT met: {failed} checks fail.")


def _short(text: str) -> str:
    flat = " ".join(text.split())
    return flat if len(flat) <= SHOWN_CHARS else flat[: SHOWN_CHARS - 1] + "…"
