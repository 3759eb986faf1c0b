"""Opening the index here, or handing the work to the running server that owns it.

An embedded index belongs to one process (`ingest.ownership`). A command that finds it held by a server asks that
server over HTTP, and prints what it would have printed; one that finds it held by a short-lived command waits.
"""

from __future__ import annotations

import os
import secrets
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from ingest.articles import ArticleFilter
from ingest.errors import IndexOwned, SettingsError
from service.answers import Answer
from service.archive import Archive

if TYPE_CHECKING:
    from service.settings import ServiceSettings
    from service.telemetry import Metrics
    from service.wiring import Services

TOKEN_FILE = "server.token"
PATIENCE_S = 10.0
POLL_S = 0.1
LONG_ROLES = frozenset({"ingest"})
"""Owners that are not waited for. Everything else is done in seconds, or is a server about to say where it is."""


class Backend(Archive, Protocol):
    """What a command needs done, whoever does it: `service.wiring.Services` or `service.remote.RemoteServices`."""

    def ask(self, question: str, *, filters: ArticleFilter = ..., engine: str | None = None) -> Answer:
        """The verified answer, or an abstention."""

    def close(self) -> None:
        """Let go of the index, or of the connection."""


def open_here_or_there(
    settings: ServiceSettings,
    *,
    role: str,
    create: bool = False,
    rebuild: bool = False,
    patience_s: float = PATIENCE_S,
    tell: Callable[[str], None] | None = None,
    before_opening: Callable[[], None] | None = None,
) -> Backend:
    """The index opened by this process, or the server that owns it.

    `before_opening` is called when it is this process that will do the work. While a short-lived command has the
    index, or a server that is about to start or stop, it is asked for again for `patience_s` seconds; `tell` hears
    of it when that takes more than an instant.

    Raises:
        IndexOwned: somebody else keeps it; the message names process and command.
        DatelineError: as `service.opening.open_services` does.
    """

    def try_server(url: str) -> Backend | None:
        from service.remote import RemoteServices

        remote = RemoteServices(url, token=read_token(settings.data_dir))
        if remote.alive():
            return remote
        remote.close()
        return None

    known = _server_of(settings)
    if known is not None and (server := try_server(known)) is not None:
        return server  # found without importing what opening an index takes
    if before_opening is not None:
        before_opening()
    return _opened(settings, role, create, rebuild, patience_s, tell, try_server)


def open_here(
    settings: ServiceSettings,
    *,
    role: str,
    create: bool = False,
    patience_s: float = PATIENCE_S,
    tell: Callable[[str], None] | None = None,
    metrics: Metrics | None = None,
) -> Services:
    """The same, for whoever has to be the owner: an index that a server holds is an error at once. `metrics` count
    what the services answer."""
    from service.wiring import Services

    opened = _opened(settings, role, create, False, patience_s, tell, None, metrics)
    if not isinstance(opened, Services):  # only a server to hand over to could be anything else
        raise TypeError(f"expected Services, not {type(opened).__name__}")
    return opened


def _opened(
    settings: ServiceSettings,
    role: str,
    create: bool,
    rebuild: bool,
    patience_s: float,
    tell: Callable[[str], None] | None,
    try_server: Callable[[str], Backend | None] | None,
    metrics: Metrics | None = None,
) -> Backend:
    from service.opening import open_services

    started = time.monotonic()
    told = False
    while True:
        try:
            return open_services(settings, role=role, create=create, rebuild=rebuild, metrics=metrics)
        except IndexOwned as error:
            if error.owner_url is not None:
                server = try_server(error.owner_url) if try_server is not None else None
                if server is not None:
                    return server
                if try_server is None:
                    raise
            elif not _may_pass(settings.data_dir):
                raise IndexOwned(f"{error}; wait for it, or stop it") from error
            waited_s = time.monotonic() - started
            if waited_s >= patience_s:
                silent = ", which does not answer" if error.owner_url else ""
                raise IndexOwned(f"{error}{silent}; waited {waited_s:.0f} s", error.owner_url) from error
            if not told and waited_s >= 1.0 and tell is not None:
                told = True
                tell(f"Waiting: {error}.")
        time.sleep(POLL_S)


def _server_of(settings: ServiceSettings) -> str | None:
    """Where the server is that owns the index now; None when none does."""
    if settings.chroma_url is not None:
        return None
    from ingest.ownership import owner

    held = owner(settings.data_dir)
    return held.url if held is not None else None


def _may_pass(data_dir: Path) -> bool:
    """Whether the index may be free soon. An owner that has not said who it is has only just begun."""
    from ingest.ownership import owner

    held = owner(data_dir)
    return held is None or held.role not in LONG_ROLES


def write_token(data_dir: Path) -> str:
    """A new secret for `POST /v1/ingest`, in a file that only the owner of the index can read.

    Raises:
        SettingsError: the folder cannot be written.
    """
    token = secrets.token_urlsafe(32)
    draft = data_dir / f"{TOKEN_FILE}.{os.getpid()}"
    try:
        draft.unlink(missing_ok=True)
        handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w", encoding="ascii") as file:
            file.write(token)
        draft.replace(data_dir / TOKEN_FILE)
    except OSError as error:
        raise SettingsError(f"the data folder {data_dir} cannot be written: {error}") from error
    return token


def read_token(data_dir: Path) -> str | None:
    """The running server's secret; None where there is none to be read."""
    try:
        return (data_dir / TOKEN_FILE).read_text(encoding="ascii").strip() or None
    except (OSError, UnicodeDecodeError):
        return None


def forget_token(data_dir: Path) -> None:
    """Remove the secret of a server that has stopped."""
    (data_dir / TOKEN_FILE).unlink(missing_ok=True)
