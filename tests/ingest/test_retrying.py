"""What is tried again, how often, and how long the waits are. No test sleeps."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.errors import DatelineError, RateLimited, SettingsError, UpstreamRefused, UpstreamUnavailable
from ingest.openai_errors import retry_after_s
from ingest.retrying import DEFAULT_POLICY, RetryPolicy, call_with_retries, retrying


def failing(*errors: Exception) -> Callable[[], str]:
    """A call that raises these one after another, then answers."""
    left = list(errors)

    def call() -> str:
        if left:
            raise left.pop(0)
        return "answer"

    return call


def test_transient_errors_are_tried_again_with_growing_waits() -> None:
    waits: list[float] = []
    errors = [UpstreamUnavailable("down") for _ in range(3)]
    assert call_with_retries(failing(*errors), sleep=waits.append) == "answer"
    assert [low <= wait <= low + 0.5 for wait, low in zip(waits, (0.5, 1.0, 2.0), strict=True)] == [True] * 3


def test_after_four_attempts_the_last_error_is_raised() -> None:
    waits: list[float] = []
    errors = [UpstreamUnavailable(str(number)) for number in range(9)]
    with pytest.raises(UpstreamUnavailable, match=r"^3$"):
        call_with_retries(failing(*errors), sleep=waits.append)
    assert len(waits) == 3


@pytest.mark.parametrize("error", [UpstreamRefused("no"), SettingsError("no"), ValueError("no")])
def test_other_errors_are_raised_at_once(error: Exception) -> None:
    waits: list[float] = []
    with pytest.raises(type(error)):
        call_with_retries(failing(error), sleep=waits.append)
    assert waits == []


def test_the_wait_an_upstream_asks_for_is_kept() -> None:
    waits: list[float] = []
    assert call_with_retries(failing(RateLimited("wait", 7.25)), sleep=waits.append) == "answer"
    assert waits == [7.25]


def test_a_wait_beyond_the_total_is_not_begun() -> None:
    waits: list[float] = []
    with pytest.raises(RateLimited) as caught:
        call_with_retries(failing(RateLimited("in an hour", 3600.0)), sleep=waits.append)
    assert caught.value.retry_after_s == 3600.0
    assert waits == []


@given(st.lists(st.one_of(st.none(), st.floats(0, 100)), max_size=8), st.floats(0, 60))
def test_attempts_and_waits_stay_within_the_policy(asked: list[float | None], total_s: float) -> None:
    waits: list[float] = []
    policy = RetryPolicy(total_s=total_s)
    try:
        call_with_retries(
            failing(*(RateLimited("wait", one) for one in asked)), policy=policy, sleep=waits.append
        )
    except DatelineError:
        assert asked
    assert len(waits) < policy.attempts
    assert sum(waits) <= total_s


def test_the_decorator_passes_arguments_and_keeps_the_name() -> None:
    seen: list[tuple[int, str]] = []

    @retrying(sleep=lambda _: None)
    def greet(number: int, *, word: str) -> str:
        seen.append((number, word))
        if len(seen) < 3:
            raise UpstreamUnavailable("down")
        return word * number

    assert greet(2, word="ab") == "abab"
    assert seen == [(2, "ab")] * 3
    assert greet.__name__ == "greet"
    assert DEFAULT_POLICY.attempts == 4


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({}, None),
        ({"retry-after": "2"}, 2.0),
        ({"retry-after": "0.5"}, 0.5),
        ({"retry-after-ms": "1500", "retry-after": "9"}, 1.5),
        ({"retry-after": "Wed, 21 Oct 2015 07:28:30 GMT"}, 30.0),
        ({"retry-after": "Wed, 21 Oct 2015 07:00:00 GMT"}, 0.0),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "-1"}, None),
        ({"retry-after": "inf"}, None),
        ({"retry-after": "nan"}, None),
    ],
)
def test_retry_after_is_seconds_or_a_date(headers: dict[str, str], expected: float | None) -> None:
    assert retry_after_s(headers, datetime(2015, 10, 21, 7, 28, tzinfo=UTC)) == expected
