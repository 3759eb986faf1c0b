"""What a run of the command line carries from the global options to a command, and how commands print JSON."""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from service.handover import Backend
    from service.settings import ServiceSettings

ABSTAINED = 1
FAILED = 3
INTERRUPTED = 130

_STEERING = re.compile(r"[\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff\ufeff]")
"""What JSON may hold unescaped and a terminal obeys, a reader is misled by, or UTF-8 cannot say."""


@dataclass(slots=True)
class Session:
    """The global options. `when_interrupted` is what Ctrl-C tells the user about what is kept."""

    data_dir: Path | None = None
    debug: bool = False
    when_interrupted: str = "nothing was changed."

    def settings(self) -> ServiceSettings:
        """The settings as they stand, `--data-dir` first.

        Raises:
            SettingsError: one is unknown or invalid.
        """
        from service.settings import ServiceSettings

        if self.data_dir is None:
            return ServiceSettings.load()
        return ServiceSettings.load(data_dir=self.data_dir)


def session_of(context: typer.Context) -> Session:
    """The session that the global options made."""
    found = context.find_object(Session)
    return found if found is not None else Session()


@contextmanager
def opened(
    session: Session,
    *,
    role: str,
    settings: ServiceSettings | None = None,
    create: bool = False,
    rebuild: bool = False,
) -> Iterator[Backend]:
    """The services of this process, or of the server that owns the index, for the time of a `with` block.

    Raises:
        IndexMissing: nothing has been ingested, and `create` is off; no folder is made then.
        DatelineError: from settings, index, embedder or server.
    """
    from ingest.errors import IndexMissing

    settings = settings or session.settings()
    if not create and settings.chroma_url is None and not settings.data_dir.exists():
        place = settings.data_dir.resolve()
        raise IndexMissing(f"there is no index in {place} yet: run `dateline ingest FOLDER` first")
    from service.handover import open_here_or_there

    backend = open_here_or_there(
        settings,
        role=role,
        create=create,
        rebuild=rebuild,
        tell=note,
        before_opening=lambda: _announce_first_build(settings, note),
    )
    try:
        yield backend
    finally:
        backend.close()


def note(message: str) -> None:
    """A remark on stderr, never on stdout, where a program may be reading."""
    from rich.text import Text

    from service.commands.console import stderr
    from service.terminal import clean

    stderr().print(Text(clean(message), style="dim"), soft_wrap=True)


def print_json(document: object, *, lines: bool = False) -> None:
    """One JSON document on stdout: indented, or with `lines` on a line of its own. What would steer a terminal is
    escaped, which says the same to whoever parses it."""
    plain = "utf" not in (sys.stdout.encoding or "").lower()
    written = json.dumps(document, ensure_ascii=plain, indent=None if lines else 2)
    sys.stdout.write(_STEERING.sub(_escaped, written) + "\n")
    sys.stdout.flush()


def _escaped(found: re.Match[str]) -> str:
    return f"\\u{ord(found[0]):04x}"


def _announce_first_build(settings: ServiceSettings, tell: Callable[[str], None]) -> None:
    if settings.embedder != "bundled":
        return
    from ingest.minilm import GRAPH_NAME

    if not os.access(settings.cache_dir / f"{GRAPH_NAME}.onnx", os.R_OK):
        tell("First run: preparing the embedding model (a few seconds, once).")
