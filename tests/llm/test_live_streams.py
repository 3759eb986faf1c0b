"""What only a real server can show: statements before the model has ended, and a model that stops when nobody reads."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import pytest
from openai import OpenAI

from service.llm import ChatMessage
from service.model_selection import open_language_model
from service.wiring import Services
from tests.llm.watched_model import ShortSpoken
from tests.service.api.serving import served

QUESTIONS = (
    "What did Biden say about AUKUS?",
    "What did Kishida tell Congress?",
    "What was served at the state dinner for Kishida?",
    "How did the council vote on the flood barrier?",
    "What did Lorna Pickersgill say about the sale?",
    "What did Mao Ning say about Japan?",
)
STORY = [
    ChatMessage("user", "Tell a long story about a lighthouse keeper and his dog, with all that they did.")
]
STORY_TOKENS, LEAST_STORY_TOKENS = 600, 150
PATIENCE_S = 120.0

pytestmark = pytest.mark.timeout(280)


def slot(address: str) -> dict[str, Any]:
    """What llama.cpp's server is doing."""
    (only,) = httpx.get(f"{address}/slots", timeout=PATIENCE_S).json()
    return dict(only)


def tokens_written(state: dict[str, Any]) -> int:
    return int((state.get("next_token") or [{}])[0].get("n_decoded", 0))


def wait_until_writing(address: str, *, processing: bool) -> dict[str, Any]:
    until = time.monotonic() + PATIENCE_S
    while time.monotonic() < until:
        state = slot(address)
        if state["is_processing"] == processing and (not processing or tokens_written(state)):
            return state
        time.sleep(0.02)
    raise AssertionError(f"the model's server did not get to processing={processing}: {state}")


@contextmanager
def stream(url: str, question: str) -> Iterator[Iterator[tuple[str, dict[str, Any]]]]:
    """The events of an answer, as (name, data)."""
    body = {"question": question, "stream": True}
    with httpx.stream("POST", f"{url}/v1/ask", json=body, timeout=PATIENCE_S) as response:
        assert response.status_code == 200

        def events() -> Iterator[tuple[str, dict[str, Any]]]:
            name = ""
            for line in response.iter_lines():
                if line.startswith("event: "):
                    name = line[7:]
                elif line.startswith("data: "):
                    yield name, json.loads(line[6:])

        yield events()


def test_the_first_verified_statement_arrives_before_the_model_has_finished(
    llm_services: Services, model_address: str
) -> None:
    early = 0
    with served(llm_services) as url:
        for question in QUESTIONS:
            with stream(url, question) as events:
                for name, data in events:
                    if name == "statement" and data["statement"]["support"] == "verified":
                        early += slot(model_address)["is_processing"]
                        break
            wait_until_writing(model_address, processing=False)
            if early:
                break
    assert early, "no statement was there before the model had finished, in any answer"


def test_a_client_that_leaves_stops_the_model(llm_services: Services, model_address: str) -> None:
    """The model tells a story. One client hears it out, the other leaves when it has begun."""
    model = open_language_model(llm_services.settings)
    assert model is not None
    services = Services(
        llm_services.settings,
        llm_services._store,
        llm_services._embedder,
        None,
        model=ShortSpoken(model, STORY_TOKENS, instead=STORY),
    )
    whole = services.ask(QUESTIONS[0]).usage.completion_tokens
    assert whole > LEAST_STORY_TOKENS
    wait_until_writing(model_address, processing=False)
    with served(services) as url:
        with stream(url, QUESTIONS[0]) as events:
            assert next(events)[0] == "passages"
            told = tokens_written(wait_until_writing(model_address, processing=True))
        while (state := slot(model_address))["is_processing"]:
            told = max(told, tokens_written(state))
            time.sleep(0.02)
    assert told < whole / 2
    model.close()


@pytest.mark.parametrize("streamed", [False, True], ids=["whole", "streamed"])
def test_openais_client_gets_an_answer_that_the_model_wrote(llm_services: Services, streamed: bool) -> None:
    with served(llm_services) as url:
        client = OpenAI(base_url=f"{url}/v1", api_key="none", max_retries=0, timeout=PATIENCE_S)
        assert "dateline-llm" in [model.id for model in client.models.list()]
        messages: Any = [{"role": "user", "content": QUESTIONS[0]}]
        if streamed:
            with client.chat.completions.create(
                model="dateline-llm", messages=messages, stream=True, stream_options={"include_usage": True}
            ) as chunks:
                parts = list(chunks)
            text = "".join(part.choices[0].delta.content or "" for part in parts if part.choices)
            usage = parts[-1].usage
        else:
            reply = client.chat.completions.create(model="dateline-llm", messages=messages)
            text, usage = reply.choices[0].message.content or "", reply.usage
        client.close()
    assert "[1]" in text
    assert f"{url}/articles/" in text
    assert usage is not None
    assert usage.completion_tokens > 0
