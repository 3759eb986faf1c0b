"""The standard streams of a run, when they are closed, full, or nobody reads them.

A reader who leaves early (`| head`) has what it wanted: the run ends quietly. A disk that is full is said in a
sentence, and the work has failed.
"""

from __future__ import annotations

import io
import os
import sys
from typing import TextIO

STREAMS = (("stdin", "r"), ("stdout", "w"), ("stderr", "w"))


def open_missing() -> None:
    """Put the null device in the place of standard streams that were closed (`>&-`). Otherwise the next file that is
    opened, a database, gets the number of one, and what a library prints goes into it."""
    for number, (name, mode) in enumerate(STREAMS):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # gets the lowest number that is free: this one
        if getattr(sys, name) is None:
            stream = open(number, mode, encoding="utf-8", closefd=False)  # noqa: SIM115
            setattr(sys, name, stream)
            setattr(sys, f"__{name}__", stream)  # keeps it open while another stands in for it


class Output(io.TextIOWrapper):
    """Stdout that remembers why it could not be written: what fails inside a library may be told apart by that."""

    trouble: OSError | None = None

    def write(self, text: str, /) -> int:
        """See `TextIOWrapper.write`."""
        try:
            return super().write(text)
        except OSError as error:
            self.trouble = error
            raise

    def flush(self) -> None:
        """See `TextIOWrapper.flush`."""
        try:
            super().flush()
        except OSError as error:
            self.trouble = error
            raise


def watch_stdout() -> None:
    """Make stdout an `Output`, in whose encoding every character has some form: an article's curly quote must not break
    a terminal without one."""
    old = sys.stdout
    if isinstance(old, io.TextIOWrapper):
        sys.stdout = Output(
            old.buffer,
            encoding=old.encoding,
            errors="replace",
            line_buffering=old.line_buffering,
            write_through=old.write_through,
        )


def trouble_with_stdout() -> OSError | None:
    """Why what was printed cannot be written, None when it has been. After trouble, stdout takes everything and keeps
    nothing, so that it is met once."""
    try:
        sys.stdout.flush()
        found = sys.stdout.trouble if isinstance(sys.stdout, Output) else None
    except OSError as error:
        found = error
    if found is not None:
        silence_stdout()
        if isinstance(sys.stdout, Output):
            sys.stdout.trouble = None
    return found


def silence_stdout() -> None:
    """Let what is still buffered for a reader who has gone vanish, instead of failing once more at exit."""
    _silence(sys.stdout)


def silence_stderr() -> None:
    """The same for notes that cannot be told."""
    _silence(sys.stderr)


def _silence(stream: TextIO) -> None:
    try:
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
    except (OSError, ValueError):  # no file: nothing is flushed at exit either
        return
