"""The gateway against a real HTTP server that misbehaves: retries, deadlines, refusals, and letting go."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
from pydantic import SecretStr

from ingest.errors import ContextTooLong, DatelineError, RateLimited, UpstreamRefused, UpstreamUnavailable
from ingest.retrying import RetryPolicy
from service.answers import Usage
from service.generation_thread import ThreadedGeneration, Timeouts
from service.llm import ChatMessage, Generation, LanguageModel
from service.model_limits import CircuitBreaker, ModelLimits, TokenBudget
from service.openai_model import OpenAIModel
from service.prices import Prices
from tests.service.llm_server import (
    Behaviour,
    Fail,
    Raw,
    Refuse,
    Reset,
    Say,
    ScriptedLLMServer,
    Stall,
    Whole,
    collected,
)

MESSAGES = [ChatMessage("system", "Answer briefly."), ChatMessage("user", "Will it rain?")]
TEXT = "Rain is likely on Friday [1.2]. Snow is not [2.1]."
QUICK = RetryPolicy(attempts=3, first_wait_s=0.01, longest_wait_s=0.02, jitter_s=0.0, total_s=10.0)
PATIENT = Timeouts()
HASTY = Timeouts(first_piece_s=0.25)
STRICT = Timeouts(gap_s=0.25)
KEY = "sk-very-secret-0123456789"

Open = Callable[..., OpenAIModel]


@pytest.fixture(scope="module", autouse=True)
def _imported() -> None:
    """The client's import and first use take a second or two, which the hasty timeouts of these tests have not."""
    with ScriptedLLMServer() as server:
        model = OpenAIModel("scripted", base_url=server.url)
        assert "".join(model.stream(MESSAGES, max_tokens=5)) == "Hello."
        model.close()


@pytest.fixture
def server() -> Iterator[ScriptedLLMServer]:
    with ScriptedLLMServer() as one:
        yield one


@pytest.fixture
def opened(server: ScriptedLLMServer) -> Iterator[Open]:
    """Opens models of the server, closed at the end."""
    models: list[OpenAIModel] = []

    def open_model(*script: Behaviour, name: str | None = "scripted", **options: object) -> OpenAIModel:
        if script:
            server.script = list(script)
        given: dict[str, object] = {"base_url": server.url, "timeouts": PATIENT, "policy": QUICK, **options}
        models.append(OpenAIModel(name, **given))  # type: ignore[arg-type]
        return models[-1]

    yield open_model
    for model in models:
        model.close()


def written(model: LanguageModel) -> str:
    return "".join(model.stream(MESSAGES, max_tokens=100))


def failing(model: LanguageModel, error: type[DatelineError]) -> tuple[list[str], DatelineError]:
    """What came before the error, and the error."""
    before: list[str] = []
    generation = model.stream(MESSAGES, max_tokens=100)
    with pytest.raises(error) as caught, generation:
        collected(iter(generation), before)
    assert generation.finish_reason is None
    return before, caught.value


def test_a_stream_is_passed_on_with_its_usage_and_cost(server: ScriptedLLMServer, opened: Open) -> None:
    model = opened(Say(TEXT, usage=(1000, 200)), name="gpt-4.1-mini", prices=Prices.load())
    with model.stream(MESSAGES, max_tokens=77, temperature=0.3) as generation:
        assert "".join(generation) == TEXT
    assert generation.finish_reason == "stop"
    assert generation.usage.model_dump() == {
        "prompt_tokens": 1000,
        "completion_tokens": 200,
        "cost_usd": pytest.approx((1000 * 0.4 + 200 * 1.6) / 1e6),
    }
    assert server.requests == [
        {
            "model": "gpt-4.1-mini",
            "messages": [
                {"role": "system", "content": "Answer briefly."},
                {"role": "user", "content": "Will it rain?"},
            ],
            "max_tokens": 77,
            "temperature": 0.3,
            "stream": True,
            "stream_options": {"include_usage": True},
        }
    ]
    assert server.headers[0]["authorization"] == "Bearer none"


# Chaos: each trouble a server can make, the attempts it may cost, and no word twice


