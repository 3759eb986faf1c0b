"""Statements in the order of a style, and how they belong together; and both as the wire format has them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from service.answers import Statement
from service.summaries import DatedEvent, Shared, Single
from service.summary_statements import Told


@dataclass(frozen=True, eq=False, slots=True)
class Dated:
    """A statement that tells of `date` (`2024-04-10`, `2024-04`, `2024`), which its source writes as `written`."""

    date: str
    written: str
    told: Told


@dataclass(frozen=True, eq=False, slots=True)
class ByOutlets:
    """Statements that these outlets make: one that several share, or what only one has."""

    outlets: tuple[str, ...]
    told: tuple[Told, ...]


@dataclass(frozen=True, eq=False, slots=True)
class Arrangement:
    """What a style makes of the sentences. `told` are all its statements in order, and the rest arranges them; `lines`
    says whether its text has one a line. The outlets of `shared` are those that its citations name."""

    told: tuple[Told, ...]
    lines: bool = True
    events: tuple[Dated, ...] = ()
    undated: tuple[Told, ...] = ()
    shared: tuple[ByOutlets, ...] = ()
    singles: tuple[ByOutlets, ...] = ()


@dataclass(frozen=True, slots=True)
class Arranged:
    """An arrangement whose statements have been said."""

    text: str
    events: tuple[DatedEvent, ...]
    undated: tuple[Statement, ...]
    shared: tuple[Shared, ...]
    singles: tuple[Single, ...]


def arranged(arrangement: Arrangement, said: Mapping[Told, Statement]) -> Arranged:
    """The arrangement of those of its statements that were `said`."""
    day = {one.told: one.date for one in arrangement.events}
    lines = [
        (f"{day[told]}: " if told in day else "") + marked(said[told])
        for told in arrangement.told
        if told in said
    ]
    return Arranged(
        text=("\n" if arrangement.lines else " ").join(lines),
        events=tuple(
            DatedEvent(date=one.date, written=one.written, statement=said[one.told])
            for one in arrangement.events
            if one.told in said
        ),
        undated=_said(arrangement.undated, said),
        shared=tuple(
            Shared(outlets=one.outlets, statement=statement)
            for one in arrangement.shared
            for statement in _said(one.told, said)
        ),
        singles=tuple(
            Single(outlet=one.outlets[0], statements=statements)
            for one in arrangement.singles
            if (statements := _said(one.told, said))
        ),
    )


def marked(statement: Statement) -> str:
    """The statement with the numbers of its citations: "… [1] [2]"."""
    return statement.text + "".join(f" [{number}]" for number in statement.citations)


def _said(told: Iterable[Told], said: Mapping[Told, Statement]) -> tuple[Statement, ...]:
    return tuple(said[one] for one in told if one in said)


__all__ = ["Arranged", "Arrangement", "ByOutlets", "Dated", "arranged", "marked"]
