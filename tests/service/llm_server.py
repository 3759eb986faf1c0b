"""A scripted server that speaks OpenAI's chat completions on loopback, well and badly.

    with ScriptedLLMServer([Fail(429, retry_after="0.1"), Say("Rain is likely [1.1].")]) as server:
        model = OpenAIModel("scripted", base_url=server.url)
        assert "".join(model.stream(messages, max_tokens=50)) == "Rain is likely [1.1]."
        assert len(server.requests) == 2

The n-th chat request gets the n-th behaviour, the last one again and again once the script is through;
`server.script` may be replaced at any moment, which begins it anew. A behaviour may also be a function of the
request's body that gives one, for a server that answers what it is asked. `GET /v1/models` is no part of the
script: it gives `server.models`.

    Say         text as a stream, cut into pieces, with pauses, reasoning; without usage or an end if wished
    Whole       one JSON completion, though a stream was asked for
    Fail        a status with an error document, and Retry-After
    Refuse      HTTP 400 as long as the request has a certain field, then what `then` does
    Reset       some text, then the connection is reset
    Stall       some text, then nothing, or a comment now and then, until the client goes
    Raw         these bytes as the body

`server.requests` holds the bodies of the chat requests, `server.headers` their headers, and `server.listed`
counts requests for the list of models. `server.disconnects` counts clients that went before their answer was
complete; it is noticed within milliseconds, and `server.wait_for_disconnects(1)` waits for it. Leaving the
block ends whatever is under way.
"""

from __future__ import annotations

import json
import select
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

LOOK_S = 0.005
"""How often a server that waits looks whether its client is still there."""


@dataclass(frozen=True)
class Say:
    """`text` as a stream of chunks of `piece_chars` characters, `delay_s` before each of them.

    `cut` gives the pieces instead, `reasoning` comes first as `reasoning_content`; `first_delay_s` passes
    before anything, the response's head included, as with a model that reads its prompt. With `usage` None
    the server says none; with `finish_reason` None, or `done` False, it leaves those out.
    """

    text: str = ""
    piece_chars: int = 7
    cut: Sequence[str] | None = None
    delay_s: float = 0.0
    first_delay_s: float = 0.0
    reasoning: str = ""
    usage: tuple[int, int] | None = (11, 7)
    finish_reason: str | None = "stop"
    done: bool = True

    @property
    def pieces(self) -> Sequence[str]:
        """The text as it is sent."""
        if self.cut is not None:
            return self.cut
        return [self.text[at : at + self.piece_chars] for at in range(0, len(self.text), self.piece_chars)]


@dataclass(frozen=True)
class Whole:
    """A completion in one piece."""

    text: str
    usage: tuple[int, int] | None = (11, 7)


@dataclass(frozen=True)
class Fail:
    """An error status. `error` is the document's `error`."""

    status: int
    message: str = "scripted failure"
    retry_after: str | None = None
    error: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True)
class Refuse:
    """HTTP 400 for a request that has `name`; `by_param` says it as OpenAI does, else only the message names
    it."""

    name: str
    then: Behaviour = Say("accepted")
    by_param: bool = True


@dataclass(frozen=True)
class Reset:
    """`text`, then the connection is reset (RST), be there text or not."""

    text: str = ""


@dataclass(frozen=True)
class Stall:
    """`text`, then silence until the client goes; with `trickle_s` a comment every so many seconds."""

    text: str = ""
    trickle_s: float | None = None


@dataclass(frozen=True)
class Raw:
    """A body, byte for byte."""

    body: bytes
    content_type: str = "text/event-stream"
    status: int = 200


Behaviour = Say | Whole | Fail | Refuse | Reset | Stall | Raw | Callable[[dict[str, Any]], "Behaviour"]


