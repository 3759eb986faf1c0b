"""`dateline bench`: Dateline measured with public benchmarks."""

from __future__ import annotations

import json
from contextlib import ExitStack
from pathlib import Path
from typing import Annotated, Literal

import typer

from eval.commands.bench_faults import SHORT_HELP as FAULTS_HELP
from eval.commands.bench_faults import faults
from eval.commands.bench_growth import SHORT_HELP as GROWTH_HELP
from eval.commands.bench_growth import growth
from eval.commands.bench_load import SHORT_HELP as LOAD_HELP
from eval.commands.bench_load import load
from eval.commands.bench_model import SHORT_HELP as MODEL_HELP
from eval.commands.bench_model import llm
from eval.commands.bench_speed import speed
from eval.commands.bench_summaries import SHORT_HELP as SUMMARIES_HELP
from eval.commands.bench_summaries import summaries
from eval.commands.bench_support import SHORT_HELP as SUPPORT_HELP
from eval.commands.bench_support import support
from eval.commands.reports import JsonFile, MarkdownFile, check_writable
from service.commands.session import session_of

app = typer.Typer(
    help="Measure Dateline with public benchmarks.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)


@app.callback()
def bench() -> None:
    """Measure Dateline with public benchmarks."""


@app.command("retrieval", short_help="Score retrieval on MultiHop-RAG, beside keywords and vectors alone.")
def retrieval(
    context: typer.Context,
    path: Annotated[
        Path, typer.Option("--path", metavar="DIR", help="Folder with articles.jsonl and the questions.")
    ],
    dataset: Annotated[
        Literal["multihop-rag"], typer.Option("--dataset", help="Which benchmark it is.")
    ] = "multihop-rag",
    index: Annotated[
        Path | None,
        typer.Option(
            "--index",
            metavar="DIR",
            help="Keep the index here and use it again; by default one is made and thrown away.",
        ),
    ] = None,
    questions: Annotated[
        str,
        typer.Option(
            "--questions", metavar="FILE", help="The file of questions in --path, or an absolute path."
        ),
    ] = "questions-dev.jsonl",
    ablation: Annotated[
        bool, typer.Option("--ablation", help="Also measure the default with parts of it taken away.")
    ] = False,
    limit: Annotated[
        int | None,
        typer.Option(
            "--limit", min=1, metavar="N", help="Ask N questions, taken at even distances from the file."
        ),
    ] = None,
    json_file: JsonFile = None,
    markdown_file: MarkdownFile = None,
    details_file: Annotated[
        Path | None,
        typer.Option("--details", metavar="FILE", help="Write a line of JSON here for each question."),
    ] = None,
) -> None:
    """Score retrieval on MultiHop-RAG: Hits@4, Hits@10, MRR@10, MAP@10 and R@10 with passages of at most 256 tokens,
    as asked and with the outlets' names taken out of the questions, and how well confidence tells the questions that
    cannot be answered."""
    from eval.benchmarks.report import as_json, as_markdown, details, terminal_view
    from eval.benchmarks.retrieval import Data, chosen_rows, measure, open_index
    from eval.commands.showing import shown_questions, write
    from service.commands.console import stderr, stdout
    from service.commands.progress import shown_progress

    session_of(
        context
    ).when_interrupted = "nothing was written; the index in --index is kept, and finished next time."
    check_writable((json_file, markdown_file, details_file))
    data = Data.load(path, questions, limit)
    with ExitStack() as stack:
        with shown_progress(stderr()) as show:
            services = stack.enter_context(open_index(data, index, show))
        with shown_questions(stderr()) as tell:
            report, results = measure(services, data, chosen_rows(ablation=ablation), tell)
    if json_file is not None:
        write(json_file, json.dumps(as_json(report), ensure_ascii=False, indent=2) + "\n")
    if markdown_file is not None:
        write(markdown_file, as_markdown(report))
    if details_file is not None:
        write(details_file, details(results))
    stdout().print(terminal_view(report))


app.command("speed", short_help="Measure ingest, questions and cold start beside other systems.")(speed)
app.command("growth", short_help=GROWTH_HELP)(growth)
app.command("faults", short_help=FAULTS_HELP)(faults)
app.command("load", short_help=LOAD_HELP)(load)
app.command("support", short_help=SUPPORT_HELP)(support)
app.command("llm", short_help=MODEL_HELP)(llm)
app.command("summaries", short_help=SUMMARIES_HELP)(summaries)
