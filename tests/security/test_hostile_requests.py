"""Requests that no honest client sends, over raw sockets to the real server: refused, and others are served."""

from __future__ import annotations

import contextlib
import gzip
import json
import socket
import threading
import time
from collections.abc import Iterator

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from service.wiring import Services
from tests.service.api.serving import served

BOUNDARY = "x"


@pytest.fixture(scope="module")
def address(changing_services: Services) -> Iterator[tuple[str, int]]:
    """Where the real application listens."""
    with served(changing_services) as url:
        host, _, port = url.removeprefix("http://").partition(":")
        yield host, int(port)


@pytest.fixture(scope="module")
def client(real_app: FastAPI) -> TestClient:
    """A caller; what breaks the application breaks the test."""
    return TestClient(real_app, client=("127.0.0.1", 50000), base_url="http://127.0.0.1:8765")


def said(address: tuple[str, int], *pieces: bytes, patience_s: float = 30.0) -> bytes:
    """Everything the server says to these bytes; what it closes early may cut the last of them off. After
    `patience_s` without a word, it is told that no more will come."""
    with socket.create_connection(address, timeout=patience_s) as connection:
        answer = b""
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            for piece in pieces:
                connection.sendall(piece)
        with contextlib.suppress(ConnectionResetError):
            try:
                answer = connection.recv(65536)
            except TimeoutError:
                connection.shutdown(socket.SHUT_WR)
                connection.settimeout(30)
            while piece := connection.recv(65536):
                answer += piece
        return answer


def request(body: bytes = b"", *headers: str, path: str = "/v1/search", method: str = "POST") -> bytes:
    """One request; a length is sent unless the headers say how long it is."""
    lines = [f"{method} {path} HTTP/1.1", "Host: 127.0.0.1", "Connection: close", *headers]
    if not any(line.lower().startswith(("content-length", "transfer-encoding")) for line in headers):
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + body


JSON = "Content-Type: application/json"
CHUNKED = "Transfer-Encoding: chunked"

RAW: dict[str, list[bytes]] = {
    "a chunk without size": [request(b"zz\r\nabc\r\n0\r\n\r\n", JSON, CHUNKED)],
    "a chunk of negative size": [request(b"-1\r\nabc\r\n0\r\n\r\n", JSON, CHUNKED)],
    "a chunk larger than all": [request(b"ffffffffffffffffff\r\nabc", JSON, CHUNKED)],
    "a chunk cut short": [request(b"ff\r\nabc", JSON, CHUNKED)],
    "chunks and a length": [request(b"0\r\n\r\n", JSON, CHUNKED, "Content-Length: 5")],
    "a coding nobody knows": [request(b"abc", JSON, "Transfer-Encoding: gzip")],
    "two lengths": [request(b"abc", JSON, "Content-Length: 3", "Content-Length: 4")],
    "a negative length": [request(b"abc", JSON, "Content-Length: -3")],
    "a length of letters": [request(b"abc", JSON, "Content-Length: three")],
    "a length beyond all": [request(b"abc", JSON, "Content-Length: 99999999999999999999999")],
    "a body cut short": [request(b'{"query": "a', JSON, "Content-Length: 500")],
    "100,000 bytes of header": [request(b"{}", JSON, f"X-Long: {'a' * 100_000}")],
    "10,000 headers": [request(b"{}", JSON, *(f"X-{n}: a" for n in range(10_000)))],
    "a header without end": [b"GET / HTTP/1.1\r\nHost: a\r\nX: ", b"a" * 1_000_000],
    "a path of 100,000 characters": [request(method="GET", path="/" + "a" * 100_000)],
    "a broken header": [b"GET / HTTP/1.1\r\nHost 127.0.0.1\r\n\r\n"],
    "a line break in a header": [request(b"{}", JSON, "X-Request-ID: a\nSet-Cookie: b")],
    "null bytes": [b"\x00" * 1000],
    "another protocol": [b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"a" * 200],
    "no method": [b" / HTTP/1.1\r\n\r\n"],
    "a method nobody knows": [request(method="BREW")],
    "another version": [b"GET / HTTP/9.9\r\nHost: a\r\n\r\n"],
    "two requests in one": [request(b"0\r\n\r\nGET /metrics HTTP/1.1\r\nHost: a\r\n\r\n", JSON, CHUNKED)],
}


