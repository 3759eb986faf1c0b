"""What has been dealt with already: Slack sends an event again when it is not sure that it arrived, and people press
buttons twice.

`InMemory` serves one process. `Shared` serves replicas behind one address: Slack may send an event to one of them, and
the same event again to another.
"""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Protocol

from ingest.errors import DatelineError
from service.shared_store import SharedStore

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


class Shared:
    """`Seen` for replicas, in the store that they share. What this process has seen it remembers by itself, too: while
    the store is gone that is all there is, and an event is rather answered by two replicas than by none."""

    def __init__(self, store: SharedStore, remembered_s: float = REMEMBERED_S) -> None:
        self._store = store
        self._remembered_s = remembered_s
        self._here = InMemory(remembered_s)

    async def first(self, key: str) -> bool:
        """Whether this key comes for the first time."""
        if not await self._here.first(key):
            return False
        try:
            return await asyncio.to_thread(self._store.first, f"slack:{key}", self._remembered_s)
        except DatelineError:
            return True


def seen_in(store: SharedStore) -> Seen:
    """What remembers for all who share the store, or for this process alone where nobody does."""
    return Shared(store) if store.shared else InMemory()
