"""`slack`: answer in a Slack workspace over Socket Mode, and check beforehand that it can work."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from service.commands.options import AsJson
from service.commands.session import FAILED, note, opened, print_json, session_of
from service.commands.slack_workspaces import workspaces

if TYPE_CHECKING:
    from service.settings import ServiceSettings
    from service.slack.desk import Desk

slack = typer.Typer(
    help="Answer in Slack (Socket Mode). `check` looks whether tokens, scopes and channels are in order.",
    invoke_without_command=True,
    rich_markup_mode=None,
)
slack.add_typer(workspaces, name="workspaces")


@slack.callback()
def run(context: typer.Context) -> None:
    """Answer in Slack until Ctrl-C.

    The index is opened here, or asked of the running server that owns it.
    """
    if context.invoked_subcommand is not None:
        return
    session = session_of(context)
    settings = session.settings()
    from service.slack.opening import desk_over, needed

    app_token = needed(
        settings.slack_app_token, "SLACK_APP_TOKEN", "xapp-", "Basic Information, App-Level Tokens"
    )
    if not settings.installed_by_workspaces:
        needed(settings.slack_bot_token, "SLACK_BOT_TOKEN", "xoxb-", "OAuth & Permissions")
    note("Opening the index …")
    with opened(session, role="slack", settings=settings) as backend:
        desk = desk_over(backend)
        desk.prompts(0)  # begins to look for questions to suggest
        _answer(desk, settings, app_token)
    note("Stopped.")


@slack.command("check")
def check(
    context: typer.Context,
    channel: Annotated[
        list[str] | None,
        typer.Option(
            "--channel", metavar="ID", help="A channel to look into, such as C024BE91L; may be repeated."
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Check tokens, scopes and channels, and say what to do; exit 3 when something has failed."""
    import asyncio

    from service.doctor import Diagnosis
    from service.slack import checking

    settings = session_of(context).settings()
    found = Diagnosis(checks=asyncio.run(checking.check(settings, channel or ())))
    if as_json:
        checks = [asdict(one) for one in found.checks]
        print_json({"checks": checks, "healthy": found.healthy})
    else:
        from service.commands.console import stdout
        from service.terminal_lists import diagnosis_view

        stdout().print(diagnosis_view(found))
    if not found.healthy:
        raise typer.Exit(FAILED)


def _answer(desk: Desk, settings: ServiceSettings, app_token: str) -> None:
    """Run the bot on an event loop of its own until SIGINT or SIGTERM."""
    import asyncio
    import signal
    from contextlib import closing

    from service.logging_setup import configure_logging
    from service.slack.opening import open_bot, store_of
    from service.slack.socket_mode import run_socket_mode

    configure_logging(settings.log_format, settings.log_level)

    async def main() -> None:
        stop = asyncio.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, stop.set)
        await run_socket_mode(
            open_bot(desk, settings, store=store),
            app_token=app_token,
            api_url=settings.slack_api_url,
            stop=stop,
            on_ready=lambda named: typer.echo(f"Dateline answers in {named} (Ctrl-C stops it)"),
        )

    with closing(store_of(settings)) as store:
        asyncio.run(main())
