"""How many requests a key, a visitor and an address may send: windows that begin with the first request.

The `limits` package decides over counters in memory, or in the store that replicas share. Every rule of a limit must
have room before any of them is counted: what is refused costs nothing, except where two requests come at one moment and
there is room for one.
"""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from limits import RateLimitItem, parse_many
from limits.storage import Storage
from limits.strategies import FixedWindowRateLimiter

from ingest.errors import SettingsError
from service.api.access.counters import Counters
from service.shared_store import SharedStore

OFF = "none"
NAMESPACE = "dateline"

_log = logging.getLogger("dateline.access")


class Rules(Protocol):
    """What the gate asks of rate limits."""

    def take(self, who: str) -> int | None:
        """Count one request of `who`. None when it has room, else the whole seconds to wait, at least 1."""


@dataclass(frozen=True)
class Limit:
    """Rules that hold together, such as 20 a minute and 200 a day, for one kind of caller."""

    kind: str
    items: Sequence[RateLimitItem]
    limiter: FixedWindowRateLimiter
    now: Callable[[], float] = time.time

    def take(self, who: str) -> int | None:
        """Count one request of `who`, as in `Rules`.

        A store that does not answer limits nobody: a reader's question matters more than its count. The log says so.
        """
        try:
            waits = [self._wait_s(item, who) for item in self.items]
            if any(waits):
                return max(waits)
            missed = [item for item in self.items if not self.limiter.hit(item, self.kind, who)]
            if missed:
                return max(max(1, self._wait_s(item, who)) for item in missed)
        except Exception as error:  # noqa: BLE001 - every store has errors of its own kind
            _log.error("requests are not counted: %s", type(error).__name__)
        return None

    def _wait_s(self, item: RateLimitItem, who: str) -> int:
        if self.limiter.test(item, self.kind, who):
            return 0
        end, _ = self.limiter.get_window_stats(item, self.kind, who)
        return max(1, math.ceil(end - self.now()))


@dataclass(frozen=True)
class AccessLimits:
    """The limits of each kind of caller: API keys by name, visitors and addresses; `sessions` counts how many
    sessions an address begins. Those that are `shared` may wait for another machine, for a second at most."""

    api: Rules
    visitor: Rules
    address: Rules
    sessions: Rules
    shared: bool = False

    @classmethod
    def parsed(
        cls,
        *,
        api: str,
        visitor: str,
        address: str,
        sessions: str,
        storage: Storage | None = None,
        store: SharedStore | None = None,
        now: Callable[[], float] = time.time,
    ) -> AccessLimits:
        """The settings, such as `20/minute;200/day`; `none` is no limit. They count in `store` where replicas share
        one, else in memory; `storage` is for tests.

        Raises:
            SettingsError: one of them cannot be understood.
        """
        common = store if store is not None and store.shared else None
        limiter = FixedWindowRateLimiter(storage or Counters(shared=common))
        return cls(
            api=Limit("api", _items("DATELINE_API_LIMITS", api), limiter, now),
            visitor=Limit("visitor", _items("DATELINE_VISITOR_LIMITS", visitor), limiter, now),
            address=Limit("address", _items("DATELINE_ADDRESS_LIMITS", address), limiter, now),
            sessions=Limit("sessions", _items("DATELINE_SESSION_LIMITS", sessions), limiter, now),
            shared=common is not None,
        )


def _items(setting: str, written: str) -> tuple[RateLimitItem, ...]:
    if written.strip().casefold() == OFF:
        return ()
    try:
        items = parse_many(written)
    except ValueError:
        items = []
    if not items or any(item.amount < 1 for item in items):
        raise SettingsError(
            f"{setting}: {written!r} is no limit; write 20/minute, 20/minute;200/day, 5 per 10 second, or {OFF}"
        )
    return tuple(type(item)(item.amount, item.multiples, NAMESPACE) for item in items)
