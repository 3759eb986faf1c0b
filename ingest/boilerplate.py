"""Marks what a page prints around an article: sign-ups, share bars, captions, notices. Marks, never cuts.

A mark hides words from answers, so a missed newsletter box costs little and a marked body paragraph costs an answer.
Every rule therefore asks for a whole line, a known phrase at its start or end, and a length that prose rarely has;
a sentence *about* newsletters or cookies matches none of them.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

from ingest.articles import Span
from ingest.boilerplate_rules import (
    CAPTION,
    COMMENTS_HEADING,
    CREDIT_ABOVE_CAPTION,
    HEADER_RULES,
    LONGEST_LINE,
    RULES,
    TAIL_RULES,
)

# The head and the tail of an article, in lines that are not blank.
HEAD_LINES = 10
TAIL_LINES = 12
# Lines of a box between two recognised ones belong to the box when they are this short and this few.
BOX_LINE_CHARS = 120
BOX_LINES = 4
# More text than this below "12 Comments" is not taken for comments.
MAX_COMMENTS_SHARE = 0.3


def mark(text: str, known: Sequence[Span] = ()) -> tuple[Span, ...]:
    """The spans of `text` that are boilerplate: whole lines with their line breaks, sorted, disjoint, merged.

    `known` are spans a reader has marked already (front matter); they are kept. Offsets are code points.
    """
    lines = _lines(text)
    marked = [
        any(span.covers(line.start, line.end) for span in known) or _stands_alone(line.of(text).strip())
        for line in lines
    ]
    filled = [number for number, line in enumerate(lines) if line.of(text).strip()]
    _mark_head(text, lines, filled, marked)
    _mark_tail(text, lines, filled, marked)
    _mark_credits(text, lines, marked)
    _mark_contents(text, lines, marked)
    _mark_comments(text, lines, marked)
    _mark_boxes(text, lines, marked)
    return _merged(text, [*known, *(line for line, hit in zip(lines, marked, strict=True) if hit)])


def is_boilerplate_line(line: str) -> bool:
    """Whether a line is boilerplate wherever it stands."""
    return _stands_alone(line.strip())


def _lines(text: str) -> list[Span]:
    """Every line of `text` with its line break."""
    spans: list[Span] = []
    start = 0
    while start < len(text):
        end = text.find("\n", start)
        end = len(text) if end < 0 else end + 1
        spans.append(Span(start, end))
        start = end
    return spans


def _stands_alone(line: str) -> bool:
    if not line or len(line) > 2 * LONGEST_LINE:  # twice: a link's target is not counted
        return False
    line = _plain(line)
    if not line or len(line) > LONGEST_LINE:
        return False
    return any(len(line) <= rule.max_chars and rule.pattern.search(line) for rule in RULES)


def _plain(line: str) -> str:
    """A line without Markdown's quote marks, emphasis and link targets."""
    if not line or (line[0] not in ">*_#[" and "](" not in line and "**" not in line):
        return line
    line = re.sub(r"!?\[([^\]]*)\]\([^)\s]*\)", r"\1", line)
    return re.sub(r"\*\*|__|^[>*_#\s]+|[*_]+$", "", line).strip()


def _mark_head(text: str, lines: list[Span], filled: list[int], marked: list[bool]) -> None:
    for number in filled[:HEAD_LINES]:
        line = lines[number].of(text).strip()
        marked[number] |= any(
            len(line) <= rule.max_chars and bool(rule.pattern.search(line)) for rule in HEADER_RULES
        )


def _mark_tail(text: str, lines: list[Span], filled: list[int], marked: list[bool]) -> None:
    """From the end upwards, as long as nothing but boilerplate has been met: there weaker cues are enough."""
    for number in reversed(filled[-TAIL_LINES:]):
        line = lines[number].of(text).strip()
        if not marked[number]:
            if not any(len(line) <= rule.max_chars and rule.pattern.search(line) for rule in TAIL_RULES):
                if not _in_box(text, lines, number, marked):
                    return
                continue
            marked[number] = True


def _in_box(text: str, lines: list[Span], number: int, marked: list[bool]) -> bool:
    """Whether a short line is followed, and within a few short lines preceded, by a marked one, no blank between."""
    for above in range(number, max(-1, number - BOX_LINES - 1), -1):
        line = lines[above].of(text).strip()
        if marked[above]:
            return True
        if not line or len(line) > BOX_LINE_CHARS:
            return False
    return False


def _mark_credits(text: str, lines: list[Span], marked: list[bool]) -> None:
    """A picture credit on the line above a caption ("NTD Photo") belongs to it."""
    for number in range(1, len(lines)):
        if CAPTION.search(lines[number].of(text).strip()) and marked[number]:
            marked[number - 1] |= bool(CREDIT_ABOVE_CAPTION.search(lines[number - 1].of(text).strip()))


def _mark_contents(text: str, lines: list[Span], marked: list[bool]) -> None:
    """The entries of a table of contents: the short lines without a full stop that follow its heading directly."""
    seen = 0
    for number, span in enumerate(lines):
        if number < seen or span.of(text).strip().casefold().rstrip(":") != "table of contents":
            continue
        for below in range(number + 1, len(lines)):
            seen = below
            line = lines[below].of(text).strip()
            if not line or len(line) > 80 or line.endswith((".", "!", "”", '"')):
                break
            marked[below] = True


def _mark_comments(text: str, lines: list[Span], marked: list[bool]) -> None:
    """Readers' comments: everything below a line "12 Comments", when that is the lesser part of the text."""
    for number, span in enumerate(lines):
        heading = COMMENTS_HEADING.match(span.of(text).strip())
        if heading and len(text) - span.end <= MAX_COMMENTS_SHARE * len(text):
            marked[number:] = [True] * (len(lines) - number)
            return


def _mark_boxes(text: str, lines: list[Span], marked: list[bool]) -> None:
    """Short lines enclosed by marked ones without a blank line between are the rest of that box."""
    hits = [number for number, hit in enumerate(marked) if hit]
    for above, below in pairwise(hits):
        between = [lines[number].of(text).strip() for number in range(above + 1, below)]
        if (
            between
            and len(between) <= BOX_LINES
            and all(line and len(line) <= BOX_LINE_CHARS for line in between)
        ):
            marked[above + 1 : below] = [True] * len(between)


def _merged(text: str, spans: Sequence[Span]) -> tuple[Span, ...]:
    """Sorted, disjoint, blank lines between two marks swallowed, empty ones dropped, nothing beyond the text."""
    merged: list[Span] = []
    for span in sorted(spans):
        start, end = span.start, min(span.end, len(text))
        if start >= end:
            continue
        if merged and (start <= merged[-1].end or not text[merged[-1].end : start].strip()):
            merged[-1] = Span(merged[-1].start, max(end, merged[-1].end))
        else:
            merged.append(Span(start, end))
    return tuple(merged)
