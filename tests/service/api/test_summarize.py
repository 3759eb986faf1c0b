"""`/v1/summarize`: what goes in, what comes out, and streams that stop."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from fastapi.testclient import TestClient

from ingest.articles import ArticleFilter
from ingest.errors import ArticleNotFound, InvalidRequest, UpstreamUnavailable
from service.answers import Statement
from service.api.app import create_app
from service.summaries import DEFAULT_MAX_WORDS, STYLES, Summary, SummaryRequest
from service.wiring import Services as RealServices
from tests.service.api.fakes import ALL, FakeServices
from tests.service.api.serving import served
from tests.service.api.test_api_ask import events_of
from tests.service.summary_samples import SAILS, summarized


@pytest.mark.parametrize("style", STYLES)
def test_a_summary_is_the_wire_model(client: TestClient, style: str) -> None:
    reply = client.post("/v1/summarize", json={"topic": "ferry", "style": style})
    assert reply.status_code == 200
    summary = Summary.model_validate(reply.json())
    assert summary.style == style
    known = {citation.id for citation in summary.citations}
    assert all(set(statement.citations) <= known for statement in summary.statements)


def test_everything_asked_reaches_the_services(client: TestClient, services: FakeServices) -> None:
    reply = client.post(
        "/v1/summarize",
        json={
            "sources": ["a.md", " b.md ", "a.md"],
            "article_ids": ["0123456789abcdef"],
            "topic": "  the ferry ",
            "style": "timeline",
            "max_words": 2000,
            "filters": {"outlets": ["Harbour Post"], "after": "2024-04-01T10:00:00Z", "before": "2024-04-30"},
            "engine": "llm",
        },
    )
    assert reply.status_code == 200
    asked = SummaryRequest(
        sources=("a.md", "b.md", "0123456789abcdef"), topic="the ferry", style="timeline", max_words=2000
    )
    filters = ArticleFilter(frozenset({"Harbour Post"}), frozenset(), "2024-04-01", "2024-04-30")
    assert services.summaries_asked == [(asked, filters, "llm")]


def test_nothing_need_be_said(client: TestClient, services: FakeServices) -> None:
    assert client.post("/v1/summarize", json={}).status_code == 200
    assert services.summaries_asked == [(SummaryRequest(max_words=DEFAULT_MAX_WORDS), ALL, None)]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"style": "haiku"}, "style"),
        ({"max_words": 9}, "max_words"),
        ({"max_words": 2001}, "max_words"),
        ({"max_words": "many"}, "max_words"),
        ({"topic": " "}, "topic"),
        ({"topic": "x" * 2001}, "topic"),
        ({"sources": "a.md"}, "sources"),
        ({"sources": [""]}, "sources.0"),
        ({"article_ids": [7]}, "article_ids.0"),
        ({"filters": {"after": "April"}}, "filters.after"),
        ({"engine": "magic"}, "engine"),
        ({"length": 5}, "length"),
    ],
)
def test_what_is_wrong_is_named_by_field(
    client: TestClient, services: FakeServices, body: dict[str, Any], field: str
) -> None:
    reply = client.post("/v1/summarize", json=body)
    assert reply.status_code == 422
    problem = reply.json()
    assert problem["type"] == "urn:dateline:problem:invalid-request"
    assert [error["field"] for error in problem["errors"]] == [field]
    assert services.summaries_asked == []


def test_a_style_that_is_none_is_answered_with_those_there_are(client: TestClient) -> None:
    detail = client.post("/v1/summarize", json={"style": "haiku"}).json()["detail"]
    assert all(f"'{style}'" in detail for style in STYLES)


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize(
    ("error", "status", "slug"),
    [
        (ArticleNotFound("there is no article 'moon.md'"), 404, "article-not-found"),
        (InvalidRequest("no model is configured"), 422, "invalid-request"),
    ],
)
def test_errors_before_the_first_event_are_problems(
    client: TestClient, services: FakeServices, error: Exception, status: int, slug: str, stream: bool
) -> None:
    services.error = error
    reply = client.post("/v1/summarize", json={"sources": ["moon.md"], "stream": stream})
    assert reply.status_code == status
    assert reply.json()["type"] == f"urn:dateline:problem:{slug}"
    assert reply.json()["detail"] == str(error)


@pytest.mark.parametrize("how", ["field", "header"])
def test_a_stream_gives_progress_statements_and_the_summary(
    client: TestClient, services: FakeServices, how: str
) -> None:
    body = {"style": "compare"} | ({"stream": True} if how == "field" else {})
    headers = {"Accept": "text/event-stream"} if how == "header" else {}
    reply = client.post("/v1/summarize", json=body, headers=headers)
    assert reply.headers["content-type"].startswith("text/event-stream")
    found = events_of(reply.text)
    assert [name for name, _ in found] == ["reading", "statement", "done"]
    assert found[0][1] == {"done": 1, "total": 12}
    assert Statement.model_validate(found[1][1]["statement"]) == SAILS
    assert {item["id"] for item in found[1][1]["citations"]} >= set(SAILS.citations)
    assert Summary.model_validate(found[2][1]) == summarized("compare")
    assert services.closed.is_set()
    assert threading.get_ident() not in services.threads


def test_an_error_on_the_way_is_the_last_event(client: TestClient, services: FakeServices) -> None:
    services.late_error = UpstreamUnavailable("the model did not answer in 30 s")
    found = events_of(client.post("/v1/summarize", json={"stream": True}).text)
    assert [name for name, _ in found] == ["reading", "error"]
    assert found[1][1]["type"] == "urn:dateline:problem:upstream-unavailable"
    assert client.post("/v1/summarize", json={}).status_code == 503


def test_work_stops_when_the_reader_leaves(services: FakeServices) -> None:
    services.endless = True
    with (
        served(services) as address,
        httpx.stream("POST", f"{address}/v1/summarize", json={"stream": True}, trust_env=False) as reply,
    ):
        assert next(reply.iter_lines()).startswith("event: reading")
        reply.close()
        assert services.closed.wait(10)
    assert len(services.threads) == 1


def test_a_caller_who_waits_for_the_whole_may_leave_too(services: FakeServices) -> None:
    services.endless = True
    with served(services) as address:
        place = urlsplit(address)
        with socket.create_connection((place.hostname, place.port)) as caller:
            head = "POST /v1/summarize HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
            caller.sendall(f"{head}Content-Length: 2\r\n\r\n{{}}".encode())
            while not services.steps:
                time.sleep(0.01)
        assert services.closed.wait(10)


# ---- over the samples, with nothing faked


@pytest.fixture(scope="module")
def real(sample_services: RealServices) -> Iterator[TestClient]:
    """The application over the sample articles."""
    with TestClient(create_app(sample_services), base_url="http://127.0.0.1:8765") as opened:
        yield opened


def whole(client: TestClient, **body: Any) -> Summary:
    """The summary that is asked for."""
    reply = client.post("/v1/summarize", json=body)
    assert reply.status_code == 200, reply.text
    return Summary.model_validate(reply.json())


@pytest.mark.parametrize("style", STYLES)
def test_every_style_cites_verbatim_words_of_the_samples(
    real: TestClient, sample_services: RealServices, style: str
) -> None:
    summary = whole(real, topic="AUKUS", style=style, max_words=120)
    assert (summary.status, summary.style, summary.engine) == ("summarized", style, "extractive")
    by_id = {citation.id: citation for citation in summary.citations}
    for citation in summary.citations:
        text = sample_services.article(citation.article_id).article.text
        assert text[citation.start : citation.end] == citation.quote
    for statement in summary.statements:
        assert set(statement.citations) <= set(by_id)
    assert sum(len(statement.text.split()) for statement in summary.statements) <= 120
    assert summary.reading.cited == len({citation.article_id for citation in summary.citations})
    assert summary.reading.articles >= summary.reading.cited > 0
    arranged = [*(event.statement for event in summary.events), *summary.undated]
    arranged += [item.statement for item in summary.shared]
    arranged += [statement for single in summary.singles for statement in single.statements]
    assert {item.text for item in arranged} <= {item.text for item in summary.statements}
    days = [event.date for event in summary.events if len(event.date) == len("2024-04-10")]
    assert days == sorted(days)


def test_a_stream_over_the_samples_ends_with_the_same_summary(real: TestClient) -> None:
    body = {"sources": ["aukus.md"], "style": "bullets", "max_words": 60}
    found = events_of(real.post("/v1/summarize", json={**body, "stream": True}).text)
    names = [name for name, _ in found]
    assert names[0] == "reading"
    assert names[-1] == "done"
    summary = Summary.model_validate(found[-1][1])
    shown = [Statement.model_validate(data["statement"]) for name, data in found if name == "statement"]
    assert tuple(shown) == summary.statements
    assert _timeless(whole(real, **body)) == _timeless(summary)


def _timeless(summary: Summary) -> dict[str, Any]:
    return summary.model_dump(exclude={"timings_ms"})


def test_near_copies_among_the_samples_are_one_story(real: TestClient) -> None:
    copies = ["trilateral-clarion.txt", "trilateral-meridian.txt"]
    summary = whole(real, sources=copies)
    assert (summary.reading.articles, summary.reading.near_copies, summary.reading.cited) == (2, 1, 1)
    for citation in summary.citations:  # one sentence stands in one of the two copies only
        carrying = copies[1:] if "$8 million" in citation.quote else copies
        assert {citation.source, *citation.also_in} == set(carrying)


def test_what_cannot_be_summarized_is_said(real: TestClient) -> None:
    for body in ({"topic": "Zanzibar spice prices"}, {"filters": {"outlets": ["Nobody"]}}):
        summary = whole(real, **body)
        assert summary.status == "abstained"
        assert summary.reason
        assert not summary.statements
    missing = real.post("/v1/summarize", json={"sources": ["moon.md"]})
    assert missing.status_code == 404
    assert "moon.md" in missing.json()["detail"]
    model = real.post("/v1/summarize", json={"engine": "llm"})
    assert model.status_code == 422
    assert "extractive" in model.json()["detail"]


def test_the_documented_example_is_a_valid_request(client: TestClient) -> None:
    document = client.get("/openapi.json").json()
    example = document["components"]["schemas"]["SummarizeRequest"]["examples"][0]
    assert client.post("/v1/summarize", json=example).status_code == 200
    replies = document["paths"]["/v1/summarize"]["post"]["responses"]
    assert "text/event-stream" in replies["200"]["content"]
    assert replies["200"]["content"]["application/json"]["schema"] == {"$ref": "#/components/schemas/Summary"}
