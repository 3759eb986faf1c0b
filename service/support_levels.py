"""How far an act has come by the words around its verb: done, coming, or only possible.

Read off a modal ("may join"), a word that governs the verb ("agreed to join", "talks on joining", "denied that it
joined"), a hedge or a condition; the words are in `service.support_modal_words`. Where none of these is found, the act
counts as done.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from service.equivalents import IRREGULAR
from service.support_modal_words import (
    BE,
    CONDITIONS,
    DONE,
    HAVE,
    HEDGES,
    MODALS,
    NOT_GOVERNED_AFTER,
    PLANNED,
    POSSIBLE,
    SKIPPED,
    UNCHANGED,
    clausal,
    denying,
    governors,
    past_forms,
)
from service.terms import keys_of, stem

REACH_TO = 7
"""Words before "to" among which the word that governs it stands: "asked the three governments to …"."""
REACH_ING = 4
REACH_CLAUSE = 10
REACH_HEDGE = 2
_DEPTH = 3

_TOKEN = re.compile(
    r"[A-Za-z]+(?=n['’]t\b)|n['’]t\b|['’](?:ll|d|s|re|ve|m)\b|[A-Za-z]+(?:-[A-Za-z]+)*|\d+(?:[.,]\d+)*|[,;:.!?()—–]"
)
STOPS = frozenset(",;:.!?()—–")


@dataclass(frozen=True, slots=True)
class Words:
    """A text's words and marks, lower-case, and as written."""

    words: tuple[str, ...]
    surfaces: tuple[str, ...]
    starts: tuple[int, ...]


@lru_cache(maxsize=1 << 12)
def read(text: str) -> Words:
    """The words of `text`."""
    found = list(_TOKEN.finditer(text))
    surfaces = tuple(one.group().replace("’", "'") for one in found)
    return Words(tuple(one.lower() for one in surfaces), surfaces, tuple(one.start() for one in found))


def verb_keys(surface: str) -> frozenset[str]:
    """`keys_of` a word, past forms that it does not know included."""
    verb = past_forms().get(surface.lower())
    return keys_of(surface) | {verb} if verb else keys_of(surface)


def places_of(source: Words, keys: frozenset[str]) -> Iterator[int]:
    """Where a text has a word with one of `keys`."""
    for place, surface in enumerate(source.surfaces):
        if surface[0].isalpha() and keys and not keys.isdisjoint(verb_keys(surface)):
            yield place


def is_past(word: str) -> bool:
    """Whether a lower-case word has the form of a past tense or participle that differs from its verb."""
    if word in past_forms():
        return True
    if word in IRREGULAR:
        return word not in UNCHANGED
    return word.endswith("ed") and stem(word) != word and not word.endswith("eed")


def level_of(text: Words, place: int, depth: int = 0) -> int:
    """How far the act at `place` has come by the words before it."""
    words = text.words
    if _is_open(words, place):
        return POSSIBLE
    modal = modal_before(words, place)
    if modal is not None:
        return _unless_conditional(words, modal)
    first = chain_start(words, place)
    if first and words[first - 1] == "to":
        return _governed(text, first - 1, REACH_TO, depth)
    if words[place].endswith("ing") and BE.isdisjoint(words[first:place]):
        return _governed(text, first, REACH_ING, depth)
    if any(word in words[first:place] for word in ("being", "having")):
        return _governed(text, first, REACH_ING, depth)
    if first and words[first - 1] in ("and", "or") and not is_past(words[place]):
        return _joined(text, first - 1, depth)
    return DONE


def chain_start(words: Sequence[str], place: int) -> int:
    """Where the auxiliaries and adverbs before a verb begin."""
    first = place
    while first > 0 and place - first < 5:
        word = words[first - 1]
        is_adverb = word.endswith("ly") and word not in ("likely", "unlikely", "only", "july", "italy")
        if not (word in SKIPPED or word in BE or word in HAVE or is_adverb):
            break
        first -= 1
    return first


def modal_before(words: Sequence[str], place: int) -> int | None:
    """The level of the modal that the verb at `place` hangs on."""
    first = chain_start(words, place)
    return MODALS.get(words[first - 1]) if first else None


def _unless_conditional(words: Sequence[str], level: int) -> int:
    """What will be done under a condition is only possible."""
    for place, word in enumerate(words):
        if word in ("if", "unless", "provided"):
            before, after = words[place - 1] if place else "", words[place + 1 : place + 2]
            if before not in ("even", "as", "ask", "asked") and not {"any", "not", "ever"}.intersection(
                after
            ):
                return min(level, POSSIBLE)
    return level


def _is_open(words: Sequence[str], place: int) -> bool:
    """Whether the clause is hedged, a condition, or stands after "denied that" and the like."""
    first = chain_start(words, place)
    for back in range(1, min(REACH_CLAUSE, place) + 1):
        at = place - back
        word = words[at]
        if word in STOPS:
            return False
        if word in HEDGES and at >= first - REACH_HEDGE:
            return True
        if word in CONDITIONS and (at == 0 or words[at - 1] not in ("even", "as")):
            return True
        root = stem(word)
        if root in denying() and back <= 6:
            return True
        if root in clausal() and words[at + 1] == "that":
            return True
        if word in ("and", "but", "because", "when", "who", "which", "after", "before"):
            return False
    return False


def _governed(text: Words, place: int, reach: int, depth: int) -> int:
    """How far an infinitive or gerund has come, as the nearest governor of those before `place` says."""
    words = text.words
    if place and words[place] == "to" and words[place - 1] in BE:
        return PLANNED
    for at in range(place - 1, max(-1, place - 1 - reach), -1):
        word = words[at]
        if word in (";", ":", ".", "!", "?"):
            break
        if reach == REACH_ING and word in NOT_GOVERNED_AFTER:
            break
        if word in MODALS and at < place - 1:
            return _unless_conditional(words, MODALS[word])
        level = PLANNED if word == "going" else governors().get(word, governors().get(stem(word)))
        if level == 0:
            return level_of(text, at, depth + 1) if depth < _DEPTH else DONE
        if level is not None:
            return _unless_conditional(words, level)
    return DONE


def _joined(text: Words, place: int, depth: int) -> int:
    """How far the second of two joined verbs has come, as in "will meet and sign": as the modal or "to" before says."""
    words = text.words
    for at in range(place - 1, max(-1, place - 9), -1):
        if words[at] in STOPS:
            break
        if words[at] in MODALS:
            return _unless_conditional(words, MODALS[words[at]])
        if words[at] == "to":
            return _governed(text, at, REACH_TO, depth)
        if words[at] in BE | HAVE:
            break
    return DONE
