"""`dateline serve` as a process, with keys: what arrives over the wire to get past them, or into another's reply."""

from __future__ import annotations

import contextlib
import os
import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from service.api_keys import SCOPES, new_key

ROOT = Path(__file__).resolve().parents[2]
MARK = "smuggled-4711"


@dataclass(frozen=True)
class Server:
    """Where it listens, and the secret of its one key, which opens everything."""

    port: int
    secret: str

    @property
    def host(self) -> str:
        """What a client that means this server writes into `Host`."""
        return f"127.0.0.1:{self.port}"

    def said(self, sent: bytes, patience_s: float = 0.5) -> bytes:
        """Everything the server says to these bytes. After `patience_s` without a word, it is told that no more will
        come."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=60) as connection:
            answer = b""
            with contextlib.suppress(BrokenPipeError, ConnectionResetError):
                connection.sendall(sent)
                connection.settimeout(patience_s)
                while True:
                    try:
                        piece = connection.recv(65536)
                    except TimeoutError:
                        connection.shutdown(socket.SHUT_WR)
                        connection.settimeout(60)
                        continue
                    if not piece:
                        break
                    answer += piece
            return answer

    def status(self, target: str, *headers: str, method: str = "GET", body: bytes = b"") -> int:
        """The status of one request without a key, whose `Host` is right unless the headers say otherwise."""
        return self.ask(target, *headers, method=method, body=body)[0]

    def ask(self, target: str, *headers: str, method: str = "GET", body: bytes = b"") -> tuple[int, bytes]:
        """The same, with the whole reply."""
        lines = [f"{method} {target} HTTP/1.1", "Connection: close", f"Content-Length: {len(body)}", *headers]
        if not any(line.lower().startswith("host:") for line in headers):
            lines.append(f"Host: {self.host}")
        sent = "\r\n".join([*lines, "", ""]).encode("utf-8", "surrogateescape") + body
        answer = self.said(sent, patience_s=30)
        assert b"Traceback" not in answer
        return int(answer.split(None, 2)[1]), answer


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server of an empty archive."""
    folder = tmp_path_factory.mktemp("server")
    secret, key = new_key("all", SCOPES)
    environment = {name: value for name, value in os.environ.items() if not name.startswith("DATELINE_")}
    environment |= {
        "PYTHONPATH": str(ROOT),
        "DATELINE_API_KEYS": key.entry(),
        "DATELINE_ADDRESS_LIMITS": "none",
        "DATELINE_ALLOWED_ORIGINS": "https://news.example",
    }
    with (
        (folder / "log").open("wb") as log_file,
        subprocess.Popen(
            [sys.executable, "-m", "service.cli", "serve", "--port", "0"],
            cwd=folder,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=log_file,
            text=True,
        ) as process,
    ):
        try:
            assert process.stdout is not None
            announced = process.stdout.readline()
            found = re.search(r"http://127\.0\.0\.1:(\d+)", announced)
            assert found, (folder / "log").read_text()
            yield Server(int(found[1]), secret)
        finally:
            process.terminate()
            process.wait(timeout=60)
    log = (folder / "log").read_text(encoding="utf-8")
    assert "Traceback" not in log
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e]", log)


HIDDEN = f"GET /metrics HTTP/1.1\r\nHost: HOST\r\nX-Request-ID: {MARK}\r\n\r\n"
CHUNKED = "0\r\n\r\n"
SMUGGLING: dict[str, tuple[list[str], str]] = {
    "chunks and a length": (["Transfer-Encoding: chunked", "Content-Length: 4"], CHUNKED),
    "a length and chunks": (["Content-Length: 4", "Transfer-Encoding: chunked"], CHUNKED),
    "two lengths": (["Content-Length: 0", "Content-Length: 5"], ""),
    "a list of lengths": (["Content-Length: 0, 5"], ""),
    "a signed length": (["Content-Length: +0"], ""),
    "a hexadecimal length": (["Content-Length: 0x0"], ""),
    "an underscored length": (["Content-Length: 0_0"], ""),
    "a space before the colon": (["Content-Length : 0"], ""),
    "chunks, a space before the colon": (["Transfer-Encoding : chunked", "Content-Length: 5"], CHUNKED),
    "chunks by another name": (["Transfer-Encoding: xchunked", "Content-Length: 5"], CHUNKED),
    "chunks, then something": (["Transfer-Encoding: chunked, identity", "Content-Length: 5"], CHUNKED),
    "chunks behind a tab": (["Transfer-Encoding:\x0bchunked", "Content-Length: 5"], CHUNKED),
    "chunks on a folded line": (["Transfer-Encoding:", " chunked", "Content-Length: 5"], CHUNKED),
    "chunks twice": (["Transfer-Encoding: chunked", "Transfer-Encoding: identity"], CHUNKED),
    "a header's line break": (["X-A: b\rTransfer-Encoding: chunked", "Content-Length: 5"], CHUNKED),
    "a null in a name": (["Content\x00-Length: 0"], ""),
    "a chunk with an extension": (["Transfer-Encoding: chunked"], '0;a="\r\n\r\n'),
    "a chunk that ends with a line feed": (["Transfer-Encoding: chunked"], "0\n\n"),
}


