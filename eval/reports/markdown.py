"""A run as Markdown for a pull request or a job summary: the verdict first, and everything else in order of weight.

GitHub takes 1 MiB for a job's summary and 65,536 characters for a comment; a report fits both. What no longer fits is
left out from the end, and said to be.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from eval.comparison import Change, Comparison
from eval.gate import Verdict, shown
from eval.measures import MEASURES
from eval.reports.disclosure import Disclosed, disclosed, right, totals
from eval.reports.figure_rows import LEADING, FigureRow, figure_rows, signed
from eval.reports.markdown_text import code, short, text
from eval.reports.words import (
    CAUSES,
    counted,
    gate_words,
    hidden_words,
    problem_line,
    subject_words,
    telling_attempt,
    told,
)
from eval.runs import CaseRun, Run

MAX_CHARS = 60_000
"""Less than the 65,536 of a comment, in which somebody may want to say something more."""
ANSWER_CHARS = 500
SHOWN_REGRESSIONS = 10
SHOWN_FAILURES = 60
_LEFT_OUT = "\n_The rest is left out: the report has to fit into a comment. The HTML page has everything._\n"
_SIGNS = {"better": "🟢 ", "worse": "🔴 ", "same": "", "unclear": ""}


def render(run: Run, verdict: Verdict | None = None, comparison: Comparison | None = None) -> str:
    """The report, at most `MAX_CHARS` characters."""
    known = disclosed(run, verdict, comparison)
    rows = figure_rows(run, known.comparison)
    parts = [
        _verdict(known),
        _figures([row for row in rows if row.name in LEADING], known.comparison),
        *_regressions(known.comparison),
        _causes(known),
        *_closed("Every measure", [_figures(rows, known.comparison)]),
        *_closed("Gold sets", [_golds(run)]),
        *_closed(f"Cases with problems ({len(known.wrong)})", _wrong(known)),
        *_closed("Changes between the runs", _changes(known.comparison)),
        *_closed("What was run", [_subject(known)]),
    ]
    return _fitting(parts)


def _fitting(parts: Iterable[str]) -> str:
    """As many parts as fit; a `<details>` that was opened is closed again."""
    written, left, opened = "", MAX_CHARS - len(_LEFT_OUT) - len("\n</details>\n"), False
    for part in parts:
        if len(part) > left:
            return written + ("\n</details>\n" if opened else "") + _LEFT_OUT
        written += part
        left -= len(part)
        opened = (opened or "<details>" in part) and "</details>" not in part
    return written


def _verdict(known: Disclosed) -> str:
    verdict, run = known.verdict, known.run
    if verdict is None or not verdict.checks:
        lines = ["## Dateline eval", "", text(gate_words(verdict))]
    else:
        lines = [f"## {'✅' if verdict.passed else '❌'} {text(gate_words(verdict))}", ""]
        lines += [
            f"- {'✅' if check.passed else '❌'} {text(check.reason)}"
            for check in sorted(verdict.checks, key=lambda check: check.passed)
        ]
    if verdict is not None and verdict.flaky:
        shown_keys = ", ".join(code(key) for key in verdict.flaky[:SHOWN_REGRESSIONS])
        more = (
            f" and {len(verdict.flaky) - SHOWN_REGRESSIONS} more"
            if len(verdict.flaky) > SHOWN_REGRESSIONS
            else ""
        )
        lines += ["", f"Flaky, right one time and wrong another: {shown_keys}{more}"]
    lines += ["", text(" · ".join(subject_words(run)[:2]))]
    if known.comparison is not None:
        one = known.comparison
        same = " The answers are the same." if one.equal else ""
        lines[-1] += f" · compared with {code(one.before)}: {counted(one.cases, 'case')} in both.{same}"
    if hidden := hidden_words(known):
        lines += ["", text(hidden)]
    return "\n".join(lines) + "\n"


def _figures(rows: list[FigureRow], comparison: Comparison | None) -> str:
    compared = comparison is not None
    headings = [
        "measure",
        "figure",
        "95 % interval",
        "cases",
        *(["change", "its 95 % interval", "p"] * compared),
    ]
    lines = ["", _row(headings), "|" + "---|" + "--:|" * (len(headings) - 1)]
    for row in rows:
        cells = [text(row.measure.title), row.shown, row.interval, f"{row.cases:,}"]
        if compared:
            cells += _change(row)
        lines.append(_row(text(cell) if number else cell for number, cell in enumerate(cells)))
    return "\n".join(lines) + "\n"


def _change(row: FigureRow) -> list[str]:
    change = row.change
    if change is None:
        return ["–", "–", "–"]
    return [
        _SIGNS[change.direction] + signed(row.name, change.difference),
        f"{signed(row.name, change.low)} to {signed(row.name, change.high)}",
        f"{change.p_value:.3f}",
    ]


def _regressions(comparison: Comparison | None) -> Iterator[str]:
    if comparison is None or not comparison.regressions:
        return
    worse = comparison.regressions
    yield f"\n### Worse than before ({len(worse)})\n"
    for change in worse[:SHOWN_REGRESSIONS]:
        yield _regression(change)
    if len(worse) > SHOWN_REGRESSIONS:
        yield f"\nand {len(worse) - SHOWN_REGRESSIONS} more.\n"


def _regression(change: Change) -> str:
    values = f"{shown(change.measure, change.before)} → {shown(change.measure, change.after)}"
    return "\n".join(
        [
            "",
            f"**{code(change.key)}** {text(MEASURES[change.measure].title)} {text(values)}: "
            f"{short(change.question, ANSWER_CHARS)}",
            "",
            "| before | after |",
            "|---|---|",
            _row([short(change.answer_before, ANSWER_CHARS), short(change.answer_after, ANSWER_CHARS)]),
            "",
        ]
    )


def _causes(known: Disclosed) -> str:
    if not known.causes:
        return ""
    new = dict(known.comparison.new_causes) if known.comparison is not None else {}
    lines = ["", "| what went wrong first | | cases |" + (" new |" if new else "")]
    lines.append("|---|---|--:|" + ("--:|" if new else ""))
    for cause, count in known.causes:
        cells = [code(cause), text(CAUSES[cause]), str(count), *([str(new.get(cause, 0))] if new else [])]
        lines.append(_row(cells))
    return "\n".join(lines) + "\n"


def _golds(run: Run) -> str:
    lines = ["", _row(["gold set", "right", "cases"]), "|---|--:|--:|"]
    lines += [_row([code(one.name), str(one.right), str(one.cases)]) for one in totals(run)]
    return "\n".join(lines) + "\n"


def _wrong(known: Disclosed) -> Iterator[str]:
    for case in known.wrong[:SHOWN_FAILURES]:
        yield _case(case)
    if len(known.wrong) > SHOWN_FAILURES:
        yield f"\nand {len(known.wrong) - SHOWN_FAILURES} more.\n"


def _case(case: CaseRun) -> str:
    attempt = telling_attempt(case)
    lines = ["", f"**{code(case.key)}** {short(case.case.question, ANSWER_CHARS)}"]
    if right(case):
        lines[-1] += " _(right all the same)_"
    lines += [
        f"- {code(problem.cause)} {short(problem_line(problem), ANSWER_CHARS)}"
        for problem in attempt.problems[:3]
    ]
    lines.append(f"- answer: {short(told(attempt), ANSWER_CHARS)}")
    return "\n".join(lines) + "\n"


def _changes(comparison: Comparison | None) -> Iterator[str]:
    if comparison is None:
        return
    lines = [f"- {text(line)}" for line in comparison.made_with]
    for words, keys in (
        ("Better", [change.key for change in comparison.improvements]),
        ("Only in the run before", comparison.only_before),
        ("Only in this run", comparison.only_after),
        ("Asked in other words, and not compared", comparison.reworded),
    ):
        if keys:
            names = ", ".join(code(key) for key in keys[:SHOWN_FAILURES])
            more = f" and {len(keys) - SHOWN_FAILURES} more" if len(keys) > SHOWN_FAILURES else ""
            lines.append(f"- {words}: {names}{more}")
    if lines:
        yield "\n" + "\n".join(lines) + "\n"


def _subject(known: Disclosed) -> str:
    run = known.run
    lines = [f"- {text(words)}" for words in subject_words(run)]
    lines.append(f"- run {code(run.id)}, embedder {code(run.index.embedder)} {code(run.index.fingerprint)}")
    lines += [f"- setting {code(name)} {code(value)}" for name, value in run.configuration.settings.items()]
    lines += [f"- prompt {code(name)} {code(digest[:12])}" for name, digest in run.prompts.items()]
    for gold in run.gold:
        lines.append(
            f"- gold set {code(gold.path)}, {counted(gold.cases, 'case')}, sha256 {code(gold.sha256[:12])}"
        )
    return "\n" + "\n".join(lines) + "\n"


def _closed(summary: str, parts: Iterable[str]) -> Iterator[str]:
    """Parts behind a line that opens them; nothing where there are none."""
    found = list(parts)
    if found:
        yield f"\n<details><summary>{summary}</summary>\n" + found[0]
        yield from found[1:]
        yield "\n</details>\n"


def _row(cells: Iterable[str]) -> str:
    return "| " + " | ".join(cells) + " |"
