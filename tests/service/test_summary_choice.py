"""The choice of sentences within a number of words."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from service.summary_choice import SAME_THEME, SAME_THEME_IN_ONE, Choosable, choose, themes


def choosable(
    weights: list[float], words: list[int], terms: list[set[str]] | None = None, like: float = 0.0
) -> Choosable:
    n = len(weights)
    graph = np.full((n, n), like, np.float32)
    np.fill_diagonal(graph, 1.0)
    own = terms or [{f"term{number}"} for number in range(n)]
    return Choosable(graph, np.arange(n), np.asarray(weights), [frozenset(one) for one in own], words)


def test_the_heaviest_comes_first() -> None:
    assert choose(choosable([0.2, 0.9, 0.5], [10, 10, 10]), {}, 25) == [1, 2]


def test_what_says_the_same_words_is_not_said_again() -> None:
    terms = [{"tide", "gate", "vote"}, {"tide", "gate", "vote", "city"}, {"pump"}]
    assert choose(choosable([1.0, 0.9, 0.1], [10, 10, 10], terms), {}, 30) == [0, 2]


def test_what_means_the_same_is_not_said_again() -> None:
    assert choose(choosable([1.0, 0.9], [10, 10], like=0.9), {}, 30) == [0]


def test_heavy_terms_are_covered() -> None:
    sentences = choosable([0.5, 0.5, 0.5], [10, 10, 10], [{"a"}, {"b"}, {"c"}])
    assert choose(sentences, {"c": 5.0, "a": 1.0}, 20) == [2, 0]


def forms(
    weights: list[float], of: list[int], words: list[int], overlaps: list[frozenset[int]] | None = None
) -> Choosable:
    """Sentences that have nothing in common, in several forms."""
    n = max(of) + 1
    terms = [frozenset({f"term{number}"}) for number in of]
    return Choosable(
        np.eye(n, dtype=np.float32), np.asarray(of), np.asarray(weights), terms, words, overlaps or ()
    )


def test_a_sentence_is_said_in_one_form() -> None:
    assert choose(forms([0.9, 0.8, 0.5], [0, 0, 1], [20, 12, 10]), {}, 100) == [0, 2]


def test_a_sentence_is_shortened_where_that_makes_room_for_another() -> None:
    chosen = choose(forms([0.9, 0.8, 0.5], [0, 0, 1], [20, 12, 10]), {}, 24)
    assert sorted(chosen) == [1, 2]


def test_what_is_chosen_first_is_exchanged_for_two_that_say_more() -> None:
    assert sorted(choose(choosable([0.7, 0.6, 0.6], [20, 10, 10]), {}, 20)) == [1, 2]


def test_sentences_that_share_words_of_an_article_are_not_both_said() -> None:
    overlaps = [frozenset({1}), frozenset({0}), frozenset[int]()]
    assert choose(forms([0.9, 0.8, 0.1], [0, 1, 2], [10, 10, 10], overlaps=overlaps), {}, 100) == [0, 2]


def test_one_is_said_even_if_it_is_too_long() -> None:
    assert choose(choosable([0.4, 0.5], [30, 90]), {}, 5) == [0]


def test_nothing_is_chosen_from_nothing() -> None:
    nothing = Choosable(np.zeros((0, 0), np.float32), np.zeros(0, np.int64), np.zeros(0), [], [])
    assert choose(nothing, {}, 100) == []


def test_themes_gather_around_the_heaviest() -> None:
    graph = np.asarray([[1, 0.6, 0], [0.6, 1, 0], [0, 0, 1]], np.float32)
    assert themes(graph, np.asarray([0.1, 0.9, 0.5])).tolist() == [0, 0, 1]


def test_what_is_near_joins_a_theme_only_from_the_similarity_that_makes_one() -> None:
    graph = np.asarray([[1, 0.5], [0.5, 1]], np.float32)
    weights = np.asarray([0.9, 0.8])
    assert themes(graph, weights).tolist() == [0, 0]
    assert themes(graph, weights, SAME_THEME_IN_ONE).tolist() == [0, 1]


def test_a_second_sentence_of_one_theme_gives_way_to_another_theme() -> None:
    three = choosable([0.9, 0.8, 0.5], [10, 10, 10])
    three.graph[0, 1] = three.graph[1, 0] = 0.5
    assert choose(replace(three, same_theme=SAME_THEME), {}, 20) == [0, 2]
    assert choose(replace(three, same_theme=SAME_THEME_IN_ONE), {}, 20) == [0, 1]


sentences_of_words = st.lists(
    st.tuples(st.floats(0.0, 1.0), st.integers(1, 60), st.sets(st.sampled_from("abcdefgh"))),
    min_size=1,
    max_size=15,
)


@given(sentences_of_words, st.integers(1, 150))
def test_the_words_are_never_exceeded_but_by_a_single_sentence(
    drawn: list[tuple[float, int, set[str]]], max_words: int
) -> None:
    weights, words, terms = (list(column) for column in zip(*drawn, strict=True))
    chosen = choose(choosable(weights, words, terms), {"a": 2.0, "b": 1.0}, max_words)
    assert len(set(chosen)) == len(chosen)
    if min(words) > max_words:
        assert len(chosen) == 1
    else:
        assert sum(words[one] for one in chosen) <= max_words
