"""`dateline summarize`: options in, exit codes and both streams out, how far it is, and a server that does the
work.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from io import StringIO
from pathlib import Path
from typing import Any, get_args

import httpx
import pytest
from rich.console import Console

from ingest.articles import ArticleFilter
from ingest.errors import ArticleNotFound, UpstreamUnavailable
from service import opening
from service.api.results import StatementWithCitations
from service.api.summary_schemas import LEAST_WORDS, MOST_WORDS, ReadingProgress
from service.commands import summarizing
from service.commands.summarizing import shown_reading, told
from service.events import StatementEvent
from service.remote import RemoteServices
from service.summaries import (
    DEFAULT_MAX_WORDS,
    STYLES,
    ReadingEvent,
    Style,
    SummaryDone,
    SummaryRequest,
)
from service.summary_events import SummaryEvent
from tests.service.cli_fakes import EVERYTHING, FakeServices, answered
from tests.service.summary_samples import events_of, nothing_said, summarized
from tests.service.test_cli import run


@pytest.fixture
def services(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> FakeServices:
    """The services that every command of the test opens; they have a summary to give."""
    fake = FakeServices(on_the_way=list(events_of(summarized())))
    monkeypatch.setattr(opening, "open_services", lambda *_, **__: fake)
    monkeypatch.chdir(tmp_path)
    for name in os.environ:
        if name.startswith("DATELINE_"):
            monkeypatch.delenv(name)
    (tmp_path / ".dateline").mkdir()
    return fake


# ---- the command


def test_everything_asked_reaches_the_services(services: FakeServices) -> None:
    found = run(
        *("summarize", "a.md", " b.md ", "--topic", " the ferry ", "--style", "compare", "--max-words", "80"),
        *("--outlet", "A", "--outlet", "B", "--after", "2024-04-01", "--before", "2024-04-30"),
        *("--engine", "extractive"),
    )
    assert found.exit_code == 0, found.output
    request = SummaryRequest(sources=("a.md", "b.md"), topic="the ferry", style="compare", max_words=80)
    filters = ArticleFilter(frozenset({"A", "B"}), frozenset(), "2024-04-01", "2024-04-30")
    assert services.calls == [("summarize", {"request": request, "filters": filters, "engine": "extractive"})]
    assert services.closed
    assert found.stderr == ""


def test_the_folder_at_hand_goes_by_its_name(services: FakeServices, tmp_path: Path) -> None:
    assert run("summarize", ".", "..", "./a.md").exit_code == 0
    here = tmp_path.resolve()
    request = SummaryRequest(sources=(str(here), str(here.parent), "./a.md"))
    assert services.calls[0][1]["request"] == request


def test_without_arguments_everything_is_summarized(services: FakeServices) -> None:
    assert run("summarize").exit_code == 0
    assert services.calls[0][1] == {"request": SummaryRequest(), "filters": EVERYTHING, "engine": None}


def test_json_is_the_summary_itself(services: FakeServices) -> None:
    found = run("summarize", "--json")
    assert found.exit_code == 0
    assert json.loads(found.stdout) == summarized().model_dump(mode="json")


@pytest.mark.parametrize("flags", [(), ("--json",)])
def test_an_abstention_is_exit_1(services: FakeServices, flags: tuple[str, ...]) -> None:
    services.on_the_way = [SummaryDone(nothing_said())]
    found = run("summarize", "--topic", "The moon", *flags)
    assert found.exit_code == 1
    assert "No article mentions the moon." in found.stdout
    assert found.stderr == ""


@pytest.mark.parametrize(
    "arguments",
    [
        ("--style", "haiku"),
        ("--max-words", "9"),
        ("--max-words", "2001"),
        ("--topic", "  "),
        ("--topic", "x" * 2001),
        ("--after", "April"),
        ("--outlet", " "),
        ("--engine", "oracle"),
        (" ",),
    ],
)
def test_usage_errors_are_exit_2(services: FakeServices, arguments: tuple[str, ...]) -> None:
    found = run("summarize", *arguments)
    assert found.exit_code == 2
    assert services.calls == []


def test_what_fails_is_exit_3(services: FakeServices) -> None:
    services.error = ArticleNotFound("there is no article 'moon.md'; it could be moon-a.md, moon-b.md")
    found = run("summarize", "moon.md")
    assert found.exit_code == 3
    assert "moon-a.md" in found.stderr
    assert found.stdout == ""


def test_the_command_offers_what_there_is() -> None:
    assert summarizing.MAX_WORDS == DEFAULT_MAX_WORDS
    assert get_args(Style) == STYLES
    assert (LEAST_WORDS, MOST_WORDS) == (10, 2000)


def test_ask_takes_an_engine_and_says_when_the_model_failed(services: FakeServices) -> None:
    services.answer = answered().model_copy(update={"engine_note": "The model could not be reached."})
    for engine in ("llm", "extractive"):
        found = run("ask", "When will the ferry sail?", "--engine", engine)
        assert found.exit_code == 0
        assert found.stdout.endswith("\nThe model could not be reached.\n")
        assert services.calls[-1][1]["engine"] == engine


# ---- how far it is


def test_progress_is_told_in_lines_now_and_then() -> None:
    times = iter([0.0, 1.0, 5.0, 5.0, 9.0, 10.0, 10.0])
    console = Console(file=StringIO(), width=80)
    with shown_reading(console, clock=lambda: next(times)) as show:
        for done in (0, 37, 60, 120):
            show(ReadingEvent(done=done, total=120))
    assert _written(console) == "read 37 of 120 articles\nread 120 of 120 articles\n"
    assert told(ReadingEvent(done=1, total=1)) == "read 1 of 1 article"


def test_somebody_who_watches_sees_it_in_place() -> None:
    console = Console(file=StringIO(), width=80, force_terminal=True, _environ={})
    with shown_reading(console) as show:
        show(ReadingEvent(done=1_037, total=12_000))
    assert "read 1,037 of 12,000 articles" in _written(console)


def _written(console: Console) -> str:
    file = console.file
    assert isinstance(file, StringIO)
    return file.getvalue()


# ---- a server that does the work


def _remote(handler: Callable[[httpx.Request], httpx.Response]) -> RemoteServices:
    return RemoteServices("http://127.0.0.1:8765", transport=httpx.MockTransport(handler))


def _wire(coming: Iterator[SummaryEvent]) -> Iterator[str]:
    for event in coming:
        match event:
            case ReadingEvent():
                yield f"event: reading\ndata: {ReadingProgress.of(event).model_dump_json()}\n\n"
            case StatementEvent(statement, citations):
                shown = StatementWithCitations(statement=statement, citations=list(citations))
                yield f"event: statement\ndata: {shown.model_dump_json()}\n\n"
            case SummaryDone(summary):
                yield f"event: done\ndata: {summary.model_dump_json()}\n\n"


def test_a_server_s_events_come_back_as_the_same_events() -> None:
    seen: list[dict[str, Any]] = []

    def handler(request: httpx.Request) -> httpx.Response:
        assert request.url.path == "/v1/summarize"
        seen.append(json.loads(request.content))
        return httpx.Response(200, text=": ping\n\n" + "".join(_wire(events_of(summarized("compare")))))

    request = SummaryRequest(sources=("a.md",), topic="ferry", style="compare", max_words=80)
    filters = ArticleFilter(outlets=frozenset({"B", "A"}), after="2024-04-01")
    found = list(_remote(handler).summarize_events(request, filters=filters, engine="llm"))
    assert found == list(events_of(summarized("compare")))
    assert seen == [
        {
            "sources": ["a.md"],
            "topic": "ferry",
            "style": "compare",
            "max_words": 80,
            "filters": {"outlets": ["A", "B"], "sources": [], "after": "2024-04-01", "before": None},
            "engine": "llm",
            "stream": True,
        }
    ]


def test_a_server_s_errors_come_back_as_themselves() -> None:
    document = {"type": "urn:dateline:problem:article-not-found", "status": 404, "detail": "no moon.md"}
    refused = _remote(lambda _: httpx.Response(404, json=document))
    with pytest.raises(ArticleNotFound, match=r"no moon\.md"):
        list(refused.summarize_events(SummaryRequest()))
    broken = _remote(lambda _: httpx.Response(200, text=f"event: error\ndata: {json.dumps(document)}\n\n"))
    with pytest.raises(ArticleNotFound, match=r"no moon\.md"):
        list(broken.summarize_events(SummaryRequest()))
    short = _remote(lambda _: httpx.Response(200, text='event: reading\ndata: {"done":0,"total":1}\n\n'))
    with pytest.raises(UpstreamUnavailable, match="before it was whole"):
        list(short.summarize_events(SummaryRequest()))
