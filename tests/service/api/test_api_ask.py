"""`/v1/ask`, `/v1/search` and `/v1/quotes`: what goes in, what comes out, and streams that stop."""

from __future__ import annotations

import json
import logging
import threading
from typing import Any

import anyio
import pytest
from fastapi.testclient import TestClient
from starlette.types import Message

from ingest.articles import ArticleFilter
from ingest.errors import IndexMissing, RateLimited, UpstreamUnavailable
from service.answers import Answer, AttributedQuotation, Passage
from service.api.app import create_app
from service.conversation import Turn
from tests.service.api.fakes import HARBOUR, FakeServices

QUESTION = {"question": "What did Ida Holm say?"}


def events_of(text: str) -> list[tuple[str, Any]]:
    """The named events of a stream, their data decoded."""
    found = []
    for block in text.split("\n\n"):
        fields = dict(line.split(": ", 1) for line in block.splitlines() if ": " in line and line[0] != ":")
        if "data" in fields:
            found.append((fields["event"], json.loads(fields["data"])))
    return found


def test_an_answer_is_the_wire_model_and_cites_verbatim_words(client: TestClient) -> None:
    reply = client.post("/v1/ask", json=QUESTION)
    assert reply.status_code == 200
    answer = Answer.model_validate(reply.json())
    assert answer.question == QUESTION["question"]
    citation = answer.citations[0]
    assert citation.quote == HARBOUR[citation.start : citation.end]
    assert citation.url == f"/articles/{citation.article_id}#c{citation.start}-{citation.end}"


def test_history_filters_and_engine_reach_the_services(client: TestClient, services: FakeServices) -> None:
    reply = client.post(
        "/v1/ask",
        json={
            "question": "  And in May? ",
            "history": [{"role": "user", "content": "What?"}, {"role": "assistant", "content": "That."}],
            "filters": {
                "outlets": ["Harbour Post"],
                "sources": ["a.md", "b.md"],
                "after": "2024-04-01T10:00:00Z",
                "before": "2024-04-30",
            },
            "engine": "llm",
        },
    )
    assert reply.status_code == 200
    call = services.calls[0]
    assert call.question == "And in May?"
    assert call.history == (Turn("user", "What?"), Turn("assistant", "That."))
    assert call.filters == ArticleFilter(
        frozenset({"Harbour Post"}), frozenset({"a.md", "b.md"}), "2024-04-01", "2024-04-30"
    )
    assert call.engine == "llm"


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"question": ""}, "question"),
        ({"question": " \n "}, "question"),
        ({"question": "x" * 2001}, "question"),
        ({"question": 5}, "question"),
        ({"history": [{"role": "user", "content": "x"}] * 41}, "history"),
        ({"history": [{"role": "system", "content": "x"}]}, "history.0.role"),
        ({"filters": {"after": "10/04/2024"}}, "filters.after"),
        ({"filters": {"before": "2024-02-30"}}, "filters.before"),
        ({"filters": {"after": "2024-W15-3"}}, "filters.after"),
        ({"filters": {"after": "2024-05-01", "before": "2024-04-01"}}, "filters"),
        ({"filters": {"outlet": ["x"]}}, "filters.outlet"),
        ({"engine": "magic"}, "engine"),
        ({"temperature": 1}, "temperature"),
    ],
)
def test_what_is_wrong_is_named_by_field(
    client: TestClient, services: FakeServices, change: dict[str, Any], field: str
) -> None:
    reply = client.post("/v1/ask", json={**QUESTION, **change})
    assert reply.status_code == 422
    problem = reply.json()
    assert problem["type"] == "urn:dateline:problem:invalid-request"
    assert [error["field"] for error in problem["errors"]] == [field]
    assert problem["errors"][0]["message"] in problem["detail"]
    assert services.calls == []


def test_a_bad_date_is_shown_with_a_good_one(client: TestClient) -> None:
    reply = client.post("/v1/ask", json={**QUESTION, "filters": {"after": "April 10"}})
    assert reply.json()["errors"][0]["message"] == "'April 10' is not an ISO 8601 date such as 2024-04-10"


def test_limits_admit_what_they_should(client: TestClient) -> None:
    history = [{"role": "user", "content": "x"}] * 40
    assert client.post("/v1/ask", json={"question": "x" * 2000, "history": history}).status_code == 200


@pytest.mark.parametrize("how", ["field", "header"])
def test_a_stream_gives_passages_statements_and_the_answer(
    client: TestClient, services: FakeServices, how: str
) -> None:
    body = {**QUESTION, "stream": True} if how == "field" else QUESTION
    headers = {"Accept": "text/event-stream"} if how == "header" else {}
    with client.stream("POST", "/v1/ask", json=body, headers=headers) as reply:
        assert reply.status_code == 200
        assert reply.headers["content-type"].startswith("text/event-stream")
        found = events_of(reply.read().decode())
    assert [name for name, _ in found] == ["passages", "statement", "done"]
    assert [Passage.model_validate(item) for item in found[0][1]["passages"]]
    assert found[1][1]["citations"][0]["id"] == found[1][1]["statement"]["citations"][0]
    assert Answer.model_validate(found[2][1]) == Answer.model_validate(
        client.post("/v1/ask", json=QUESTION).json()
    )
    assert services.closed.is_set()
    assert len(services.threads) == 1
    assert threading.get_ident() not in services.threads


