"""Datelines, bylines and closing credits: the three places where an article's own text says whose it is.

A dateline opens a paragraph: "WASHINGTON (AP) —", "Japan (Washington Insider Magazine) —", "TOKYO, April 10, 2024
(Reuters) -", "WASHINGTON—". The outlet stands in its parentheses.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from ingest.declared import authors_of
from ingest.publication_dates import written_date

# Abbreviations that wire copy signs with, and what they stand for.
AGENCIES = {
    "ap": "Associated Press",
    "the associated press": "Associated Press",
    "reuters": "Reuters",
    "afp": "Agence France-Presse",
    "upi": "United Press International",
    "ani": "Asian News International",
    "pti": "Press Trust of India",
    "dpa": "Deutsche Presse-Agentur",
}

_NAME = r"[A-Z][\w.’'&-]*"
_PLACE = rf"(?P<place>{_NAME}(?:,? (?:{_NAME}|\d{{1,2}},?|\d{{4}}|of|de|the|and|/)){{0,8}},?)"
_OUTLET = r"(?P<outlet>[^()\n]{2,60})"
_DASH = r"(?:\s*(?:—|–|--)\s*|\s+-\s+)"
_WITH_OUTLET = re.compile(rf"^{_PLACE}\s*\({_OUTLET}\){_DASH}(?=\S)")
_OUTLET_ONLY = re.compile(rf"^\({_OUTLET}\){_DASH}(?=\S)")
_PLACE_ONLY = re.compile(rf"^{_PLACE}{_DASH}(?=[\"“‘'A-Z])")
_NOT_AN_OUTLET = re.compile(
    r"\d|^[DRI]-|\b(?:ltd|inc|llc|corp|gmbh|plc|holdings|publish(?:er|ing))\b|\b(?:left|"
    r"right|center|centre|top|bottom|democrat|republican|pictured)\b",
    re.I,
)

BYLINE = re.compile(r"^(?:By|BY|by|Written by|Story by|Reported by):?\s+(?P<names>\S.{2,110})$")
_PERSON = re.compile(rf"^{_NAME}(?: (?:{_NAME}|de|la|van|von|der|den|bin|al|el|dos|da|di)){{1,4}}$")
_CLOSING = (
    re.compile(rf"^(?:From|FROM) (?P<outlet>(?:[Tt]he )?{_NAME}(?: (?:{_NAME}|of|and|the))*)\.?$"),
    re.compile(rf"^Source: ?(?P<outlet>{_NAME}(?: (?:{_NAME}|of|and|the)){{0,5}})$"),
    re.compile(rf"^[—–-]{{1,2}} ?(?P<outlet>{_NAME}(?: (?:{_NAME}|of|and|the)){{0,5}}) (?:Staff|staff)\.?$"),
    re.compile(
        rf"^(?:Copyright |COPYRIGHT )?(?:©|\(c\)) ?(?:Copyright )?\d{{4}},? (?:by "
        rf")?(?P<outlet>(?:[Tt]he )?{_NAME}(?: (?:{_NAME}|of|and|"
        rf"the)){{0,5}}?)[.,]?(?: All [Rr]ights [Rr]eserved\.?)?$"
    ),
    re.compile(r"^[—–-]{1,2} ?(?P<outlet>AP|Reuters|AFP|UPI|The Associated Press|Associated Press)\.?$"),
)


@dataclass(frozen=True, slots=True)
class Dateline:
    """What a dateline says besides its place."""

    outlet: str | None
    published_at: str | None


def dateline_of(paragraph: str) -> Dateline | None:
    """The dateline that opens `paragraph`, or None. A place alone must be in capitals ("WASHINGTON—")."""
    if found := _OUTLET_ONLY.match(paragraph):
        outlet = _outlet(found["outlet"])
        return Dateline(outlet, None) if outlet else None
    if found := _WITH_OUTLET.match(paragraph):
        outlet = _outlet(found["outlet"])
        if outlet is None or not (_capitals(found["place"]) or _is_name(found["outlet"])):
            return None
        return Dateline(outlet, written_date(found["place"]))
    found = _PLACE_ONLY.match(paragraph)
    return Dateline(None, written_date(found["place"])) if found and _capitals(found["place"]) else None


def dateline_length(paragraph: str) -> int:
    """How many characters of `paragraph` are its dateline, with the dash and space after it; 0 where none opens it.

    A place without date or outlet counts only where no second dash follows in the sentence: "NASA — America's space
    agency — said" is no dateline.
    """
    if dateline_of(paragraph) is None:
        return 0
    for pattern in (_OUTLET_ONLY, _WITH_OUTLET, _PLACE_ONLY):
        if found := pattern.match(paragraph):
            bare = pattern is _PLACE_ONLY and written_date(found["place"]) is None
            rest = re.split(r"(?<=[.?!])\s", paragraph[found.end() :], maxsplit=1)[0]
            return 0 if bare and _SECOND_DASH.search(rest) else found.end()
    return 0


_SECOND_DASH = re.compile(r"—|–|--|\s-\s")


def byline_names(line: str) -> tuple[str, ...]:
    """The persons of a byline ("By Jane Doe and John Smith"); () when it names none ("By the numbers")."""
    found = BYLINE.match(line)
    if found is None:
        return ()
    names = [name.title() if name.isupper() else name for name in authors_of(found["names"])]
    return tuple(name for name in names if _PERSON.match(name) and not name.startswith("The "))


def closing_outlet(line: str) -> str | None:
    """The outlet that a credit line at an article's end names ("From The Epoch Times", "Source: Reuters")."""
    for pattern in _CLOSING:
        if found := pattern.match(line):
            return _outlet(found["outlet"])
    return None


def _outlet(name: str) -> str | None:
    name = " ".join(name.split()).rstrip(".")
    if _NOT_AN_OUTLET.search(name):
        return None
    return AGENCIES.get(name.casefold(), name)


def _capitals(place: str) -> bool:
    """Whether the place's first word is in capitals, as datelines set it."""
    first = re.split(r"[\s,]", place)[0].rstrip(".,")
    return len(first) > 2 and first.isupper()


def _is_name(outlet: str) -> bool:
    """Two capitalised words, or an agency: what may follow a place that is not in capitals."""
    words = outlet.split()
    return outlet.casefold() in AGENCIES or (
        len(words) > 1 and all(word[0].isupper() or word in ("of", "and", "the") for word in words)
    )
