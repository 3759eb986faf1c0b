"""Pages for people: an article as it was ingested, with the cited words marked, and the list of articles. Both carry
the chat widget.

All article text is escaped by the templates. A page holds the text exactly: inside an element with `data-start`
the characters are `article.text` from that offset on, so that the page's script can find any span.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from itertools import groupby, pairwise
from typing import Annotated
from urllib.parse import urlsplit

from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import HTMLResponse, Response
from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from ingest.articles import Span
from service.api.ports import Services
from service.api.problems import Problem, problem_response
from service.api.results import page_path

PAGE_SIZE = 100
WRAPPED_AT_MOST = 100
"""Characters: longer lines are paragraphs, not wrapped lines."""
_HEADING = re.compile(r"#{1,6} ")
PAGE_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-cache",
}


@dataclass(frozen=True, slots=True)
class Run:
    """Characters of one paragraph that look alike. `anchor` is the id of the first run of the cited span."""

    text: str
    boilerplate: bool
    cited: bool
    anchor: str | None


@dataclass(frozen=True, slots=True)
class Paragraph:
    """One line of the text; `start` is the offset of its first character.

    `wrapped`: its paragraph goes on in the next line, as in text that was wrapped at a fixed width. `heading`: it is
    one in Markdown; its number signs are shown, like every character.
    """

    start: int
    runs: tuple[Run, ...]
    wrapped: bool = False
    heading: bool = False

    @property
    def boilerplate(self) -> bool:
        """Whether nothing of it belongs to the article."""
        return all(run.boilerplate or not run.text.strip() for run in self.runs)

    @property
    def cited(self) -> bool:
        """Whether some of the cited span lies in it."""
        return any(run.cited for run in self.runs)


@dataclass(frozen=True, slots=True)
class Block:
    """Paragraphs in a row that all are, or all are not, boilerplate."""

    boilerplate: bool
    paragraphs: tuple[Paragraph, ...]

    @property
    def cited(self) -> bool:
        """Whether some of the cited span lies in it."""
        return any(paragraph.cited for paragraph in self.paragraphs)


def blocks(
    text: str, boilerplate: Sequence[Span], cited: Span | None, *, markdown: bool = False
) -> list[Block]:
    """The text as blocks of paragraphs; lines without words are left out, all other characters are kept."""
    paragraphs: list[Paragraph] = []
    offset = 0
    anchored = False
    spaced = "\n\n" in text  # empty lines part the paragraphs, so a single line end may be a mere wrap
    for line, following in pairwise([*text.split("\n"), ""]):
        if line.strip():
            paragraph = _paragraph(line, offset, boilerplate, cited, anchored)
            if markdown and _HEADING.match(line):
                paragraph = replace(paragraph, heading=True)
            elif spaced and len(line) <= WRAPPED_AT_MOST and following.strip():
                paragraph = replace(paragraph, wrapped=True)
            anchored = anchored or paragraph.cited
            paragraphs.append(paragraph)
        offset += len(line) + 1
    return [
        Block(marked, tuple(members))
        for marked, members in groupby(paragraphs, lambda item: item.boilerplate)
    ]


def _paragraph(
    line: str, offset: int, boilerplate: Sequence[Span], cited: Span | None, anchored: bool
) -> Paragraph:
    end = offset + len(line)
    spans = [span for span in boilerplate if span.overlaps(offset, end)]
    edges = {offset, end}
    for span in (*spans, *([cited] if cited else ())):
        edges |= {min(max(edge, offset), end) for edge in (span.start, span.end)}
    runs: list[Run] = []
    for start, stop in pairwise(sorted(edges)):
        is_cited = cited is not None and cited.overlaps(start, stop)
        anchor = f"c{cited.start}-{cited.end}" if cited and is_cited and not anchored else None
        anchored = anchored or is_cited
        marked = any(span.overlaps(start, stop) for span in spans)
        runs.append(Run(_shown(line[start - offset : stop - offset]), marked, is_cited, anchor))
    return Paragraph(offset, tuple(runs))


def _shown(text: str) -> str:
    """The text, one character for one, without those that HTML parsers drop or cannot hold."""
    if text.isprintable():
        return text
    return "".join(
        "\ufffd" if c == "\0" or "\ud800" <= c <= "\udfff" else " " if c == "\r" else c for c in text
    )


def environment() -> Environment:
    """The templates: everything escaped, undefined names are errors."""
    templates = Environment(
        loader=PackageLoader("service.api", "templates"),
        autoescape=select_autoescape(default=True, default_for_string=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    templates.filters["day"] = day_in_words
    templates.filters["grouped"] = lambda number: f"{number:,}"
    return templates


def router(services: Services, templates: Environment) -> APIRouter:
    """The pages over `services`."""
    routes = APIRouter(include_in_schema=False)

    @routes.head("/")
    @routes.get("/")
    def index(offset: Annotated[int, Query(ge=0, le=2**31)] = 0) -> HTMLResponse:
        total, records = services.articles(offset=offset, limit=PAGE_SIZE)
        return _page(
            templates,
            "index.html",
            articles=[(record, page_path(record.article_id)) for record in records],
            total=total,
            first=offset + 1,
            last=offset + len(records),
            earlier=max(0, offset - PAGE_SIZE) if offset else None,
            later=offset + PAGE_SIZE if offset + PAGE_SIZE < total else None,
        )

    @routes.head("/articles/{article_id:path}")
    @routes.get("/articles/{article_id:path}")
    def article(
        article_id: Annotated[str, Path(min_length=1, max_length=500)],
        start: Annotated[int | None, Query(ge=0, le=2**31)] = None,
        end: Annotated[int | None, Query(ge=0, le=2**31)] = None,
    ) -> HTMLResponse:
        stored = services.article(article_id)
        text = stored.article.text
        cited = None
        if start is not None and end is not None and start < min(end, len(text)):
            cited = Span(start, min(end, len(text)))
        return _page(
            templates,
            "article.html",
            article=stored.article,
            original=web_address(stored.article.url),
            blocks=blocks(
                text,
                stored.article.boilerplate,
                cited,
                markdown=stored.article.source.casefold().endswith((".md", ".markdown")),
            ),
            api_path=f"/v1{page_path(stored.article.article_id)}",
        )

    return routes


def problem_renderer(templates: Environment) -> _Render:
    """How errors are shown: a page to a browser that asked for one, else the problem document."""
    return _Render(templates)


class _Render:
    def __init__(self, templates: Environment) -> None:
        self._templates = templates

    def __call__(self, request: Request, document: Problem, headers: Mapping[str, str]) -> Response:
        wants_page = "text/html" in request.headers.get("accept", "")
        if not wants_page or request.url.path.startswith("/v1/"):
            return problem_response(document, headers)
        return _page(self._templates, "problem.html", document.status, headers, problem=document)


def _page(
    templates: Environment,
    name: str,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
    **values: object,
) -> HTMLResponse:
    content = templates.get_template(name).render(**values).encode("utf-8", "replace")
    return HTMLResponse(content, status, {**PAGE_HEADERS, **(headers or {})})


def web_address(url: str | None) -> str | None:
    """The URL, if it is one that a reader may be sent to (`javascript:` and the like are not)."""
    if not url:
        return None
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    return url if parts.scheme in {"http", "https"} and parts.netloc else None


def day_in_words(moment: str) -> str:
    """`2024-04-10` as "10 April 2024", with the time and offset where there are any; other text as it is."""
    try:
        if len(moment) <= 10:
            found = date.fromisoformat(moment)
            return f"{found.day} {found:%B %Y}"
        stamp = datetime.fromisoformat(moment)
    except ValueError:
        return moment
    zone = " UTC" if _is_utc(stamp) else f" {stamp:%z}".rstrip()
    return f"{stamp.day} {stamp:%B %Y, %H:%M}{zone}"


def _is_utc(stamp: datetime) -> bool:
    offset = stamp.utcoffset()
    return offset is not None and not offset