def test_an_error_before_the_first_event_is_an_ordinary_problem(
    client: TestClient, services: FakeServices
) -> None:
    services.error = IndexMissing("nothing has been ingested yet; run `dateline ingest FOLDER`")
    reply = client.post("/v1/ask", json={**QUESTION, "stream": True})
    assert reply.status_code == 409
    assert reply.json()["type"] == "urn:dateline:problem:index-missing"


def test_an_error_on_the_way_is_the_last_event(client: TestClient, services: FakeServices) -> None:
    services.late_error = UpstreamUnavailable("the model did not answer in 30 s")
    reply = client.post("/v1/ask", json={**QUESTION, "stream": True})
    found = events_of(reply.text)
    assert [name for name, _ in found] == ["passages", "error"]
    assert found[1][1]["type"] == "urn:dateline:problem:upstream-unavailable"
    assert found[1][1]["status"] == 503
    assert found[1][1]["request_id"] == reply.headers["x-request-id"]
    assert services.closed.is_set()


def test_an_unforeseen_error_on_the_way_tells_nothing_but_is_logged(
    client: TestClient, services: FakeServices, caplog: pytest.LogCaptureFixture
) -> None:
    services.late_error = KeyError("secret detail")
    with caplog.at_level(logging.ERROR, logger="dateline.api"):
        reply = client.post("/v1/ask", json={**QUESTION, "stream": True})
    assert events_of(reply.text)[-1][1]["type"] == "urn:dateline:problem:internal"
    assert "secret detail" not in reply.text
    assert "secret detail" in caplog.text


def test_work_stops_when_the_reader_leaves(services: FakeServices) -> None:
    """Over bare ASGI, because test clients cannot leave in the middle: the disconnect comes after three events."""
    services.endless = True
    app = create_app(services)
    body = json.dumps({**QUESTION, "stream": True}).encode()
    received: list[bytes] = []

    async def run() -> None:
        left = anyio.Event()
        request: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

        async def receive() -> Message:
            if request:
                return request.pop()
            await left.wait()
            return {"type": "http.disconnect"}

        async def send(message: Message) -> None:
            if message.get("body"):
                received.append(message["body"])
            if len(received) == 3:
                left.set()
                await anyio.sleep_forever()  # a reader that takes no more

        scope = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": "POST",
            "path": "/v1/ask",
            "raw_path": b"/v1/ask",
            "query_string": b"",
            "headers": [(b"content-type", b"application/json"), (b"host", b"127.0.0.1")],
            "client": ("127.0.0.1", 5),
            "server": ("127.0.0.1", 80),
            "scheme": "http",
            "root_path": "",
        }
        with anyio.fail_after(10):
            await app(scope, receive, send)
            await anyio.to_thread.run_sync(services.closed.wait)

    anyio.run(run)
    assert services.closed.is_set()
    assert services.steps < 30, "the buffer bounds how far the work may run ahead"
    assert len(services.threads) == 1


def test_rate_limits_say_when_to_come_back(client: TestClient, services: FakeServices) -> None:
    services.error = RateLimited("too many questions", retry_after_s=1.2)
    reply = client.post("/v1/ask", json=QUESTION)
    assert reply.status_code == 429
    assert reply.headers["retry-after"] == "2"


def test_search_gives_passages(client: TestClient, services: FakeServices) -> None:
    reply = client.post(
        "/v1/search", json={"query": "ferry", "limit": 100, "filters": {"after": "2024-04-01"}}
    )
    passage = Passage.model_validate(reply.json()["passages"][0])
    assert passage.text == HARBOUR[passage.start : passage.end]
    assert services.calls[0].filters.after == "2024-04-01"
    for limit in (0, 101):
        assert client.post("/v1/search", json={"query": "ferry", "limit": limit}).status_code == 422


def test_quotes_take_speaker_topic_and_filters(client: TestClient, services: FakeServices) -> None:
    reply = client.get(
        "/v1/quotes",
        params={
            "speaker": "Holm",
            "about": "ferry",
            "outlet": ["Harbour Post", "Other"],
            "before": "2024-04-30",
        },
    )
    assert AttributedQuotation.model_validate(reply.json()["quotations"][0]).speaker == "Ida Holm"
    assert services.calls[0].question == "Holm/ferry"
    assert services.calls[0].filters.outlets == {"Harbour Post", "Other"}
    assert client.get("/v1/quotes", params={"speakr": "Holm"}).json()["errors"][0]["field"] == "speakr"


def test_a_refusal_is_not_as_long_as_what_it_refuses(client: TestClient) -> None:
    unknown = {f"field{number}" * 20: 0 for number in range(3_000)}
    reply = client.post("/v1/search", json={"query": "x", **unknown})
    assert reply.status_code == 422
    assert len(reply.content) < 30_000
    assert len(reply.json()["errors"]) == 50
