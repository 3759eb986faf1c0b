"""`dateline bench growth`: how Dateline changes as its archive grows."""

from __future__ import annotations

import json
from contextlib import ExitStack
from pathlib import Path
from typing import Annotated, Literal

import typer

from eval.commands.reports import JsonFile, MarkdownFile, check_writable
from service.commands.session import session_of

SHORT_HELP = "Grow an archive 10, 50 and 100 times, and measure at each size."


def growth(
    context: typer.Context,
    path: Annotated[
        Path, typer.Option("--path", metavar="PATH", help="The archive: a folder, or a JSON Lines file.")
    ],
    factors: Annotated[
        str, typer.Option("--factors", metavar="LIST", help="How many times the archive, ascending.")
    ] = "1,10,50,100",
    questions: Annotated[
        Path | None,
        typer.Option(
            "--questions",
            metavar="FILE",
            help="JSON Lines with a `query` each; by default headlines are asked.",
        ),
    ] = None,
    embed: Annotated[
        Literal["stand-in", "real"],
        typer.Option("--embed", help="Where vectors of grown articles come from; real takes 12 ms a chunk."),
    ] = "stand-in",
    scratch: Annotated[
        Path | None,
        typer.Option(
            "--scratch", metavar="DIR", help="Make the index here and keep it (18 kB a chunk); empty or new."
        ),
    ] = None,
    seed: Annotated[int, typer.Option("--seed", help="Another seed grows other articles.")] = 0,
    json_file: JsonFile = None,
    markdown_file: MarkdownFile = None,
    picture_file: Annotated[
        Path | None, typer.Option("--picture", metavar="FILE", help="Draw the report here as SVG.")
    ] = None,
) -> None:
    """Grow an archive with articles made of its own words, and measure at each size: ingest, search with and without a
    filter, recall of the vector search against exact search, memory, disk, cold start and rebuilding."""
    import tempfile

    from eval.benchmarks.growth import GrowthPlan, measure
    from eval.benchmarks.growth_report import as_json, as_markdown, as_svg
    from eval.commands.showing import write
    from service.commands.console import stderr, stdout

    session_of(context).when_interrupted = "nothing was written; what is in --scratch can be removed."
    check_writable((json_file, markdown_file, picture_file))
    sizes = _factors(factors)
    console = stderr()
    with ExitStack() as stack:
        folder = scratch or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="dateline-growth-")))
        plan = GrowthPlan(path, folder, sizes, embed == "real", questions, seed)
        report = measure(plan, lambda what: console.print(what, soft_wrap=True))
    if json_file is not None:
        write(json_file, json.dumps(as_json(report), ensure_ascii=False, indent=2) + "\n")
    if picture_file is not None:
        write(picture_file, as_svg(report))
    markdown = as_markdown(report, picture_file.name if picture_file is not None else None)
    if markdown_file is not None:
        write(markdown_file, markdown)
    stdout().print(markdown)


def _factors(given: str) -> tuple[int, ...]:
    try:
        found = tuple(int(part) for part in given.split(","))
    except ValueError:
        found = ()
    if not found or found[0] < 1 or list(found) != sorted(set(found)):
        raise typer.BadParameter(
            f"--factors {given!r}: write whole numbers that ascend from 1 or more, such as 1,10,50"
        )
    return found
