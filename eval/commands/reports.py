"""Where the benchmarks' reports go: the options that all of them have, and the check that they can be written."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

import typer

JsonFile = Annotated[
    Path | None, typer.Option("--json", metavar="FILE", help="Write the report here as JSON.")
]
MarkdownFile = Annotated[
    Path | None, typer.Option("--markdown", metavar="FILE", help="Write the report here as Markdown.")
]


def check_writable(files: Iterable[Path | None]) -> None:
    """Refuse, before minutes of work, what could not be written after them; None is no file.

    Raises:
        typer.BadParameter: a file is a folder, or its folder does not exist.
    """
    for file in files:
        if file is not None and (file.is_dir() or not file.absolute().parent.is_dir()):
            raise typer.BadParameter(
                f"{file} cannot be written: it is a folder, or its folder does not exist"
            )
