"""The events of a timeline: dated sentences that tell the same gathered into one, and how much each counts.

How much an event counts grows with how central its best sentence is and with how many tell it. Pure functions over the
sentences of one summary.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from service.article_days import published_day
from service.event_dates import EventDate
from service.same_telling import NEAR, Telling, outlet_of, same, tellings
from service.summary_sentences import SummarySentence
from service.timeline_dates import DatedTelling

PRECISION_WEIGHT = {"day": 1.0, "month": 0.6, "year": 0.35}
FAR_WEIGHT = 0.5
"""For events more than `FAR_DAYS` before their article: background."""
FAR_DAYS = 120
OUTLETS_WEIGHT = 0.5
QUOTATION_WEIGHT = 0.6
"""For sentences of which more than `QUOTED_SHARE` is quotation: they tell what was said, seldom what happened."""
QUOTED_SHARE = 0.35
DATELINE_WEIGHT = 0.7


@dataclass(frozen=True, eq=False, slots=True)
class Event:
    """Something that happened at `when`: the sentence that tells it, and those of others that tell the same."""

    when: EventDate
    sentence: SummarySentence
    also: tuple[SummarySentence, ...]
    weight: float

    @property
    def sentences(self) -> tuple[SummarySentence, ...]:
        """All that tell it, the one to show first; one a story, since near-copies tell it once."""
        return (self.sentence, *self.also)


def gathered(dated: Sequence[DatedTelling]) -> list[list[DatedTelling]]:
    """Sentences that tell one event together: all of one day, each the same as the first of them; then those that give
    only a week, month or year, with an event in it that they tell."""
    groups: list[list[DatedTelling]] = []
    for one in sorted(dated, key=lambda one: (one.when.end - one.when.start).days):
        for group in groups:
            head = group[0]
            if not (one.when.includes(head.when) or _is_next_day(one, head)):
                continue
            if _tells(head, one):
                group.append(one)
                break
        else:
            groups.append([one])
    return groups


def _tells(head: DatedTelling, one: DatedTelling) -> bool:
    if one.telling.sentence.group == head.telling.sentence.group:
        return _is_copy(head, one)
    exact = one.when.is_day and one.when.start == head.when.start and head.when.is_day
    return same(head.telling, one.telling, same_day=exact)


def _is_copy(head: DatedTelling, one: DatedTelling) -> bool:
    """The same sentence in a near-copy."""
    mine, theirs = head.telling.text.split(), one.telling.text.split()
    different = head.telling.sentence.candidate.article is not one.telling.sentence.candidate.article
    return different and mine[-8:] == theirs[-8:]


def _is_next_day(one: DatedTelling, head: DatedTelling) -> bool:
    """Whether the two name neighbouring days and one of them only by its dateline, which may be a day late."""
    apart = abs((one.when.start - head.when.start).days)
    return one.when.is_day and head.when.is_day and apart == 1 and not (one.when.own and head.when.own)


def event_of(group: Sequence[DatedTelling]) -> Event:
    """The event that a group tells, by its most central sentence; one more sentence for each other story."""
    exact = min(
        group,
        key=lambda one: (
            (one.when.end - one.when.start).days,
            not one.when.own,
            -one.telling.sentence.weight,
        ),
    )
    fitting = [one for one in group if one.when.iso == exact.when.iso]
    best = max(fitting, key=lambda one: _weighed(one.when, one.telling.sentence, ()).weight)
    also: dict[str, SummarySentence] = {}
    for one in group:
        also.setdefault(one.telling.sentence.group, one.telling.sentence)
    also.pop(best.telling.sentence.group, None)
    return _weighed(best.when, best.telling.sentence, tuple(also.values()))


def _weighed(when: EventDate, sentence: SummarySentence, also: tuple[SummarySentence, ...]) -> Event:
    outlets = len({outlet_of(one) for one in (sentence, *also)})
    weight = sentence.weight + OUTLETS_WEIGHT * math.log2(outlets)
    weight = (
        max(weight, 0.05)
        * PRECISION_WEIGHT[when.precision if when.is_day or when.precision != "day" else "month"]
    )
    if _quoted_share(sentence) > QUOTED_SHARE:
        weight *= QUOTATION_WEIGHT
    if not when.own:
        weight *= DATELINE_WEIGHT
    published = published_day(sentence.candidate.article)
    if published is not None and (published - when.end).days > FAR_DAYS:
        weight *= FAR_WEIGHT
    return Event(when, sentence, also, weight)


def joined_by_undated(events: Sequence[Event], undated: Sequence[Telling]) -> list[Event]:
    """Each event with a sentence of each further outlet that tells the same without saying when."""
    if not undated:
        return list(events)
    compared = tellings([*(event.sentence for event in events), *(one.sentence for one in undated)])
    heads, others = compared[: len(events)], compared[len(events) :]
    theirs = np.stack([one.sentence.vector for one in others])
    joined = []
    taken: set[int] = set()
    for event, head in zip(events, heads, strict=True):
        stories = {one.group for one in event.sentences}
        outlets = {outlet_of(one) for one in event.sentences}
        also = list(event.also)
        for place in np.flatnonzero(theirs @ event.sentence.vector >= NEAR).tolist():
            one = others[place]
            if one.sentence.group in stories or outlet_of(one.sentence) in outlets or place in taken:
                continue
            if same(head, one):
                also.append(one.sentence)
                outlets.add(outlet_of(one.sentence))
                stories.add(one.sentence.group)
                taken.add(place)
        joined.append(_weighed(event.when, event.sentence, tuple(also)))
    return joined


def _quoted_share(sentence: SummarySentence) -> float:
    """The share of its characters that is direct quotation."""
    candidate = sentence.candidate
    quoted = sum(
        max(0, min(one.end, candidate.end) - max(one.start, candidate.start))
        for one in candidate.quotations
        if one.kind == "direct"
    )
    return quoted / max(1, candidate.end - candidate.start)


__all__ = ["Event", "event_of", "gathered", "joined_by_undated"]
