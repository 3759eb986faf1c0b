"""Names that have changed places: "Brook beat Ames in the final" where the source has "Ames beat Brook in the final".

Measures of shared words pass such a statement: it has every word of its source. So the statement's other words are laid
along a source sentence's in order, and each name must stand where the source has it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import combinations

from service.terms import Term, terms_of

LEAST_ALIGNED = 0.7
"""Share of the statement's other words that must stand in the source sentence in the same order: in a freer wording
names may change places rightly."""
_ROLE = re.compile(
    r"\b(?P<role>of|in|on|at|to|for|from|with|by|about|against|over|after|before|under|into|between|through|during"
    r"|near|than)\s+(?:(?:the|an?|his|her|its|their)\s+)?(?:\w+\s+){0,2}$",
    re.IGNORECASE,
)
_PASSIVE = re.compile(r"\b(?:is|are|was|were|be|been|being)\s+(?:\w+\s+){1,3}$", re.IGNORECASE)
_AGENT = "by whom"


def exchanged(statement: str, cited: Sequence[str]) -> tuple[str, ...]:
    """Pairs of names of the statement that have changed places against a cited sentence, as "Brook, Ames".

    A passive exchanges names rightly, and one in which they keep their places is a sign ("Ames was beaten by Brook").
    Another cited sentence that has the names in the statement's places makes it none.
    """
    found: list[str] = []
    for source in cited:
        laid = _laid_along(statement, source)
        if laid is None:
            continue
        pairs = list(_exchanges(statement, source, laid))
        if not pairs:
            return ()
        found += pairs
    return tuple(dict.fromkeys(found))


def _exchanges(statement: str, source: str, laid: _Laid) -> Iterator[str]:
    said, told, places = laid
    actors = [number for number, term in enumerate(said) if _is_actor(term, said, told)]
    for left, right in combinations(actors, 2):
        here, there = _gap(left, said, told, places), _gap(right, said, told, places)
        one, other = said[left], said[right]
        if here == there or not (_among(here, one, other) and _among(there, one, other)):
            continue
        kept = _holds(here, one) and _holds(there, other)
        swapped = _holds(here, other) and _holds(there, one)
        if kept == swapped:
            continue
        last = next(term for term in there if (other if kept else one).matches(term.keys))
        roles = {_role(statement, other), _role(source, last)}
        if (len(roles) == 1) == swapped and (swapped or roles == {"", _AGENT}):
            yield f"{one.surface}, {other.surface}"


_Laid = tuple[tuple[Term, ...], tuple[Term, ...], dict[int, int]]


def _laid_along(statement: str, source: str) -> _Laid | None:
    """The terms of both, and which of the source's each other word of the statement is; None where too few are."""
    said, told = terms_of(statement), terms_of(source)
    if not said or not told:
        return None
    others = [number for number, term in enumerate(said) if not _is_actor(term, said, told)]
    if not others:
        return None
    places = _aligned(said, others, told)
    return (said, told, places) if len(places) >= LEAST_ALIGNED * len(others) else None


def _aligned(said: Sequence[Term], others: Sequence[int], told: Sequence[Term]) -> dict[int, int]:
    """The longest run of the statement's other words that stand in the source in the same order."""
    best = [[0] * (len(told) + 1) for _ in range(len(others) + 1)]
    for row in range(len(others) - 1, -1, -1):
        for column in range(len(told) - 1, -1, -1):
            same = said[others[row]].matches(told[column].keys)
            best[row][column] = (
                best[row + 1][column + 1] + 1 if same else max(best[row + 1][column], best[row][column + 1])
            )
    places: dict[int, int] = {}
    row = column = 0
    while row < len(others) and column < len(told):
        if said[others[row]].matches(told[column].keys):
            places[others[row]] = column
            row, column = row + 1, column + 1
        elif best[row + 1][column] >= best[row][column + 1]:
            row += 1
        else:
            column += 1
    return places


def _gap(number: int, said: Sequence[Term], told: Sequence[Term], places: dict[int, int]) -> Sequence[Term]:
    """The source's words between those that stand beside term `number` of the statement."""
    before = [places[other] for other in range(number) if other in places]
    after = [places[other] for other in range(number + 1, len(said)) if other in places]
    return told[before[-1] + 1 if before else 0 : after[0] if after else len(told)]


def _among(terms: Sequence[Term], one: Term, other: Term) -> bool:
    """Whether exactly one of the two names is there."""
    return _holds(terms, one) != _holds(terms, other)


def _holds(terms: Sequence[Term], name: Term) -> bool:
    return any(name.matches(term.keys) for term in terms)


def _is_actor(term: Term, said: Sequence[Term], told: Sequence[Term]) -> bool:
    """Whether the word is a name, or opens the statement or the source, as who does something mostly does."""
    opens = term is said[0] and _holds(told, term)
    return term.is_name or opens or term.matches(told[0].keys)


def _role(text: str, term: Term) -> str:
    """The preposition before a name, "" without one; of a passive ("was beaten by Brook") that it says who does it."""
    match = _ROLE.search(text[: term.start])
    if match is None:
        return ""
    role = match["role"].lower()
    return _AGENT if role == "by" and _PASSIVE.search(text[: match.start()]) else role
