"""The figures of a run of gold summaries: means with intervals, by corpus, kind and half, as JSON, Markdown and a
terminal's tables.

Nothing of a single blind case is in any of them: what is missed is listed for `dev` cases only.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from eval.benchmarks.bootstrap import LEVEL, RESAMPLES, SEED, Estimate, Resamples
from eval.summary_gold import HALVES
from eval.summary_runner import CEILING, KEY_POINTS, MEASURES, OURS, CaseResult, SummaryRun

if TYPE_CHECKING:
    from rich.console import Group

NOTHING = "–"
ALL = "all"
COMPARED = (KEY_POINTS, "ROUGE-1", "ROUGE-2", "ROUGE-L", "redundancy")
SHORT = ("points", "R-1", "R-2", "R-L", "redund.", "words", "compr.")
"""`MEASURES` for a terminal."""
Table = tuple[str, list[str], list[list[str]]]
"""A title, the head and the rows."""


@dataclass(frozen=True, slots=True)
class Row:
    """One system over the `cases` cases of a kind and half: means by measure (None where nothing was measured), and
    Dateline's difference from it, paired by case (None for Dateline itself)."""

    kind: str
    half: str
    system: str
    cases: int
    figures: dict[str, Estimate | None]
    ours_minus: dict[str, Estimate | None] | None


@dataclass(frozen=True, slots=True)
class Detail:
    """What only Dateline has, over the cases of a kind and half: means of shares, and counts as `k/n`."""

    kind: str
    half: str
    cases: int
    figures: dict[str, str]


def rows_of(run: SummaryRun) -> list[Row]:
    """Every system over articles and over topics, for each half and both."""
    rows = []
    for kind in ("article", "topic"):
        for half in (*HALVES, ALL):
            chosen = _chosen(run, kind, half)
            for system in chosen[0].systems if chosen else ():
                figures = {measure: _mean(_values(chosen, system, measure)) for measure in MEASURES}
                difference = None
                if system != OURS:
                    difference = {measure: _mean(_paired(chosen, system, measure)) for measure in COMPARED}
                rows.append(Row(kind, half, system, len(chosen), figures, difference))
    return rows


def details_of(run: SummaryRun) -> list[Detail]:
    """Citations, sources, timelines and comparisons, for each kind and half."""
    found = []
    for kind in ("article", "topic", "timeline", "compare"):
        for half in HALVES:
            chosen = _chosen(run, kind, half)
            if chosen:
                found.append(Detail(kind, half, len(chosen), _detail(chosen)))
    return found


def _detail(results: Sequence[CaseResult]) -> dict[str, str]:
    citations = [result.citations for result in results]
    dates = [result.dates for result in results if result.dates is not None]
    comparisons = [result.comparison for result in results]
    return {
        "citations supported": _count(sum(c.supported for c in citations), sum(c.pairs for c in citations)),
        "verbatim": _count(sum(c.verbatim for c in citations), sum(c.citations for c in citations)),
        "statements backed": _count(
            sum(c.statements - c.unbacked for c in citations), sum(c.statements for c in citations)
        ),
        "relevant cited": _share([result.sources.recall for result in results]),
        "cited relevant": _share([result.sources.precision for result in results]),
        "required cited": _share([result.sources.required for result in results]),
        "date recall": _share([date.recall for date in dates]),
        "date precision": _share([date.precision for date in dates]),
        "dates sourced": _share([date.sourced for date in dates]),
        "in order": _true([date.ordered for date in dates]),
        "shared": _share([one.shared for one in comparisons]),
        "disagreements": _true([one.disagreement for one in comparisons]),
        "one story": _true([one.one_story for one in comparisons]),
        "abstained": _count(sum(result.abstained for result in results), len(results)),
        "too long": _count(sum(result.over for result in results), len(results)),
    }


def as_json(runs: Sequence[SummaryRun]) -> dict[str, Any]:
    """Everything, for programs."""
    return {
        "bootstrap": {"level": LEVEL, "resamples": RESAMPLES, "seed": SEED},
        "runs": [
            {
                "gold": run.gold.path.name,
                "articles": run.articles,
                "engine": run.engine,
                "median_ms": run.median_ms,
                "rows": [asdict(row) for row in rows_of(run)],
                "details": [asdict(detail) for detail in details_of(run)],
                "missed_dev": {one.case.id: list(one.missed) for one in run.results if one.missed},
            }
            for run in runs
        ],
    }


def as_markdown(runs: Sequence[SummaryRun]) -> str:
    """Tables under one heading a gold set."""
    parts = []
    for run in runs:
        parts += [f"## Summaries: `{run.gold.path.name}`", conditions(run)]
        for title, head, body in _tables(run):
            lines = [f"| {' | '.join(head)} |", "|" + "---|" * len(head)]
            parts += [f"{title}:", "\n".join([*lines, *(f"| {' | '.join(row)} |" for row in body)])]
    return "\n\n".join(parts) + "\n"


