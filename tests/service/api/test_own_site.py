"""Pages of other sites cannot write to a local server, and other names for it are refused."""

from __future__ import annotations

import pytest
from fastapi.testclient import TestClient

from service.api.app import create_app
from tests.service.api.fakes import FakeServices

LOCAL = frozenset({"localhost", "127.0.0.1", "::1"})


@pytest.fixture
def client() -> TestClient:
    return TestClient(create_app(FakeServices(), hosts=LOCAL), base_url="http://localhost:8765")


@pytest.mark.parametrize("host", ["evil.example", "evil.example:8765", "localhost.evil.example", ""])
def test_a_name_that_is_not_this_servers_is_refused(client: TestClient, host: str) -> None:
    reply = client.get("/v1/articles", headers={"Host": host})
    assert reply.status_code == 421
    assert reply.json()["type"] == "urn:dateline:problem:misdirected-request"


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1:8765", "[::1]:8765"])
def test_its_own_names_are_taken(client: TestClient, host: str) -> None:
    assert client.get("/v1/articles", headers={"Host": host}).status_code == 200


def test_a_request_names_one_host(client: TestClient) -> None:
    reply = client.get("/v1/articles", headers=[("Host", "localhost"), ("Host", "evil.example")])
    assert reply.status_code == 400
    assert reply.json()["type"] == "urn:dateline:problem:several-hosts"


@pytest.mark.parametrize("origin", ["http://evil.example", "http://localhost:9999", "null"])
def test_a_page_of_another_site_may_not_upload_or_delete(client: TestClient, origin: str) -> None:
    files = {"file": ("x.txt", b"words", "text/plain")}
    uploaded = client.post("/v1/articles", files=files, headers={"Origin": origin})
    deleted = client.delete("/v1/articles/0123456789abcdef", headers={"Origin": origin})
    assert (uploaded.status_code, deleted.status_code) == (403, 403)
    assert uploaded.json()["type"] == "urn:dateline:problem:foreign-origin"


def test_its_own_pages_and_programs_may_ask(client: TestClient) -> None:
    question = {"question": "What did Biden say about AUKUS?"}
    assert client.post("/v1/ask", json=question).status_code == 200
    own = client.post("/v1/ask", json=question, headers={"Origin": "http://localhost:8765"})
    assert own.status_code == 200
