"""Where the sentences of a summary cannot all be right, and whose words they are.

Two kinds: figures for the same thing that differ, told in the same words (`service.conflict_values`) or in others
(`service.conflict_measures`), and what one source states as settled
while others say that it is only explored, possible or denied (`service.conflict_certainty`). A false disagreement is
worse than a missed one. Pure functions over the sentences of one summary.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

import numpy as np

from service.conflict_certainty import Settled, is_open, leaves_open, settled
from service.conflict_measures import measured_apart, measures
from service.conflict_values import counts, differing_figures
from service.same_telling import Telling, outlet_of, same, tellings
from service.summary_sentences import SummarySentence

MOST_SENTENCES = 1500
"""Of the most central ones; every pair of them is looked at."""
NEAR_FOR_CERTAINTY = 0.6
NEAR_FOR_FIGURES = 0.6
FEW_DAYS = 2
"""Days between two articles within which a count is not expected to have changed."""
LEAST_NAMES = 1

Kind = Literal["figure", "certainty"]


@dataclass(frozen=True, eq=False, slots=True)
class ConflictSide:
    """One side: the sentence that says it, and those of other outlets that say the same."""

    sentence: SummarySentence
    also: tuple[SummarySentence, ...] = ()

    @property
    def outlets(self) -> tuple[str, ...]:
        """Who says so."""
        return tuple(outlet_of(one) for one in (self.sentence, *self.also))


@dataclass(frozen=True, eq=False, slots=True)
class Conflict:
    """Sides that cannot all be right. `about` is in words of the first side. For "certainty" the first side is that
    which states it as settled."""

    kind: Kind
    about: str
    sides: tuple[ConflictSide, ...]


def conflicts(sentences: Sequence[SummarySentence]) -> tuple[Conflict, ...]:
    """The disagreements among sentences of different stories and outlets, those of the most central sentences first.

    A sentence takes part in one of them at most.
    """
    ordered = sorted(
        sentences,
        key=lambda one: (-one.weight, one.candidate.article.source, one.candidate.start, one.candidate.focus),
    )[:MOST_SENTENCES]
    if len({one.group for one in ordered}) < 2:
        return ()
    compared = tellings(ordered)
    found: list[Conflict] = []
    said: set[SummarySentence] = set()
    for conflict in (*_certainty(compared), *_figures(compared), *_measures(compared)):
        mine = {one for side in conflict.sides for one in (side.sentence, *side.also)}
        if mine.isdisjoint(said):
            said |= mine
            found.append(conflict)
    return tuple(found)


def _figures(compared: Sequence[Telling]) -> Iterator[Conflict]:
    counting = [one for one in compared if counts(one.text)]
    for left, right in _pairs(counting, counting, NEAR_FOR_FIGURES):
        if not _names_agree(left, right):
            continue
        apart = _days_apart(left.sentence, right.sentence)
        if apart is not None and abs(apart) > FEW_DAYS:
            continue
        if differing_figures(left.text, right.text) is None:
            continue
        about = ", ".join(dict.fromkeys(term.surface for term in left.terms if term.matches(right.keys)))
        yield Conflict("figure", about, (_side(left, right, compared), _side(right, left, compared)))


def _measures(compared: Sequence[Telling]) -> Iterator[Conflict]:
    measuring = [one for one in compared if measures(one.text)]
    for place, left in enumerate(measuring):
        for right in measuring[place + 1 :]:
            if not _apart(left, right):
                continue
            days = _days_apart(left.sentence, right.sentence)
            found = measured_apart(left.sentence.candidate, right.sentence.candidate, days)
            if found is not None:
                mine, _, thing = found
                about = f"{thing}, {left.text[mine.value.start : mine.value.end]}"
                yield Conflict("figure", about, (_side(left, right, compared), _side(right, left, compared)))


def _certainty(compared: Sequence[Telling]) -> Iterator[Conflict]:
    for claim, open_one in _pairs(
        compared, [one for one in compared if is_open(one.text)], NEAR_FOR_CERTAINTY
    ):
        apart = _days_apart(claim.sentence, open_one.sentence)
        if apart is not None and apart > 0:  # what was possible then may have been done since
            continue
        about = settled(claim, open_one)
        if about is not None:
            sides = (_side(claim, open_one, compared), _open_side(open_one, claim, about, compared))
            yield Conflict("certainty", claim.text[about.start : about.end], sides)


def _pairs(
    compared: Sequence[Telling], others: Sequence[Telling], near: float
) -> Iterator[tuple[Telling, Telling]]:
    """Pairs of near sentences of different stories and outlets, in the order of the former; of one list, each once."""
    if not compared or not others:
        return
    vectors = np.stack([one.sentence.vector for one in others])
    for place, left in enumerate(compared):
        first = place + 1 if compared is others else 0
        for other in (np.flatnonzero(vectors[first:] @ left.sentence.vector >= near) + first).tolist():
            right = others[other]
            if _apart(left, right):
                yield left, right


def _apart(left: Telling, right: Telling) -> bool:
    """Whether the two are of different stories and outlets."""
    return left.sentence.group != right.sentence.group and outlet_of(left.sentence) != outlet_of(
        right.sentence
    )


def _side(one: Telling, against: Telling, compared: Sequence[Telling]) -> ConflictSide:
    """The sentence, and one of each other outlet that tells the same, figures included."""
    also: dict[str, SummarySentence] = {}
    taken = {one.sentence.group, against.sentence.group}
    for other in compared:
        if other.sentence.group not in taken and same(one, other) and not same(against, other):
            also.setdefault(outlet_of(other.sentence), other.sentence)
            taken.add(other.sentence.group)
    return ConflictSide(one.sentence, tuple(also.values()))


def _open_side(one: Telling, claim: Telling, about: Settled, compared: Sequence[Telling]) -> ConflictSide:
    """The sentence that leaves it open, and one of each other outlet that does so with the same names."""
    taken = {one.sentence.group, claim.sentence.group}
    also: dict[str, SummarySentence] = {}
    for other in compared:
        if other.sentence.group in taken or not is_open(other.text):
            continue
        names = {term.keys for term in one.terms if term.is_name and term.matches(other.keys)}
        if len(names) >= 2 and leaves_open(about.verb, other):
            also.setdefault(outlet_of(other.sentence), other.sentence)
            taken.add(other.sentence.group)
    return ConflictSide(one.sentence, tuple(also.values()))


def _names_agree(left: Telling, right: Telling) -> bool:
    """Whether the two name something in common, and not each something that the other does not."""
    shared = sum(term.is_name and term.matches(right.keys) for term in left.terms)
    if shared < LEAST_NAMES:
        return False
    return not (_own_names(left, right) and _own_names(right, left))


def _own_names(one: Telling, other: Telling) -> bool:
    return any(term.is_name and not term.matches(other.keys) for term in one.terms)


def _days_apart(one: SummarySentence, other: SummarySentence) -> int | None:
    """Days from the publication of `other` to that of `one`; None where either is unknown."""
    if not one.published_at or not other.published_at:
        return None
    try:
        return (date.fromisoformat(one.published_at[:10]) - date.fromisoformat(other.published_at[:10])).days
    except ValueError:
        return None
