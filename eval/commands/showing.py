"""How far a benchmark is, on stderr, and how its files are written."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, TextColumn, TimeRemainingColumn
from rich.progress import Progress as Bar

from ingest.errors import InvalidRequest

LINE_EVERY_S = 5.0

Tell = Callable[[str, int, int], None]
"""Takes what is being measured, how many questions are done, and how many there are."""


@contextmanager
def shown_questions(console: Console) -> Iterator[Tell]:
    """A callback that shows on `console` how many questions have been asked, while the `with` block lasts: a bar where
    somebody watches, else a line every few seconds."""
    if not console.is_terminal:
        yield _Lines(console)
        return
    with Bar(
        TextColumn("{task.description}", markup=False),
        BarColumn(bar_width=20),
        TextColumn("{task.completed:,.0f} of {task.total:,.0f} questions", markup=False),
        TimeRemainingColumn(compact=True),
        console=console,
        transient=True,
    ) as bar:
        task = bar.add_task("Measuring", total=1)

        def show(what: str, done: int, total: int) -> None:
            bar.update(task, description=what, completed=done, total=total)

        yield show


class _Lines:
    """Progress as lines: one for each thing measured when it is done, and at most one in `LINE_EVERY_S` between."""

    def __init__(self, console: Console, clock: Callable[[], float] = time.monotonic) -> None:
        self._console = console
        self._clock = clock
        self._told_at = clock()

    def __call__(self, what: str, done: int, total: int) -> None:
        now = self._clock()
        if done == total or now - self._told_at >= LINE_EVERY_S:
            self._told_at = now
            self._console.print(f"{what}: {done:,} of {total:,} questions", soft_wrap=True)


def write(file: Path, text: str) -> None:
    """Write a report.

    Raises:
        InvalidRequest: the file cannot be written.
    """
    try:
        file.write_text(text, encoding="utf-8")
    except OSError as error:
        raise InvalidRequest(f"{file} cannot be written: {error}") from error