@pytest.mark.parametrize(("headers", "body"), SMUGGLING.values(), ids=SMUGGLING.keys())
def test_no_request_hides_in_another(server: Server, headers: list[str], body: str) -> None:
    """A proxy that reads the length otherwise than the server would let the hidden one through. Either the whole is
    refused, or the connection ends after one reply, or both requests are plain to see for every reader of HTTP/1.1;
    then the hidden one still shows no key."""
    lines = ["POST /v1/search HTTP/1.1", f"Host: {server.host}", *headers, "", ""]
    hidden = HIDDEN.replace("HOST", server.host)
    answer = server.said(("\r\n".join(lines) + body + hidden).encode("latin-1"))
    statuses = [int(found) for found in re.findall(rb"HTTP/1\.1 (\d{3})", answer)]
    assert all(400 <= status < 500 for status in statuses), answer[:500]
    assert b"dateline_http" not in answer
    if MARK.encode() in answer:
        assert body.startswith("0;a="), answer[:500]


CLOSED = ["/v1/articles", "/metrics", "/v1/models", "/v1/quotes"]
DISGUISES = [
    "/v1//articles", "//v1/articles", "/V1/articles", "/v1/articles/", "/v1/articles%2f", "/%76%31/articles",
    "/v1/./articles", "/x/../v1/articles", "/widget/../v1/articles", "/static/../v1/articles", "/v1/articles;a=b",
    "/v1%2farticles", "/v1\\articles", "/v1/articles%00", "/v1/articles%0a", "/v1/articles#x", "/healthz/../metrics",
    "/metrics/", "//metrics", "/Metrics", "/metrics%20", "/metrics%3f", "/./metrics", "/%6d%65trics", "/v1/..;/metrics",
    "/healthz%2f..%2fmetrics", "/v1/ask/../articles", "/v1/widget/session/../../articles", "*",
]  # fmt: skip


@pytest.mark.parametrize("target", [*CLOSED, *DISGUISES])
def test_no_other_spelling_of_a_path_needs_no_key(server: Server, target: str) -> None:
    status, answer = server.ask(target)
    if target == "/metrics/":  # leads to the closed one
        assert status == 307
        assert f"location: http://{server.host}/metrics\r\n".encode() in answer
    else:
        assert status in (400, 401, 404, 405), answer[:300]
    assert b"dateline_http" not in answer
    assert b'"articles":' not in answer


@pytest.mark.parametrize(
    "target",
    [
        "http://127.0.0.1/v1/articles",
        "http://evil.example/metrics",
        "https://a:b@c/metrics",
        "evil.example:80",
    ],
)
@pytest.mark.parametrize("method", ["GET", "CONNECT", "OPTIONS", "TRACE"])
def test_targets_for_proxies_open_nothing(server: Server, method: str, target: str) -> None:
    status, answer = server.ask(target, method=method)
    assert 400 <= status < 500, answer[:300]
    assert b"dateline_http" not in answer


CLAIMS = [
    "X-Forwarded-For: 127.0.0.1",
    "Forwarded: for=127.0.0.1;host=localhost",
    "X-Real-IP: 127.0.0.1",
    "X-Original-URL: /healthz",
    "X-Rewrite-URL: /healthz",
    "X-HTTP-Method-Override: OPTIONS",
    "X-Dateline-Token: ",
    "X-Dateline-Token: \udcff\udcfe",
    "Authorization: Bearer",
    "Authorization: Bearer \udcff",
    "Authorization: Bearer dateline_",
    "Authorization: Bearer dateline_" + "A" * 43,
    "Authorization: Bearer " + "A" * 30_000,
    "Authorization: Basic YWxsOmFsbA==",
    "Authorization: Bearer eyJhbGciOiJub25lIn0.eyJzY29wZSI6ImFkbWluIn0.",
    "Authorization: Bearer dlw1.e30." + "A" * 43,
    "Cookie: Authorization=Bearer x; session=admin",
    "Upgrade: h2c\r\nConnection: Upgrade, HTTP2-Settings\r\nHTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA",
    "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==",
]


