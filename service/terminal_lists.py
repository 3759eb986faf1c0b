"""How lists look in a terminal: passages, quotations, articles, the report of an ingest, a diagnosis."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rich import box
from rich.console import Console, ConsoleOptions, Group, RenderableType, RenderResult
from rich.table import Table
from rich.text import Text

from ingest.records import ArticleRecord
from ingest.report import IngestReport
from service.answers import AttributedQuotation, Passage
from service.doctor import Diagnosis
from service.terminal import Indented, one_line, place

MOST_LISTED = 20
"""Failures and groups of copies shown; the rest is counted, and `--json` has them all."""

WIDTH_FOR_ALL_COLUMNS = 110


def passages_view(passages: Sequence[Passage]) -> RenderableType:
    """Passages, best first."""
    if not passages:
        return Text("Nothing found.")
    return Group(*_spaced(_passage(number, passage) for number, passage in enumerate(passages, start=1)))


def _passage(number: int, passage: Passage) -> list[RenderableType]:
    label = Text(f"{number}. ", style="bold cyan")
    head = place(passage.outlet, passage.published_at, passage.source, passage.line, passage.title)
    return [Indented(head, label=label), Indented(Text(one_line(passage.text)), " " * label.cell_len)]


def quotations_view(quotations: Sequence[AttributedQuotation]) -> RenderableType:
    """Quotations under their speakers, in the order in which speakers first appear."""
    if not quotations:
        return Text("No quotations found.")
    speakers: dict[str | None, list[AttributedQuotation]] = {}
    for quotation in quotations:
        speakers.setdefault(quotation.speaker, []).append(quotation)
    return Group(*_spaced(_speaker(speaker, said) for speaker, said in speakers.items()))


def _speaker(speaker: str | None, said: Sequence[AttributedQuotation]) -> list[RenderableType]:
    lines: list[RenderableType] = [
        Indented(Text(one_line(speaker) if speaker else "Speaker not named", style="bold"))
    ]
    for quotation in said:
        words = one_line(quotation.quote)
        shown = Text(f"“{words}”", style="italic") if quotation.kind == "direct" else Text(words)
        where = place(
            quotation.outlet, quotation.published_at, quotation.source, quotation.line, quotation.title
        )
        lines.append(Indented(shown, "  │ "))
        how = "quoted" if quotation.kind == "direct" else "reported"
        lines.append(Indented(Text.assemble(f"{how}: ", where, style="dim"), "    "))
    return lines


def articles_view(records: Sequence[ArticleRecord]) -> RenderableType:
    """A table of articles. Nothing is cut off: long titles and paths run on over lines."""
    if not records:
        return Text("No articles.")
    return Group(_Articles(records), Text(), Text(_count(len(records), "article"), style="dim"))


class _Articles:
    """A column for everything where there is room, else title, outlet and source above one another."""

    def __init__(self, records: Sequence[ArticleRecord]) -> None:
        self.records = records

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        wide = options.max_width >= WIDTH_FOR_ALL_COLUMNS
        table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
        table.add_column("date", no_wrap=True)
        for name in ("outlet", "title", "source") if wide else ("article",):
            table.add_column(name, overflow="fold")
        table.add_column("chars", justify="right", no_wrap=True)
        for record in self.records:
            title, outlet = Text(one_line(record.title or "–")), Text(one_line(record.outlet or "–"))
            source = Text(one_line(record.source))
            stacked = Text.assemble(title, "\n", (f"{outlet} · {source}", "dim"))
            table.add_row(
                (record.published_at or "–")[:10],
                *((outlet, title, source) if wide else (stacked,)),
                f"{record.characters:,}",
            )
        yield table


def report_view(report: IngestReport) -> RenderableType:
    """What an ingest did, what failed and why, near-copies, notes, and what to do next."""
    counted = {
        "added": len(report.added),
        "changed": len(report.changed),
        "unchanged": len(report.unchanged),
        "removed": len(report.removed),
        "failed": len(report.failed),
    }
    head = Text()
    for name, number in counted.items():
        style = "dim" if not number else "bold red" if name == "failed" else "bold"
        head.append(", " if head.plain else "").append(f"{number:,} {name}", style=style)
    embedded = f"{_count(report.chunks_embedded, 'chunk')} embedded, {report.chunks_reused:,} reused"
    parts: list[RenderableType] = [
        Indented(head),
        Indented(Text(f"{embedded}, in {_duration(report.elapsed_s)}", style="dim")),
    ]
    if report.failed:
        parts += [Text(), Text("Failed", style="bold red")]
        for item in report.failed[:MOST_LISTED]:
            parts.append(Indented(Text(f"{one_line(item.source)}: {one_line(item.reason)}"), "  "))
        parts += _rest(len(report.failed))
    if report.duplicates:
        parts += [Text(), Text("Near-copies of one story", style="bold")]
        for group in report.duplicates[:MOST_LISTED]:
            parts.append(Indented(Text(" = ".join(one_line(source) for source in group)), "  "))
        parts += _rest(len(report.duplicates))
    if report.notes:
        parts.append(Text())
        parts += [Indented(Text(f"Note: {one_line(line)}")) for line in report.notes]
    if report.added or report.changed or report.unchanged:
        parts += [Text(), Text('Next: dateline ask "…"', style="dim")]
    return Group(*parts)


def diagnosis_view(diagnosis: Diagnosis) -> RenderableType:
    """Settings with their origins, then every check with what to do."""
    parts: list[RenderableType] = []
    if diagnosis.settings:
        parts.append(Text("Settings", style="bold"))
        for line in diagnosis.settings:
            shown = Text(f"{line.name} = {one_line(line.value)}")
            shown.append(f"  ({one_line(line.origin)})", style="dim")
            parts.append(Indented(shown, "  "))
        parts.append(Text())
    parts.append(Text("Checks", style="bold"))
    styles = {"ok": "green", "warn": "yellow", "fail": "bold red"}
    for check in diagnosis.checks:
        label = Text.assemble(
            "  ", (f"{check.status:<5}", styles[check.status]), (f"{check.name:<10}", "bold")
        )
        parts.append(Indented(Text(one_line(check.found)), label=label))
        if check.remedy and check.status != "ok":
            parts.append(Indented(Text(f"→ {one_line(check.remedy)}"), " " * 17))
    return Group(*parts)


def _spaced(blocks: Iterable[list[RenderableType]]) -> list[RenderableType]:
    """The blocks with an empty line between each two."""
    parts: list[RenderableType] = []
    for block in blocks:
        parts += [Text(), *block] if parts else block
    return parts


def _rest(number: int) -> list[RenderableType]:
    if number <= MOST_LISTED:
        return []
    return [Indented(Text(f"… and {number - MOST_LISTED:,} more (--json lists all)", style="dim"), "  ")]


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def _duration(elapsed_s: float) -> str:
    if elapsed_s < 60:
        return f"{elapsed_s:.1f} s"
    minutes, seconds = divmod(round(elapsed_s), 60)
    return f"{minutes} min {seconds:02d} s"
