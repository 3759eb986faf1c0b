"""`ask`, `search` and `quotes`: questions about what the articles say."""

from __future__ import annotations

from typing import Annotated, Literal

import typer

from service.commands.options import After, AsJson, Before, Outlets, Sources, filters_of, words_of
from service.commands.session import ABSTAINED, opened, print_json, session_of


def ask(
    context: typer.Context,
    question: Annotated[str, typer.Argument(metavar="QUESTION", help="What you want to know.")],
    outlet: Outlets = None,
    source: Sources = None,
    after: After = None,
    before: Before = None,
    engine: Annotated[
        Literal["extractive", "llm"] | None,
        typer.Option("--engine", help="How to compose the answer; by default whatever is configured."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Answer a question from the articles, with citations; exit 1 when they do not answer it."""
    asked, filters = words_of(question, "the question"), filters_of(outlet, source, after, before)
    with opened(session_of(context), role="ask") as backend:
        answer = backend.ask(asked, filters=filters, engine=engine)
    if as_json:
        print_json(answer.model_dump(mode="json"))
    else:
        from service.commands.console import stdout
        from service.terminal import answer_view

        stdout().print(answer_view(answer))
    if answer.status == "abstained":
        raise typer.Exit(ABSTAINED)


def search(
    context: typer.Context,
    query: Annotated[str, typer.Argument(metavar="QUERY", help="Words to look for.")],
    limit: Annotated[int, typer.Option("-k", "--limit", min=1, max=100, help="How many passages.")] = 10,
    outlet: Outlets = None,
    source: Sources = None,
    after: After = None,
    before: Before = None,
    as_json: AsJson = False,
) -> None:
    """List the passages nearest to a query."""
    words, filters = words_of(query, "the query"), filters_of(outlet, source, after, before)
    with opened(session_of(context), role="search") as backend:
        passages = backend.search(words, limit=limit, filters=filters)
    if as_json:
        print_json({"passages": [passage.model_dump(mode="json") for passage in passages]})
        return
    from service.commands.console import stdout
    from service.terminal_lists import passages_view

    stdout().print(passages_view(passages))


def quotes(
    context: typer.Context,
    speaker: Annotated[str | None, typer.Option("--speaker", metavar="NAME", help="Who said it.")] = None,
    about: Annotated[str | None, typer.Option("--about", metavar="TOPIC", help="What it is about.")] = None,
    limit: Annotated[int, typer.Option("-k", "--limit", min=1, max=500, help="How many quotations.")] = 50,
    outlet: Outlets = None,
    source: Sources = None,
    after: After = None,
    before: Before = None,
    as_json: AsJson = False,
) -> None:
    """List who said what, with file and line."""
    filters = filters_of(outlet, source, after, before)
    who = None if speaker is None else words_of(speaker, "--speaker")
    what = None if about is None else words_of(about, "--about")
    with opened(session_of(context), role="quotes") as backend:
        found = backend.quotes(speaker=who, about=what, filters=filters, limit=limit)
    if as_json:
        print_json({"quotations": [quotation.model_dump(mode="json") for quotation in found]})
        return
    from service.commands.console import stdout
    from service.terminal_lists import quotations_view

    stdout().print(quotations_view(found))
    if len(found) == limit:
        stdout().print(f"\nThe first {limit}; --limit shows more.", style="dim")
