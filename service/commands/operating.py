"""`serve` and `doctor`: keep Dateline running, and find out why it does not."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer

from service.commands.options import AsJson
from service.commands.session import FAILED, note, print_json, session_of


def serve(
    context: typer.Context,
    host: Annotated[
        str | None,
        typer.Option("--host", metavar="ADDRESS", help="Address to listen on, instead of DATELINE_HOST."),
    ] = None,
    port: Annotated[
        int | None,
        typer.Option("--port", min=0, max=65535, help="Port, instead of DATELINE_PORT; 0 takes a free one."),
    ] = None,
    allow_anonymous: Annotated[
        bool,
        typer.Option(
            "--allow-anonymous", help="Listen beyond this machine although anybody there may then ask."
        ),
    ] = False,
) -> None:
    """Answer over HTTP. The server owns the index; other commands send their work to it."""
    from service.serving import run_server

    session = session_of(context)
    settings = session.settings()
    note("Opening the index …")
    run_server(
        settings,
        host=host if host is not None else settings.host,
        port=port if port is not None else settings.port,
        allow_anonymous=allow_anonymous,
        on_ready=lambda url: typer.echo(f"Dateline is listening on {url} (Ctrl-C stops it)"),
        tell=note,
    )
    note("Stopped.")


def doctor(
    context: typer.Context,
    as_json: AsJson = False,
    strict: Annotated[bool, typer.Option("--strict", help="Exit 3 for warnings, too.")] = False,
) -> None:
    """Check settings, weights, index and the servers that are configured, and say what to do.

    Exit 3 when something has failed. Nothing is changed, and no token of a model is spent.
    """
    from service.doctor import examine

    found = examine(session_of(context).data_dir)
    if as_json:
        print_json(asdict(found) | {"healthy": found.healthy})
    else:
        from service.commands.console import stdout
        from service.terminal_lists import diagnosis_view

        stdout().print(diagnosis_view(found))
    if not found.healthy or (strict and found.warned):
        raise typer.Exit(FAILED)
