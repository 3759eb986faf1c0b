"""Answers are made in a few threads beside the event loop, so that acknowledging an event never waits for one.

The number of threads and of questions that wait for one are bounded: a further question is refused at once, politely,
instead of being answered in ten minutes.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Generic, TypeVar

from ingest.errors import RateLimited, UpstreamUnavailable
from service.cancellation import Cancellation

T = TypeVar("T")

AT_ONCE = 2
"""Answering is mostly Python, and threads of one process take turns at it: more would only answer each later."""
MOST_WAITING = 40


class WorkPool:
    """Runs synchronous work that yields events. To be used from one event loop; `close` ends its threads."""

    def __init__(self, at_once: int = AT_ONCE, most_waiting: int = MOST_WAITING) -> None:
        self._threads = ThreadPoolExecutor(at_once, thread_name_prefix="slack")
        self._most = at_once + most_waiting
        self._under_way: set[Cancellation] = set()
        self._closed = False

    @property
    def under_way(self) -> int:
        """Pieces of work that are being done or wait for their turn."""
        return len(self._under_way)

    @contextmanager
    def admitted(self, cancellation: Cancellation) -> Iterator[None]:
        """A place among the questions for the time of a `with` block, which reads what `begin` returns to its end.

        Raises:
            RateLimited: there is none.
            UpstreamUnavailable: the bot is stopping.
        """
        if self._closed:
            raise UpstreamUnavailable("the bot is stopping")
        if len(self._under_way) >= self._most:
            raise RateLimited(f"{len(self._under_way)} questions are being answered already")
        self._under_way.add(cancellation)
        try:
            yield
        finally:
            self._under_way.discard(cancellation)

    def begin(self, make: Callable[[], Iterator[T]], cancellation: Cancellation) -> Work[T]:
        """Begin the work as soon as there is a thread; its events are read from what is returned.

        Raises:
            UpstreamUnavailable: the bot is stopping.
        """
        if self._closed:
            raise UpstreamUnavailable("the bot is stopping")
        work = Work(make, cancellation, asyncio.get_running_loop())
        self._threads.submit(work.run)
        return work

    async def call(self, function: Callable[[], T]) -> T:
        """A short look-up in a thread of its own, not behind the questions that wait."""
        return await asyncio.to_thread(function)

    async def close(self) -> None:
        """Cancel what is under way, begin nothing more, and wait for the threads."""
        self._closed = True
        for cancellation in tuple(self._under_way):
            await asyncio.to_thread(cancellation.cancel)
        await asyncio.to_thread(self._threads.shutdown)  # work that is cancelled ends as soon as it begins


class Work(Generic[T]):
    """One piece of work: `run` is for the thread, `events` for the event loop."""

    def __init__(
        self, make: Callable[[], Iterator[T]], cancellation: Cancellation, loop: asyncio.AbstractEventLoop
    ) -> None:
        self._make = make
        self._cancellation = cancellation
        self._loop = loop
        self._coming: asyncio.Queue[T | BaseException | None] = asyncio.Queue()

    def run(self) -> None:
        """Do it, in this thread."""
        try:
            if not self._cancellation.cancelled:
                self._iterate()
        except Exception as error:  # noqa: BLE001 - whoever reads the events gets it
            self._send(error)
        else:
            self._send(None)

    async def events(self) -> AsyncIterator[T]:
        """What it yields, as it comes. What it raises is raised here."""
        while True:
            item = await self._coming.get()
            if item is None:
                return
            if isinstance(item, BaseException):
                raise item
            yield item

    def _iterate(self) -> None:
        iterator = self._make()
        try:
            for item in iterator:
                if self._cancellation.cancelled:
                    return
                self._send(item)
        finally:
            if isinstance(iterator, Generator):
                iterator.close()

    def _send(self, item: T | BaseException | None) -> None:
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._coming.put_nowait, item)
