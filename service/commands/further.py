"""Commands that packages above `service` add to the command line, such as `bench`.

`eval` may import `service` and not the other way round, so the command line cannot name what `eval` adds. It reads the
entry points of the group `dateline.commands` instead, from the metadata of installed packages, and imports what one
names only when that command runs or is listed in the help:

    [project.entry-points."dateline.commands"]
    bench = "eval.commands.bench:app"

What an entry point names is a `typer.Typer`; importing its module must load no more than Typer.
"""

from __future__ import annotations

from typing import Any

import typer
from typer.core import TyperGroup

GROUP = "dateline.commands"


class OpenGroup(TyperGroup):
    """A group of commands that has further ones, found when they are asked for. Its own commands come first, and
    none is replaced."""

    def list_commands(self, ctx: Any) -> list[str]:
        """Its own commands, then the further ones by name."""
        own = super().list_commands(ctx)
        return [*own, *sorted(name for name in further_commands() if name not in self.commands)]

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """A command of its own or a further one; None when there is none by that name."""
        own = super().get_command(ctx, cmd_name)
        if own is not None:
            return own
        entry = further_commands().get(cmd_name)
        return None if entry is None else _loaded(cmd_name, entry)


def further_commands() -> dict[str, Any]:
    """The entry points by name. Several of one name (an installation beside another): the first wins."""
    from importlib.metadata import entry_points  # a sixth of the time of `dateline --help`

    found: dict[str, Any] = {}
    for entry in entry_points(group=GROUP):
        found.setdefault(entry.name, entry)
    return found


def _loaded(name: str, entry: Any) -> Any:
    try:
        app = entry.load()
        if not isinstance(app, typer.Typer):
            raise TypeError(f"{entry.value} is no typer.Typer")
    except Exception as error:  # noqa: BLE001  one broken package must not take `dateline --help` away
        app = _broken(name, error)
    command = typer.main.get_command(app)
    command.name = name
    return command


def _broken(name: str, error: Exception) -> typer.Typer:
    """A command that says why the one it stands for cannot be loaded."""
    app = typer.Typer(add_completion=False, rich_markup_mode=None)

    @app.command(
        name,
        help=f"Cannot be loaded: {type(error).__name__}: {error}",
        context_settings={"ignore_unknown_options": True, "allow_extra_args": True},
    )
    def fail() -> None:
        from ingest.errors import SettingsError

        raise SettingsError(
            f"the command {name!r} cannot be loaded: {type(error).__name__}: {error}; install Dateline again"
        ) from error

    return app
