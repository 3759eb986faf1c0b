"""The two streams of a run. Nothing that articles say is taken for markup, an emoji code or a link."""

from __future__ import annotations

from typing import Any

from rich.console import Console

from service.commands.streams import silence_stderr, silence_stdout


class QuietConsole(Console):
    """A console whose reader may leave early (`| head`) without a word being said about it."""

    def on_broken_pipe(self) -> None:
        """Drop what is left, and end with success: the reader has what it wanted."""
        self.quiet = True
        silence_stdout()
        raise SystemExit(0)


class NoteConsole(Console):
    """A console for remarks. Where nobody can be told, the work goes on."""

    def print(self, *objects: Any, **options: Any) -> None:
        """See `Console.print`."""
        try:
            super().print(*objects, **options)
        except OSError:
            silence_stderr()

    def on_broken_pipe(self) -> None:
        """Drop what is left."""
        self.quiet = True
        silence_stderr()


def stdout() -> Console:
    """Where results go."""
    return QuietConsole(highlight=False, markup=False, emoji=False)


def stderr() -> Console:
    """Where progress, notes and errors go."""
    return NoteConsole(stderr=True, highlight=False, markup=False, emoji=False)
