"""LexRank over graphs small enough to work out by hand."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from service.centrality import lexrank, similarities


def unit(rows: list[list[float]]) -> NDArray[np.float32]:
    vectors = np.asarray(rows, np.float32)
    lengths: NDArray[np.float32] = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.divide(vectors, lengths)


def test_the_middle_of_a_star_is_most_central() -> None:
    graph = np.eye(4, dtype=np.float32)
    graph[0, 1:] = graph[1:, 0] = 1.0
    rank = lexrank(graph)
    assert rank[0] == 1.0
    assert np.allclose(rank[1:], rank[1])
    # Stationary by hand: r0 = 0.85 (3 r1) + 0.15/4 and r1 = 0.85 r0/3 + 0.15/4.
    assert rank[1] == pytest.approx(
        (0.85 / 3 + 0.0375 / ((0.85 * 3 * 0.0375 + 0.0375) / (1 - 0.85**2))), abs=1e-4
    )


def test_sentences_like_no_other_are_equal() -> None:
    assert np.allclose(lexrank(np.eye(3, dtype=np.float32)), 1.0)


def test_a_bias_draws_the_walker() -> None:
    graph = np.full((3, 3), 0.5, np.float32)
    rank = lexrank(graph, np.asarray([0.0, 0.0, 1.0]))
    assert rank[2] == 1.0
    assert rank[0] < 1.0


def test_nothing_has_no_centrality() -> None:
    assert lexrank(np.zeros((0, 0), np.float32)).shape == (0,)


def test_a_bias_of_another_length_is_refused() -> None:
    with pytest.raises(ValueError, match="bias"):
        lexrank(np.eye(3, dtype=np.float32), np.ones(2))


def test_what_all_sentences_share_counts_for_nothing() -> None:
    graph = similarities(unit([[1, 0.1, 0], [1, 0, 0.1], [1, 0.1, 0.02], [1, -0.3, -0.2]]))
    assert np.allclose(np.diag(graph), 1.0)
    assert graph[0, 2] > 0.5
    assert graph[0, 3] == 0.0


@given(st.lists(st.lists(st.floats(-1, 1), min_size=3, max_size=3), min_size=1, max_size=12))
def test_centrality_is_a_share_of_the_largest(rows: list[list[float]]) -> None:
    graph = similarities(unit([[*row, 1.0] for row in rows]))
    rank = lexrank(graph)
    assert graph.min() >= 0.0
    assert graph.max() <= 1.0
    assert rank.max() == pytest.approx(1.0)
    assert rank.min() >= 0.0
