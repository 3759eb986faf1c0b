"""A model's text cut into statements while it is being written.

A statement is a sentence with its labels, which may stand before or behind its full stop, or in front of it. Markup
(bullets, emphasis, headings, fences, "Answer:") is no part of it. Text is taken in character by character, and a
cut is decided when the word after it is complete; so the result does not depend on how the text arrived in pieces.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise

from ingest.sentences import sentences
from service.labels import LABEL, OPEN_LABEL, labels_in
from service.model_markup import is_markup, leads_with_label, refuses, unmarked, words_of

MAX_STATEMENT_CHARS = 1200
"""A sentence that has not ended by then is no statement; what follows on its line is passed over."""
MOST_REPEATS = 3
"""Small models fall into loops: after so many statements written again the text is exhausted."""


@dataclass(frozen=True, slots=True)
class RawStatement:
    """A sentence as the model wrote it, without labels and markup, and the labels it carried.

    `whole` is False when it was cut off for its length; `repeated` when it was written before.
    """

    text: str
    labels: tuple[str, ...] = ()
    whole: bool = True
    repeated: bool = False


@dataclass(frozen=True, slots=True)
class Refusal:
    """The model says that the evidence does not answer."""


Cut = RawStatement | Refusal

_THINKING = re.compile(r"\s*<think(?:ing)?>", re.IGNORECASE)
_THOUGHT = re.compile(r"</think(?:ing)?>", re.IGNORECASE)
_LABELS = re.compile(rf"\s*(?:(?:{LABEL.pattern})[\s,;.]*)+", re.IGNORECASE)
_LABELS_SAME_LINE = re.compile(rf"[ \t]*(?:(?:{LABEL.pattern})[ \t,;.]*)+", re.IGNORECASE)
_ASKS_ON = re.compile(r"[!?][!?.…]*[\"”’»]\s*$")
_TAIL_WORDS = 7
"""Words after a quoted question that may yet turn out to say who asked it."""
_WORDS = re.compile(r"[^\W_]+")
_STOP = re.compile(r"[.!?…。！？]")
_STOPPED_LABEL = re.compile(
    rf"(?i:{LABEL.pattern})[.!?…]+(?=\s+[^\sa-z])|[.!?…][\"”’)]*(?=\s*(?:(?i:{LABEL.pattern})\s*)+[^\sa-z.!?…,;:)\]])"
)
"""A full stop beside a label ends a sentence, even one that else reads as an initial's: "in the U.S. [3.2] The"."""
_LONGEST_TAG = 12
_LOOP_TURNS, _LOOP_CHARS, _LONGEST_TURN = 6, 42, 120
_MOST_BLANK = 40
"""White space after a line, after which labels below it are no longer waited for."""


