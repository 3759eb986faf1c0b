"""Numbers and amounts of two sentences that cannot both be right: the same thing, counted differently.

Precision before recall: a false disagreement discredits two sources at once. So the figures must count the same noun,
stand among the same words, and neither may be a bound that allows for the other.
"""

from __future__ import annotations

import re
from functools import lru_cache

from service.equivalents import FUNCTION_WORDS
from service.terms import Term, keys_of, stem, terms_of
from service.values import Value, values_of

ROUNDING = 0.03
COMPANY_WORDS = 5
"""Content words on each side of a figure that say what it is the figure of."""
COMPANY_SHARED = 3
COMPANY_SHARE = 0.7

_BOUND = re.compile(
    r"\b(?:at\s+least|more\s+than|over|above|up\s+to|as\s+many\s+as|as\s+much\s+as|at\s+most|less\s+than|fewer\s+than|under"
    r"|below|nearly|almost|no\s+more\s+than|minimum\s+of|maximum\s+of|some\s+of|another|an?\s+additional|a\s+further"
    r"|first|last|next|top|one\s+of|other|remaining|further|only|since|every|each|per|between|to|and|than|versus|vs\.?|the"
    r"|these|those|his|her|their|its|our)\s+(?:[£$€]\s*)?$",
    re.IGNORECASE,
)
"""Before a figure: it is a bound, or part of a count, or of a range."""
_NOUN = re.compile(r"\s*-?\s*((?:[A-Za-z][\w’'-]*\s+){0,2}[A-Za-z][\w’'-]*)")
_NO_COUNT = frozenset(
    stem(word)
    for word in "year month week day hour minute second time percent am pm st nd rd th season game match round point"
    " goal yard old th inch mile gb tb mm cm hz mph km".split()
)
"""What is counted differently at every telling, or is part of a name."""


def differing_figures(text: str, other_text: str) -> tuple[Value, Value] | None:
    """A figure of each sentence for the same thing, which cannot both be right; None where there is none."""
    for mine, thing in counts(text):
        for theirs, other in counts(other_text):
            if mine.kind != theirs.kind or not _apart(mine, theirs):
                continue
            if mine.kind == "number" and thing.isdisjoint(other):
                continue
            if _same_company(text, mine, other_text, theirs):
                return mine, theirs
    return None


@lru_cache(maxsize=1 << 13)
def counts(text: str) -> tuple[tuple[Value, frozenset[str]], ...]:
    """The figures of a sentence that are the only ones of their kind, with the keys of what they count."""
    found = []
    values = values_of(text)
    for value in values:
        if value.kind not in ("number", "money") or _BOUND.search(text[: value.start][-24:]):
            continue
        if sum(other.kind == value.kind for other in values) > 1:
            continue
        noun = _NOUN.match(text, value.end)
        words = (
            [] if noun is None else [word for word in noun[1].split() if word.lower() not in FUNCTION_WORDS]
        )
        keys = frozenset().union(*(keys_of(word) for word in words)) if words else frozenset()
        if value.kind == "number" and (not keys or not keys.isdisjoint(_NO_COUNT)):
            continue
        found.append((value, keys))
    return tuple(found)


def _apart(mine: Value, theirs: Value) -> bool:
    """Whether the two are of one unit and differ by more than rounding."""
    unit, _, figure = mine.normal.rpartition(" ")
    other_unit, _, other = theirs.normal.rpartition(" ")
    if unit != other_unit:
        return False
    try:
        a, b = float(figure), float(other)
    except ValueError:
        return False
    return abs(a - b) > ROUNDING * max(abs(a), abs(b))


def _same_company(text: str, mine: Value, other_text: str, theirs: Value) -> bool:
    near, others = _company(text, mine), _company(other_text, theirs)
    shorter, longer = sorted((near, others), key=len)
    keys = frozenset().union(*(term.keys for term in longer)) if longer else frozenset()
    shared = sum(term.matches(keys) for term in shorter)
    return shared >= COMPANY_SHARED and shared >= COMPANY_SHARE * len(shorter)


def _company(text: str, value: Value) -> list[Term]:
    taken = values_of(text)
    terms = [
        term for term in terms_of(text) if not any(v.start < term.end and term.start < v.end for v in taken)
    ]
    before = [term for term in terms if term.end <= value.start]
    after = [term for term in terms if term.start >= value.end]
    return before[-COMPANY_WORDS:] + after[:COMPANY_WORDS]
