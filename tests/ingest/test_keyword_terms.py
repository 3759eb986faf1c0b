"""The analyzer: that spellings of one thing are one term, and that no text is too odd for it."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest import keywords
from ingest.keyword_terms import FUNCTION_WORDS, analyze_terms, content_terms


@pytest.mark.parametrize(
    ("text", "terms"),
    [
        ("Man 4, Sun 11 and Dept. 7", ["man", "4", "sun", "11", "and", "dept", "7"]),
        ("Sept. 3rd; Jan 1st", ["septemb", "3", "januari", "1"]),
        ("2024-04-10T09:00:00Z, 2024-99-10", ["2024", "april", "10", "2024", "99", "10"]),
        ("the U.S.'s D.C. office, U.S.-Japan, J.K. Rowling", "the us dc offic us japan jk rowl".split()),
        ("Aoki’s 1,234,567 and 3.5 or 12,34", ["aoki", "1234567", "and", "3.5", "or", "12", "34"]),
        ("naïve Straße É", ["naiv", "strass", "e"]),
    ],
)
def test_spellings_of_one_thing_are_one_term(text: str, terms: list[str]) -> None:
    assert analyze_terms(text) == terms


WORDLIKE = st.from_regex(
    r"\A(?:[JFMASOND][a-z]{2,3}\.? ?\d{1,4}|[A-Z]\.[A-Z]?\.?|\d{4}-\d\d-\d\d|\d,\d{3}|['’]s)\Z"
)


@settings(max_examples=300, deadline=None)
@given(st.lists(WORDLIKE).map(" ".join))
def test_no_spelling_raises_or_loses_its_digits(text: str) -> None:
    assert bool(analyze_terms(text)) == any(
        character.isalnum() for character in text.replace("'s", "").replace("’s", "")
    )


def test_content_terms_leave_out_function_words_unless_alone() -> None:
    assert content_terms("What did the mayor say of the mayor's ferry") == ["mayor", "say", "ferri"]
    assert content_terms("how the") == ["how", "the"]
    assert content_terms("") == []


def test_whoever_asks_the_keyword_index_finds_the_analyzer_there() -> None:
    assert keywords.analyze_terms is analyze_terms
    assert keywords.content_terms is content_terms
    assert keywords.FUNCTION_WORDS is FUNCTION_WORDS
