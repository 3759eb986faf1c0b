"""HTTP connections to a model that another thread can cut, at any moment and in every phase.

Closing a socket does not wake a thread that reads from it; shutting it down does. A request's socket is
learned from the HTTP library's `trace` extension as soon as it is connected, hence before the server says
anything: a model that is still reading a long prompt is let go too. Each request has a connection of its own,
since a kept one would be connected before the trace begins; that costs a handshake an answer.
"""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any

import openai

from ingest.openai_errors import translate_openai_errors
from service.openai_stream import WHAT


class Lifeline:
    """One request's connection, to be cut from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._socket: socket.socket | None = None
        self._cut = False

    def cut(self) -> None:
        """End the connection: whoever reads from it gets an error. Twice does nothing."""
        with self._lock:
            self._cut = True
            self._shut_down()

    def trace(self, event: str, info: dict[str, Any]) -> None:
        """The HTTP library's report. A connection, or its TLS layer, is what completes with a stream."""
        stream = info.get("return_value")
        ask = getattr(stream, "get_extra_info", None)
        if ask is None or not event.endswith(".complete"):
            return
        found = ask("socket")
        with self._lock:
            if isinstance(found, socket.socket):
                self._socket = found
            if self._cut:
                self._shut_down()

    def _shut_down(self) -> None:
        if self._socket is not None:
            # Not SSLSocket's own method, which drops the session that the reader is using.
            with suppress(OSError):  # closed by now, or handed on to its TLS layer
                socket.socket.shutdown(self._socket, socket.SHUT_RDWR)


class CuttableClient(openai.DefaultHttpxClient):
    """The openai client's HTTP client, with a lifeline for the requests of a thread that asks for one."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._of_thread = threading.local()

    @contextmanager
    def held_by(self, lifeline: Lifeline) -> Iterator[None]:
        """Requests that this thread begins in the block hang on `lifeline`, as long as their responses last."""
        self._of_thread.lifeline = lifeline
        try:
            yield
        finally:
            del self._of_thread.lifeline

    def send(self, request: Any, **options: Any) -> Any:
        """See the HTTP library."""
        lifeline = getattr(self._of_thread, "lifeline", None)
        if lifeline is not None:
            request.extensions["trace"] = lifeline.trace
        return super().send(request, **options)


class ModelConnection:
    """The openai client, its own retries off, speaking to one address. Threads may share it."""

    def __init__(self, *, base_url: str, api_key: str, connect_s: float, read_s: float) -> None:
        """Nothing is sent yet.

        Args:
            base_url: with its `/v1`.
            api_key: what the server asks for; a server that asks for none still gets some value.
            read_s: silence of the connection that ends it, as a last resort behind the reader's own deadlines.
        """
        self._key = api_key
        self._http = CuttableClient()
        self._client = openai.OpenAI(
            api_key=api_key,
            base_url=base_url,
            timeout=openai.Timeout(read_s, connect=connect_s, pool=None),
            max_retries=0,
            default_headers={"Connection": "close"},
            http_client=self._http,
        )

    @contextmanager
    def chat(self, fields: Mapping[str, Any], lifeline: Lifeline) -> Iterator[Any]:
        """The HTTP response to a chat completion that is to be streamed, its body unread.

        Raises, also for what goes wrong while the block reads the body:
            UpstreamUnavailable, RateLimited, UpstreamRefused: as `translate_openai_errors` says.
        """
        with translate_openai_errors(WHAT, hidden=self._key), self._http.held_by(lifeline):
            create: Any = self._client.chat.completions.with_raw_response.create
            response = create(**fields, stream=True).http_response
            try:
                yield response
            finally:
                response.close()

    def error_event(self, error: Any, response: Any) -> openai.APIError:
        """What a server reports inside a stream, as the client's exception."""
        message = error.get("message") if isinstance(error, dict) else error
        return openai.APIError(str(message), response.request, body=error)

    def models(self, within_s: float) -> Any:
        """The JSON document of `GET /models`. Raises as `chat` does."""
        lifeline = Lifeline()
        timer = threading.Timer(within_s, lifeline.cut)
        timer.daemon = True
        timer.start()
        try:
            with translate_openai_errors(WHAT, hidden=self._key), self._http.held_by(lifeline):
                return self._client.get("/models", cast_to=object)
        finally:
            timer.cancel()

    def close(self) -> None:
        """Let go of everything."""
        self._client.close()


__all__ = ["CuttableClient", "Lifeline", "ModelConnection"]
