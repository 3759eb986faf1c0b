"""How answers look in a terminal, and in plain text where there is none.

What articles say is only ever put into `Text` objects, never into markup, and characters that would steer the
terminal are replaced: an article can not colour, overwrite or retitle anything. Lines end without trailing spaces.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from datetime import date

from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, Group, RenderableType, RenderResult
from rich.segment import Segment
from rich.style import Style
from rich.table import Table
from rich.text import Text

from service.answers import Answer, Citation, Disagreement

READING_WIDTH = 100
"""Columns; longer lines of prose are hard to follow."""

LEAST_WIDTH_FOR_COLUMNS = 60
MOST_COLUMNS = 3

_STEERING = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


def clean(text: str) -> str:
    """`text` without what would steer a terminal (escape sequences, carriage returns, overrides of direction)."""
    return _STEERING.sub("\ufffd", text)


def one_line(text: str) -> str:
    """`text` cleaned, every run of white space one space."""
    return clean(" ".join(text.split()))


class Indented:
    """A paragraph wrapped to the reading width, every line behind the same prefix.

    With `label`, the first line begins with that instead: as wide as the prefix, so that the words stand in line.
    """

    def __init__(self, text: Text, prefix: str = "", *, label: Text | None = None) -> None:
        self.text = text
        self.prefix = prefix if label is None else " " * label.cell_len
        self.label = label

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        width = max(20, min(options.max_width, READING_WIDTH) - cell_len(self.prefix))
        rows = console.render_lines(self.text, options.update(width=width), pad=False)
        for number, row in enumerate(rows):
            while row and not row[-1].text.strip():
                row.pop()
            if number == 0 and self.label is not None:
                yield from self.label.render(console)
            else:
                prefix = self.prefix if row else self.prefix.rstrip()
                yield Segment(prefix, console.get_style("dim"))
            yield from row[:-1]
            if row:
                yield Segment(row[-1].text.rstrip(), row[-1].style)
            yield Segment.line()


def answer_view(answer: Answer) -> RenderableType:
    """The whole answer: statements, disagreements, sources; or the abstention and the closest thing found."""
    parts: list[RenderableType] = [Indented(Text(one_line(answer.question), style="dim")), Text()]
    parts += _abstention(answer) if answer.status == "abstained" else _statements(answer)
    if answer.engine_note:
        parts += [Text(), Indented(Text(one_line(answer.engine_note), style="dim"))]
    return Group(*parts)


def _abstention(answer: Answer) -> Iterable[RenderableType]:
    yield Indented(Text("Not in the articles.", style="bold"))
    if answer.reason:
        yield Indented(Text(one_line(answer.reason)))
    if answer.closest:
        yield Text()
        yield Text("Closest found", style="bold")
        yield from citations_view(answer.closest, numbered=False)


def _statements(answer: Answer) -> Iterable[RenderableType]:
    for statement in answer.statements:
        yield Indented(marked(statement.text, statement.citations))
        yield Text()
    for disagreement in answer.disagreements:
        yield disagreement_view(disagreement)
        yield Text()
    yield Text("Sources", style="bold")
    yield from citations_view(answer.citations)


def marked(text: str, citations: Sequence[int]) -> Text:
    """Words, and the numbers of what they rest on."""
    shown = Text(one_line(text))
    shown.append("\u00a0" + "".join(f"[{number}]" for number in citations), style="bold cyan")
    return shown


def citations_view(
    citations: Sequence[Citation], *, numbered: bool = True, shown: Collection[str] = ()
) -> Iterable[RenderableType]:
    """Each citation: where it stands, who speaks, the words, and who else carries them. Words that are among `shown`,
    each on one line, are not repeated."""
    for citation in citations:
        label = Text(f"[{citation.id}] " if numbered else "  ", style="bold cyan")
        indent = " " * label.cell_len
        head = place(citation.outlet, citation.published_at, citation.source, citation.line, citation.title)
        if citation.url.startswith(("https://", "http://")):
            head.stylize(Style(link=one_line(citation.url)))
        yield Indented(head, label=label)
        if citation.speaker:
            yield Indented(Text(one_line(citation.speaker)), indent)
        quote = one_line(citation.quote)
        if quote not in shown:
            yield Indented(Text(quote, style="italic"), f"{indent}│ ")
        if citation.also_in:
            others = ", ".join(one_line(source) for source in citation.also_in)
            yield Indented(Text(f"also in {others}", style="dim"), indent)


def place(
    outlet: str | None, published_at: str | None, source: str, line: int | None, title: str | None
) -> Text:
    """`outlet · 11 April 2024 · path/file.txt:14`; the title stands in for an outlet nobody named."""
    found = Text()
    if outlet:
        found.append(one_line(outlet), style="bold")
    elif title:
        found.append(one_line(title))
    parts = [day_of(published_at)] if published_at else []
    parts.append(one_line(source) + (f":{line}" if line is not None else ""))
    for part in parts:
        found.append(f" · {part}" if found.plain else part)
    return found


def day_of(published_at: str) -> str:
    """`11 April 2024` for an ISO date or date and time; anything else as it is."""
    try:
        day = date.fromisoformat(published_at[:10])
    except ValueError:
        return one_line(published_at)
    return f"{day.day} {day:%B} {day.year}"


def disagreement_view(disagreement: Disagreement) -> RenderableType:
    """What sources say that cannot all be right, side by side where there is room."""
    return _Disagreement(disagreement)


class _Disagreement:
    def __init__(self, disagreement: Disagreement) -> None:
        self.disagreement = disagreement

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        sides = self.disagreement.sides
        yield Indented(
            Text(f"The sources disagree: {one_line(self.disagreement.about)}", style="bold yellow")
        )
        if len(sides) > MOST_COLUMNS or options.max_width < LEAST_WIDTH_FOR_COLUMNS:
            for side in sides:
                yield Indented(marked(side.text, side.citations), "  │ ")
            return
        table = Table(show_header=False, width=min(options.max_width, READING_WIDTH), padding=(0, 1))
        for _ in sides:
            table.add_column(ratio=1, overflow="fold")
        table.add_row(*(marked(side.text, side.citations) for side in sides))
        yield table
