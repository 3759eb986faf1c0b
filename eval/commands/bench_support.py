"""`dateline bench support`: does "supported" agree with people?"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from eval.commands.reports import JsonFile, MarkdownFile, check_writable
from service.commands.session import session_of

SHORT_HELP = "Score the check of paraphrases against people's judgements (QAGS, SummEdits)."


def support(
    context: typer.Context,
    path: Annotated[
        Path,
        typer.Option(
            "--path",
            metavar="DIR",
            help="Folder with mturk_cnndm.jsonl, mturk_xsum.jsonl and summedits_news.json.",
        ),
    ],
    fit: Annotated[
        bool, typer.Option("--fit", help="Also fit the coefficients anew on the calibration half.")
    ] = False,
    json_file: JsonFile = None,
    markdown_file: MarkdownFile = None,
) -> None:
    """Score the check of paraphrases on statements that people judged against an article: balanced accuracy, precision
    and recall of "supported" beside word overlap, meaning and the rules alone, for both halves of the data."""
    from eval.benchmarks.support import examples, report, scored
    from eval.benchmarks.support_data import load
    from eval.benchmarks.support_fit import fitted as fitted_to
    from eval.benchmarks.support_report import as_json, as_markdown, terminal_view
    from eval.commands.showing import write
    from ingest.embedding import open_embedder
    from service.commands.console import stderr, stdout

    session = session_of(context)
    session.when_interrupted = "nothing was written."
    check_writable((json_file, markdown_file))
    judgements = load(path)
    embedder = open_embedder(session.settings())
    with stderr().status("Reading…") as status:
        found = scored(
            judgements,
            embedder.embed,
            lambda done, total: status.update(f"{done:,} of {total:,} judged statements"),
        )
    measured = report(found)
    fitted = fitted_to(examples(found, "calibration")) if fit else None
    if json_file is not None:
        write(json_file, json.dumps(as_json(measured, fitted), ensure_ascii=False, indent=2) + "\n")
    if markdown_file is not None:
        write(markdown_file, as_markdown(measured, fitted))
    stdout().print(terminal_view(measured, fitted))
