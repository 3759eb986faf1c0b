"""The contrary of what is asked is no answer to it."""

from __future__ import annotations

import pytest

from service.candidates import Candidate
from service.questions import understand
from service.relations import is_reversed, says_opposite
from tests.service.articles import candidates_of


def sentence(text: str) -> Candidate:
    return candidates_of(text)[0]


@pytest.mark.parametrize(
    ("question", "text", "reversed_"),
    [
        ("Did Norway accuse a Danish captain?", "Denmark accused a Norwegian captain of theft.", True),
        ("Did Denmark accuse a Norwegian captain?", "Denmark accused a Norwegian captain of theft.", False),
        ("Why did Ames thank Boyd?", "On Monday Carl Boyd thanked Ruth Ames for her help.", True),
        ("Why did Ames thank Boyd?", "On Monday Carl Boyd was thanked by Ruth Ames for his help.", False),
        ("Why did Ames thank Boyd?", "Ruth Ames thanked Carl Boyd, who had helped her.", False),
        ("Why did Ames thank the town?", "On Monday the town thanked Ruth Ames.", False),
    ],
)
def test_who_did_it_to_whom(question: str, text: str, reversed_: bool) -> None:
    assert is_reversed(understand(question), sentence(text)) is reversed_


@pytest.mark.parametrize(
    ("question", "text", "opposite"),
    [
        ("Why did the council reject the law?", "The council approved the law because of the floods.", True),
        ("Why did the council approve the law?", "The council approved the law and rejected another.", False),
        ("Who bought the mill?", "The Ames family sold the mill to Carl Boyd.", False),
        ("Who was the first to climb it?", "She was the second to climb it.", True),
    ],
)
def test_words_that_contradict(question: str, text: str, opposite: bool) -> None:
    assert says_opposite(understand(question), sentence(text)) is opposite
