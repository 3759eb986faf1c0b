"""`dateline bench load`: how a server bears many readers, and more than it can."""

from __future__ import annotations

import json
import shlex
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import Annotated

import typer

from eval.commands.reports import JsonFile, MarkdownFile, check_writable
from service.commands.session import session_of

SHORT_HELP = "Ask a server as many readers do, then ten times as many, and watch its memory."


def load(
    context: typer.Context,
    path: Annotated[
        Path,
        typer.Option(
            "--path", metavar="DIR", help="Folder with articles.jsonl and questions, or any archive."
        ),
    ],
    url: Annotated[
        str | None,
        typer.Option("--url", help="A server that runs, over the same articles; by default one is started."),
    ] = None,
    api_key_env: Annotated[
        str | None,
        typer.Option("--api-key-env", metavar="NAME", help="The variable that holds that server's API key."),
    ] = None,
    index: Annotated[
        Path | None,
        typer.Option("--index", metavar="DIR", help="Keep the index here, or use the one that is here."),
    ] = None,
    readers: Annotated[int, typer.Option("--readers", min=1, help="Readers at once.")] = 64,
    seconds: Annotated[float, typer.Option("--seconds", min=1, help="Length of each workload.")] = 300.0,
    think_s: Annotated[
        float,
        typer.Option("--think", min=0.1, metavar="SECONDS", help="Pause of a reader who thinks, on average."),
    ] = 10.0,
    workloads: Annotated[
        str,
        typer.Option("--workloads", metavar="LIST", help="Which ones, of: distinct,thinking,zipf,overload."),
    ] = "distinct,thinking,zipf,overload",
    json_file: JsonFile = None,
    markdown_file: MarkdownFile = None,
) -> None:
    """Ask questions as one reader, as many who never pause, as many who think, and as many who ask what others asked;
    then ten times as often as the server can answer. Reports latencies, statuses, memory, and which targets were met.

    A server with --url is asked as it is: give it an API key without limits (DATELINE_API_LIMITS=none), or ask from its
    own machine; it may give answers again unless DATELINE_KEPT_ANSWERS is 0. Exits 3 where requests failed that should
    not have."""
    import tempfile

    from eval.benchmarks.load import ALL_WORKLOADS, LoadPlan, measure
    from eval.benchmarks.load_report import as_json, as_markdown, verdicts
    from eval.commands.showing import write
    from service.commands.console import stderr, stdout

    session_of(context).when_interrupted = "nothing was written; the index in --index is kept."
    check_writable((json_file, markdown_file))
    chosen = tuple(name for name in workloads.split(",") if name)
    if (
        not chosen
        or not set(chosen) <= set(ALL_WORKLOADS)
        or ("overload" in chosen and "distinct" not in chosen)
    ):
        raise typer.BadParameter(
            f"--workloads {workloads!r}: write some of {','.join(ALL_WORKLOADS)}; overload needs distinct"
        )
    console = stderr()
    with ExitStack() as stack:
        scratch = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="dateline-load-")))
        plan = LoadPlan(
            path=path,
            index=index or scratch / "index",
            scratch=scratch,
            url=url,
            api_key_env=api_key_env,
            readers=readers,
            seconds=seconds,
            single_s=min(30.0, seconds),
            think_s=think_s,
            overload_s=min(30.0, seconds),
            workloads=chosen,
        )
        report = measure(plan, lambda what: console.print(what, soft_wrap=True))
    if json_file is not None:
        write(json_file, json.dumps(as_json(report), ensure_ascii=False, indent=2) + "\n")
    markdown = as_markdown(report, "dateline " + shlex.join(sys.argv[1:]))
    if markdown_file is not None:
        write(markdown_file, markdown)
    stdout().print(markdown, soft_wrap=True)
    if any(not met for name, met in verdicts(report).items() if "error" in name or "nothing but" in name):
        raise typer.Exit(3)
