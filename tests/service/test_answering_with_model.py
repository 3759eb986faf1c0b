"""Answers that a model writes, over the samples: real index, real embedder, real gateway; the model is a script that
is played by a server on loopback."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from ingest.articles import ArticleFilter
from ingest.retrying import RetryPolicy
from service.answers import Answer
from service.cancellation import Cancellation
from service.conversation import Turn
from service.events import DoneEvent, PassagesEvent, StatementEvent
from service.generation_thread import Timeouts
from service.llm import LanguageModel
from service.openai_model import OpenAIModel
from service.wiring import Services
from tests.service.llm_server import Behaviour, Fail, Raw, Reset, Say, ScriptedLLMServer, Stall
from tests.service.test_answering import assert_citations

QUESTION = "What did Biden say about AUKUS?"
WITH_MODEL = Callable[[LanguageModel], Services]
ATTEMPTS = 3


@pytest.fixture
def server() -> Iterator[ScriptedLLMServer]:
    with ScriptedLLMServer() as server:
        yield server


@pytest.fixture
def services(server: ScriptedLLMServer, services_with: WITH_MODEL) -> Services:
    """Patience in tenths of seconds, so that the tests need not have more."""
    return services_with(
        OpenAIModel(
            "scripted",
            base_url=server.url,
            timeouts=Timeouts(connect_s=2.0, first_piece_s=1.5, gap_s=0.5, total_s=6.0),
            policy=RetryPolicy(attempts=ATTEMPTS, first_wait_s=0.01, jitter_s=0.0, total_s=5.0),
        )
    )


def evidence_in(body: dict[str, Any]) -> str:
    """What a request asks last: the articles and the question."""
    return str(body["messages"][-1]["content"])


def label_of(body: dict[str, Any], words: str) -> str:
    """The label of the numbered sentence that has `words`."""
    for line in evidence_in(body).splitlines():
        match = re.match(r"\[(\d+\.\d+)\] ", line)
        if match and words in line:
            return match[1]
    raise AssertionError(f"no sentence of the prompt has {words!r}")


def saying(*statements: tuple[str, str], **how: Any) -> Behaviour:
    """Each statement, with the label of the sentence that has the words after it."""

    def say(body: dict[str, Any]) -> Behaviour:
        return Say(" ".join(f"{text} [{label_of(body, words)}]." for text, words in statements), **how)

    return say


SUPPORTED = (
    "Biden said that the United States, Australia and the United Kingdom were exploring how Japan could join "
    "the second pillar of AUKUS"
)
INVENTED = "Biden said that Japan would receive 14 submarines"
WORDS = "second pillar"


def test_a_supported_statement_is_shown_with_its_sentence(
    server: ScriptedLLMServer, services: Services
) -> None:
    server.script = [saying((SUPPORTED, WORDS))]
    answer = services.ask(QUESTION)
    assert (answer.status, answer.engine, answer.engine_note) == ("answered", "llm", None)
    assert [(one.text.rstrip("."), one.support) for one in answer.statements] == [(SUPPORTED, "verified")]
    assert WORDS in answer.citations[answer.statements[0].citations[0] - 1].quote
    assert answer.model == "scripted"
    assert answer.prompt is not None
    assert answer.prompt.name == "answer"
    assert answer.usage.completion_tokens == 7
    assert_citations(answer, services)


def test_what_cannot_be_verified_is_not_said_and_is_told_to_engineers(
    server: ScriptedLLMServer, services: Services
) -> None:
    server.script = [saying((SUPPORTED, WORDS), (INVENTED, WORDS))]
    answer = services.ask(QUESTION)
    assert "14" not in answer.answer
    assert [one.reason for one in answer.diagnostics.dropped] == ["value"]
    assert answer.diagnostics.written == 2


def test_a_model_that_invents_everything_leaves_the_articles_own_sentences(
    server: ScriptedLLMServer, services: Services
) -> None:
    server.script = [saying((INVENTED, WORDS))]
    answer = services.ask(QUESTION)
    assert (answer.status, answer.engine) == ("answered", "extractive")
    assert answer.engine_note is not None
    assert "could be verified" in answer.engine_note
    assert answer.statements == services.ask(QUESTION, engine="extractive").statements


def test_a_model_that_finds_no_answer_is_believed(server: ScriptedLLMServer, services: Services) -> None:
    server.script = [Say("NOT IN THE ARTICLES")]
    answer = services.ask("Who is the mayor of the port?")
    assert answer.status == "abstained"
    assert answer.reason
    assert not answer.citations


def test_a_model_that_overlooks_a_sure_answer_does_not_keep_it_from_the_reader(
    server: ScriptedLLMServer, services: Services
) -> None:
    server.script = [Say("NOT IN THE ARTICLES")]
    answer = services.ask(QUESTION)
    assert (answer.status, answer.engine) == ("answered", "extractive")
    assert answer.engine_note is not None
    assert "found no answer" in answer.engine_note
    assert answer.statements == services.ask(QUESTION, engine="extractive").statements


def test_true_words_beside_the_point_are_followed_by_the_sentence_that_answers(
    server: ScriptedLLMServer, services: Services
) -> None:
    beside = "Anthony Albanese was quick to set limits"
    server.script = [saying((beside, "quick to set limits"))]
    events = list(services.ask_events("What did Anthony Albanese tell reporters about AUKUS membership?"))
    answer = events[-1].answer if isinstance(events[-1], DoneEvent) else pytest.fail("no answer")
    assert answer.engine == "llm"
    assert [one.support for one in answer.statements] == ["verified", "verbatim"]
    assert "no proposal" in answer.statements[-1].text
    assert [one.statement for one in events if isinstance(one, StatementEvent)] == list(answer.statements)
    assert answer.engine_note is not None
    assert "passed it over" in answer.engine_note
    assert_citations(answer, services)


def test_a_copied_sentence_is_verbatim_but_for_whom_it_means(
    server: ScriptedLLMServer, services: Services
) -> None:
    copied = "He told reporters there was no proposal to expand the membership of AUKUS beyond three"
    server.script = [saying((copied, "no proposal"))]
    answer = services.ask("What did Anthony Albanese tell reporters about AUKUS membership?")
    assert (answer.engine, answer.engine_note) == ("llm", None)
    (statement,) = answer.statements
    assert statement.text == copied.replace("He told", "He [Anthony Albanese] told") + "."
    assert statement.support == "verbatim"
    assert_citations(answer, services)


def test_what_somebody_else_said_does_not_answer(server: ScriptedLLMServer, services: Services) -> None:
    server.script = [saying((SUPPORTED, WORDS))]
    answer = services.ask("What did Angela Merkel say about AUKUS?")
    assert answer.status == "abstained"
    assert [one.reason for one in answer.diagnostics.dropped] == ["off-topic"]


@pytest.mark.parametrize(
    ("behaviour", "requests"),
    [
        pytest.param(Fail(500), ATTEMPTS, id="server error"),
        pytest.param(Fail(429, retry_after="60"), 1, id="a pause longer than patience"),
        pytest.param(Fail(401, error={"code": "invalid_api_key"}), 1, id="refused key"),
        pytest.param(Reset(), ATTEMPTS, id="reset before anything"),
        pytest.param(Stall(), None, id="silence"),
        pytest.param(Raw(b"data: {not json}\n\n"), None, id="invalid JSON"),
        pytest.param(Say(""), 1, id="empty answer"),
        pytest.param(Say("Late.", first_delay_s=30.0), None, id="a 30 s answer"),
    ],
)
def test_whatever_happens_to_the_model_there_is_an_answer_that_says_who_made_it(
    server: ScriptedLLMServer, services: Services, behaviour: Behaviour, requests: int | None
) -> None:
    server.script = [behaviour]
    answer = services.ask(QUESTION)
    assert (answer.status, answer.engine) == ("answered", "extractive")
    assert answer.engine_note is not None
    assert "scripted" in answer.engine_note
    assert answer.statements == services.ask(QUESTION, engine="extractive").statements
    assert 1 <= len(server.requests) <= ATTEMPTS
    if requests is not None:
        assert len(server.requests) == requests


def test_after_a_short_pause_the_model_answers(server: ScriptedLLMServer, services: Services) -> None:
    server.script = [Fail(429, retry_after="0.05"), Fail(500), saying((SUPPORTED, WORDS))]
    answer = services.ask(QUESTION)
    assert (answer.engine, answer.engine_note) == ("llm", None)
    assert len(server.requests) == 3


@pytest.mark.parametrize("broken", [Reset, Stall])
def test_a_model_gone_mid_stream_is_completed_without_saying_anything_twice(
    server: ScriptedLLMServer, services: Services, broken: Callable[[str], Behaviour]
) -> None:
    server.script = [lambda body: broken(f"{SUPPORTED} [{label_of(body, WORDS)}]. And the")]
    events = list(services.ask_events(QUESTION))
    done = events[-1]
    assert isinstance(done, DoneEvent)
    shown = [event.statement for event in events if isinstance(event, StatementEvent)]
    assert tuple(shown) == done.answer.statements
    assert shown[0].support == "verified"
    assert len({one.text for one in shown}) == len(shown)
    assert done.answer.engine_note is not None
    assert "broke off" in done.answer.engine_note
    spans = [(one.article_id, one.start, one.end) for one in done.answer.citations]
    assert len(set(spans)) == len(spans)
    assert len(server.requests) == 1
    assert_citations(done.answer, services)


def test_the_first_statement_is_there_before_the_model_has_finished(
    server: ScriptedLLMServer, services: Services
) -> None:
    """The model says one statement and then holds its breath until it is let go."""
    released = threading.Event()

    def say(body: dict[str, Any]) -> Behaviour:
        return Say(cut=_held(f"{SUPPORTED} [{label_of(body, WORDS)}]. ", released), piece_chars=9)

    server.script = [say]
    events = iter(services.ask_events(QUESTION))
    assert isinstance(next(events), PassagesEvent)
    first = next(events)
    assert isinstance(first, StatementEvent)
    assert not released.is_set()
    released.set()
    assert isinstance(list(events)[-1], DoneEvent)


class _held(list[str]):  # noqa: N801 - reads as the adjective it is
    """Pieces of which the last one waits for `released`."""

    def __init__(self, text: str, released: threading.Event) -> None:
        super().__init__([text, "That is all"])
        self._released = released

    def __iter__(self) -> Iterator[str]:
        yield self[0]
        yield "Next"
        until = time.monotonic() + 0.4
        while not self._released.is_set() and time.monotonic() < until:
            time.sleep(0.005)
        yield self[1]


def test_closing_the_events_stops_the_model(server: ScriptedLLMServer, services: Services) -> None:
    server.script = [lambda body: Stall(f"{SUPPORTED} [{label_of(body, WORDS)}]. And", trickle_s=0.05)]
    events = services.ask_events(QUESTION)
    assert any(isinstance(event, StatementEvent) for event in events)
    events.close()  # type: ignore[attr-defined]
    assert server.wait_for_disconnects(1)


def test_cancelling_from_another_thread_stops_a_model_that_says_nothing(
    server: ScriptedLLMServer, services: Services
) -> None:
    server.script = [Stall(trickle_s=0.05)]
    cancellation = Cancellation()
    answers: list[Answer] = []
    asking = threading.Thread(
        target=lambda: answers.append(services.ask(QUESTION, cancellation=cancellation))
    )
    asking.start()
    assert server.wait_for_requests(1)
    cancellation.cancel()
    assert server.wait_for_disconnects(1)
    asking.join(10)
    assert not asking.is_alive()


def test_the_extractive_engine_can_be_asked_for(server: ScriptedLLMServer, services: Services) -> None:
    answer = services.ask(QUESTION, engine="extractive")
    assert (answer.engine, answer.engine_note, answer.model) == ("extractive", None, None)
    assert not server.requests


def test_a_follow_up_is_asked_with_what_it_leaves_out(server: ScriptedLLMServer, services: Services) -> None:
    def rewrite_then_answer(body: dict[str, Any]) -> Behaviour:
        if len(server.requests) == 1:
            return Say("What did Kishida say about AUKUS?")
        assert "What did Kishida say about AUKUS?" in evidence_in(body)
        return Say("NOT IN THE ARTICLES")

    server.script = [rewrite_then_answer]
    history = [Turn("user", QUESTION), Turn("assistant", "That it was being explored. [1]")]
    answer = services.ask("And what did Kishida say?", history=history)
    assert answer.diagnostics.standalone_question == "What did Kishida say about AUKUS?"
    assert answer.question == "And what did Kishida say?"
    assert len(server.requests) == 2
    assert (answer.usage.prompt_tokens, answer.usage.completion_tokens) == (22, 14), "both texts are counted"


def test_filters_hold_for_the_model_too(server: ScriptedLLMServer, services: Services) -> None:
    server.script = [Say("NOT IN THE ARTICLES")]
    services.ask(QUESTION, filters=ArticleFilter(sources=frozenset({"aukus.md"})))
    headers = re.findall(r"^Article \d+ .*$", evidence_in(server.requests[0]), re.MULTILINE)
    assert len(headers) == 1
