"""Scores and orders made of what was found."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.ranking import (
    best_first,
    folded,
    interleave,
    keyword_strength,
    newest_first,
    part_scores,
    share_of_best,
    spread,
)

some_scores = st.integers(1, 4).flatmap(
    lambda parts: st.lists(
        st.lists(st.one_of(st.just(-np.inf), st.integers(-9, 99).map(float)), min_size=parts, max_size=parts),
        max_size=20,
    ).map(lambda rows: np.array(rows, np.float64).reshape(-1, parts).T)
)
"""Scores of up to 20 candidates for up to 4 parts, (parts, candidates), -inf where a part does not admit one."""


def _column(*values: float) -> np.typing.NDArray[np.float32]:
    """Values of candidates for a single part."""
    return np.array(values, np.float32).reshape(-1, 1)


def test_a_fifth_of_a_few_words_is_chance_and_of_many_rare_ones_is_not() -> None:
    assert keyword_strength(0.2, 15.0) < 0.1
    assert keyword_strength(0.2, 150.0) > 0.5
    assert keyword_strength(0.9, 15.0) == 1.0


@given(st.floats(0, 1), st.floats(0, 1), st.floats(0, 500))
def test_more_of_the_words_never_makes_keywords_weaker(less: float, more: float, weight: float) -> None:
    less, more = sorted((less, more))
    assert 0 <= keyword_strength(less, weight) <= keyword_strength(more, weight) <= 1


def test_shares_are_of_the_largest_for_each_part_and_nothing_stays_nothing() -> None:
    values = np.array([[2, 0], [4, 0], [0, 0]], np.float32)
    assert share_of_best(values).tolist() == [[0.5, 0.0], [1.0, 0.0], [0.0, 0.0]]
    assert share_of_best(values[:0]).shape == (0, 2)


@pytest.mark.parametrize(("strength", "first"), [(1.0, 0), (0.0, 1)])
def test_keywords_decide_when_strong_and_meaning_when_not(strength: float, first: int) -> None:
    none, meaning = _column(0, 0), _column(0.2, 0.8)
    scores = part_scores(_column(9, 1), none, meaning, _column(0.2, 0.5), none, np.array([strength]))
    assert int(scores[:, 0].argmax()) == first


def test_each_part_is_scored_as_if_it_were_alone() -> None:
    first, second, third, fourth, fifth = np.random.default_rng(1).random((5, 7, 3), np.float32)
    strength = np.array([0.1, 0.6, 1.0])
    together = part_scores(first, second, third, fourth, fifth, strength)
    for part in range(3):
        own = [one[:, [part]] for one in (first, second, third, fourth, fifth)]
        alone = part_scores(own[0], own[1], own[2], own[3], own[4], strength[[part]])
        assert together[:, [part]].tolist() == alone.tolist()


def test_an_article_of_the_named_time_comes_first_among_equals() -> None:
    same, none = _column(1, 1), _column(0, 0)
    scores = part_scores(same, none, same, same, _column(0, 1), np.array([0.5]))
    assert int(scores[:, 0].argmax()) == 1


def test_the_best_come_first_equal_ones_in_their_order_and_those_not_admitted_never() -> None:
    assert best_first(np.array([1.0, 3.0, -np.inf, 3.0])).tolist() == [1, 3, 0]


def test_the_newest_come_first_among_those_of_about_one_score() -> None:
    scores = np.array([1.0, 1.001, 0.999, 0.5])
    dates = ["2024-01-02", "2024-01-01", "2024-01-02T09:00", "2024-06-01"]
    assert newest_first(best_first(scores), scores, dates).tolist() == [2, 0, 1, 3]
    assert newest_first(best_first(scores), scores, ["", "2024", "", ""]).tolist() == [1, 0, 2, 3]


def test_parts_take_turns_the_surest_first() -> None:
    scores = np.array([[1.0, 0.9, -np.inf], [1.5, -np.inf, 2.0], [-np.inf] * 3])
    items, falling = interleave([best_first(one) for one in scores], scores)
    assert items.tolist() == [2, 0, 1]
    assert falling.tolist() == [2.0, 1.5, 0.9]


@given(some_scores)
def test_interleaving_keeps_everything_once_with_falling_scores(
    scores: np.typing.NDArray[np.float64],
) -> None:
    items, falling = interleave([best_first(one) for one in scores], scores)
    assert sorted(items.tolist()) == np.flatnonzero(np.isfinite(scores).any(axis=0)).tolist()
    assert falling.tolist() == sorted(falling.tolist(), reverse=True)


@given(some_scores)
def test_turns_are_taken_as_one_would_by_hand(scores: np.typing.NDArray[np.float64]) -> None:
    orders = [best_first(one).tolist() for one in scores]
    turns = sorted((n for n, one in enumerate(orders) if one), key=lambda n: -scores[n, orders[n][0]])
    dealt = [orders[n][row] for row in range(scores.shape[1]) for n in turns if row < len(orders[n])]
    assert interleave([np.array(one, np.int64) for one in orders], scores)[0].tolist() == [
        *dict.fromkeys(dealt)
    ]


def test_one_article_does_not_crowd_out_the_rest() -> None:
    assert spread([0, 1, 2, 3], [7, 7, 7, 8], 2, 4) == [0, 1, 3, 2]
    assert spread([0, 1, 2, 3], [7, 7, 7, 8], 2, 3) == [0, 1, 3]


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