@pytest.mark.parametrize("pieces", RAW.values(), ids=RAW.keys())
def test_a_malformed_request_is_refused_and_the_next_is_served(
    address: tuple[str, int], pieces: list[bytes]
) -> None:
    answer = said(address, *pieces, patience_s=0.3)
    statuses = [int(line.split()[1]) for line in answer.split(b"\r\n") if line.startswith(b"HTTP/1.1 ")]
    assert all(400 <= status < 500 for status in statuses), answer[:300]
    assert b"Traceback" not in answer
    assert b"set-cookie" not in answer.lower()
    assert said(address, request(method="GET", path="/healthz")).startswith(b"HTTP/1.1 200")


def test_slow_senders_keep_nobody_waiting(address: tuple[str, int]) -> None:
    """Bodies and headers that come a byte at a time cost a connection each, not a thread."""
    with contextlib.ExitStack() as stack:
        slow = [stack.enter_context(socket.create_connection(address, timeout=30)) for _ in range(200)]
        for number, connection in enumerate(slow):
            whole = request(b'{"query": "harbour"}', JSON)
            connection.sendall(whole[: 20 + number % (len(whole) - 30)])
        for _ in range(5):
            assert said(address, request(method="GET", path="/readyz")).startswith(b"HTTP/1.1 200")
            found = said(address, request(b'{"query": "harbour"}', JSON))
            assert found.startswith(b"HTTP/1.1 200")


def test_a_body_that_grows_for_ever_is_cut_off(address: tuple[str, int]) -> None:
    pieces = [request(b"", JSON, CHUNKED), *([b"10000\r\n" + b"a" * 65536 + b"\r\n"] * 100)]
    answer = said(address, *pieces)
    assert answer.startswith(b"HTTP/1.1 413") or not answer  # reset while it was still sending


def test_other_requests_are_served_while_a_page_is_hard_to_read(
    address: tuple[str, int], changing_services: Services
) -> None:
    from tests.security.hostile import many_attributes

    reports: list[object] = []
    page = many_attributes(15_000).encode()
    thread = threading.Thread(target=lambda: reports.append(changing_services.add("hard.html", page)))
    thread.start()
    time.sleep(0.1)
    assert said(address, request(b'{"query": "harbour"}', JSON)).startswith(b"HTTP/1.1 200")
    thread.join()
    assert reports


