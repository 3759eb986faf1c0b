"""What `/readyz` and the gauges say, and that it is the truth."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from ingest.errors import IndexMismatch, RateLimited, UpstreamUnavailable
from service.api.app import create_app
from service.model_limits import CircuitBreaker, ModelLimits
from service.openai_model import OpenAIModel
from service.opening import open_services
from service.readiness import model_state, queue_of, readiness_of
from service.redis_store import RedisStore
from service.settings import ServiceSettings
from service.shelf import Shelf
from service.telemetry import Metrics
from service.wiring import Services
from tests.service.redis_server import PretendedServer, eventually
from tests.service.test_telemetry import samples

HERE = "http://127.0.0.1:8765"


def broken(limits: ModelLimits) -> None:
    """Fail once."""
    with pytest.raises(UpstreamUnavailable), limits.admitted(1):
        raise UpstreamUnavailable("down")


def test_a_model_is_degraded_while_it_is_left_alone() -> None:
    now_s = [0.0]
    limits = ModelLimits(breaker=CircuitBreaker(failures=2, pause_s=30, clock=lambda: now_s[0]))
    model = OpenAIModel("small", base_url="http://127.0.0.1:9/v1", limits=limits)
    assert (model_state(None), model_state(object()), model_state(model)) == ("none", "ok", "ok")
    broken(limits)
    assert model_state(model) == "ok"
    broken(limits)
    assert model_state(model) == "degraded"
    now_s[0] = 31
    assert model_state(model) == "degraded"  # until a call has succeeded
    with limits.admitted(1):
        assert queue_of(model) == (0, 1)
    assert (model_state(model), queue_of(model)) == ("ok", (0, 0))


def test_a_turn_that_does_not_come_is_not_counted_any_more() -> None:
    limits = ModelLimits(concurrency=1, wait_s=0.01)
    with limits.admitted(1), pytest.raises(RateLimited), limits.admitted(1):
        pass
    assert (limits.waiting, limits.writing) == (0, 0)


def test_an_index_of_another_embedder_is_not_ready() -> None:
    def shelf() -> Shelf:
        raise IndexMismatch("built with A, and the embedder is now B")

    found = readiness_of(shelf, "B")
    assert (found.ready, found.generation, found.detail) == (
        False,
        None,
        "built with A, and the embedder is now B",
    )


def test_the_real_thing_says_what_it_is(sample_services: Services) -> None:
    metrics = Metrics()
    metrics.watch(sample_services.ready, sample_services.model_queue)
    client = TestClient(create_app(sample_services, metrics=metrics), base_url=HERE)
    ready = client.get("/readyz").json()
    assert (ready["status"], ready["model"]) == ("ready", "none")
    assert ready["fingerprint"] == sample_services._store.fingerprint
    assert ready["generation"] == sample_services._store.generation
    found = {name: value for (name, labels), value in samples(metrics).items() if not labels}
    assert found["dateline_ready"] == 1
    assert found["dateline_index_generation"] == ready["generation"]
    assert found["dateline_index_articles"] == ready["articles"]
    assert found["dateline_model_waiting"] == found["dateline_model_degraded"] == 0
    assert "dateline_http_requests_in_progress 1.0" in client.get("/metrics").text  # this one


def test_a_shared_store_that_is_gone_is_told_of_and_makes_no_replica_unready(
    sample_services: Services,
) -> None:
    client = TestClient(create_app(sample_services), base_url=HERE)
    assert client.get("/readyz").json()["shared_store"] == "embedded"
    metrics = Metrics()
    metrics.watch(sample_services.ready, sample_services.model_queue)
    try:
        with (
            PretendedServer() as server,
            closing(RedisStore(server.url, timeout_s=0.05, try_again_s=0.02)) as store,
        ):
            sample_services.shared_store = store
            assert client.get("/readyz").json()["shared_store"] == "ok"
            server.silent = True
            reply = client.get("/readyz")
            assert (reply.status_code, reply.json()["status"]) == (200, "ready")
            assert reply.json()["shared_store"] == "unreachable"
            assert samples(metrics)["dateline_shared_store_unreachable", ()] == 1
            assert (
                client.post("/v1/ask", json={"question": "What did Biden say about AUKUS?"}).status_code
                == 200
            )
            server.silent = False
            eventually(lambda: client.get("/readyz").json()["shared_store"] == "ok")
            assert samples(metrics)["dateline_shared_store_unreachable", ()] == 0
    finally:
        sample_services.shared_store = None


def test_an_index_that_is_gone_is_a_503(tmp_path: Path) -> None:
    settings = ServiceSettings(data_dir=tmp_path)
    with open_services(settings, create=True) as services:
        client = TestClient(create_app(services), base_url=HERE)
        assert client.get("/readyz").status_code == 503
        for collection in services._store._client.list_collections():
            services._store._client.delete_collection(collection.name)
        services._library._checked_at = float("-inf")
        reply = client.get("/readyz")
        assert (reply.status_code, "is gone" in reply.json()["detail"]) == (503, True)
