"""Quotation marks: which words of a text stand between them, and the prose that is left without them.

Handles “curly”, "straight" and British ‘single’ marks, nested marks (the outer pair counts), apostrophes, and
quotations of several paragraphs whose marks are re-opened. Who said the words is for `ingest.attribution`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

BLANK = "\0"  # stands for every character of a quotation in prose: neither a letter nor white space

_MARK = re.compile(r"[“”„«»\"]|(?<![^\W_])[‘'](?=[^\s])")
_CLOSING_SINGLE = {"‘": re.compile(r"(?<=\S)’(?![^\W_])"), "'": re.compile(r"(?<=\S)'(?![^\W_])")}
_ELISION = re.compile(r"['‘’](?:em|til|till|tis|twas|n|cause|bout|round|\d0s|\d\d)\b", re.IGNORECASE)
_SINGLE_REACH_CHARS = 2000
_CLOSER_OF = {"“": "”", "„": "“”", "«": "»", '"': '"'}


@dataclass(frozen=True, slots=True)
class Quoted:
    """Words between marks: `start..end` without the marks, `outer_start..outer_end` with them.

    `paragraph` counts the ranges given to `quoted`. `open_ended`: not closed in its paragraph, and the next one
    re-opens. `reopened`: goes on from the paragraph before.
    """

    start: int
    end: int
    outer_start: int
    outer_end: int
    paragraph: int
    open_ended: bool = False
    reopened: bool = False


def quoted(text: str, paragraphs: Sequence[tuple[int, int]]) -> tuple[Quoted, ...]:
    """Every quotation of `text` in order. `paragraphs` are (start, end), in order; marks pair within one."""
    found: list[Quoted] = []
    reopened = False
    for number, (start, end) in enumerate(paragraphs):
        following = text[paragraphs[number + 1][0]] if number + 1 < len(paragraphs) else ""
        open_ended = False
        for open_at, close_at, mark in _pairs(text, start, end):
            continues = reopened and open_at == start
            if close_at is None:
                open_ended = following == mark
                if not open_ended and not continues and open_at != start:
                    continue  # a stray mark: nothing says where it would end
                close_at, outer_end = end, end
            else:
                outer_end = close_at + 1
            if text[open_at + 1 : close_at].strip():
                inner_start, inner_end = _trimmed(text, open_at + 1, close_at)
                found.append(
                    Quoted(inner_start, inner_end, open_at, outer_end, number, open_ended, continues)
                )
        reopened = open_ended
    return tuple(found)


def _trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    """`start..end` without surrounding white space."""
    inner = text[start:end]
    return start + len(inner) - len(inner.lstrip()), start + len(inner.rstrip())


def _pairs(text: str, start: int, end: int) -> Iterator[tuple[int, int | None, str]]:
    """(opening offset, closing offset or None, opening mark) of the outermost pairs in one paragraph."""
    position = start
    searched = {"‘": start, "'": start}  # no such mark closes before here
    while (match := _MARK.search(text, position, end)) is not None:
        at, mark = match.start(), match[0]
        position = at + 1
        if mark in "‘'":
            closed, searched[mark] = _single_close(text, at, end, mark, searched[mark])
            if closed is not None:
                yield at, closed, mark
                position = closed + 1
            continue
        if mark in "”»" or (mark == '"' and not _can_open(text, at, start, end)):
            continue
        closed = _close(text, at, end, mark)
        yield at, closed, mark
        if closed is None:
            return
        position = closed + 1


def _can_open(text: str, at: int, start: int, end: int) -> bool:
    """Whether a straight mark at `at` opens: something follows it, and it is neither inches nor a stray closer."""
    if at + 1 >= end or text[at + 1].isspace():
        return False
    return at == start or not (text[at - 1].isalnum() or text[at - 1] in ".,!?…")


def _close(text: str, at: int, end: int, mark: str) -> int | None:
    """The offset of the mark that closes the one at `at`, or None."""
    if mark != '"':
        closers = [text.find(closer, at + 1, end) for closer in _CLOSER_OF[mark]]
        return min((offset for offset in closers if offset >= 0), default=None)
    offset = text.find('"', at + 1, end)
    while offset >= 0:
        opens_again = text[offset - 1].isspace() and offset + 1 < end and not text[offset + 1].isspace()
        if not opens_again:
            return offset
        offset = text.find('"', offset + 1, end)
    return None


def _single_close(text: str, at: int, end: int, mark: str, searched: int) -> tuple[int | None, int]:
    """(offset or None, how far the search went) for the mark that closes the single mark at `at`.

    Apostrophes do not close: not inside a word, and not the s’ of a plural's possessive when a later mark could
    close before the next one opens.
    """
    if _ELISION.match(text, at):
        return None, searched
    reach = min(end, at + _SINGLE_REACH_CHARS)
    following = text.find("‘", at + 1, reach) if mark == "‘" else -1
    limit = following if following >= 0 else reach
    first: int | None = None
    for match in _CLOSING_SINGLE[mark].finditer(text, max(at + 2, searched), limit):
        closes = match.start()
        first = first if first is not None else closes
        possessive = text[closes - 1] == "s" and text[closes + 1 : closes + 2] == " "
        if not possessive:
            return closes, closes
    return first, limit if first is None else first


def without_quotations(text: str, quotations: Sequence[Quoted]) -> str:
    """`text` at the same length with every quotation, marks included, overwritten by `BLANK`."""
    pieces: list[str] = []
    position = 0
    for item in quotations:
        pieces += (text[position : item.outer_start], BLANK * (item.outer_end - item.outer_start))
        position = item.outer_end
    pieces.append(text[position:])
    return "".join(pieces)
