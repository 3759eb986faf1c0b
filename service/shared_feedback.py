"""Readers' verdicts of several replicas in the store that they share.

A reader who presses a button while the store is gone is not told of it: the verdict waits in this replica's data
folder, and is handed over when the store can be used. So is what waited when the process ended.

    feedback/           verdicts from before there was a shared store: they stay, and are read with the others
    feedback/waiting/   those that wait

A verdict that was handed over twice, because a crash or a slow reply came between, is read once: it has one id.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from pathlib import Path

from ingest.errors import DatelineError
from service.feedback import Feedback, FeedbackKeeper, KeptFeedback, given_now, parsed_line
from service.feedback_log import FEEDBACK_FOLDER, FeedbackLog
from service.shared_store import SharedStore

WAITING_FOLDER = "waiting"
KEY = "feedback"
MOST_SHARED = 20_000
"""Of half a kilobyte to 25 kB each; the oldest go."""
TRY_AGAIN_S = 5.0

_log = logging.getLogger("dateline.shared")


class SharedFeedback:
    """`FeedbackKeeper` for replicas. Safe to share between threads."""

    def __init__(
        self,
        store: SharedStore,
        folder: Path,
        *,
        most: int = MOST_SHARED,
        try_again_s: float = TRY_AGAIN_S,
    ) -> None:
        """`folder` is that of verdicts in this replica's data folder. `most` are kept in the store."""
        self._store = store
        self._earlier = FeedbackLog(folder)
        self._waiting = FeedbackLog(folder / WAITING_FOLDER)
        self._most = most
        self._try_again_s = try_again_s
        self._closed = threading.Event()
        self._lock = threading.Lock()
        self._handing_over: threading.Thread | None = None
        self.torn = 0
        """How many the last reading skipped because they are torn."""

    def add(self, feedback: Feedback) -> str:
        """Keep one for good, and give its id.

        Raises:
            UpstreamUnavailable: neither the store nor the data folder takes it.
        """
        kept = given_now(feedback)
        try:
            self._store.append(KEY, kept.line, self._most)
        except DatelineError:
            self._waiting.keep(kept)
            self.hand_over()
        return kept.id

    def hand_over(self) -> None:
        """See to it, in a thread, that what waits is handed over as soon as the store takes it."""
        with self._lock:
            if self._handing_over is None and not self._closed.is_set() and self._waits():
                self._handing_over = threading.Thread(target=self._hand_over, name="feedback", daemon=True)
                self._handing_over.start()

    def read(self) -> Iterator[KeptFeedback]:
        """Those of all replicas, oldest first; those that wait elsewhere are not among them yet.

        Raises:
            UpstreamUnavailable, UpstreamRefused: the store does not give them.
        """
        lines = self._store.entries(KEY)
        shared = [kept for line in lines if (kept := parsed_line(line)) is not None]
        every = [*self._earlier.read(), *shared, *self._waiting.read()]
        self.torn = len(lines) - len(shared) + self._earlier.torn + self._waiting.torn
        yield from sorted({kept.id: kept for kept in every}.values(), key=lambda kept: kept.given_at)

    def forget(self, feedback_id: str) -> bool:
        """Remove one from the store and from the data folder. Whether it was there.

        Raises:
            UpstreamUnavailable, UpstreamRefused: it could not be removed.
        """
        gone = False
        for line in self._store.entries(KEY):
            kept = parsed_line(line)
            if kept is not None and kept.id == feedback_id:
                gone = self._store.discard(KEY, line) or gone
        for log in (self._waiting, self._earlier):
            gone = log.forget(feedback_id) or gone
        return gone

    def close(self) -> None:
        """Hand nothing over any more; what waits is there at the next start."""
        self._closed.set()
        with self._lock:
            thread = self._handing_over
        if thread is not None:
            thread.join()

    def _waits(self) -> bool:
        return next(self._waiting.read(), None) is not None

    def _hand_over(self) -> None:
        given: set[str] = set()
        told = False
        while True:
            try:
                self._hand_over_what_waits(given)
            except DatelineError as error:
                if not told:
                    _log.warning("verdicts that were handed over are still in the data folder: %s", error)
                    told = True
            with self._lock:
                if self._closed.is_set() or not self._waits():
                    self._handing_over = None
                    return
            self._closed.wait(self._try_again_s)

    def _hand_over_what_waits(self, given: set[str]) -> None:
        """`given` are those that the store has and the data folder has, too."""
        for kept in self._waiting.read():
            if kept.id in given:
                continue
            try:
                self._store.append(KEY, kept.line, self._most)
            except DatelineError:  # the store's own log line says why
                break
            given.add(kept.id)
        if given:
            self._waiting.forget_all(given)
            _log.info("handed %d waiting verdicts over", len(given))
            given.clear()


def open_feedback(store: SharedStore, data_dir: Path) -> FeedbackKeeper:
    """Where verdicts are kept: in the store where replicas share one, else in files of the data folder."""
    folder = data_dir / FEEDBACK_FOLDER
    return SharedFeedback(store, folder) if store.shared else FeedbackLog(folder)
