"""Paired tests, beside scipy's."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eval.paired import EXACT_CASES, mcnemar, permutation

stats = pytest.importorskip("scipy.stats")


@given(st.integers(0, 60), st.integers(0, 60))
def test_mcnemar_is_the_binomial_test_of_the_cases_that_differ(wins: int, losses: int) -> None:
    expected = stats.binomtest(wins, wins + losses, 0.5).pvalue if wins + losses else 1.0
    assert mcnemar(wins, losses) == pytest.approx(expected, rel=1e-9)


def test_mcnemar_is_exact_for_sizes_that_floats_cannot_count() -> None:
    assert 0 < mcnemar(1200, 1300) < 0.05
    assert mcnemar(3000, 3000) == 1.0


@settings(max_examples=25, deadline=None)
@given(st.lists(st.sampled_from([-1.0, -0.5, -0.25, 0.0, 0.25, 0.5, 1.0]), min_size=2, max_size=8))
def test_the_permutation_test_of_few_cases_is_scipys_exact_one(differences: list[float]) -> None:
    values = np.array(differences)
    p_value, exact = permutation(values)
    assert exact
    expected = stats.permutation_test(
        (values,), np.mean, permutation_type="samples", n_resamples=np.inf, alternative="two-sided"
    ).pvalue
    if np.abs(values).max() > 0:
        # scipy doubles the smaller tail, which for a symmetric distribution is the same unless the mean is nought
        assert p_value == pytest.approx(min(1.0, expected), abs=1e-12)
    else:
        assert p_value == 1.0


def test_with_more_cases_signs_are_drawn_and_agree_with_scipy() -> None:
    generator = np.random.default_rng(3)
    values = generator.normal(0.15, 0.5, size=60)
    p_value, exact = permutation(values)
    assert not exact
    expected = stats.permutation_test(
        (values,), np.mean, permutation_type="samples", n_resamples=20_000, rng=generator
    ).pvalue
    assert p_value == pytest.approx(expected, abs=0.01)
    assert permutation(values) == (p_value, exact)  # the same draws each time


def test_cases_that_do_not_differ_change_nothing() -> None:
    few = np.array([0.5, -0.25, 1.0])
    assert permutation(np.concatenate([few, np.zeros(500)])) == permutation(few)
    assert permutation(np.zeros(5)) == (1.0, True)


def test_a_drawn_p_value_is_never_nought() -> None:
    p_value, exact = permutation(np.ones(EXACT_CASES + 40))
    assert (0 < p_value < 0.001, exact) == (True, False)


def test_yes_or_no_differences_fare_alike_in_both_tests() -> None:
    differences = np.array([1.0] * 7 + [-1.0] * 2)
    assert permutation(differences)[0] == pytest.approx(mcnemar(7, 2))
