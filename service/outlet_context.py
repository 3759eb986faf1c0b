"""Whether words that spell an outlet's name mean the outlet: how they are written, and what stands around them.

Capitals, quotes and the words of reporting speak for a name ("according to the age"); a longer name around it speaks
against ("The Times of India", "Dragon Age", "Fortune 500"). Which names there are, `service.outlet_aliases` decides.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from service.equivalents import FUNCTION_WORDS
from service.outlet_aliases import Alias, Trust
from service.question_patterns import QUESTION_WORDS
from service.terms import fold


class Token(NamedTuple):
    """A word or "&" at `start:end`; `capital` is true of what has no case, too."""

    start: int
    end: int
    word: str
    folded: str
    capital: bool


class Candidate(NamedTuple):
    """Tokens `first` to `last` (inclusive) spell `alias`."""

    first: int
    last: int
    alias: Alias


_TOKEN = re.compile(r"&|[^\W_]+")
_INSIDE = re.compile(r"\s{0,3}(?:[-–—|•·:/&'’]{1,2}|\.(?!\s))?\s{0,3}")
"""What may stand between two words of one name: no comma, no end of a sentence."""
_QUOTES = "\"'“”‘’«»`"
_WINDOW_CHARS = 60
"""How far before a name the words of reporting are looked for."""
_SMALL_WORDS = FUNCTION_WORDS | QUESTION_WORDS
_ANY = frozenset("a an no any this".split())
"""Before a thing that is not an outlet: "an independent article"."""
REPORTING_NOUN = (
    r"(?:articles?|reports?|reporting|stor(?:y|ies)|pieces?|coverage|reviews?|interviews?|columns?|columnists?|posts?"
    r"|news|newspaper|magazine|websites?|site|journalists?|reporters?|editorials?|editions?|analys[ie]s|features?"
    r"|accounts?|headlines?|publications?|podcasts?|guides?|sections?|pages?|desk|newsletter|blog|writers?|critics?)"
)
_FIRM_NOUN = (
    r"(?:articles?|stor(?:y|ies)|pieces?|coverage|newspaper|magazine|websites?|headlines?|columnists?)"
)
_BEFORE = re.compile(
    rf"\b(?:according to|(?:reported|published|covered|written|cited|quoted|mentioned|featured|described|claimed|stated"
    rf"|said|noted|discussed|highlighted|per) (?:by|in|on)|as per|per|sources?(?: like| such as)?"
    rf"|outlets?(?: like| such as)?|{REPORTING_NOUN}\s+(?:[\w’']+\s+){{0,2}}?(?:by|from|in|of))"
    rf"\s+(?:both\s+|either\s+)?(?:the\s+)?[\"'“‘«]?$",
    re.IGNORECASE,
)
_AFTER_NOUN = re.compile(rf"['’]?s?[\"'”’»]?\s+(?:(?:\w+\s+)?{REPORTING_NOUN})\b", re.IGNORECASE)
_A_NOUN = re.compile(REPORTING_NOUN, re.IGNORECASE)
_AFTER_FIRM_NOUN = re.compile(rf"['’]?s?[\"'”’»]?\s+{_FIRM_NOUN}\b", re.IGNORECASE)
_AFTER_VERB = re.compile(
    r"[\"'”’»]?\s+(?:(?:also|first|later|once|both|has|had|have)\s+)?(?:report(?:s|ed)?|says?|said|wrote|writes?|publish(?:es|ed)"
    r"|claim(?:s|ed)|notes?|noted|describe[sd]?|suggest(?:s|ed)?|cover(?:s|ed)|cite[sd]?|highlight(?:s|ed)"
    r"|mention(?:s|ed)|reveal(?:s|ed)|discuss(?:es|ed)|state[sd]|argue[sd]|review(?:s|ed)|interview(?:s|ed))\b"
)
_BY_AND = r"(?:and|or|&|as well as|versus|vs\.?)"
_BEFORE_NEXT = r"\s+(?:the\s+|by\s+|in\s+|from\s+){0,2}[\"'“‘«]?"
_JOINED = re.compile(rf"['’]?s?[\"'”’»]?,?\s+{_BY_AND}{_BEFORE_NEXT}", re.IGNORECASE)
_LISTED = re.compile(rf"['’]?s?[\"'”’»]?(?:,?\s+{_BY_AND}|,){_BEFORE_NEXT}", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Reading:
    """A question in tokens. `tight[n]` says that tokens n and n+1 may be parts of one name; `shouted` that small words
    ("did", "of") have capitals too, so that capitals say nothing."""

    text: str
    tokens: Sequence[Token]
    tight: Sequence[bool]
    shouted: bool

    @classmethod
    def of(cls, text: str) -> Reading:
        """Take a question apart."""
        tokens = [
            Token(
                match.start(),
                match.end(),
                word := match.group(),
                "and" if word == "&" else fold(word),
                not word[0].islower(),
            )
            for match in _TOKEN.finditer(text)
        ]
        tight = [
            text[left.end : right.start] == " " or _INSIDE.fullmatch(text, left.end, right.start) is not None
            for left, right in itertools.pairwise(tokens)
        ]
        small = [
            token.capital
            for token in tokens[1:]
            if token.folded in _SMALL_WORDS and token.folded != "the" and len(token.word) > 1
        ]
        return cls(text, tokens, [*tight, False], bool(small) and all(small))

    def opens_sentence(self, index: int) -> bool:
        """Whether nothing but quotes stands between token `index` and the end of the sentence before it."""
        before = self.text[: self.tokens[index].start].rstrip(_QUOTES + "( \t\n")
        return not before or before[-1] in ".?!:…\n"

    def reporting_follows(self, index: int) -> bool:
        """Whether a word such as "article" stands right behind token `index`, or one word further on."""
        return _AFTER_NOUN.match(self.text, self.tokens[index].end) is not None

    def adjacent(self, index: int) -> bool:
        """Whether only a space or hyphen stands between tokens `index` and `index + 1`."""
        if not 0 <= index < len(self.tokens) - 1:
            return False
        return self.text[self.tokens[index].end : self.tokens[index + 1].start] in (" ", "-", "  ", "\n")


def is_meant(reading: Reading, found: Candidate) -> bool:
    """Whether the words stand for the outlet, by how they are written and by what is around them."""
    alias, tokens = found.alias, reading.tokens[found.first : found.last + 1]
    naming = [token for token in tokens if token.folded not in FUNCTION_WORDS or len(tokens) == 1]
    capital = all(token.capital for token in naming)
    if alias.capitals and not all(map(_is_upper, tokens)):
        return False
    respaced = len(tokens) != alias.words
    if alias.trust is Trust.DISTINCT and (capital or not respaced):
        return not (alias.derived and _in_longer_name(reading, found))
    if not capital and respaced:
        return False
    start, end = tokens[0].start, tokens[-1].end
    before, after = reading.text[max(0, start - 1) : start], reading.text[end : end + 1]
    quoted = bool(before and after) and before in _QUOTES and after in _QUOTES
    if quoted and (capital or not alias.key.startswith("the")):
        return True
    if _in_longer_name(reading, found):
        return False
    if not capital:
        return _lower_case_is_meant(reading, found, start, end)
    if not reading.shouted:
        by_itself = alias.trust is Trust.NAME or (
            alias.trust is Trust.ORDINARY and not (len(tokens) == 1 and reading.opens_sentence(found.first))
        )
        if by_itself:
            return True
    return bool(
        _BEFORE.search(reading.text, max(0, start - _WINDOW_CHARS), start)
        or reading.reporting_follows(found.last)
        or _AFTER_VERB.match(reading.text, end)
    )


def _is_upper(token: Token) -> bool:
    return token.word.isupper()


def _lower_case_is_meant(reading: Reading, found: Candidate, start: int, end: int) -> bool:
    """Ordinary words in lower case: "according to the age", "the guardian story", not "a report of the age of sail"."""
    if found.alias.derived or found.alias.trust is Trust.CONTEXT:
        return False
    if _AFTER_FIRM_NOUN.match(reading.text, end):
        return found.first == 0 or reading.tokens[found.first - 1].folded not in _ANY
    if not _BEFORE.search(reading.text, max(0, start - _WINDOW_CHARS), start):
        return False
    if not reading.adjacent(found.last):
        return True
    following = reading.tokens[found.last + 1].folded
    return following != "of" and following in _SMALL_WORDS


def _in_longer_name(reading: Reading, found: Candidate) -> bool:
    """Whether capitalized neighbours make the words part of another name: "Dragon Age", "The Times of India",
    "Fortune 500", "BBC Sport"."""
    tokens = reading.tokens
    if reading.adjacent(found.last):
        following = tokens[found.last + 1]
        if following.word.isdigit():
            return found.alias.words == 1
        if following.folded == "of":
            if reading.adjacent(found.last + 1) and tokens[found.last + 2].capital:
                return True
        elif following.capital and not reading.shouted:
            named = following.folded not in _SMALL_WORDS
            if named and (found.alias.derived or not reading.reporting_follows(found.last)):
                return not _A_NOUN.fullmatch(following.word)
    if not found.first or not reading.adjacent(found.first - 1) or reading.shouted:
        return False
    before = tokens[found.first - 1]
    if before.folded == "of":
        return (
            found.first > 1
            and tokens[found.first - 2].capital
            and not reading.opens_sentence(found.first - 2)
        )
    if not before.capital or before.folded in _SMALL_WORDS:
        return False
    return not (reading.opens_sentence(found.first - 1) and before.folded.endswith(("ing", "ed")))


def joined_names(
    reading: Reading, accepted: Mapping[int, Candidate], doubtful: Sequence[Candidate]
) -> list[Candidate]:
    """Doubtful names joined to a sure one: "fortune and TechCrunch both report"."""
    taken = {index for one in accepted.values() for index in range(one.first, one.last + 1)}
    starts = {reading.tokens[one.first].start for one in accepted.values()}
    ends = {reading.tokens[one.last].end for one in accepted.values()}
    found: list[Candidate] = []
    for one in doubtful:
        if taken & set(range(one.first, one.last + 1)) or _in_longer_name(reading, one):
            continue
        tokens = reading.tokens[one.first : one.last + 1]
        capital = all(token.capital for token in tokens if token.folded != "the")
        if (not capital and one.alias.derived) or (one.alias.capitals and not all(map(_is_upper, tokens))):
            continue
        start, end, join = tokens[0].start, tokens[-1].end, _LISTED if capital else _JOINED
        after = join.match(reading.text, end)
        joined = (after is not None and after.end() in starts) or any(
            join.fullmatch(reading.text, other, start)
            for other in ends
            if 0 < start - other < _WINDOW_CHARS // 2
        )
        if joined:
            found.append(one)
            starts.add(start)
            ends.add(end)
            taken.update(range(one.first, one.last + 1))
    return found


__all__ = ["REPORTING_NOUN", "Candidate", "Reading", "is_meant", "joined_names"]
