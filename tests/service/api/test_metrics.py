"""`/metrics`, and what the server counts of its requests: by template, not by path."""

from __future__ import annotations

import pytest
from fastapi.testclient import TestClient

from ingest.errors import IndexMissing
from service.api.app import create_app
from service.telemetry import Metrics
from tests.service.api.fakes import FakeServices
from tests.service.test_telemetry import answer, samples

HERE = "http://127.0.0.1:8765"
QUESTION = {"question": "Why?"}


def counted(metrics: Metrics) -> dict[tuple[str, ...], float]:
    """Requests by method, route and status."""
    return {
        labels: value
        for (name, labels), value in samples(metrics).items()
        if name == "dateline_http_requests_total"
    }


@pytest.fixture
def metrics() -> Metrics:
    return Metrics()


@pytest.fixture
def counting(services: FakeServices, metrics: Metrics) -> TestClient:
    """A client of a server that counts in `metrics`."""
    return TestClient(create_app(services, metrics=metrics), base_url=HERE)


def test_metrics_are_prometheus_text(counting: TestClient, metrics: Metrics) -> None:
    metrics.observe_answer(answer(2))
    reply = counting.get("/metrics")
    assert reply.status_code == 200
    assert reply.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    assert "# TYPE dateline_answers_total counter" in reply.text
    assert 'dateline_answers_total{engine="llm",status="answered"} 1.0' in reply.text
    assert "process_resident_memory_bytes" in reply.text
    assert counted(metrics) == {("GET", "/metrics", "200"): 1}


def test_requests_are_counted_by_template_method_and_status(counting: TestClient, metrics: Metrics) -> None:
    for path in ("/v1/articles/one", "/v1/articles/two.txt", "/v1/articles/a/b/c"):
        counting.get(path)
    for path in ("/nowhere", "/wp-admin/../x", "/v1/nothing"):
        counting.get(path)
    counting.get("/static/page.css")
    counting.get("/static/nothing.js")
    counting.get("/v1/ask")
    counting.post("/v1/ask", json=QUESTION)
    counting.request("BREW", "/healthz")
    counting.head("/v1/articles/one")
    assert counted(metrics) == {
        ("GET", "/v1/articles/{article_id:path}", "404"): 3,
        ("GET", "unmatched", "404"): 3,
        ("GET", "/static", "200"): 1,
        ("GET", "/static", "404"): 1,
        ("GET", "/v1/ask", "405"): 1,
        ("POST", "/v1/ask", "200"): 1,
        ("other", "/healthz", "405"): 1,
        ("HEAD", "/v1/articles/{article_id:path}", "404"): 1,
    }


def test_failures_and_refusals_are_counted_as_what_was_sent(services: FakeServices, metrics: Metrics) -> None:
    app = create_app(services, metrics=metrics, hosts=frozenset({"127.0.0.1"}))
    client = TestClient(app, base_url=HERE)
    for error in (IndexMissing("nothing"), ZeroDivisionError("unforeseen")):
        services.error = error
        client.post("/v1/ask", json=QUESTION)
    client.get("/healthz", headers={"Host": "elsewhere.example"})
    assert counted(metrics) == {
        ("POST", "/v1/ask", "409"): 1,
        ("POST", "/v1/ask", "500"): 1,
        ("GET", "unmatched", "421"): 1,
    }


def test_a_stream_counts_once_when_it_has_ended(counting: TestClient, metrics: Metrics) -> None:
    with counting.stream("POST", "/v1/ask", json={**QUESTION, "stream": True}) as reply:
        reply.read()
    found = samples(metrics)
    assert found["dateline_http_requests_total", ("POST", "/v1/ask", "200")] == 1
    assert found["dateline_http_request_seconds_count", ("POST", "/v1/ask")] == 1


def test_a_server_that_was_given_none_still_counts_its_requests(client: TestClient) -> None:
    client.get("/healthz")
    shown = client.get("/metrics").text
    assert 'dateline_http_requests_total{method="GET",route="/healthz",status="200"} 1.0' in shown
    assert 'dateline_answers_total{engine="extractive",status="answered"} 0.0' in shown
