"""Patterns of gold sets: which are refused, and that those which are not do find."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eval.gold_patterns import MAX_CHARS, finds, is_pattern, plain, refusal


@pytest.mark.parametrize(
    "pattern",
    [
        "(a+)+b",
        "(a*)*",
        "(a|aa)+c",
        "(ab|ab)*c",
        "([a-z]+ ?)+$",
        r"(\d{1,3},?)+$",
        "(a{1,10}){1,10}b",
        r"(?:\w+\s?)*x",
        r"(.*,){9}x",
        ".*a.*b.*c.*d",
        "(a?){30}a",
        "(?=(a+)+)b",
    ],
)
def test_what_could_take_for_ever_is_refused(pattern: str) -> None:
    assert refusal(f"/{pattern}/") is not None


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        (r"(?<![\d.])2 ?(percent|%)", "at 2% of output"),
        (r"(?:\w+ ){0,3}price", "said that the price"),
        ("(abc)+", "xabcabc"),
        (r"\d{1,3}(,\d{3})*", "54,000"),
        ("near.*bridge", "near the old bridge"),
        (r"^(?!.*pineapple)", "no fruit"),
        ("[ab]*c", "abac"),
        ("(yes|no)", "NO"),
    ],
)
def test_ordinary_patterns_are_let_through(pattern: str, text: str) -> None:
    assert refusal(f"/{pattern}/") is None
    assert finds(f"/{pattern}/", plain(text))


@pytest.mark.parametrize("pattern", ["(", "[", "a{2,1}", "(?P<n>a)(?P<n>b)", "x" * (MAX_CHARS + 1)])
def test_what_is_no_pattern_is_refused(pattern: str) -> None:
    assert refusal(f"/{pattern}/") is not None


@pytest.mark.filterwarnings("ignore::FutureWarning")
@settings(deadline=None)
@given(st.text(alphabet="ab()[]{}|*+?.^$\\d1,", max_size=12))
def test_any_text_is_refused_or_can_be_looked_for(pattern: str) -> None:
    phrase = f"/{pattern}/"
    if is_pattern(phrase) and refusal(phrase) is None:
        finds(phrase, "ab" * 20)


@settings(deadline=None)
@given(st.text())
def test_the_plain_form_is_its_own_plain_form(text: str) -> None:
    assert plain(plain(text)) == plain(text)
