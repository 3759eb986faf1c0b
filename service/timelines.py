"""A timeline: what happened when, in order, each event once, with all who tell it.

Events are chosen day by day before they are chosen day within day, as in date-wise timeline summarization (Gholipour
Ghalandari and Ifrim, "Examining the State-of-the-Art in News Timeline Summarization", ACL 2020): a second event of a
day counts half, a third a third. `service.timeline_dates` finds what is dated, `service.timeline_events` what tells one
event. Pure functions over the sentences of one summary.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from service.same_telling import Telling, same, tellings
from service.summary_sentences import SummarySentence
from service.timeline_dates import dated_tellings
from service.timeline_events import Event, event_of, gathered, joined_by_undated

DEFAULT_MAX_WORDS = 150
UNDATED_SHARE = 0.25
"""Of the words, that the undated may fill beside dated events."""
MOST_SENTENCES = 6000
"""Of the most central ones: some seconds of one core."""
WEIGHED = 200
"""Events, weightiest first, for which undated sentences that tell the same are sought and of which are chosen."""


@dataclass(frozen=True, slots=True)
class Timeline:
    """Events in order of their first day, then of the more exact; and what could not be dated, most central first."""

    events: tuple[Event, ...] = ()
    undated: tuple[SummarySentence, ...] = ()


def timeline(sentences: Sequence[SummarySentence], max_words: int = DEFAULT_MAX_WORDS) -> Timeline:
    """The timeline of these sentences, of at most `max_words` words.

    One statement is made even if it alone is longer. Candidates of one span (`first..last`) count once.
    """
    compared = tellings(_each_once(sentences))
    if not compared:
        return Timeline()
    dated, undated = dated_tellings(compared)
    events = sorted(
        (event_of(group) for group in gathered(dated)), key=lambda event: (-event.weight, *_order(event))
    )
    events = joined_by_undated(events[:WEIGHED], undated)
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


def _is_statement(sentence: SummarySentence) -> bool:
    """Whether it ends like a sentence: subheadings do not."""
    return any(mark in sentence.candidate.text[-3:] for mark in ".?!")


def _words(sentence: SummarySentence) -> int:
    return len(sentence.candidate.text.split())


def _order(event: Event) -> tuple[object, ...]:
    when, candidate = event.when, event.sentence.candidate
    return (when.start, when.end, candidate.article.source, candidate.start)
