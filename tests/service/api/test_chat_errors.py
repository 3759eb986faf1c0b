"""What `/v1/chat/completions` and `/v1/models` refuse, and errors as OpenAI's own client raises them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import openai
import pytest
from openai import OpenAI
from openai.types.chat import ChatCompletionChunk

from ingest.errors import IndexMissing, InvalidRequest, RateLimited, UpstreamUnavailable
from tests.service.api.chat_fakes import ASKED, Replying, client_of


@pytest.fixture(scope="module")
def ferry() -> Iterator[OpenAI]:
    """A client of a server that always gives the same answer."""
    with client_of(Replying()) as client:
        yield client


REFUSED: list[tuple[dict[str, Any], str, str]] = [
    ({"messages": []}, "messages", "at least 1"),
    ({"messages": [{"role": "system", "content": "Hello"}]}, "messages", "no user message"),
    ({"messages": [{"role": "user", "content": " \n"}]}, "messages.0.content", "empty"),
    ({"messages": [*ASKED, {"role": "user", "content": []}]}, "messages.1.content", "empty"),
    ({"messages": [{"role": "user", "content": "x" * 2001}]}, "messages.0.content", "2,000"),
    (
        {
            "messages": [
                {
                    "role": "user",
                    "content": [
                        {"type": "text", "text": "What is this?"},
                        {"type": "image_url", "image_url": {"url": "data:"}},
                    ],
                }
            ]
        },
        "messages.0.content",
        "'image_url': Dateline reads text only",
    ),
    ({"n": 2}, "n", "must be 1"),
    ({"tool_choice": "required"}, "tool_choice", "calls no tools"),
    ({"tool_choice": {"type": "function", "function": {"name": "f"}}}, "tool_choice", "calls no tools"),
    ({"response_format": {"type": "json_object"}}, "response_format", "in prose"),
    ({"modalities": ["text", "audio"]}, "modalities", "must be text"),
    ({"extra_body": {"filters": {"after": "May"}}}, "filters.after", "ISO 8601"),
    ({"extra_body": {"filters": {"outlet": "Post"}}}, "filters.outlet", "not a known field"),
    ({"extra_body": {"filter": {}}}, "body", "filters"),
    ({"extra_body": {"engine": "llm"}}, "body", "dateline-llm"),
]


@pytest.mark.parametrize(("change", "param", "words"), REFUSED)
def test_what_dateline_does_not_do_is_refused_in_words(
    ferry: OpenAI, change: dict[str, Any], param: str, words: str
) -> None:
    for stream in (False, True):
        with pytest.raises(openai.BadRequestError) as caught:
            ferry.chat.completions.create(
                **({"model": "dateline", "messages": ASKED, "stream": stream} | change)
            )
        assert caught.value.param == param
        assert caught.value.type == "invalid_request_error"
        assert words in caught.value.message


def test_json_that_is_none_and_bodies_too_large_are_told_in_openai_s_shape(ferry: OpenAI) -> None:
    url = f"{ferry.base_url}chat/completions"
    broken = httpx.post(url, content=b'{"model"', headers={"content-type": "application/json"})
    assert broken.status_code == 400
    assert "not valid JSON" in broken.json()["error"]["message"]
    large = httpx.post(url, json={"messages": "x" * 1_000_001})
    assert large.status_code == 413
    assert "larger than 1 MB" in large.json()["error"]["message"]


def test_a_model_that_is_not_there_is_not_found(ferry: OpenAI) -> None:
    for stream in (False, True):
        with pytest.raises(openai.NotFoundError, match="there is: dateline, dateline-extractive") as caught:
            ferry.chat.completions.create(model="gpt-5", messages=ASKED, stream=stream)
        assert (caught.value.code, caught.value.param) == ("model_not_found", "model")
    with pytest.raises(openai.NotFoundError, match="`dateline-llm` does not exist") as caught:
        ferry.models.retrieve("dateline-llm")
    assert caught.value.code == "model_not_found"


@pytest.mark.parametrize(
    ("error", "kind", "code", "tries"),
    [
        (IndexMissing("run `dateline ingest FOLDER`"), openai.ConflictError, "index_missing", 1),
        (InvalidRequest("no such engine"), openai.BadRequestError, "invalid_request", 1),
        (UpstreamUnavailable("the model is down"), openai.InternalServerError, "upstream_unavailable", 2),
        (RateLimited("one moment", retry_after_s=0.0), openai.RateLimitError, "rate_limit_exceeded", 2),
    ],
)
def test_errors_are_openai_s_typed_exceptions_and_only_passing_ones_are_tried_again(
    error: Exception, kind: type[openai.APIStatusError], code: str, tries: int
) -> None:
    for stream in (False, True):
        services = Replying(error=error)
        with client_of(services, max_retries=1) as client, pytest.raises(kind) as caught:
            client.chat.completions.create(model="dateline", messages=ASKED, stream=stream)
        assert caught.value.code == code
        assert str(error) in caught.value.message
        assert caught.value.request_id == caught.value.response.headers["x-request-id"]
        assert len(services.calls) == tries


def test_what_nobody_foresaw_is_not_shown(caplog: pytest.LogCaptureFixture) -> None:
    with (
        client_of(Replying(error=ZeroDivisionError("secret detail"))) as client,
        pytest.raises(openai.InternalServerError) as caught,
    ):
        client.chat.completions.create(model="dateline", messages=ASKED)
    assert "secret" not in caught.value.message
    assert caught.value.type == "server_error"
    assert "secret detail" in caplog.text


def test_an_error_in_the_middle_of_a_stream_is_raised_where_it_happens() -> None:
    services = Replying(late_error=UpstreamUnavailable("the model went away"))
    seen: list[ChatCompletionChunk] = []
    with client_of(services) as client:
        stream = client.chat.completions.create(model="dateline", messages=ASKED, stream=True)
        with stream, pytest.raises(openai.APIError, match="the model went away") as caught:
            seen.extend(stream)
    assert [chunk.choices[0].delta.content for chunk in seen][1] == "The ferry sails in May. [1]"
    assert caught.value.code == "upstream_unavailable"
