"""Signs that a statement tells as done, or as certain, what its source only holds possible, planned or alleged.

"Exploring how Japan can join" has every word of "Japan has joined". Pure functions over text.

    unrealised    an act is told as further along than anywhere in the cited sentences
    strengthened  a claim has become a fact ("accused", "guilty"), a report an admission, some have become all

`service.support_levels` reads how far an act has come. What it does not recognize it takes for done in the source: no
sign.
"""

from __future__ import annotations

from collections.abc import Sequence

from service.support_levels import (
    STOPS,
    Words,
    chain_start,
    is_past,
    level_of,
    modal_before,
    places_of,
    read,
    verb_keys,
)
from service.support_modal_words import (
    BE,
    DONE,
    HAVE,
    JOINING,
    MEMBERS,
    MODALS,
    NOT_PAST,
    PLANNED,
    POSSIBLE,
    SKIPPED,
    STRONGER,
    UNCHANGED,
    WHOLE,
    kin,
)
from service.terms import stem

_NEGATION = frozenset({"not", "n't", "never", "no", "cannot"})
_SUBJECTS = frozenset("he she it which who".split())


def unrealised(statement: str, cited: Sequence[str]) -> tuple[str, ...]:
    """Verbs of the statement that it tells as further along than any of the cited sentences does, which do have them.

    "Joined" and "was joined" are done; "will join", "is joining" and "joins" are coming. Verbs that the statement
    negates, or tells as possible itself, are no sign.
    """
    said = read(statement)
    sources = [read(text) for text in cited]
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
    said = read(statement).words
    known = {word for text in cited for word in read(text).words}
    stems = {stem(word) for word in known}
    found = []
    for place, word in enumerate(said):
        for strong, same, weak in STRONGER:
            if word not in strong.split() or (
                word.startswith("admit") and said[place + 1 : place + 2] == ("to",)
            ):
                continue
            if stems.isdisjoint(_stems(f"{strong} {same}")) and not stems.isdisjoint(_stems(weak)):
                found.append(word)
        for whole, same in WHOLE.items():
            if word in whole.split() and known.isdisjoint(same.split()) and _is_plain(said, place):
                found.append(word)
    return tuple(found)


def _is_plain(said: Sequence[str], place: int) -> bool:
    """Whether a word like "all" is no part of "at all", "not only", "first of all", "only a month before"."""
    before = said[max(0, place - 2) : place]
    following = said[place + 1] if place + 1 < len(said) else ""
    if said[place] in ("only", "all") and (
        following in ("a", "an", "in", "on", "at") or following[:1].isdigit()
    ):
        return False
    return not _NEGATION.intersection(before) and (
        not before or before[-1] not in ("at", "of", "after", "if", "the")
    )


def _known(said: Words, place: int, sources: Sequence[Words]) -> list[int]:
    """How far the cited sentences tell the verb at `place`, each time they have it; else its kin."""
    keys = verb_keys(said.surfaces[place])
    levels = [level_of(source, at) for source in sources for at in places_of(source, keys)]
    if levels:
        return levels
    alike = frozenset().union(*(kin().get(key, frozenset()) for key in keys))
    return [level_of(source, at) for source in sources for at in places_of(source, alike)]


def _claimed(said: Words, place: int) -> int:
    """How far the statement claims that the act at `place` has come; 0 for what is no verb beyond doubt."""
    word, words = said.words[place], said.words
    if not word[0].isalpha() or word in NOT_PAST or word in MODALS or word in SKIPPED or word in BE | HAVE:
        return 0
    before = words[chain_start(words, place) : place]
    after_subject = place > 0 and (said.surfaces[place - 1][0].isupper() or words[place - 1] in _SUBJECTS)
    level = level_of(said, place)
    if word.endswith("ing"):
        return min(level, PLANNED) if not BE.isdisjoint(before) else 0
    if is_past(word) or (word in UNCHANGED and (after_subject or not (BE | HAVE).isdisjoint(before))):
        return level
    if modal_before(words, place) is not None:
        return level
    following = words[place + 1] if place + 1 < len(words) else ""
    ends_clause = following in BE | HAVE | STOPS or following in MODALS
    if after_subject and word.endswith("s") and not word.endswith("ss") and said.surfaces[place].islower():
        return 0 if ends_clause else min(level, PLANNED)
    return 0


def _is_negated(said: Words, place: int) -> bool:
    first = chain_start(said.words, place)
    return not _NEGATION.isdisjoint(said.words[max(0, first - 1) : place])


def _members(said: Words, sources: Sequence[Words]) -> tuple[str, ...]:
    """ "Is a member" where the source only has it that the same one may join."""
    found = []
    joining = frozenset().union(*(verb_keys(word) for word in JOINING))
    for place, word in enumerate(said.words):
        copula = _copula(said, place) if word in MEMBERS else None
        if copula is None or _is_negated(said, place) or _is_negated(said, copula):
            continue
        subject = _name_before(said, copula)
        levels = [
            *(level_of(source, at) for source in sources for at in places_of(source, joining)
              if _is_same(subject, _name_before(source, at))),
            *(_membership(source, at) for source in sources for at, noun in enumerate(source.words)
              if noun in MEMBERS and _is_same(subject, _name_before(source, at))),
        ]  # fmt: skip
        if levels and max(levels) < _membership(said, place):
            found.append(word)
    return tuple(found)


def _membership(text: Words, place: int) -> int:
    """How far "member" at `place` says that somebody is one: "will be a member", "Britain, a member"."""
    copula = _copula(text, place)
    return DONE if copula is None else level_of(text, copula)


def _is_same(subject: str | None, name: str | None) -> bool:
    return subject is None or name is None or not verb_keys(subject).isdisjoint(verb_keys(name))


def _copula(said: Words, place: int) -> int | None:
    """The form of "be" or "become" up to six words before "member"."""
    for at in range(place - 1, max(-1, place - 7), -1):
        if said.words[at] in BE | {"be", "been", "become", "became", "becomes", "remains"}:
            return at
        if said.words[at] in STOPS:
            return None
    return None


def _name_before(text: Words, place: int) -> str | None:
    """The last capitalized word before `place`."""
    names = (word for word in reversed(text.surfaces[:place]) if word[0].isupper())
    return next(names, None)


def _stems(words: str) -> frozenset[str]:
    return frozenset(stem(word) for word in words.split())
