"""What a load run's figures are: latencies, the slope of memory, the time until all is well again."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from eval.benchmarks.load_driver import UNANSWERED, Notes
from eval.benchmarks.load_figures import Samples, latency_of, recovered_s, slope_of


def samples(*notes: tuple[float, float, int], kept: int = 0) -> Samples:
    """Of (begun, took, status); the first `kept` of them were kept."""
    count = len(notes)
    return Samples(
        np.array([begun for begun, _, _ in notes], float),
        np.array([took for _, took, _ in notes], float),
        np.array([status for _, _, status in notes], np.int16),
        np.arange(count) < kept,
        np.zeros(count, np.int8),
    )


def test_latency_is_that_of_the_answered_and_every_status_is_counted() -> None:
    found = latency_of(
        samples((0, 0.1, 200), (0, 0.2, 200), (1, 0.3, 200), (1, 9.0, 503), (1, 60.0, UNANSWERED), kept=1),
        2.0,
    )
    assert found.by_status == {"no answer": 1, "200": 3, "503": 1}
    assert (found.requests, found.errors, found.answered_per_s) == (5, 2, 1.5)
    assert found.p50_ms == pytest.approx(200.0)
    assert found.longest_ms == pytest.approx(300.0)
    assert found.kept_share == pytest.approx(1 / 3)


def test_without_an_answer_there_is_no_latency() -> None:
    found = latency_of(samples((0, 1.0, 503)), 1.0)
    assert (found.p50_ms, found.p95_ms, found.errors) == (None, None, 1)


def test_a_slope_is_a_minutes_change_and_a_burst_does_not_move_it() -> None:
    times = np.arange(100.0)
    values = 400 + times * 0.05
    values[30:35] += 500
    found = slope_of(times, values)
    assert found is not None
    assert found.per_minute == pytest.approx(3.0)
    assert found.low <= 3.0 <= found.high


@given(st.integers(0, 2**32 - 1))
def test_noise_has_a_slope_whose_interval_is_around_it(seed: int) -> None:
    found = slope_of(np.arange(60.0), np.random.default_rng(seed).normal(400, 1, 60))
    assert found is not None
    assert found.low <= found.per_minute <= found.high


def test_the_slope_and_its_interval_are_those_of_scipy() -> None:
    stats = pytest.importorskip("scipy.stats")
    times = np.arange(50.0)
    values = 400 + times * 0.02 + np.random.default_rng(3).normal(0, 1, 50)
    theirs, ours = stats.theilslopes(values, times, 0.95), slope_of(times, values)
    assert ours is not None
    assert ours.per_minute == pytest.approx(theirs.slope * 60)
    assert ours.low == pytest.approx(theirs.low_slope * 60, abs=0.05)
    assert ours.high == pytest.approx(theirs.high_slope * 60, abs=0.05)


def test_two_moments_have_no_slope() -> None:
    assert slope_of(np.arange(2.0), np.arange(2.0)) is None


def test_recovery_is_when_it_is_well_for_good() -> None:
    late = [(30.0 + step / 4, 0.1 if step > 8 and step != 30 else 3.0, 200) for step in range(80)]
    assert recovered_s(samples(*late), 30.0, 200.0) == pytest.approx(1.5, abs=1.0)
    assert recovered_s(samples((30.0, 0.1, 200)), 30.0, 200.0) == 0.0
    assert recovered_s(samples((30.0, 0.1, 503)), 30.0, 200.0) is None
    assert recovered_s(samples(), 30.0, 200.0) is None


def test_notes_are_read_as_they_were_written(tmp_path: Path) -> None:
    notes = Notes()
    notes.add(0.5, 0.1, 200, True, 0)
    notes.add(0.7, 0.2, 503, False, 1)
    notes.save(tmp_path / "notes.npz")
    found = Samples.load(tmp_path / "notes.npz")
    assert found.status.tolist() == [200, 503]
    assert found.kept.tolist() == [True, False]
    assert found.of(1).begun_s.tolist() == [0.7]
    assert len(found.answered.took_s) == 1
