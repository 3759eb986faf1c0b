"""`articles` and `show`: what is in the index."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated, Any

import typer

from service.commands.options import After, AsJson, Before, Outlets, Sources, filters_of
from service.commands.session import opened, print_json, session_of

if TYPE_CHECKING:
    from ingest.records import ArticleRecord

PAGE_SIZE = 200


def articles(
    context: typer.Context,
    outlet: Outlets = None,
    source: Sources = None,
    after: After = None,
    before: Before = None,
    as_json: AsJson = False,
) -> None:
    """List the articles."""
    filters = filters_of(outlet, source, after, before)
    records: list[ArticleRecord] = []
    with opened(session_of(context), role="articles") as backend:
        while True:
            total, page = backend.articles(offset=len(records), limit=PAGE_SIZE, filters=filters)
            records += page
            if not page or len(records) >= total:
                break
    if as_json:
        print_json({"total": len(records), "articles": [public(record) for record in records]})
        return
    from service.commands.console import stdout
    from service.terminal_lists import articles_view

    stdout().print(articles_view(records))


def show(
    context: typer.Context,
    source: Annotated[
        str, typer.Argument(metavar="SOURCE", help="The file, an ending of its path, or the id.")
    ],
    span: Annotated[
        str | None,
        typer.Option("--span", metavar="START-END", help="Characters to highlight, as citations give them."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Print an article as it was ingested."""
    marked = None if span is None else _offsets(span)
    with opened(session_of(context), role="show") as backend:
        stored = backend.article(source)
    text = stored.article.text
    if marked is not None and marked[1] > len(text):
        raise typer.BadParameter(f"--span ends at {marked[1]}, and the article has {len(text)} characters")
    if as_json:
        document = public(stored.record) | {
            "text": text,
            "boilerplate": [{"start": part.start, "end": part.end} for part in stored.article.boilerplate],
        }
        if marked is not None:
            start, end = marked
            line = stored.article.line_at(start)
            document["span"] = {"start": start, "end": end, "line": line, "text": text[start:end]}
        print_json(document)
        return
    from service.commands.console import stdout
    from service.terminal_article import article_text, article_view

    console = stdout()
    console.print(article_view(stored, marked))
    shown = article_text(stored.article, marked, marks=not console.is_terminal)
    console.print(shown, soft_wrap=not console.is_terminal)


def public(record: ArticleRecord) -> dict[str, Any]:
    """What a program may know of an article: the fields of the HTTP API's list."""
    return {
        "article_id": record.article_id,
        "source": record.source,
        "title": record.title,
        "outlet": record.outlet,
        "authors": list(record.authors),
        "published_at": record.published_at,
        "url": record.url,
        "page": f"/articles/{record.article_id}",
        "characters": record.characters,
        "chunks": record.chunk_count,
        "version": record.version,
        "ingested_at": record.ingested_at,
    }


def _offsets(span: str) -> tuple[int, int]:
    found = re.fullmatch(r"(\d{1,12})-(\d{1,12})", span.strip())
    if found is None or int(found[1]) >= int(found[2]):
        raise typer.BadParameter(f"--span {span!r} is not of the form START-END, such as 1032-1190")
    return int(found[1]), int(found[2])
