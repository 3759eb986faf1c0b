"""The growth benchmark's report: JSON for programs, Markdown and a picture for the docs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from eval.benchmarks.growth_chart import Chart, Line, picture

if TYPE_CHECKING:
    from eval.benchmarks.growth import GrowthReport

NOTHING = "–"
ALL_REAL = "real"

ROWS: tuple[tuple[str, str, int], ...] = (
    ("articles", "articles", 0),
    ("chunks", "chunks", 0),
    ("ingest, articles/s", "articles_per_s", 1),
    ("ingest, chunks/s", "chunks_per_s", 0),
    ("near-copy groups among what was added", "duplicate_groups", 0),
    ("search p50, ms", "search_p50_ms", 1),
    ("search p95, ms", "search_p95_ms", 1),
    ("search in one outlet p50, ms", "filtered_p50_ms", 1),
    ("search in one outlet p95, ms", "filtered_p95_ms", 1),
    ("share of articles in that outlet", "filtered_share", 3),
    ("vector search alone p50, ms", "vector_p50_ms", 1),
    ("vector search alone p95, ms", "vector_p95_ms", 1),
    ("vector recall at 10", "recall.10", 4),
    ("vector recall at 50", "recall.50", 4),
    ("cold start, s", "cold_start_s", 1),
    ("memory of a searching process, MB", "resident_mb", 0),
    ("of that private, MB", "private_mb", 0),
    ("peak memory of the ingest, MB", "ingest_peak_mb", 0),
    ("disk, MB", "disk_mb", 0),
    ("of that the vector index, MB", "vector_disk_mb", 0),
    ("keyword index made anew, s", "keyword_rebuild_s", 1),
    ("vector index made anew, s", "vector_rebuild_s", 1),
)
"""What a row of the table is called, the figure it shows (`recall.10` lies in `recall`), and its decimals."""


def as_json(report: GrowthReport) -> dict[str, Any]:
    """The whole report as one JSON object."""
    return asdict(report)


def as_markdown(report: GrowthReport, picture_name: str | None = None) -> str:
    """The report as a Markdown table under one heading, with the picture above it when it has a name."""
    head = ["", *(f"{point['factor']}×" for point in report.points)]
    body = [
        [name, *(_cell(_figure(point, key), decimals) for point in report.points)]
        for name, key, decimals in ROWS
    ]
    table = "\n".join(
        [_row(head), _row(["---", *("---:" for _ in report.points)]), *(_row(cells) for cells in body)]
    )
    parts = ["## Growth", conditions(report)]
    if picture_name is not None:
        parts.append(f"![Times, recall, memory and disk as the archive grows]({picture_name})")
    return "\n\n".join([*parts, table]) + "\n"


def conditions(report: GrowthReport) -> str:
    """What was measured, in sentences."""
    machine = ", ".join(f"{name} {value}" for name, value in report.machine.items())
    return (
        f"{report.archive_articles:,} articles ({report.archive_chunks:,} different chunks) grown with articles of the "
        f"same words, exchanged; vectors {report.vectors}. {report.questions:,} questions "
        f"({report.question_kind}), one at a time, their vectors made before. Ingest is the rate at which the index "
        f"grew to this size from the size before, {_with_model(report)} the model, which embeds "
        f"{report.embedder_chunks_per_s:,.0f} chunks/s here and a question in {report.question_embed_ms:.0f} ms. "
        f"Cold start: a new process, from its start to its first result, without loading the model "
        f"({report.embedder_open_s:.1f} s). Recall is against all vectors in the store. "
        f"Mapped files count as memory; the system takes them back when it needs to. Machine: {machine}."
    )


def _with_model(report: GrowthReport) -> str:
    """At 1× the vectors are there already, even when all are real."""
    return "above 1× with" if report.vectors == ALL_REAL else "without"


def as_svg(report: GrowthReport) -> str:
    """The picture: what a reader feels, and what it takes."""
    charts = [
        _chart(report, "Search without the model", "ms", {"p50": "search_p50_ms", "p95": "search_p95_ms"}),
        _chart(report, "Vector search alone", "ms", {"p50": "vector_p50_ms", "p95": "vector_p95_ms"}),
        _chart(report, "Vector recall", "share", {"at 10": "recall.10", "at 50": "recall.50"}, limit=0.95),
        _chart(report, f"Ingest {_with_model(report)} the model", "chunks/s", {"chunks": "chunks_per_s"}),
        _chart(report, "Memory while searching", "MB", {"all": "resident_mb", "private": "private_mb"}),
        _chart(report, "Cold start", "s", {"to the first result": "cold_start_s"}),
    ]
    return picture(
        [chart for chart in charts if chart.lines],
        "Chunks in the archive to the right, on a scale of powers.",
    )


def _chart(
    report: GrowthReport, title: str, unit: str, figures: dict[str, str], limit: float | None = None
) -> Chart:
    lines = []
    for name, key in figures.items():
        points = [(float(point["chunks"]), _figure(point, key)) for point in report.points]
        known = tuple((size, value) for size, value in points if value is not None)
        if known:
            lines.append(Line(name, known))
    return Chart(title, unit, tuple(lines), limit)


def _figure(point: dict[str, Any], key: str) -> float | None:
    """A figure of a factor by its dotted name; None where it was not measured."""
    found: Any = point
    for part in key.split("."):
        found = found.get(part) if isinstance(found, dict) else None
    return None if found is None else float(found)


def _cell(value: float | None, decimals: int) -> str:
    return NOTHING if value is None else f"{value:,.{decimals}f}"


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"
