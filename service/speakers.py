"""When two descriptions mean one speaker: "Biden" and "Joe Biden", "officials" and "administration officials"."""

from __future__ import annotations

from functools import lru_cache

from service.equivalents import FUNCTION_WORDS
from service.terms import fold, keys_of

_HONORIFICS = frozenset(
    """president vice prime minister premier chancellor king queen prince princess secretary senator sen rep
    representative governor mayor mr mrs ms miss dr prof professor sir dame lord lady general gen admiral capt captain
    defense defence foreign state first former us""".split()
)


@lru_cache(maxsize=1 << 14)
def _words(name: str) -> tuple[frozenset[str], ...]:
    parts = [word.strip(".,’'\"()") for word in name.split()]
    kept = [part for part in parts if (part and fold(part) not in FUNCTION_WORDS) or part == "US"]
    bare = [part for part in kept if fold(part).replace(".", "") not in _HONORIFICS]
    return tuple(keys_of(part) for part in (bare or kept))


def same_speaker(asked: str, known: str | None) -> bool:
    """Whether the words of one description are all among the words of the other, titles aside.

    "Biden" is "Joe Biden"; "Jill Biden" is not. "White House" is not "White House official": a description that
    adds another head noun is somebody else, so for descriptions the last word has to agree as well. A name in
    which every word has a capital may also be shortened to its first word, where family names come first. What
    is asked may be more exact than a name that is known ("Joe Biden", "Biden"), not than a description: "the Polish
    analyst" is not any "analysts".
    """
    if not known:
        return False
    mine, theirs = _words(asked), _words(known)
    if not mine or not theirs:
        return False
    shorter, longer = (mine, theirs) if len(mine) <= len(theirs) else (theirs, mine)
    if not all(any(not word.isdisjoint(other) for other in longer) for word in shorter):
        return False
    name = asked if len(mine) > len(theirs) else known
    if len(mine) > len(theirs) and not _all_capitals(known):
        return False
    return (
        not _head(asked, mine).isdisjoint(_head(known, theirs))
        or _is_generation(longer)
        or _is_personal(name, shorter, longer)
    )


def _is_personal(name: str, shorter: tuple[frozenset[str], ...], longer: tuple[frozenset[str], ...]) -> bool:
    """Whether the longer description is a name and no more, and starts with the shorter: "Chen", "Chen Boyuan"."""
    return _all_capitals(name) and not shorter[0].isdisjoint(longer[0])


def _all_capitals(name: str) -> bool:
    return all(word[:1].isupper() for word in name.split() if fold(word) not in FUNCTION_WORDS)


def _head(name: str, words: tuple[frozenset[str], ...]) -> frozenset[str]:
    """The word that says who it is: the last one, or the last before "of"."""
    before = name.split(" of ", 1)[0] if " of " in name else None
    return _words(before)[-1] if before and _words(before) else words[-1]


def _is_generation(words: tuple[frozenset[str], ...]) -> bool:
    return not words[-1].isdisjoint({"jr", "sr", "ii", "iii"})
