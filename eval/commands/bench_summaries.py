"""`dateline bench summaries`: Dateline's summaries beside the first sentences, LexRank and chance."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from eval.commands.reports import JsonFile, MarkdownFile, check_writable
from service.commands.session import session_of

if TYPE_CHECKING:
    from rich.console import Console

    from eval.summary_runner import SummaryRun

SHORT_HELP = "Score summaries against hand-written key points, beside lead-3 and LexRank."


def summaries(
    context: typer.Context,
    gold: Annotated[
        list[Path] | None,
        typer.Argument(metavar="GOLD...", help="Gold sets, such as eval/gold/summaries-samples.yaml."),
    ] = None,
    corpus: Annotated[
        Path | None,
        typer.Option(
            "--corpus", metavar="DIR", help="Folder of articles, where a gold set names none or another."
        ),
    ] = None,
    engine: Annotated[
        Literal["extractive", "llm"], typer.Option("--engine", help="Which engine summarizes.")
    ] = "extractive",
    missed: Annotated[
        bool, typer.Option("--missed", help="Also list what the summaries of `dev` cases miss.")
    ] = False,
    digest: Annotated[
        Path | None,
        typer.Option(
            "--digest", metavar="PATH", help="Time one digest of all articles in a folder or file instead."
        ),
    ] = None,
    index: Annotated[
        Path | None,
        typer.Option("--index", metavar="DIR", help="With --digest: keep the index here and use it again."),
    ] = None,
    topic: Annotated[
        str | None, typer.Option("--topic", metavar="TOPIC", help="With --digest: only what is about this.")
    ] = None,
    json_file: JsonFile = None,
    markdown_file: MarkdownFile = None,
) -> None:
    """Score summaries against gold sets: key points, ROUGE, redundancy, citations, dates and comparisons, beside
    lead-3, leads, plain LexRank and sentences drawn at random. The index is a temporary one of the corpus."""
    from service.commands.console import stderr, stdout

    if not gold and digest is None:
        raise typer.BadParameter("name a gold set, or a folder with --digest")
    session_of(context).when_interrupted = "nothing was written."
    check_writable((json_file, markdown_file))
    if digest is not None:
        _time_digest(digest, index, topic, json_file)
        return
    from eval.commands.showing import write
    from eval.summary_report import as_json, as_markdown, terminal_view

    runs = [_run(path, corpus, engine, stderr()) for path in gold or ()]
    if json_file is not None:
        write(json_file, json.dumps(as_json(runs), ensure_ascii=False, indent=2) + "\n")
    if markdown_file is not None:
        write(markdown_file, as_markdown(runs))
    stdout().print(terminal_view(runs, missed=missed))


def _run(
    path: Path, corpus: Path | None, engine: Literal["extractive", "llm"], console: Console
) -> SummaryRun:
    from eval.summary_gold import load_summaries
    from eval.summary_runner import OpenCorpus, opened, run
    from ingest.errors import InvalidRequest

    loaded = load_summaries(path)
    folder = corpus or loaded.corpus
    if folder is None:
        raise InvalidRequest(f"{path} names no corpus: give --corpus DIR")
    with console.status(f"Ingesting {folder}") as status, opened(folder) as services:

        def tell(what: str, done: int, total: int) -> None:
            status.update(f"{what}: {done} of {total} summaries")

        articles = OpenCorpus.of(services)
        return run(loaded, articles, lambda request: services.summarize(request, engine=engine), engine, tell)


def _time_digest(corpus: Path, index: Path | None, topic: str | None, json_file: Path | None) -> None:
    from eval.commands.showing import write
    from eval.summary_digest import as_lines, measure
    from service.commands.console import stderr, stdout
    from service.summaries import STYLES

    console = stderr()
    figures = measure(corpus, index, STYLES, topic, lambda what: console.print(what, soft_wrap=True))
    if json_file is not None:
        write(json_file, json.dumps([asdict(one) for one in figures], indent=2) + "\n")
    for line in as_lines(figures):
        stdout().print(line, soft_wrap=True)
