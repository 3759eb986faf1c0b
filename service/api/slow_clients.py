"""Bodies that come too slowly are not waited for.

A time-out between two pieces is not enough: a byte every fourteen seconds keeps a connection for months. So a body has
`GRACE_S` and a second more for every `BYTES_PER_S` that have come, as Apache's mod_reqtimeout reckons (`MinRate`).
Time in which the server itself did not read does not count. Heads that come slowly are `service.api.connections`'s.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

BODY_TIMEOUT_S = 15.0
"""Without a single byte."""
GRACE_S = 15.0
BYTES_PER_S = 10_000


class SlowClients:
    """Answers 408, and closes the connection, when a request's body stops coming, or trickles."""

    def __init__(
        self,
        app: ASGIApp,
        silence_s: float = BODY_TIMEOUT_S,
        grace_s: float = GRACE_S,
        bytes_per_s: float = BYTES_PER_S,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.app = app
        self.silence_s = silence_s
        self.grace_s = grace_s
        self.bytes_per_s = bytes_per_s
        self.clock = clock

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        coming, slow = True, False
        allowed_s = self.grace_s

        async def patient() -> Message:
            nonlocal coming, slow, allowed_s
            if not coming:
                return await receive()
            begun = self.clock()
            try:
                async with asyncio.timeout(max(0.0, min(self.silence_s, allowed_s))):
                    message = await receive()
            except TimeoutError:
                slow = True
                raise HTTPException(408, "the body came too slowly") from None
            allowed_s += len(message.get("body", b"")) / self.bytes_per_s - (self.clock() - begun)
            coming = message["type"] == "http.request" and message.get("more_body", False)
            return message

        async def closing(message: Message) -> None:
            if slow and message["type"] == "http.response.start":
                MutableHeaders(scope=message)["Connection"] = "close"  # the rest is not read
            await send(message)

        await self.app(scope, patient, closing)
