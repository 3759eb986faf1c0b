"""What the browser talks to: the real application, other sites that embed its widget, and faults on the way."""

from __future__ import annotations

import asyncio
import json
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

import uvicorn
from starlette.types import ASGIApp, Message, Receive, Scope, Send

FIRST_QUESTIONS = ("What did Biden say about AUKUS?", "How much will the flood barrier cost?")
NEXT_QUESTIONS = (
    "What will Australia acquire under the first pillar of AUKUS?",
    "Who sang after the state dinner?",
)


class KnownQuestions:
    """Suggestions that do not depend on what has been found so far."""

    def first(self, limit: int) -> Sequence[str]:
        """Questions of the samples."""
        return FIRST_QUESTIONS[:limit]

    def following(self, asked: Sequence[str], sources: Sequence[str], limit: int) -> Sequence[str]:
        """Further ones, after a question and its sources."""
        return NEXT_QUESTIONS[:limit] if asked and sources else ()


@dataclass
class Faults:
    """Stands before the application and spoils what a test asks it to; everything else goes through.

    `refusals` are given instead of replies, in order, to requests of a path. `cut_after` ends the next stream after so
    many events, without warning, as a lost connection does; `hold_after` makes it wait there for `release`.
    """

    app: ASGIApp
    refusals: list[tuple[str, int, str, dict[str, str]]] = field(default_factory=list)
    cut_after: int | None = None
    hold_after: int | None = None
    left: threading.Event = field(default_factory=threading.Event)
    seen: list[str] = field(default_factory=list)
    _released: threading.Event = field(default_factory=threading.Event)

    def release(self) -> None:
        """Let a stream that is held go on."""
        self.hold_after = None
        self._released.set()

    def mend(self) -> None:
        """Spoil nothing any more."""
        self.refusals.clear()
        self.cut_after = None
        self.release()
        self._released = threading.Event()
        self.left = threading.Event()
        self.seen.clear()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        path = str(scope["path"])
        self.seen.append(f"{scope['method']} {path}")
        for refusal in self.refusals:
            if refusal[0] == path and scope["method"] != "OPTIONS":
                self.refusals.remove(refusal)
                await self._refuse(scope, send, *refusal[1:])
                return
        if path != "/v1/ask" or (self.cut_after is None and self.hold_after is None):
            await self.app(scope, receive, send)
            return
        await self.app(scope, receive, self._spoilt(send))

    def _spoilt(self, send: Send) -> Send:
        events = 0

        async def spoilt(message: Message) -> None:
            nonlocal events
            if message["type"] == "http.response.body" and message.get("body", b"").startswith(b"event:"):
                if events == self.cut_after:
                    self.cut_after = None
                    raise ConnectionResetError("cut by the test")
                if events == self.hold_after:
                    while not self._released.is_set():
                        await asyncio.sleep(0.01)
                events += 1
            try:
                await send(message)
            except BaseException:
                self.left.set()
                raise

        return spoilt

    @staticmethod
    async def _refuse(scope: Scope, send: Send, status: int, slug: str, headers: dict[str, str]) -> None:
        problem = {"type": f"urn:dateline:problem:{slug}", "title": slug, "status": status, "detail": slug}
        given = {"content-type": "application/problem+json", **headers}
        encoded = [(name.encode(), value.encode()) for name, value in given.items()]
        await send({"type": "http.response.start", "status": status, "headers": encoded})
        await send({"type": "http.response.body", "body": json.dumps(problem).encode()})


@dataclass
class OtherSite:
    """A site whose pages a test writes: `pages` holds HTML by path, `headers` what is sent with all of them."""

    pages: dict[str, str] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        page = self.pages.get(str(scope["path"]))
        given = {"content-type": "text/html; charset=utf-8", "cache-control": "no-store", **self.headers}
        encoded = [(name.encode(), value.encode()) for name, value in given.items()]
        await send(
            {"type": "http.response.start", "status": 404 if page is None else 200, "headers": encoded}
        )
        await send({"type": "http.response.body", "body": (page or "").encode()})


@contextmanager
def listening(app: ASGIApp) -> Iterator[int]:
    """The application on a free port of this machine."""
    config = uvicorn.Config(app, host="127.0.0.1", port=0, log_level="critical", ws="none", lifespan="off")
    config.timeout_graceful_shutdown = 2
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        while not server.started:
            assert thread.is_alive()
            time.sleep(0.01)
        yield server.servers[0].sockets[0].getsockname()[1]
    finally:
        server.should_exit = True
        thread.join()
