"""A run, its gate and a comparison on a console; what matters most comes last, where one looks first."""

from __future__ import annotations

from rich.console import Console
from rich.table import Table
from rich.text import Text

from eval.comparison import Change, Comparison
from eval.gate import Verdict, shown
from eval.measures import MEASURES
from eval.reports.disclosure import Disclosed, disclosed, right, totals
from eval.reports.figure_rows import figure_rows, signed
from eval.reports.words import (
    CAUSES,
    clipped,
    counted,
    family,
    gate_words,
    hidden_words,
    plain_line,
    problem_line,
    subject_words,
    telling_attempt,
    told,
)
from eval.runs import Run

SHOWN_FAILURES = 20
SHOWN_CHANGES = 10
SHOWN_CHARS = 400
BAR_CELLS = 20
LOG_CELLS = 120
_STYLES = {"better": "green", "worse": "red", "same": "dim", "unclear": ""}


def print_run(
    console: Console, run: Run, verdict: Verdict | None = None, comparison: Comparison | None = None
) -> None:
    """The figures with their intervals, the gold sets, the causes of what went wrong, the cases that did, the
    comparison, and whether the gate is met."""
    known = disclosed(run, verdict, comparison)
    golds = ", ".join(reference.path for reference in run.gold)
    _say(console, f"{golds}: {', '.join(subject_words(run))}")
    _print_figures(console, known)
    _print_golds(console, run)
    _print_causes(console, known)
    _print_wrong(console, known)
    if (judged := run.judgements) is not None:
        grades = [
            f"{name} {'-' if value is None else f'{value:.3f}'}"
            for name, value in (("correctness", judged.correctness), ("faithfulness", judged.faithfulness))
        ]
        _say(console, f"Judged by {judged.model}, {counted(judged.repeats, 'time')}: {', '.join(grades)}")
    if known.comparison is not None:
        print_comparison(console, known.comparison)
    if known.verdict is not None:
        print_verdict(console, known.verdict)


def print_comparison(console: Console, comparison: Comparison) -> None:
    """What was won and lost by measure, and the worst regressions with both answers; nothing that is blind may be in
    the comparison (`eval.reports.disclosure`)."""
    _say(
        console, f"{comparison.before} → {comparison.after}: {counted(comparison.cases, 'case')} in both runs"
    )
    for line in comparison.made_with:
        _say(console, f"  {line}")
    if comparison.new_causes:
        _say(
            console, "New causes: " + ", ".join(f"{cause} {count}" for cause, count in comparison.new_causes)
        )
    if comparison.equal:
        _say(console, "The answers are the same.")
    table = _table("measure", "before", "after", "difference", "95 % interval", "won", "lost", "tied", "p")
    for name, one in comparison.measures.items():
        table.add_row(
            MEASURES[name].title,
            shown(name, one.before),
            shown(name, one.after),
            signed(name, one.difference),
            f"{signed(name, one.interval_low)} to {signed(name, one.interval_high)}",
            str(one.wins),
            str(one.losses),
            str(one.ties),
            f"{one.p_value:.3f}",
        )
    _print_table(console, table)
    _print_worse(console, comparison.regressions)
    for words, keys in (
        ("Better", tuple(change.key for change in comparison.improvements)),
        ("Only in the first run", comparison.only_before),
        ("Only in the second run", comparison.only_after),
        ("Asked in other words, and not compared", comparison.reworded),
    ):
        if keys:
            _say(console, f"{words}: {', '.join(keys)}")


def print_verdict(console: Console, verdict: Verdict) -> None:
    """Each requirement with its figure, the flaky cases, and whether all requirements are met."""
    for check in verdict.checks:
        mark = Text("ok   ", "green") if check.passed else Text("FAIL ", "bold red")
        console.print(mark.append(check.reason, ""), soft_wrap=True)
    if verdict.flaky:
        _say(console, f"Flaky, right one time and wrong another: {', '.join(verdict.flaky)}")
    if verdict.checks:
        _say(console, gate_words(verdict), "bold green" if verdict.passed else "bold red")


