"""Questions to suggest: made from the newest articles in a thread of its own, and each asked before it is offered.

Nobody waits for them: `first` gives what has been found so far for this state of the index, or still the questions of
the state before, and `following` asks at most `MOST_ASKED_AT_ONCE`, one caller at a time.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import Counter, OrderedDict
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from itertools import chain, zip_longest

from ingest.errors import DatelineError
from service.answers import Answer
from service.library import Library
from service.shelf import Shelf
from service.suggestion_questions import Candidate, candidates, holds, spread_of
from service.terms import key_set

NEWEST_ARTICLES = 40
POOL = 12
"""Questions to begin with that are kept; a session shows the first few."""
MOST_ASKED_AT_FIRST = 60
MOST_ASKED_AT_ONCE = 8
FOLLOWING_BUDGET_S = 0.6
MOST_SOURCES = 4
REMEMBERED = 4_000
PAUSE_BETWEEN_S = 0.02
"""So that readers' own questions go first."""
LEAST_BETWEEN_STATES_S = 30.0
"""While articles come in all the time, the questions are not made anew each time."""
SAME_QUESTION = 0.75

_log = logging.getLogger("dateline.suggestions")


class Suggester:
    """Questions that the archive answers. Safe to share between threads; `close` ends its thread."""

    def __init__(self, library: Library, ask: Callable[[str], Answer]) -> None:
        """`ask` answers with the extractive engine, and counts nothing."""
        self._library = library
        self._ask = ask
        self._lock = threading.Lock()
        self._asking = threading.Lock()
        self._closing = threading.Event()
        self._thread: threading.Thread | None = None
        self._state = ""
        self._begun_at = float("-inf")
        self._first: tuple[str, ...] = ()
        self._checked: OrderedDict[tuple[str, str], bool] = OrderedDict()

    def first(self, limit: int) -> tuple[str, ...]:
        """Up to `limit` questions to begin with, and begins to look for them where it has to."""
        shelf = self._library.shelf()
        with self._lock:
            stale = shelf.key != self._state
            idle = self._thread is None or not self._thread.is_alive()
            due = time.monotonic() - self._begun_at >= LEAST_BETWEEN_STATES_S or not self._first
            if stale and idle and due and not self._closing.is_set():
                self._state, self._begun_at = shelf.key, time.monotonic()
                self._thread = threading.Thread(
                    target=self._find_first, args=(shelf,), name="suggestions", daemon=True
                )
                self._thread.start()
            return self._first[:limit]

    def following(self, asked: Sequence[str], sources: Sequence[str], limit: int) -> tuple[str, ...]:
        """Up to `limit` questions that follow from what was asked and cited: another person on the same subject, the
        same person on another, others in the articles cited."""
        shelf = self._library.shelf()
        ids = [shelf.by_source[source] for source in dict.fromkeys(sources) if source in shelf.by_source]
        if not ids or not self._asking.acquire(blocking=False):
            return self._not_asked(self.first(POOL), asked)[:limit]
        try:
            found = self._made(ids[:MOST_SOURCES])
            words = key_set(" ".join(asked[-2:]))
            found.sort(key=lambda one: -(one.weight + _nearness(one, words)))
            chosen = self._answered(shelf, found, asked, limit)
        finally:
            self._asking.release()
        return tuple(one.question for one in chosen) or self._not_asked(self.first(POOL), asked)[:limit]

    def wait(self, timeout_s: float) -> None:
        """Until the search that is under way has ended; for tests and for whoever has nothing else to do."""
        with self._lock:  # whoever is just starting it has done so
            thread = self._thread
        if thread is not None:
            thread.join(timeout_s)

    def close(self) -> None:
        """End the search."""
        self._closing.set()
        self.wait(timeout_s=30)

    def _find_first(self, shelf: Shelf) -> None:
        try:
            found: list[Candidate] = []
            asked = 0
            for candidate in self._in_turn(shelf):
                if self._closing.is_set() or asked >= MOST_ASKED_AT_FIRST or len(found) >= POOL:
                    break
                if not _adds_to(candidate, found):
                    continue
                asked += 1
                if self._is_answered(shelf, candidate):
                    found.append(candidate)
                    if shelf.key == self._state and len(found) > len(self._first):
                        self._first = tuple(one.question for one in _varied(found))
                time.sleep(PAUSE_BETWEEN_S)
            self._first = tuple(one.question for one in _varied(found))
        except DatelineError as error:  # the index is being replaced or closed
            _log.info("no questions to suggest: %s", error)

    def _in_turn(self, shelf: Shelf) -> Iterable[Candidate]:
        """The best question of each of the newest articles, then the second best of each, and so on; of near-copies
        only one takes part."""
        dated = sorted(
            shelf.records.values(),
            key=lambda record: (record.published_at or "", record.source),
            reverse=True,
        )
        ids: list[str] = []
        for record in dated:
            if len(ids) >= NEWEST_ARTICLES:
                break
            if not set(shelf.copies.get(record.article_id, ())) & set(ids):
                ids.append(record.article_id)
        rows: dict[str, list[Candidate]] = {article_id: [] for article_id in ids}
        for candidate in self._made(ids):
            rows[candidate.article_id].append(candidate)
        in_rows = chain.from_iterable(zip_longest(*rows.values()))
        return [candidate for candidate in in_rows if candidate is not None]

    def _made(self, article_ids: Sequence[str]) -> list[Candidate]:
        """The questions of these articles; what a subject weighs depends on all of them."""
        stored = self._library.articles(article_ids)
        spread = spread_of(stored.values())
        known = [stored[article_id] for article_id in article_ids if article_id in stored]
        return [question for article in known for question in candidates(article, spread)]

    def _answered(
        self, shelf: Shelf, found: Iterable[Candidate], asked: Sequence[str], limit: int
    ) -> list[Candidate]:
        chosen: list[Candidate] = []
        until = time.monotonic() + FOLLOWING_BUDGET_S
        left = MOST_ASKED_AT_ONCE
        for candidate in found:
            if len(chosen) >= limit or left <= 0 or time.monotonic() > until:
                break
            if not self._not_asked((candidate.question,), asked) or not _adds_to(candidate, chosen):
                continue
            left -= (shelf.key, candidate.question) not in self._checked
            if self._is_answered(shelf, candidate):
                chosen.append(candidate)
        return chosen

    def _is_answered(self, shelf: Shelf, candidate: Candidate) -> bool:
        asked = (shelf.key, candidate.question)
        with self._lock:
            known = self._checked.get(asked)
        if known is None:
            known = holds(candidate, self._ask(candidate.question))
            with self._lock:
                self._checked[asked] = known
                while len(self._checked) > REMEMBERED:
                    self._checked.popitem(last=False)
        return known

    @staticmethod
    def _not_asked(questions: Iterable[str], asked: Sequence[str]) -> tuple[str, ...]:
        before = [key_set(question) for question in asked]
        return tuple(
            question for question in questions if not any(_same(key_set(question), keys) for keys in before)
        )


