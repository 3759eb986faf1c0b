"""Answers given lately, by key: for verdicts and for sharing. Bounded, and gone with the process; a button pressed
after that still has its question, and its quotations."""

from __future__ import annotations

import secrets
from collections import OrderedDict
from dataclasses import dataclass

from service.feedback import MAX_CITATIONS, CitedSpan
from service.slack.answer_blocks import Rendered

MOST_ANSWERS = 500


@dataclass(frozen=True, slots=True)
class Given:
    """One answer as it was given; `prose` is its text with markers."""

    question: str
    prose: str
    rendered: Rendered

    def spans(self) -> tuple[CitedSpan, ...]:
        """What it cited."""
        return tuple(
            CitedSpan(source=one.source, start=one.start, end=one.end)
            for one in self.rendered.citations[:MAX_CITATIONS]
        )


class RecentAnswers:
    """The last `most` answers. For one event loop."""

    def __init__(self, most: int = MOST_ANSWERS) -> None:
        self._most = most
        self._given: OrderedDict[str, Given] = OrderedDict()

    def keep(self, given: Given) -> str:
        """Keep one, and give its key."""
        key = secrets.token_hex(6)
        self._given[key] = given
        while len(self._given) > self._most:
            self._given.popitem(last=False)
        return key

    def get(self, key: str) -> Given | None:
        """One by its key, if it is still there."""
        return self._given.get(key)
