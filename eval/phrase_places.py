"""Where a phrase of a gold set stands in a text, so that it can be shown there: offsets, not only yes or no.

Phrases are compared as `eval.gold.meets` compares them, with straight quotation marks, single spaces and no regard to
case; the offsets are those of the text as it is.
"""

from __future__ import annotations

import re

from eval.gold_patterns import is_pattern, plain

Place = tuple[int, int]
_MARKS = {"“": '"', "”": '"', "‘": "'", "’": "'"}


def places(phrase: str, text: str) -> list[Place]:
    """The spans of `text` that a phrase or `/pattern/` matches, in order, none of them empty."""
    wanted = phrase[1:-1] if is_pattern(phrase) else re.escape(plain(phrase))
    if not wanted:
        return []
    flat, offsets = _flat(text)
    found = (match.span() for match in re.finditer(wanted, flat, re.IGNORECASE))
    return [(offsets[start], offsets[end - 1] + 1) for start, end in found if end > start]


def merged(spans: list[Place]) -> list[Place]:
    """The same characters as spans that neither touch nor overlap, in order."""
    whole: list[Place] = []
    for start, end in sorted(spans):
        if whole and start <= whole[-1][1]:
            whole[-1] = (whole[-1][0], max(end, whole[-1][1]))
        else:
            whole.append((start, end))
    return whole


def _flat(text: str) -> tuple[str, list[int]]:
    """`plain(text)` and, for each of its characters, the offset in `text` that it comes from."""
    letters: list[str] = []
    offsets: list[int] = []
    for offset, letter in enumerate(text):
        if not letter.isspace():
            letters.append(_MARKS.get(letter, letter))
            offsets.append(offset)
        elif letters and letters[-1] != " ":
            letters.append(" ")
            offsets.append(offset)
    if letters and letters[-1] == " ":
        letters.pop()
        offsets.pop()
    return "".join(letters), offsets
