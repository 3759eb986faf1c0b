"""llama-index's models behind Dateline's protocol: its own mock, and a class of ours that fails as vendors' do."""

from __future__ import annotations

import threading
from collections.abc import Generator, Iterator, Sequence
from typing import Any

import pytest
from llama_index.core.llms import (
    CompletionResponse,
    CompletionResponseGen,
    CustomLLM,
    LLMMetadata,
    MockLLM,
)
from pydantic import PrivateAttr

from ingest.errors import DatelineError, RateLimited, UpstreamRefused, UpstreamUnavailable
from service.generation_thread import Timeouts
from service.llama_index_model import LlamaIndexModel
from service.llm import ChatMessage
from service.model_limits import CircuitBreaker, ModelLimits
from service.prices import Prices

MESSAGES = [ChatMessage("system", "Answer briefly."), ChatMessage("user", "Will it rain?")]


class HTTPFailure(Exception):
    """An exception as many clients raise it."""

    def __init__(self, status_code: int) -> None:
        super().__init__("the key is sk-123")
        self.status_code = status_code


class Scripted(CustomLLM):
    """Writes a script; an exception in it is raised, an event waited for."""

    _script: Sequence[str | Exception | threading.Event] = PrivateAttr()
    _asked: list[tuple[str, dict[str, Any]]] = PrivateAttr(default_factory=list)
    _closed: threading.Event = PrivateAttr(default_factory=threading.Event)

    def __init__(self, *script: str | Exception | threading.Event) -> None:
        super().__init__()
        self._script = script

    @property
    def metadata(self) -> LLMMetadata:
        return LLMMetadata(model_name="gpt-4.1-nano", context_window=2000)

    def complete(self, prompt: str, formatted: bool = False, **kwargs: Any) -> CompletionResponse:
        raise NotImplementedError

    def stream_complete(self, prompt: str, formatted: bool = False, **kwargs: Any) -> CompletionResponseGen:
        self._asked.append((prompt, kwargs))

        def written() -> Generator[CompletionResponse]:
            try:
                for piece in self._script:
                    if isinstance(piece, Exception):
                        raise piece
                    if isinstance(piece, threading.Event):
                        piece.wait(10)
                        continue
                    yield CompletionResponse(text=piece, delta=piece)
            finally:
                self._closed.set()

        return written()


def opened(*script: str | Exception | threading.Event, **options: Any) -> tuple[LlamaIndexModel, Scripted]:
    llm = Scripted(*script)
    return LlamaIndexModel(llm, **options), llm


def test_llama_indexs_own_mock_is_a_language_model() -> None:
    model = LlamaIndexModel(MockLLM(max_tokens=3))
    with model.stream(MESSAGES, max_tokens=5) as generation:
        assert "".join(generation) == "text text text"
    assert generation.finish_reason == "other"
    assert (model.name, model.context_tokens) == ("MockLLM", 3900)
    assert generation.usage.completion_tokens == model.count_tokens("text text text")
    assert generation.usage.cost_usd is None


def test_messages_options_usage_and_cost() -> None:
    model, llm = opened("<think>hm", "</think> Rain", " on Friday.", prices=Prices.load())
    generation = model.stream(MESSAGES, max_tokens=77, temperature=0.5)
    assert list(generation) == ["Rain", " on Friday."]
    [(prompt, options)] = llm._asked
    assert "Answer briefly." in prompt
    assert "Will it rain?" in prompt
    assert options == {"max_tokens": 77, "temperature": 0.5}
    assert generation.usage.prompt_tokens > 0
    assert generation.usage.cost_usd is not None
    assert (model.name, model.context_tokens) == ("gpt-4.1-nano", 2000)


def test_options_may_have_other_names_or_none() -> None:
    model, llm = opened("Yes.", options={"max_tokens": "max_new_tokens"})
    assert list(model.stream(MESSAGES, max_tokens=7)) == ["Yes."]
    assert llm._asked[0][1] == {"max_new_tokens": 7}


def failures() -> Iterator[tuple[Exception, type[DatelineError]]]:
    import httpx
    import openai

    yield httpx.ReadTimeout("late"), UpstreamUnavailable
    yield openai.OpenAIError("no key"), UpstreamRefused
    yield TimeoutError(), UpstreamUnavailable
    yield ConnectionResetError(), UpstreamUnavailable
    yield HTTPFailure(429), RateLimited
    yield HTTPFailure(503), UpstreamUnavailable
    yield HTTPFailure(401), UpstreamRefused
    yield TypeError("unexpected keyword"), UpstreamRefused
    yield RateLimited("ours", 3.0), RateLimited


@pytest.mark.parametrize(("error", "kind"), list(failures()), ids=repr)
def test_errors_become_datelines(error: Exception, kind: type[DatelineError]) -> None:
    model, _ = opened("Rain", error)
    before: list[str] = []
    with pytest.raises(kind) as caught, model.stream(MESSAGES, max_tokens=5) as generation:
        before.extend(generation)
    assert "sk-123" not in str(caught.value)
    assert isinstance(error, DatelineError) or caught.value.__cause__ is error


def test_a_model_that_stalls_is_left() -> None:
    forever = threading.Event()
    model, llm = opened("Rain", forever, "late", timeouts=Timeouts(gap_s=0.1))
    with pytest.raises(UpstreamUnavailable, match="stopped answering"):
        list(model.stream(MESSAGES, max_tokens=5))
    forever.set()
    assert llm._closed.wait(10)


def test_closing_lets_the_reader_go_at_once_and_ends_the_model_at_its_next_piece() -> None:
    forever = threading.Event()
    model, llm = opened("Rain", forever, "unwanted", "never written")
    generation = model.stream(MESSAGES, max_tokens=5)
    pieces = iter(generation)
    assert next(pieces) == "Rain"
    generation.close()
    assert list(pieces) == []
    assert not llm._closed.is_set()
    forever.set()
    assert llm._closed.wait(10)


def test_limits_hold_here_too() -> None:
    limits = ModelLimits(breaker=CircuitBreaker(failures=1))
    model, llm = opened(ConnectionResetError(), limits=limits)
    for complaint in ("cannot be reached", "in a row"):
        with pytest.raises(UpstreamUnavailable, match=complaint):
            list(model.stream(MESSAGES, max_tokens=5))
    assert len(llm._asked) == 1