DEEP = "[" * 100_000
BODIES: dict[str, bytes] = {
    "nothing": b"",
    "nested lists": DEEP.encode(),
    "a nested field": f'{{"query": {DEEP}'.encode(),
    "a closed nest": b'{"query": ' + b"[" * 5_000 + b"]" * 5_000 + b"}",
    "a long number": b'{"query": "a", "limit": ' + b"9" * 100_000 + b"}",
    "a number beyond all": b'{"query": "a", "limit": 1e999}',
    "no number": b'{"query": "a", "limit": NaN}',
    "no UTF-8": b'{"query": "\xff\xfe"}',
    "half a surrogate pair": b'{"query": "\\ud800"}',
    "a null byte": b'{"query": "a\x00"}',
    "an escaped null": b'{"query": "\\u0000"}',
    "UTF-16": '{"query": "a"}'.encode("utf-16"),
    "a byte order mark": b'\xef\xbb\xbf{"query": "a"}',
    "an unknown field": b'{"query": "a", "__proto__": {"x": 1}}',
    "many fields": json.dumps({"query": "a", **{f"f{n}": n for n in range(20_000)}}).encode(),
    "a compressed body": gzip.compress(b'{"query": "a"}'),
    "a list of objects": b"[{}]",
    "a word": b'"query"',
    "too large": b'{"query": "' + b"a" * 1_100_000 + b'"}',
    "bidi controls": '{"query": "\u202e\u2066\u2069"}'.encode(),
    "two equal keys": b'{"query": "a", "query": "harbour"}',
}
ROUTES = ("/v1/search", "/v1/ask", "/v1/summarize", "/v1/articles", "/v1/feedback", "/v1/chat/completions")
TYPES = (
    "application/json",
    "application/json; charset=utf-7",
    "text/plain",
    "multipart/form-data",
    "",
    "a/b;;;=",
)


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES.keys())
@pytest.mark.parametrize("path", ROUTES)
def test_a_body_of_any_kind_is_an_answer_or_a_refusal(client: TestClient, path: str, body: bytes) -> None:
    for media_type in TYPES if len(body) < 100 else TYPES[:1]:
        response = client.post(path, content=body, headers={"content-type": media_type})
        assert response.status_code < 500, (media_type, response.text[:300])
        assert len(response.content) < 2_000_000  # 20,000 unknown fields are named one by one
    encoded = client.post(path, content=body, headers={"content-type": TYPES[0], "content-encoding": "gzip"})
    assert encoded.status_code < 500


def form(*parts: tuple[str, bytes]) -> bytes:
    """A form with these parts: the header line, and the content."""
    body = b"".join(
        f"--{BOUNDARY}\r\nContent-Disposition: {head}\r\n\r\n".encode("utf-8", "surrogateescape")
        + content
        + b"\r\n"
        for head, content in parts
    )
    return body + f"--{BOUNDARY}--\r\n".encode()


NAMES = [
    "../../etc/passwd.txt",
    "..\\..\\boot.txt",
    "/etc/passwd",
    "C:\\boot.txt",
    "....//....//x.txt",
    "a/../../x.txt",
    "%2e%2e%2fx.txt",
    "a\x00.txt",
    "\u202etxt.md",
    "a\x85b.txt",
    "a." + "b" * 250,
    "a" * 300 + ".txt",
    ".",
    "..",
    "",
    "~/x.txt",
    "a.txt/",
    "CON.txt",
    "a\udcff.txt",
    "x.zip",
    "x.txt.gz",
    "%252e%252e%252fx.txt",
    "．．／．．／x.txt",
    "‥／x.txt",
    "..∕x.txt",
    "cafe\u0301.txt",
    "a\u200b/../x.txt",
]


@pytest.mark.parametrize("name", NAMES, ids=ascii)
def test_a_file_name_leads_nowhere(client: TestClient, changing_services: Services, name: str) -> None:
    words = b"The harbour was closed on Monday, the mayor said."
    sent = form((f'form-data; name="files"; filename="{name}"', words))
    media_type = f"multipart/form-data; boundary={BOUNDARY}"
    responses = [client.post("/v1/articles", content=sent, headers={"content-type": media_type})]
    responses.append(
        client.post("/v1/articles", content=json.dumps({"text": words.decode(), "source": name}))
    )
    for response in responses:
        assert response.status_code in (201, 415, 422), response.text
        for kept in response.json().get("articles", []):
            source = kept["source"]
            assert not source.startswith(("/", "~/etc"))
            assert ".." not in source.split("/")
            assert source.isprintable()
            changing_services.remove(kept["article_id"])


HEADS = [
    'form-data; name="files"; filename="a.txt"; filename="../../b.txt"',
    'form-data; name="files"; filename="a.txt"; filename*=utf-8\'\'..%2f..%2fetc%2fpasswd',
    "form-data; name=\"files\"; filename*=utf-8''%2e%2e%2fx.txt",
    'form-data; name="files"; filename="a.txt\r\nContent-Type: text/html\r\nX: "',
    'form-data; name="files"; filename="a.txt"\r\nContent-Transfer-Encoding: base64',
    'form-data; name="files"; filename="a.html"\r\nContent-Type: multipart/mixed; boundary=y',
    'form-data; name="files"; filename=a.txt',
    'form-data; name="files"; filename="a\\"; filename=\\"../../b.txt"',
    'attachment; name="files"; filename="a.txt"',
    'form-data; name="files\x00"; filename="a.txt"',
]


