"""The figures of `dateline bench llm` as JSON, as Markdown and for a terminal; and single answers, to look at."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

from rich.console import Group
from rich.table import Table
from rich.text import Text

from eval.benchmarks.model_answers import Asked, Figures, Report

_HEADINGS = (
    "gold set", "engine", "cases", "correct", "fact coverage", "source precision", "verbatim", "abstention precision",
    "abstention recall", "abstention F1", "seconds a question",
)  # fmt: skip

_MEASURES = (
    "accuracy", "fact_coverage", "source_precision", "citation_verbatim", "abstention_precision", "abstention_recall",
    "abstention_f1",
)  # fmt: skip


def as_json(report: Report) -> dict[str, Any]:
    """Everything measured, for programs."""
    return asdict(report)


def as_markdown(report: Report) -> str:
    """A heading, one table, and what became of the model's statements."""
    lines = ["## Answers by a model beside the articles’ own sentences", ""]
    lines += ["| " + " | ".join(_HEADINGS) + " |", "|---|---|" + "---:|" * (len(_HEADINGS) - 2)]
    lines += ["| " + " | ".join(_cells(figures)) + " |" for figures in report.figures]
    return "\n".join([*lines, "", *_notes(report), ""])


def terminal_view(report: Report) -> Group:
    """The same for people at a terminal."""
    tables: list[Table | Text] = []
    for gold in dict.fromkeys(figures.gold for figures in report.figures):
        columns = [_cells(figures) for figures in report.figures if figures.gold == gold]
        table = Table(title=gold, title_justify="left", box=None, pad_edge=False)
        for number, row in enumerate(zip(_HEADINGS[1:], *(cells[1:] for cells in columns), strict=True)):
            if number == 0:
                table.add_column("")
                for name in row[1:]:
                    table.add_column(name, justify="right")
            else:
                table.add_row(*row)
        tables += [table, Text()]
    return Group(*tables, Text("\n".join(_notes(report))))


def detail(asked: Asked) -> str:
    """An answer and its score as one line of JSON."""
    line = {
        "gold": asked.gold,
        "id": asked.case.id,
        "engine": asked.engine,
        "seconds": round(asked.seconds, 2),
        "facts": asked.case.facts,
        **asked.attempt.model_dump(mode="json"),
    }
    return json.dumps(line, ensure_ascii=False) + "\n"


def _cells(figures: Figures) -> tuple[str, ...]:
    shares = [figures.measures.get(name) for name in _MEASURES]
    return (
        figures.gold,
        figures.engine,
        f"{figures.cases}",
        *("–" if share is None else f"{share:.3f}" for share in shares),
        f"{figures.seconds_median:.2f}",
    )


def _notes(report: Report) -> list[str]:
    notes = []
    last = {figures.engine: figures for figures in report.figures}
    if (model := last.get("llm")) is not None:
        dropped = ", ".join(f"{reason} {count}" for reason, count in model.dropped.items()) or "none"
        notes += [
            f"Model {report.model}, prompt {report.prompt}: {model.written} statements written, {model.shown} shown "
            f"({model.repaired} with a citation Dateline found); dropped: {dropped}.",
            f"In {model.fell_back} of {model.cases} answers the articles’ own sentences stood in for the model "
            "or completed what it said.",
            f"Median tokens a question: {model.prompt_tokens_median:.0f} read, "
            f"{model.completion_tokens_median:.0f} written.",
        ]
        if (extractive := last.get("extractive")) is not None and extractive.seconds_median > 0:
            ratio = model.seconds_median / extractive.seconds_median
            notes.append(f"The model takes {ratio:.0f} times as long as the articles’ own sentences.")
    if (difference := report.difference) is not None:
        notes.append(
            f"The model covers more of the facts in {difference.better} questions, fewer in {difference.worse}. It "
            f"abstains in {difference.refused_wrongly} that the articles’ own sentences answer correctly, and answers "
            f"{difference.abstained_wrongly} correctly where they abstain."
        )
    return notes
