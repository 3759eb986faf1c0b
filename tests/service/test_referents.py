"""Statements that can be read on their own."""

from __future__ import annotations

from service.referents import readable
from service.verification import Evidence, verify
from tests.service.articles import candidates_of

STORY = """Mayor Ada Moreau opened the bridge on Monday.

She said the bridge would “carry the city for a century.”

Moreau added:

“It is safe. We tested every bolt. Nobody has to worry.”
"""


def shown(text: str, holding: str) -> str:
    return next(readable(one) for one in candidates_of(text) if holding in one.focus_text)


def test_a_pronoun_gets_its_referent_in_brackets() -> None:
    assert (
        shown(STORY, "She said") == "She [Ada Moreau] said the bridge would “carry the city for a century.”"
    )


def test_a_contraction_is_not_torn() -> None:
    told = shown("Mayor Ada Moreau opened it.\n\nShe’ll step down in May.", "step down")
    assert told.startswith("She’ll [Ada Moreau] step down")


def test_a_bare_quotation_gets_its_speaker_in_front() -> None:
    assert shown(STORY, "We tested").startswith(("[Ada Moreau:] “", "Moreau added: “"))


def test_nothing_is_added_inside_a_quotation() -> None:
    text = "Ada Moreau spoke first.\n\n“He told me the bridge is safe,” Ada Moreau said of Jean Petit."
    assert "He [" not in shown(text, "He told me")


def test_every_readable_statement_passes_verification() -> None:
    for candidate in candidates_of(STORY):
        evidence = Evidence(
            candidate.text,
            frozenset(quotation.speaker for quotation in candidate.quotations if quotation.speaker),
            frozenset(mention.name for mention in candidate.mentions),
        )
        assert verify(readable(candidate), [evidence]).supported, readable(candidate)


def test_a_speaker_is_named_where_another_person_stands_before() -> None:
    text = (
        "Ruth Ames, the mayor, spoke.\n\nOf her deputy, Jean Petit, who had promised more, Ames was curt. "
        "“We will see what he does,” she said on Monday."
    )
    (told,) = (one for one in candidates_of(text) if "We will see" in one.text)
    assert "she said" in readable(told)
    assert "she [Ruth Ames] said" in readable(told, every_speaker=True)


def test_a_speaker_without_a_name_stands_behind_his_pronoun() -> None:
    text = (
        "“We are late,” said Ruth Ames, the mayor.\n\nA spokesman for Brightwater Marine said the price was fair."
        "\n\n“Nobody will lose a berth,” he added."
    )
    told = shown(text, "Nobody")
    assert told == "“Nobody will lose a berth,” he [spokesman for Brightwater Marine] added."
