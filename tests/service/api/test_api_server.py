"""Over a real connection: events arrive as they happen, and work stops when the reader hangs up."""

from __future__ import annotations

import socket
from typing import Any

import httpx
import pytest

from tests.service.api.fakes import FakeServices
from tests.service.api.serving import served

ASK: dict[str, Any] = {"question": "Why?", "stream": True}


@pytest.mark.parametrize(("path", "body"), [("/v1/ask", ASK), ("/v1/ingest", {"paths": ["/srv/news"]})])
def test_work_stops_when_the_reader_hangs_up(path: str, body: dict[str, Any]) -> None:
    services = FakeServices(endless=True)
    with served(services) as address:
        with httpx.stream("POST", address + path, json=body) as reply:
            assert reply.status_code == 200
            seen = ""
            for piece in reply.iter_text():
                seen += piece
                if seen.count("event: ") >= 3:
                    break
        assert services.closed.wait(20)
        assert httpx.get(f"{address}/healthz").status_code == 200


@pytest.mark.parametrize(
    "request_bytes",
    [
        pytest.param(
            b"POST /v1/articles HTTP/1.1\r\nHost: here\r\nContent-Type: multipart/form-data; boundary=x\r\n"
            b"Content-Length: 99999999\r\n\r\n--x\r\n",
            id="declared",
        ),
        pytest.param(
            b"POST /v1/ask HTTP/1.1\r\nHost: here\r\nContent-Type: application/json\r\n"
            b"Transfer-Encoding: chunked\r\n\r\n" + (b"10000\r\n" + b" " * 0x10000 + b"\r\n") * 16,
            id="of-unsaid-length",
        ),
    ],
)
def test_a_body_that_is_too_large_is_not_waited_for(request_bytes: bytes) -> None:
    """The request has not ended when the refusal comes."""
    with served(FakeServices()) as address:
        host, _, port = address.removeprefix("http://").partition(":")
        with socket.create_connection((host, int(port)), timeout=20) as connection:
            connection.sendall(request_bytes)
            assert connection.recv(1024).startswith(b"HTTP/1.1 413 ")
