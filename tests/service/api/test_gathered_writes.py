"""A reply's head and body leave in one piece, and nothing of it is lost, doubled or out of order."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.api.connections import _H11Connection, connection_class
from service.api.gathered_writes import MOST_BYTES, GatheredWrites
from tests.service.api.fakes import FakeServices
from tests.service.api.serving import served


class Wire(asyncio.Transport):
    """A transport that keeps what is sent."""

    def __init__(self) -> None:
        super().__init__()
        self.sent: list[bytes] = []
        self.ended: list[str] = []

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.sent.append(bytes(data))

    def get_write_buffer_size(self) -> int:
        return 0

    def write_eof(self) -> None:
        self.ended.append("eof")

    def close(self) -> None:
        self.ended.append("close")

    def abort(self) -> None:
        self.ended.append("abort")


async def _turns(writes: Sequence[Sequence[bytes]]) -> list[bytes]:
    """What is sent when each of `writes` is written within a turn of its own."""
    wire = Wire()
    gathered = GatheredWrites(wire, asyncio.get_running_loop())
    for turn in writes:
        for piece in turn:
            gathered.write(piece)
        await asyncio.sleep(0)
    return wire.sent


def test_what_is_written_in_one_turn_is_sent_at_once() -> None:
    assert asyncio.run(_turns([[b"head", b"body"], [b"next"]])) == [b"headbody", b"next"]


@given(st.lists(st.lists(st.binary(max_size=8), max_size=5), max_size=6))
def test_every_byte_is_sent_once_and_in_order(writes: list[list[bytes]]) -> None:
    sent = asyncio.run(_turns(writes))
    assert b"".join(sent) == b"".join(piece for turn in writes for piece in turn)
    assert all(sent)


def test_a_long_reply_is_not_collected() -> None:
    half = bytes(MOST_BYTES // 2)

    async def write() -> tuple[list[bytes], int]:
        wire = Wire()
        gathered = GatheredWrites(wire, asyncio.get_running_loop())
        for _ in range(3):
            gathered.write(half)
        return list(wire.sent), gathered.get_write_buffer_size()

    assert asyncio.run(write()) == ([half + half], len(half))


@pytest.mark.parametrize(("end", "sent"), [("close", [b"reply"]), ("write_eof", [b"reply"]), ("abort", [])])
def test_an_end_comes_after_what_was_written(end: str, sent: list[bytes]) -> None:
    async def ended() -> tuple[list[bytes], list[str]]:
        wire = Wire()
        gathered = GatheredWrites(wire, asyncio.get_running_loop())
        gathered.writelines([b"re", b"ply"])
        getattr(gathered, end)()
        await asyncio.sleep(0)
        return wire.sent, wire.ended

    assert asyncio.run(ended()) == (sent, [end.removeprefix("write_")])


@pytest.mark.parametrize("base", ["httptools", "h11"])
def test_a_servers_reply_is_one_piece(base: str) -> None:
    sent: list[bytes] = []

    class Tapped:
        """The server's own transport, its writes noted."""

        def __init__(self, transport: asyncio.Transport) -> None:
            self._transport = transport

        def __getattr__(self, name: str) -> Any:
            return getattr(self._transport, name)

        def write(self, data: bytes) -> None:
            sent.append(data)
            self._transport.write(data)

    parent: Any = _H11Connection if base == "h11" else connection_class()

    class Listening(parent):  # type: ignore[misc]
        def connection_made(self, transport: asyncio.Transport) -> None:
            super().connection_made(Tapped(transport))

    with served(FakeServices(), protocol=Listening) as address, httpx.Client(trust_env=False) as client:
        replies = [client.get(f"{address}/healthz") for _ in range(2)]
    assert [reply.status_code for reply in replies] == [200, 200]
    assert len(sent) == 2
    assert all(piece.startswith(b"HTTP/1.1 200 ") for piece in sent)
    assert all(piece.endswith(reply.content) for piece, reply in zip(sent, replies, strict=True))
