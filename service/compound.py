"""Compound questions taken apart into questions that each stand alone.

"What was said about Ukraine, and what about Gaza?" asks two things, and the second leans on the first as a follow-up
leans on the question before it; so it is completed by the same rules.
"""

from __future__ import annotations

import re

from service.conversation import Turn
from service.follow_ups import standalone
from service.question_patterns import SAY
from service.questions import parts_of

_SPEECH_OF_TWO = re.compile(
    r"^(?P<asked>(?:and\s+)?(?:what|how|why)\s+(?:do|did|have|had|will|would)\s+)"
    r"(?P<first>(?-i:[A-Z])[\w.’'-]*(?:\s+(?-i:[A-Z])[\w.’'-]*)*)\s+and\s+(?P<second>(?-i:[A-Z])[\w.’'-]*(?:\s+(?-i:[A-Z])[\w.’'-]*)*)"
    rf"(?P<rest>\s+(?:each\s+|both\s+)?(?:{SAY})\b.*)$",
    re.IGNORECASE,
)


def pieces_of(text: str) -> tuple[str, ...]:
    """The questions inside `text`, in order, each with what it takes from those before it; `(text,)` for a simple
    question. What two people say is asked of each."""
    parts = parts_of(text)
    pieces: list[str] = []
    for part in parts:
        whole = standalone(part, [Turn(role="user", content=before) for before in pieces]).text
        two = _SPEECH_OF_TWO.match(whole)
        pieces += [two["asked"] + two[who] + two["rest"] for who in ("first", "second")] if two else [whole]
    return tuple(pieces) if len(pieces) > 1 else (text,)
