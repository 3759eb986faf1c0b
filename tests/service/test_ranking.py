"""Scores and orders made of what was found."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.ranking import folded, interleave, keyword_strength, part_scores, share_of_best, spread

ranked = st.lists(
    st.tuples(st.text(min_size=1, max_size=3), st.floats(0, 100)), max_size=20, unique_by=lambda pair: pair[0]
).map(lambda pairs: sorted(pairs, key=lambda pair: -pair[1]))


def _numbers(*values: float) -> np.typing.NDArray[np.float32]:
    return np.array(values, np.float32)


def test_a_fifth_of_a_few_words_is_chance_and_of_many_rare_ones_is_not() -> None:
    assert keyword_strength(0.2, 15.0) < 0.1
    assert keyword_strength(0.2, 150.0) > 0.5
    assert keyword_strength(0.9, 15.0) == 1.0


@given(st.floats(0, 1), st.floats(0, 1), st.floats(0, 500))
def test_more_of_the_words_never_makes_keywords_weaker(less: float, more: float, weight: float) -> None:
    less, more = sorted((less, more))
    assert 0 <= keyword_strength(less, weight) <= keyword_strength(more, weight) <= 1


def test_shares_are_of_the_largest_and_nothing_stays_nothing() -> None:
    assert share_of_best(_numbers(2, 4, 0)).tolist() == [0.5, 1.0, 0.0]
    assert share_of_best(_numbers(0, 0)).tolist() == [0.0, 0.0]
    assert share_of_best(_numbers()).tolist() == []


@pytest.mark.parametrize(("strength", "first"), [(1.0, 0), (0.0, 1)])
def test_keywords_decide_when_strong_and_meaning_when_not(strength: float, first: int) -> None:
    none = _numbers(0, 0)
    scores = part_scores(_numbers(9, 1), none, _numbers(0.2, 0.8), _numbers(0.2, 0.5), none, strength)
    assert int(scores.argmax()) == first


def test_an_article_of_the_named_time_comes_first_among_equals() -> None:
    same, none = _numbers(1, 1), _numbers(0, 0)
    scores = part_scores(same, none, same, same, _numbers(0, 1), 0.5)
    assert int(scores.argmax()) == 1


def test_lists_take_turns_the_surest_first() -> None:
    merged = interleave([[("a", 1.0), ("b", 0.9)], [("c", 2.0), ("a", 1.5)], []])
    assert [item for item, _ in merged] == ["c", "a", "b"]


@given(st.lists(ranked, max_size=4))
def test_interleaving_keeps_everything_once_with_falling_scores(lists: list[list[tuple[str, float]]]) -> None:
    merged = interleave(lists)
    items = [item for item, _ in merged]
    assert sorted(items) == sorted({item for one in lists for item, _ in one})
    assert [score for _, score in merged] == sorted((score for _, score in merged), reverse=True)


def test_one_article_does_not_crowd_out_the_rest() -> None:
    found = [("a1", 0.9), ("a2", 0.8), ("a3", 0.7), ("b1", 0.6)]
    group = {"a1": "a", "a2": "a", "a3": "a", "b1": "b"}
    assert [item for item, _ in spread(found, group, 2)] == ["a1", "a2", "b1", "a3"]


def test_a_near_copys_repetition_goes_last_and_its_own_words_stay() -> None:
    words = {
        "a1": frozenset("the mayor opened the bridge".split()),
        "b1": frozenset("the mayor opened the bridge".split()),
        "b2": frozenset("phone masts were added later".split()),
        "c1": frozenset("the mayor opened the bridge".split()),
    }
    group = {item: item[0] for item in words}
    copies = {"a": frozenset("b"), "b": frozenset("a")}
    assert folded(["a1", "b1", "b2", "c1"], words, copies, group) == ["a1", "b2", "c1", "b1"]
