"""A model writes in a thread of its own, so that the reader's patience has an end and closing works at any
moment.

A thread that reads a socket cannot be interrupted, and a socket's timeout knows bytes, not words: a server
that trickles a comment a second satisfies it for ever. So the reader waits at a `Desk` with deadlines in
words, and cuts the connection when one has passed.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from ingest.errors import UpstreamUnavailable
from service.answers import Usage
from service.llm import FinishReason

GRACE_S = 1.0
"""How long a cut connection may take to end the writer's attempt, before the reader goes without it."""


@dataclass(frozen=True, slots=True)
class Timeouts:
    """How long a model may take, in seconds.

    `first_piece_s` is for each attempt until the model begins to write (or to reason), `gap_s` between two
    pieces, and `total_s` for everything, retries included, from the call to the last piece.
    """

    connect_s: float = 5.0
    first_piece_s: float = 30.0
    gap_s: float = 15.0
    total_s: float = 120.0


class ClosedByReader(Exception):
    """Nobody wants the rest. Ends the writer's thread; no caller sees it."""


class Desk:
    """Where one thread puts the pieces that another one takes."""

    def __init__(self, timeouts: Timeouts) -> None:
        self._timeouts = timeouts
        self._changed = threading.Condition()
        self._pieces: deque[str] = deque()
        self._done = False
        self._error: Exception | None = None
        self._end: Exception | None = None  # why the reader is gone
        self._late: str | None = None  # which deadline the attempt has passed
        self._cut: Callable[[], None] = _nothing
        self._last_s = time.monotonic() + timeouts.total_s
        self._due_s: float | None = None
        self._overdue = ""
        self.finish_reason: FinishReason | None = None

    # The writer's side

    @contextmanager
    def attempt(self, cut: Callable[[], None]) -> Iterator[None]:
        """One try at an answer. `cut` ends it from another thread, and may be called at any moment.

        Raises:
            UpstreamUnavailable: a deadline passed, whatever the block raised on being cut.
            ClosedByReader: the reader closed.
        """
        with self._changed:
            self._still_wanted()
            self._cut, self._late = cut, None
            self._expect(self._timeouts.first_piece_s, "did not begin to answer")
        try:
            yield
        except Exception as error:
            with self._changed:
                self._still_wanted(error)
                if self._late is not None:
                    raise UpstreamUnavailable(self._late) from error
            raise
        finally:
            with self._changed:
                self._cut, self._due_s = _nothing, None

    def progress(self) -> None:
        """The model has shown life. Raises what ends the attempt, if anything has."""
        with self._changed:
            self._still_wanted()
            if self._late is not None:
                raise UpstreamUnavailable(self._late)
            self._expect(self._timeouts.gap_s, "stopped answering")

    def put(self, piece: str) -> None:
        """Hand a piece to the reader."""
        with self._changed:
            self._pieces.append(piece)
            self._changed.notify_all()

    def sleep(self, seconds: float) -> None:
        """Wait, unless the reader goes."""
        with self._changed:
            self._changed.wait_for(lambda: self._end is not None, timeout=seconds)
            self._still_wanted()

    def finish(self, error: Exception | None) -> None:
        """Nothing more comes; `error` is for the reader."""
        with self._changed:
            self._done, self._error = True, error
            if error is None and self.finish_reason is None:
                self.finish_reason = "other"
            self._changed.notify_all()

    def _still_wanted(self, cause: Exception | None = None) -> None:
        if self._end is not None:
            raise self._end from cause

    def _expect(self, within_s: float, else_it: str) -> None:
        self._due_s = time.monotonic() + within_s
        self._overdue = f"the language model {else_it} within {within_s:g} s"
        self._changed.notify_all()  # the reader may be waiting for an earlier moment, or for none

    # The reader's side

    def take(self) -> str | None:
        """The next piece; None after the last one, and after `leave`.

        Raises:
            DatelineError: the writer's error, or that it took too long.
        """
        with self._changed:
            while True:
                if self._end is not None:
                    return None
                if self._pieces:
                    return self._pieces.popleft()
                if self._done:
                    if self._error is not None:
                        raise self._error
                    return None
                self._wait()

    def _wait(self) -> None:
        """Until something changes; what has passed its deadline is cut."""
        now_s = time.monotonic()
        if now_s >= self._last_s:
            total = f"the language model did not finish within {self._timeouts.total_s:g} s"
            raise self._given_up(total)
        if self._due_s is not None and now_s >= self._due_s:
            if self._late is not None:
                raise self._given_up(self._late)
            self._late, self._due_s = self._overdue, now_s + GRACE_S
            self._cut()
        until_s = self._last_s if self._due_s is None else min(self._due_s, self._last_s)
        self._changed.wait(max(0.0, until_s - now_s))

    def _given_up(self, why: str) -> UpstreamUnavailable:
        self._end = UpstreamUnavailable(why)
        self._cut()
        self._changed.notify_all()
        return UpstreamUnavailable(why)

    def leave(self) -> None:
        """The reader goes: cut what is under way. Does nothing a second time, or when all has been written."""
        with self._changed:
            if self._end is None:
                self._end = ClosedByReader()
                self._cut()
                self._changed.notify_all()


class ThreadedGeneration:
    """A `Generation` whose pieces come from a thread."""

    def __init__(
        self, write: Callable[[Desk], None], *, timeouts: Timeouts, usage: Callable[[], Usage]
    ) -> None:
        """Start `write` in a thread; what it raises is raised to the reader.

        `write` must not refer to this object: one that nobody holds any more closes itself.
        """
        self._desk = Desk(timeouts)
        self._usage = usage
        threading.Thread(target=_run, args=(write, self._desk), name="dateline-model", daemon=True).start()

    def __iter__(self) -> Iterator[str]:
        """See `Generation`."""
        while (piece := self._desk.take()) is not None:
            yield piece

    def close(self) -> None:
        """See `Generation.close`."""
        self._desk.leave()

    @property
    def usage(self) -> Usage:
        """See `Generation.usage`."""
        return self._usage()

    @property
    def finish_reason(self) -> FinishReason | None:
        """See `Generation.finish_reason`."""
        return self._desk.finish_reason

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __del__(self) -> None:
        self.close()


def _run(write: Callable[[Desk], None], desk: Desk) -> None:
    try:
        write(desk)
    except Exception as error:  # noqa: BLE001 (it is raised to the reader)
        desk.finish(error)
    else:
        desk.finish(None)


def _nothing() -> None:
    return None


__all__ = ["ClosedByReader", "Desk", "ThreadedGeneration", "Timeouts"]
