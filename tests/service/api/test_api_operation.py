"""What every route shares: problem documents, request ids, health, and the OpenAPI document."""

from __future__ import annotations

import logging
import re
import subprocess
import sys
from typing import Any

import pytest
from fastapi.testclient import TestClient

from ingest import errors
from service.api.app import create_app
from tests.service.api.fakes import FakeReadiness, FakeServices

QUESTION = {"question": "Why?"}


def every_error() -> list[type[errors.DatelineError]]:
    """Every kind of error in the tree."""
    kinds = [kind for kind in vars(errors).values() if isinstance(kind, type)]
    return [kind for kind in kinds if issubclass(kind, errors.DatelineError)]


@pytest.mark.parametrize("kind", every_error())
def test_every_error_of_the_house_is_a_problem_with_its_own_status(
    client: TestClient, services: FakeServices, kind: type[errors.DatelineError]
) -> None:
    services.error = kind("what happened")
    reply = client.post("/v1/ask", json=QUESTION)
    problem = reply.json()
    assert reply.headers["content-type"] == "application/problem+json"
    assert reply.status_code == problem["status"] == kind.status
    assert problem["type"] == f"urn:dateline:problem:{kind.slug}"
    assert problem["instance"] == "/v1/ask"
    assert problem["request_id"] == reply.headers["x-request-id"]
    assert ("what happened" in problem["detail"]) == (kind.status != 500)


def test_an_unforeseen_error_is_logged_and_not_shown(
    client: TestClient, services: FakeServices, caplog: pytest.LogCaptureFixture
) -> None:
    services.error = ZeroDivisionError("secret detail")
    with caplog.at_level(logging.ERROR, logger="dateline.api"):
        reply = client.post("/v1/ask", json=QUESTION, headers={"X-Request-ID": "abc-1"})
    assert reply.status_code == 500
    assert reply.json()["type"] == "urn:dateline:problem:internal"
    assert "secret" not in reply.text
    assert "ZeroDivisionError: secret detail" in caplog.text
    assert "abc-1" in caplog.text
    assert reply.headers["x-request-id"] == "abc-1"


def test_unknown_paths_and_methods_are_problems(client: TestClient) -> None:
    missing = client.get("/v1/nothing")
    assert (missing.status_code, missing.json()["type"]) == (404, "urn:dateline:problem:not-found")
    assert "/v1/nothing" in missing.json()["detail"]
    wrong = client.get("/v1/ask")
    assert (wrong.status_code, wrong.json()["type"]) == (405, "urn:dateline:problem:method-not-allowed")
    assert wrong.headers["allow"] == "POST"
    assert client.put("/v1/articles").headers["allow"] == "GET, HEAD, POST"
    assert client.post("/v1/articles/0123456789abcdef").headers["allow"] == "DELETE, GET, HEAD"
    assert client.get("/static/nothing.js").status_code == 404


def test_head_is_answered_as_get_without_the_body(client: TestClient) -> None:
    for path in ("/healthz", "/v1/articles", "/", "/widget.js", "/static/page.css"):
        head, whole = client.head(path), client.get(path)
        assert (head.status_code, head.content) == (200, b""), path
        assert head.headers["content-type"] == whole.headers["content-type"]
        assert head.headers["content-length"] == whole.headers["content-length"]
    assert client.head("/v1/ask").status_code == 405
    assert client.head("/v1/nothing").status_code == 404


def test_a_browser_gets_a_page_for_an_error(client: TestClient) -> None:
    browser = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
    page = client.get("/articles/<script>alert(1)</script>", headers=browser)
    assert page.status_code == 404
    assert page.headers["content-type"].startswith("text/html")
    assert "<script>alert" not in page.text
    assert client.get("/v1/nothing", headers=browser).headers["content-type"] == "application/problem+json"
    assert client.get("/articles/nope").headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("given", ["", "two words", "x" * 200, 'a"b', "<b>"])
def test_a_request_id_that_could_harm_a_log_is_replaced(client: TestClient, given: str) -> None:
    made = client.get("/healthz", headers={"X-Request-ID": given}).headers["x-request-id"]
    assert re.fullmatch(r"[0-9a-f]{32}", made)


