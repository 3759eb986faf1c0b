"""Which sentences of a summary have a date, and which do not. Articles that say nothing of their own time are lent the
calendar of the one that tells most of the same. Pure functions over the sentences of one summary.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from service.article_days import ArticleDays, article_days
from service.event_dates import EventDate, event_dates
from service.same_telling import Telling, same

LENDING_STATEMENTS = 2
"""Statements that an article has to share with another to be lent its calendar."""


@dataclass(frozen=True, eq=False, slots=True)
class DatedTelling:
    """A sentence that tells of `when`."""

    telling: Telling
    when: EventDate


def dated_tellings(compared: Sequence[Telling]) -> tuple[list[DatedTelling], list[Telling]]:
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
    dated: list[DatedTelling] = []
    undated: list[Telling] = []
    for one in compared:
        candidate = one.sentence.candidate
        when = dates[candidate.article.article_id].get(candidate.focus)
        if when is None:
            undated.append(one)
        else:
            dated.append(DatedTelling(one, when))
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


__all__ = ["DatedTelling", "dated_tellings"]
