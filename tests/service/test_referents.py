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
