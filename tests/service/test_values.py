"""Numbers, money, percentages and dates have one normal form each."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.values import Value, values_of


def normals(text: str) -> list[tuple[str, str]]:
    return [(value.kind, value.normal) for value in values_of(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("54,000 troops", [("number", "54000")]),
        ("54000 troops", [("number", "54000")]),
        ("1.5 million people", [("number", "1500000")]),
        ("from 1 percent to 2% of output", [("percent", "1%"), ("percent", "2%")]),
        ("4.5 per cent", [("percent", "4.5%")]),
        ("$12 million for schools", [("money", "usd 12000000")]),
        ("12 million dollars for schools", [("money", "usd 12000000")]),
        ("£506m", [("money", "gbp 506000000")]),
        ("US$1.5bn", [("money", "usd 1500000000")]),
        ("on April 10, 2024", [("date", "2024-04-10")]),
        ("on 10 April 2024", [("date", "2024-04-10")]),
        ("on 2024-04-10", [("date", "2024-04-10")]),
        ("on Apr. 10", [("date", "--04-10")]),
        ("in March 2025", [("date", "2025-03")]),
        ("by 2027", [("year", "2027")]),
        ("on Wednesday", [("weekday", "wednesday")]),
        ("two weeks ago", [("words", "two")]),
        ("twenty-one guests", [("words", "twenty-one")]),
        ("It may rain", []),
        ("Nobody came.", []),
    ],
)
def test_normal_forms(text: str, expected: list[tuple[str, str]]) -> None:
    assert normals(text) == expected


def one(text: str) -> Value:
    (value,) = values_of(text)
    return value


@pytest.mark.parametrize(
    ("said", "known", "agrees"),
    [
        ("April 10", "April 10, 2024", True),
        ("April 10, 2024", "April 10", False),
        ("April 11", "April 10, 2024", False),
        ("2024", "April 10, 2024", True),
        ("1%", "1 percent", True),
        ("54,000", "54000", True),
        ("54,000", "50,000", False),
        ("2 weeks", "two weeks", False),
        ("$12 million", "12 million euros", False),
    ],
)
def test_agreement_says_no_more_than_the_evidence(said: str, known: str, agrees: bool) -> None:
    assert one(said).agrees(one(known)) is agrees


@given(st.text())
def test_values_are_ordered_disjoint_and_verbatim(text: str) -> None:
    end = 0
    for value in values_of(text):
        assert end <= value.start < value.end <= len(text)
        assert text[value.start : value.end] == value.written
        end = value.end


@given(st.integers(min_value=1000, max_value=10**12))
def test_grouping_does_not_change_a_number(number: int) -> None:
    grouped, plain = one(f"exactly {number:,} of them"), one(f"exactly {number} of them")
    assert grouped.normal == str(number)
    assert grouped.agrees(plain)
