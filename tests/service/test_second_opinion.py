"""A model's statement has to answer what was asked, where the articles' own sentences do not."""

from __future__ import annotations

import pytest

from service.abstention import Refusal
from service.questions import understand
from service.second_opinion import could_answer, is_told, leaves_out
from tests.service.articles import candidates_of

PORT = (
    "The council of Lyon opened the bridge on Monday. Ada Moreau said the bridge was late. "
    "The bridge cost £3 million."
)


@pytest.mark.parametrize(
    ("code", "question", "text", "fits"),
    [
        ("speaker-silent", "What did Moreau say about the ferry?", "The bridge cost £3 million.", False),
        ("speaker-silent", "What did Petit say about the bridge?", "Moreau said the bridge was late.", False),
        ("speaker-silent", "What did Moreau say about the bridge?", "Moreau said the bridge was late.", True),
        ("speaker-silent", "What did Moreau say about the ferry?", "Moreau said the bridge was late.", False),
        ("speaker-silent", "What did Moreau say?", "[According to Ada Moreau,] the bridge was late.", True),
        ("speaker-elsewhere", "What did Moreau say about the ferry?", "Moreau said the bridge was late.", False),
        ("speaker-elsewhere", "What did Moreau say of the bridge?", "Moreau said the bridge was late.", True),
        ("name-missing", "When did Marseille open the bridge?", "Lyon opened the bridge on Monday.", False),
        ("name-missing", "When did Lyon open the bridge?", "The bridge was opened on Monday.", True),
        ("value-missing", "What happened in 1987?", "Lyon opened the bridge on Monday.", False),
        ("value-missing", "Who paid £3 million?", "Lyon paid for the bridge.", True),
        ("kind-missing", "How many people crossed the bridge?", "The bridge cost £3 million.", False),
        ("kind-missing", "What percentage was paid?", "The bridge cost £3 million.", False),
        ("kind-missing", "When was the bridge opened?", "The bridge was opened on Monday.", True),
        ("weak-evidence", "When will Nice join the pact?", "The pact is about money.", False),
        ("negated", "What did Moreau not say?", "Moreau said the bridge was late.", False),
        ("weak-evidence", "What about the river?", "Lyon opened the bridge on Monday.", True),
        (None, "What did Petit say?", "The bridge cost £3 million.", True),
    ],
)  # fmt: skip
def test_a_statement_has_to_overcome_the_objection(
    code: str | None, question: str, text: str, fits: bool
) -> None:
    refusal = Refusal(code, "For a reason.") if code else None
    cited = candidates_of(PORT)
    cited = cited[1:] if text.startswith("The pact") else cited
    assert could_answer(understand(question), refusal, text, cited) is fits


def test_what_has_been_said_is_not_said_again() -> None:
    question = understand("How much did the bridge cost?")
    sentence = "The bridge cost £3 million."
    assert is_told(question, sentence, ["Lyon paid £3 million in all."])
    assert is_told(understand("What about the bridge?"), sentence, ["The bridge of Lyon cost a lot."])
    assert not is_told(understand("What about the bridge?"), sentence, ["Ada Moreau was late."])
    assert not is_told(question, sentence, ["Ada Moreau was late."])
    assert not is_told(question, sentence, [])


@pytest.mark.parametrize(
    ("question", "said", "short"),
    [
        ("Who signed the treaty?", "Masa Brook, a minister, signed the treaty.", True),
        ("Who signed the treaty?", "Ames and Brook signed the treaty.", False),
        ("Who signed the treaty with Ames?", "Brook signed it.", False),
        ("Who signed the treaty?", "It was signed on Tuesday.", False),
        ("When was the treaty signed?", "Brook signed it on Tuesday.", False),
    ],
)
def test_a_list_of_names_is_told_whole(question: str, said: str, short: bool) -> None:
    sentence = "The treaty was signed on Tuesday by Ames and Masa Brook, the minister."
    assert leaves_out(understand(question), sentence, [said]) is short


def test_a_list_of_names_may_be_long() -> None:
    sentence = "The line joins Lyon, Nice, Saint Denis and Arles with the coast."
    assert leaves_out(understand("Which towns does the line join?"), sentence, ["Lyon and Arles are joined."])
    assert not leaves_out(
        understand("Which towns does the line join?"), sentence, ["Lyon, Nice, Saint Denis and Arles."]
    )
