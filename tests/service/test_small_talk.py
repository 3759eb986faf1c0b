"""Greetings, thanks and questions about Dateline are not looked for in the articles."""

from __future__ import annotations

import pytest

from service.shelf import shelve
from service.small_talk import is_small_talk, told_of_archive
from service.wiring import Services


@pytest.mark.parametrize(
    "text",
    [
        "hello",
        "Hi!",
        "Thanks!",
        "thank you very much",
        "ok, great",
        "Who are you?",
        "what can I ask?",
        "What can you do for me?",
        "help",
        "How does this work?",
        "How many articles do you have?",
        "Which outlets do you know?",
    ],
)
def test_nothing_is_asked_of_the_articles(text: str) -> None:
    assert is_small_talk(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Who thanked the leaders?",
        "Hello Kitty sales",
        "What can I do about the flood?",
        "What can Japan do for Ukraine?",
        "How many articles mention AUKUS?",
        "Which outlets reported on the summit?",
        "What is this summit about?",
        "Who are the leaders?",
        "Thanks, and what did Kishida say?",
    ],
)
def test_these_are_questions(text: str) -> None:
    assert not is_small_talk(text)


def test_what_is_here_is_told_and_nothing_is_cited(sample_services: Services) -> None:
    for text in ("thanks", "What can I ask?"):
        answer = sample_services.ask(text)
        assert (answer.status, answer.statements, answer.citations, answer.closest) == (
            "abstained",
            (),
            (),
            (),
        )
        assert "There are 20, by Capitol Ledger, " in str(answer.reason)
        assert "and 2 other outlets, published 2024-0" in answer.answer


def test_an_empty_archive_says_what_to_do() -> None:
    assert "dateline ingest" in told_of_archive("hello", shelve("one@1", [])).answer
