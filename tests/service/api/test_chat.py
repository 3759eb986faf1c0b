"""`/v1/chat/completions` and `/v1/models`, asked by OpenAI's own client over a real connection."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import httpx
import openai
import pytest
from hypothesis import given
from hypothesis import strategies as st
from openai import OpenAI
from openai.types.chat import ChatCompletion, ChatCompletionMessageParam

from ingest.articles import ArticleFilter
from service.answers import Answer, Citation, Statement
from service.api.chat_format import SOURCES, ReplyText
from service.conversation import Turn
from service.wiring import Services
from tests.service.api.chat_fakes import ASKED, FERRY, NOTHING, Replying, citation, client_of, extra
from tests.service.api.fakes import FakeServices


@pytest.fixture(scope="module")
def ferry() -> Iterator[OpenAI]:
    """A client of a server that always gives the same answer."""
    with client_of(Replying()) as client:
        yield client


def test_a_completion_holds_the_answer_its_sources_and_its_citations(ferry: OpenAI) -> None:
    reply = ferry.chat.completions.create(model="dateline", messages=ASKED)
    (choice,) = reply.choices
    address = str(ferry.base_url).removesuffix("/v1/")
    assert choice.message.content == (
        "The ferry sails in May. [1] It cost 9 million. [1] [2]\n\n"
        "“When did it sink?”: nothing found.\n\n"
        "The sources disagree: the cost\n- 9 million [1]\n- 8 million [2]\n\n"
        "The model stopped half-way.\n\n"
        "Sources:\n"
        f"- [1] Story 1, Harbour Post, 2024-04-10: {address}/articles/0000000000000001#c3-8\n"
        f"- [2] story-2.md: {address}/articles/0000000000000002#c3-8"
    )
    assert (choice.finish_reason, choice.index, choice.message.role) == ("stop", 0, "assistant")
    assert reply.id.startswith("chatcmpl-")
    assert (reply.object, reply.model, reply.system_fingerprint) == (
        "chat.completion",
        "dateline",
        "generation-7",
    )
    assert reply.usage is not None
    assert (reply.usage.prompt_tokens, reply.usage.completion_tokens, reply.usage.total_tokens) == (
        200,
        30,
        230,
    )
    citations = [Citation.model_validate(item) for item in extra(choice.message, "citations")]
    assert [item.model_copy(update={"url": item.url.removeprefix(address)}) for item in citations] == list(
        FERRY.citations
    )
    assert all(item.url.startswith(address) for item in citations)
    assert extra(choice.message, "status") == "answered"
    assert extra(choice.message, "engine") == "llm"


def test_annotations_mark_every_marker_of_the_text(ferry: OpenAI) -> None:
    message = ferry.chat.completions.create(model="dateline", messages=ASKED).choices[0].message
    assert message.content is not None
    marks = [item.url_citation for item in message.annotations or []]
    assert [message.content[mark.start_index : mark.end_index] for mark in marks] == [
        "[1]",
        "[1]",
        "[2]",
        "[1]",
        "[2]",
    ]
    urls = {item["id"]: item["url"] for item in extra(message, "citations")}
    assert [mark.url for mark in marks] == [urls[number] for number in (1, 1, 2, 1, 2)]
    assert {mark.title for mark in marks} == {"Story 1", "story-2.md"}


def test_a_stream_gives_a_chunk_a_statement_and_says_the_same(ferry: OpenAI) -> None:
    whole = ferry.chat.completions.create(model="dateline", messages=ASKED).choices[0].message
    with ferry.chat.completions.create(
        model="dateline", messages=ASKED, stream=True, stream_options={"include_usage": True}
    ) as stream:
        chunks = list(stream)
    assert len({(chunk.id, chunk.created, chunk.model, chunk.system_fingerprint) for chunk in chunks}) == 1
    *told, last = chunks
    deltas = [chunk.choices[0].delta for chunk in told]
    assert deltas[0].role == "assistant"
    assert [delta.content for delta in deltas[:3]] == [
        "",
        "The ferry sails in May. [1]",
        " It cost 9 million. [1] [2]",
    ]
    assert "".join(delta.content or "" for delta in deltas) == whole.content
    assert [chunk.choices[0].finish_reason for chunk in told] == [None, None, None, None, "stop"]
    assert extra(deltas[3], "citations") == extra(whole, "citations")
    assert extra(deltas[3], "annotations") == [item.model_dump() for item in whole.annotations or []]
    assert not deltas[2].model_extra
    assert last.choices == []
    assert last.usage is not None
    assert last.usage.total_tokens == 230


def test_openai_s_own_accumulation_of_a_stream_gives_the_completion(ferry: OpenAI) -> None:
    whole = ferry.chat.completions.create(model="dateline", messages=ASKED).choices[0].message
    with ferry.chat.completions.stream(model="dateline", messages=ASKED) as stream:
        gathered = stream.get_final_completion().choices[0].message
    assert gathered.content == whole.content
    assert gathered.annotations == whole.annotations
    assert extra(gathered, "citations") == extra(whole, "citations")


def test_on_the_wire_a_stream_is_data_lines_to_the_end(ferry: OpenAI) -> None:
    body = {"model": "dateline", "messages": ASKED, "stream": True}
    reply = httpx.post(f"{ferry.base_url}chat/completions", json=body)
    assert reply.headers["content-type"].startswith("text/event-stream")
    lines = [line for line in reply.text.splitlines() if line]
    assert all(line.startswith("data: ") for line in lines)
    assert lines[-1] == "data: [DONE]"
    assert '"usage"' not in reply.text


@pytest.mark.parametrize("stream", [False, True])
def test_an_abstention_is_an_ordinary_answer(stream: bool) -> None:
    with client_of(Replying(reply=NOTHING)) as client:
        if stream:
            with client.chat.completions.stream(model="dateline", messages=ASKED) as events:
                choice: Any = events.get_final_completion().choices[0]
        else:
            choice = client.chat.completions.create(model="dateline", messages=ASKED).choices[0]
    assert choice.finish_reason == "stop"
    assert choice.message.content.startswith(
        "The articles do not answer this. Nobody is named.\n\nClosest found:\n- Story 1, Harbour Post, 2024-04-10: http"
    )
    assert extra(choice.message, "status") == "abstained"
    assert extra(choice.message, "citations") == []


def test_the_last_user_message_is_the_question_and_what_stands_before_it_the_history() -> None:
    services = Replying(offered=("extractive", "llm"))
    with client_of(services) as client:
        said = client.chat.completions.create(model="dateline", messages=ASKED).choices[0].message.content
        assert said is not None
        client.chat.completions.create(
            model="dateline-llm",
            messages=[
                {"role": "system", "content": "Answer as a pirate."},
                {"role": "user", "content": "What about the ferry?"},
                {"role": "assistant", "content": said},
                {"role": "developer", "content": "Cite nothing."},
                {"role": "assistant", "content": None, "tool_calls": []},
                {"role": "tool", "tool_call_id": "1", "content": "42"},
                {
                    "role": "user",
                    "content": [
                        {"type": "text", "text": " And when"},
                        {"type": "text", "text": "was that? "},
                    ],
                },
                {"role": "assistant", "content": "Perhaps"},
            ],
            extra_body={"filters": {"outlets": ["Harbour Post"], "after": "2024-04-01"}},
        )
    call = services.calls[1]
    assert call.question == "And when\nwas that?"
    assert call.history == (
        Turn("user", "What about the ferry?"),
        Turn("assistant", said.partition(SOURCES)[0]),
    )
    assert call.filters == ArticleFilter(outlets=frozenset({"Harbour Post"}), after="2024-04-01")
    assert call.engine == "llm"


def test_a_long_conversation_is_no_error() -> None:
    services = Replying()
    turns: list[ChatCompletionMessageParam] = [
        {"role": "user", "content": f"{n} " + "x" * 21_000} for n in range(42)
    ]
    with client_of(services) as client:
        client.chat.completions.create(model="dateline", messages=[*turns, *ASKED])
    assert len(services.calls[0].history) == 40
    assert services.calls[0].history[0].content.startswith("2 ")
    assert {len(turn.content) for turn in services.calls[0].history} == {20_000}


def test_parameters_that_steer_a_model_s_writing_change_nothing(ferry: OpenAI) -> None:
    plain = ferry.chat.completions.create(model="dateline", messages=ASKED).choices[0].message
    steered = ferry.chat.completions.create(
        model="dateline-extractive",
        messages=ASKED,
        temperature=1.7,
        top_p=0.2,
        max_tokens=1,
        max_completion_tokens=1,
        n=1,
        stop=["ferry"],
        seed=7,
        user="me",
        metadata={"a": "b"},
        logit_bias={"1": 2},
        presence_penalty=1,
        response_format={"type": "text"},
        tools=[{"type": "function", "function": {"name": "f"}}],
        tool_choice="auto",
        modalities=["text"],
        extra_body={"of_next_year": True},
    )
    assert steered.choices[0].message == plain
    assert steered.choices[0].finish_reason == "stop"


def test_models_are_those_whose_engine_is_there(ferry: OpenAI) -> None:
    assert [model.id for model in ferry.models.list()] == ["dateline", "dateline-extractive"]
    with client_of(Replying(offered=("extractive", "llm"))) as client:
        listed = list(client.models.list())
        assert [model.id for model in listed] == ["dateline", "dateline-extractive", "dateline-llm"]
        assert client.models.retrieve("dateline-llm") == listed[2]
        assert (listed[2].object, listed[2].owned_by) == ("model", "dateline")


def test_work_stops_when_the_reader_of_a_stream_leaves() -> None:
    services = FakeServices(endless=True)
    with client_of(services) as client:
        stream = client.chat.completions.create(model="dateline", messages=ASKED, stream=True)
        for _ in range(3):
            next(stream)
        assert not services.closed.is_set()
        stream.close()
        assert services.closed.wait(20)


def test_work_stops_when_who_waits_for_the_whole_answer_leaves() -> None:
    services = FakeServices(endless=True)
    with client_of(services, timeout=0.3) as client:
        with pytest.raises(openai.APITimeoutError):
            client.chat.completions.create(model="dateline", messages=ASKED)
        assert services.closed.wait(20)


def test_over_real_articles_the_answer_is_that_of_ask(sample_services: Services) -> None:
    questions = ["What did Biden say about AUKUS?", "Who won the 1930 World Cup?"]
    with client_of(sample_services) as client:
        for question in questions:
            answer = sample_services.ask(question)
            messages: list[ChatCompletionMessageParam] = [{"role": "user", "content": question}]
            whole: ChatCompletion = client.chat.completions.create(model="dateline", messages=messages)
            text = whole.choices[0].message.content or ""
            with client.chat.completions.stream(model="dateline", messages=messages) as stream:
                assert stream.get_final_completion().choices[0].message.content == text
            assert text.startswith(answer.answer)
            assert extra(whole.choices[0].message, "status") == answer.status
            assert text.count("/articles/") == len(answer.citations) + len(answer.closest)


WORDS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=30)


@given(
    st.lists(st.tuples(WORDS, st.lists(st.integers(1, 4), min_size=1, max_size=3)), max_size=5),
    st.integers(0, 5),
)
def test_however_much_of_it_came_before_the_text_is_the_same(
    said: list[tuple[str, list[int]]], streamed: int
) -> None:
    statements = tuple(
        dict.fromkeys(Statement(text=text, citations=tuple(ids), support="verified") for text, ids in said)
    )
    answer = Answer(
        status="answered" if statements else "abstained",
        question="?",
        answer="".join(item.text for item in statements) or "Nothing.",
        statements=statements,
        citations=tuple(citation(number) for number in range(1, 5)),
    )
    whole, grown = ReplyText("http://here"), ReplyText("http://here")
    whole.ending(answer)
    pieces = [grown.statement(item) for item in statements[:streamed]]
    pieces.append(grown.ending(answer))
    assert "".join(pieces) == grown.text == whole.text
    extras = grown.extras(answer)
    assert extras == whole.extras(answer)
    marks = [item.url_citation for item in extras.annotations]
    cited = [number for statement in statements for number in statement.citations]
    assert [whole.text[mark.start_index : mark.end_index] for mark in marks] == [
        f"[{number}]" for number in cited
    ]
    assert len(re.findall(r"^- \[\d\] Story", whole.text.rpartition(SOURCES)[2], re.MULTILINE)) == 4
