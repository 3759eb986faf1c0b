"""What was counted, as JSON and as a table of Markdown."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from eval.benchmarks.faults.trials import FaultReport

COUNTS = ("lost", "wrong", "unfinished", "unexplained", "asked", "refused")


def as_json(reports: Sequence[FaultReport], seed: int) -> dict[str, Any]:
    """Everything, each trial with its problems."""
    return {
        "seed": seed,
        "faults": [
            {
                "name": report.name,
                "title": report.title,
                "skipped": report.skipped,
                "trials": len(report.trials),
                "survived": report.survived,
                **{name: report.total(name) for name in COUNTS},
                "seconds": round(report.seconds, 1),
                "notes": report.notes,
                "problems": [
                    {"trial": trial.what, "problems": trial.problems}
                    for trial in report.trials
                    if trial.problems
                ],
            }
            for report in reports
        ],
    }


def as_markdown(reports: Sequence[FaultReport]) -> str:
    """A row for each fault, the notes below."""
    lines = [
        "| fault | trials | survived | articles lost | wrong answers | ends unlike a clean run | unexplained errors "
        "| answers asked for | of these refused clearly | seconds |",
        "|---|---|---|---|---|---|---|---|---|---|",
    ]
    for report in reports:
        if report.skipped:
            lines.append(f"| {report.title} (`{report.name}`) | skipped: {report.skipped} | | | | | | | | |")
            continue
        figures = [
            report.total(name) for name in ("lost", "wrong", "unfinished", "unexplained", "asked", "refused")
        ]
        cells = [len(report.trials), report.survived, *figures, f"{report.seconds:,.0f}"]
        lines.append(f"| {report.title} (`{report.name}`) | {' | '.join(str(cell) for cell in cells)} |")
    notes = [f"- {report.title}: {'; '.join(report.notes)}." for report in reports if report.notes]
    return "\n".join([*lines, "", *notes]) + "\n"
