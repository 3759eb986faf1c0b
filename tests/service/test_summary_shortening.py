"""Shortened sentences: whole pieces go, everything that bears on their truth stays, no word is anybody else's."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.candidates import candidates_in
from service.cited_words import evidence_of
from service.reading import Reading
from service.summary_cues import news_in
from service.summary_pieces import pieces
from service.summary_shortening import MARK, shortened, without
from service.summary_text import shown
from service.verification import verify
from service.wiring import Services
from tests.service.articles import candidates_of


def shortest(text: str) -> str | None:
    """The shortest form of an article of one sentence."""
    (candidate,) = candidates_of(text)
    forms = shortened(candidate, shown(candidate))
    return forms[-1] if forms else None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "The harbour board (which has nine members) raised mooring fees for all trawlers of Tarnby.",
            "The harbour board… raised mooring fees for all trawlers of Tarnby.",
        ),
        (
            "Aksel Brun, who has fished off Tarnby for forty years, sold both of his trawlers on Monday.",
            "Aksel Brun… sold both of his trawlers on Monday.",
        ),
        (
            "Aksel Brun, the skipper of the oldest trawler in the fleet, sold both of his licences on Monday.",
            "Aksel Brun… sold both of his licences on Monday.",
        ),
        (
            "The board raised mooring fees for trawlers on Monday, which angered the skippers of the old fleet.",
            "The board raised mooring fees for trawlers on Monday…",
        ),
        (
            "The board raised mooring fees for trawlers on Monday, calling the harbour a bargain for everybody.",
            "The board raised mooring fees for trawlers on Monday…",
        ),
        (
            "The board raised mooring fees for trawlers on Monday, as skippers sounded their horns outside.",
            "The board raised mooring fees for trawlers on Monday…",
        ),
        (
            "During a stormy meeting in the old town hall, the board raised mooring fees for trawlers by a fifth.",
            "The board raised mooring fees for trawlers by a fifth.",
        ),
        (
            "“We will burn our nets on the quay,” said Aksel Brun during a stormy meeting in the town hall.",
            "“We will burn our nets on the quay,” said Aksel Brun…",
        ),
        (
            "The U.S. Navy, which keeps 54,000 sailors in the region, sent Adm. Lee to Tarnby on Monday.",
            "The U.S. Navy… sent Adm. Lee to Tarnby on Monday.",
        ),
    ],
)
def test_whole_pieces_can_be_left_out(text: str, expected: str) -> None:
    assert shortest(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        # conditions, concessions, negations, hedges, sources
        "The board will raise mooring fees for trawlers, as long as the council of Tarnby agrees to it.",
        "Although the skippers of the old fleet had protested loudly, the board raised mooring fees.",
        "The board raised mooring fees for trawlers on Monday, with no exception for the old fleet.",
        "Mooring fees for trawlers will rise by a fifth in May, according to a member of the board.",
        "According to three members of the board, mooring fees for trawlers will rise by a fifth in May.",
        "As the Tarnby Herald reported, mooring fees for trawlers will rise by a fifth in May.",
        "Brun sank his own trawler, which was reportedly insured for far more than its worth.",
        "Mooring fees for trawlers will rise by a fifth in May, the chairman of the board said on Monday.",
        "In the northern harbours, 89% of trawlers had paid the new mooring fees by the end of May.",
        "In 1997 about 47,000 trawlers paid mooring fees in the northern harbours of the old kingdom.",
        # what only looks like a piece
        "Under the new rules, the harbour board and the council will raise fees, set quotas and close the quay.",
        "Brun met Norway, the Netherlands, and a delegation from the northern islands in Tarnby.",
        "In a town that lives off trawlers, raising mooring fees is what the board had long feared.",
        "While the skippers of the old fleet protested, it raised mooring fees for trawlers by a fifth.",
        "The board did not raise mooring fees for trawlers in an effort to please the skippers.",
        # inside quotation marks
        "“We, who have fished here for forty years, will burn our nets on the quay of Tarnby tonight.”",
    ],
)
def test_what_bears_on_the_rest_stays(text: str) -> None:
    assert all(not shortened(one, shown(one)) for one in candidates_of(text))


def test_who_explains_a_later_pronoun_stays() -> None:
    text = (
        "During a stormy meeting with Aksel Brun in the town hall, the chairman said he had sunk the boats."
    )
    assert shortest(text) is None


def test_forms_are_ever_shorter() -> None:
    text = (
        "Aksel Brun, who has fished off Tarnby for forty years with his brothers, sold both of his old trawlers and "
        "their nets to a museum on Monday, as skippers sounded their horns."
    )
    (candidate,) = candidates_of(text)
    lengths = [len(form.split()) for form in shortened(candidate, shown(candidate))]
    assert lengths == sorted(lengths, reverse=True)
    assert len(set(lengths)) == len(lengths) == 3


WORDS = re.compile(r"\w+")


def test_every_form_of_every_sample_is_its_words_in_order_and_verified(sample_services: Services) -> None:
    seen = 0
    for record in sample_services.articles(limit=100)[1]:
        reading = Reading(sample_services.article(record.article_id))
        for candidate in candidates_in(reading, [(0, len(reading.article.text), 1.0)]):
            text = shown(candidate)
            for form in shortened(candidate, text):
                own = WORDS.findall(re.sub(r"\[[^\]]*\]", "", form).casefold())
                remaining = iter(WORDS.findall(candidate.text.casefold()))
                assert all(word in remaining for word in own), form
                assert re.search(r"[,;:]…|……", form) is None, form
                assert len(form.split()) < len(text.split())
                assert form.count("“") == form.count("”")
                assert not set(re.findall(r"“[^”]*”", form)) - set(re.findall(r"“[^”]*”", text)), form
                assert verify(form, [evidence_of(candidate)]).supported, form
                seen += 1
    assert seen > 30


SCRAPS = (
    "Brun, who which said, that not “quoted” (aside) the board raised, fees – as, if in Tarnby. and “ ” [He]"
)


@given(st.lists(st.sampled_from(SCRAPS.split()), max_size=40))
def test_pieces_lie_in_the_text_and_leave_its_words(words: list[str]) -> None:
    text = " ".join(words)
    for piece in pieces(text):
        assert 0 <= piece.start < piece.end <= len(text)
        rest = without(text, [piece])
        kept = iter(WORDS.findall(text.casefold()))
        assert all(word in kept for word in WORDS.findall(rest.casefold()))
        assert piece.kind == "opening" or MARK in rest


@pytest.mark.parametrize(
    ("text", "share"),
    [
        ("A brass band played on the quay.", 0.0),
        ("The board raised fees and announced a levy.", 0.5),
        ("The board announced that it would raise fees.", 1.0),
        ("It was the largest march that the town will ever see.", 1.0),
    ],
)
def test_news_is_known_by_its_words(text: str, share: float) -> None:
    assert news_in(text) == share
