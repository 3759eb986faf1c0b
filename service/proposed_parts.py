"""What of a model's taking apart of a question may be searched for: checked word by word, pure.

A model reads that "the former" is one company and "its rival" another; it also invents, answers and obeys. So a
proposed part only says *which of the question's own words* belong together. Its other words must be names that the
archive knows, its outlets and dates those of the question and of the archive's metadata, its numbers the question's.
What is then searched for is put together here from the question and such names: nothing else that the model wrote gets
into a search. A part that fails a check is left out, and the parts that rules find (`service.question_parts`) stand.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from ingest.keywords import content_terms
from service.answers import PartProblem, RejectedPart
from service.equivalents import FUNCTION_WORDS
from service.outlets import OutletMention, OutletNames
from service.periods import Period, matches
from service.quarantine import released
from service.question_parts import (
    LEAST_SEGMENT_TERMS,
    MOST_PARTS,
    OTHER_CLAUSES,
    Part,
    blanked,
    times_named,
)
from service.question_patterns import EMPTY_TOPIC, KIND_WORDS, QUESTION_WORDS
from service.questions import Question
from service.terms import Term, fold, key_set, terms_of
from service.values import values_of

MOST_LINE_CHARS = 300
MOST_NAME_WORDS = 5
_BULLET = re.compile(r"^(?:[-*•–]+|\(?\d{1,2}[.):]|(?:part|question|q)\s*\d*\s*[.):꞉-])\s*", re.IGNORECASE)
_QUOTES = " \t\"'“”‘’`*"
_NAME = re.compile(r"(?<!\w)[A-Z][\w.’'-]*(?:\s+[A-Z][\w.’'-]*)*")
_FREE_WORDS = EMPTY_TOPIC | QUESTION_WORDS | FUNCTION_WORDS | frozenset[str]().union(*KIND_WORDS.values())
"""Words of asking, which find nothing: a part may have them although the question has not."""


@dataclass(frozen=True, slots=True)
class KnownToArchive:
    """What a part may name: outlets and days of publication from the metadata, and names in the articles' words.

    `days` are ISO 8601; `newest` is the day that "last week" is said on.
    """

    outlets: OutletNames
    days: Callable[[], Iterable[str]]
    newest: date | None
    has_name: Callable[[str], bool]


def lines_of(written: str, *, whole: bool) -> list[str]:
    """The parts that a model wrote, a line each, without bullets, numbers and quotes; the last one only if the text is
    `whole`."""
    lines = written.splitlines()
    if not whole and lines and not written.endswith("\n"):
        lines.pop()
    shown = (_BULLET.sub("", released(line).strip(_QUOTES)).strip(_QUOTES) for line in lines)
    return [line for line in shown if line]


def judged(
    lines: Sequence[str], question: Question, known: KnownToArchive, rules: Sequence[Part]
) -> tuple[list[Part], list[RejectedPart]]:
    """The parts to search for, and what was left out and why. `rules` are the parts found without a model."""
    judge = _Judge(question, known)
    accepted: list[Part] = []
    rejected: list[RejectedPart] = []
    seen = {_gist(part) for part in rules}
    for number, line in enumerate(lines):
        found = judge.part(line) if number < MOST_PARTS else "many"
        if isinstance(found, Part) and _gist(found) in seen:
            found = "repeated"
        if isinstance(found, Part):
            accepted.append(found)
            seen.add(_gist(found))
        elif number <= MOST_PARTS:
            rejected.append(RejectedPart(text=line[:MOST_LINE_CHARS], reason=found))
    return accepted, rejected


class _Judge:
    """Holds proposed parts against one question."""

    def __init__(self, question: Question, known: KnownToArchive) -> None:
        text = question.text
        self._known = known
        self._text = text
        self._keys = key_set(text)
        self._values = values_of(text)
        self._words = blanked(text, question.mentions)
        self._terms = terms_of(self._words)
        self._every = content_terms(self._words)
        self._named = frozenset(question.outlets)
        self._times = times_named(text, question.mentions, known.newest)

    def part(self, line: str) -> Part | PartProblem:
        """The part that a line proposes, or what is wrong with it."""
        if len(line) > MOST_LINE_CHARS:
            return "long"
        mentions = self._known.outlets.mentions(line)
        outlets = frozenset(outlet for mention in mentions for outlet in mention.outlets)
        if not outlets <= self._named:
            return "outlet"
        if any(not any(value.agrees(own) for own in self._values) for value in values_of(line)):
            return "value"
        times = self._times_of(line, mentions)
        if times is None:
            return "date"
        names = self._names(blanked(line, mentions))
        if names is None:
            return "words"
        return self._made(key_set(blanked(line, mentions)), names, outlets, times)

    def _times_of(self, line: str, mentions: Sequence[OutletMention]) -> tuple[Period, ...] | None:
        """The question's periods that a line names; None when it names another, or one that no article is of."""
        found: list[Period] = []
        for time in times_named(line, mentions, self._known.newest):
            own = next((one for one in self._times if (one.start, one.end) == (time.start, time.end)), None)
            if own is None or not any(matches(own, day) for day in self._known.days()):
                return None
            found.append(own)
        return tuple(dict.fromkeys(found))

    def _names(self, words: str) -> list[str] | None:
        """The names that a line adds to the question's words; None when it adds anything else."""
        strangers = [
            term
            for term in terms_of(words)
            if not term.matches(self._keys) and fold(term.surface) not in _FREE_WORDS
        ]
        names: list[str] = []
        for term in strangers:
            name = next(
                (one for start, one in _names_in(words) if start <= term.start < start + len(one)), None
            )
            if name is None or not self._known.has_name(name):
                return None
            names.append(name)
        return list(dict.fromkeys(names))

    def _made(
        self, keys: frozenset[str], names: Sequence[str], outlets: frozenset[str], times: tuple[Period, ...]
    ) -> Part | PartProblem:
        held = [term for term in self._terms if term.matches(keys)]
        spans = tuple(_runs(self._terms, held))
        own = content_terms(" ".join(self._words[start:end] for start, end in spans))
        if len(own) < LEAST_SEGMENT_TERMS:
            return "short"
        if not names and set(own) >= set(self._every):
            return "repeated"
        shares = {term: 1.0 if term in own else OTHER_CLAUSES for term in self._every}
        shares |= dict.fromkeys(content_terms(" ".join(names)), 1.0)
        text = " ".join([*names, *(self._text[start:end] for start, end in spans)])
        return Part(text, spans, shares, outlets or self._named, times)


def _names_in(line: str) -> Iterator[tuple[int, str]]:
    """Runs of words with capitals, without words of asking before them: where each begins, and the run."""
    for match in _NAME.finditer(line):
        start, words = match.start(), match.group()
        while words and fold(words.split()[0]) in _FREE_WORDS:
            rest = words.partition(" ")[2].lstrip()
            start, words = start + len(words) - len(rest), rest
        words = re.sub(r"(?:['’]s)?[.'’]*$", "", words)
        if 1 < len(words.split()) <= MOST_NAME_WORDS:
            yield start, words


def _runs(terms: Sequence[Term], held: Sequence[Term]) -> Iterator[tuple[int, int]]:
    """Where the held terms stand, (start, end), those with no other term between them as one."""
    wanted, run = set(held), None
    for term in terms:
        if term in wanted:
            run = (run[0] if run else term.start, term.end)
        elif run:
            yield run
            run = None
    if run:
        yield run


def _gist(part: Part) -> tuple[frozenset[str], frozenset[str]]:
    """What a part asks for: parts with the same are one search."""
    return frozenset(term for term, share in part.shares.items() if share == 1.0), part.outlets


__all__ = ["KnownToArchive", "judged", "lines_of"]
