"""`feedback`: what readers thought of answers: list it, take it out as drafts for a gold set, remove it.

These read the files in the data folder, or the store that replicas share, so they work whether a server runs or not.
"""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from service.commands.options import AsJson
from service.commands.session import note, print_json, session_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from service.feedback import FeedbackKeeper, KeptFeedback

feedback = typer.Typer(
    help="Readers' verdicts on answers: list, export, forget.", no_args_is_help=True, rich_markup_mode=None
)

Verdicts = Annotated[
    Literal["up", "down"] | None, typer.Option("--verdict", help="Only these.", show_default=False)
]
Since = Annotated[
    str | None,
    typer.Option("--since", metavar="DATE", help="Only those of this day (YYYY-MM-DD, UTC) or later."),
]


@feedback.command("list")
def list_feedback(
    context: typer.Context, verdict: Verdicts = None, since: Since = None, as_json: AsJson = False
) -> None:
    """List verdicts, oldest first, with the ids that `forget` takes."""
    log = _keeper(context)
    found = list(_matching(log, verdict, since))
    _tell_torn(log)
    if as_json:
        print_json({"feedback": [kept.model_dump(mode="json") for kept in found]})
        return
    from service.commands.console import stdout
    from service.terminal_feedback import feedback_view

    stdout().print(feedback_view(found))


@feedback.command("export")
def export(
    context: typer.Context,
    verdict: Verdicts = None,
    since: Since = None,
    form: Annotated[
        Literal["gold", "jsonl"],
        typer.Option("--format", help="gold: drafts of a gold set (YAML); jsonl: everything, one a line."),
    ] = "gold",
) -> None:
    """Write verdicts to standard output: as drafts of gold cases, or as JSON Lines.

    A draft lacks what only a person can say: its facts. Until they are written, `dateline eval` refuses the file.
    """
    from service.feedback_drafts import gold_drafts

    log = _keeper(context)
    found = _matching(log, verdict, since)
    if form == "gold":
        sys.stdout.write(gold_drafts(list(found)))
    else:
        for kept in found:
            sys.stdout.write(
                json.dumps(kept.model_dump(mode="json")) + "\n"
            )  # ASCII: nothing steers a terminal
    _tell_torn(log)


@feedback.command("forget")
def forget(
    context: typer.Context,
    feedback_id: Annotated[str, typer.Argument(metavar="ID", help="The id, or its beginning.")],
) -> None:
    """Remove one verdict for good."""
    from service.feedback_log import found_by

    log = _keeper(context)
    kept = found_by(log, feedback_id)
    log.forget(kept.id)
    typer.echo(f"Forgot {kept.id}.")


def _keeper(context: typer.Context) -> FeedbackKeeper:
    from service.shared_feedback import open_feedback
    from service.shared_store import open_shared_store

    settings = session_of(context).settings()
    store = open_shared_store(settings.shared_store_url, settings.data_dir, lasting=False)
    context.call_on_close(store.close)
    return open_feedback(store, settings.data_dir)


def _matching(log: FeedbackKeeper, verdict: str | None, since: str | None) -> Iterator[KeptFeedback]:
    from datetime import date

    try:
        first = date.fromisoformat(since) if since is not None else date.min
    except ValueError:
        raise typer.BadParameter(f"--since {since!r} is not a date such as 2027-01-31") from None
    for kept in log.read():
        if kept.day >= first and verdict in (None, kept.verdict):
            yield kept


def _tell_torn(log: FeedbackKeeper) -> None:
    if log.torn:
        lines = "1 line is" if log.torn == 1 else f"{log.torn} lines are"
        note(f"{lines} torn, as a crash leaves them, and skipped.")
