"""Fusion of two retrievers' scores."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.ranking import fuse, scaled, spread

hits = st.lists(
    st.tuples(st.text(min_size=1, max_size=3), st.floats(0, 100)), max_size=20, unique_by=lambda pair: pair[0]
)


def test_what_both_find_comes_first() -> None:
    fused = fuse([("a", 9.0), ("b", 8.0)], [("b", 0.9), ("c", 0.8)], 0.6)
    assert fused[0][0] == "b"
    assert fused[0][1] == pytest.approx(0.6 * 8 / 9 + 0.4)


@pytest.mark.parametrize(("weight", "first"), [(0.9, "words"), (0.1, "meaning")])
def test_the_weight_decides_between_them(weight: float, first: str) -> None:
    assert fuse([("words", 5.0)], [("meaning", 0.7)], weight)[0][0] == first


@given(hits, hits, st.floats(0, 1))
def test_fusion_keeps_everything_once_in_order(
    keyword: list[tuple[str, float]], dense: list[tuple[str, float]], weight: float
) -> None:
    fused = fuse(keyword, dense, weight)
    assert {item for item, _ in fused} == {item for item, _ in keyword + dense}
    assert [score for _, score in fused] == sorted((score for _, score in fused), reverse=True)
    assert all(0 <= score <= 1.0001 for _, score in fused)


def test_equal_scores_all_count_fully() -> None:
    assert scaled([("a", 2.0), ("b", 2.0)]) == {"a": 1.0, "b": 1.0}


def test_one_article_does_not_crowd_out_the_rest() -> None:
    ranked = [("a1", 0.9), ("a2", 0.8), ("a3", 0.7), ("b1", 0.6)]
    group = {"a1": "a", "a2": "a", "a3": "a", "b1": "b"}
    assert [item for item, _ in spread(ranked, group, 2)] == ["a1", "a2", "b1", "a3"]
