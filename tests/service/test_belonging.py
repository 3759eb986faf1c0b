"""Which further statements are said beside the first: made-up articles, the composer's own rules."""

from __future__ import annotations

import pytest

from service.belonging import belongs, goes_on, said_keys
from service.candidates import Candidate
from service.deeds import deed
from service.questions import understand
from service.terms import keys_of
from tests.service.articles import candidates_of

DINNER = """The harbour dinner was held on Friday in the old customs house, with ninety guests.

Supper was smoked eel with barley.

Ada Moreau, the head of the anglers’ union, told the council that the quay would close.

Moreau also said that the fog horn was broken.

“We found the plans in a skip,” she said. The basin, she said, would never be dredged.

Asked about it, she shrugged.

Moreau, who had met the council that morning, said patience was a virtue of fish.
"""
FAIR = """Otto Brandt told the council that the fair would move.

Brandt told reporters that the fair had always lost money.

The anglers sold forty boats, and the town lost its fair.
"""


def of(words: str, text: str = DINNER, source: str = "story.txt") -> Candidate:
    return next(one for one in candidates_of(text, source) if words in one.text)


def judged(question: str, first: Candidate, further: Candidate) -> bool:
    return belongs(understand(question), first, further, lambda term: 1.0)


def test_the_setting_alone_is_beside_the_point() -> None:
    question = "What was eaten for supper at the harbour dinner?"
    assert not judged(question, of("smoked eel"), of("ninety guests"))


def test_what_the_first_is_about_belongs() -> None:
    other = of("supper", "Mussels were served for supper, too.", "other.txt")
    assert judged("What was eaten for supper at the harbour dinner?", of("smoked eel"), other)


def test_words_that_describe_the_speaker_do_not_count() -> None:
    assert not keys_of("council") <= said_keys(of("virtue"))
    assert keys_of("patience") <= said_keys(of("virtue"))
    union = said_keys(of("quay"))
    assert not keys_of("anglers") <= union
    assert keys_of("Moreau") <= union
    assert not judged("What did Moreau say about the council?", of("quay"), of("virtue"))


def test_the_asked_speaker_goes_on_in_the_paragraph() -> None:
    question = understand("What did Ada Moreau say about the plans?")
    first, second = of("in a skip"), of("dredged")
    assert goes_on(question, first, second)
    assert goes_on(question, second, of("shrugged"))
    assert not goes_on(question, second, first)
    assert not goes_on(question, of("quay"), of("fog horn"))


def test_words_to_somebody_come_from_where_they_were_said_to_him() -> None:
    elsewhere = of("noise", "Otto Brandt said the fair made too much noise for people.", "other.txt")
    assert not judged("What did Otto Brandt tell the council?", of("would move", FAIR), elsewhere)
    assert not judged(
        "What did Otto Brandt tell the crowd?", of("crowd", "Brandt told the crowd to go home."), elsewhere
    )


def test_another_deed_is_beside_the_point() -> None:
    question = "How many boats did the anglers sell?"
    other = of("repaired", "The anglers repaired forty boats in May.", "other.txt")
    assert not judged(question, of("sold", FAIR), other)


def test_words_on_several_things_may_be_on_one_of_them() -> None:
    question = "What did Otto Brandt say about tolls and parking?"
    text = "Otto Brandt said tolls and parking were a matter for the town.\n\nBrandt said parking would be free.\n"
    assert judged(question, of("matter", text), of("free", text))


@pytest.mark.parametrize(
    ("question", "word"),
    [
        ("What did Ruth Ames wear to the ball?", "wear"),
        ("What does the anglers' union demand?", "demand"),
        ("What do critics accuse Brandt of?", "accuse"),
        ("What is the quay made of?", None),
        ("Who sold the boats?", None),
    ],
)
def test_what_was_done(question: str, word: str | None) -> None:
    found = deed(understand(question))
    assert (found.surface if found else None) == word
