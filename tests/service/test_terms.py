"""Words match by their keys."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.terms import key_set, terms_of


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("exploring", "explored"), ("met", "meeting"), ("the U.S.", "the United States"), ("Tokyo", "Japan"),
        ("Japanese", "Japan"), ("54,000", "54000"), ("São Paulo", "Sao Paulo"), ("Biden’s", "Biden"),
        ("AI", "artificial intelligence"), ("U.S.-Japan", "Japan"), ("defence", "defense"),
    ],
)  # fmt: skip
def test_words_that_mean_the_same_share_a_key(one: str, other: str) -> None:
    assert key_set(one) & key_set(other)


@pytest.mark.parametrize(
    ("one", "other"), [("us", "the United States"), ("Tokyo", "Osaka"), ("spent", "sent")]
)
def test_words_that_do_not_share_none(one: str, other: str) -> None:
    assert not key_set(one) & key_set(other)


def test_names_are_known_by_their_capitals() -> None:
    names = [
        term.surface
        for term in terms_of("Yesterday the mayor met Ada Moreau of the WHO in Lyon")
        if term.is_name
    ]
    assert names == ["Ada", "Moreau", "WHO", "Lyon"]


@given(st.text())
def test_terms_are_verbatim_and_ordered(text: str) -> None:
    end = 0
    for term in terms_of(text):
        assert end <= term.start < term.end
        assert text[term.start : term.end] == term.surface
        end = term.end
