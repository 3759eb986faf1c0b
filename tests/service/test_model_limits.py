"""The circuit breaker, the token budget and the turns, on a clock of the test's own."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.errors import RateLimited, UpstreamRefused, UpstreamUnavailable
from service.model_limits import DAY_S, MINUTE_S, CircuitBreaker, ModelLimits, TokenBudget


class Clock:
    """A clock that stands until it is moved."""

    def __init__(self) -> None:
        self.now_s = 1000.0

    def __call__(self) -> float:
        return self.now_s


def run(breaker: CircuitBreaker, error: BaseException | None = None) -> None:
    with breaker.guarding():
        if error is not None:
            raise error


def fail(breaker: CircuitBreaker, times: int = 1) -> None:
    for _ in range(times):
        with pytest.raises(UpstreamUnavailable, match="down"):
            run(breaker, UpstreamUnavailable("down"))


def assert_open(breaker: CircuitBreaker) -> None:
    with pytest.raises(UpstreamUnavailable, match="in a row"):
        run(breaker)


def test_failures_in_a_row_open_the_circuit_for_a_while() -> None:
    clock = Clock()
    breaker = CircuitBreaker(failures=3, pause_s=30, clock=clock)
    fail(breaker, 2)
    run(breaker)
    fail(breaker, 3)
    assert_open(breaker)
    clock.now_s += 29
    assert_open(breaker)
    clock.now_s += 1
    run(breaker)
    fail(breaker, 2)
    run(breaker)


def test_a_trial_that_fails_opens_the_circuit_again() -> None:
    clock = Clock()
    breaker = CircuitBreaker(failures=2, pause_s=10, clock=clock)
    fail(breaker, 2)
    clock.now_s += 10
    fail(breaker)
    assert_open(breaker)


def test_one_trial_at_a_time() -> None:
    clock = Clock()
    breaker = CircuitBreaker(failures=1, pause_s=10, clock=clock)
    fail(breaker)
    clock.now_s += 10
    with breaker.guarding():
        assert_open(breaker)
    run(breaker)


@pytest.mark.parametrize("error", [RateLimited("later"), UpstreamRefused("no")])
def test_a_server_that_says_no_is_there(error: Exception) -> None:
    breaker = CircuitBreaker(failures=2)
    for _ in range(3):
        fail(breaker)
        with pytest.raises(type(error)):
            run(breaker, error)
    run(breaker)


def test_work_that_was_given_up_says_nothing() -> None:
    clock = Clock()
    breaker = CircuitBreaker(failures=2, pause_s=10, clock=clock)
    fail(breaker)
    with pytest.raises(KeyError):
        run(breaker, KeyError())
    fail(breaker)
    assert_open(breaker)
    clock.now_s += 10
    with pytest.raises(KeyError):
        run(breaker, KeyError())
    run(breaker)  # the trial that was given up has made room for another


def test_many_threads_are_let_through_once_on_trial() -> None:
    clock = Clock()
    breaker = CircuitBreaker(failures=1, pause_s=10, clock=clock)
    fail(breaker)
    clock.now_s += 10
    together, release = threading.Barrier(8), threading.Event()

    def attempt(_: int) -> bool:
        together.wait()
        try:
            with breaker.guarding():
                return release.wait(10)
        except UpstreamUnavailable:
            return False
        finally:
            if not release.is_set():
                counted.release()

    counted = threading.Semaphore(0)
    with ThreadPoolExecutor(8) as pool:
        tries = [pool.submit(attempt, number) for number in range(8)]
        for _ in range(7):
            assert counted.acquire(timeout=10)
        release.set()
        assert sum(one.result() for one in tries) == 1


def test_the_budget_of_a_minute_frees_itself_as_time_passes() -> None:
    clock = Clock()
    budget = TokenBudget(per_minute=100, clock=clock)
    budget.reserve(60)
    clock.now_s += 20
    budget.reserve(40)
    with pytest.raises(RateLimited) as caught:
        budget.reserve(10)
    assert caught.value.retry_after_s == pytest.approx(40)
    with pytest.raises(RateLimited) as caught:
        budget.reserve(70)
    assert caught.value.retry_after_s == pytest.approx(60)
    clock.now_s += 40
    budget.reserve(60)


def test_what_an_answer_did_not_take_is_given_back() -> None:
    budget = TokenBudget(per_day=100, clock=Clock())
    budget.reserve(100).settle(30)
    budget.reserve(70)
    with pytest.raises(RateLimited):
        budget.reserve(1)


def test_an_answer_beyond_the_whole_budget_is_told_which_setting() -> None:
    with pytest.raises(RateLimited, match="DATELINE_LLM_TOKENS_PER_MINUTE") as caught:
        TokenBudget(per_minute=100, per_day=1000).reserve(101)
    assert caught.value.retry_after_s is None


def test_without_limits_nothing_is_kept() -> None:
    budget = TokenBudget()
    for _ in range(3):
        budget.reserve(10**9)


@given(
    st.lists(st.tuples(st.floats(0, 100), st.integers(1, 60)), max_size=40),
    st.integers(50, 100),
    st.integers(100, 300),
)
def test_no_window_ever_holds_more_than_its_limit(
    asked: list[tuple[float, int]], per_minute: int, per_day: int
) -> None:
    clock = Clock()
    budget = TokenBudget(per_minute=per_minute, per_day=per_day, clock=clock)
    granted: list[tuple[float, int]] = []
    for wait_s, tokens in asked:
        clock.now_s += wait_s
        try:
            budget.reserve(tokens)
        except RateLimited as error:
            if error.retry_after_s is not None:
                clock.now_s += error.retry_after_s + 1e-6
                budget.reserve(tokens)
                granted.append((clock.now_s, tokens))
        else:
            granted.append((clock.now_s, tokens))
        for limit, window_s in ((per_minute, MINUTE_S), (per_day, DAY_S)):
            assert sum(took for at, took in granted if at + window_s > clock.now_s) <= limit


def test_turns_are_given_back_and_waited_for() -> None:
    limits = ModelLimits(concurrency=1, wait_s=0.01)
    with limits.admitted(1), pytest.raises(RateLimited, match="busy"), limits.admitted(1):
        pass
    with pytest.raises(KeyError), limits.admitted(1):
        raise KeyError
    with limits.admitted(1):
        pass


def test_a_used_up_budget_is_no_failure_of_the_server() -> None:
    limits = ModelLimits(
        breaker=CircuitBreaker(failures=1), budget=TokenBudget(per_minute=10, clock=Clock()), wait_s=0.01
    )
    for _ in range(2):
        with pytest.raises(RateLimited, match="more than all"), limits.admitted(11):
            pass
    with limits.admitted(10):
        pass


def test_an_open_circuit_and_a_used_up_budget_do_not_mend_each_other() -> None:
    clock = Clock()
    breaker = CircuitBreaker(failures=1, pause_s=30, clock=clock)
    limits = ModelLimits(breaker=breaker, budget=TokenBudget(per_day=10, clock=clock))
    with pytest.raises(UpstreamUnavailable, match="down"), limits.admitted(0):
        raise UpstreamUnavailable("down")
    with pytest.raises(UpstreamUnavailable, match="in a row"), limits.admitted(10):
        pass
    clock.now_s += 30
    with pytest.raises(RateLimited), limits.admitted(11):
        pass
    with limits.admitted(10):  # the circuit is on trial still, and the refused answers took no tokens
        pass


def test_only_so_many_wait_and_a_further_one_is_refused_at_once() -> None:
    limits = ModelLimits(concurrency=1, wait_s=60.0, waiting=2)
    with ThreadPoolExecutor(2) as pool:
        with limits.admitted(1):
            writers = [pool.submit(_one_after_the_other, limits) for _ in range(2)]
            while limits.waiting < 2:
                time.sleep(0.001)
            with pytest.raises(RateLimited, match="2 wait for it already"), limits.admitted(1):
                pytest.fail("a third one waited")
            assert limits.waiting == 2
        for writer in writers:
            writer.result(timeout=20)
    assert (limits.waiting, limits.writing) == (0, 0)


def _one_after_the_other(limits: ModelLimits) -> None:
    with limits.admitted(1):
        assert limits.writing == 1
