"""A caller who waits for the end of a stream, and whoever stops the waiting."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator

import anyio
import pytest
from starlette.requests import Request
from starlette.types import Message

from ingest.errors import UpstreamUnavailable
from service.api.streaming import attended, ended


class Events:
    """A stream that tells one thing, then nothing until it is closed; `closed` says that it was."""

    def __init__(self) -> None:
        self.closed = False

    async def stream(self) -> AsyncGenerator[str]:
        try:
            yield "first"
            await asyncio.sleep(3600)
        finally:
            await asyncio.sleep(0.01)  # what it does at its end takes a moment, too
            self.closed = True


def request(*, leaves: bool) -> Request:
    async def receive() -> Message:
        await asyncio.sleep(0.05 if leaves else 3600)
        return {"type": "http.disconnect"}

    return Request({"type": "http", "method": "POST", "path": "/", "headers": []}, receive)


def test_who_stops_the_waiting_finds_the_stream_closed() -> None:
    async def stopped() -> Events:
        events = Events()
        with anyio.move_on_after(0.05):
            await ended(attended(request(leaves=False), events.stream()), int)
        return events

    assert asyncio.run(stopped()).closed


def test_a_cancelled_task_ends_cancelled_and_not_with_an_error_of_its_own() -> None:
    async def cancelled() -> Events:
        events = Events()
        task = asyncio.create_task(ended(attended(request(leaves=False), events.stream()), int))
        await asyncio.sleep(0.05)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        return events

    assert asyncio.run(cancelled()).closed


def test_a_caller_who_leaves_closes_the_stream() -> None:
    async def left() -> Events:
        events = Events()
        with pytest.raises(UpstreamUnavailable, match="caller left"):
            await ended(attended(request(leaves=True), events.stream()), int)
        return events

    assert asyncio.run(left()).closed


def test_the_end_is_given() -> None:
    async def told() -> str:
        return await ended(attended(request(leaves=False), Events().stream()), str)

    assert asyncio.run(told()) == "first"