def test_a_sane_request_id_is_kept(client: TestClient) -> None:
    for path in ("/healthz", "/v1/nothing", "/static/page.css"):
        reply = client.get(path, headers={"X-Request-ID": "trace:7f.2-b_c"})
        assert reply.headers["x-request-id"] == "trace:7f.2-b_c"
        assert reply.headers["x-content-type-options"] == "nosniff"


def test_health_and_readiness(client: TestClient, services: FakeServices) -> None:
    assert client.get("/healthz").json()["status"] == "ok"
    ready = client.get("/readyz")
    assert ready.status_code == 200
    assert ready.json() == {
        "status": "ready",
        "articles": 1,
        "chunks": 2,
        "generation": 7,
        "embedder": "fake",
        "fingerprint": "fake-1",
        "model": "none",
        "shared_store": "embedded",
    }
    services.readiness = FakeReadiness(shared_store="unreachable")
    degraded = client.get("/readyz")
    assert (degraded.status_code, degraded.json()["status"]) == (200, "ready")
    assert degraded.json()["shared_store"] == "unreachable"
    services.readiness = FakeReadiness(ready=False, detail="the index is being opened")
    unready = client.get("/readyz")
    assert unready.status_code == 503
    assert unready.json()["type"] == "urn:dateline:problem:not-ready"
    assert unready.json()["detail"] == "the index is being opened"
    assert client.get("/healthz").status_code == 200
    assert client.head("/healthz").status_code == 200
    assert client.head("/readyz").status_code == 503


def test_no_other_origin_is_admitted(client: TestClient) -> None:
    reply = client.post("/v1/ask", json=QUESTION, headers={"Origin": "https://elsewhere.example"})
    assert not [name for name in reply.headers if name.startswith("access-control")]


def test_openapi_documents_every_route(client: TestClient) -> None:
    document = client.get("/openapi.json").json()
    schemas = document["components"]["schemas"]
    assert "HTTPValidationError" not in schemas
    operations = [
        (f"{method} {path}", operation)
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    ]
    assert {name for name, _ in operations} == {
        "post /v1/ask",
        "post /v1/search",
        "post /v1/summarize",
        "get /v1/articles",
        "post /v1/articles",
        "get /v1/articles/{article_id}",
        "delete /v1/articles/{article_id}",
        "get /v1/quotes",
        "post /v1/ingest",
        "get /healthz",
        "get /readyz",
        "get /metrics",
        "post /v1/chat/completions",
        "get /v1/models",
        "get /v1/models/{model}",
        "get /v1/suggestions",
        "post /v1/widget/session",
    }
    for name, operation in operations:
        assert operation["summary"], name
        assert operation["description"], name
        assert operation["tags"], name
        for status, reply in operation["responses"].items():
            if status >= "400":
                (media_type, content) = next(iter(reply["content"].items()))
                shape = "OpenAIError" if operation["tags"] == ["openai"] else "Problem"
                expected = "application/json" if shape == "OpenAIError" else "application/problem+json"
                assert media_type == expected, (name, status)
                assert content["schema"] == {"$ref": f"#/components/schemas/{shape}"}
    assert "text/event-stream" in document["paths"]["/v1/ask"]["post"]["responses"]["200"]["content"]
    for reference in re.findall(r'"#/components/schemas/([^"]+)"', client.get("/openapi.json").text):
        assert reference in schemas
    for name in ("AskRequest", "SearchRequest", "Filters", "IngestRequest"):
        assert schemas[name]["additionalProperties"] is False


def test_the_documented_example_is_a_valid_request(client: TestClient) -> None:
    schemas: dict[str, Any] = client.get("/openapi.json").json()["components"]["schemas"]
    assert client.post("/v1/ask", json=schemas["AskRequest"]["examples"][0]).status_code == 200


def test_two_applications_share_nothing() -> None:
    first, second = FakeServices(), FakeServices(readiness=FakeReadiness(ready=False, detail="no"))
    with TestClient(create_app(first)) as one, TestClient(create_app(second)) as two:
        assert one.get("/readyz").status_code == 200
        assert two.get("/readyz").status_code == 503


def test_the_api_needs_no_store_or_model_to_be_imported() -> None:
    code = (
        "import sys, service.api.app; "
        "heavy = {'chromadb', 'llama_index', 'onnxruntime', 'openai', 'service.wiring'} & set(sys.modules); "
        "sys.exit(f'imported {heavy}' if heavy else 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
