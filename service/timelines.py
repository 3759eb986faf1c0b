"""A timeline: what happened when, in order, each event once, with all who tell it.

Events are chosen day by day before they are chosen day within day, as in date-wise timeline summarization (Gholipour
Ghalandari and Ifrim, "Examining the State-of-the-Art in News Timeline Summarization", ACL 2020): a second event of a
day counts half, a third a third. How much an event counts grows with how central its best sentence is and with how many
tell it. Pure functions over the sentences of one summary.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from service.article_days import ArticleDays, article_days, published_day
from service.event_dates import EventDate, event_dates
from service.same_telling import NEAR, Telling, outlet_of, same, tellings
from service.summary_sentences import SummarySentence

DEFAULT_MAX_WORDS = 150
UNDATED_SHARE = 0.25
"""Of the words, that the undated may fill beside dated events."""
PRECISION_WEIGHT = {"day": 1.0, "month": 0.6, "year": 0.35}
FAR_WEIGHT = 0.5
"""For events more than `FAR_DAYS` before their article: background."""
FAR_DAYS = 120
OUTLETS_WEIGHT = 0.5
QUOTATION_WEIGHT = 0.6
"""For sentences of which more than `QUOTED_SHARE` is quotation: they tell what was said, seldom what happened."""
QUOTED_SHARE = 0.35
DATELINE_WEIGHT = 0.7
MOST_SENTENCES = 6000
"""Of the most central ones: some seconds of one core."""
WEIGHED = 200
"""Events, weightiest first, for which undated sentences that tell the same are sought and of which are chosen."""
LENDING_STATEMENTS = 2
"""Statements that an article has to share with another to be lent its calendar."""


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


@dataclass(frozen=True, slots=True)
class Timeline:
    """Events in order of their first day, then of the more exact; and what could not be dated, most central first."""

    events: tuple[Event, ...] = ()
    undated: tuple[SummarySentence, ...] = ()


@dataclass(frozen=True, eq=False, slots=True)
class _Dated:
    telling: Telling
    when: EventDate


def timeline(sentences: Sequence[SummarySentence], max_words: int = DEFAULT_MAX_WORDS) -> Timeline:
    """The timeline of these sentences, of at most `max_words` words.

    One statement is made even if it alone is longer. Candidates of one span (`first..last`) count once.
    """
    compared = tellings(_each_once(sentences))
    if not compared:
        return Timeline()
    dated, undated = _dated(compared)
    events = sorted(
        (_event(group) for group in _merged(dated)), key=lambda event: (-event.weight, *_order(event))
    )
    events = _joined_by_undated(events[:WEIGHED], undated)
    chosen, words_left = _chosen(events, max_words)
    told = {id(sentence) for event in events for sentence in event.sentences}
    rest = [one.sentence for one in undated if id(one.sentence) not in told and _is_statement(one.sentence)][
        :WEIGHED
    ]
    room = words_left if not chosen else min(words_left, max(0, int(UNDATED_SHARE * max_words)))
    return Timeline(
        tuple(sorted(chosen, key=_order)),
        _central(rest, [event.sentence for event in chosen], room, at_least=not chosen),
    )


def _each_once(sentences: Sequence[SummarySentence]) -> list[SummarySentence]:
    """Sentences by weight, each focus once, so that what follows does not depend on the order given."""
    kept: dict[tuple[str, int], SummarySentence] = {}
    for one in sorted(
        sentences,
        key=lambda one: (-one.weight, one.candidate.article.source, one.candidate.start, one.candidate.end),
    ):
        kept.setdefault((one.candidate.article.article_id, one.candidate.focus), one)
    return list(kept.values())[:MOST_SENTENCES]


def _dated(compared: Sequence[Telling]) -> tuple[list[_Dated], list[Telling]]:
    """The sentences with a date, and those without. Articles that say nothing of their own time are lent the calendar
    of the one that tells most of the same."""
    by_article: dict[str, list[Telling]] = {}
    for one in compared:
        by_article.setdefault(one.sentence.candidate.article.article_id, []).append(one)
    days = {
        article_id: article_days(found[0].sentence.candidate.article)
        for article_id, found in by_article.items()
    }
    dates = {
        article_id: event_dates(found[0].sentence.candidate.reading, _lent(article_id, by_article, days))
        for article_id, found in by_article.items()
    }
    dated: list[_Dated] = []
    undated: list[Telling] = []
    for one in compared:
        candidate = one.sentence.candidate
        when = dates[candidate.article.article_id].get(candidate.focus)
        if when is None:
            undated.append(one)
        else:
            dated.append(_Dated(one, when))
    return dated, undated


def _lent(article_id: str, by_article: dict[str, list[Telling]], days: dict[str, ArticleDays]) -> ArticleDays:
    own = days[article_id]
    if own.is_known:
        return own
    shared = {
        other: sum(
            any(same(one, theirs, same_day=True) for theirs in by_article[other])
            for one in by_article[article_id]
        )
        for other in sorted(days)
        if days[other].is_known
    }
    best = max(shared, key=lambda other: shared[other], default=None)
    if best is None or shared[best] < LENDING_STATEMENTS:
        return own
    return own.lent(days[best])


def _merged(dated: Sequence[_Dated]) -> list[list[_Dated]]:
    """Sentences that tell one event together: all of one day, each the same as the first of them; then those that give
    only a week, month or year, with an event in it that they tell."""
    groups: list[list[_Dated]] = []
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


def _tells(head: _Dated, one: _Dated) -> bool:
    if one.telling.sentence.group == head.telling.sentence.group:
        return _is_copy(head, one)
    exact = one.when.is_day and one.when.start == head.when.start and head.when.is_day
    return same(head.telling, one.telling, same_day=exact)


def _is_copy(head: _Dated, one: _Dated) -> bool:
    """The same sentence in a near-copy."""
    mine, theirs = head.telling.text.split(), one.telling.text.split()
    different = head.telling.sentence.candidate.article is not one.telling.sentence.candidate.article
    return different and mine[-8:] == theirs[-8:]


def _is_next_day(one: _Dated, head: _Dated) -> bool:
    """Whether the two name neighbouring days and one of them only by its dateline, which may be a day late."""
    apart = abs((one.when.start - head.when.start).days)
    return one.when.is_day and head.when.is_day and apart == 1 and not (one.when.own and head.when.own)


def _event(group: Sequence[_Dated]) -> Event:
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


def _joined_by_undated(events: Sequence[Event], undated: Sequence[Telling]) -> list[Event]:
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


def _chosen(events: Sequence[Event], max_words: int) -> tuple[list[Event], int]:
    """The events that fit, weightiest first, where the n-th of a day counts one n-th; and the words that are left."""
    chosen: list[Event] = []
    days: dict[str, int] = {}
    left = max_words
    waiting = list(events)
    while waiting:
        best = max(
            waiting,
            key=lambda event: (
                event.weight / (1 + days.get(event.when.iso, 0)),
                event.when.is_day,
                -event.when.start.toordinal(),
            ),
        )
        waiting.remove(best)
        length = _words(best.sentence)
        if length > left and chosen:
            continue
        if any(_overlap(best.sentence, other.sentence) for other in chosen):
            continue
        chosen.append(best)
        left -= length
        days[best.when.iso] = days.get(best.when.iso, 0) + 1
    return chosen, max(0, left)


def _central(
    rest: Sequence[SummarySentence], told: Sequence[SummarySentence], room: int, *, at_least: bool
) -> tuple[SummarySentence, ...]:
    """The most central of `rest` within `room` words, none telling what another or an event tells."""
    kept: list[SummarySentence] = []
    compared = {id(one.sentence): one for one in tellings([*rest, *told])} if rest else {}
    for one in sorted(rest, key=lambda one: (-one.weight, one.candidate.article.source, one.candidate.start)):
        length = _words(one)
        if length > room and not (at_least and not kept):
            continue
        others = [*kept, *told]
        if any(_overlap(one, other) or _repeats(compared[id(one)], compared[id(other)]) for other in others):
            continue
        kept.append(one)
        room -= length
        if room < 8:
            break
    return tuple(kept)


def _repeats(one: Telling, other: Telling) -> bool:
    return (one.sentence.group == other.sentence.group and one.text == other.text) or same(one, other)


def _overlap(one: SummarySentence, other: SummarySentence) -> bool:
    left, right = one.candidate, other.candidate
    return (
        left.article.article_id == right.article.article_id
        and left.start < right.end
        and right.start < left.end
    )


def _quoted_share(sentence: SummarySentence) -> float:
    """The share of its characters that is direct quotation."""
    candidate = sentence.candidate
    quoted = sum(
        max(0, min(one.end, candidate.end) - max(one.start, candidate.start))
        for one in candidate.quotations
        if one.kind == "direct"
    )
    return quoted / max(1, candidate.end - candidate.start)


def _is_statement(sentence: SummarySentence) -> bool:
    """Whether it ends like a sentence: subheadings do not."""
    return any(mark in sentence.candidate.text[-3:] for mark in ".?!")


def _words(sentence: SummarySentence) -> int:
    return len(sentence.candidate.text.split())


def _order(event: Event) -> tuple[object, ...]:
    when, candidate = event.when, event.sentence.candidate
    return (when.start, when.end, candidate.article.source, candidate.start)
