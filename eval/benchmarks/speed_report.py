"""A speed run's report: what each peer takes relative to Dateline first, the raw figures beside it; JSON, Markdown, and
a table for the terminal.

A ratio is the peer's figure over Dateline's: 3× is three times what Dateline takes. That of ingest is of whole times,
with the smallest and largest of the single slices; that of questions and cold starts is of medians (p95: of 95th
percentiles, by linear interpolation).
"""

from __future__ import annotations

import statistics
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from eval.benchmarks.peers.contestants import DATELINE
from eval.benchmarks.peers.figures import Measured, SpeedReport
from ingest.errors import InvalidRequest

if TYPE_CHECKING:
    from rich.console import Group

NOTHING = "–"
_Cells = tuple[tuple[str, ...], list[tuple[str, ...]]]
"""A head and rows of as many cells."""


@dataclass(frozen=True, slots=True)
class Figures:
    """What the tables show of one contestant; None where it was not measured. Times of questions are in ms."""

    ingest_s_per_article: float | None
    ingest_cpu_s_per_article: float | None
    ingest_embed_share: float | None
    """Of the wall time of ingest, inside the embedder."""
    ingest_peak_mb: float | None
    index_mb: float | None
    query_p50_ms: float | None
    query_p95_ms: float | None
    unembedded_p50_ms: float | None
    unembedded_p95_ms: float | None
    query_peak_mb: float | None
    cold_ms: float | None
    hits_4: float | None
    hits_10: float | None


@dataclass(frozen=True, slots=True)
class Ratios:
    """A peer's figures over Dateline's; the last two are differences, Dateline's figure less the peer's."""

    ingest: float | None
    ingest_low: float | None
    ingest_high: float | None
    ingest_cpu: float | None
    query_p50: float | None
    query_p95: float | None
    unembedded_p50: float | None
    cold: float | None
    ingest_peak: float | None
    query_peak: float | None
    index: float | None
    hits_4_less: float | None
    hits_10_less: float | None


def figures(measured: Measured, articles: int) -> Figures:
    """What the tables show, from the raw figures of `articles` articles."""
    whole = sum(measured.ingest_s)
    bare = [total - part for total, part in zip(measured.query_ms, measured.query_embed_ms, strict=True)]
    return Figures(
        ingest_s_per_article=whole / articles if whole else None,
        ingest_cpu_s_per_article=sum(measured.ingest_cpu_s) / articles if whole else None,
        ingest_embed_share=sum(measured.ingest_embed_s) / whole if whole else None,
        ingest_peak_mb=measured.ingest_peak_bytes / 1e6 or None,
        index_mb=measured.index_bytes / 1e6 or None,
        query_p50_ms=_quantile(measured.query_ms, 0.5),
        query_p95_ms=_quantile(measured.query_ms, 0.95),
        unembedded_p50_ms=_quantile(bare, 0.5),
        unembedded_p95_ms=_quantile(bare, 0.95),
        query_peak_mb=measured.query_peak_bytes / 1e6 or None,
        cold_ms=_quantile(measured.cold_ms, 0.5),
        hits_4=statistics.fmean(measured.hits_4) if measured.hits_4 else None,
        hits_10=statistics.fmean(measured.hits_10) if measured.hits_10 else None,
    )