@pytest.mark.parametrize(
    "trouble",
    [
        Fail(429, retry_after="0.05"),
        Fail(503, retry_after="0"),
        Fail(500),
        Fail(529),
        Reset(),
        Raw(b"data: {not json\n\n"),
        Raw(b'data: {"error": {"message": "overloaded", "code": 503}}\n\n'),
        Raw(b"", content_type="text/event-stream"),
        Raw(b"<html>gateway timeout</html>", content_type="application/json"),
        Say("", finish_reason=None, done=False),
        Say(reasoning="I was about to", finish_reason=None, done=False),
    ],
    ids=lambda trouble: f"{type(trouble).__name__}-{getattr(trouble, 'status', '')}",
)
def test_trouble_before_the_first_piece_is_tried_again(
    trouble: Behaviour, server: ScriptedLLMServer, opened: Open
) -> None:
    assert written(opened(trouble, trouble, Say(TEXT))) == TEXT
    assert len(server.requests) == 3
    error = RateLimited if isinstance(trouble, Fail) and trouble.retry_after else UpstreamUnavailable
    assert failing(opened(trouble), error)[0] == []
    assert len(server.requests) == 6


def test_a_server_that_says_nothing_is_given_up_after_the_attempts(
    server: ScriptedLLMServer, opened: Open
) -> None:
    for silence in (Stall(), Stall(trickle_s=0.02), Say(TEXT, first_delay_s=30)):
        server.requests.clear()
        server.disconnects = 0
        before, error = failing(opened(silence, timeouts=HASTY), UpstreamUnavailable)
        assert before == []
        assert str(error) == "the language model did not begin to answer within 0.25 s"
        assert len(server.requests) == 3
        assert server.wait_for_disconnects(3)
    assert written(opened(Stall(), Say(TEXT), timeouts=Timeouts(first_piece_s=1.0))) == TEXT


@pytest.mark.parametrize(
    ("trouble", "complaint"),
    [
        (Reset("Rain is likely"), "broke off"),
        (Stall("Rain is likely"), r"stopped answering within 0.25 s"),
        (Stall("Rain is likely", trickle_s=0.02), r"stopped answering within 0.25 s"),
        (Say("Rain is likely", finish_reason=None, done=False), "ended without saying so"),
        (
            Raw(b'data: {"choices": [{"delta": {"content": "Rain is likely"}}]}\n\ndata: {oops\n\n'),
            "not JSON",
        ),
    ],
)
def test_trouble_after_the_first_piece_ends_the_answer(
    trouble: Behaviour, complaint: str, server: ScriptedLLMServer, opened: Open
) -> None:
    before, error = failing(opened(trouble, Say(TEXT), timeouts=STRICT), UpstreamUnavailable)
    assert "Rain is likely".startswith("".join(before))
    assert before
    assert complaint in str(error)
    assert len(server.requests) == 1


def test_the_whole_has_a_deadline_though_something_comes_all_the_time(
    server: ScriptedLLMServer, opened: Open
) -> None:
    for endless in (
        Say("x" * 3000, piece_chars=1, delay_s=0.01),
        Say(cut=["<think>", *["hm " for _ in range(3000)]], delay_s=0.01),
        Stall(trickle_s=0.01),
    ):
        server.disconnects = 0
        timeouts = Timeouts(first_piece_s=30, gap_s=30, total_s=0.4)
        _, error = failing(opened(endless, timeouts=timeouts), UpstreamUnavailable)
        assert str(error) == "the language model did not finish within 0.4 s"
        assert server.wait_for_disconnects(1)


def test_a_wait_that_is_too_long_is_not_begun(server: ScriptedLLMServer, opened: Open) -> None:
    _, error = failing(opened(Fail(429, retry_after="3600")), RateLimited)
    assert isinstance(error, RateLimited)
    assert error.retry_after_s == 3600
    assert len(server.requests) == 1


def test_a_server_that_is_not_there(opened: Open) -> None:
    with ScriptedLLMServer() as gone:
        url = gone.url
    _, error = failing(opened(base_url=url), UpstreamUnavailable)
    assert "cannot be reached" in str(error)


def test_an_empty_answer_has_no_piece(server: ScriptedLLMServer, opened: Open) -> None:
    for empty in (Say(""), Raw(b"data: [DONE]\n\n"), Say("<think>nothing to say</think>")):
        generation = opened(empty).stream(MESSAGES, max_tokens=10)
        assert list(generation) == []
        assert generation.finish_reason in ("stop", "other")
    assert len(server.requests) == 3


