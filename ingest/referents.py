"""Whom "he" and "the president" mean at one point of an article, given everyone named before it.

`ingest.attribution` tells the stage, in reading order, who is named and who speaks; the stage answers with the last
person that fits, the last sentence's subject first, or with None where two fit equally well.
"""

from __future__ import annotations

from itertools import islice

from ingest.people import NameUse, Person
from ingest.titles import HEADS_OF_STATE

_MAX_RECENT = 60  # persons; nobody means one named longer ago


class Stage:
    """Reading order: who was named last, who holds which office, and whom "he" or "the president" means now."""

    def __init__(self) -> None:
        self._last_named: dict[int, tuple[int, Person]] = {}
        self._offices: dict[int, list[tuple[str, str | None]]] = {}
        self.focus: Person | None = None
        self._focus_at = -1

    def name(self, use: NameUse) -> None:
        """Records that a person was named outside a quotation."""
        self._last_named.pop(id(use.person), None)
        self._last_named[id(use.person)] = (use.start, use.person)
        held = self._offices.setdefault(id(use.person), [])
        for office in use.offices:
            if office not in held:
                held.append(office)

    def appoint(self, person: Person, office: str, nation: str | None) -> None:
        """Records that a person holds an office, whatever was known before."""
        held = self._offices.setdefault(id(person), [])
        if (office, nation) not in held:
            held.append((office, nation))

    def speak(self, person: Person, at: int) -> None:
        """Records that a person is a sentence's subject or speaker."""
        self.focus, self._focus_at = person, at
        self._last_named.pop(id(person), None)
        self._last_named[id(person)] = (at, person)
        self._offices.setdefault(id(person), [])

    def holder(self, office: str, nation: str | None) -> Person | None:
        """The person a title means: the subject of the last sentence if it holds the office, else the last named.

        "The Japanese president" may be a prime minister: any leader of that nation will do.
        """
        everyone = [(at, person, self._offices[id(person)]) for at, person in self._recent()]
        leads = [o for o in HEADS_OF_STATE if office in HEADS_OF_STATE and nation is not None]
        for offices, nations in (
            ([office], {nation}),
            (leads, {nation}),
            ([office], {nation, None}),
            (leads, {None}),
        ):
            holders = [
                (at, person)
                for at, person, held in everyone
                if any(o in offices and (nation is None or n in nations) for o, n in held)
            ]
            if any(person is self.focus for _, person in holders):
                return self.focus
            if (holders and offices != leads) or len(holders) == 1:
                return max(holders, key=lambda item: item[0])[1]
        return None

    def _recent(self) -> list[tuple[int, Person]]:
        """The persons named last, latest first; `_last_named` is kept in that order."""
        return list(islice(reversed(self._last_named.values()), _MAX_RECENT))

    @property
    def focus_at(self) -> int:
        """Where the last subject or speaker stands; -1 before there is one."""
        return self._focus_at

    def pronoun(self, gender: str, since: int) -> Person | None:
        """Whom "he" ("m") or "she" ("f") means, from persons named at or after offset `since`; None if unclear."""
        recent = [(at, p) for at, p in self._recent() if at >= since and p.gender in (None, gender)]
        sure = [(at, p) for at, p in recent if p.gender == gender]
        focus = self.focus if self._focus_at >= since else None
        person: Person | None = None
        if focus is not None and focus.gender == gender:
            person = focus
        elif focus is not None and focus.gender is None:
            later = [p for at, p in sure if at > self._focus_at]
            person = later[0] if len(later) == 1 else None if later else focus
        elif len(sure or recent) == 1:
            person = (sure or recent)[0][1]
        if person is not None and person.gender is None:
            person.gender = gender
        return person
