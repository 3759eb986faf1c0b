"""Counts in memory that end by themselves: of requests, or of how often something was seen.

A count is forgotten when it is looked at too late, and the one used longest ago when there are too many, so that the
memory is bounded whoever calls.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable

from service.shared_store import NOTHING, Count

MOST_COUNTS = 200_000
"""Some 270 bytes each."""


class ExpiringCounts:
    """Counts by key, each with the moment at which it is forgotten. Safe to share between threads."""

    def __init__(self, most: int = MOST_COUNTS, now: Callable[[], float] = time.monotonic) -> None:
        """`now` is in seconds; by default it does not follow a clock that is set."""
        self._most = most
        self._now = now
        self._counts: OrderedDict[str, tuple[int, float]] = OrderedDict()
        self._lock = threading.Lock()

    def count(self, key: str, for_s: float, amount: int = 1) -> Count:
        """Count, as in `SharedStore`."""
        with self._lock:
            number, left_s = self._live(key)
            counted = Count(number + amount, left_s if number else for_s)
            self._counts[key] = (counted.number, self._now() + counted.left_s)
            self._counts.move_to_end(key)
            while len(self._counts) > self._most:
                self._counts.popitem(last=False)
            return counted

    def counted(self, key: str) -> Count:
        """How far, as in `SharedStore`."""
        with self._lock:
            return self._live(key)

    def forget(self, key: str) -> None:
        """Forget one count."""
        with self._lock:
            self._counts.pop(key, None)

    def clear(self) -> int:
        """Forget everything; how many counts that was."""
        with self._lock:
            forgotten = len(self._counts)
            self._counts.clear()
            return forgotten

    def _live(self, key: str) -> Count:
        """Nothing once the window is over. The caller holds the lock."""
        found = self._counts.get(key)
        if found is None:
            return NOTHING
        left_s = found[1] - self._now()
        if left_s <= 0:
            del self._counts[key]
            return NOTHING
        return Count(found[0], left_s)