class StatementStream:
    """Give it text with `feed`, and `finish` at the end; both return what became complete. Not for sharing."""

    def __init__(self) -> None:
        self._buffer = ""
        self._line_begins = True
        self._passing_over = False
        self._seen: set[tuple[str, ...]] = set()
        self._repeats = 0
        self._overlong = 0
        self._loops = False

    @property
    def exhausted(self) -> bool:
        """Whether the model goes round in circles: nothing new is to be expected."""
        return self._loops or self._repeats >= MOST_REPEATS or self._overlong > 1

    def feed(self, piece: str) -> list[Cut]:
        """Take in the next piece, of any length."""
        found: list[Cut] = []
        for character in piece:
            self._buffer += character
            if character.isspace() or len(self._buffer) > MAX_STATEMENT_CHARS:
                found += self._cuts(final=False)
        return found

    def finish(self) -> list[Cut]:
        """The text has ended: whatever is left is complete."""
        return list(self._cuts(final=True))

    def _cuts(self, *, final: bool) -> Iterator[Cut]:
        while self._buffer:
            if not self._buffer.strip():
                if "\n" in self._buffer:
                    self._line_begins, self._passing_over = True, False
                self._buffer = ""
                return
            if _THINKING.match(self._buffer):
                thought = _THOUGHT.search(self._buffer)
                if thought is None:
                    self._buffer = "" if final else f"<think>{self._buffer[7:][-_LONGEST_TAG:]}"
                    return
                self._buffer = self._buffer[thought.end() :]
                continue
            end, is_line = self._next_end(final)
            if end is None:
                self._loops = self._loops or _goes_round(self._buffer)
                if self._loops or len(self._buffer) > MAX_STATEMENT_CHARS:
                    yield from self._too_long()
                return
            written, self._buffer = self._buffer[:end], self._buffer[end:]
            whole_line = self._line_begins and is_line
            begins, self._line_begins = self._line_begins, is_line
            if self._passing_over:
                self._passing_over = not is_line
            elif not (whole_line and is_markup(written)):
                yield from self._statement(written, line_begins=begins)

    def _too_long(self) -> Iterator[Cut]:
        if not self._passing_over:
            self._overlong += 1
            text = words_of(self._buffer, line_begins=self._line_begins)
            yield RawStatement(text, whole=False)
        self._passing_over = True
        self._line_begins = False
        self._buffer = ""

    def _next_end(self, final: bool) -> tuple[int | None, bool]:
        """Where the first statement of the buffer ends, and whether its line ends there; None when that cannot be told
        yet."""
        text = self._buffer
        blank = len(text) - len(text.lstrip())
        if "\n" in text[:blank]:
            return text.rindex("\n", 0, blank) + 1, True
        newline = text.find("\n", blank)
        line_end = newline if newline >= 0 else len(text)
        if newline < 0 and not final and OPEN_LABEL.search(text):
            return None, False
        complete = newline >= 0 or final
        if not complete and not _STOP.search(text):
            return None, False
        if not self._passing_over:
            inside = self._sentence_end(text[:line_end], complete)
            if inside is not None:
                return inside, False
        if not complete:
            return None, False
        after = self._labels_below(text, line_end, final)
        return (None, False) if after is None else (after, True)

    def _labels_below(self, text: str, line_end: int, final: bool) -> int | None:
        """Where the line ends, lines of nothing but labels below it included; None when they may yet come."""
        rest = text[line_end:]
        below = _LABELS.match(rest)
        stop = below.end() if below else len(rest) - len(rest.lstrip())
        if not final and (stop == len(rest) <= _MOST_BLANK or OPEN_LABEL.search(rest)):
            return None
        if below and (stop == len(rest) or "\n" in rest[len(below.group().rstrip()) : stop]):
            return line_end + stop
        return min(len(text), line_end + 1)

    def _sentence_end(self, line: str, complete: bool) -> int | None:
        """Where the first sentence of `line` ends if something follows it there; labels behind it are its own unless
        the line puts labels in front."""
        masked, places = unmarked(line)
        spans = _spans(line, masked, places)
        leads = self._line_begins and leads_with_label(line)
        for ignore_quotes in (False, True) if complete and _is_open(masked) else (False,):
            for (_, here), (following, _) in pairwise(spans):
                before, after = masked[spans[0][0] : here], masked[following:]
                if not ignore_quotes and _is_open(before):
                    continue
                if not _WORDS.search(before) or not _WORDS.search(after):
                    continue
                if not complete and not _is_settled(before, after):
                    return None
                last = places[here - 1] + 1
                behind = _LABELS_SAME_LINE.match(line, last)
                if behind and not leads:
                    last = behind.end()
                while last < len(line) and line[last] in "*_`~":
                    last += 1
                return last
        return None

    def _statement(self, written: str, *, line_begins: bool) -> Iterator[Cut]:
        labels = tuple(
            dict.fromkeys(label for match in LABEL.finditer(written) for label in labels_in(match.group()))
        )
        text = words_of(written, line_begins=line_begins)
        words = tuple(_WORDS.findall(text.casefold()))
        if not words:
            return
        if refuses(text):
            yield Refusal()
            return
        repeated = words in self._seen
        self._seen.add(words)
        self._repeats += repeated
        yield RawStatement(text, labels, repeated=repeated)


def cut(pieces: Iterable[str]) -> Iterator[Cut]:
    """The statements of a whole text that comes in pieces."""
    stream = StatementStream()
    for piece in pieces:
        yield from stream.feed(piece)
    yield from stream.finish()


def _spans(line: str, masked: str, places: list[int]) -> list[tuple[int, int]]:
    """The sentences of `masked`, which is `line` without what `places` leaves out, as (start, end)."""
    ends = [bisect_left(places, match.end()) for match in _STOPPED_LABEL.finditer(line)]
    edges = [0, *ends, len(masked)]
    return [
        (start + sentence.start, start + sentence.end)
        for start, end in pairwise(edges)
        for sentence in sentences(masked[start:end])
    ]


def _goes_round(text: str) -> bool:
    """Whether the text ends in the same few words, again and again."""
    for length in range(_LOOP_CHARS // _LOOP_TURNS, min(_LONGEST_TURN, len(text) // _LOOP_TURNS) + 1):
        if text.endswith(text[-length:] * _LOOP_TURNS):
            return True
    return False


def _is_open(text: str) -> bool:
    """Whether a quotation has begun in `text` that does not end there."""
    return text.count("“") > text.count("”") or text.count('"') % 2 == 1


def _is_settled(before: str, after: str) -> bool:
    """Whether more text cannot change that a sentence ends between the two: the next word is complete, and behind a
    quoted question enough words that whoever asked it would have been named."""
    words = after.split()
    if not words or (len(words) == 1 and not after[-1].isspace()):
        return False
    return _ASKS_ON.search(before) is None or len(words) > _TAIL_WORDS
