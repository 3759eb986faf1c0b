"""Questions asked of a running server: the same answers and scores as in process, over real HTTP."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from eval.asking import InProcessAsker
from eval.asking_server import ServerAsker
from eval.comparison import compare
from eval.gold import GoldCase, load
from eval.runner import run
from ingest.articles import ArticleFilter
from ingest.errors import InvalidRequest, PermanentError, UpstreamUnavailable
from service.conversation import Turn
from service.wiring import Services
from tests.eval.made_runs import TEXT, answer, gold_case
from tests.service.api.serving import served

GOLD = Path(__file__).parent.parent.parent / "eval" / "gold" / "samples.yaml"
KEY = "dateline_a-key"
ARTICLE: dict[str, object] = {
    "article_id": "a",
    "source": "a.txt",
    "title": None,
    "outlet": None,
    "authors": [],
    "published_at": None,
    "url": None,
    "page": "/articles/a",
    "characters": 25,
    "chunks": 1,
    "version": "v1",
    "ingested_at": "2024-04-10T00:00:00+00:00",
}


@pytest.fixture(scope="module")
def server(sample_services: Services) -> Iterator[str]:
    with served(sample_services) as url:
        yield url


def test_a_server_scores_as_the_same_index_in_process_does(server: str, sample_services: Services) -> None:
    gold = load(GOLD)
    some = gold.__class__(gold.path, gold.corpus, gold.cases[::4])
    here = run([some], InProcessAsker(sample_services))
    with ServerAsker(server, embedder=sample_services._embedder) as asker:
        there = run([some], asker)
    found = compare(here, there)
    assert found.changed == ()
    assert not found.regressions
    assert found.measures["attribution"].difference == 0
    assert found.measures["similarity"].difference == 0
    assert found.made_with == (f"server none is now {server}",)
    assert there.configuration.server == server
    assert there.index.content == here.index.content
    assert there.index.generation == here.index.generation


def test_history_and_filters_reach_the_server(server: str, sample_services: Services) -> None:
    follow_up = GoldCase(
        "f",
        "And what did Albanese say?",
        None,
        (("no proposal",),),
        ("aukus.md",),
        False,
        (),
        history=(
            Turn("user", "What did Biden say about AUKUS?"),
            Turn("assistant", "That Japan could join."),
        ),
    )
    elsewhere = GoldCase(
        "g", "What is AUKUS?", None, (), (), True, (), filters=ArticleFilter(sources=frozenset({"none.txt"}))
    )
    reasons = []
    with ServerAsker(server) as asker:
        for case in (follow_up, elsewhere):
            there, here = asker.ask(case, "k"), InProcessAsker(sample_services).ask(case, "k")
            assert there.answer is not None
            assert here.answer is not None
            assert there.answer.answer == here.answer.answer
            reasons.append(there.answer.reason)
    assert reasons == [None, "No article passes the filters."]


def fake(
    ask: Callable[[httpx.Request], httpx.Response], *, articles: httpx.Response | None = None
) -> httpx.MockTransport:
    """A server of one article, whose questions `ask` answers."""

    def handle(request: httpx.Request) -> httpx.Response:
        if request.headers.get("Authorization") != f"Bearer {KEY}":
            document = {"type": "urn:dateline:problem:permanent", "status": 401, "detail": "a key is needed"}
            return httpx.Response(401, json=document)
        match request.url.path:
            case "/v1/articles":
                return articles or httpx.Response(200, json={"total": 1, "articles": [ARTICLE]})
            case "/v1/articles/a":
                return httpx.Response(200, json={**ARTICLE, "text": TEXT, "boilerplate": []})
            case "/healthz":
                return httpx.Response(200, json={"status": "ok", "version": "9.9"})
            case "/readyz":
                return httpx.Response(200, json={"embedder": "bundled", "generation": 4})
            case _:
                return ask(request)

    return httpx.MockTransport(handle)


def stream(*events: tuple[str, object]) -> httpx.Response:
    body = "".join(f"event: {name}\ndata: {json.dumps(data)}\n\n" for name, data in events)
    return httpx.Response(200, text=body, headers={"content-type": "text/event-stream"})


DONE = ("done", answer().model_dump(mode="json"))
FOUND = (
    "passages",
    {"passages": [{"article_id": "a", "source": "a.txt", "text": TEXT, "start": 0, "end": 25, "score": 0.5}]},
)


def asker_of(ask: Callable[[httpx.Request], httpx.Response], waits: list[float] | None = None) -> ServerAsker:
    return ServerAsker("http://host/", api_key=KEY, transport=fake(ask), sleep=(waits or []).append)


def test_an_answer_and_what_it_was_composed_from_come_from_the_events() -> None:
    bodies: list[dict[str, object]] = []

    def ask(request: httpx.Request) -> httpx.Response:
        bodies.append(json.loads(request.content))
        return stream(FOUND, DONE)

    with asker_of(ask) as asker:
        found = asker.ask(gold_case("a"), "made/a")
        assert found.answer == answer()
        assert [(one.source, one.score) for one in found.found] == [("a.txt", 0.5)]
        assert asker.context.text_of("a") == TEXT
        assert asker.context.sources() == {"a.txt"}
        assert asker.subject.code.version == "9.9"
    assert bodies[0]["stream"] is True
    assert KEY not in json.dumps(bodies)


@pytest.mark.parametrize(
    ("reply", "said"),
    [
        (lambda: stream(FOUND), "before it was whole"),
        (
            lambda: stream(
                (
                    "error",
                    {"type": "urn:dateline:problem:unavailable", "status": 503, "detail": "store gone"},
                )
            ),
            "store gone",
        ),
        (lambda: stream(("done", {"status": "answered"})), "as this version of Dateline does"),
        (
            lambda: httpx.Response(500, text="<html>proxy</html>"),
            "status 500",
        ),
    ],
)
def test_a_question_that_fails_says_why_and_is_not_asked_again(
    reply: Callable[[], httpx.Response], said: str
) -> None:
    asked = []

    def ask(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return reply()

    with asker_of(ask) as asker:
        found = asker.ask(gold_case("a"), "made/a")
    assert found.answer is None
    assert said in (found.error or "")
    assert len(asked) == 1


def test_a_connection_that_breaks_is_an_error_of_its_case() -> None:
    def ask(request: httpx.Request) -> httpx.Response:
        raise httpx.ReadError("reset", request=request)

    with asker_of(ask) as asker:
        assert "did not answer (reset)" in (asker.ask(gold_case("a"), "made/a").error or "")


def test_a_server_that_says_not_now_is_asked_again_when_it_says() -> None:
    replies = [
        httpx.Response(
            429,
            json={"type": "urn:dateline:problem:rate-limited", "status": 429, "detail": "slow down"},
            headers={"Retry-After": "7"},
        ),
        stream(DONE),
    ]
    waits: list[float] = []
    asker = ServerAsker(
        "http://host", api_key=KEY, transport=fake(lambda _: replies.pop(0)), sleep=waits.append
    )
    with asker:
        assert asker.ask(gold_case("a"), "made/a").answer == answer()
    assert waits == [7.0]


def test_a_server_that_is_not_there_or_not_datelines_is_told_at_once() -> None:
    with pytest.raises(PermanentError, match="a key is needed"):
        ServerAsker("http://host", transport=fake(lambda _: stream(DONE)))
    with pytest.raises(UpstreamUnavailable, match="is it a Dateline server"):
        ServerAsker(
            "http://host",
            api_key=KEY,
            transport=fake(lambda _: stream(DONE), articles=httpx.Response(200, text="<html>")),
        )
    with pytest.raises(UpstreamUnavailable, match="is it a Dateline server"):
        ServerAsker(
            "http://host",
            api_key=KEY,
            transport=fake(lambda _: stream(DONE), articles=httpx.Response(200, json={"data": []})),
        )


@pytest.mark.parametrize("url", ["host:8765", "ftp://host", "http://", "http://user:secret@host"])
def test_an_address_that_cannot_be_one_is_refused_without_repeating_it(url: str) -> None:
    with pytest.raises(InvalidRequest) as caught:
        ServerAsker(url)
    assert "secret" not in str(caught.value)


def test_a_key_that_cannot_be_one_is_refused_without_repeating_it() -> None:
    with pytest.raises(InvalidRequest) as caught:
        ServerAsker("http://host", api_key="two words")
    assert "two words" not in str(caught.value)
