"""A raw document becomes an Article: title, outlet, authors and date where the text truly states them.

What a file declares wins; its text is read only for what is missing, and only where newspapers print it: the lines
above the story, the dateline that opens it, the credit that ends it. Everything else stays None.
"""

from __future__ import annotations

import re

from ingest.articles import Article, RawDocument, Span, article_id_of
from ingest.boilerplate import HEAD_LINES, TAIL_LINES, is_boilerplate_line, mark
from ingest.boilerplate_rules import CAPTION, HEADER_RULES
from ingest.datelines import BYLINE, byline_names, closing_outlet, dateline_of
from ingest.headers import header_of
from ingest.publication_dates import full_date_only, written_date

MAX_TITLE_CHARS = 160
MAX_HEADING_CHARS = 500
# The story has begun after this many lines of prose; what follows is no header.
HEADER_PROSE_LINES = 2
PROSE_CHARS = 140

_PUBLISHED = re.compile(r"^(?:(?:first |originally )?published|posted|date)\b(?: on| at)?", re.IGNORECASE)
_UPDATED = re.compile(r"^(?:last )?(?:updated|modified)\b(?: on| at)?", re.IGNORECASE)
_ENDS_SENTENCE = re.compile(r"(?:[.…;:,]|[.,!?…][\"”’')\]]+)$")
_HEADING = re.compile(r"^#\s+(?P<title>\S.*?)\s*#*$")


def extract(document: RawDocument) -> Article:
    """The article of `document`: its text unchanged, metadata completed, boilerplate marked. Never raises."""
    text = document.text
    lines = _filled_lines(text, document.boilerplate)
    title = document.title
    title_line: Span | None = None
    if document.media_type in ("text/plain", "text/markdown"):
        found, title_line = _title(text, lines, document.media_type)
        title = title or found
    below = [span for span in lines if title_line is None or span.start > title_line.start]
    header = header_of(text, below)
    printed = (Span(span.start, min(span.end + 1, len(text))) for span in header.lines)
    marks = _without(mark(text, (*document.boilerplate, *printed)), title_line)
    top = _top(text, below)
    place = next((line for span in top if (line := dateline_of(span.of(text).strip()))), None)
    outlet = (
        document.outlet or header.outlet or (place.outlet if place else None) or _closing(text, lines, marks)
    )
    published_at = document.published_at or header.published_at or _date(text, top)
    source = document.source if document.record_line is None else f"{document.source}#{document.record_line}"
    return Article(
        article_id=article_id_of(document.source, document.record_key),
        source=source,
        text=text,
        title=title,
        outlet=outlet,
        authors=document.authors or header.authors or _authors(text, top),
        published_at=published_at or (place.published_at if place else None),
        url=document.url,
        boilerplate=marks,
    )


def _filled_lines(text: str, known: tuple[Span, ...]) -> list[Span]:
    """The lines that hold words, without their line breaks, after what a reader has marked (front matter)."""
    spans: list[Span] = []
    start = max((span.end for span in known if span.start == 0), default=0)
    while start < len(text):
        end = text.find("\n", start)
        end = len(text) if end < 0 else end
        if text[start:end].strip():
            spans.append(Span(start, end))
        start = end + 1
    return spans


def _title(text: str, lines: list[Span], media_type: str) -> tuple[str | None, Span | None]:
    """The headline and its line: the first line that is not boilerplate, when it reads and stands like one."""
    for number, span in enumerate(lines[:HEAD_LINES]):
        line = span.of(text).strip()
        if (
            media_type == "text/markdown"
            and len(line) <= MAX_HEADING_CHARS
            and (heading := _HEADING.match(line))
        ):
            return _plain(heading["title"]), span
        if is_boilerplate_line(line) or line.casefold().rstrip(":") == "by":
            continue
        following = lines[number + 1] if number + 1 < len(lines) else None
        underlined = (
            len(line) <= MAX_HEADING_CHARS
            and following is not None
            and re.fullmatch(r"=+", following.of(text).strip())
        )
        return (_plain(line), span) if underlined or _is_headline(text, span, following) else (None, None)
    return None, None


def _is_headline(text: str, span: Span, following: Span | None) -> bool:
    line = span.of(text).strip()
    if following is None or len(line) > MAX_TITLE_CHARS or _ENDS_SENTENCE.search(line):
        return False
    if not re.search(r"[^\W\d_]{2}", line) or line[0] in "-*•>|":
        return False
    if dateline_of(line) or BYLINE.match(line) or full_date_only(line) or CAPTION.search(line):
        return False
    blank_between = text.count("\n", span.end, following.start) > 1
    return (
        blank_between or following.end - following.start > len(line) or _is_header(following.of(text).strip())
    )


def _is_header(line: str) -> bool:
    return any(len(line) <= rule.max_chars and rule.pattern.search(line) for rule in HEADER_RULES)


def _plain(title: str) -> str:
    """A headline without Markdown emphasis, on one line."""
    return " ".join(re.sub(r"(\*\*|__|\*|`)(?=\S)(.+?)(?<=\S)\1", r"\2", title).split())


def _without(marks: tuple[Span, ...], line: Span | None) -> tuple[Span, ...]:
    """The marks, less the headline's line."""
    if line is None:
        return marks
    kept: list[Span] = []
    for span in marks:
        if not span.overlaps(line.start, line.end):
            kept.append(span)
            continue
        kept += [Span(a, b) for a, b in ((span.start, line.start), (line.end + 1, span.end)) if a < b]
    return tuple(kept)


def _top(text: str, lines: list[Span]) -> list[Span]:
    """The first lines, up to and with the first paragraphs of the story (datelines open those)."""
    top: list[Span] = []
    prose = 0
    for span in lines[:HEAD_LINES]:
        top.append(span)
        prose += span.end - span.start > PROSE_CHARS
        if prose >= HEADER_PROSE_LINES:
            break
    return top


def _closing(text: str, lines: list[Span], marks: tuple[Span, ...]) -> str | None:
    """The outlet that the article's last lines credit; only marked lines may follow it."""
    for span in reversed(lines[-TAIL_LINES:]):
        if not any(mark.covers(span.start, span.end) for mark in marks):
            return None
        if outlet := closing_outlet(span.of(text).strip()):
            return outlet
    return None


def _authors(text: str, top: list[Span]) -> tuple[str, ...]:
    for span in top:
        if names := byline_names(span.of(text).strip()):
            return names
    return ()


def _date(text: str, top: list[Span]) -> str | None:
    """A date that one of the first lines states: "Published …", a line that is only a date, else "Updated …"."""
    updated: str | None = None
    for span in top:
        line = span.of(text).strip()
        if len(line) > PROSE_CHARS:
            continue
        if _PUBLISHED.match(line):
            if found := written_date(line):
                return found
        elif _UPDATED.match(line):
            updated = updated or written_date(line)
        elif found := full_date_only(line):
            return found
    return updated