def _print_figures(console: Console, known: Disclosed) -> None:
    headings = ["measure", "figure", "95 % interval", "cases"]
    table = _table(*headings, *(["change"] if known.comparison is not None else []))
    for row in figure_rows(known.run, known.comparison):
        cells = [Text(row.measure.title), Text(row.shown), Text(row.interval, "dim"), Text(f"{row.cases:,}")]
        if known.comparison is not None:
            change = row.change
            cells.append(
                Text("")
                if change is None
                else Text(signed(row.name, change.difference), _STYLES[change.direction])
            )
        table.add_row(*cells)
    _print_table(console, table)


def _print_golds(console: Console, run: Run) -> None:
    found = totals(run)
    if len(found) < 2:
        return
    table = _table("gold set", "right", "cases")
    for one in found:
        table.add_row(plain_line(one.name), str(one.right), str(one.cases))
    _print_table(console, table)


def _print_causes(console: Console, known: Disclosed) -> None:
    if known.causes:
        most = max(count for _, count in known.causes)
        table = Table(box=None, pad_edge=False, show_header=False)
        for justify in ("left", "right", "left", "left"):
            table.add_column(justify=justify)
        for cause, count in known.causes:
            bar = "█" * max(1, round(BAR_CELLS * count / most))
            table.add_row(
                cause, str(count), Text(bar, "cyan" if family(cause) == "answer" else "yellow"), CAUSES[cause]
            )
        _say(console, "What went wrong first, in how many cases:")
        _print_table(console, table)
    if hidden := hidden_words(known):
        _say(console, hidden)


def _print_wrong(console: Console, known: Disclosed) -> None:
    for case in known.wrong[:SHOWN_FAILURES]:
        problem = next(attempt.problems[0] for attempt in case.attempts if attempt.problems)
        note = " (the answer is right)" if right(case) else ""
        line = Text(f"  {plain_line(case.key)}", "bold").append(f"{note}: {problem.cause}: ", "yellow")
        console.print(line.append(clipped(problem_line(problem), SHOWN_CHARS), ""), soft_wrap=True)
        if not right(case):
            attempt = telling_attempt(case)
            said = clipped(told(attempt), SHOWN_CHARS)
            _say(console, f"    {clipped(case.case.question, SHOWN_CHARS)}")
            _say(console, f"    → {said}", "dim")
    if len(known.wrong) > SHOWN_FAILURES:
        more = len(known.wrong) - SHOWN_FAILURES
        _say(console, f"  and {more} more: --html FILE shows every one of them")


def _print_worse(console: Console, changes: tuple[Change, ...]) -> None:
    for change in changes[:SHOWN_CHANGES]:
        values = f"{shown(change.measure, change.before)} → {shown(change.measure, change.after)}"
        _say(console, f"Worse: {change.key}: {change.measure} {values}")
        _say(console, f"  {clipped(change.question, SHOWN_CHARS)}")
        _say(console, f"  before: {clipped(change.answer_before, SHOWN_CHARS)}")
        _say(console, f"  after: {clipped(change.answer_after, SHOWN_CHARS)}")
    if len(changes) > SHOWN_CHANGES:
        _say(console, f"and {len(changes) - SHOWN_CHANGES} more are worse")


def _print_table(console: Console, table: Table) -> None:
    """A table; a log is as wide as it needs to be."""
    width = console.width
    if not console.is_terminal:
        console.width = max(width, LOG_CELLS)
    console.print(table)
    console.width = width


def _table(*headings: str) -> Table:
    table = Table(box=None, pad_edge=False)
    for number, heading in enumerate(headings):
        table.add_column(heading, justify="right" if number else "left")
    return table


def _say(console: Console, line: str, style: str = "") -> None:
    """One line, whose words are neither markup nor commands to the terminal."""
    indent = " " * (len(line) - len(line.lstrip(" ")))
    console.print(Text(indent + plain_line(line), style), soft_wrap=True)
