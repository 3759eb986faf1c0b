"""Counters of requests in memory, as a storage of the `limits` package.

Its own memory storage starts a thread for every request and looks at all counters in it, which at tens of thousands
of visitors takes a good part of a core. This one forgets a counter when it is looked at too late, and the one used
longest ago when there are too many, so that its memory is bounded whoever calls.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable

from limits.storage import Storage

MOST_COUNTERS = 200_000
"""Some 270 bytes each."""


class Counters(Storage):
    """Counters by key, each with the moment at which it is forgotten. Safe to share between threads."""

    STORAGE_SCHEME = None  # never named by a URI
    base_exceptions = ValueError

    def __init__(self, most: int = MOST_COUNTERS, now: Callable[[], float] = time.time) -> None:
        super().__init__()
        self._most = most
        self._now = now
        self._counts: OrderedDict[str, tuple[int, float]] = OrderedDict()
        self._lock = threading.Lock()

    def incr(self, key: str, expiry: float, amount: int = 1) -> int:
        """Count, and say how far; the first of a window begins one of `expiry` seconds."""
        with self._lock:
            count, end = self._live(key)
            counted = count + amount
            self._counts[key] = (counted, end if count else self._now() + expiry)
            self._counts.move_to_end(key)
            while len(self._counts) > self._most:
                self._counts.popitem(last=False)
            return counted

    def get(self, key: str) -> int:
        """How far it has been counted in this window."""
        with self._lock:
            return self._live(key)[0]

    def get_expiry(self, key: str) -> float:
        """When the window ends, in seconds since 1970; now, when there is none."""
        with self._lock:
            return self._live(key)[1]

    def check(self) -> bool:
        """Memory is always there."""
        return True

    def reset(self) -> int:
        """Forget everything; how many counters that was."""
        with self._lock:
            forgotten = len(self._counts)
            self._counts.clear()
            return forgotten

    def clear(self, key: str) -> None:
        """Forget one counter."""
        with self._lock:
            self._counts.pop(key, None)

    def _live(self, key: str) -> tuple[int, float]:
        """Count and end; (0, now) once the window is over. The caller holds the lock."""
        now = self._now()
        found = self._counts.get(key)
        if found is None:
            return 0, now
        if found[1] <= now:
            del self._counts[key]
            return 0, now
        return found
