"""`dateline bench speed`: Dateline beside other systems, on the same articles and machine, in the same run."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from eval.commands.reports import JsonFile, MarkdownFile, check_writable
from service.commands.session import session_of

if TYPE_CHECKING:
    from rich.console import Console


LINE_EVERY_S = 5.0


def progress_lines(
    console: Console, clock: Callable[[], float] = time.monotonic
) -> Callable[[str, int, int], None]:
    """A callback that prints a line for each new stage, and at most one in `LINE_EVERY_S` besides: printing must not
    disturb what is timed."""
    told: dict[str, float] = {}

    def tell(what: str, done: int, steps: int) -> None:
        if what not in told or clock() - told[what] >= LINE_EVERY_S:
            told[what] = clock()
            console.print(f"{what}: {done:,} of {steps:,}", soft_wrap=True)

    return tell


def speed(
    context: typer.Context,
    path: Annotated[
        Path,
        typer.Option(
            "--path", metavar="DIR", help="Folder with MultiHop-RAG's articles.jsonl and questions."
        ),
    ],
    articles: Annotated[
        int,
        typer.Option("--articles", min=3, metavar="N", help="Ingest N articles, taken at even distances."),
    ] = 120,
    questions: Annotated[
        int,
        typer.Option("--questions", min=1, metavar="N", help="Time N questions, taken at even distances."),
    ] = 100,
    cold_starts: Annotated[
        int, typer.Option("--cold-starts", min=1, metavar="N", help="Start each system N times.")
    ] = 5,
    slices: Annotated[
        int | None,
        typer.Option(
            "--slices", min=1, metavar="N", help="Ingest in N slices; by default about 60 articles each."
        ),
    ] = None,
    threads: Annotated[
        int,
        typer.Option("--threads", min=0, metavar="N", help="Threads for every system; 0 means all cores."),
    ] = 0,
    peer: Annotated[
        list[str] | None,
        typer.Option("--peer", metavar="NAME", help="Only this peer; may be repeated. By default all."),
    ] = None,
    environments: Annotated[
        Path | None,
        typer.Option(
            "--environments",
            metavar="DIR",
            help="Keep the peers' environments here (some GB); by default in the cache folder.",
        ),
    ] = None,
    newer_python: Annotated[
        Path | None,
        typer.Option(
            "--newer-python",
            metavar="FILE",
            help="A Python of 3.12 or newer for haiku.rag, where this one is older and none is on the PATH.",
        ),
    ] = None,
    json_file: JsonFile = None,
    markdown_file: MarkdownFile = None,
) -> None:
    """Measure ingest, questions, memory, disk and cold start of Dateline beside llama-index with Chroma, haiku.rag and
    txtai, and with all articles Hits@4 and Hits@10 too. The first run installs the peers with pip."""
    from eval.benchmarks.peers.contestants import chosen
    from eval.benchmarks.speed import SpeedPlan, measure
    from eval.benchmarks.speed_report import as_json, as_markdown, terminal_view
    from eval.commands.showing import write
    from service.commands.console import stderr, stdout

    session = session_of(context)
    session.when_interrupted = "nothing was written; environments that are complete are kept."
    check_writable((json_file, markdown_file))
    plan = SpeedPlan(
        data=path,
        environments=environments or session.settings().cache_dir / "peers",
        articles=articles,
        questions=questions,
        cold_starts=cold_starts,
        slices=slices,
        threads=threads,
        newer_python=newer_python,
    )
    report = measure(plan, chosen(peer or ()), progress_lines(stderr()))
    if json_file is not None:
        write(json_file, json.dumps(as_json(report), ensure_ascii=False, indent=2) + "\n")
    if markdown_file is not None:
        write(
            markdown_file,
            as_markdown(report, f"dateline bench speed --path DIR --articles {report.articles}"),
        )
    stdout().print(terminal_view(report))
