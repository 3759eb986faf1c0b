"""Whether a server can be used, so that readers wait for one that is gone once and not each time.

The first failure closes the way: from then on `check` raises at once. A thread tries the server every few seconds and
opens the way again. The log has a line for each of the two, however many calls there are.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

from ingest.errors import DatelineError, UpstreamUnavailable

_log = logging.getLogger("dateline.shared")


class Reachability:
    """Of one server. Safe to share between threads."""

    def __init__(self, attempt: Callable[[], None], *, every_s: float, named: str, meanwhile: str) -> None:
        """`attempt` uses the server, and raises a `DatelineError` when it is gone. `named`, and `meanwhile`, which says
        what goes on without it, are for people."""
        self._attempt = attempt
        self._every_s = every_s
        self._named = named
        self._meanwhile = meanwhile
        self._lock = threading.Lock()
        self._closed = threading.Event()
        self._why: str | None = None

    def check(self) -> None:
        """Return when the server may be asked.

        Raises:
            UpstreamUnavailable: it failed a moment ago.
        """
        why = self._why
        if why is not None:
            raise UpstreamUnavailable(f"{why}; it is tried again every {self._every_s:g} s")

    def lost(self, error: DatelineError) -> None:
        """The server failed: leave it alone until it can be used. `error` names it."""
        with self._lock:
            if self._why is not None or self._closed.is_set():
                return
            self._why = str(error)
            threading.Thread(target=self._watch, name="shared-store", daemon=True).start()
        _log.error("%s; until it can be used, %s", error, self._meanwhile)

    def close(self) -> None:
        """Try no more."""
        self._closed.set()

    def _watch(self) -> None:
        while not self._closed.wait(self._every_s):
            try:
                self._attempt()
            except DatelineError:
                continue
            with self._lock:
                self._why = None
            _log.warning("%s can be used again", self._named)
            return
