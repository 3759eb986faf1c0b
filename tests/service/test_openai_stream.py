"""Reading a chat completion: events however the network cuts them, and no reasoning passed on however it is cut."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.errors import UpstreamRefused, UpstreamUnavailable
from service.answers import Usage
from service.openai_stream import (
    MAX_EVENT_BYTES,
    Delta,
    ReasoningFilter,
    Tally,
    event_data,
    parsed,
    read_chunk,
)

WORDS = st.text(alphabet=st.sampled_from("ab <>/thinkTHINK\n\u2028é🙂"), max_size=40)


def cut(text: str, places: list[int]) -> list[str]:
    """The text in pieces."""
    ends = sorted({place % (len(text) + 1) for place in places} | {len(text)})
    return [text[start:end] for start, end in zip([0, *ends], ends, strict=False)]


def shown(pieces: list[str]) -> str:
    """What the filter passes on of them."""
    reasoning = ReasoningFilter()
    return "".join([reasoning.feed(piece) for piece in pieces]) + reasoning.finish()


@given(st.lists(st.text(min_size=1).filter(lambda one: "\r" not in one), max_size=5), st.integers(1, 9))
def test_events_are_the_same_however_the_bytes_are_cut(texts: list[str], size: int) -> None:
    body = "".join(f": a comment\r\ndata: {json.dumps(text, ensure_ascii=False)}\r\n\r\n" for text in texts)
    content = body.encode("utf-8", "replace")
    chunks = [content[at : at + size] for at in range(0, len(content), size)]
    clean = [text.encode("utf-8", "replace").decode() for text in texts]
    assert [json.loads(data) for data in event_data(chunks)] == clean


def test_an_event_may_have_lines_and_the_last_no_end() -> None:
    assert list(event_data([b"data: a\ndata: b\n\nevent: x\ndata:c\n\ndata: d"])) == ["a\nb", "c", "d"]
    assert list(event_data([b'error: {"code":500}\n\n'])) == ['{"code":500}']
    assert list(event_data([b": nothing\n\n\n\n"])) == []


def test_an_endless_event_is_refused() -> None:
    with pytest.raises(UpstreamRefused, match="4 MB"):
        list(event_data([b"data: " + b"x" * 1_000_000 for _ in range(MAX_EVENT_BYTES // 1_000_000 + 1)]))


def test_what_is_not_json_may_pass() -> None:
    with pytest.raises(UpstreamUnavailable):
        parsed('{"choices": [')


@pytest.mark.parametrize(
    "chunk",
    [
        {},
        [],
        "text",
        None,
        {"choices": None},
        {"choices": [1]},
        {"choices": [{"delta": "text"}]},
        {"choices": [{"delta": {"content": 5}}]},
        {"choices": [], "usage": {"total_tokens": 5}},
        {"choices": [], "usage": {"prompt_tokens": "many"}},
    ],
)
def test_another_shape_is_refused(chunk: object) -> None:
    with pytest.raises(UpstreamRefused, match="OpenAI protocol"):
        read_chunk(chunk, Tally())


def test_a_chunk_adds_text_reasoning_an_end_or_usage() -> None:
    tally = Tally()
    begun = {"choices": [{"index": 0, "delta": {"role": "assistant", "content": ""}, "finish_reason": None}]}
    assert read_chunk(begun, tally) == Delta()
    assert read_chunk({"choices": []}, tally) == Delta()
    reasoning = {"choices": [{"delta": {"content": None, "reasoning_content": "hm"}}]}
    assert read_chunk(reasoning, tally) == Delta(alive=True)
    parts = [{"type": "thinking", "thinking": []}, {"type": "text", "text": "Rain."}]
    assert read_chunk({"choices": [{"delta": {"content": parts}}]}, tally) == Delta("Rain.", alive=True)
    assert read_chunk({"choices": [{"index": 1, "delta": {"content": "other"}}]}, tally) == Delta()
    ends = [("stop", "stop"), ("length", "length"), ("content_filter", "other")]
    for said, meant in ends:
        assert read_chunk({"choices": [{"delta": {}, "finish_reason": said}]}, tally).finish_reason == meant
    assert tally.written == ["hm", "Rain."]
    read_chunk({"choices": [], "usage": {"prompt_tokens": 5, "completion_tokens": 2}}, tally)
    assert tally.said == Usage(prompt_tokens=5, completion_tokens=2)


@given(
    WORDS, WORDS, st.lists(st.integers(0, 200), max_size=12), st.sampled_from(["think", "thinking", "THINK"])
)
def test_reasoning_at_the_beginning_is_never_shown(
    hidden: str, answer: str, places: list[int], tag: str
) -> None:
    hidden = hidden.replace("</", "")
    text = f"\n<{tag}>{hidden}</{tag.lower()}>{answer}"
    assert shown(cut(text, places)) == answer.lstrip()


@given(WORDS, st.lists(st.integers(0, 200), max_size=12))
def test_other_text_passes_unchanged(text: str, places: list[int]) -> None:
    text = f"x{text}"
    assert shown(cut(text, places)) == text


@given(
    st.sampled_from(["", "<", "  <thi", "<thinking", "<th>", "<b>", "<think"]), st.lists(st.integers(0, 20))
)
def test_what_only_looks_like_a_beginning_passes(text: str, places: list[int]) -> None:
    assert shown(cut(text, places)) == text


def test_reasoning_without_an_end_leaves_nothing() -> None:
    assert shown(["<think>", "so many", " words"]) == ""


def test_the_tag_within_an_answer_stays() -> None:
    assert shown(["An ", "answer <think>", "kept</think>."]) == "An answer <think>kept</think>."