def test_reasoning_is_not_passed_on_but_counted(opened: Open) -> None:
    for reasoned in (
        Say(f"<think>Let me see.\n</think>\n\n{TEXT}", piece_chars=3, usage=None),
        Say(TEXT, reasoning="Let me see.", usage=None),
    ):
        generation = opened(reasoned).stream(MESSAGES, max_tokens=10)
        assert "".join(generation) == TEXT
        assert generation.usage.completion_tokens > len(TEXT) / 3


def test_usage_is_estimated_where_the_server_says_nothing(opened: Open) -> None:
    model = opened(Say(TEXT, usage=None))
    generation = model.stream(MESSAGES, max_tokens=10)
    assert generation.usage == Usage()
    assert "".join(generation) == TEXT
    assert generation.usage.prompt_tokens >= model.count_tokens("Answer briefly. Will it rain?")
    assert generation.usage.completion_tokens == model.count_tokens(TEXT)


def test_the_end_counts_though_the_rest_is_lost(opened: Open) -> None:
    chunk = b'data: {"choices": [{"delta": {"content": "All."}, "finish_reason": "length"}]}\n\n'
    for rest in (b"", b"data: {oops\n\n"):
        generation = opened(Raw(chunk + rest)).stream(MESSAGES, max_tokens=10)
        assert list(generation) == ["All."]
        assert generation.finish_reason == "length"


def test_an_answer_that_is_no_stream_is_taken(opened: Open) -> None:
    generation = opened(Whole(f"<think>hm</think>{TEXT}")).stream(MESSAGES, max_tokens=10)
    assert "".join(generation) == TEXT
    assert (generation.finish_reason, generation.usage.prompt_tokens) == ("stop", 11)


@pytest.mark.parametrize(
    "reply",
    [
        Fail(401, f"Incorrect API key provided: {KEY}"),
        Fail(400, f"no, {KEY}"),
        Fail(404, "model not found"),
        Fail(429, error={"code": "insufficient_quota"}),
        Raw(b'data: {"answer": "Rain."}\n\n'),
        Raw(b'["Rain."]', content_type="application/json"),
    ],
)
def test_a_refusal_is_not_tried_again_nor_tells_the_key(
    reply: Behaviour, server: ScriptedLLMServer, opened: Open
) -> None:
    model = opened(reply, api_key=SecretStr(KEY))
    before, error = failing(model, UpstreamRefused)
    assert (before, len(server.requests)) == ([], 1)
    assert server.headers[0]["authorization"] == f"Bearer {KEY}"
    assert KEY not in f"{error!r} {model!r} {vars(model)}"


# What servers refuse


def test_refused_fields_are_left_out_and_remembered(server: ScriptedLLMServer, opened: Open) -> None:
    fussy = Refuse("temperature", Refuse("max_tokens", Refuse("stream_options", Say(TEXT), by_param=False)))
    model = opened(fussy)
    assert written(model) == TEXT
    assert len(server.requests) == 4
    assert written(model) == TEXT
    assert len(server.requests) == 5
    assert server.requests[-1].keys() == {"model", "messages", "stream", "max_completion_tokens"}
    assert server.requests[-1]["max_completion_tokens"] == 100


def test_a_field_whose_absence_does_not_help_is_sent_again(server: ScriptedLLMServer, opened: Open) -> None:
    model = opened(Fail(400, "the temperature of this prompt is not allowed"))
    failing(model, UpstreamRefused)
    assert len(server.requests) == 2
    server.script = [Say(TEXT)]
    assert written(model) == TEXT
    assert "temperature" in server.requests[-1]


@pytest.mark.parametrize(
    ("reply", "tokens"),
    [
        (Fail(400, error={"code": "context_length_exceeded"}), 8192),
        (
            Fail(
                400,
                "This model's maximum context length is 4096 tokens. However, you requested 5000 tokens (4000 in the "
                "messages, 1000 in the completion); reduce max_tokens.",
            ),
            4096,
        ),
        (Fail(400, "too long", error={"type": "exceed_context_size_error", "n_ctx": 2048}), 2048),
        (Fail(500, "the request exceeds the available context size, try increasing it"), 8192),
        (
            Raw(
                b'data: {"error": {"message": "the request exceeds the available context size (1024 tokens)"}}\n\n'
            ),
            1024,
        ),
    ],
)
def test_a_prompt_that_is_too_long_is_told_apart(
    reply: Behaviour, tokens: int, server: ScriptedLLMServer, opened: Open
) -> None:
    model = opened(reply)
    failing(model, ContextTooLong)
    assert len(server.requests) == 1
    assert model.context_tokens == tokens


