"""The two streams of a run. Nothing that articles say is taken for markup, an emoji code or a link."""

from __future__ import annotations

import os
import sys

from rich.console import Console


class QuietConsole(Console):
    """A console whose reader may leave early (`| head`) without a word being said about it."""

    def on_broken_pipe(self) -> None:
        """Drop what is left, and end with success: the reader has what it wanted."""
        self.quiet = True
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise SystemExit(0)


def stdout() -> Console:
    """Where results go."""
    return QuietConsole(highlight=False, markup=False, emoji=False)


def stderr() -> Console:
    """Where progress, notes and errors go."""
    return QuietConsole(stderr=True, highlight=False, markup=False, emoji=False)
