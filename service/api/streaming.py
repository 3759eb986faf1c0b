"""Event streams: blocking work in a thread of its own becomes server-sent events, and stops when nobody listens.

The work runs in one thread from start to finish, so that it may hold things that belong to a thread. It hands
over through a small buffer, which makes it wait for a slow reader. When the reader goes away the work's cancellation
is cancelled, which ends what it waits for (a model, say), and the next hand-over raises `ReaderGone` in the thread,
which unwinds the work (a generator is closed in the thread that ran it).
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Generator, Iterable, Iterator
from contextlib import aclosing, suppress
from functools import partial
from typing import TypeVar

import anyio
import anyio.from_thread
import anyio.to_thread
from fastapi import Request
from pydantic import BaseModel
from sse_starlette import EventSourceResponse, ServerSentEvent

from ingest.errors import UpstreamUnavailable
from service.api.admission import Place, left
from service.api.problems import Problem, problem_of
from service.cancellation import Cancellation

T = TypeVar("T")

EVENT_STREAM = "text/event-stream"
BUFFERED_EVENTS = 8
PING_S = 15
_ENDS_OF_LINES = {ord(end): f"\\u{ord(end):04x}" for end in "\x85\u2028\u2029"}

_log = logging.getLogger("dateline.api")


class ReaderGone(Exception):
    """Raised in the working thread: nobody reads the events any more."""


async def bridged(
    work: Callable[[Callable[[T], None]], None],
    cancellation: Cancellation | None = None,
    place: Callable[[], Awaitable[Place]] | None = None,
) -> AsyncGenerator[T]:
    """Run `work(emit)` in a thread, and give what it emits. What it raises is raised here, after what came first.

    `cancellation` is cancelled when the reader stops before the end. `place`, where there is one, is waited for first,
    and given back when the thread is done: a reader who leaves early does not make room before that.
    """
    held = await place() if place is not None else None
    sender, receiver = anyio.create_memory_object_stream[T](BUFFERED_EVENTS)

    def emit(item: T) -> None:
        try:
            anyio.from_thread.run(sender.send, item)
        except anyio.BrokenResourceError:
            raise ReaderGone from None

    async def run() -> None:
        with sender, suppress(ReaderGone):
            if held is None:
                await anyio.to_thread.run_sync(work, emit)
            else:
                await held.run(partial(work, emit))

    task = asyncio.create_task(run())  # the working thread keeps it alive, should this generator go first
    if held is not None:
        task.add_done_callback(lambda _: held.release())
    finished = False
    try:
        with receiver:
            async for item in receiver:
                yield item
            finished = True
    finally:
        if not finished:
            task.add_done_callback(_note_late_failure)
            if cancellation is not None:
                # In a thread: what is stopped may take a moment to close, and the loop must not wait for it.
                asyncio.get_running_loop().run_in_executor(None, cancellation.cancel)
    await task


def iterated(make: Callable[[], Iterator[T]]) -> Callable[[Callable[[T], None]], None]:
    """Work for `bridged` from a function that makes an iterator; generators are closed in the working thread."""

    def work(emit: Callable[[T], None]) -> None:
        iterator = make()
        try:
            for item in iterator:
                emit(item)
        finally:
            if isinstance(iterator, Generator):
                iterator.close()

    return work


async def given(events: Iterable[T]) -> AsyncGenerator[T]:
    """Events that are at hand already."""
    for item in events:
        yield item


def event(name: str, data: BaseModel) -> ServerSentEvent:
    """One event, its data as JSON on one line."""
    document = data.model_dump_json(exclude_none=isinstance(data, Problem))
    return ServerSentEvent(data=on_one_line(document), event=name, sep="\n")


def on_one_line(document: str) -> str:
    """The JSON without characters that some readers of lines (Python's `splitlines`, and httpx with it) take for the
    end of one: words of an article could begin an event of their own. Escaped, they say the same."""
    return document.translate(_ENDS_OF_LINES)


def event_response(request: Request, events: AsyncGenerator[ServerSentEvent]) -> EventSourceResponse:
    """The response for a stream of events. An error on the way becomes a last event, `error`, with a problem."""

    async def guarded() -> AsyncIterator[ServerSentEvent]:
        async with aclosing(events):
            try:
                async for item in events:
                    yield item
            except Exception as error:  # noqa: BLE001 - the status line is gone: only the stream can tell
                yield event("error", problem_of(request, error))

    return EventSourceResponse(guarded(), ping=PING_S, sep="\n")


async def started(events: AsyncGenerator[T]) -> AsyncGenerator[T]:
    """Wait for the first event, so that an error before it still sets the status; then give all of them."""
    try:
        first = [await anext(events)]
    except StopAsyncIteration:
        first = []

    async def resumed() -> AsyncGenerator[T]:
        async with aclosing(events):
            for item in first:
                yield item
            async for item in events:
                yield item

    return resumed()


async def attended(request: Request, events: AsyncGenerator[T]) -> AsyncGenerator[T]:
    """The same events for a caller who waits for the last one, as long as the caller waits.

    The body of `request` must have been read.

    Raises:
        UpstreamUnavailable: the caller has left; nobody will see it but the log.
    """
    gone = asyncio.create_task(left(request))
    try:
        async with aclosing(events):
            while True:
                coming = asyncio.ensure_future(anext(events))
                try:
                    await asyncio.wait({coming, gone}, return_when=asyncio.FIRST_COMPLETED)
                finally:
                    too_late = not coming.done()
                    if too_late:
                        await _dropped(coming)
                if too_late:
                    raise UpstreamUnavailable("the caller left before the answer was there")
                try:
                    item = coming.result()
                except StopAsyncIteration:
                    return
                yield item
    finally:
        gone.cancel()


async def _dropped(coming: asyncio.Future[T]) -> None:
    """Cancel what is on its way and wait for its end, whoever cancels meanwhile: before it, the generator that it comes
    from is running and cannot be closed."""
    coming.cancel()
    with anyio.CancelScope(shield=True):
        await asyncio.wait({coming})
    if not coming.cancelled():
        coming.exception()  # looked at, so that nobody logs it as lost


async def ended(events: AsyncGenerator[object], kind: type[T]) -> T:
    """The event of this kind that the events end with."""
    async with aclosing(events):
        async for item in events:
            if isinstance(item, kind):
                return item
    raise AssertionError(f"the events always end with {kind.__name__}")


def wants_events(request: Request) -> bool:
    """Whether the caller's `Accept` names event streams."""
    return EVENT_STREAM in request.headers.get("accept", "").lower()


def _note_late_failure(task: asyncio.Task[None]) -> None:
    if not task.cancelled() and (error := task.exception()) is not None:
        _log.warning("work for a reader who left ended with an error", exc_info=error)
