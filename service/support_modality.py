"""Signs that a statement tells as done, or as certain, what its source only holds possible, planned or alleged.

"Exploring how Japan can join" has every word of "Japan has joined". Pure functions over text; the words are in
`service.support_modal_words`.

    unrealised    an act is told as further along than anywhere in the cited sentences
    strengthened  a claim has become a fact ("accused", "guilty"), some have become all, a report has become an admission

How far an act has come is read off the words before it: a modal ("may join"), a word that governs it ("agreed to join",
"talks on joining", "denied that it joined"), a condition. Where none of these is found, the source counts as telling it
as done, so that what the rules do not know is no sign.
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
    JOINING,
    MEMBERS,
    MODALS,
    NOT_GOVERNED_AFTER,
    NOT_PAST,
    PLANNED,
    POSSIBLE,
    SKIPPED,
    STRONGER,
    UNCHANGED,
    WHOLE,
    clausal,
    denying,
    governors,
    kin,
    past_forms,
)
from service.terms import keys_of, stem

REACH_TO = 7
"""Words before "to" among which the word that governs it stands: "asked the three governments to …"."""
REACH_ING = 4
REACH_CLAUSE = 10
_DEPTH = 3

_TOKEN = re.compile(
    r"[A-Za-z]+(?=n['’]t\b)|n['’]t\b|['’](?:ll|d|s|re|ve|m)\b|[A-Za-z]+(?:-[A-Za-z]+)*|\d+(?:[.,]\d+)*|[,;:.!?()—–]"
)
_STOPS = frozenset(",;:.!?()—–")
_NEGATION = frozenset({"not", "n't", "never", "no", "cannot"})
_SUBJECTS = frozenset("he she it which who".split())


@dataclass(frozen=True, slots=True)
class _Words:
    """A text's words and marks, lower-case, and as written."""

    words: tuple[str, ...]
    surfaces: tuple[str, ...]
    starts: tuple[int, ...]


@lru_cache(maxsize=1 << 12)
def _read(text: str) -> _Words:
    found = list(_TOKEN.finditer(text))
    surfaces = tuple(one.group().replace("’", "'") for one in found)
    return _Words(tuple(one.lower() for one in surfaces), surfaces, tuple(one.start() for one in found))


def _keys(surface: str) -> frozenset[str]:
    verb = past_forms().get(surface.lower())
    return keys_of(surface) | {verb} if verb else keys_of(surface)


def unrealised(statement: str, cited: Sequence[str]) -> tuple[str, ...]:
    """Verbs of the statement that it tells as further along than any of the cited sentences does, which do have them.

    "Joined" and "was joined" are done; "will join", "is joining" and "joins" are coming. Verbs that the statement
    negates, or tells as possible itself, are no sign.
    """
    said = _read(statement)
    sources = [_read(text) for text in cited]
    found = []
    for place in range(len(said.words)):
        level = _claimed(said, place)
        if level <= POSSIBLE or _is_negated(said, place):
            continue
        known = _known(said, place, sources)
        if known and max(known) < level:
            found.append(said.surfaces[place])
    return (*found, *_members(said, sources))


def strengthened(statement: str, cited: Sequence[str]) -> tuple[str, ...]:
    """Words of the statement that make more of what the cited sentences say: "guilty" of "accused", "every" of none."""
    said = _read(statement).words
    known = {word for text in cited for word in _read(text).words}
    stems = {stem(word) for word in known}
    found = []
    for place, word in enumerate(said):
        for strong, weak in STRONGER.items():
            words = strong.split()
            if (
                word in words
                and not stems.intersection(stem(one) for one in words)
                and not stems.isdisjoint(stem(one) for one in weak.split())
            ):
                found.append(word)
        for whole, same in WHOLE.items():
            if word in whole.split() and known.isdisjoint(same.split()) and _is_plain(said, place):
                found.append(word)
    return tuple(found)


def _is_plain(said: Sequence[str], place: int) -> bool:
    """Whether a word like "all" is no part of "at all", "not only", "not all", "first of all"."""
    before = said[max(0, place - 2) : place]
    return not _NEGATION.intersection(before) and (not before or before[-1] not in ("at", "of", "after", "if", "the"))


def _known(said: _Words, place: int, sources: Sequence[_Words]) -> list[int]:
    """How far the cited sentences tell the verb at `place`, each time they have it; else its kin."""
    keys = _keys(said.surfaces[place])
    levels = [_level(source, at) for source in sources for at in _places(source, keys)]
    if levels:
        return levels
    alike = frozenset().union(*(kin().get(key, frozenset()) for key in keys))
    return [_level(source, at) for source in sources for at in _places(source, alike)]


def _places(source: _Words, keys: frozenset[str]) -> Iterator[int]:
    for place, surface in enumerate(source.surfaces):
        if surface[0].isalpha() and keys and not keys.isdisjoint(_keys(surface)):
            yield place


def _claimed(said: _Words, place: int) -> int:
    """How far the statement claims that the act at `place` has come; 0 for what is no verb beyond doubt."""
    word = said.words[place]
    before = said.words[_chain(said.words, place) : place]
    last = before[-1] if before else ""
    if not word[0].isalpha() or word in NOT_PAST or word in MODALS or word in SKIPPED or word in BE | HAVE:
        return 0
    level = _level(said, place)
    if word.endswith("ing"):
        return min(level, PLANNED) if not BE.isdisjoint(before) else 0
    if _is_past(word) or (word in UNCHANGED and not (BE | HAVE | {"been"}).isdisjoint(before)):
        return level
    if level < DONE and place and (last in MODALS or _modal_before(said.words, place) is not None):
        return level
    is_subject = place > 0 and (said.surfaces[place - 1][0].isupper() or said.words[place - 1] in _SUBJECTS)
    is_present = word.endswith("s") and not word.endswith("ss") and said.surfaces[place].islower() and is_subject
    following = said.words[place + 1] if place + 1 < len(said.words) else ""
    if is_present and following not in BE | HAVE and following not in MODALS and following not in _STOPS:
        return min(level, PLANNED)
    return 0


