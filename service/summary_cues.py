"""Words by which news says that something was decided, is coming, or is the first of its kind.

The cue method of Edmundson 1969 (New Methods in Automatic Extracting, JACM 16): some words tell by themselves that a
sentence matters. Among 273 sentences of 13 articles, those that tell of a decision make a key point 1.6 times as often
as others, those of what is to come and of a first or a record 1.5 times; among 29,992 of a news archive the same words
are 2.0, 1.4 and 1.7 times as frequent in sentences that somebody else wrote questions about.
"""

from __future__ import annotations

import re

_DECIDED = re.compile(
    r"\b(?:agreed|announced|approved|signed|launched|decided|confirmed|unveiled|voted|ordered|ruled|passed|adopted|pledged"
    r"|promised|committed|appointed|set\s+aside|established|establish|sold|bought|acquired|merged|resigned|elected|arrested"
    r"|charged|convicted|sentenced|sued|killed|banned|rejected|opposed?|opposes|dismissed|warned|denied|insisted)\b"
)
_COMING = re.compile(
    r"\b(?:will|would|(?:is|are)\s+(?:due\s+|set\s+|expected\s+|scheduled\s+)?to|plans?\s+to|intends?\s+to|aims?\s+to)\b"
)
_RECORD = re.compile(
    r"\b(?:first|largest|biggest|worst|most|highest|lowest|record|historic|unprecedented|never\s+before)\b",
    re.IGNORECASE,
)
ENOUGH = 2
"""Kinds of cues beyond which a sentence says no more."""


def news_in(text: str) -> float:
    """How much of this a sentence has, 0..1: of the three kinds, none, one, or more."""
    kinds = sum(pattern.search(text) is not None for pattern in (_DECIDED, _COMING, _RECORD))
    return min(1.0, kinds / ENOUGH)


__all__ = ["news_in"]