def terminal_view(runs: Sequence[SummaryRun], *, missed: bool) -> Group:
    """The same for people; with `missed`, what dev cases lack."""
    from rich.console import Group
    from rich.table import Table as Grid
    from rich.text import Text

    views: list[Grid | Text] = []
    for run in runs:
        views += [Text(run.gold.path.name, style="bold"), Text(conditions(run)), Text()]
        for title, head, body in _tables(run, brief=True):
            grid = Grid(*head, title=title, title_justify="left", box=None, pad_edge=False)
            for row in body:
                grid.add_row(*(Text(cell) for cell in row))
            views += [grid, Text()]
        for result in run.results if missed else ():
            views += [Text(f"{result.case.id}: {lack}") for lack in result.missed]
    return Group(*views)


def conditions(run: SummaryRun) -> str:
    """What was measured, in sentences."""
    kinds = [result.case.kind for result in run.results]
    without = "" if run.rouge else " ROUGE is left out: `rouge-score-rs` is not installed."
    counted = ", ".join(f"{kinds.count(kind)} {kind}" for kind in dict.fromkeys(kinds))
    return (
        f"{len(kinds)} summaries ({counted}) over {run.articles} articles, engine {run.engine}, median "
        f"{run.median_ms:.0f} ms. In brackets the {LEVEL:.0%} bootstrap interval over cases. "
        f"`{CEILING}`: the most that whole sentences could do in as many words. "
        "Baselines are given a topic's relevant articles; Dateline finds them." + without
    )


def _tables(run: SummaryRun, *, brief: bool = False) -> list[Table]:
    """With `brief`, tables of at most 80 columns: both halves' differences only, and no intervals but theirs."""
    rows = rows_of(run)
    compared = COMPARED[:2] if brief else COMPARED
    figures = [
        [row.kind, row.half, str(row.cases), row.system]
        + [_cell(row.figures[name], interval=not brief) for name in MEASURES]
        for row in rows
    ]
    differences = [
        [row.kind, row.half, str(row.cases), row.system]
        + [_cell(row.ours_minus[name], "+") for name in compared]
        for row in rows
        if row.ours_minus is not None and (row.half == ALL or not brief)
    ]
    details = details_of(run)
    names = list(details[0].figures) if details else []
    if brief:
        listed = [[f"{one.kind}, {one.half}", *_told(one)] for one in details]
        return [
            ("Systems", ["", "half", "n", "system", *SHORT], figures),
            (f"{OURS} minus the system, paired by case", ["", "half", "n", "system", *compared], differences),
            (f"{OURS} alone", ["", "n", "figures"], listed),
        ]
    across = [f"{detail.kind}, {detail.half} (n={detail.cases})" for detail in details]
    return [
        ("Systems", ["", "half", "n", "system", *MEASURES], figures),
        (f"{OURS} minus the system, paired by case", ["", "half", "n", "system", *compared], differences),
        (f"{OURS} alone", ["", *across], [[name, *(one.figures[name] for one in details)] for name in names]),
    ]


def _chosen(run: SummaryRun, kind: str, half: str) -> list[CaseResult]:
    return [one for one in run.results if one.case.kind == kind and half in (ALL, one.case.half)]


def _values(results: Sequence[CaseResult], system: str, measure: str) -> list[float]:
    found = [result.systems[system][measure] for result in results]
    return [value for value in found if value is not None]


def _paired(results: Sequence[CaseResult], system: str, measure: str) -> list[float]:
    pairs = [(result.systems[OURS][measure], result.systems[system][measure]) for result in results]
    return [ours - theirs for ours, theirs in pairs if ours is not None and theirs is not None]


def _mean(values: Sequence[float]) -> Estimate | None:
    if not values:
        return None
    return Resamples(len(values)).means(np.array(values)[:, np.newaxis])[0]


def _told(detail: Detail) -> list[str]:
    """How many cases, and the figures that there are, in one line."""
    return [str(detail.cases), "; ".join(f"{k} {v}" for k, v in detail.figures.items() if v != NOTHING)]


def _cell(estimate: Estimate | None, sign: str = "", *, interval: bool = True) -> str:
    if estimate is None:
        return NOTHING
    form = f"{sign}.3f" if abs(estimate.value) < 10 else f"{sign}.0f"
    if not interval:
        return f"{estimate.value:{form}}"
    return f"{estimate.value:{form}} [{estimate.low:{form}}, {estimate.high:{form}}]"


def _count(part: int, whole: int) -> str:
    return f"{part}/{whole}" if whole else NOTHING


def _true(values: Sequence[bool | None]) -> str:
    present = [value for value in values if value is not None]
    return _count(sum(present), len(present))


def _share(values: Sequence[float | None]) -> str:
    present = [value for value in values if value is not None]
    return f"{sum(present) / len(present):.2f} (n={len(present)})" if present else NOTHING