def _is_past(word: str) -> bool:
    if word in past_forms():
        return True
    if word in IRREGULAR:
        return word not in UNCHANGED
    return word.endswith("ed") and stem(word) != word and not word.endswith("eed")


def _level(text: _Words, place: int, depth: int = 0) -> int:
    """How far the act at `place` has come by the words before it."""
    words = text.words
    if _is_open(words, place):
        return POSSIBLE
    modal = _modal_before(words, place)
    if modal is not None:
        return _unless_conditional(words, modal)
    first = _chain(words, place)
    if first and words[first - 1] == "to":
        return _governed(text, first - 1, REACH_TO, depth)
    if words[place].endswith("ing") and BE.isdisjoint(words[first:place]):
        return _governed(text, first, REACH_ING, depth)
    if any(word in words[first:place] for word in ("being", "having")):
        return _governed(text, first, REACH_ING, depth)
    if first and words[first - 1] in ("and", "or") and not _is_past(words[place]):
        return _joined(text, first - 1, depth)
    return DONE


def _chain(words: Sequence[str], place: int) -> int:
    """Where the auxiliaries and adverbs before a verb begin."""
    first = place
    while first > 0 and place - first < 5:
        word = words[first - 1]
        is_adverb = word.endswith("ly") and word not in ("likely", "unlikely", "only", "july", "italy")
        if not (word in SKIPPED or word in BE or word in HAVE or is_adverb):
            break
        first -= 1
    return first


def _modal_before(words: Sequence[str], place: int) -> int | None:
    """The level of the modal that the verb at `place` hangs on."""
    first = _chain(words, place)
    return MODALS.get(words[first - 1]) if first else None


def _unless_conditional(words: Sequence[str], level: int) -> int:
    """What will be done under a condition is only possible."""
    for place, word in enumerate(words):
        if word in ("if", "unless", "provided"):
            before, after = words[place - 1] if place else "", words[place + 1 : place + 2]
            if before not in ("even", "as", "ask", "asked") and not {"any", "not", "ever"}.intersection(after):
                return min(level, POSSIBLE)
    return level


def _is_open(words: Sequence[str], place: int) -> bool:
    """Whether the clause is hedged, a condition, or stands after "denied that" and the like."""
    for back in range(1, min(REACH_CLAUSE, place) + 1):
        at = place - back
        word = words[at]
        if word in _STOPS:
            return False
        if word in HEDGES or (word in CONDITIONS and (at == 0 or words[at - 1] not in ("even", "as"))):
            return True
        root = stem(word)
        if root in denying() and back <= 6:
            return True
        if root in clausal() and words[at + 1] == "that":
            return True
        if word in ("and", "but", "because", "when", "who", "which", "after", "before"):
            return False
    return False


def _governed(text: _Words, place: int, reach: int, depth: int) -> int:
    """How far an infinitive or gerund whose governor is sought before `place` has come: as its nearest governor says."""
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
            return _level(text, at, depth + 1) if depth < _DEPTH else DONE
        if level is not None:
            return _unless_conditional(words, level)
    return DONE


def _joined(text: _Words, place: int, depth: int) -> int:
    """How far the second of two joined verbs has come, as in "will meet and sign": as the modal or "to" before says."""
    words = text.words
    for at in range(place - 1, max(-1, place - 9), -1):
        if words[at] in _STOPS:
            break
        if words[at] in MODALS:
            return _unless_conditional(words, MODALS[words[at]])
        if words[at] == "to":
            return _governed(text, at, REACH_TO, depth)
        if words[at] in BE | HAVE:
            break
    return DONE


def _is_negated(said: _Words, place: int) -> bool:
    first = _chain(said.words, place)
    return not _NEGATION.isdisjoint(said.words[max(0, first - 1) : place])


def _members(said: _Words, sources: Sequence[_Words]) -> tuple[str, ...]:
    """ "Is a member" where the source only has it that the same one may join."""
    found = []
    joining = frozenset().union(*(_keys(word) for word in JOINING))
    for place, word in enumerate(said.words):
        if word not in MEMBERS or _is_negated(said, place):
            continue
        copula = _copula(said, place)
        if copula is None or _is_negated(said, copula):
            continue
        level = MODALS.get(said.words[copula - 1], DONE) if copula else DONE
        subject = _name_before(said, copula)
        levels = [
            _level(source, at)
            for source in sources
            for at in _places(source, joining)
            if subject is None
            or (name := _name_before(source, at)) is None
            or not _keys(subject).isdisjoint(_keys(name))
        ]
        if levels and max(levels) < level:
            found.append(word)
    return tuple(found)


def _copula(said: _Words, place: int) -> int | None:
    """The form of "be" or "become" up to six words before "member"."""
    for at in range(place - 1, max(-1, place - 7), -1):
        if said.words[at] in BE | {"be", "been", "become", "became", "becomes", "remains"}:
            return at
        if said.words[at] in _STOPS:
            return None
    return None


def _name_before(text: _Words, place: int) -> str | None:
    """The last capitalized word before `place`."""
    names = (word for word in reversed(text.surfaces[:place]) if word[0].isupper())
    return next(names, None)
