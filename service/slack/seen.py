"""What has been dealt with already: Slack sends an event again when it is not sure that it arrived, and people press
buttons twice.

`InMemory` serves one process. Replicas behind one address need a store that they share, which is anything with this
one method (an atomic "set if absent" with an expiry, such as Redis's `SET key 1 NX EX 3600`).
"""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Protocol

REMEMBERED_S = 3600.0
"""Slack repeats an event after a moment, a minute and five minutes (docs.slack.dev/apis/events-api)."""
MOST_REMEMBERED = 20_000


class Seen(Protocol):
    """Remembers keys for about an hour."""

    async def first(self, key: str) -> bool:
        """Whether this key comes for the first time. Of several calls at once, in whichever process, one gets True."""


class InMemory:
    """`Seen` for one process, bounded. Nothing is awaited inside, so calls on one event loop cannot interleave."""

    def __init__(
        self,
        remembered_s: float = REMEMBERED_S,
        most: int = MOST_REMEMBERED,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._remembered_s = remembered_s
        self._most = most
        self._now = now
        self._since: OrderedDict[str, float] = OrderedDict()

    async def first(self, key: str) -> bool:
        """Whether this key comes for the first time."""
        now = self._now()
        while self._since and next(iter(self._since.values())) < now - self._remembered_s:
            self._since.popitem(last=False)
        if key in self._since:
            return False
        self._since[key] = now
        while len(self._since) > self._most:
            self._since.popitem(last=False)
        return True
