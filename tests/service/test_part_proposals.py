"""A model asked for the parts of a question: real index, embedder and gateway; the model is a script that is played by
a server on loopback."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import pytest

from ingest.articles import ArticleFilter
from ingest.retrying import RetryPolicy
from service.answers import Answer, QuestionParts, Usage
from service.cancellation import Cancellation
from service.events import DoneEvent, PassagesEvent
from service.generation_thread import Timeouts
from service.llm import ChatMessage, FinishReason
from service.openai_model import OpenAIModel
from service.part_proposals import PartProposer, has_name, may_be_compound
from service.questions import understand
from service.templates import PromptLibrary
from service.wiring import Services
from tests.service.llm_server import Behaviour, Fail, Raw, Reset, Say, ScriptedLLMServer, Stall
from tests.service.scripted_model import ScriptedGeneration, ScriptedModel
from tests.service.test_answering_with_model import saying

ASKED = (
    "What did Biden say about how Japan could join the second pillar of AUKUS with the United States, Australia and "
    "the United Kingdom at the summit in Washington?"
)
PROPOSED = "Biden second pillar of AUKUS Japan\nJoe Biden summit in Washington\n14 submarines for Japan\n"
SUPPORTED = (
    "Biden said that the United States, Australia and the United Kingdom were exploring how Japan could join "
    "the second pillar of AUKUS"
)
ANSWER = saying((SUPPORTED, "second pillar"))
PATIENCE_S = 60.0
"""The first request waits for the client's import."""


def proposing(proposal: Behaviour, answer: Behaviour = ANSWER) -> Behaviour:
    """A server that proposes when it is asked to take a question apart, and otherwise answers."""

    def behave(body: dict[str, Any]) -> Behaviour:
        return proposal if "take a question apart" in body["messages"][0]["content"] else answer

    return behave


@pytest.fixture
def server() -> Iterator[ScriptedLLMServer]:
    with ScriptedLLMServer() as server:
        yield server


def model_of(server: ScriptedLLMServer) -> OpenAIModel:
    return OpenAIModel(
        "scripted",
        base_url=server.url,
        timeouts=Timeouts(connect_s=2.0, first_piece_s=20.0, gap_s=20.0, total_s=60.0),
        policy=RetryPolicy(attempts=3, first_wait_s=0.01, jitter_s=0.0, total_s=5.0),
    )


def patient(server: ScriptedLLMServer, sample_services: Services, seconds: float) -> Services:
    """Services whose proposals may take so long."""
    settings = sample_services.settings.model_copy(
        update={"llm_question_parts": True, "llm_question_parts_timeout_s": seconds}
    )
    return Services(settings, sample_services._store, sample_services._embedder, None, model=model_of(server))


@pytest.fixture
def services(server: ScriptedLLMServer, sample_services: Services) -> Services:
    return patient(server, sample_services, PATIENCE_S)


def report(answer: Answer) -> QuestionParts:
    assert answer.diagnostics.question_parts is not None
    return answer.diagnostics.question_parts


def test_accepted_parts_are_searched_and_told_with_their_prompt_and_their_tokens(
    server: ScriptedLLMServer, services: Services
) -> None:
    server.script = [proposing(Say(PROPOSED, usage=(300, 40)))]
    answer = services.ask(ASKED)
    told = report(answer)
    assert len(told.accepted) == 2
    assert told.accepted[1].startswith("Joe Biden")
    assert [(one.text, one.reason) for one in told.rejected] == [("14 submarines for Japan", "value")]
    assert told.trouble is None
    assert told.prompt == PromptLibrary.load().get("parts").reference
    assert answer.prompt is not None
    assert answer.prompt.name == "answer"
    assert (answer.status, answer.engine) == ("answered", "llm")
    assert answer.usage == Usage(prompt_tokens=311, completion_tokens=47)
    assert server.requests[0]["messages"][-1]["content"] == f"Question: {ASKED}"
    assert len(server.requests) == 2


def test_it_is_off_unless_it_is_switched_on(server: ScriptedLLMServer, sample_services: Services) -> None:
    plain = Services(
        sample_services.settings,
        sample_services._store,
        sample_services._embedder,
        None,
        model=model_of(server),
    )
    server.script = [proposing(Say(PROPOSED))]
    answer = plain.ask(ASKED)
    assert answer.diagnostics.question_parts is None
    assert len(server.requests) == 1


