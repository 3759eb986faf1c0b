"""The one retry policy, for every call to another system: only what may pass by itself is tried again.

Tenacity does the work. Clients that retry by themselves are told not to (`max_retries=0`), because retries
inside retries multiply.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import ParamSpec, TypeVar

from tenacity import (
    RetryCallState,
    Retrying,
    retry_if_exception_type,
    stop_after_attempt,
    wait_exponential,
    wait_random,
)

from ingest.errors import RateLimited, TransientError

P = ParamSpec("P")
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """How often and how long. Waits grow 0.5 s, 1 s, 2 s (each plus up to `jitter_s`), unless the upstream
    says when.

    `total_s` caps the whole of it, calls and waits together: a wait that would end later is not begun, and
    the last error is raised at once, so that a caller told "in an hour" hears it now.
    """

    attempts: int = 4
    first_wait_s: float = 0.5
    longest_wait_s: float = 8.0
    jitter_s: float = 0.5
    total_s: float = 60.0


DEFAULT_POLICY = RetryPolicy()


def call_with_retries(
    call: Callable[[], T],
    *,
    policy: RetryPolicy = DEFAULT_POLICY,
    sleep: Callable[[float], None] = time.sleep,
) -> T:
    """`call()`, tried again after each `TransientError` as `policy` allows.

    Args:
        sleep: takes seconds; tests pass their own.

    Raises:
        TransientError: the last one, when attempts or time ran out.
        Exception: anything else `call` raises, at once.
    """
    growing = wait_exponential(multiplier=policy.first_wait_s, max=policy.longest_wait_s) + wait_random(
        0, policy.jitter_s
    )

    def wait(state: RetryCallState) -> float:
        error = state.outcome.exception() if state.outcome is not None else None
        asked = error.retry_after_s if isinstance(error, RateLimited) else None
        return growing(state) if asked is None else asked

    def out_of_time(state: RetryCallState) -> bool:
        passed = max(state.seconds_since_start or 0.0, state.idle_for)
        return passed + state.upcoming_sleep > policy.total_s

    retrying = Retrying(
        retry=retry_if_exception_type(TransientError),
        wait=wait,
        stop=lambda state: stop_after_attempt(policy.attempts)(state) or out_of_time(state),
        sleep=sleep,
        reraise=True,
    )
    return retrying(call)


def retrying(
    *, policy: RetryPolicy = DEFAULT_POLICY, sleep: Callable[[float], None] = time.sleep
) -> Callable[[Callable[P, T]], Callable[P, T]]:
    """`call_with_retries` as a decorator."""

    def decorate(function: Callable[P, T]) -> Callable[P, T]:
        @wraps(function)
        def wrapped(*args: P.args, **kwargs: P.kwargs) -> T:
            return call_with_retries(lambda: function(*args, **kwargs), policy=policy, sleep=sleep)

        return wrapped

    return decorate


__all__ = ["DEFAULT_POLICY", "RetryPolicy", "call_with_retries", "retrying"]
