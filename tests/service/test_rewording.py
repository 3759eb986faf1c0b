"""Timelines and comparisons in a model's words: what it may change, and what it may not."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from ingest.articles import ArticleFilter
from service.events import StatementEvent, ending
from service.summaries import Style, Summary, SummaryDone, SummaryRequest
from service.summarizing import Summarizer
from service.wiring import Services
from tests.service.llm_server import Behaviour, Fail, Reset, Say, ScriptedLLMServer
from tests.service.written_summaries import Asked, assert_kept, model_at, writer_over

STYLES: tuple[Style, ...] = ("timeline", "compare")


@pytest.fixture
def server() -> Iterator[ScriptedLLMServer]:
    with ScriptedLLMServer() as server:
        yield server


@pytest.fixture
def events_of(
    server: ScriptedLLMServer, sample_services: Services, tmp_path: Path
) -> Callable[..., Iterator[Any]]:
    summarizer = Summarizer(sample_services._library, sample_services._embedder, public_url="")

    def make(request: SummaryRequest, **options: Any) -> Iterator[Any]:
        writer = writer_over(sample_services, model_at(server.url), tmp_path / "maps", **options)
        return summarizer.events(request, ArticleFilter(), writer=writer)

    return make


@pytest.fixture
def summarize(events_of: Callable[..., Iterator[Any]]) -> Callable[..., Summary]:
    return lambda *args, **options: ending(events_of(*args, **options), SummaryDone).summary


def shorter(words: str) -> str:
    """The sentence without its last clause, where it has one."""
    return re.sub(r",? (?:and|while|which|who|when|after|as)\s[^,]*\.$|, [^,]*\.$", ".", words)


def shortening(body: dict[str, Any]) -> Behaviour:
    return Say("\n".join(f"{shorter(words)} [{label}]" for label, words in Asked(body).lines))


def skeleton(summary: Summary) -> object:
    """Everything that is the analysis', not the model's: dates, order, outlets, sides, sources."""
    cited = {one.id: (one.source, one.start, one.end) for one in summary.citations}

    def of(numbers: tuple[int, ...]) -> list[tuple[str, int, int]]:
        return [cited[number] for number in numbers]

    return (
        [(one.date, one.written, of(one.statement.citations)) for one in summary.events],
        [of(one.citations) for one in summary.undated],
        [(one.outlets, of(one.statement.citations)) for one in summary.shared],
        [(one.outlet, [of(told.citations) for told in one.statements]) for one in summary.singles],
        [of(one.citations) for one in summary.statements],
        [
            (one.about, [(side.text, of(side.citations)) for side in one.sides])
            for one in summary.disagreements
        ],
    )


@pytest.mark.parametrize("style", STYLES)
def test_only_the_words_of_entries_change(
    server: ScriptedLLMServer,
    summarize: Callable[..., Summary],
    sample_services: Services,
    style: Style,
) -> None:
    server.script = [shortening]
    request = SummaryRequest(style=style, max_words=200)
    own, summary = sample_services.summarize(request), summarize(request)
    assert (summary.engine, summary.engine_note) == ("llm", None)
    assert summary.prompt is not None
    assert summary.prompt.name == "reword"
    assert skeleton(summary) == skeleton(own)
    changed = [
        (new.text, old.text)
        for new, old in zip(summary.statements, own.statements, strict=True)
        if new.text != old.text
    ]
    assert changed
    assert all(len(new.split()) < len(old.split()) for new, old in changed)
    for event in summary.events:
        assert " ".join(event.written.split()).casefold() in event.statement.text.casefold() or (
            event.statement.text in {one.text for one in own.statements}
        )
    assert_kept(summary, sample_services)


@pytest.mark.parametrize("style", STYLES)
def test_words_of_another_entry_change_nothing(
    server: ScriptedLLMServer,
    summarize: Callable[..., Summary],
    sample_services: Services,
    style: Style,
) -> None:
    """A model that gives each entry the words of the next."""

    def shifted(body: dict[str, Any]) -> Behaviour:
        lines = Asked(body).lines
        words = [shorter(one) for _, one in lines]
        return Say(
            "\n".join(
                f"{words[(place + 1) % len(words)]} [{label}]" for place, (label, _) in enumerate(lines)
            )
        )

    server.script = [shifted]
    request = SummaryRequest(style=style, max_words=200)
    own, summary = sample_services.summarize(request), summarize(request)
    assert summary.statements == own.statements
    assert summary.engine == "extractive"
    assert summary.engine_note is not None
    assert len(summary.diagnostics.dropped) >= len(own.statements) - 1


def test_a_timeline_keeps_the_words_that_say_when(
    server: ScriptedLLMServer, summarize: Callable[..., Summary], sample_services: Services
) -> None:
    request = SummaryRequest(topic="flood barrier", style="timeline", max_words=200)
    own = sample_services.summarize(request)

    def undated(body: dict[str, Any]) -> Behaviour:
        said = []
        for label, words in Asked(body).lines:
            for event in own.events:
                words = words.replace(event.written, "").replace("  ", " ")
            said.append(f"{words} [{label}]")
        return Say("\n".join(said))

    server.script = [undated]
    summary = summarize(request)
    assert own.events
    assert [one.statement.text for one in summary.events] == [one.statement.text for one in own.events]


@pytest.mark.parametrize("behaviour", [Fail(500), Reset(), Say(""), Say("NOT IN THE ARTICLES")])
@pytest.mark.parametrize("style", STYLES)
def test_a_model_that_fails_leaves_the_articles_own_words(
    server: ScriptedLLMServer,
    summarize: Callable[..., Summary],
    sample_services: Services,
    style: Style,
    behaviour: Behaviour,
) -> None:
    server.script = [behaviour]
    request = SummaryRequest(style=style, max_words=120)
    own, summary = sample_services.summarize(request), summarize(request)
    assert (summary.statements, summary.summary) == (own.statements, own.summary)
    assert summary.engine == "extractive"
    assert summary.engine_note is not None


def test_a_model_gone_after_some_entries_has_the_others_told_by_the_articles(
    server: ScriptedLLMServer, events_of: Callable[..., Iterator[Any]], sample_services: Services
) -> None:
    def broken(body: dict[str, Any]) -> Behaviour:
        whole = shortening(body)
        assert isinstance(whole, Say)
        return Reset(whole.text[: len(whole.text) * 2 // 3])

    server.script = [broken]
    request = SummaryRequest(style="timeline", max_words=200)
    *events, done = events_of(request)
    shown = [event.statement for event in events if isinstance(event, StatementEvent)]
    summary = done.summary
    assert tuple(shown) == summary.statements
    assert skeleton(summary) == skeleton(sample_services.summarize(request))
    assert {one.support for one in summary.statements} == {"verbatim", "verified"}
    assert summary.engine_note is not None
    assert "broke off" in summary.engine_note


def test_many_entries_are_worded_a_few_at_a_time(
    server: ScriptedLLMServer, summarize: Callable[..., Summary], sample_services: Services
) -> None:
    server.script = [shortening]
    request = SummaryRequest(style="compare", max_words=600)
    summary = summarize(request)
    asked = [Asked(body) for body in server.requests]
    assert len(asked) > 1
    assert all(len(one.lines) <= 12 for one in asked)
    assert sum(len(one.lines) for one in asked) == len(summary.statements)
    assert skeleton(summary) == skeleton(sample_services.summarize(request))