class ScriptedLLMServer:
    """See the module. `models` are the entries of the list, as strings or whole objects; None answers 404."""

    def __init__(
        self,
        script: Sequence[Behaviour] = (Say("Hello."),),
        *,
        models: Sequence[str | Mapping[str, Any]] | None = ("scripted",),
    ) -> None:
        self._lock = threading.Condition()
        self._script = list(script)
        self._at = 0
        self.models = models
        self.requests: list[dict[str, Any]] = []
        self.headers: list[dict[str, str]] = []
        self.listed = 0
        self.disconnects = 0
        self.closing = threading.Event()
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self._server.scripted = self
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)

    @property
    def url(self) -> str:
        """The base URL, with its `/v1`."""
        return f"http://127.0.0.1:{self._server.server_port}/v1"

    @property
    def script(self) -> list[Behaviour]:
        """What is played."""
        return self._script

    @script.setter
    def script(self, script: Sequence[Behaviour]) -> None:
        with self._lock:
            self._script, self._at = list(script), 0

    def next_behaviour(self, body: dict[str, Any], headers: Mapping[str, str]) -> Behaviour:
        """Record a request and say what to do with it."""
        with self._lock:
            self.requests.append(body)
            self.headers.append(dict(headers))
            behaviour = self._script[min(self._at, len(self._script) - 1)]
            self._at += 1
            self._lock.notify_all()
        while not isinstance(behaviour, Say | Whole | Fail | Refuse | Reset | Stall | Raw):
            behaviour = behaviour(body)
        return behaviour

    def count_disconnect(self) -> None:
        """A client is gone."""
        with self._lock:
            self.disconnects += 1
            self._lock.notify_all()

    def wait_for_disconnects(self, count: int, timeout_s: float = 10.0) -> bool:
        """Whether so many clients have gone in time."""
        with self._lock:
            return self._lock.wait_for(lambda: self.disconnects >= count, timeout_s)

    def wait_for_requests(self, count: int, timeout_s: float = 10.0) -> bool:
        """Whether so many chat requests have come in time."""
        with self._lock:
            return self._lock.wait_for(lambda: len(self.requests) >= count, timeout_s)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.closing.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class _Server(ThreadingHTTPServer):
    daemon_threads = False  # so that closing waits for the answers under way, which `closing` ends
    scripted: ScriptedLLMServer

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Clients that go are what is tested."""


class _Gone(Exception):
    """The client has closed its connection, or the server is closing."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Be quiet."""

    def do_GET(self) -> None:
        scripted = self.server.scripted
        scripted.listed += 1
        if scripted.models is None or not self.path.endswith("/models"):
            self._document(404, {"error": {"message": "not found"}})
            return
        entries = [{"id": one, "object": "model"} if isinstance(one, str) else one for one in scripted.models]
        self._document(200, {"object": "list", "data": entries})

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        behaviour = self.server.scripted.next_behaviour(body, dict(self.headers.items()))
        try:
            self._play(behaviour, body)
        except (_Gone, OSError):
            self.close_connection = True
            if not self.server.scripted.closing.is_set():
                self.server.scripted.count_disconnect()

    def _play(self, behaviour: Behaviour, body: dict[str, Any]) -> None:
        match behaviour:
            case Say():
                self._say(behaviour)
            case Whole(text, usage):
                choice = {
                    "index": 0,
                    "message": {"role": "assistant", "content": text},
                    "finish_reason": "stop",
                }
                self._document(200, {"object": "chat.completion", "choices": [choice], **_usage(usage)})
            case Fail(status, message, retry_after, error):
                headers = {} if retry_after is None else {"Retry-After": retry_after}
                self._document(status, {"error": {"message": message, **error}}, headers)
            case Refuse(name, then, by_param):
                if name in body:
                    param = {"param": name, "code": "unsupported_parameter"} if by_param else {}
                    message = f"Unsupported parameter: '{name}' is not supported with this model."
                    self._document(400, {"error": {"message": message, **param}})
                else:
                    self._play(then, body)
            case Reset(text):
                self._begin()
                self._chunks(text)
                self._wait(0.02)  # for the text to arrive: what is not yet sent is lost with a reset
                self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                self.connection.close()  # rfile and wfile hold the socket: the reset goes out with them
                self.close_connection = True
            case Stall(text, trickle_s):
                self._begin()
                self._chunks(text)
                while True:
                    self._wait(trickle_s or 3600.0)
                    self._write(b": still here\n\n")
            case Raw(content, content_type, status):
                self._begin(content_type, status)
                self._write(content)
                self._end()
            case _:
                raise TypeError(f"{behaviour!r} is no behaviour")

    def _say(self, behaviour: Say) -> None:
        self._wait(behaviour.first_delay_s)
        self._begin()
        self._event(_chunk({"role": "assistant", "content": ""}))
        if behaviour.reasoning:
            self._event(_chunk({"reasoning_content": behaviour.reasoning}))
        for piece in behaviour.pieces:
            self._wait(behaviour.delay_s)
            self._event(_chunk({"content": piece}))
        if behaviour.finish_reason is not None:
            self._event(_chunk({}, behaviour.finish_reason))
        if behaviour.usage is not None:
            self._event({"object": "chat.completion.chunk", "choices": [], **_usage(behaviour.usage)})
        if behaviour.done:
            self._write(b"data: [DONE]\n\n")
        self._end()

    def _chunks(self, text: str) -> None:
        for piece in Say(text).pieces:
            self._event(_chunk({"content": piece}))

    def _begin(self, content_type: str = "text/event-stream", status: int = 200) -> None:
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()

    def _event(self, document: Mapping[str, Any]) -> None:
        self._wait(0.0)
        self._write(b"data: " + json.dumps(document).encode() + b"\n\n")

    def _write(self, content: bytes) -> None:
        self.wfile.write(f"{len(content):x}\r\n".encode() + content + b"\r\n")

    def _end(self) -> None:
        self.wfile.write(b"0\r\n\r\n")

    def _document(self, status: int, document: object, headers: Mapping[str, str] | None = None) -> None:
        content = json.dumps(document).encode()
        self.send_response(status)
        for name, value in {**(headers or {}), "Content-Type": "application/json"}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def _wait(self, seconds: float) -> None:
        """Pass the time; raises `_Gone` as soon as the client has gone."""
        until = time.monotonic() + seconds
        while True:
            readable, _, _ = select.select([self.connection], [], [], 0)
            if readable and not self.connection.recv(1, socket.MSG_PEEK):
                raise _Gone
            if self.server.scripted.closing.is_set():
                raise _Gone
            if time.monotonic() >= until:
                return
            time.sleep(LOOK_S)


def _chunk(delta: Mapping[str, Any], finish_reason: str | None = None) -> dict[str, Any]:
    choice = {"index": 0, "delta": delta, "finish_reason": finish_reason}
    return {"id": "chatcmpl-1", "object": "chat.completion.chunk", "model": "scripted", "choices": [choice]}


def _usage(usage: tuple[int, int] | None) -> dict[str, Any]:
    if usage is None:
        return {}
    prompt, completion = usage
    numbers = {"prompt_tokens": prompt, "completion_tokens": completion, "total_tokens": prompt + completion}
    return {"usage": numbers}


def collected(pieces: Iterator[str], into: list[str]) -> None:
    """Append every piece to `into`, so that what came before an error can be looked at."""
    for piece in pieces:
        into.append(piece)  # noqa: PERF402


__all__ = ["Fail", "Raw", "Refuse", "Reset", "Say", "ScriptedLLMServer", "Stall", "Whole", "collected"]
