"""Intervals and AUROC against what is known of them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from eval.benchmarks.bootstrap import Resamples, auroc, auroc_estimate

scores = st.lists(st.integers(0, 5), min_size=1, max_size=12)


def column(*values: float) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    """One figure of some questions."""
    return np.array(values, dtype=np.float64).reshape(-1, 1)


def test_an_interval_has_the_width_that_theory_says() -> None:
    values = column(*([1.0] * 300 + [0.0] * 700))
    (found,) = Resamples(1000).means(values)
    assert found.value == pytest.approx(0.3)
    half = 1.96 * (0.3 * 0.7 / 1000) ** 0.5
    assert found.high - found.low == pytest.approx(2 * half, rel=0.1)
    assert (found.low + found.high) / 2 == pytest.approx(0.3, abs=0.005)


def test_the_same_again_is_the_same() -> None:
    values = column(*np.linspace(0, 1, 50))
    assert Resamples(50).means(values) == Resamples(50).means(values)
    assert Resamples(50).means(values) != Resamples(50, seed=1).means(values)


def test_figures_are_resampled_together() -> None:
    """A constant difference between two figures has no spread, however much each has."""
    generator = np.random.default_rng(5)
    first = generator.random(80)
    (found,) = Resamples(80).means(((first + 0.25) - first).reshape(-1, 1))
    assert (found.low, found.value, found.high) == pytest.approx((0.25, 0.25, 0.25))


def test_a_single_question_has_no_spread() -> None:
    (found,) = Resamples(1).means(column(0.5))
    assert (found.low, found.value, found.high) == (0.5, 0.5, 0.5)


@given(scores, scores)
def test_auroc_counts_pairs_and_ties_half(positive: list[int], negative: list[int]) -> None:
    wins = sum((p > n) + (p == n) / 2 for p in positive for n in negative)
    found = auroc(np.array(positive, dtype=float), np.array(negative, dtype=float))
    assert found == pytest.approx(wins / (len(positive) * len(negative)))
    turned = auroc(np.array(negative, dtype=float), np.array(positive, dtype=float))
    assert found + turned == pytest.approx(1)


def test_auroc_of_what_is_apart_and_of_what_is_the_same() -> None:
    high, low = np.array([3.0, 4.0]), np.array([1.0, 2.0])
    apart = auroc_estimate(high, low)
    assert apart is not None
    assert (apart.low, apart.value, apart.high) == pytest.approx((1, 1, 1))
    same = auroc_estimate(low, low)
    assert same is not None
    assert same.value == 0.5
    assert auroc_estimate(high, np.array([])) is None
    assert auroc_estimate(np.array([]), low) is None


def test_an_auroc_interval_holds_its_value() -> None:
    generator = np.random.default_rng(11)
    found = auroc_estimate(generator.normal(1, 1, 200), generator.normal(0, 1, 60))
    assert found is not None
    assert 0.6 < found.low < found.value < found.high < 0.9
    assert found.value == pytest.approx(0.76, abs=0.06)  # Φ(1/√2)