def test_short_questions_and_the_extractive_engine_cost_no_request(
    server: ScriptedLLMServer, services: Services
) -> None:
    server.script = [proposing(Say(PROPOSED))]
    assert services.ask("What did Biden say about AUKUS?").diagnostics.question_parts is None
    assert len(server.requests) == 1
    assert services.ask(ASKED, engine="extractive").diagnostics.question_parts is None
    assert services.search(ASKED)
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    "proposal",
    [
        Fail(500),
        Fail(401),
        Fail(429, retry_after="60"),
        Raw(b"no json"),
        Reset("Biden second"),
        Say(""),
        Say("I am sorry, but I cannot help with that request at all."),
    ],
    ids=["500", "401", "429", "no JSON", "reset", "nothing", "refusal"],
)
def test_a_model_that_fails_or_talks_nonsense_leaves_the_question_to_the_rules(
    proposal: Behaviour, server: ScriptedLLMServer, services: Services, sample_services: Services
) -> None:
    server.script = [proposing(proposal)]
    events = list(services.ask_events(ASKED))
    passages, done = events[0], events[-1]
    assert isinstance(passages, PassagesEvent)
    assert isinstance(done, DoneEvent)
    told = report(done.answer)
    assert told.accepted == ()
    assert (told.trouble is None) == isinstance(proposal, Say)
    assert done.answer.status == "answered"
    whole = sample_services._answerer.search(ASKED, ArticleFilter(), 10)
    assert [one.start for one in passages.passages] == [hit.chunk.start for hit in whole]


def test_a_model_that_is_late_is_not_waited_for(server: ScriptedLLMServer, sample_services: Services) -> None:
    """Its own deadlines are twenty seconds."""
    server.script = [proposing(Stall(trickle_s=0.05))]
    answer = patient(server, sample_services, 0.5).ask(ASKED)
    assert (answer.status, answer.engine) == ("answered", "llm")
    assert report(answer).accepted == ()
    assert "TIMEOUT_S" in (report(answer).trouble or "")


class _Held(ScriptedGeneration):
    """Says its pieces, and then nothing until it is closed."""

    def __init__(self, script: Sequence[str | Exception], finish: FinishReason) -> None:
        super().__init__(script, finish)
        self._let_go = threading.Event()

    def __iter__(self) -> Iterator[str]:
        for piece in self._script:
            self.taken += 1
            yield str(piece)
        assert self._let_go.wait(30)

    def close(self) -> None:
        super().close()
        self._let_go.set()


def test_of_a_text_that_is_cut_the_whole_lines_count(sample_services: Services) -> None:
    class Model(ScriptedModel):
        def stream(
            self, messages: Sequence[ChatMessage], *, max_tokens: int, temperature: float = 0.0
        ) -> ScriptedGeneration:
            return _Held(["Biden second pillar of AUKUS Japan\n", "summit in Wash"], "stop")

    proposer = PartProposer(Model(), PromptLibrary.load().get("parts"), timeout_s=0.05)
    library = sample_services._library
    proposal = proposer.propose(understand(ASKED, library.shelf().outlets), library, Cancellation())
    assert proposal is not None
    (part,) = proposal.parts
    assert "Washington" not in part.text
    assert "TIMEOUT_S" in (proposal.report.trouble or "")
    assert proposal.usage.completion_tokens == 2


def test_a_circuit_that_is_open_asks_nothing(server: ScriptedLLMServer, services: Services) -> None:
    server.script = [Fail(500)]
    for _ in range(3):
        services.ask(ASKED)
    asked = len(server.requests)
    told = report(services.ask(ASKED))
    assert "in a row" in (told.trouble or "")
    assert len(server.requests) == asked


def test_a_reader_who_leaves_stops_the_proposal(server: ScriptedLLMServer, sample_services: Services) -> None:
    proposer = PartProposer(model_of(server), PromptLibrary.load().get("parts"), timeout_s=60.0)
    server.script = [Stall(trickle_s=0.05)]
    cancellation, library = Cancellation(), sample_services._library
    question = understand(ASKED, library.shelf().outlets)
    asking = threading.Thread(target=lambda: proposer.propose(question, library, cancellation))
    asking.start()
    assert server.wait_for_requests(1)
    cancellation.cancel()
    assert server.wait_for_disconnects(1)
    asking.join(10)
    assert not asking.is_alive()


def test_a_model_that_does_not_stop_is_stopped(server: ScriptedLLMServer, sample_services: Services) -> None:
    proposer = PartProposer(model_of(server), PromptLibrary.load().get("parts"), timeout_s=60.0)
    server.script = [Say("Biden AUKUS Japan\n" * 500, finish_reason="length")]
    library = sample_services._library
    proposal = proposer.propose(understand(ASKED, library.shelf().outlets), library, Cancellation())
    assert proposal is not None
    assert len(proposal.parts) == 1
    assert len(proposal.report.rejected) <= 9


def test_questions_of_one_thing_are_not_asked_about() -> None:
    short = ("What did Biden say about AUKUS?", "How many American troops are there in Japan?", "", "Why?")
    assert not any(may_be_compound(understand(one)) for one in short)
    both: list[Callable[[], bool]] = [
        lambda: may_be_compound(understand(ASKED)),
        lambda: may_be_compound(understand("Who won the match, and what did the loser say?")),
    ]
    assert all(one() for one in both)


def test_a_name_is_known_where_an_article_writes_it(sample_services: Services) -> None:
    library = sample_services._library
    assert has_name(library, "Joe Biden")
    for name in ("Biden Joe", "joe biden", "Elise Moreau", "Joe Bide", "", "…"):
        assert not has_name(library, name)
