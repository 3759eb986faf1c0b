"""What an article says of its own time: when it was published, its dateline, the days it names.

"On Wednesday" means nothing without it. An article without a publication date still dates itself where it gives a full
date, in a caption say: the year of that is lent to "April 7", and a weekday that only one of its days falls on is that
day. Such days can also be lent by another article that tells the same story (`service.timelines`).
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, replace
from datetime import date

from ingest.articles import Article
from service.calendar_days import Expression, expressions

NEAR_DAYS = 10
"""How far apart days may lie of which a weekday means one: news of one story."""
_NEARLY_A_YEAR_DAYS = 183

_DATELINE = re.compile(
    r"^[ \t]*(?P<place>[A-Z][A-Za-z.'’/ -]{1,40}(?:,[ ][A-Z][A-Za-z. ]{1,20}){0,2}?)"
    r"(?:,[ ]|[ ]\()(?P<day>(?:[A-Z][a-z]{2,8}\.?[ ]\d{1,2}|\d{1,2}[ ][A-Z][a-z]{2,8}\.?)(?:,?[ ]\d{4})?)\)?[ ]?"
    r"(?:\([^()\n]{2,40}\)[ ]?)?(?:—|–|--|-[ ])",
    re.MULTILINE,
)
"""LONDON, April 8 (Wire) —; WASHINGTON, D.C., 8 April 2024 –"""


@dataclass(frozen=True, slots=True)
class Dateline:
    """The day of a dateline as written at `text[start:end]` of its article; the dateline ends at `closes`."""

    day: date
    written: str
    start: int
    end: int
    closes: int


@dataclass(frozen=True, slots=True)
class ArticleDays:
    """The reference that an article's words for days are resolved against; None and empty where it has none.

    `day` is the dateline's or that of publication; `year` is lent to days without one when there is no `day`; `named`
    are days which the article gives in full, near each other, or with a lent year.
    """

    day: date | None = None
    year: int | None = None
    named: frozenset[date] = frozenset()
    dateline: Dateline | None = None

    @property
    def is_known(self) -> bool:
        """Whether anything can be resolved."""
        return self.day is not None or bool(self.named)

    def lent(self, other: ArticleDays) -> ArticleDays:
        """The reference of an article without one, by one that tells the same story: its days, not its own day."""
        if self.is_known:
            return self
        named = other.named | ({other.day} if other.day is not None else set())
        return replace(self, year=other.day.year if other.day is not None else other.year, named=near(named))


def article_days(article: Article) -> ArticleDays:
    """The reference of one article, from its metadata, else from its dateline and the full dates in its text."""
    published = published_day(article)
    full: Counter[date] = Counter()
    open_days: list[Expression] = []
    for found in expressions(article.text, None):
        if found.precision != "day" or found.is_range or found.same_day:
            continue
        if found.days is None:
            open_days.append(found)
        elif found.days[0] == found.days[1]:
            full[found.days[0]] += 1
    reference = published
    if reference is None and full:
        reference = min(full, key=lambda day: (-full[day], day))
    dateline = _dateline(article.text, reference)
    day = published or (dateline.day if dateline is not None else None)
    if reference is None:
        return ArticleDays()
    named = {one for one in full if abs((one - reference).days) <= NEAR_DAYS}
    for found in open_days:
        resolved = nearest(found, reference)
        if resolved is not None and resolved[0] == resolved[1]:
            named.add(resolved[0])
    if dateline is not None:
        named.add(dateline.day)
    return ArticleDays(day, reference.year, near(frozenset(named), reference), dateline)


def near(days: frozenset[date], reference: date | None = None) -> frozenset[date]:
    """Those of `days` within `NEAR_DAYS` of the reference, or of the middle one."""
    if not days:
        return days
    middle = reference or sorted(days)[len(days) // 2]
    return frozenset(day for day in days if abs((day - middle).days) <= NEAR_DAYS)


def nearest(found: Expression, reference: date) -> tuple[date, date] | None:
    """The days of an expression in the year in which they lie nearest to the reference."""
    if found.in_year is None:
        return found.days
    options = [found.in_year(year) for year in (reference.year - 1, reference.year, reference.year + 1)]
    return min(
        (days for days in options if days is not None),
        key=lambda days: abs((days[0] - reference).days),
        default=None,
    )


def _dateline(text: str, reference: date | None) -> Dateline | None:
    """The first dateline among the article's opening lines."""
    match = _DATELINE.search(text[:2000])
    if match is None:
        return None
    written = match["day"]
    for found in expressions(written, None):
        days = nearest(found, reference) if reference is not None else found.days
        if days is not None and days[0] == days[1]:
            if reference is not None and abs((days[0] - reference).days) > _NEARLY_A_YEAR_DAYS:
                return None
            return Dateline(days[0], written, match.start("day"), match.end("day"), match.end())
    return None


def published_day(article: Article) -> date | None:
    """The day of publication, as the metadata give it; what is no ISO date counts as none."""
    try:
        return date.fromisoformat(article.published_at[:10]) if article.published_at else None
    except ValueError:
        return None
