"""Counters of requests as a storage of the `limits` package: in memory, and where replicas share a store, there.

The package's own memory storage starts a thread for every request and looks at all counters in it, which at tens of
thousands of visitors takes a good part of a core. Its Redis storage has connections of its own and raises when Redis
is gone; these counters then go on in memory, with what this process has counted itself.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from limits.storage import Storage

from ingest.errors import DatelineError
from service.expiring_counts import MOST_COUNTS, ExpiringCounts
from service.shared_store import Count, SharedStore


class Counters(Storage):
    """Counters by key, each with the moment at which it is forgotten. Safe to share between threads."""

    STORAGE_SCHEME = None  # never named by a URI
    base_exceptions = ValueError

    def __init__(
        self,
        most: int = MOST_COUNTS,
        now: Callable[[], float] | None = None,
        shared: SharedStore | None = None,
    ) -> None:
        """`now` gives seconds since 1970, for tests; by default windows do not follow a clock that is set. `shared`
        counts for all replicas; without one, memory counts alone."""
        super().__init__()
        self._here = ExpiringCounts(most) if now is None else ExpiringCounts(most, now)
        self._now = now or time.time
        self._shared = shared

    def incr(self, key: str, expiry: float, amount: int = 1) -> int:
        """Count, and say how far; the first of a window begins one of `expiry` seconds."""
        here = self._here.count(key, expiry, amount)
        if self._shared is None:
            return here.number
        try:
            return self._shared.count(_shared(key), expiry, amount).number
        except DatelineError:
            return here.number

    def get(self, key: str) -> int:
        """How far it has been counted in this window."""
        return self._counted(key).number

    def get_expiry(self, key: str) -> float:
        """When the window ends, in seconds since 1970; now, when there is none."""
        return self._now() + self._counted(key).left_s

    def check(self) -> bool:
        """Memory is always there."""
        return True

    def reset(self) -> int:
        """Forget everything that this process has counted; how many counters that was."""
        return self._here.clear()

    def clear(self, key: str) -> None:
        """Forget what this process has counted."""
        self._here.forget(key)

    def _counted(self, key: str) -> Count:
        if self._shared is not None:
            try:
                return self._shared.counted(_shared(key))
            except DatelineError:
                pass
        return self._here.counted(key)


def _shared(key: str) -> str:
    return f"limits:{key}"
