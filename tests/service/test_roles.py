"""Speakers who are asked for by what they do."""

from __future__ import annotations

import pytest

from service.questions import understand
from service.spoken import spoken_by
from tests.service.articles import candidates_of

CLUB = """The rowing club of Marden was sold on Monday.

“We heard of it on the bus,” said its treasurer, Nora Whitlock.

“Our boats are not for sale,” said Ivo Janssen, the managing director of Brightwater Marine.

A spokesman for the harbour office said the price was fair. “Nobody will lose a berth,” he added.

“The geese come every autumn,” said a woman who sells tea near the lock.

“I can see the river from here,” Ruth Ames, who runs a bakery in Marden, told the Courier.
"""


def words_of(question: str) -> list[str]:
    speaker = understand(question).speaker
    assert speaker is not None
    spoken = [spoken_by(speaker, one) for one in candidates_of(CLUB)]
    return [CLUB[one.start : one.end].rstrip(",") for one in spoken if one is not None]


@pytest.mark.parametrize(
    ("question", "words"),
    [
        ("What did the treasurer say?", ["We heard of it on the bus"]),
        ("What did the treasurer of the rowing club say?", ["We heard of it on the bus"]),
        ("How was it learned, according to its treasurer?", ["We heard of it on the bus"]),
        ("What did the managing director of Brightwater say?", ["Our boats are not for sale"]),
        ("What did Brightwater say?", ["Our boats are not for sale"]),
        ("What did the woman who sells tea near the lock say?", ["The geese come every autumn"]),
        ("What did the woman who runs a bakery say?", ["I can see the river from here"]),
        ("What did the treasurer of the harbour office say?", []),
        ("What did the woman who sells fish say?", []),
        ("What did Marden say?", []),
        ("What did the director of the rowing club say?", []),
    ],
)
def test_a_role_is_whom_the_article_gives_it(question: str, words: list[str]) -> None:
    assert words_of(question) == words


@pytest.mark.parametrize("asked", ["the harbour office’s spokesman", "the spokesman for the harbour office"])
def test_a_spokesman_without_a_name(asked: str) -> None:
    assert "Nobody will lose a berth" in words_of(f"What did {asked} say?")
