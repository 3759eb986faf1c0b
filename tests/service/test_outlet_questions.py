"""What an outlet says is what its articles tell; nobody quotes it."""

from __future__ import annotations

import pytest

from service.outlet_questions import means_outlet, without_reporting
from service.outlets import OutletNames
from service.question_patterns import Kind
from service.questions import understand
from service.wiring import Services

OUTLETS = OutletNames(["Pacific Courier", "Valley Herald", "The Verge"])


@pytest.mark.parametrize(
    "words",
    [
        "the Pacific Courier",
        "Pacific Courier",
        "the Pacific Courier article",
        "the article in the Pacific Courier",
        "the Pacific Courier’s report",
        "The Verge",
        "both the Pacific Courier and the Valley Herald",
        "a story from The Verge",
    ],
)
def test_outlets_and_what_they_print_are_outlets(words: str) -> None:
    assert means_outlet(words, OUTLETS.mentions(words + " say"))


@pytest.mark.parametrize(
    "words",
    [
        "Joe Biden",
        "the editor of the Pacific Courier",
        "the Valley mayor",
        "Biden in the Pacific Courier",
        "",
    ],
)
def test_people_are_not(words: str) -> None:
    assert not means_outlet(words, OUTLETS.mentions(words + " say"))


@pytest.mark.parametrize(
    ("text", "kind", "topic"),
    [
        ("What did the Pacific Courier say about AUKUS?", Kind.OPEN, ["AUKUS"]),
        ("What does the Valley Herald write about the harvest?", Kind.OPEN, ["harvest"]),
        ("What is The Verge's view on the new phone?", Kind.OPEN, ["new", "phone"]),
        ("When did the Valley Herald say the bridge would open?", Kind.WHEN, ["bridge", "open"]),
        ("What did the Valley Herald say the club paid for Ames?", Kind.AMOUNT, ["club", "Ames"]),
        ("Did the Pacific Courier article say that Japan would join?", Kind.YES_NO, ["Japan", "join"]),
    ],
)
def test_the_question_is_about_what_the_outlet_reports(text: str, kind: Kind, topic: list[str]) -> None:
    question = understand(text, OUTLETS)
    assert (question.kind, question.speaker) == (kind, None)
    assert [term.surface for term in question.topic] == topic
    assert question.outlets


def test_a_person_in_an_outlet_is_still_the_speaker() -> None:
    question = understand("What did Joe Biden say about AUKUS in the Pacific Courier?", OUTLETS)
    assert (question.kind, question.speaker) == (Kind.SPEECH, "Joe Biden")


def test_only_the_outlets_own_verb_is_left_out() -> None:
    text = "Who does the Valley Herald write will write the anthem?"
    assert "write the anthem" in without_reporting(text, OUTLETS.mentions(text))
    assert "Herald write" not in without_reporting(text, OUTLETS.mentions(text))


@pytest.mark.parametrize(
    "text",
    [
        "What did the Pacific Courier say about AUKUS?",
        "What did the Pacific Courier article say about AUKUS?",
        "What does the Pacific Courier write about AUKUS?",
    ],
)
def test_it_is_answered_from_that_outlets_articles(sample_services: Services, text: str) -> None:
    answer = sample_services.ask(text)
    assert answer.status == "answered", answer.reason
    assert {citation.outlet for citation in answer.citations} == {"Pacific Courier"}


def test_what_an_outlet_does_not_report_is_refused(sample_services: Services) -> None:
    assert (
        sample_services.ask("What did the Pacific Courier say about the tide barrier?").status == "abstained"
    )
