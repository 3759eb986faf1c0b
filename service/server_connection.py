"""A connection to a Dateline server: JSON and event streams, with what went wrong as Dateline's own errors.

Problem documents become the errors that they came from, and httpx's errors become `UpstreamUnavailable`, so that the
callers (commands beside a running server, the Slack bot, evaluation of a server) know one error tree only.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import httpx

from ingest.errors import UpstreamUnavailable
from service.remote_wire import document_of, error_of, events

ANSWER_TIMEOUT_S = 300.0
"""Between two pieces of a reply. A model may take minutes; an event stream pings every quarter of a minute."""


class ServerConnection:
    """Requests to the server at `url`. Safe to share between threads."""

    def __init__(
        self,
        url: str,
        *,
        headers: Mapping[str, str],
        connect_timeout_s: float,
        lost: str,
        through_proxies: bool,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        """`lost` is the sentence of the error when the server cannot be reached; `transport` is for tests."""
        self._lost = lost
        self._client = httpx.Client(
            base_url=url,
            headers=dict(headers),
            timeout=httpx.Timeout(ANSWER_TIMEOUT_S, connect=connect_timeout_s),
            trust_env=through_proxies,
            transport=transport,
        )

    def json(self, method: str, path: str, **request: Any) -> dict[str, Any]:
        """The JSON object that the server answers with.

        Raises:
            UpstreamUnavailable: it cannot be reached, or does not answer with JSON.
            DatelineError: the one that its problem document tells of.
        """
        reply = self._reply(method, path, **request)
        document = document_of(reply)
        if reply.is_error:
            raise error_of(document, reply)
        return document

    def done(self, method: str, path: str) -> None:
        """A request whose reply has no body that matters. Raises like `json`."""
        reply = self._reply(method, path)
        if reply.is_error:
            raise error_of(document_of(reply), reply)

    def events(self, path: str, body: Mapping[str, Any]) -> Generator[tuple[str, dict[str, Any]]]:
        """The events of a reply by name; an `error` among them is raised. Closing it leaves the stream.

        Raises like `json`.
        """
        with self._translated(), self._client.stream("POST", path, json=body) as reply:
            if reply.is_error:
                reply.read()
                raise error_of(document_of(reply), reply)
            for name, data in events(_lines(reply.iter_text())):
                if name == "error":
                    raise error_of(data)
                yield name, data

    def answers(self, path: str, *, timeout_s: float) -> dict[str, Any] | None:
        """The JSON object of a reply without error that comes within `timeout_s`, else None. Raises nothing."""
        try:
            reply = self._client.get(path, timeout=timeout_s)
            document = reply.json()
        except (httpx.HTTPError, ValueError):
            return None
        return document if reply.status_code == httpx.codes.OK and isinstance(document, dict) else None

    def close(self) -> None:
        """Close it."""
        self._client.close()

    def _reply(self, method: str, path: str, **request: Any) -> httpx.Response:
        with self._translated():
            return self._client.request(method, path, **request)

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except httpx.HTTPError as error:
            raise UpstreamUnavailable(f"{self._lost} ({str(error) or type(error).__name__})") from error


def _lines(pieces: Iterable[str]) -> Iterator[str]:
    """The lines of an event stream. Only LF and CR LF end one: httpx would also end one where an article's words have a
    line separator of Unicode's."""
    rest = ""
    for piece in pieces:
        *whole, rest = (rest + piece).split("\n")
        yield from (line.removesuffix("\r") for line in whole)
    if rest:
        yield rest.removesuffix("\r")
