"""Over a real connection: what a socket can carry that a test client does not, and `dateline serve` with keys."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from service.api_keys import new_key
from tests.service.api.access_samples import ASK, NEWS, from_page
from tests.service.api.fakes import FakeServices
from tests.service.api.serving import served

ARTICLE = "Ferry talks resume\n\nMayor Ida Holm said the ferry would sail again in May.\n"


def exchange(address: str, request: bytes) -> bytes:
    """What the server sends back to these bytes."""
    host, _, port = address.removeprefix("http://").partition(":")
    with socket.create_connection((host, int(port)), timeout=20) as connection:
        connection.sendall(request)
        received = b""
        while b"\r\n\r\n" not in received:
            piece = connection.recv(65536)
            if not piece:
                break
            received += piece
        return received


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """A server without keys or foreign pages."""
    with served(FakeServices()) as found:
        yield found


@pytest.mark.parametrize(
    "name", [b"Authorization: Bearer ", b"Origin: https://", b"X-Forwarded-For: ", b"Cookie: "]
)
@pytest.mark.parametrize("length", [9_000, 200_000])
def test_huge_headers_do_no_harm(address: str, name: bytes, length: int) -> None:
    request = b"POST /v1/widget/session HTTP/1.1\r\nHost: here\r\n" + name + b"a" * length + b"\r\n"
    try:
        status = exchange(address, request + b"Content-Length: 2\r\n\r\n{}")[:12]
    except ConnectionError:  # cut off while it was still being sent
        status = b"HTTP/1.1 400"
    assert status in (b"HTTP/1.1 400", b"HTTP/1.1 403", b"HTTP/1.1 431", b""), status
    assert httpx.get(f"{address}/healthz").status_code == 200


@pytest.mark.parametrize(
    "origin",
    [
        b"https://news.example\r\nAccess-Control-Allow-Origin: *",
        b"https://news.example\rSet-Cookie: a=b",
        b"https://news.example\nSet-Cookie: a=b",
        b"https://news.example\x00",
        b"https://news.example\x85Set-Cookie: a=b",
    ],
)
def test_no_header_of_the_callers_becomes_one_of_the_reply(address: str, origin: bytes) -> None:
    request = (
        b"POST /v1/widget/session HTTP/1.1\r\nHost: here\r\nOrigin: "
        + origin
        + b"\r\nContent-Length: 2\r\n\r\n{}"
    )
    reply = exchange(address, request).partition(b"\r\n\r\n")[0].lower()
    assert reply.startswith((b"http/1.1 400", b"http/1.1 403"))
    assert b"set-cookie" not in reply
    assert b"access-control" not in reply


def test_the_server_does_not_say_what_it_is_made_of(tmp_path: Path) -> None:
    """`dateline serve` with keys, end to end: on every address, closed without a key, open to the command line."""
    archive, data = tmp_path / "archive", tmp_path / "data"
    archive.mkdir()
    (archive / "ferry.txt").write_text(ARTICLE, "utf-8")
    secret, key = new_key("reader", ("read",))
    keys = tmp_path / "keys"
    keys.write_text(key.entry(), "utf-8")
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith(("DATELINE_", "OPENAI_"))
    }
    environment["DATELINE_DATA_DIR"] = str(data)

    def dateline(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "service.cli", *arguments]
        return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120)

    refused = dateline("serve", "--host", "0.0.0.0", "--port", "0")
    assert refused.returncode == 3
    assert "dateline keys new" in refused.stderr.replace("\n", " ")
    environment |= {"DATELINE_API_KEYS": f"file:{keys}", "DATELINE_ALLOWED_ORIGINS": NEWS}
    command = [sys.executable, "-m", "service.cli", "serve", "--host", "0.0.0.0", "--port", "0"]
    server = subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    try:
        assert server.stdout is not None
        url = re.search(r"http://\S+", server.stdout.readline())
        assert url is not None
        ingested = dateline("ingest", str(archive))
        assert ingested.returncode == 0, ingested.stderr
        listed = dateline("articles", "--json")
        assert json.loads(listed.stdout)["total"] == 1
        with httpx.Client(base_url=url.group(), trust_env=False) as client:
            open_to_all = client.get("/healthz")
            assert open_to_all.status_code == 200
            assert "server" not in open_to_all.headers
            assert client.post("/v1/ask", json=ASK).status_code == 401
            assert (
                client.get("/v1/articles", headers={"Authorization": f"Bearer {secret}"}).json()["total"] == 1
            )
            written = client.request(
                "DELETE", "/v1/articles/x", headers={"Authorization": f"Bearer {secret}"}
            )
            assert written.status_code == 403
            session = client.post("/v1/widget/session", json={}, headers=from_page(NEWS)).json()
            assert session["feedback"] is True
            assert session["archive"]["articles"] == 1
            page = from_page(NEWS, session["token"])
            answer = client.post(
                "/v1/ask", json={"question": "What did Ida Holm say about the ferry?"}, headers=page
            )
            assert "sail again in May" in answer.json()["answer"]
            given = {"question": "When?", "answer": "In May.", "verdict": "down"}
            assert client.post("/v1/feedback", json=given, headers=page).status_code == 201
        exported = dateline("feedback", "export", "--format", "jsonl")
        assert json.loads(exported.stdout)["verdict"] == "down"
        assert (data / "widget.key").stat().st_mode & 0o077 == 0
    finally:
        server.send_signal(signal.SIGTERM)
        _, complained = server.communicate(timeout=60)
    assert secret not in complained
    assert session["token"] not in complained
