"""One thing measured twice in different words: how many came, what it costs.

`service.conflict_values` needs two sentences with the same words around their figures. But one outlet writes "Police
put the crowd at 2,500" and another "Organisers counted about 8,000 people", and what was counted stands in neither: it
is in the title, or a sentence before. So for the two measures that news most often disputes, crowds and costs, the ways
to write them are known here, and that both are of the same event or work is shown by what their articles have in
common: its kind ("march", "barrier") and at least two names. A false disagreement is worse than a missed one.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from service.candidates import Candidate
from service.terms import Term, keys_of, terms_of
from service.values import Value, values_of

MeasureKind = Literal["crowd", "cost"]
DAYS_APART = {"crowd": 2, "cost": 31}
"""Between publications: crowds are counted once, an estimate of costs stands until the next one."""
ROUNDING = 0.1
"""Estimates that are nearer to each other agree."""
MOST_TIMES = {"crowd": 6.0, "cost": 3.0}
"""Figures further apart are of different things."""
LEAST = {"crowd": 100, "cost": 1_000_000}
NAMES_SHARED = 2

_ABOUT = r"(?:(?:about|around|roughly|some|nearly|almost|approximately|an\s+estimated|as\s+many\s+as)\s+)?"
_PEOPLE = (
    r"(?:people|protesters|protestors|demonstrators|marchers|supporters|fans|participants|attendees|mourners|spectators"
    r"|strikers|activists|worshippers|pilgrims|revellers|visitors|residents)"
)
_N = r"(?P<n>\d[\d,.]*(?:\s(?:thousand|million))?)"
_CROWD = (
    re.compile(
        rf"\bput\s+(?:the\s+)?(?:crowd|turnout|attendance|number(?:\s+of\s+\w+)?|figure|it)\s+at\s+{_ABOUT}{_N}\b",
        re.I,
    ),
    re.compile(rf"\b(?:counted|estimated)\s+(?:that\s+)?{_ABOUT}{_N}\s+(?:\w+\s+)?{_PEOPLE}\b", re.I),
    re.compile(rf"\b(?:crowd|turnout|attendance)\s+(?:of|was|at|numbered|reached)\s+{_ABOUT}{_N}\b", re.I),
    re.compile(
        rf"\b{_N}\s+(?:\w+\s+){{0,2}}?{_PEOPLE}\s+(?:had\s+)?(?:took\s+part|taken\s+part|marched|gathered|attended|turned"
        r"\s+out|joined|rallied|demonstrated|protested|lined|filled|came)\b",
        re.I,
    ),
    re.compile(rf"\b(?:drew|attracted)\s+{_ABOUT}{_N}\s+(?:\w+\s+)?{_PEOPLE}\b", re.I),
)
_EVENTS = frozenset(
    key
    for word in "march rally protest demonstration vigil concert parade procession funeral strike festival".split()
    for key in keys_of(word)
)
_AMOUNT = r"(?P<n>[£$€¥]\s?\d[\d,.]*\s?(?:million|billion|bn|m|trillion)?)"
_BOLD = r"[*_]{0,2}"
_COST = (
    re.compile(
        rf"\b(?:cost|costs|price|bill|budget|estimate|price\s+tag)\b(?:\s+\w+){{0,2}}?\s+(?:at|of|to|is|was|be|now)\s+"
        rf"{_ABOUT}{_BOLD}{_AMOUNT}",
        re.I,
    ),
    re.compile(rf"\b(?:cost|costs|costing)\s+(?:\w+\s+)?{_ABOUT}{_BOLD}{_AMOUNT}", re.I),
)
_WORKS = (
    r"(?:barrier|bridge|tunnel|stadium|railway|line|plant|station|hospital|airport|dam|road|motorway|highway|port|terminal"
    r"|pipeline|reactor|refinery|factory|tower|museum|library|school|prison|canal|wall|warship|submarine|carrier|rover)s?"
)
_ATTRIBUTE = re.compile(
    rf"\b(?:a|an|the|its|their|this)\s+{_ABOUT}{_AMOUNT}\s+(?:[a-z-]+\s+){{0,2}}?(?P<work>{_WORKS})\b"
)
_WORK_KEYS = frozenset(
    key for word in re.findall(r"[a-z]+", _WORKS.replace("s?", "")) for key in keys_of(word)
)
_BOUNDED = re.compile(
    r"\b(?:more\s+than|over|above|at\s+least|up\s+to|as\s+much\s+as|less\s+than|under|below|fewer\s+than|another|extra"
    r"|additional|further|first|between|from|each|every|by|exceed\w*|pass\w*|only)\s+$",
    re.I,
)


@dataclass(frozen=True, slots=True)
class Measure:
    """A figure of a sentence and what it measures."""

    kind: MeasureKind
    value: Value


@lru_cache(maxsize=1 << 13)
def measures(text: str) -> tuple[Measure, ...]:
    """The crowds and costs that a sentence gives, at most one of a kind: where there are two, it compares them."""
    found: list[Measure] = []
    kinds: tuple[tuple[MeasureKind, tuple[re.Pattern[str], ...]], ...] = (
        ("crowd", _CROWD),
        ("cost", (*_COST, _ATTRIBUTE)),
    )
    for kind, patterns in kinds:
        values = {
            value.start: value
            for pattern in patterns
            for match in pattern.finditer(text)
            for value in values_of(text)
            if value.start <= match.start("n") < value.end
            and value.kind == ("number" if kind == "crowd" else "money")
            and not _BOUNDED.search(text[max(0, value.start - 24) : value.start])
            and _amount(value) >= LEAST[kind]
        }
        others = [
            one for one in values_of(text) if one.kind in ("number", "money") and one.start not in values
        ]
        if len(values) == 1 and not any(one.kind == next(iter(values.values())).kind for one in others):
            found.append(Measure(kind, next(iter(values.values()))))
    return tuple(found)


def measured_apart(one: Candidate, other: Candidate, days: int | None) -> tuple[Measure, Measure, str] | None:
    """A measure of each sentence that is of the same thing, and the kind of thing in a word; None if there is none.

    `days` lie between the publications; None where that is unknown, and then they count as of one day.
    """
    for mine in measures(one.focus_text):
        for theirs in measures(other.focus_text):
            if (
                mine.kind != theirs.kind
                or abs(days or 0) > DAYS_APART[mine.kind]
                or not _differ(mine, theirs)
            ):
                continue
            thing = _same_thing(one, other, mine.kind)
            if thing is not None:
                return mine, theirs, thing
    return None


def _differ(mine: Measure, theirs: Measure) -> bool:
    unit, _, _ = mine.value.normal.rpartition(" ")
    other_unit, _, _ = theirs.value.normal.rpartition(" ")
    less, more = sorted((_amount(mine.value), _amount(theirs.value)))
    return unit == other_unit and less * (1 + ROUNDING) < more <= less * MOST_TIMES[mine.kind]


def _amount(value: Value) -> float:
    try:
        return float(value.normal.rpartition(" ")[2])
    except ValueError:
        return 0.0


def _same_thing(one: Candidate, other: Candidate, kind: MeasureKind) -> str | None:
    """The word for what both articles speak of: an event or a work that is in view of both sentences, where two names
    are, too."""
    mine, theirs = _in_view(one), _in_view(other)
    shared = [term for term in mine if term.matches(frozenset().union(*(term.keys for term in theirs)))]
    kinds = _EVENTS if kind == "crowd" else _WORK_KEYS
    things = [term for term in shared if not term.is_name and term.matches(kinds)]
    names = {min(term.keys) for term in shared if term.is_name}
    return things[0].surface if things and len(names) >= NAMES_SHARED else None


def _in_view(candidate: Candidate) -> tuple[Term, ...]:
    """The words of the title and first sentences, of the sentences before, and of the sentence itself."""
    sentences = candidate.reading.analysis.sentences
    text = candidate.article.text
    prose = [n for n, one in enumerate(sentences) if not candidate.article.is_boilerplate(one.start, one.end)]
    near = range(max(0, candidate.focus - 2), candidate.focus + 1)
    found = [*terms_of(candidate.article.title or "")]
    for number in sorted({*prose[:4], *near}):
        found += terms_of(" ".join(text[sentences[number].start : sentences[number].end].split()))
    return tuple(found)


__all__ = ["Measure", "MeasureKind", "measured_apart", "measures"]
