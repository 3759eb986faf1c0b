"""Who may begin, who waits, and who is told to come back: a short line before everything that takes long.

More questions at once than cores make none of them quicker, and a line without an end answers everybody too late. So a
few are worked on, some wait in the order in which they came, and whoever finds the line full, or has waited long
enough, gets 503 with `Retry-After` while that is still quick to say. Summaries read whole archives: they have a line
of their own, so that questions do not stand behind them. Pages, health and metrics stand in no line.

All of it belongs to the server's event loop; other threads only read the numbers.
"""

from __future__ import annotations

import asyncio
import logging
import math
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Literal, Protocol, Self, TypeVar

import anyio.to_thread
from anyio import CapacityLimiter
from fastapi import Request

from ingest.errors import Overloaded, UpstreamUnavailable
from service.api.metering import route_of

T = TypeVar("T")

LineName = Literal["questions", "summaries"]
ShedReason = Literal["full", "late"]
"""The line was full, or the wait had been as long as it may be."""

LONGEST_RETRY_S = 30
TOLD_EVERY_S = 10.0
_SMOOTHING = 0.1
"""Weight of the newest piece of work in the mean of what one takes."""

_log = logging.getLogger("dateline.admission")


@dataclass(frozen=True, slots=True)
class Allowance:
    """How many are worked on at once, how many more may wait, and for how many seconds."""

    at_once: int
    waiting: int
    wait_s: float


QUESTIONS = Allowance(at_once=4, waiting=64, wait_s=5.0)
SUMMARIES = Allowance(at_once=1, waiting=8, wait_s=5.0)
"""Where nobody says otherwise."""


class LineMeter(Protocol):
    """Who counts what happens in lines: `service.telemetry.Metrics` does."""

    def observe_line(self, line: str, running: int, waiting: int) -> None:
        """So many are worked on and wait now."""

    def observe_admitted(self, line: str, waited_s: float) -> None:
        """One begins, after waiting."""

    def observe_shed(self, route: str, reason: str) -> None:
        """One was told to come back."""


class Place:
    """The right to be worked on, in a thread that does not count against those of other requests.

    Given back once, by whoever ends the work; giving it back again does nothing.
    """

    def __init__(self, line: Line, begun: float, threads: CapacityLimiter) -> None:
        self._line: Line | None = line
        self._begun = begun
        self._threads = threads

    async def run(self, work: Callable[[], T]) -> T:
        """What `work` gives, from a thread."""
        return await anyio.to_thread.run_sync(work, limiter=self._threads)

    def release(self) -> None:
        """Let the next one begin."""
        line, self._line = self._line, None
        if line is not None:
            line.left(self._begun)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.release()


class Line:
    """One line: first come, first served."""

    def __init__(
        self,
        name: LineName,
        allowance: Allowance,
        meter: LineMeter | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.name = name
        self.allowance = allowance
        self._meter = meter
        self._clock = clock
        self._threads = CapacityLimiter(math.inf)  # the line itself is the limit
        self._running = 0
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._work_s = 0.0
        self._shed = 0
        self._told_at = float("-inf")

    @property
    def running(self) -> int:
        """How many are worked on."""
        return self._running

    @property
    def waiting(self) -> int:
        """How many wait."""
        return len(self._waiting)

    async def place(self, request: Request) -> Place:
        """A place for the sender of `request`, whose body has been read.

        Raises:
            Overloaded: the line is full, or no place was free in time.
            UpstreamUnavailable: the sender left while waiting; only the log will see it.
        """
        begun = self._clock()
        if self._running < self.allowance.at_once and not self._waiting:
            self._running += 1
        elif len(self._waiting) >= self.allowance.waiting:
            raise self._refusal(request, "full")
        else:
            await self._turn(request)
        self._note()
        if self._meter is not None:
            self._meter.observe_admitted(self.name, self._clock() - begun)
        return Place(self, self._clock(), self._threads)

    async def _turn(self, request: Request) -> None:
        """Wait until a place is handed over; it counts as running from then on."""
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append(turn)
        self._note()
        gone = asyncio.ensure_future(left(request))
        try:
            await asyncio.wait(
                {turn, gone}, timeout=self.allowance.wait_s, return_when=asyncio.FIRST_COMPLETED
            )
            if gone.done():
                raise UpstreamUnavailable("the caller left before its turn came")
            if not turn.done():
                raise self._refusal(request, "late")
        except BaseException:
            self._forgo(turn)
            raise
        finally:
            gone.cancel()

    def _forgo(self, turn: asyncio.Future[None]) -> None:
        """Whoever waited for `turn` does not want it any more; it may have come this very moment."""
        if turn.done():
            self._pass_on()
        else:
            turn.cancel()
            with suppress(ValueError):
                self._waiting.remove(turn)
        self._note()

    def left(self, begun: float) -> None:
        """For `Place`: one piece of work, which began at `begun`, is done."""
        took_s = self._clock() - begun
        self._work_s += (took_s - self._work_s) * (_SMOOTHING if self._work_s else 1.0)
        self._pass_on()
        self._note()

    def _pass_on(self) -> None:
        """Give the place of one who is done to the next in line."""
        while self._waiting:
            turn = self._waiting.popleft()
            if not turn.done():
                turn.set_result(None)
                return
        self._running -= 1

    def _note(self) -> None:
        if self._meter is not None:
            self._meter.observe_line(self.name, self._running, len(self._waiting))

    def _refusal(self, request: Request, reason: ShedReason) -> Overloaded:
        if self._meter is not None:
            self._meter.observe_shed(route_of(request.scope), reason)
        self._shed += 1
        if self._clock() - self._told_at >= TOLD_EVERY_S:
            _log.warning(
                "too many %s: %d refused since this was last said; %d are worked on, %d wait (at most %d and %d)",
                self.name,
                self._shed,
                self._running,
                len(self._waiting),
                self.allowance.at_once,
                self.allowance.waiting,
            )
            self._shed, self._told_at = 0, self._clock()
        wait_s = self.retry_after_s()
        return Overloaded(f"too many {self.name} at once: try again in {wait_s} s", wait_s)

    def retry_after_s(self) -> int:
        """Whole seconds in which those who are in line now should be done."""
        ahead = self._running + len(self._waiting)
        return min(LONGEST_RETRY_S, max(1, math.ceil(ahead * self._work_s / self.allowance.at_once)))


@dataclass(frozen=True, slots=True)
class Admission:
    """The lines of one server: `questions` for questions, passages and quotations, `summaries` for summaries."""

    questions: Line
    summaries: Line

    @classmethod
    def of(cls, questions: Allowance, summaries: Allowance, meter: LineMeter | None = None) -> Admission:
        """Lines with these allowances."""
        return cls(Line("questions", questions, meter), Line("summaries", summaries, meter))


async def left(request: Request) -> None:
    """Return when the sender of `request`, whose body has been read, has gone."""
    while (await request.receive())["type"] != "http.disconnect":
        pass