@pytest.mark.parametrize("claim", CLAIMS, ids=lambda claim: ascii(claim[:50]))
@pytest.mark.parametrize("target", ["/v1/articles", "/metrics"])
def test_no_header_stands_in_for_a_key(server: Server, target: str, claim: str) -> None:
    status, answer = server.ask(target, claim)
    refused = 403 if "websocket" in claim else 401  # there are no web sockets, for nobody
    assert status in (400, refused, 431), answer[:300]


def test_of_two_keys_none_is_believed(server: Server) -> None:
    good, bad = f"Authorization: Bearer {server.secret}", "Authorization: Bearer x"
    assert server.status("/v1/models", good) == 200
    for headers in ((good, bad), (bad, good), (good, good)):
        assert server.status("/v1/models", *headers) == 401
    for secret in (server.secret[:-1], server.secret + "A", server.secret.swapcase(), f" {server.secret}x"):
        assert server.status("/v1/models", f"Authorization: Bearer {secret}") == 401


@pytest.mark.parametrize(
    "host",
    [
        "evil.example", "127.0.0.1.evil.example", "localhost.evil.example", "evil.example:80", "a@127.0.0.1",
        "127.0.0.1@evil.example", "127.0.0.1, evil.example", "evil.example#127.0.0.1", "", "[::1].evil.example",
        "0x7f000001", "127.1", "2130706433",
    ],
)  # fmt: skip
def test_names_that_are_made_to_point_here_are_refused(server: Server, host: str) -> None:
    key = f"Authorization: Bearer {server.secret}"
    assert server.status("/v1/models", f"Host: {host}", key) in (400, 421)


def test_the_second_of_two_hosts_is_not_listened_to(server: Server) -> None:
    assert server.status("/", "Host: evil.example", f"Host: {server.host}") in (400, 421)
    _, answer = server.ask("/metrics/", f"Host: {server.host}", "Host: evil.example")
    assert b"evil.example" not in answer


def test_old_clients_are_served_and_get_no_further(server: Server) -> None:
    assert b" 200 " in server.said(f"GET /healthz HTTP/1.0\r\nHost: {server.host}\r\n\r\n".encode())
    assert b" 401 " in server.said(f"GET /v1/models HTTP/1.0\r\nHost: {server.host}\r\n\r\n".encode())
    assert b" 421 " in server.said(b"GET /v1/models HTTP/1.0\r\n\r\n")
    assert b"dateline_http" not in server.said(b"GET /metrics\r\n\r\n")


def test_no_forwarded_name_is_written_into_a_page(server: Server) -> None:
    for header in (
        "X-Forwarded-Host",
        "X-Host",
        "X-Forwarded-Server",
        "X-Forwarded-Prefix",
        "X-Original-Host",
    ):
        status, answer = server.ask("/", f"{header}: evil.example", "X-Forwarded-Proto: evil")
        assert status == 200
        assert b"evil" not in answer


@pytest.mark.parametrize(
    "origin",
    [
        "null", "https://evil.example", "https://news.example.evil.example", "https://evilnews.example",
        "http://news.example", "https://news.example:444", "https://news.example%60.evil.example",
        "https://news.example\udcff", "https://NEWS.example ", "https://news.example, https://evil.example", "*", "",
    ],
    ids=ascii,
)  # fmt: skip
def test_other_sites_pages_get_neither_leave_nor_work(server: Server, origin: str) -> None:
    key = f"Authorization: Bearer {server.secret}"
    for path in ("/v1/ask", "/v1/articles", "/v1/widget/session"):
        status, answer = server.ask(
            path,
            f"Origin: {origin}",
            "Access-Control-Request-Method: POST",
            "Access-Control-Request-Headers: authorization",
            "Access-Control-Request-Private-Network: true",
            method="OPTIONS",
        )
        assert 400 <= status < 500, answer[:300]
        assert b"access-control-allow" not in answer.lower()
        # A form needs no leave to be sent: its request must change nothing.
        for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"):
            status, answer = server.ask(
                path, f"Origin: {origin}", f"Content-Type: {kind}", key, method="POST", body=b'{"text": "x"}'
            )
            assert status == 403, answer[:300]
            assert b"access-control-allow" not in answer.lower()


def test_two_origins_are_no_allowed_one(server: Server) -> None:
    for pair in (
        ("https://news.example", "https://evil.example"),
        ("https://evil.example", "https://news.example"),
    ):
        _, answer = server.ask(
            "/v1/ask",
            *(f"Origin: {one}" for one in pair),
            "Access-Control-Request-Method: POST",
            method="OPTIONS",
        )
        assert b"allow-origin: https://evil" not in answer.lower()
