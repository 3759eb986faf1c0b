"""`dateline bench llm`: a model's answers beside the articles' own sentences."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from eval.commands.reports import JsonFile, MarkdownFile, check_writable
from service.commands.session import session_of

if TYPE_CHECKING:
    from eval.benchmarks.model_answers import Asked

SHORT_HELP = "Score the configured model's answers on gold sets, beside the articles' own sentences."


def llm(
    context: typer.Context,
    gold: Annotated[list[Path], typer.Option("--gold", metavar="FILE", help="A gold set; may be repeated.")],
    engine: Annotated[
        Literal["both", "extractive", "llm"], typer.Option("--engine", help="Which engines answer.")
    ] = "both",
    corpus: Annotated[
        Path | None,
        typer.Option("--corpus", metavar="DIR", help="The articles of gold sets that name none."),
    ] = None,
    limit: Annotated[
        int | None,
        typer.Option(
            "--limit", min=1, metavar="N", help="Ask N questions of each gold set, taken at even distances."
        ),
    ] = None,
    json_file: JsonFile = None,
    markdown_file: MarkdownFile = None,
    details_file: Annotated[
        Path | None,
        typer.Option(
            "--details", metavar="FILE", help="Write each answer here as it comes, a line of JSON each."
        ),
    ] = None,
) -> None:
    """Ask the questions of gold sets with each engine, over an index made for it: facts covered, citations, abstention,
    what became of the model's statements, and time. The model is the one that the settings name; it is asked one
    question after the other, and with a server of a company that costs money."""
    from eval.benchmarks.model_answers import ENGINES, measure
    from eval.benchmarks.model_answers_report import as_json, as_markdown, detail, terminal_view
    from eval.commands.showing import shown_questions, write
    from service.commands.console import stderr, stdout

    session = session_of(context)
    session.when_interrupted = "no report was written; --details has the answers so far."
    check_writable((json_file, markdown_file, details_file))
    engines = ENGINES if engine == "both" else (engine,)
    with ExitStack() as stack:
        tell = stack.enter_context(shown_questions(stderr()))
        keep: Callable[[Asked], object] = lambda _: None  # noqa: E731
        if details_file is not None:
            lines = stack.enter_context(details_file.open("w", encoding="utf-8", buffering=1))
            keep = lambda one: lines.write(detail(one))  # noqa: E731
        report = measure(gold, session.settings(), engines, tell, corpus=corpus, limit=limit, keep=keep)
    if json_file is not None:
        write(json_file, json.dumps(as_json(report), ensure_ascii=False, indent=2) + "\n")
    if markdown_file is not None:
        write(markdown_file, as_markdown(report))
    stdout().print(terminal_view(report))
