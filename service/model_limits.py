"""What keeps a model's failures and costs in bounds: a circuit breaker, a number of answers at once, a token
budget.

All of it counts within one process: several workers have as many circuits, and each its own budget.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from ingest.errors import DatelineError, RateLimited, UpstreamUnavailable

MINUTE_S = 60.0
DAY_S = 86_400.0


class CircuitBreaker:
    """Stops asking a server that has failed several times in a row, and tries it again after a pause.

    Only `UpstreamUnavailable` is a failure. A server that refuses or asks for a pause is there, so both end a
    row of failures; work that the caller gave up says nothing about the server.
    """

    def __init__(
        self, *, failures: int = 3, pause_s: float = 30.0, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """`failures` in a row open the circuit for `pause_s` seconds; then one call at a time may try."""
        self._limit = failures
        self._pause_s = pause_s
        self._clock = clock
        self._lock = threading.Lock()
        self._failed = 0
        self._opened_at: float | None = None
        self._trying = False

    @property
    def open(self) -> bool:
        """Whether the server is being left alone, or only tried: nothing has succeeded since it failed too often."""
        with self._lock:
            return self._opened_at is not None

    @contextmanager
    def guarding(self) -> Iterator[None]:
        """Run a block that calls the server, and learn from how it ends.

        Raises:
            UpstreamUnavailable: the circuit is open, and the block is not run.
        """
        trial = self._enter()
        try:
            yield
        except UpstreamUnavailable:
            self._leave(trial, failed=True)
            raise
        except DatelineError:
            self._leave(trial, failed=False)
            raise
        except BaseException:
            self._leave(trial, failed=None)
            raise
        self._leave(trial, failed=False)

    def _enter(self) -> bool:
        """Whether this call is the trial of an open circuit."""
        with self._lock:
            if self._opened_at is None:
                return False
            left_s = self._opened_at + self._pause_s - self._clock()
            if left_s > 0 or self._trying:
                when = f"is tried again in {left_s:.0f} s" if left_s > 0 else "is being tried again"
                raise UpstreamUnavailable(
                    f"the language model failed {self._failed} times in a row and {when}"
                )
            self._trying = True
            return True

    def _leave(self, trial: bool, *, failed: bool | None) -> None:
        """`failed` is None when the call says nothing about the server."""
        with self._lock:
            if trial:
                self._trying = False
            if failed is None:
                return
            if not failed:
                self._failed, self._opened_at = 0, None
                return
            self._failed += 1
            if trial or (self._opened_at is None and self._failed >= self._limit):
                self._opened_at = self._clock()


@dataclass(slots=True)
class Reservation:
    """Tokens set aside for one answer, until `settle` says how many it took."""

    at: float
    tokens: int

    def settle(self, tokens: int) -> None:
        """What the answer really took."""
        self.tokens = tokens


class TokenBudget:
    """Tokens that all answers together may take in any minute and any day (windows that slide)."""

    def __init__(
        self,
        *,
        per_minute: int | None = None,
        per_day: int | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """None is no limit."""
        limits = (("minute", per_minute, MINUTE_S), ("day", per_day, DAY_S))
        self._windows = [(name, limit, window_s) for name, limit, window_s in limits if limit is not None]
        self._reserved: deque[Reservation] = deque()
        self._clock = clock
        self._lock = threading.Lock()

    def reserve(self, tokens: int) -> Reservation:
        """Set tokens aside: those of the prompt and the most the answer may have.

        Raises:
            RateLimited: they do not fit; `retry_after_s` is when they will, None when they never do.
        """
        with self._lock:
            now = self._clock()
            while self._reserved and self._reserved[0].at + DAY_S <= now:
                self._reserved.popleft()
            waits = [self._wait_s(tokens, limit, window_s, now) for _, limit, window_s in self._windows]
            for (name, limit, _), wait_s in zip(self._windows, waits, strict=True):
                if wait_s is None:
                    raise RateLimited(
                        f"an answer may need {tokens} tokens, more than all {limit} of a {name}: "
                        f"raise DATELINE_LLM_TOKENS_PER_{name.upper()}"
                    )
            longest_s = max((wait_s for wait_s in waits if wait_s is not None), default=0.0)
            if longest_s > 0:
                raise RateLimited(
                    f"the token budget is used up for {longest_s:.0f} s "
                    "(DATELINE_LLM_TOKENS_PER_MINUTE, DATELINE_LLM_TOKENS_PER_DAY)",
                    longest_s,
                )
            reservation = Reservation(now, tokens)
            if self._windows:
                self._reserved.append(reservation)
            return reservation

    def _wait_s(self, tokens: int, limit: int, window_s: float, now: float) -> float | None:
        """Seconds until `tokens` fit into the window; None when they never do."""
        if tokens > limit:
            return None
        inside = [one for one in self._reserved if one.at + window_s > now]
        excess = sum(one.tokens for one in inside) + tokens - limit
        for one in inside:
            if excess <= 0:
                break
            excess -= one.tokens
            if excess <= 0:
                return one.at + window_s - now
        return 0.0


class ModelLimits:
    """The three together, as one call to the model passes them."""

    def __init__(
        self,
        *,
        breaker: CircuitBreaker | None = None,
        budget: TokenBudget | None = None,
        concurrency: int = 4,
        wait_s: float = 5.0,
        waiting: int = 8,
    ) -> None:
        """At most `concurrency` answers are written at once; up to `waiting` further ones wait up to `wait_s` for their
        turn, and more are refused at once."""
        self._breaker = breaker or CircuitBreaker()
        self._budget = budget or TokenBudget()
        self._concurrency = concurrency
        self._turns = threading.BoundedSemaphore(concurrency)
        self._wait_s = wait_s
        self._most_waiting = waiting
        self._counting = threading.Lock()
        self._counts = {"waiting": 0, "writing": 0}

    @property
    def degraded(self) -> bool:
        """Whether the model is left alone because it failed too often."""
        return self._breaker.open

    @property
    def waiting(self) -> int:
        """How many texts wait for their turn."""
        return self._counts["waiting"]

    @property
    def writing(self) -> int:
        """How many texts the model is writing."""
        return self._counts["writing"]

    @contextmanager
    def _counted(self, state: str) -> Iterator[None]:
        with self._counting:
            self._counts[state] += 1
        try:
            yield
        finally:
            with self._counting:
                self._counts[state] -= 1

    def _wait(self) -> None:
        """Wait for a turn. Raises RateLimited."""
        with self._counting:
            full = self._counts["waiting"] >= self._most_waiting
            self._counts["waiting"] += not full
        if full:
            raise RateLimited(
                f"the language model is busy with {self._concurrency} answers, and {self._most_waiting} wait for it "
                "already (DATELINE_LLM_CONCURRENCY, DATELINE_LLM_WAITING)"
            )
        try:
            taken = self._turns.acquire(timeout=self._wait_s)
        finally:
            with self._counting:
                self._counts["waiting"] -= 1
        if not taken:
            raise RateLimited(
                f"the language model is busy with {self._concurrency} answers (DATELINE_LLM_CONCURRENCY)"
            )

    @contextmanager
    def admitted(self, tokens: int) -> Iterator[Reservation]:
        """Run a block that has the model write; `tokens` are the most it may take. Settle the reservation in
        it.

        Raises:
            RateLimited: too many wait already, no turn came in time, or the budget is used up.
            UpstreamUnavailable: the circuit is open.
        """
        if not self._turns.acquire(blocking=False):
            self._wait()
        try:
            reservation = self._budget.reserve(tokens)  # outside the guard: our own "no" is not the server's
            asked = False
            try:
                with self._breaker.guarding(), self._counted("writing"):
                    asked = True
                    yield reservation
            finally:
                if not asked:
                    reservation.settle(0)
        finally:
            self._turns.release()


__all__ = ["CircuitBreaker", "ModelLimits", "Reservation", "TokenBudget"]
