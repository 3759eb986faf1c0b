"""How one article looks in a terminal: a head with what is known of it, then its words as they are."""

from __future__ import annotations

from rich.console import Group, RenderableType
from rich.text import Text

from ingest.articles import Article
from ingest.records import StoredArticle
from service.terminal import Indented, clean, day_of, one_line

SPAN_MARKS = ("⟦", "⟧")
"""Around the words of `--span` where there is no terminal to highlight them."""


def article_view(stored: StoredArticle, span: tuple[int, int] | None) -> RenderableType:
    """The head: title, outlet, date, authors, source, length, and the place of the span."""
    article, record = stored.article, stored.record
    lines = [Indented(Text(one_line(article.title or article.source), style="bold"))]
    about = [article.outlet, day_of(article.published_at) if article.published_at else None, *article.authors]
    if any(about):
        lines.append(Indented(Text(" · ".join(one_line(part) for part in about if part))))
    facts = [article.source, f"id {article.article_id}", f"{len(article.text):,} characters"]
    lines.append(Indented(Text(" · ".join(one_line(fact) for fact in facts), style="dim")))
    if record.url:
        lines.append(Indented(Text(one_line(record.url), style="dim")))
    if span is not None:
        start, end = span
        lines.append(
            Indented(Text(f"characters {start}-{end}, from line {article.line_at(start)}", style="bold cyan"))
        )
    return Group(*lines, Text())


def article_text(article: Article, span: tuple[int, int] | None, *, marks: bool) -> Text:
    """The words, character for character save what would steer a terminal: boilerplate dim, the span highlighted.

    With `marks` the span stands between `SPAN_MARKS`, for output without styles.
    """
    text = Text(clean(article.text))  # one character for each, so offsets hold
    for part in article.boilerplate:
        text.stylize("dim", part.start, part.end)
    if span is None:
        return text
    text.stylize("reverse", *span)
    if not marks:
        return text
    start, end = span
    opening, closing = SPAN_MARKS
    return Text.assemble(text[:start], opening, text[start:end], closing, text[end:])
