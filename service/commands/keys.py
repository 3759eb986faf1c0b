"""`keys`: make API keys, and see which there are. The server keeps hashes only, so a key is shown once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from service.commands.options import AsJson
from service.commands.session import note, print_json, session_of

if TYPE_CHECKING:
    from datetime import date

    from service.api_keys import ApiKey, Scope

keys = typer.Typer(help="Make and list API keys.", no_args_is_help=True, rich_markup_mode=None)


@keys.command("new")
def new(
    name: Annotated[str, typer.Option("--name", metavar="NAME", help="What the key is for, such as cms.")],
    scope: Annotated[
        list[str],
        typer.Option(
            "--scope",
            metavar="SCOPE",
            help="read (ask, search, summarize, articles), write (add and delete articles) or admin (metrics); may be "
            "repeated.",
        ),
    ],
    expires: Annotated[
        str | None,
        typer.Option(
            "--expires", metavar="DATE", help="The last day (YYYY-MM-DD, UTC) on which it opens anything."
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Make a key: it is printed once, with the line to store in DATELINE_API_KEYS or its file.

    Nothing is changed here. Several keys at once are fine: add the new one, move the program, remove the old one.
    """
    from service.api_keys import new_key

    secret, key = new_key(name, _scopes(scope), _last_day(expires))
    if as_json:
        print_json({"key": secret, "entry": key.entry(), **_public(key)})
        return
    typer.echo(secret)
    note("This is the key; it is not shown again. Programs send it as `Authorization: Bearer KEY`.")
    note("Store this line in DATELINE_API_KEYS, or in the file that DATELINE_API_KEYS=file:PATH names:")
    typer.echo(key.entry())


@keys.command("list")
def list_keys(context: typer.Context, as_json: AsJson = False) -> None:
    """List the keys that the settings name: name, scopes, last day."""
    from service.api_keys import SCOPES, today
    from service.key_ring import KeyRing

    settings = session_of(context).settings()
    written = settings.api_keys.get_secret_value() if settings.api_keys is not None else ""
    found = KeyRing.parsed(written).keys() if written.strip() else ()
    if as_json:
        print_json({"keys": [_public(key) for key in found]})
        return
    if not found:
        typer.echo("There are no keys: whoever reaches the server may use it. `dateline keys new` makes one.")
    for key in found:
        scopes = "+".join(scope for scope in SCOPES if scope in key.scopes)
        until = "" if key.last_day is None else f"  until {key.last_day}"
        over = "  EXPIRED" if key.expired(today()) else ""
        typer.echo(f"{key.name}  {scopes}{until}{over}")


def _scopes(written: list[str]) -> list[Scope]:
    from service.api_keys import SCOPES

    found: list[Scope] = []
    for word in (part.strip() for one in written for part in one.replace("+", ",").split(",")):
        scope = next((known for known in SCOPES if known == word), None)
        if scope is None:
            raise typer.BadParameter(f"--scope {word!r} is none of {', '.join(SCOPES)}")
        found.append(scope)
    return found


def _last_day(written: str | None) -> date | None:
    if written is None:
        return None
    from datetime import date

    from service.api_keys import today

    try:
        day = date.fromisoformat(written)
    except ValueError:
        raise typer.BadParameter(f"--expires {written!r} is not a date such as 2027-01-31") from None
    if day < today():
        raise typer.BadParameter(f"--expires {day} is over already")
    return day


def _public(key: ApiKey) -> dict[str, object]:
    return {
        "name": key.name,
        "scopes": sorted(key.scopes),
        "last_day": key.last_day.isoformat() if key.last_day else None,
    }
