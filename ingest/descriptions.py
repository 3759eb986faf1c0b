"""Speakers without a name, in the article's own words: "senior administration official", "British diplomat".

A description loses its article; "the diplomat" gets back what introduced it ("A British diplomat was calm"), and
"they" the last plural noun of those who speak.
"""

from __future__ import annotations

import re

from ingest.quotations import BLANK
from ingest.speech_words import PLURAL_SPEAKERS, STRIPPED_FROM_SPEAKER

REACH_CHARS = 1500  # how far back "they" and "the diplomat" may refer; keeps adversarial text linear

_PLURAL_SPEAKERS = re.compile(
    r"((?:(?!(?:the|of|and|its|their|his|to|by|for|with|from|as|in) )[\w.’-]+ ){0,2})([a-z]+s)\b(?=[ ,.])"
)


def described(prose: str, start: int, end: int) -> str | None:
    """The words `prose[start:end]` without the article and the like, or None when nothing is left."""
    words = prose[start:end].split()
    while len(words) > 1 and words[0].lower() in STRIPPED_FROM_SPEAKER:
        del words[0]
    return " ".join(words).replace(BLANK, "").strip(" ,") or None


def introduced(prose: str, noun: str, since: int, at: int) -> str | None:
    """The description with an indefinite article that brought `noun` up, between `since` and `at`."""
    words = r"(?:(?!of |for |by |with |from )[\w.’-]+ ){0,4}"
    pattern = rf"\b(?:[Aa]n?|[Oo]ne|[Aa]nother) ({words}{re.escape(noun)})\b"
    found: list[str] = re.findall(pattern, prose[max(since, at - REACH_CHARS) : at])
    return found[-1] if found else None


def plural_before(prose: str, since: int, at: int) -> tuple[int, int] | None:
    """(start, end) of the last plural noun of speakers between `since` and `at`, with up to two words before it."""
    found = None
    for match in _PLURAL_SPEAKERS.finditer(prose, max(since, at - REACH_CHARS), at):
        if match[2] in PLURAL_SPEAKERS:
            found = match.span()
    return found
