"""Phrases and `/patterns/` of gold sets: how they are compared, and which patterns are refused.

Python's `re` can take exponential time over a short text when repetitions are nested: `(a+)+b` needs minutes for thirty
letters without a b, and cannot be interrupted. A gold set with such a pattern would hang the build that it should gate.
`refusal` therefore gives each pattern a degree, the exponent of the worst-case time over the length of the text:

    a repetition of unbounded or wide range, such as `.*`     1
    a sequence                                                the sum of its parts
    alternatives                                              the highest of them
    a bounded repetition, at most n times, of a part          n times the part
    more than `_FEW` repetitions of a part that can match in  none: refused
    more than one way

A degree above `MAX_DEGREE` is refused too. Nothing here guards against a hostile author, whose gold set is code as much
as a test is; it guards against an accident.
"""

from __future__ import annotations

import importlib
import math
import re
from functools import lru_cache
from typing import Any

MAX_CHARS = 400
"""Of a pattern."""
MAX_DEGREE = 3
_WIDE = 15
"""Repetitions whose numbers differ by more count as unbounded ones do."""
_FEW = 4
"""Times that a part which can match in several ways may be repeated."""
_MARKS = str.maketrans("“”‘’", "\"\"''")


def plain(text: str) -> str:
    """Text with straight quotation marks and single spaces, in which phrases and patterns are looked for."""
    return " ".join(text.translate(_MARKS).split())


def is_pattern(phrase: str) -> bool:
    """Whether a phrase is written `/like this/`."""
    return len(phrase) > 2 and phrase.startswith("/") and phrase.endswith("/")


def finds(phrase: str, text: str) -> bool:
    """Whether the pattern of a `/phrase/` matches anywhere in `text`, without regard to case."""
    return _compiled(phrase[1:-1]).search(text) is not None


@lru_cache(maxsize=1 << 12)
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.IGNORECASE)


def refusal(phrase: str) -> str | None:
    """Why a `/phrase/` may not be used; None when it may."""
    pattern = phrase[1:-1]
    if len(pattern) > MAX_CHARS:
        return f"the pattern has {len(pattern)} characters; {MAX_CHARS} is the most"
    try:
        _compiled(pattern)
    except (re.error, OverflowError, RecursionError) as error:
        return f"{phrase} is no regular expression: {error}"
    parser: Any = importlib.import_module("re._parser")
    degree, _ = _cost(parser.parse(pattern))
    if math.isinf(degree):
        return f"{phrase} repeats a repetition and could take for ever; bound the inner one or drop the outer"
    if degree > MAX_DEGREE:
        return f"{phrase} has {degree:.0f} open repetitions; {MAX_DEGREE} is the most: write {{0,9}} for *"
    return None


def _cost(parsed: Any) -> tuple[float, bool]:
    """The degree of a parsed pattern, and whether it can match in more than one way."""
    degree, varies = 0.0, False
    for operation, argument in parsed:
        cost, changes = _cost_of(str(operation), argument)
        degree, varies = degree + cost, varies or changes
    return degree, varies


def _cost_of(operation: str, argument: Any) -> tuple[float, bool]:
    if operation in ("MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT"):
        least, most, part = argument
        degree, varies = _cost(part)
        wide = int(most) - int(least) > _WIDE
        if varies and (wide or int(most) > _FEW):
            return math.inf, True
        times = 1 if wide else int(most)
        return (1.0 if wide else 0.0) + degree * times, varies or least != most
    if operation == "BRANCH":
        branches = argument[1]
        costs = [_cost(branch) for branch in branches]
        lengths = {branch.getwidth() for branch in branches}
        varies = any(varies for _, varies in costs) or len(lengths) > 1 or not _told_apart(branches)
        return max(cost for cost, _ in costs), varies
    if operation in ("SUBPATTERN", "ASSERT", "ASSERT_NOT"):
        return _cost(argument[-1])
    if operation == "ATOMIC_GROUP":
        return _cost(argument)
    if operation == "GROUPREF_EXISTS":
        parts = [_cost(part) for part in argument[1:] if part is not None]
        return max(cost for cost, _ in parts), True
    return 0.0, operation == "GROUPREF"


def _told_apart(branches: Any) -> bool:
    """Whether the first letter decides between alternatives."""
    firsts = [branch[0] if len(branch) else None for branch in branches]
    letters = [chr(one[1]).casefold() for one in firsts if one is not None and str(one[0]) == "LITERAL"]
    return len(letters) == len(firsts) == len(set(letters))
