"""What a question asks, from its words."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.outlets import OutletNames
from service.question_patterns import Kind
from service.questions import as_plain, bare_speaker, parts_of, understand


@pytest.mark.parametrize(
    ("text", "kind", "speaker", "topic"),
    [
        ("What did Biden say about AUKUS?", Kind.SPEECH, "Biden", ["AUKUS"]),
        ("what did the mayor tell reporters about the flood", Kind.SPEECH, "mayor", ["flood"]),
        ("What is Kishida's position on China?", Kind.SPEECH, "Kishida", ["China"]),
        ("How did President Joe Biden describe the alliance?", Kind.SPEECH, "Joe Biden", ["alliance"]),
        ("Did Biden mention North Korea?", Kind.SPEECH, "Biden", ["North", "Korea"]),
        ("Biden on AUKUS", Kind.SPEECH, "Biden", ["AUKUS"]),
        ("According to Ada Moreau, when will the bridge open?", Kind.WHEN, "Ada Moreau", ["bridge", "open"]),
        ("Who said that the bridge was safe?", Kind.WHO_SAID, None, ["bridge", "safe"]),
        ("How many troops are in Japan?", Kind.COUNT, None, ["troops", "Japan"]),
        ("How much money will the barrier cost?", Kind.AMOUNT, None, ["barrier"]),
        ("What percentage of output goes to defence?", Kind.PERCENT, None, ["output", "goes", "defence"]),
        ("When did the leaders meet?", Kind.WHEN, None, ["leaders", "meet"]),
        ("When did Biden speak with Xi?", Kind.WHEN, None, ["Biden", "Xi"]),
        ("Where was the summit held?", Kind.WHERE, None, ["summit", "held"]),
        ("Why was the match abandoned?", Kind.WHY, None, ["match", "abandoned"]),
        ("Who scored for Calder Vale?", Kind.WHO, None, ["scored", "Calder", "Vale"]),
        ("Which company will build it?", Kind.WHICH, None, ["company", "build"]),
        ("Who is Ada Moreau?", Kind.DEFINE, None, ["Ada", "Moreau"]),
        ("Will Japan join AUKUS?", Kind.YES_NO, None, ["Japan", "join", "AUKUS"]),
    ],
)
def test_kind_speaker_and_topic(text: str, kind: Kind, speaker: str | None, topic: list[str]) -> None:
    question = understand(text)
    assert (question.kind, question.speaker) == (kind, speaker)
    assert [term.surface.removesuffix("'s") for term in question.topic] == topic


def test_an_outlet_of_the_archive_is_no_speaker_and_no_topic() -> None:
    question = understand(
        "According to The Harbour Post, how many boats sank?", OutletNames(["The Harbour Post"])
    )
    assert question.outlets == ("The Harbour Post",)
    assert question.speaker is None
    assert [term.surface for term in question.topic] == ["boats", "sank"]


def test_somebody_described_and_not_named_is_part_of_the_topic() -> None:
    question = understand("What will it cost according to the auditors?")
    assert question.speaker is None
    assert "auditors" in [term.surface for term in question.topic]


@pytest.mark.parametrize(
    "text", ["what did kishida say about joining AUKUS", "According to kishida, who will join AUKUS?"]
)
def test_a_name_in_small_letters_is_still_somebody_in_particular(text: str) -> None:
    question = understand(text)
    assert question.speaker == "kishida"
    assert as_plain(question) is None


def test_words_of_a_described_group_may_be_asked_about_plainly() -> None:
    plain = as_plain(understand("When do the auditors think the barrier will close?"))
    assert plain is not None
    assert (plain.kind, plain.speaker) == (Kind.WHEN, None)
    assert [term.surface for term in plain.topic] == ["auditors", "barrier", "close"]
    assert as_plain(understand("What did the auditors say about the barrier?")) is None


def test_dates_and_numbers_of_the_question_are_values() -> None:
    assert [value.normal for value in understand("What happened on April 7?").values] == ["--04-07"]


def test_counted_nouns_end_before_the_verb() -> None:
    assert [term.surface for term in understand("How many guests attended the dinner?").counted] == ["guests"]


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("Who won, and what did the loser say?", ("Who won", "what did the loser say?")),
        ("What did Biden and Kishida announce?", ("What did Biden and Kishida announce?",)),
        ("When was it and why?", ("When was it and why?",)),
    ],
)
def test_compound_questions_come_apart(text: str, parts: tuple[str, ...]) -> None:
    assert parts_of(text) == parts


@pytest.mark.parametrize(
    ("written", "bare"),
    [
        ("President Joe Biden", "Joe Biden"),
        ("the president", "president"),
        ("Mr. Kishida", "Kishida"),
        ("the White House", "White House"),
        ("Defense Secretary Lloyd Austin", "Lloyd Austin"),
    ],
)
def test_titles_before_a_name_are_left_out(written: str, bare: str) -> None:
    assert bare_speaker(written) == bare


@given(st.text(max_size=300))
def test_any_text_is_understood_without_error(text: str) -> None:
    question = understand(text)
    assert question.text == " ".join(text.split())
