"""The figures of `dateline bench support` as JSON, as Markdown and for a terminal."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from rich.console import Group
from rich.table import Table
from rich.text import Text

from eval.benchmarks.support import Figures, Report
from eval.benchmarks.support_data import FILES, HALVES
from eval.benchmarks.support_fit import Fitted
from service.support import FITTED

_HEADINGS = ("method", "dataset", "balanced accuracy (95 %)", "precision", "recall", "AUROC")


def as_json(report: Report, fitted: Fitted | None) -> dict[str, Any]:
    """Everything, for programs. `fitted` is a new fit, where one was asked for."""
    return {
        "figures": [asdict(figures) for figures in report.figures],
        "baseline_thresholds": report.thresholds,
        "miscited_refused": report.miscited_refused,
        "signs": report.signs,
        "calibration_in_use": asdict(FITTED),
        "calibration_fitted": asdict(fitted.calibration) if fitted else None,
        "cross_validated_auroc": fitted.areas if fitted else None,
    }


def as_markdown(report: Report, fitted: Fitted | None) -> str:
    """A heading and one table a half."""
    lines = ["## Support: QAGS and SummEdits (news)", ""]
    for half in HALVES:
        lines += [f"{half.capitalize()} half: {_sizes(report, half)}.", ""]
        lines.append("| " + " | ".join(_HEADINGS) + " |")
        lines.append("|---|---|" + "---:|" * (len(_HEADINGS) - 2))
        lines += ["| " + " | ".join(_cells(figures)) + " |" for figures in _of(report, half)]
        lines.append("")
    lines += [*_notes(report, fitted), ""]
    return "\n".join(lines)


def terminal_view(report: Report, fitted: Fitted | None) -> Group:
    """The same for people at a terminal."""
    parts: list[Table | Text] = []
    for half in HALVES:
        table = Table(title=f"{half.capitalize()} half", title_justify="left", box=None, pad_edge=False)
        for number, heading in enumerate(_HEADINGS):
            table.add_column(heading, justify="left" if number < 2 else "right")
        for figures in _of(report, half):
            table.add_row(*_cells(figures))
        parts += [table, Text(_sizes(report, half)), Text()]
    return Group(*parts, Text("\n".join(_notes(report, fitted))))


def _of(report: Report, half: str) -> list[Figures]:
    return [figures for figures in report.figures if figures.half == half]


def _sizes(report: Report, half: str) -> str:
    first = {figures.dataset: figures for figures in reversed(_of(report, half))}
    return "; ".join(
        f"{name}: {first[name].statements} statements ({first[name].supported_share:.0%} supported) on"
        f" {first[name].articles} articles"
        for name in FILES
        if name in first
    )


def _cells(figures: Figures) -> tuple[str, ...]:
    estimate = figures.balanced
    return (
        figures.method,
        figures.dataset,
        f"{estimate.value:.3f} ({estimate.low:.3f}–{estimate.high:.3f})",
        f"{figures.precision:.3f}",
        f"{figures.recall:.3f}",
        "" if figures.area is None else f"{figures.area:.3f}",
    )


def _notes(report: Report, fitted: Fitted | None) -> list[str]:
    refused = ", ".join(f"{share:.1%} ({half})" for half, share in report.miscited_refused.items())
    chosen = ", ".join(f"{method} {value:.3f}" for method, value in report.thresholds.items())
    notes = [
        f"Supported statements refused when they cite the next best sentences instead: {refused}.",
        f"Thresholds chosen on the calibration half: {chosen}; support's own is {FITTED.threshold}.",
    ]
    for sign, halves in report.signs.items():
        hits = ", ".join(f"{wrong} / {right} ({half})" for half, (wrong, right) in halves.items())
        notes.append(f"Sign {sign}, in unsupported / supported statements: {hits}.")
    if fitted is not None:
        areas = ", ".join(f"{group} {area:.3f}" for group, area in fitted.areas.items())
        notes.append(f"Fitted on the calibration half: {fitted.calibration}; cross-validated AUROC: {areas}.")
    return notes
