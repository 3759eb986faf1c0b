"""`POST /v1/ingest`: work handed over on the same machine, and nobody else."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from ingest.errors import IndexMismatch
from service.api.app import create_app
from tests.service.api.fakes import FakeServices, FakeSettings
from tests.service.api.test_api_ask import events_of

WORK: dict[str, Any] = {"paths": ["/srv/news"], "prune": True, "map": {"headline": "title"}}
HOME = "http://127.0.0.1:8765"


def test_progress_comes_first_and_the_report_last(client: TestClient, services: FakeServices) -> None:
    reply = client.post("/v1/ingest", json=WORK)
    assert reply.status_code == 200
    found = events_of(reply.text)
    assert [name for name, _ in found] == ["progress", "progress", "report"]
    assert found[1][1] == {"done": 2, "total": 2, "current": "a.txt", "chunks": 3, "elapsed_s": 0.2}
    assert found[2][1]["added"] == ["a.txt", "b.txt"]
    assert found[2][1]["chunks_embedded"] == 5
    assert services.ingested == [([Path("/srv/news")], True, False, {"headline": "title"})]


def test_an_error_is_an_event(client: TestClient, services: FakeServices) -> None:
    services.error = IndexMismatch("built by another embedder; run `dateline ingest --rebuild`")
    ((name, problem),) = events_of(client.post("/v1/ingest", json=WORK).text)
    assert name == "error"
    assert problem["type"] == "urn:dateline:problem:index-mismatch"
    assert "--rebuild" in problem["detail"]


@pytest.mark.parametrize(
    ("peer", "base"),
    [
        ("192.0.2.7", HOME),
        ("10.0.0.2", HOME),
        ("::ffff:192.0.2.7", HOME),
        ("not-an-address", HOME),
        ("127.0.0.1", "http://rebound.example:8765"),
        ("127.0.0.1", "http://127.0.0.1.rebound.example"),
    ],
)
def test_other_machines_are_refused(services: FakeServices, peer: str, base: str) -> None:
    with TestClient(create_app(services), base_url=base, client=(peer, 1)) as client:
        reply = client.post("/v1/ingest", json=WORK)
    assert reply.status_code == 403
    assert reply.json()["type"] == "urn:dateline:problem:forbidden"
    assert services.ingested == []


@pytest.mark.parametrize("peer", ["127.0.0.1", "127.8.8.8", "::1", "::ffff:127.0.0.1"])
@pytest.mark.parametrize("base", [HOME, "http://localhost:8765", "http://[::1]:8765"])
def test_this_machine_is_admitted(services: FakeServices, peer: str, base: str) -> None:
    with TestClient(create_app(services), base_url=base, client=(peer, 1)) as client:
        assert client.post("/v1/ingest", json=WORK).status_code == 200


@pytest.mark.parametrize(
    "header", ["X-Forwarded-For", "Forwarded", "X-Real-IP", "Via", "Origin", "Sec-Fetch-Site"]
)
def test_proxies_and_browsers_are_refused(client: TestClient, services: FakeServices, header: str) -> None:
    reply = client.post("/v1/ingest", json=WORK, headers={header: "127.0.0.1"})
    assert reply.status_code == 403
    assert services.ingested == []


def test_a_server_without_an_index_of_its_own_takes_no_work() -> None:
    services = FakeServices(settings=FakeSettings(chroma_url="http://chroma.example:8000"))
    with TestClient(create_app(services), base_url=HOME, client=("127.0.0.1", 1)) as client:
        assert client.post("/v1/ingest", json=WORK).status_code == 403


def test_a_token_is_asked_for_where_there_is_one(services: FakeServices) -> None:
    app = create_app(services, ingest_token="s3cret")
    with TestClient(app, base_url=HOME, client=("127.0.0.1", 1)) as client:
        assert client.post("/v1/ingest", json=WORK).status_code == 403
        assert client.post("/v1/ingest", json=WORK, headers={"X-Dateline-Token": "wrong"}).status_code == 403
        assert client.post("/v1/ingest", json=WORK, headers={"X-Dateline-Token": "s3cret"}).status_code == 200


@pytest.mark.parametrize(
    "body", [{"paths": []}, {"paths": ["news"]}, {"paths": ["/a\0b"]}, {**WORK, "watch": True}, {}]
)
def test_wrong_work_is_refused(client: TestClient, services: FakeServices, body: dict[str, Any]) -> None:
    reply = client.post("/v1/ingest", content=json.dumps(body), headers={"Content-Type": "application/json"})
    assert reply.status_code == 422
    assert services.ingested == []
