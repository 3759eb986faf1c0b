"""A retrieval benchmark's report: JSON for programs, Markdown for the docs, a table for the terminal."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from eval.benchmarks.bootstrap import LEVEL, RESAMPLES, SEED, Estimate
from eval.benchmarks.multihop import FIGURES
from eval.benchmarks.outcomes import Outcome, RetrievalReport
from eval.benchmarks.runs import QuestionResult

if TYPE_CHECKING:
    from rich.console import Group

NOTHING = "–"


def as_json(report: RetrievalReport) -> dict[str, Any]:
    """The whole report as one JSON object; `bootstrap` says how the intervals were made."""
    bootstrap = {"level": LEVEL, "resamples": RESAMPLES, "seed": SEED}
    return asdict(report) | {"bootstrap": bootstrap}


def details(results: Iterable[QuestionResult]) -> str:
    """JSON Lines: what each searcher made of each question. No text of a question or an article is in it."""
    return "".join(json.dumps(_detail(result), ensure_ascii=False) + "\n" for result in results)


def as_markdown(report: RetrievalReport) -> str:
    """The report as Markdown tables under one heading."""
    parts = [f"## Retrieval: {report.dataset}, `{report.questions_file}`", conditions(report)]
    for wording in _wordings(report):
        chosen = [outcome for outcome in report.outcomes if outcome.wording == wording]
        parts += [
            f"### {wording.capitalize()}",
            _markdown(*_figures_table(chosen)),
            f"Difference from `{report.baseline}`, paired by question:",
            _markdown(*_difference_table([outcome for outcome in chosen if outcome.difference])),
            "By type of question:",
            _markdown(*_types_table(chosen, report)),
            "Milliseconds a question:",
            _markdown(*_times_table(chosen)),
        ]
    rows = {outcome.searcher: outcome.description for outcome in report.outcomes}
    parts.append("\n".join(f"- `{name}`: {description}" for name, description in rows.items()))
    return "\n\n".join(part for part in parts if part) + "\n"


def conditions(report: RetrievalReport) -> str:
    """What was measured, in sentences: how many questions, articles and tokens, and what the brackets are."""
    types = ", ".join(f"{count:,} {kind.removesuffix('_query')}" for kind, count in report.types.items())
    left_out = f" ({report.left_out:,} more left out)" if report.left_out else ""
    named = f"{report.reworded:,} name an outlet, {report.still_named or 'none'} once the names are removed"
    tokens = f"{report.passage_tokens_mean:.0f} tokens on average and {report.passage_tokens_max} at most"
    return (
        f"{report.answerable:,} answerable questions ({types}) and {report.null:,} null ones{left_out}; {named}. "
        f"{report.articles:,} articles in {report.chunks:,} chunks; the passages returned hold {tokens}. "
        f"Embedder: {report.embedder}. Beside each figure its {LEVEL:.0%} bootstrap interval over questions. AUROC: "
        "how well the searcher's confidence tells answerable questions from null ones."
    )


def terminal_view(report: RetrievalReport) -> Group:
    """The figures, the differences and the times for a terminal."""
    from rich.console import Group
    from rich.table import Table
    from rich.text import Text

    views: list[Table | Text] = [Text(conditions(report)), Text()]
    tables: tuple[tuple[str, Callable[[Sequence[Outcome]], _Cells]], ...] = (
        ("", _figures_table),
        (f": difference from {report.baseline}", _difference_table),
        (": milliseconds a question", _times_table),
    )
    for wording in _wordings(report):
        chosen = [outcome for outcome in report.outcomes if outcome.wording == wording]
        for title, cells in tables:
            head, body = cells(chosen)
            if not body:
                continue
            table = Table(*head, box=None, pad_edge=False)
            for row in body:
                table.add_row(
                    *(cell.replace(" [", "\n").rstrip("]") for cell in row)
                )  # else too wide for 80 columns
            views += [Text(f"{wording.capitalize()}{title}", style="bold"), table, Text()]
    return Group(*views)


_Cells = tuple[list[str], list[list[str]]]


def _figures_table(outcomes: Sequence[Outcome]) -> _Cells:
    head = ["", *FIGURES, "AUROC"]
    return head, [
        [outcome.searcher, *(_cell(outcome.figures[name]) for name in FIGURES), _cell(outcome.auroc)]
        for outcome in outcomes
    ]


def _difference_table(outcomes: Sequence[Outcome]) -> _Cells:
    return ["", *FIGURES], [
        [outcome.searcher, *(_cell(outcome.difference[name], signed=True) for name in FIGURES)]
        for outcome in outcomes
        if outcome.difference
    ]


def _types_table(outcomes: Sequence[Outcome], report: RetrievalReport) -> _Cells:
    return ["", "type", "n", *FIGURES], [
        [
            outcome.searcher,
            kind.removesuffix("_query"),
            f"{report.types[kind]:,}",
            *(_cell(figures[name]) for name in FIGURES),
        ]
        for outcome in outcomes
        for kind, figures in outcome.by_type.items()
    ]


def _times_table(outcomes: Sequence[Outcome]) -> _Cells:
    head = ["", "retrieval median", "p95", "embedding median", "p95"]
    return head, [
        [
            outcome.searcher,
            *(f"{ms:.1f}" for ms in (outcome.retrieval_ms.median, outcome.retrieval_ms.p95)),
            *(f"{ms:.1f}" for ms in (outcome.embedding_ms.median, outcome.embedding_ms.p95)),
        ]
        for outcome in outcomes
    ]


def _cell(estimate: Estimate | None, *, signed: bool = False) -> str:
    if estimate is None:
        return NOTHING
    value, low, high = (
        format(round(number, 3) + 0.0, "+.3f" if signed else ".3f").replace("0.", ".", 1)
        for number in (estimate.value, estimate.low, estimate.high)
    )
    return f"{value} [{low} {high}]"


def _markdown(head: Sequence[str], body: Sequence[Sequence[str]]) -> str:
    if not body:
        return ""
    lines = [head, ["---"] * len(head), *body]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in lines)


def _wordings(report: RetrievalReport) -> list[str]:
    return list(dict.fromkeys(outcome.wording for outcome in report.outcomes))


def _detail(result: QuestionResult) -> dict[str, Any]:
    scores = None if result.scores is None else dict(zip(FIGURES, result.scores, strict=True))
    return asdict(result) | {"scores": scores}
