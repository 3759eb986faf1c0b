"""Answers that were given and are still true: what many readers ask at once is worked out once.

News readers ask the same few questions, and the extractive engine is a function of the question, the filters and the
state of the index: nothing else, not the clock either (relative dates are read against the newest article). So its
answer may be given again until the index changes. A model's answers are never kept, nor are those within a
conversation. Kept in memory only, and in a bounded number; what was asked longest ago goes first.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from ingest.articles import ArticleFilter
from service.answers import Timings
from service.events import AskEvent, DoneEvent

NO_WORK = Timings()
"""The timings of an answer that was kept: nothing was retrieved, composed or verified for it."""


@dataclass(frozen=True, slots=True)
class Asked:
    """All that an extractive answer depends on, beside the state of the index."""

    question: str
    filters: ArticleFilter


class KeptAnswers:
    """Answers by what was asked, for the state of the index that `state` names. Safe to share between threads."""

    def __init__(
        self, most: int, state: Callable[[], str], observe: Callable[[bool], None] | None = None
    ) -> None:
        """Keeps up to `most` answers, about 20 kB each; none with 0. `observe` hears of each look whether it found one.

        `state` may raise `DatelineError`, which whoever asks gets.
        """
        self._most = most
        self._state = state
        self._observe = observe
        self._lock = threading.Lock()
        self._kept_for = ""
        self._kept: OrderedDict[Asked, tuple[AskEvent, ...]] = OrderedDict()

    def recall(self, asked: Asked) -> tuple[AskEvent, ...] | None:
        """The events of an answer at hand, the last with timings of 0; None where it has to be worked out."""
        return self._find(self._state(), asked) if self._most else None

    def through(self, asked: Asked, events: Iterator[AskEvent]) -> Iterator[AskEvent]:
        """The kept events, or else `events`, which are kept when the index did not change meanwhile."""
        if not self._most:
            yield from events
            return
        state = self._state()
        found = self._find(state, asked)
        if self._observe is not None:
            self._observe(found is not None)
        if found is not None:
            yield from found
            return
        seen: list[AskEvent] = []
        for event in events:
            if isinstance(event, DoneEvent):
                answer = event.answer.model_copy(update={"timings_ms": NO_WORK})
                seen.append(replace(event, answer=answer))
                if self._state() == state:
                    self._keep(state, asked, tuple(seen))
            else:
                seen.append(event)
            yield event

    def _find(self, state: str, asked: Asked) -> tuple[AskEvent, ...] | None:
        with self._lock:
            found = self._kept.get(asked) if state == self._kept_for else None
            if found is not None:
                self._kept.move_to_end(asked)
            return found

    def _keep(self, state: str, asked: Asked, events: tuple[AskEvent, ...]) -> None:
        with self._lock:
            if state != self._kept_for:
                self._kept.clear()
                self._kept_for = state
            self._kept[asked] = events
            self._kept.move_to_end(asked)
            while len(self._kept) > self._most:
                self._kept.popitem(last=False)