def _same(one: frozenset[str], other: frozenset[str]) -> bool:
    """Whether two questions have nearly the same words (Jaccard's index of their keys)."""
    either = one | other
    return bool(either) and len(one & other) / len(either) >= SAME_QUESTION


def _nearness(candidate: Candidate, words: frozenset[str]) -> float:
    """How well a question carries on one with these words: it keeps the person or the subject, and not both."""
    person = bool(candidate.person) and bool(key_set(candidate.person or "") & words)
    subject = bool(candidate.subject) and bool(key_set(candidate.subject or "") & words)
    if person and subject:
        return -0.5
    if candidate.form in ("who", "spoke"):
        return 0.0 if person else 0.5  # whoever else speaks in what was cited
    return 1.0 if subject else 0.6 if person else 0.0


def _adds_to(candidate: Candidate, chosen: Sequence[Candidate]) -> bool:
    """Whether it says something new beside those: not the same words, no person or subject for the third time. Forms
    without a subject make up half at most, with one question for a person; what goes on with a thing is asked once,
    however it is called."""
    if any(one.question == candidate.question for one in chosen):
        return False
    if candidate.form == "happening" and any(
        one.form == "happening" and one.about & candidate.about for one in chosen
    ):
        return False  # Manchester United, and United
    if candidate.subject is None:
        alike = sum(one.form == candidate.form for one in chosen)
        known = any(one.subject is None and one.person == candidate.person for one in chosen)
        if known or alike * 2 > len(chosen):
            return False
    uses = Counter(name for one in chosen for name in (one.person, one.subject) if name)
    return all(uses[name] < 2 for name in (candidate.person, candidate.subject) if name)


def _varied(found: Sequence[Candidate]) -> list[Candidate]:
    """The same, such that the first few differ in person, in subject, in article, and where they can in form."""
    rest, ordered = list(found), list[Candidate]()
    while rest:
        best = min(rest, key=partial(_sameness, ordered[-3:]))
        rest.remove(best)
        ordered.append(best)
    return ordered


def _sameness(beside: Sequence[Candidate], one: Candidate) -> float:
    """How much a question repeats of those beside it, and how little it weighs."""
    return -one.weight + sum(
        2.0 * (one.person is not None and one.person == other.person)
        + 2.0 * bool(one.about & other.about)
        + 1.0 * (one.article_id == other.article_id)
        + 0.5 * (one.form == other.form)
        for other in beside
    )