def ratios(peer: Measured, dateline: Measured, articles: int) -> Ratios:
    """The peer relative to Dateline. What either of them lacks is None."""
    theirs, ours = figures(peer, articles), figures(dateline, articles)
    slices = [their / our for their, our in zip(peer.ingest_s, dateline.ingest_s, strict=False) if our > 0]
    return Ratios(
        ingest=_over(theirs.ingest_s_per_article, ours.ingest_s_per_article),
        ingest_low=min(slices, default=None),
        ingest_high=max(slices, default=None),
        ingest_cpu=_over(theirs.ingest_cpu_s_per_article, ours.ingest_cpu_s_per_article),
        query_p50=_over(theirs.query_p50_ms, ours.query_p50_ms),
        query_p95=_over(theirs.query_p95_ms, ours.query_p95_ms),
        unembedded_p50=_over(theirs.unembedded_p50_ms, ours.unembedded_p50_ms),
        cold=_over(theirs.cold_ms, ours.cold_ms),
        ingest_peak=_over(theirs.ingest_peak_mb, ours.ingest_peak_mb),
        query_peak=_over(theirs.query_peak_mb, ours.query_peak_mb),
        index=_over(theirs.index_mb, ours.index_mb),
        hits_4_less=_less(ours.hits_4, theirs.hits_4),
        hits_10_less=_less(ours.hits_10, theirs.hits_10),
    )


def as_json(report: SpeedReport) -> dict[str, Any]:
    """The whole report as one JSON object: ratios and figures by contestant, then every raw value."""
    dateline, peers, absent = _parties(report)
    return {
        "ratios": {peer.name: asdict(ratios(peer, dateline, report.articles)) for peer in peers},
        "figures": {one.name: asdict(figures(one, report.articles)) for one in (dateline, *peers)},
        "left_out": {one.name: one.failure for one in absent},
        "run": asdict(report),
    }


def as_markdown(report: SpeedReport, command: str) -> str:
    """The report as a section for the docs, with the command that makes it."""
    dateline, peers, absent = _parties(report)
    parts = [
        "## Speed: Dateline beside its peers",
        f"```sh\n{command}\n```",
        conditions(report),
        "What each takes relative to Dateline (3× is three times as much; in brackets the slices' extremes):",
        _markdown(*ratio_table(report)),
        "The figures themselves:",
        _markdown(*figure_table(report)),
        "\n".join(f"- **{one.label}**: {_versions(one)}" for one in (dateline, *peers)),
    ]
    if absent:
        parts.append("Left out:\n\n" + "\n".join(f"- **{one.label}**: {one.failure}" for one in absent))
    return "\n\n".join(parts) + "\n"


def conditions(report: SpeedReport) -> str:
    """What was measured, on what, in sentences."""
    machine = ", ".join(f"{name} {value}" for name, value in report.machine.items())
    sizes = " + ".join(str(size) for size in report.slices)
    scored = (
        f"Hits over {report.scored_questions:,} questions."
        if report.scored_questions
        else "Hits are given only when all articles are ingested."
    )
    return (
        f"{report.articles:,} of {report.articles_all:,} articles in turn about ({sizes}), {report.questions:,} timed "
        f"questions, {report.cold_starts} cold starts each (files cached by the system), {report.threads} threads for "
        f"everyone, one run, everything interleaved. The same MiniLM weights for all: int8 in Dateline, float32 on "
        f"torch in the peers. {scored} Machine: {machine}."
    )


def terminal_view(report: SpeedReport) -> Group:
    """Both tables for a terminal."""
    from rich.console import Group
    from rich.table import Table
    from rich.text import Text

    views: list[Table | Text] = [Text(conditions(report)), Text()]
    for head, rows in (ratio_table(report), figure_table(report)):
        table = Table(*head, box=None, pad_edge=False)
        for row in rows:
            table.add_row(*map(Text, row))
        views += [table, Text()]
    views += [Text(f"Left out: {one.label}: {one.failure}") for one in _parties(report)[2]]
    return Group(*views)


