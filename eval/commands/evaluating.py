"""`dateline eval`: ask the questions of gold sets, measure the answers, compare runs, and gate a build.

    dateline eval GOLD...                 the same as `dateline eval run GOLD...`
    dateline eval compare A.json B.json
    dateline eval report RUN.json

Exit codes: 0 done, and every requirement is met; 2 usage; 3 the work failed; 4 a requirement is not met.
"""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer
from typer.core import TyperGroup

from eval.commands.gate_options import (
    Baseline,
    FailUnder,
    MaxRegression,
    ThresholdsFile,
    WhenToFail,
    exit_code,
    secret_of,
    thresholds_of,
)
from eval.commands.kept_runs import compare, report, tell
from eval.commands.report_files import HtmlFile, JunitFile, MarkdownFile, write_reports
from eval.commands.reports import check_writable
from service.commands.options import AsJson
from service.commands.session import session_of

if TYPE_CHECKING:
    from eval.runs import Run


class RunUnlessNamed(TyperGroup):
    """A group whose arguments are those of `run` when the first one is none of its commands."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Put `run` before anything but the name of a command."""
        named = bool(args) and args[0] in self.commands
        rest: list[str] = super().parse_args(ctx, args if named or not args else ["run", *args])
        return rest


app = typer.Typer(
    cls=RunUnlessNamed,
    help="Score answers against gold sets, compare runs, and gate a build.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)


@app.callback()
def evaluation() -> None:
    """Score answers against gold sets, compare runs, and gate a build.

    `dateline eval GOLD...` is short for `dateline eval run GOLD...`, whose options `dateline eval run --help` lists.
    """


@app.command("run", short_help="Ask the questions of gold sets, and measure the answers.")
def run(
    context: typer.Context,
    gold: Annotated[
        list[Path] | None,
        typer.Argument(metavar="GOLD...", help="Gold sets, such as eval/gold/samples.yaml."),
    ] = None,
    corpus: Annotated[
        Path | None,
        typer.Option(
            "--corpus", metavar="DIR", help="The folder of articles, instead of what the gold sets name."
        ),
    ] = None,
    server: Annotated[
        str | None,
        typer.Option(
            "--server", metavar="URL", help="Ask a running server, and neither index nor ingest here."
        ),
    ] = None,
    api_key_env: Annotated[
        str | None,
        typer.Option(
            "--api-key-env", metavar="NAME", help="With --server: the variable that holds its API key."
        ),
    ] = None,
    engine: Annotated[
        Literal["extractive", "llm"] | None,
        typer.Option("--engine", help="Which engine answers; by default the model, where one is configured."),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option("--out", metavar="RUN.json", help="Keep the run here, while it goes on too."),
    ] = None,
    resume: Annotated[
        Path | None,
        typer.Option(
            "--resume", metavar="RUN.json", help="Go on with this run: ask what it lacks, or failed."
        ),
    ] = None,
    concurrency: Annotated[
        int | None,
        typer.Option(
            "--concurrency",
            min=1,
            max=64,
            metavar="N",
            help="Questions at a time; by default 4 where a model or a server is waited for, else 1.",
        ),
    ] = None,
    repeats: Annotated[
        int, typer.Option("--repeats", min=1, max=100, metavar="N", help="Ask each question N times.")
    ] = 1,
    record: Annotated[
        Path | None,
        typer.Option(
            "--record", metavar="DIR", help="Keep the model's calls here; known ones are not made again."
        ),
    ] = None,
    replay: Annotated[
        Path | None,
        typer.Option("--replay", metavar="DIR", help="Take the model's calls from here, and never make one."),
    ] = None,
    thresholds: ThresholdsFile = None,
    fail_under: FailUnder = None,
    max_regression: MaxRegression = None,
    baseline: Baseline = None,
    fail_when: WhenToFail = None,
    junit: JunitFile = None,
    markdown: MarkdownFile = None,
    html: HtmlFile = None,
    as_json: AsJson = False,
    judge: Annotated[
        bool,
        typer.Option(
            "--judge", help="Also have the configured model judge the answers; no gate looks at that."
        ),
    ] = False,
    init: Annotated[
        Path | None,
        typer.Option(
            "--init",
            metavar="FOLDER",
            help="Only draft a gold set from a folder of articles, on stdout or as GOLD.",
        ),
    ] = None,
    check: Annotated[
        bool, typer.Option("--check", help="Only check the gold sets, against their articles too.")
    ] = False,
) -> None:
    """Ask the questions of gold sets and measure the answers.

    Without --server the articles are indexed in a temporary folder; `dateline --data-dir FOLDER eval ...` asks the
    index that is there instead. Exit code 4 says that a requirement is not met.
    """
    from eval.evaluation import Wanted, checked, evaluate, load_golds
    from service.commands.console import stderr

    if init is not None:
        _draft(init, gold or [])
        return
    if not gold:
        raise typer.BadParameter("name a gold set, such as eval/gold/samples.yaml")
    session = session_of(context)
    if check:
        problems = checked(gold, corpus)
        for problem in problems:
            typer.echo(problem)
        typer.echo(f"{len(gold)} gold sets, {len(problems)} problems")
        raise typer.Exit(3 if problems else 0)
    if judge and replay is not None:
        raise typer.BadParameter("--judge asks a model, and --replay never does: give one of them")
    _refuse_together(server=server, corpus=corpus, record=record, replay=replay, engine=engine)
    if resume is not None and out is not None and resume != out:
        raise typer.BadParameter("--resume goes on with its own file: leave --out away")
    required = thresholds_of(thresholds, fail_under, max_regression, fail_when, baseline=baseline is not None)
    check_writable((out, junit, markdown, html))
    file = resume or out
    session.when_interrupted = (
        "nothing was kept: --out RUN.json would have."
        if file is None
        else f"--resume {file} asks what is left."
    )
    wanted = Wanted(
        golds=load_golds(gold),
        corpus=corpus,
        server=server,
        api_key=secret_of(api_key_env),
        engine=engine,
        use_index=session.data_dir is not None,
        file=file,
        resume=resume is not None,
        concurrency=concurrency,
        repeats=repeats,
        recordings="record" if record else "replay" if replay else "off",
        recordings_folder=record or replay,
        baseline=baseline,
        judge=judge,
        thresholds=required,
    )
    from eval.commands.showing import shown_questions
    from service.commands.progress import shown_progress

    with ExitStack() as stack:
        reading = stack.enter_context(shown_progress(stderr()))
        result, verdict, comparison = evaluate(
            wanted, session.settings(), reading, lambda: stack.enter_context(shown_questions(stderr()))
        )
    tell(result, verdict, comparison, as_json=as_json)
    write_reports({"junit": junit, "markdown": markdown, "html": html}, result, verdict, comparison, baseline)
    _refuse_missing_recordings(result, replay)
    raise typer.Exit(exit_code(result, verdict))


app.command("compare", short_help="Compare two runs, case by case.")(compare)
app.command("report", short_help="Show a run that was kept, and write its reports.")(report)


def _draft(folder: Path, files: list[Path]) -> None:
    from eval.commands.showing import write
    from eval.gold_draft import draft

    if len(files) > 1 or any(file.exists() for file in files):
        raise typer.BadParameter(
            "--init takes one file for the draft, which must not exist yet, or none for stdout"
        )
    if not files:
        typer.echo(draft(folder), nl=False)
        return
    write(files[0], draft(folder))
    typer.echo(
        f"{files[0]}: a draft; read every case beside its article, and then `dateline eval --check {files[0]}`"
    )


def _refuse_together(
    *, server: str | None, corpus: Path | None, record: Path | None, replay: Path | None, engine: str | None
) -> None:
    if server is not None and (corpus or record or replay):
        raise typer.BadParameter(
            "a server has its own articles and model: --server goes without --corpus, --record and --replay"
        )
    if record is not None and replay is not None:
        raise typer.BadParameter("--record asks the model and --replay never does: give one of them")
    if (record or replay) and engine == "extractive":
        raise typer.BadParameter("--record and --replay are of a model's calls, and no model is asked")


def _refuse_missing_recordings(run: Run, folder: Path | None) -> None:
    from ingest.errors import InvalidRequest

    failed = [
        (case.key, attempt.error)
        for case in run.cases
        for attempt in case.attempts
        if attempt.error is not None
    ]
    if folder is not None and failed:
        keys = list(dict.fromkeys(key for key, _ in failed))
        shown = ", ".join(keys[:10]) + (f" and {len(keys) - 10} more" if len(keys) > 10 else "")
        raise InvalidRequest(f"{len(keys)} cases could not be replayed ({shown}): {failed[0][1]}")
