"""A summary as Block Kit, in its style: prose, list, timeline, or comparison by outlet. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from service.answers import Citation, Statement
from service.slack.answer_blocks import (
    Rendered,
    disagreement_blocks,
    fallback,
    identified,
    note_blocks,
    statement_line,
)
from service.slack.mrkdwn import shortened
from service.slack.parts import Block, Element, line, plain, rich_text, small_print, text_blocks, words
from service.slack.sources import source_blocks
from service.summaries import Summary

MOST_SUBJECT_CHARS = 150


def summary_view(summary: Summary, public_url: str = "") -> Rendered:
    """The whole summary, or why there is none."""
    subject = shortened(plain(summary.subject), MOST_SUBJECT_CHARS)
    if summary.status == "abstained":
        reason = plain(summary.reason or "The articles hold nothing on this.")
        blocks = [rich_text(line(words("There is nothing to summarize. ", bold=True), words(reason)))]
        blocks += note_blocks(summary.engine_note)
        return Rendered(fallback(reason), identified(blocks))
    heading = {"timeline": "Timeline", "compare": "Comparison"}.get(summary.style, "Summary")
    blocks = [rich_text(line(words(f"{heading}: {subject}", bold=True)))]
    blocks += _body(summary, public_url)
    blocks += disagreement_blocks(summary.disagreements, summary.citations, public_url)
    blocks += source_blocks(summary.citations, public_url)
    blocks.append(small_print(_reading(summary)))
    blocks += note_blocks(summary.engine_note)
    return Rendered(fallback(f"{subject}: {summary.summary}"), identified(blocks), summary.citations)


def _body(summary: Summary, public_url: str) -> list[Block]:
    cited = summary.citations
    if summary.style == "timeline":
        dated = [
            statement_line(one.statement, cited, public_url, words(f"{_day(one.date)}: ", bold=True))
            for one in summary.events
        ]
        blocks = text_blocks(dated, listed=True)
        if summary.undated:
            blocks += _headed("Without a date", summary.undated, cited, public_url)
        return blocks
    if summary.style == "compare":
        blocks = []
        for shared in summary.shared:
            named = " and ".join(plain(outlet) for outlet in shared.outlets)
            blocks += _headed(f"Reported by {named}", [shared.statement], cited, public_url)
        for single in summary.singles:
            blocks += _headed(f"Only {plain(single.outlet)}", single.statements, cited, public_url)
        return blocks
    lines = [statement_line(one, cited, public_url) for one in summary.statements]
    return text_blocks(lines, listed=summary.style == "bullets")


def _headed(
    heading: str, statements: Sequence[Statement], citations: Sequence[Citation], public_url: str
) -> list[Block]:
    lines: list[Element] = [statement_line(one, citations, public_url) for one in statements]
    return [rich_text(line(words(shortened(heading, 300), bold=True))), *text_blocks(lines, listed=True)]


def _day(written: str) -> str:
    """`8 April 2024` for `2024-04-08`, `April 2024` for `2024-04`, else as it is."""
    try:
        if len(written) == len("2024-04"):
            return f"{date.fromisoformat(written + '-01'):%B %Y}"
        day = date.fromisoformat(written)
    except ValueError:
        return plain(written)
    return f"{day.day} {day:%B %Y}"


def _reading(summary: Summary) -> str:
    read = summary.reading
    copies = f", {read.near_copies} of them near-copies" if read.near_copies else ""
    return f"Articles read: {read.articles}{copies}. Cited: {read.cited}."
