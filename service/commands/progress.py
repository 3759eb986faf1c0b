"""How far an ingest is: a bar where somebody watches, else a line every few seconds. Always on stderr."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import BarColumn, SpinnerColumn, TextColumn, TimeRemainingColumn
from rich.progress import Progress as Bar

if TYPE_CHECKING:
    from ingest.report import Progress

LINE_EVERY_S = 5.0
LEAST_ELAPSED_S = 0.5
"""Before that, a rate says nothing."""


@contextmanager
def shown_progress(console: Console) -> Iterator[Callable[[Progress], None]]:
    """A callback that shows progress on `console` while the `with` block lasts."""
    if not console.is_terminal:
        yield _Lines(console)
        return
    with Bar(
        SpinnerColumn(),
        TextColumn("{task.fields[words]}", markup=False),
        BarColumn(bar_width=20),
        TextColumn("{task.fields[rates]}", markup=False),
        TimeRemainingColumn(compact=True),
        console=console,
        transient=True,
    ) as bar:
        task = bar.add_task("", total=None, words="Reading", rates="")

        def show(progress: Progress) -> None:
            bar.update(
                task,
                total=progress.total or None,
                completed=progress.done,
                words=f"{progress.done:,} of {progress.total:,} articles",
                rates=rates(progress),
            )

        yield show


class _Lines:
    """Progress as lines, at most one in `LINE_EVERY_S` seconds."""

    def __init__(self, console: Console, clock: Callable[[], float] = time.monotonic) -> None:
        self._console = console
        self._clock = clock
        self._told_at = clock()

    def __call__(self, progress: Progress) -> None:
        now = self._clock()
        if now - self._told_at >= LINE_EVERY_S:
            self._told_at = now
            parts = [
                f"{progress.done:,} of {progress.total:,} articles",
                rates(progress),
                time_left(progress),
            ]
            self._console.print(" · ".join(part for part in parts if part), soft_wrap=True)


def rates(progress: Progress) -> str:
    """Chunks embedded and articles done a second since the run began; empty while too little is known."""
    if progress.elapsed_s < LEAST_ELAPSED_S:
        return ""
    chunks, articles = progress.chunks / progress.elapsed_s, progress.done / progress.elapsed_s
    return f"{chunks:.0f} chunks/s · {articles:.1f} articles/s"


def time_left(progress: Progress) -> str:
    """About how long the rest will take, at the rate so far; empty while too little is known."""
    if progress.done < 1 or progress.elapsed_s < LEAST_ELAPSED_S or progress.done >= progress.total:
        return ""
    left_s = (progress.total - progress.done) * progress.elapsed_s / progress.done
    return f"about {left_s:.0f} s left" if left_s < 90 else f"about {left_s / 60:.0f} min left"