# Letting go


def closed_while_waiting(generation: ThreadedGeneration, ready: Callable[[], bool]) -> list[str]:
    """What another thread had read when the generation was closed under it."""
    read: list[str] = []
    reader = threading.Thread(target=collected, args=(iter(generation), read))
    reader.start()
    assert ready()
    generation.close()
    reader.join(10)
    assert not reader.is_alive()
    return read


@pytest.mark.parametrize(
    "behaviour", [Say(TEXT, first_delay_s=30), Stall(), Stall(trickle_s=0.01), Stall("Rain is likely")]
)
def test_closing_ends_the_request_while_another_thread_waits(
    behaviour: Behaviour, server: ScriptedLLMServer, opened: Open
) -> None:
    breaker = CircuitBreaker(failures=1)
    model = opened(behaviour, limits=ModelLimits(breaker=breaker))
    generation = model.stream(MESSAGES, max_tokens=10)
    read = closed_while_waiting(generation, lambda: server.wait_for_requests(1))
    assert "Rain is likely".startswith("".join(read))
    assert server.wait_for_disconnects(1)
    generation.close()
    assert list(generation) == []
    assert len(server.requests) == 1
    server.script = [Say(TEXT)]
    assert written(model) == TEXT  # and the circuit has not taken it for a failure


def test_closing_ends_the_wait_between_attempts(server: ScriptedLLMServer, opened: Open) -> None:
    policy = replace(QUICK, total_s=100)
    generation = opened(Fail(429, retry_after="60"), policy=policy).stream(MESSAGES, max_tokens=10)
    assert closed_while_waiting(generation, lambda: server.wait_for_requests(1)) == []
    assert len(server.requests) == 1


def test_a_generation_that_nobody_holds_is_closed(server: ScriptedLLMServer, opened: Open) -> None:
    generation: Generation | None = opened(Stall("Rain")).stream(MESSAGES, max_tokens=10)
    assert generation is not None
    assert next(iter(generation)) == "Rain"
    del generation
    assert server.wait_for_disconnects(1)


def test_pieces_come_before_the_model_has_finished(server: ScriptedLLMServer, opened: Open) -> None:
    with opened(Stall("Rain is likely")).stream(MESSAGES, max_tokens=10) as generation:
        assert next(iter(generation)) == "Rain is"
        assert generation.finish_reason is None
        assert server.disconnects == 0
    assert server.wait_for_disconnects(1)


# Limits


def test_a_dead_server_is_left_alone_for_a_while(server: ScriptedLLMServer, opened: Open) -> None:
    now_s = [0.0]
    breaker = CircuitBreaker(failures=2, pause_s=30, clock=lambda: now_s[0])
    model = opened(Fail(500), limits=ModelLimits(breaker=breaker))
    for _ in range(2):
        failing(model, UpstreamUnavailable)
    _, error = failing(model, UpstreamUnavailable)
    assert "failed 2 times in a row" in str(error)
    assert len(server.requests) == 6
    server.script = [Say(TEXT)]
    now_s[0] = 30.0
    assert written(model) == TEXT


def test_answers_beyond_the_turns_are_told_to_wait(server: ScriptedLLMServer, opened: Open) -> None:
    model = opened(Stall("Rain"), Say(TEXT), limits=ModelLimits(concurrency=1, wait_s=0.05))
    with model.stream(MESSAGES, max_tokens=10) as generation:
        assert next(iter(generation)) == "Rain"
        failing(model, RateLimited)
    patient = opened(limits=ModelLimits(concurrency=1, wait_s=10))
    assert written(patient) == TEXT
    assert len(server.requests) == 2


