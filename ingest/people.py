"""Who is named in one article: full names, surnames, titles that stand for a person, and genders for pronouns.

`cast_of` reads an article once and knows its persons and where each is named. Titles ("the premier") and pronouns
depend on what came before, so `ingest.attribution` asks for them in reading order, through `referents.Stage`.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache

from ingest.given_names import EITHER, FEMALE, MALE, NOT_A_PERSON
from ingest.name_candidates import AGE_OR_WHO_AFTER, APPOSITION_AFTER, UPPER, Candidate, candidates_in
from ingest.titles import (
    NATIONS,
    OFFICES,
    office_of,
    title_references,
)

_SPEECH_AFTER = re.compile(
    r",? (?:also |later |then |has |\w+ly )?(?:said|says|told|tells|added|adds|wrote|writes|explained|explains|"
    r"noted|notes|argued|recalled|tweeted|replied|insisted|admitted|joked|claimed)\b"
)
_SPEECH_BEFORE = re.compile(
    r"(?:said|says|added|adds|wrote|writes|explained|explains|argues|to|tells|told)[ ]$"
)


@dataclass(eq=False, slots=True)
class Person:
    """One person of an article. `name` is the fullest form met; `offices` are (office, nation) pairs met."""

    name: str
    gender: str | None = None
    weight: int = 0
    offices: list[tuple[str, str | None]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class NameUse:
    """Where a person is named: `start..end` without the title before it, `phrase_start` with it."""

    start: int
    end: int
    phrase_start: int
    person: Person
    offices: tuple[tuple[str, str | None], ...]


@dataclass(frozen=True, slots=True)
class TitleUse:
    """Where "the [nation] office" stands, not yet resolved."""

    start: int
    end: int
    office: str
    nation: str | None


@dataclass(frozen=True, slots=True)
class Cast:
    """The persons of an article and every place that names them or holds a title, in order."""

    names: tuple[NameUse, ...] = ()
    titles: tuple[TitleUse, ...] = ()


_MAX_BEARERS = 50  # of one surname; keeps adversarial text linear
_title_references = cache(title_references)


def cast_of(text: str) -> Cast:
    """The persons of `text`, whose sentences must not contain line breaks (see `attribution.flattened`)."""
    candidates = list(candidates_in(text))
    alone = [c for c in candidates if len(c.tokens) == 1]
    surnames_alone = {c.tokens[0] for c in alone}
    speaking_alone = {
        c.tokens[0]
        for c in alone
        if c.courtesy or _SPEECH_AFTER.match(text, c.end) or AGE_OR_WHO_AFTER.match(text, c.end)
    }
    persons: dict[tuple[str, str], Person] = {}
    by_surname: dict[str, list[Person]] = defaultdict(list)
    by_first: dict[str, list[Person]] = defaultdict(list)
    accepted: list[tuple[Candidate, Person | None]] = []
    for candidate in candidates:
        person: Person | None = None
        core = _core(candidate.tokens)
        if len(core) > 1 and (
            (core[0], core[-1]) in persons
            or _is_person(text, candidate, core, surnames_alone, speaking_alone)
        ):
            person = persons.get((core[0], core[-1]))
            if person is None:
                person = persons[core[0], core[-1]] = Person(" ".join(candidate.tokens))
                by_surname[core[-1]].append(person)
                by_first[core[0]].append(person)
            elif len(candidate.tokens) > len(person.name.split()):
                person.name = " ".join(candidate.tokens)
            person.weight += 2 if candidate.offices else 1
            person.gender = person.gender or candidate.gender or _gender(core[0])
            person.offices += [office for office in candidate.offices if office not in person.offices]
        accepted.append((candidate, person))
    names: list[NameUse] = []
    for candidate, person in accepted:
        if person is None and len(candidate.tokens) == 1:
            person = _known(candidate, by_surname, by_first)
            if person is None and (candidate.courtesy or candidate.offices):
                person = Person(candidate.tokens[0], candidate.gender)
                by_surname[candidate.tokens[0]].append(person)
            if person is not None:
                person.weight += 2 if candidate.offices else 0
                person.gender = person.gender or candidate.gender
        if person is not None:
            names.append(
                NameUse(candidate.start, candidate.end, candidate.phrase_start, person, candidate.offices)
            )
    titles = [
        TitleUse(
            match.start(),
            match.end(),
            ("former " if match["former"] else "") + (office_of(match["office"] or "potus") or ""),
            "united states"
            if match["bare"] or match["office"].upper() == "POTUS"
            else NATIONS.get((match["nation"] or "").lower()),
        )
        for match in _title_references().finditer(text)
    ]
    return Cast(tuple(names), tuple(titles))


def _known(
    candidate: Candidate, by_surname: dict[str, list[Person]], by_first: dict[str, list[Person]]
) -> Person | None:
    """Whom a single name means: a surname's leading bearer, else the only bearer of a given name."""
    token = candidate.tokens[0]
    bearers = by_surname.get(token, [])[:_MAX_BEARERS]
    if candidate.gender:
        bearers = [p for p in bearers if p.gender in (None, candidate.gender)]
    if bearers:
        return max(bearers, key=lambda p: p.weight)
    given = by_first.get(token, [])
    lowered = token.lower()
    if len(given) == 1 and not candidate.courtesy and lowered not in NATIONS and lowered not in NOT_A_PERSON:
        return given[0]
    return None


def _core(tokens: Sequence[str]) -> list[str]:
    """The tokens without "Jr." and the like, by which two forms of one name are matched."""
    core = [token for token in tokens if token.rstrip(".") not in {"Jr", "Sr", "II", "III", "IV"}]
    return core or list(tokens)


def _gender(first: str) -> str | None:
    lowered = first.lower()
    return "m" if lowered in MALE else "f" if lowered in FEMALE else None


def _is_person(
    text: str, candidate: Candidate, core: list[str], surnames_alone: set[str], speaking_alone: set[str]
) -> bool:
    """Whether two or more capitalised words are a person's name, by title, given name, role, age or later use."""
    first = core[0].lower()
    if len(core) > 4 or core[-1].lower() in OFFICES or any(word.isupper() and len(word) > 3 for word in core):
        return False
    if any(word.lower() in NATIONS for word in core):
        return False
    if candidate.offices or candidate.courtesy:
        return True
    if first in MALE or first in FEMALE or (first in EITHER and core[-1] in surnames_alone):
        return True
    if re.fullmatch(rf"[{UPPER}]\.", core[1]) and len(core) > 2:
        return True
    if candidate.introduced:
        return True
    before = _SPEECH_BEFORE.search(text[max(0, candidate.start - 9) : candidate.start])
    if before and before[0] != "to " and APPOSITION_AFTER.match(text, candidate.end):
        return True
    reused = core[-1] in surnames_alone and core[0] not in surnames_alone
    return bool(reused and (before or core[-1] in speaking_alone or _SPEECH_AFTER.match(text, candidate.end)))
