"""How summaries look in a terminal: by style, then the sources, then how much was read.

Most statements are their source's words, so a source shows its words only where no statement is the same.
What articles say is put into `Text` objects only, as in `service.terminal`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from datetime import date

from rich.cells import cell_len
from rich.console import Group, RenderableType
from rich.text import Text

from service.answers import Statement
from service.summaries import DatedEvent, Reading, Style, Summary
from service.terminal import Indented, citations_view, day_of, disagreement_view, marked, one_line

BULLET = "• "


def summary_view(summary: Summary) -> RenderableType:
    """The whole summary, or the abstention; then what was read."""
    parts: list[RenderableType] = [Indented(Text(one_line(summary.subject), style="dim")), Text()]
    if summary.status == "abstained":
        parts.append(Indented(Text("No summary.", style="bold")))
    else:
        parts += _said(summary)
    if summary.reason:
        parts.append(Indented(Text(one_line(summary.reason))))
    for remark in (coverage(summary.reading), summary.engine_note):
        if remark:
            parts += [Text(), Indented(Text(one_line(remark), style="dim"))]
    return Group(*parts)


def coverage(reading: Reading) -> str:
    """`Read 12 articles, cites 5; 2 near-copies counted once.`; empty when nothing was read."""
    if not reading.articles:
        return ""
    read = f"Read {_counted(reading.articles, 'article', 'articles')}, cites {reading.cited:,}"
    copies = _counted(reading.near_copies, "near-copy", "near-copies")
    return f"{read}; {copies} counted once." if reading.near_copies else f"{read}."


def when(day: str) -> str:
    """`10 April 2024` for `2024-04-10`, `April 2024` for `2024-04`; anything else as it is."""
    if re.fullmatch(r"\d{4}-(?:0[1-9]|1[0-2])", day):
        return f"{date.fromisoformat(f'{day}-01'):%B} {day[:4]}"
    return day_of(day)


def _said(summary: Summary) -> Iterable[RenderableType]:
    yield from _ARRANGED[summary.style](summary) or _bullets(summary.statements)
    yield Text()
    for disagreement in summary.disagreements:
        yield disagreement_view(disagreement)
        yield Text()
    yield Text("Sources", style="bold")
    said = {one_line(statement.text) for statement in summary.statements}
    yield from citations_view(summary.citations, shown=said)


def _paragraph(summary: Summary) -> list[RenderableType]:
    shown = Text(" ").join(marked(item.text, item.citations) for item in summary.statements)
    return [Indented(shown)]


def _points(summary: Summary) -> list[RenderableType]:
    return _bullets(summary.statements)


def _timeline(summary: Summary) -> list[RenderableType]:
    """Dated rows, the words in line; what has no date apart."""
    rows = _dated(summary.events)
    if summary.undated:
        rows += _section("Without a date", _bullets(summary.undated), after=rows)
    return rows


def _comparison(summary: Summary) -> list[RenderableType]:
    """What several outlets report, then what only one does."""
    common: list[RenderableType] = []
    for shared in summary.shared:
        common += _bullets([shared.statement])
        common.append(Indented(Text(_names(shared.outlets), style="dim"), " " * cell_len(BULLET)))
    parts = _section("Reported by several", common, after=()) if common else []
    for single in summary.singles:
        if single.statements:
            parts += _section(f"Only {one_line(single.outlet)}", _bullets(single.statements), after=parts)
    return parts


_ARRANGED: dict[Style, Callable[[Summary], list[RenderableType]]] = {
    "brief": _paragraph,
    "bullets": _points,
    "timeline": _timeline,
    "compare": _comparison,
}


def _dated(events: Sequence[DatedEvent]) -> list[RenderableType]:
    days = [one_line(when(event.date)) for event in events]
    width = max(map(cell_len, days), default=0)
    rows: list[RenderableType] = []
    before = ""
    for event, day in zip(events, days, strict=True):
        label = Text("" if day == before else day, style="bold")
        label.append(" " * (width + 2 - label.cell_len))
        rows.append(Indented(marked(event.statement.text, event.statement.citations), label=label))
        before = day
    return rows


def _bullets(statements: Sequence[Statement]) -> list[RenderableType]:
    return [
        Indented(marked(item.text, item.citations), label=Text(BULLET, style="bold cyan"))
        for item in statements
    ]


def _section(
    title: str, rows: Sequence[RenderableType], *, after: Sequence[RenderableType]
) -> list[RenderableType]:
    heading: list[RenderableType] = [Text(title, style="bold")]
    return [*([Text()] if after else []), *heading, *rows]


def _names(outlets: Sequence[str]) -> str:
    return ", ".join(one_line(outlet) for outlet in outlets)


def _counted(number: int, one: str, several: str) -> str:
    return f"{number:,} {one if number == 1 else several}"
