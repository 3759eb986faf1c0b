"""`slack workspaces`: which workspaces installed the Slack app, taking it out of one, and the key that seals their
tokens."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING, Annotated, Any

import typer

from service.commands.options import AsJson
from service.commands.session import note, print_json, session_of

if TYPE_CHECKING:
    from service.settings import ServiceSettings
    from service.slack.installations import Installations, Installed

workspaces = typer.Typer(
    help="List the workspaces that installed the app, take it out of one, exchange the key.",
    invoke_without_command=True,
    rich_markup_mode=None,
)


@workspaces.callback()
def list_workspaces(context: typer.Context, as_json: AsJson = False) -> None:
    """List the workspaces that installed the app. No token is shown."""
    if context.invoked_subcommand is not None:
        return
    import asyncio

    with _installations(session_of(context).settings()) as installations:
        found = asyncio.run(installations.installed())
    if as_json:
        print_json({"workspaces": [_public(one) for one in found]})
        return
    if not found:
        typer.echo("No workspace has installed the app: /slack/install of `dateline serve` is where they do.")
    for one in found:
        shown = _public(one)
        name = "CANNOT BE READ" if one.bot is None else shown["name"]
        typer.echo(f"{one.workspace}  {name}  {shown['installed_at'] or ''}".rstrip())
        if one.trouble:
            note(one.trouble)


@workspaces.command("remove")
def remove(
    context: typer.Context,
    workspace: Annotated[
        str, typer.Argument(metavar="TEAM", help="The workspace's id (T…), or the organization's (E…).")
    ],
    keep_in_slack: Annotated[
        bool,
        typer.Option(
            "--keep-in-slack",
            help="Delete the token here only; the app stays in the workspace, and is silent.",
        ),
    ] = False,
) -> None:
    """Take the app out of a workspace, and delete its token here."""
    import asyncio

    from ingest.errors import InvalidRequest

    settings = session_of(context).settings()
    with _installations(settings) as installations:
        known = asyncio.run(_removed(installations, settings, workspace, keep_in_slack))
    if not known:
        raise InvalidRequest(
            f"{workspace} has not installed the app; `dateline slack workspaces` lists those that have"
        )


@workspaces.command("new-key")
def new_key() -> None:
    """Make a key for DATELINE_SLACK_STORE_KEY, and print it. Nothing is changed here."""
    from service.slack.sealing import new_key as made

    typer.echo(made())
    note(
        "Set it as DATELINE_SLACK_STORE_KEY, for every replica. Who has it can read the tokens that are kept."
    )


@workspaces.command("reseal")
def reseal(context: typer.Context) -> None:
    """Seal every token with the first key of DATELINE_SLACK_STORE_KEY; the others may be removed from it then."""
    import asyncio

    with _installations(session_of(context).settings()) as installations:
        count = asyncio.run(installations.reseal())
    typer.echo(f"{count} sealed with the first key.")


@contextmanager
def _installations(settings: ServiceSettings) -> Iterator[Installations]:
    from service.slack.opening import open_installations, store_of

    with closing(store_of(settings)) as store:
        yield open_installations(settings, store)


async def _removed(
    installations: Installations, settings: ServiceSettings, workspace: str, keep_in_slack: bool
) -> bool:
    """Whether it was there."""
    from service.slack.clients import web_client
    from service.slack.opening import app_credentials
    from service.slack.uninstalling import uninstalled

    found = {one.workspace: one for one in await installations.installed()}.get(workspace)
    if found is None:
        return False
    gone = False
    if found.bot is not None and not keep_in_slack:
        client = web_client(None, settings.slack_api_url)
        gone = await uninstalled(client, found.bot.bot_token, *app_credentials(settings))
    await installations.remove(workspace)
    typer.echo(f"Removed {found.named}.")
    if not gone:
        note(
            "The token is deleted here. The app itself is still in the workspace: an administrator removes it there."
        )
    return True


def _public(one: Installed) -> dict[str, Any]:
    """What may be shown of an installation."""
    from datetime import UTC, datetime

    bot = one.bot
    return {
        "workspace": one.workspace,
        "name": None if bot is None else bot.team_name or bot.enterprise_name or "",
        "organization": None if bot is None else bot.enterprise_id,
        "whole_organization": None if bot is None else bot.is_enterprise_install,
        "scopes": None if bot is None else sorted(bot.bot_scopes),
        "installed_at": None
        if bot is None
        else datetime.fromtimestamp(bot.installed_at, UTC).isoformat(timespec="seconds"),
        "trouble": one.trouble or None,
    }
