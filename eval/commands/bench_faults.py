"""`dateline bench faults`: break things on purpose, and count what is lost, wrong or unexplained."""

from __future__ import annotations

import json
from contextlib import ExitStack
from pathlib import Path
from typing import Annotated

import typer

from eval.commands.reports import JsonFile, MarkdownFile, check_writable
from service.commands.session import session_of

SHORT_HELP = "Kill, fill, cut and turn what Dateline runs on, and count what is lost."
FAILED_GATE = 4


def faults(
    context: typer.Context,
    only: Annotated[
        list[str] | None,
        typer.Option(
            "--only",
            metavar="NAME",
            help="Only this fault; may be repeated: ingest-killed, server-killed, disk-full, read-only, clock-jumps, "
            "damaged-files, contention, replica-lost.",
        ),
    ] = None,
    times: Annotated[
        int | None,
        typer.Option(
            "--times", min=1, metavar="N", help="Do each N times; by default each has its own number."
        ),
    ] = None,
    seed: Annotated[int, typer.Option("--seed", help="Another seed draws other moments and articles.")] = 0,
    grown: Annotated[
        int,
        typer.Option(
            "--grown", min=0, metavar="N", help="Make N articles beside the samples, to ingest for longer."
        ),
    ] = 24,
    scratch: Annotated[
        Path | None,
        typer.Option("--scratch", metavar="DIR", help="Work here and leave what is there; empty or new."),
    ] = None,
    json_file: JsonFile = None,
    markdown_file: MarkdownFile = None,
) -> None:
    """Break what Dateline runs on, with real processes and files, and hold what is left against clean runs: every
    article whole, every answer right or refused clearly, every error explained. Exit 4 when one was not."""
    import tempfile

    from eval.benchmarks.faults.report import as_json, as_markdown
    from eval.benchmarks.faults.runner import chosen, measure
    from eval.benchmarks.faults.trials import all_passed
    from eval.commands.showing import write
    from service.commands.console import stderr, stdout

    session_of(context).when_interrupted = "nothing was written; what is in --scratch can be removed."
    check_writable((json_file, markdown_file))
    chosen(only or ())
    console = stderr()
    with ExitStack() as stack:
        folder = scratch or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="dateline-faults-")))
        console.print(f"seed {seed}", soft_wrap=True)
        reports = measure(
            folder,
            only or (),
            times=times,
            seed=seed,
            tell=lambda what: console.print(what, soft_wrap=True),
            grown=grown,
        )
    if json_file is not None:
        write(json_file, json.dumps(as_json(reports, seed), ensure_ascii=False, indent=2) + "\n")
    markdown = as_markdown(reports)
    if markdown_file is not None:
        write(markdown_file, markdown)
    stdout().print(markdown)
    if not all_passed(reports):
        raise typer.Exit(FAILED_GATE)