def ratio_table(report: SpeedReport) -> _Cells:
    """One row a peer."""
    dateline, peers, _ = _parties(report)
    columns: tuple[tuple[str, Callable[[Ratios], str]], ...] = (
        ("ingest", lambda one: _times(one.ingest) + _range(one.ingest_low, one.ingest_high)),
        ("ingest, processor time", lambda one: _times(one.ingest_cpu)),
        ("question p50", lambda one: _times(one.query_p50)),
        ("p95", lambda one: _times(one.query_p95)),
        ("p50 less embedding", lambda one: _times(one.unembedded_p50)),
        ("cold start", lambda one: _times(one.cold)),
        ("memory, ingest", lambda one: _times(one.ingest_peak)),
        ("memory, questions", lambda one: _times(one.query_peak)),
        ("disk", lambda one: _times(one.index)),
        ("Dateline's Hits@4", lambda one: _number(one.hits_4_less, "+.3f")),
        ("Hits@10", lambda one: _number(one.hits_10_less, "+.3f")),
    )
    rows = []
    for peer in peers:
        found = ratios(peer, dateline, report.articles)
        rows.append((peer.label, *(cell(found) for _, cell in columns)))
    return ("relative to Dateline", *(head for head, _ in columns)), rows


def figure_table(report: SpeedReport) -> _Cells:
    """One row a contestant, Dateline first."""
    dateline, peers, _ = _parties(report)
    columns: tuple[tuple[str, Callable[[Figures], str]], ...] = (
        ("ingest, s an article", lambda one: _number(one.ingest_s_per_article, ".3f")),
        ("processor s", lambda one: _number(one.ingest_cpu_s_per_article, ".3f")),
        ("of it embedding", lambda one: _number(one.ingest_embed_share, ".0%")),
        ("question p50 ms", lambda one: _number(one.query_p50_ms, ".1f")),
        ("p95 ms", lambda one: _number(one.query_p95_ms, ".1f")),
        ("less embedding p50", lambda one: _number(one.unembedded_p50_ms, ".1f")),
        ("p95", lambda one: _number(one.unembedded_p95_ms, ".1f")),
        ("cold start ms", lambda one: _number(one.cold_ms, ",.0f")),
        ("MB, ingest", lambda one: _number(one.ingest_peak_mb, ",.0f")),
        ("MB, questions", lambda one: _number(one.query_peak_mb, ",.0f")),
        ("MB on disk", lambda one: _number(one.index_mb, ",.1f")),
        ("Hits@4", lambda one: _number(one.hits_4, ".3f")),
        ("Hits@10", lambda one: _number(one.hits_10, ".3f")),
    )
    rows = []
    for one in (dateline, *peers):
        found = figures(one, report.articles)
        held = (f"{one.passages:,}", f"{one.passage_chars_mean:,.0f}")
        rows.append((one.label, *held, *(cell(found) for _, cell in columns)))
    return ("", "passages", "characters in one", *(head for head, _ in columns)), rows


def _parties(report: SpeedReport) -> tuple[Measured, list[Measured], list[Measured]]:
    """Dateline, the peers that were measured, and those left out."""
    dateline = next((one for one in report.contestants if one.name == DATELINE.name), None)
    if dateline is None:
        raise InvalidRequest("a speed report needs Dateline's own figures")
    others = [one for one in report.contestants if one is not dateline]
    return (
        dateline,
        [one for one in others if one.failure is None],
        [one for one in others if one.failure is not None],
    )


def _versions(measured: Measured) -> str:
    return ", ".join(f"{name} {version}" for name, version in measured.versions.items())


def _quantile(values: Sequence[float], share: float) -> float | None:
    return float(np.quantile(values, share)) if values else None


def _over(theirs: float | None, ours: float | None) -> float | None:
    return theirs / ours if theirs is not None and ours else None


def _less(ours: float | None, theirs: float | None) -> float | None:
    return ours - theirs if ours is not None and theirs is not None else None


def _times(value: float | None) -> str:
    return NOTHING if value is None else f"{value:.1f}×"


def _range(low: float | None, high: float | None) -> str:
    return "" if low is None or high is None else f" ({low:.1f}–{high:.1f})"


def _number(value: float | None, form: str) -> str:
    return NOTHING if value is None else format(value, form)


def _markdown(head: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    lines = ["| " + " | ".join(head) + " |", "|---" * len(head) + "|"]
    lines += ["| " + " | ".join(row) + " |" for row in rows]
    return "\n".join(lines)