def test_the_budget_counts_what_answers_took(server: ScriptedLLMServer, opened: Open) -> None:
    limits = ModelLimits(budget=TokenBudget(per_minute=150, clock=lambda: 0.0))
    model = opened(Say(TEXT, usage=(40, 20)), limits=limits)
    assert written(model) == TEXT
    _, error = failing(model, RateLimited)  # the prompt and 100 tokens do not fit beside 60
    assert isinstance(error, RateLimited)
    assert error.retry_after_s == 60
    assert len(server.requests) == 1


# The server's own list


def test_the_servers_list_names_the_model_and_its_context(server: ScriptedLLMServer, opened: Open) -> None:
    server.models = ["nomic-embed-text", "bge-m3", {"id": "qwen3:8b", "max_model_len": 4096}]
    model = opened(Say(TEXT), name=None)
    assert server.listed == 0
    assert model.name == "a model of 127.0.0.1"
    assert written(model) == written(model) == TEXT
    assert [request["model"] for request in server.requests] == ["qwen3:8b", "qwen3:8b"]
    assert (model.name, model.context_tokens, server.listed) == ("qwen3:8b", 4096, 1)


def test_a_model_called_by_its_path_is_shown_by_its_file(server: ScriptedLLMServer, opened: Open) -> None:
    server.models = ["/home/somebody/models/Small-1B.Q4_K_M.gguf"]
    model = opened(Say(TEXT), name=None)
    assert written(model) == TEXT
    assert model.name == "Small-1B.Q4_K_M.gguf"
    assert server.requests[0]["model"] == "/home/somebody/models/Small-1B.Q4_K_M.gguf"
    assert opened(name="org/model").name == "org/model"


@pytest.mark.parametrize(
    ("entry", "tokens"),
    [
        ({"max_model_len": 32768}, 32768),
        ({"meta": {"n_ctx": 2048, "n_ctx_train": 131072}}, 2048),
        ({"meta": {"n_ctx_train": 2048}}, 2048),
        ({"meta": {"n_ctx_train": 131072}}, 8192),
        ({"max_model_len": None}, 8192),
        ({}, 8192),
    ],
)
def test_the_context_is_read_where_servers_put_it(
    entry: dict[str, object], tokens: int, server: ScriptedLLMServer, opened: Open
) -> None:
    server.models = [{"id": "other", "max_model_len": 1}, {"id": "scripted", **entry}]
    model = opened()
    assert (model.context_tokens, model.context_tokens, server.listed) == (tokens, tokens, 1)
    assert opened(context_tokens=1000).context_tokens == 1000


def test_a_list_that_cannot_be_had_is_not_asked_for_again_at_once(
    server: ScriptedLLMServer, opened: Open
) -> None:
    server.models = None
    model = opened(name=None)
    assert model.context_tokens == 8192
    failing(model, UpstreamRefused)
    assert (server.listed, server.requests) == (1, [])
    server.models = ["found-at-last"]
    again = opened(Say(TEXT), name=None, listing_pause_s=0.0)
    assert written(again) == TEXT


def test_a_list_without_a_chat_model_says_what_to_do(server: ScriptedLLMServer, opened: Open) -> None:
    server.models = ["text-embedding-3-small", "whisper-1"]
    _, error = failing(opened(name=None), UpstreamRefused)
    assert "DATELINE_LLM_MODEL" in str(error)


def test_threads_may_share_a_model(server: ScriptedLLMServer, opened: Open) -> None:
    server.script = [lambda body: Say(body["messages"][0]["content"], delay_s=0.001)]
    model = opened(limits=ModelLimits(concurrency=3))
    answers: dict[int, str] = {}

    def ask(number: int) -> None:
        message = ChatMessage("user", f"question number {number}")
        answers[number] = "".join(model.stream([message], max_tokens=10))

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == {number: f"question number {number}" for number in range(8)}


def test_no_thread_is_left_behind(server: ScriptedLLMServer, opened: Open) -> None:
    model = opened(Stall("Rain"))
    for _ in range(3):
        with model.stream(MESSAGES, max_tokens=10) as generation:
            assert next(iter(generation)) == "Rain"
    assert server.wait_for_disconnects(3)
    for _ in range(1000):
        if not any(thread.name == "dateline-model" for thread in threading.enumerate()):
            return
        time.sleep(0.01)
    pytest.fail("a writer's thread is still there")
