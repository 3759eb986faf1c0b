"""`summarize`: articles, or all they say on a topic, in few words; how far the reading is goes to stderr."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from service.commands.options import After, AsJson, Before, Outlets, filters_of, words_of
from service.commands.session import ABSTAINED, opened, print_json, session_of

if TYPE_CHECKING:
    from rich.console import Console

    from ingest.articles import ArticleFilter
    from service.handover import Backend
    from service.summaries import ReadingEvent, Summary, SummaryRequest

MAX_WORDS = 150
"""`service.summaries.DEFAULT_MAX_WORDS`, which takes too long to import for `--help`."""

LINE_EVERY_S = 5.0


def summarize(
    context: typer.Context,
    sources: Annotated[
        list[str] | None,
        typer.Argument(metavar="SOURCE", help="Files, endings of their paths, or ids; all without any."),
    ] = None,
    topic: Annotated[
        str | None, typer.Option("--topic", metavar="TOPIC", help="Only what they say on this.")
    ] = None,
    style: Annotated[
        Literal["brief", "bullets", "timeline", "compare"],
        typer.Option("--style", help="A paragraph, key points, dated events, or how outlets differ."),
    ] = "brief",
    max_words: Annotated[
        int, typer.Option("--max-words", metavar="N", min=10, max=2000, help="How long it may get.")
    ] = MAX_WORDS,
    outlet: Outlets = None,
    after: After = None,
    before: Before = None,
    engine: Annotated[
        Literal["extractive", "llm"] | None,
        typer.Option("--engine", help="How to compose it; by default whatever is configured."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Summarize articles or a topic, with citations; exit 1 when there is nothing to say."""
    named = [_named(source.strip()) for source in sources or ()]
    if not all(named):
        raise typer.BadParameter("SOURCE is empty; name a file, an ending of its path, or an id")
    about = None if topic is None else words_of(topic, "--topic")
    filters = filters_of(outlet, None, after, before)

    from service.summaries import SummaryRequest

    request = SummaryRequest(sources=tuple(named), topic=about, style=style, max_words=max_words)
    with opened(session_of(context), role="summarize") as backend:
        summary = _summary(backend, request, filters, engine)
    if as_json:
        print_json(summary.model_dump(mode="json"))
    else:
        from service.commands.console import stdout
        from service.terminal_summary import summary_view

        stdout().print(summary_view(summary))
    if summary.status == "abstained":
        raise typer.Exit(ABSTAINED)


def _named(source: str) -> str:
    """The source; a folder that is named by dots alone, absolute: a server stands elsewhere, and articles know it by
    name."""
    dots = source and (source.strip("./") == "")
    return str(Path(source).absolute().resolve()) if dots else source


def _summary(
    backend: Backend, request: SummaryRequest, filters: ArticleFilter, engine: str | None
) -> Summary:
    from service.commands.console import stderr
    from service.summaries import ReadingEvent, SummaryDone

    found: Summary | None = None
    with shown_reading(stderr()) as show:
        for event in backend.summarize_events(request, filters=filters, engine=engine):
            if isinstance(event, ReadingEvent):
                show(event)
            elif isinstance(event, SummaryDone):
                found = event.summary
    if found is None:
        raise AssertionError("a summary always ends with SummaryDone")
    return found


@contextmanager
def shown_reading(
    console: Console, clock: Callable[[], float] = time.monotonic
) -> Iterator[Callable[[ReadingEvent], None]]:
    """A callback that shows on `console` how many articles have been read: in place where somebody watches, else a
    line every `LINE_EVERY_S` seconds."""
    if console.is_terminal:
        with console.status("reading") as status:

            def update(reading: ReadingEvent) -> None:
                status.update(told(reading))

            yield update
        return
    told_at = clock()

    def print_now_and_then(reading: ReadingEvent) -> None:
        nonlocal told_at
        if clock() - told_at >= LINE_EVERY_S:
            told_at = clock()
            console.print(told(reading), soft_wrap=True)

    yield print_now_and_then


def told(reading: ReadingEvent) -> str:
    """`read 37 of 120 articles`."""
    noun = "article" if reading.total == 1 else "articles"
    return f"read {reading.done:,} of {reading.total:,} {noun}"