@pytest.mark.parametrize("head", HEADS, ids=lambda head: ascii(head[10:60]))
def test_an_odd_part_is_a_file_of_a_plain_name_or_refused(
    client: TestClient, changing_services: Services, head: str
) -> None:
    sent = form((head, b"The harbour was closed on Monday, the mayor said."))
    media_type = f"multipart/form-data; boundary={BOUNDARY}"
    response = client.post("/v1/articles", content=sent, headers={"content-type": media_type})
    assert response.status_code in (201, 400, 415, 422), response.text
    for kept in response.json().get("articles", []):
        assert "/" not in kept["source"]
        assert kept["source"].isprintable()
        changing_services.remove(kept["article_id"])


FORMS: dict[str, tuple[str, bytes]] = {
    "no boundary": ("multipart/form-data", form()),
    "another boundary": (
        "multipart/form-data; boundary=y",
        form(('form-data; name="files"; filename="a.txt"', b"a")),
    ),
    "no end": ("multipart/form-data; boundary=x", b"--x\r\nContent-Disposition: form-data"),
    "no name": ("multipart/form-data; boundary=x", form(("form-data", b"a"))),
    "no file": ("multipart/form-data; boundary=x", form(('form-data; name="files"', b"a"))),
    "a long field": ("multipart/form-data; boundary=x", form(('form-data; name="files"', b"a" * 200_000))),
    "2,000 files": (
        "multipart/form-data; boundary=x",
        form(*[('form-data; name="files"; filename="a.txt"', b"a")] * 2_000),
    ),
    "a long header": (
        "multipart/form-data; boundary=x",
        form((f'form-data; name="{"a" * 100_000}"; filename="a.txt"', b"a")),
    ),
    "a long boundary": (f"multipart/form-data; boundary={'b' * 10_000}", b"--b"),
    "a file too large": (
        "multipart/form-data; boundary=x",
        form(('form-data; name="files"; filename="a.txt"', b"a" * 1_200_000)),
    ),
    "binary": ("multipart/form-data; boundary=x", bytes(range(256)) * 100),
}


@pytest.mark.parametrize(("media_type", "body"), FORMS.values(), ids=FORMS.keys())
def test_a_form_of_any_kind_is_refused(client: TestClient, media_type: str, body: bytes) -> None:
    response = client.post("/v1/articles", content=body, headers={"content-type": media_type})
    assert 400 <= response.status_code < 500, response.text
    assert response.headers["content-type"] == "application/problem+json"
    assert len(response.content) < 20_000


PATHS = [
    "/static/../../../etc/passwd",
    "/static/%2e%2e/%2e%2e/app.py",
    "/static/..%2f..%2fapp.py",
    "/static//etc/passwd",
    "/static/%00",
    "/static/%252e%252e/app.py",
    "/static/%c0%ae%c0%ae/app.py",
    "/static/..%5capp.py",
    "/static/./../app.py",
    "/articles/..%2f..%2f..%2fetc%2fpasswd",
    "/v1/articles/..%2f..%2fetc%2fpasswd",
    "/v1/articles/%ff%fe",
    "/v1/articles/%00",
    "/widget/words/../../../app.py",
    "/widget/words/..%2f..%2f..%2fapp.py.json",
    "/articles/" + "a" * 5_000,
]


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path[:40])
def test_a_path_leads_nowhere(address: tuple[str, int], path: str) -> None:
    """Over a socket, since clients tidy paths up."""
    answer = said(address, request(method="GET", path=path))
    assert 400 <= int(answer.split()[1]) < 500
    assert b"root:" not in answer
    assert b"create_app" not in answer
