"""Which words of a news sentence tell its main event, so that only a date among them dates it.

Not a parser: what is quoted, what hangs on "who", "since" or "after", and what stands in brackets or appositions is
blanked out, character for character, so that offsets stay those of the sentence. Pure functions, linear in its length.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

BLANK = "\x00"
"""Stands where a blanked character stood: no pattern of dates matches it, and white space stays recognizable."""

_QUOTED = re.compile(r"“[^”]*(?:”|$)|\"[^\"]*(?:\"|$)|(?<!\w)‘[^‘]*?’(?!\w)|^[^“]*”", re.DOTALL)
_BRACKETS = re.compile(r"\([^()]*\)|\[[^\[\]]*\]")
_TILL = r"(?:[^,;:—–]|(?<=\d),(?=\d))*"
_HANGING = re.compile(
    rf"""
      ^\W*according\s+to\s{_TILL}
    | (?:,\s+)?\b(?:who|whom|whose|which|where|whereas|though|although|because|unless|if|despite)\b{_TILL}
    | \b(?:since|after|before|following|until|till|prior\s+to|ahead\s+of|in\s+the\s+wake\s+of|despite)\s{_TILL}
    | ,\s+(?!\w+\s+(?:said|told|announced|agreed)\b)(?:\w+ly\s+)?\w{{3,}}(?:ed|wn|ld|ilt|ght|unk)\s+
        (?:in|on|by|at|from|during|last|to|as){_TILL}
    | ,\s+an?\s(?![^,;]*\b(?:said|told|announced|warned|added|confirmed)\b){_TILL}
    """,
    re.VERBOSE | re.IGNORECASE,
)
_ALONGSIDE = re.compile(rf"(?<!^)(?<!\bthat\s)\b(?:when|as|while)\s{_TILL}", re.IGNORECASE)
"""Clauses of what happened at the same time; at a sentence's beginning they lend it their date."""
_RELATIVE_THAT = re.compile(
    rf"(?<=\w)\s+that\s+(?:was|were|had|has|have|is|are|began|took|left|\w+ed)\b{_TILL}",
    re.IGNORECASE,
)
_SAYING = re.compile(
    r"\b(?:said|says|told|announced|added|confirmed|reported|warned|argued|claimed|believes?|insisted|noted|wrote|shows?|"
    r"showed|mean[st]?|found|reminded|hopes?|thinks?|thought|agreed|revealed|stated|statement|saying|report)\b[^,;:]*$",
    re.IGNORECASE,
)


def main_clause(sentence: str, quoted: Sequence[tuple[int, int]] = ()) -> str:
    """`sentence` with all but its main clause blanked; the same length. `quoted` are spans known to be quotations."""
    return _without(alongside_too(sentence, quoted), _ALONGSIDE)


def alongside_too(sentence: str, quoted: Sequence[tuple[int, int]] = ()) -> str:
    """The same, keeping clauses with "when", "as" and "while"."""
    text = sentence
    for start, end in quoted:
        text = text[: max(0, start)] + _blank(text[max(0, start) : end]) + text[end:]
    for pattern in (_QUOTED, _BRACKETS, _HANGING):
        text = _without(text, pattern)
    return _RELATIVE_THAT.sub(
        lambda match: match.group() if _SAYING.search(text[: match.start()][-90:]) else _blank(match.group()),
        text,
    )


def _without(text: str, pattern: re.Pattern[str]) -> str:
    return pattern.sub(lambda match: _blank(match.group()), text)


def _blank(words: str) -> str:
    return re.sub(r"\S", BLANK, words)
