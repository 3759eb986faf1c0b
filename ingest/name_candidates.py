"""Runs of capitalised words that may name a person: titles read off, and what stands around them.

"Philippine President Ann Lee of Norway", "goalkeeper Ann Lee", "Ann Lee, 45," and "Its chief executive, Ann Lee" all
say that Ann Lee is a person, and some say which office she holds. `ingest.people` decides.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from ingest.given_names import ALSO_SURNAMES, FEMALE, MALE, NOT_A_PERSON
from ingest.speech_words import PERSON_NOUNS
from ingest.titles import FEMALE_TITLES, MALE_TITLES, NATIONS, OFFICES, office_of

UPPER = "A-ZÀ-ÖØ-ÞĀĂĄĆČĎĐĒĖĘĚĞĢĪĮİĶŁĻŃŅŇŌŐŒŘŚŞŠŢŤŪŮŰŲŸŹŻŽ"
_ABBREVIATED = "Mr|Mrs|Ms|Mx|Dr|Prof|Gen|Col|Lt|Sgt|Capt|Cmdr|Adm|Sen|Rep|Gov|Pres|Rev|Hon|Jr|Sr|St"
_WORD = rf"(?:(?:{_ABBREVIATED})\b\.?|(?:[{UPPER}]\.-?)+(?:S\.)?|[{UPPER}]\w*(?:[-’'](?!s\b)\w+)*)"
_PARTICLE = r"(?:(?:de|van|von|der|den|bin|ibn|al|da|di|du|dos|del|la|le|ten)[ \u00a0])"
_NAMES = re.compile(rf"(?<![\w@#/.]){_WORD}(?:,?[ \u00a0](?:Jr|Sr)\b\.?|[ \u00a0]{_PARTICLE}{{0,2}}{_WORD})*")
_PIECE = re.compile(r"\S+")
AGE_OR_WHO_AFTER = re.compile(r"(?:,| \()[ ]?(?:aged )?(?:\d{1,3}(?=[,)])|who(?:se)?\b)")
APPOSITION_AFTER = re.compile(
    r", (?:the|a|an|its|their|his|her|our|then|former|[A-Z][\w-]*[’']s|[\w-]+) (?:[\w’'./&-]+ ?){0,8}"
)
_NATION_AFTER = re.compile(r" of (?:the )?([A-Z]\w+(?: [A-Z]\w+)?)")
_BARRED = frozenset(
    """
    both either neither whereas elsewhere rather dear hello
    did didn’t didn't does doesn’t doesn't don’t don't are aren’t aren't isn’t isn't wasn’t wasn't were weren’t weren't
    should would could can’t can't cannot won’t won't must shall
    a after all also although among an and another any as at because before but by can despite during each even
    every everyone first following for from further given had has have he her here his how however i i'm i’m if in
    indeed instead is it it's it’s its just last later like many maybe meanwhile more moreover most much my neither
    no nor not now of on once one only or other our out over people perhaps since so some still such than that the
    their then there these they this those though through thus to today together two under unless until up was we
    were what when where whether which while who why will with without yes yet you your sponsored related read watch
    more photo image video credit getty images via source
    """.split()
)


@dataclass(frozen=True, slots=True)
class Candidate:
    start: int
    end: int
    phrase_start: int
    tokens: tuple[str, ...]
    offices: tuple[tuple[str, str | None], ...]
    gender: str | None
    courtesy: bool
    introduced: bool


@dataclass(frozen=True, slots=True)
class _Introduction:
    """What the words before a name say of it: "goalkeeper Ann Lee", "the chief engineer, Ann Lee"."""

    is_person: bool
    phrase_start: int
    offices: tuple[tuple[str, str | None], ...] = ()
    gender: str | None = None


def candidates_in(text: str) -> Iterator[Candidate]:
    """Every possible name of `text`, in order."""
    for match in _NAMES.finditer(text):
        yield from _candidates(text, match)


def _candidates(text: str, match: re.Match[str]) -> list[Candidate]:
    """The possible names in a run of capitalised words: titles read off, barred words as cuts."""
    run = match[0]
    if " " not in run and "\u00a0" not in run:
        lowered = run.lower()
        if (
            lowered in _BARRED
            or lowered in NOT_A_PERSON
            or lowered in NATIONS
            or len(run) < 3
            or run.isupper()
        ):
            return []
        if lowered in OFFICES:
            return []
        introduced = _introduction(text, match.start())
        return [
            Candidate(
                match.start(),
                match.end(),
                introduced.phrase_start,
                (run,),
                introduced.offices,
                introduced.gender,
                False,
                introduced.is_person,
            )
        ]
    pieces = [(m[0].rstrip(","), m.start() + match.start()) for m in _PIECE.finditer(run)]
    found: list[Candidate] = []
    group: list[tuple[str, int]] = []
    for piece in [*pieces, ("", -1)]:
        opens_title = piece[0] == "First" and text.startswith("First Lady", piece[1])
        if piece[1] >= 0 and (opens_title or piece[0].lower() not in _BARRED):
            group.append(piece)
            continue
        if group and (candidate := _read(text, group)) is not None:
            found.append(candidate)
        group = []
    return found


def _read(text: str, group: list[tuple[str, int]]) -> Candidate | None:
    """Titles, then a name, in one run of words without barred ones; None when no name is left."""
    offices: list[tuple[str, str | None]] = []
    gender: str | None = None
    nation: str | None = None
    courtesy = False
    i = 0
    words = [word.lower().rstrip(".") for word, _ in group]
    while i < len(group):
        for size in (3, 2, 1):
            form = " ".join(words[i : i + size])
            if i + size <= len(group) and (form in OFFICES or form in NATIONS or form in PERSON_NOUNS):
                break
        else:
            if any(word in OFFICES for word in words[i + 1 : i + 3]) and words[i] not in MALE | FEMALE:
                i += 1  # "House Speaker", "Microsoft President": the word before a title
                continue
            break
        if form not in NATIONS:
            office = office_of(form)
            former = i and words[i - 1] in {"former", "ex"}
            gender = "f" if form in FEMALE_TITLES else "m" if form in MALE_TITLES else gender
            if office is None or office == "courtesy":
                courtesy = True
            else:
                offices.append((f"former {office}" if former else office, nation))
        else:
            nation = NATIONS[form]
        i += size
    name = group[i:]
    if not name:
        return None
    start = name[0][1]
    introduced = False
    phrase_start = group[0][1]
    if i == 0:
        before = _introduction(text, start)
        offices += before.offices
        gender = gender or before.gender
        introduced, phrase_start = before.is_person, before.phrase_start
    elif text[max(0, phrase_start - 7) : phrase_start].lower() == "former ":
        offices = [(f"former {office}", country) for office, country in offices]
    if len(name) > 5 or any(word in NOT_A_PERSON for word in words[i:]):
        given = len(name) == 2 and words[i] in MALE | FEMALE
        if not (given and words[-1] in ALSO_SURNAMES):
            return None
    if len(name) == 1 and (words[i] in NATIONS or len(name[0][0]) < 2):
        return None
    tokens = tuple(word for word, _ in name)
    end = name[-1][1] + len(name[-1][0])
    if len(tokens) > 1:
        introduced |= AGE_OR_WHO_AFTER.match(text, end) is not None
        if (apposition := APPOSITION_AFTER.match(text, end)) is not None:
            nouns = [word for word in apposition[0].split() if word.lower() in PERSON_NOUNS]
            if nouns:
                introduced = True
                office = office_of(nouns[0])
                offices += [(office, None)] if office else []
        if (country := _NATION_AFTER.match(text, end)) is not None and country[1].lower() in NATIONS:
            offices = [(office, held or NATIONS[country[1].lower()]) for office, held in offices]
    return Candidate(start, end, phrase_start, tokens, tuple(offices), gender, courtesy, introduced)


def _introduction(text: str, start: int) -> _Introduction:
    """The person noun of "manager Dave Roberts", "former president Ann Lim" or "Its chief executive, Ann Lim"."""
    comma = text[start - 2 : start] == ", "
    stop = start - 2 if comma else start - 1
    if stop < 4 or (not comma and text[start - 1] != " ") or not text[stop - 1].islower():
        return _Introduction(False, start)
    before = text[max(0, stop - 48) : stop].split(" ")
    last = before[-1]
    if last not in PERSON_NOUNS and last not in OFFICES:
        return _Introduction(False, start)
    form = " ".join(before[-2:])
    size = 2 if form in OFFICES and len(before) > 2 else 1
    form = " ".join(before[-size:])
    office = office_of(form)
    phrase_start = start if comma else stop - len(form)
    if office is None or office == "courtesy" or len(before) <= size:
        return _Introduction(True, phrase_start)
    previous = before[-size - 1].lower().strip(".,")
    if previous in {"former", "ex"}:
        office = f"former {office}"
    nation = NATIONS.get(previous.removesuffix("’s").removesuffix("'s"))
    gender = "f" if form in FEMALE_TITLES else "m" if form in MALE_TITLES else None
    return _Introduction(True, phrase_start, ((office, nation),), gender)
