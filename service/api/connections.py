"""Connections that do not get on: heads that come slowly or never end, and readers who do not read.

uvicorn has a time-out for connections that rest between two requests and for nothing else: whoever connects and sends
a byte a minute keeps the connection for ever (slowloris), and so does whoever never reads the reply. Here a head has
`HEAD_TIMEOUT_S` from its first byte (or from connecting) and `HEAD_LIMIT_BYTES`, what is left of a body that was
refused has the same time, and a reply that makes no way for `WRITE_TIMEOUT_S` is cut off.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from uvicorn.protocols.http.h11_impl import H11Protocol

from service.api.gathered_writes import GatheredWrites

HEAD_TIMEOUT_S = 10.0
WRITE_TIMEOUT_S = 30.0
HEAD_LIMIT_BYTES = 64_000

_LATE = b"HTTP/1.1 408 Request Timeout\r\nconnection: close\r\ncontent-length: 0\r\n\r\n"
_LARGE = b"HTTP/1.1 431 Request Header Fields Too Large\r\nconnection: close\r\ncontent-length: 0\r\n\r\n"

if TYPE_CHECKING:
    _Base = H11Protocol
else:
    _Base = object


class _Watched(_Base):
    """To be mixed in before one of uvicorn's protocol classes, which both have these methods and fields."""

    head_timeout_s = HEAD_TIMEOUT_S
    write_timeout_s = WRITE_TIMEOUT_S
    head_limit_bytes = HEAD_LIMIT_BYTES

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._late: asyncio.TimerHandle | None = None
        self._stuck: asyncio.TimerHandle | None = None
        self._head_bytes = 0

    def _in_head(self) -> bool:
        """Whether the next bytes belong to a request's head, as far as they may belong to one."""
        raise NotImplementedError

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """A new connection owes a head."""
        super().connection_made(GatheredWrites(transport, self.loop))
        self._expect()

    def data_received(self, data: bytes) -> None:
        """Bytes came: is the head whole, or still to be waited for?"""
        heads = self.cycle
        super().data_received(data)
        if self.transport.is_closing():
            self._relax()
            return
        if self.cycle is not heads:  # a head has ended; of another one that has begun, few bytes are here
            self._head_bytes = 0
        elif self._in_head():
            self._head_bytes += len(data)
            if self._head_bytes > self.head_limit_bytes:
                self._end(_LARGE)
                return
        if self.cycle is None or self.cycle.response_complete:
            self._expect()  # what is coming is a head, or the rest of a body that nobody wants
        else:
            self._relax()

    def on_response_complete(self) -> None:
        """Replied. The rest between two requests is uvicorn's to time."""
        self._relax()
        super().on_response_complete()

    def pause_writing(self) -> None:
        """The reader does not read as fast as the reply comes."""
        super().pause_writing()
        self._watch_writing()

    def resume_writing(self) -> None:
        """It does again."""
        super().resume_writing()
        self._flow_on()

    def timeout_keep_alive_handler(self) -> None:
        """The rest has been long enough. What the reader has not taken by then is cut off soon."""
        super().timeout_keep_alive_handler()
        self._watch_writing()

    def connection_lost(self, exc: Exception | None) -> None:
        """It is over."""
        self._relax()
        super().connection_lost(exc)
        self._flow_on()

    def _expect(self) -> None:
        if self._late is None:
            self._late = self.loop.call_later(self.head_timeout_s, self._end, _LATE)

    def _relax(self) -> None:
        if self._late is not None:
            self._late.cancel()
            self._late = None

    def _watch_writing(self, before: int | None = None) -> None:
        """Look again later. `before` is how many bytes waited for the reader when this was looked at last."""
        waiting = self.transport.get_write_buffer_size()
        if before is not None and waiting >= before:
            self.transport.abort()
        elif self._stuck is None or before is not None:
            self._stuck = self.loop.call_later(self.write_timeout_s, self._watch_writing, waiting)

    def _flow_on(self) -> None:
        if self._stuck is not None:
            self._stuck.cancel()
            self._stuck = None

    def _end(self, reply: bytes) -> None:
        """Close. Who is being answered, or has not said a word, gets no further reply."""
        self._relax()
        if self.transport.is_closing():
            return
        answered = self.cycle is None or self.cycle.response_complete
        if answered and self._in_head() and self._head_bytes:
            self.transport.write(reply)
        self.transport.close()


class _H11Connection(_Watched, H11Protocol):
    """Over h11, which limits heads itself (64 kB)."""

    def _in_head(self) -> bool:
        from h11 import IDLE

        return self.conn.their_state is IDLE


def connection_class() -> type[asyncio.Protocol]:
    """The protocol class for `uvicorn.Config(http=…)`: over httptools where it is installed, as uvicorn chooses."""
    try:
        from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
    except ImportError:
        return _H11Connection

    class HttpToolsConnection(_Watched, HttpToolsProtocol):  # type: ignore[misc]
        """Over httptools, which limits nothing."""

        _in_body = False

        def _in_head(self) -> bool:
            return not self._in_body

        def on_headers_complete(self) -> None:
            """The parser's word: a head has ended."""
            self._in_body = True
            super().on_headers_complete()

        def on_message_complete(self) -> None:
            """The parser's word: a request has ended."""
            self._in_body = False
            super().on_message_complete()

    return HttpToolsConnection
