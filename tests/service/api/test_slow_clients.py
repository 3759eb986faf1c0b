"""Heads and bodies that come slowly, and readers who do not read, do not hold the server."""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from starlette.types import Message, Receive, Scope, Send

from service.api.connections import connection_class
from service.api.slow_clients import SlowClients
from tests.service.api.fakes import FakeServices
from tests.service.api.serving import served

HEAD = b"POST /v1/ask HTTP/1.1\r\nHost: here\r\nContent-Type: application/json\r\n"


def impatient(base: str, **limits: float) -> type[asyncio.Protocol]:
    """The protocol over one of uvicorn's, with short patience."""
    if base == "h11":
        from service.api.connections import _H11Connection

        return type("Impatient", (_H11Connection,), limits)
    return type("Impatient", (connection_class(),), limits)


@contextmanager
def connected(address: str) -> Iterator[socket.socket]:
    host, _, port = address.removeprefix("http://").partition(":")
    with socket.create_connection((host, int(port)), timeout=20) as connection:
        yield connection


def all_of(connection: socket.socket) -> bytes:
    """What comes until the server closes; a test that waits for ever fails by its time-out."""
    said = b""
    try:
        while piece := connection.recv(65536):
            said += piece
    except ConnectionResetError:
        pass
    return said


def trickle(connection: socket.socket, pieces: Iterator[bytes], every_s: float) -> threading.Event:
    """Send pieces in a thread, until told to stop."""
    stop = threading.Event()

    def send() -> None:
        for piece in pieces:
            if stop.wait(every_s):
                return
            try:
                connection.sendall(piece)
            except OSError:
                return

    threading.Thread(target=send, daemon=True).start()
    return stop


def for_ever(piece: bytes) -> Iterator[bytes]:
    while True:
        yield piece


@pytest.fixture(params=["httptools", "h11"])
def address(request: pytest.FixtureRequest) -> Iterator[str]:
    protocol = impatient(request.param, head_timeout_s=0.3, write_timeout_s=0.3)
    with served(FakeServices(), protocol=protocol) as opened:
        yield opened


def test_who_says_nothing_is_not_waited_for(address: str) -> None:
    with connected(address) as connection:
        assert all_of(connection) == b""


def test_a_head_that_trickles_is_not_waited_for(address: str) -> None:
    with connected(address) as connection:
        connection.sendall(HEAD)
        stop = trickle(connection, for_ever(b"X-A: b\r\n"), 0.05)
        assert all_of(connection).startswith(b"HTTP/1.1 408 ")
        stop.set()


def test_a_second_head_that_trickles_is_not_waited_for_either(address: str) -> None:
    with connected(address) as connection:
        connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: here\r\n\r\n")
        assert connection.recv(4096).startswith(b"HTTP/1.1 200 ")
        stop = trickle(connection, for_ever(b"\r\n"), 0.05)
        all_of(connection)  # to its end
        stop.set()


def test_a_head_without_end_is_refused(address: str) -> None:
    with connected(address) as connection:
        connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: here\r\n")
        stop = trickle(connection, iter([b"X-A: " + b"b" * 8000 + b"\r\n"] * 20), 0.001)
        said = all_of(connection)
        stop.set()
        assert not said or said.startswith((b"HTTP/1.1 431 ", b"HTTP/1.1 400 "))


def test_an_ordinary_request_is_answered_and_its_connection_used_again(address: str) -> None:
    body = b'{"question": "Why?"}'
    with connected(address) as connection:
        for _ in range(2):
            connection.sendall(HEAD + b"Content-Length: %d\r\n\r\n" % len(body))
            connection.sendall(body)
            said = b""
            while b"citations" not in said:
                said += connection.recv(65536)
            assert said.startswith(b"HTTP/1.1 200 ")


def test_who_does_not_read_a_stream_is_cut_off() -> None:
    services = FakeServices(endless=True)
    protocol = impatient("httptools", write_timeout_s=0.2)
    with served(services, protocol=protocol) as address, connected(address) as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        body = b'{"question": "Why?", "stream": true}'
        connection.sendall(HEAD + b"Content-Length: %d\r\n\r\n" % len(body) + body)
        assert services.closed.wait(20)


class Coming:
    """A body that comes piece by piece; after the last one nothing more does."""

    def __init__(self, pieces: list[bytes], every_s: float = 0.0) -> None:
        self._pieces = iter(pieces)
        self._every_s = every_s

    async def __call__(self) -> Message:
        piece = next(self._pieces, None)
        if piece is None:
            await asyncio.Event().wait()
        await asyncio.sleep(self._every_s)
        return {"type": "http.request", "body": piece, "more_body": True}


def said(receive: Receive, **patience: Any) -> list[Message]:
    """What is answered to a body."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        from starlette.exceptions import HTTPException

        status = 200
        try:
            while (await receive()).get("more_body"):
                pass
        except HTTPException as error:
            status = error.status_code
        await send({"type": "http.response.start", "status": status, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    sent: list[Message] = []

    async def play() -> None:
        async def send(message: Message) -> None:
            sent.append(message)

        await SlowClients(app, **patience)({"type": "http", "headers": []}, receive, send)

    asyncio.run(play())
    return sent


@pytest.mark.parametrize(
    ("receive", "patience"),
    [
        pytest.param(Coming([]), {"silence_s": 0.02}, id="never"),
        pytest.param(Coming([b"{"]), {"silence_s": 0.02}, id="stops"),
        pytest.param(Coming([b"a"] * 1000, 0.002), {"grace_s": 0.05}, id="trickles"),
    ],
)
def test_a_body_that_comes_slowly_is_answered_408_and_the_connection_closed(
    receive: Receive, patience: dict[str, Any]
) -> None:
    start, _ = said(receive, **patience)
    assert start["status"] == 408
    assert (b"connection", b"close") in [(name.lower(), value) for name, value in start["headers"]]


@pytest.mark.parametrize(("piece", "status"), [(b"a" * 60_000, 200), (b"a" * 40_000, 408)])
def test_a_large_body_has_time_in_proportion(piece: bytes, status: int) -> None:
    """Thirty pieces, each after five seconds on a clock of the test's own; at 10 kB a second 50,000 bytes are even."""
    now_s, come = [0.0], list[bytes]()

    async def receive() -> Message:
        await asyncio.sleep(0)
        now_s[0] += 5.0
        come.append(piece)
        return {"type": "http.request", "body": piece, "more_body": len(come) < 30}

    start, _ = said(receive, clock=lambda: now_s[0], silence_s=60.0)
    assert start["status"] == status


def test_on_a_real_server_the_reply_is_a_problem(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(SlowClients.__init__, "__defaults__", (0.1, 0.1, 10_000, time.monotonic))
    with served(FakeServices()) as address, connected(address) as connection:
        connection.sendall(HEAD + b"Content-Length: 5000\r\n\r\n{")
        reply = all_of(connection)
        assert reply.startswith(b"HTTP/1.1 408 ")
        assert b"urn:dateline:problem:request-timeout" in reply
