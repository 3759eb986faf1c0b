"""What a summary shows of a sentence: its words as they can be read alone, without the dateline of its story."""

from __future__ import annotations

import re

from ingest.datelines import dateline_of
from service.candidates import Candidate
from service.referents import readable

_TO_DASH = re.compile(r"^[^—–]{1,120}?(?:\s*(?:—|–|--)\s*|\s+-\s+)")


def shown(candidate: Candidate) -> str:
    """The candidate as a statement: one line, referents in brackets. "TOKYO, April 10 —" belongs to the article, whose
    place and date its citation gives."""
    return without_dateline(readable(candidate))


def without_dateline(text: str) -> str:
    """The text of a statement without the place and day that open a story."""
    if dateline_of(text) is None:
        return text
    rest = _TO_DASH.sub("", text, count=1)
    return rest if rest[:1].isupper() or rest[:1] in "“\"‘'" or rest[:1].isdigit() else text


def words_in(text: str) -> int:
    """Words as `max_words` counts them: what white space divides."""
    return len(text.split())


__all__ = ["shown", "without_dateline", "words_in"]
