"""Readers see words, not Markdown's marks; the words stay the article's."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.markdown_marks import without_marks
from service.referents import readable
from service.verification import Evidence, verify
from tests.service.articles import candidates_of

_MARKED = {
    "The bridge cost **£506 million** in all.": "The bridge cost £506 million in all.",
    "The bridge is *really* old, and __not__ _safe_.": "The bridge is really old, and not safe.",
    "It was ***closed*** on Monday.": "It was closed on Monday.",
    "The [full report](https://example.org/a_(b)) came on Monday.": "The full report came on Monday.",
    'See [the map](/maps/1.png "A map") of it.': "See the map of it.",
    "[He [Carl Boyd]](https://example.org) left.": "He [Carl Boyd] left.",
    "![A bridge](bridge.jpg) The bridge is open.": "The bridge is open.",
    "> > “It is safe,” she said.": "“It is safe,” she said.",
    "## The bridge opens": "The bridge opens",
    "- The ferry stops in May.": "The ferry stops in May.",
    "Set `quorum` to 3.": "Set quorum to 3.",
    r"It rose by 5\% \*in March\*, to \$6.": "It rose by 5% *in March*, to $6.",
}
_UNMARKED = (
    "Two * three * four is 24.",
    "The file is called last_year_final.",
    "He [Carl Boyd] said it (of 1923) twice.",
    "She wrote “[sic](of 1923)” in the margin.",
    "Prices rose ** by a third.",
    "- 5 degrees were measured at #1 Quay Street."[2:],
    "The price is 3 > 2, and 5*6 is 30.",
)


@pytest.mark.parametrize(("marked", "words"), _MARKED.items())
def test_marks_are_left_out(marked: str, words: str) -> None:
    assert without_marks(marked) == words


@pytest.mark.parametrize("text", _UNMARKED)
def test_what_only_looks_like_a_mark_stays(text: str) -> None:
    assert without_marks(text) == text


@given(st.text(alphabet="ab .*_[]()>#`!-\\/1“”", max_size=60))
def test_no_letter_or_digit_is_ever_added_or_moved(text: str) -> None:
    letters = iter(text)
    kept = re.findall(r"[ab1“”]", without_marks(text))
    assert all(any(letter == other for other in letters) for letter in kept)


def test_a_statement_is_read_without_marks_and_still_verified() -> None:
    text = (
        "Ruth Ames, the mayor, spoke on Monday.\n\n“This is *really* the **last** [delay](https://example.org),”"
        " Ames said of the bridge."
    )
    (marked,) = [one for one in candidates_of(text) if "last" in one.focus_text]
    statement = readable(marked)
    assert "“This is really the last delay,” Ames said" in statement
    evidence = Evidence(marked.text, frozenset({"Ruth Ames"}), frozenset({"Ruth Ames"}))
    assert verify(statement, [evidence]).supported
    assert not verify(statement.replace("really", "nearly"), [evidence]).supported
