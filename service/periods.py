"""The dates and periods that a question names, as calendar days.

"Published on October 22, 2023", "since March", "between 3 and 9 October", "last week": each becomes a first and a last
day, and which side of them is meant. Nothing reads a clock: relative words and dates without a year are resolved
against `today`, for which an archive's newest date is the honest choice, and stay unread without it.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Literal

from service import period_patterns as patterns
from service.calendar_days import Days, Expression, Precision, expressions

Relation = Literal["in", "before", "after", "between"]


@dataclass(frozen=True, slots=True)
class Period:
    """The days `start` to `end`, both included, which `words` at `text[span[0]:span[1]]` name.

    With `relation` "before" or "after" the question means what lies on that side of those days, and the days
    themselves only if `inclusive` ("since", "until", "by"). `precision` is that of the words. `moment` is the time of
    day that a timestamp adds, taken as UTC where it names no offset. `year_given` says that the question names the
    year; otherwise it was lent by another date in the question or by `today`.
    """

    start: date
    end: date
    words: str
    span: tuple[int, int]
    relation: Relation = "in"
    precision: Precision = "day"
    inclusive: bool = True
    moment: datetime | None = None
    year_given: bool = True


def periods(text: str, today: date | None) -> tuple[Period, ...]:
    """Every date and period that `text` names, in order. `today` is the day that "last week" is said on; None leaves
    out whatever needs it."""
    found = list(expressions(text, today))
    if not found:
        return ()
    read: list[Period] = []
    index = 0
    while index < len(found):
        one = found[index]
        other = found[index + 1] if index + 1 < len(found) else None
        if other is not None and _is_range(text, one, other):
            period = _ranging(text, found, index, today)
            index += 1
        else:
            period = _single(text, found, index, today, read)
        if period is not None:
            read.append(period)
        index += 1
    return tuple(read)


def matches(period: Period, published_at_iso: str | None) -> bool:
    """Whether an article of that date lies in what the question means. A period with a `moment` matches its whole
    day, or what lies before or after the moment. Without a date nothing matches."""
    day = _day(published_at_iso)
    if day is None:
        return False
    if period.relation in ("in", "between"):
        return period.start <= day <= period.end
    if period.moment is not None and day == period.start:
        published = _instant(published_at_iso)
        if published is not None:
            before = published < period.moment if period.relation == "before" else published > period.moment
            return before or (period.inclusive and published == period.moment)
    if period.relation == "before":
        return day <= period.end if period.inclusive else day < period.start
    return day >= period.start if period.inclusive else day > period.end


def distance_days(period: Period, published_at_iso: str | None) -> float:
    """How far an article of that date lies from what the question means: 0 where it matches, else the days to the
    nearest day that does, and infinity without a date. A date "in" a period with a `moment` is measured to that moment
    in fractions of a day, so that two articles of one day can be told apart."""
    day = _day(published_at_iso)
    if day is None:
        return math.inf
    if period.moment is not None and period.relation == "in":
        published = _instant(published_at_iso)
        if published is not None:
            return abs((published - period.moment) / timedelta(days=1))
    if matches(period, published_at_iso):
        return 0.0
    if period.relation in ("in", "between"):
        return float((period.start - day).days if day < period.start else (day - period.end).days)
    if period.relation == "before":
        nearest = period.end if period.inclusive else period.start - timedelta(days=1)
    else:
        nearest = period.start if period.inclusive else period.end + timedelta(days=1)
    return float(abs((nearest - day).days))


def _is_range(text: str, one: Expression, other: Expression) -> bool:
    """ "September to December 2023", "between May 3 and June 7"."""
    if one.is_range or other.is_range or one.same_day or other.same_day:
        return False
    if patterns.TO.fullmatch(text, one.end, other.start):
        return True
    between = patterns.BETWEEN.search(text[: one.start][-16:])
    return between is not None and patterns.AND.fullmatch(text, one.end, other.start) is not None


def _ranging(text: str, found: Sequence[Expression], index: int, today: date | None) -> Period | None:
    one, other = found[index], found[index + 1]
    last = _resolved(found, index + 1, today, skip=index)
    if one.in_year is not None and last is not None:
        first = one.in_year(last[0].year)
        if first is None or first[0] > last[1]:
            first = one.in_year(last[0].year - 1)
    else:
        first = _resolved(found, index, today)
    if other.in_year is not None and one.in_year is None and first is not None:
        last = other.in_year(first[0].year)
        if last is None or last[1] < first[0]:
            last = other.in_year(first[0].year + 1)
    if first is None or last is None:
        return None
    return Period(
        min(first[0], last[0]),
        max(first[1], last[1]),
        text[one.start : other.end],
        (one.start, other.end),
        "between",
        one.precision if one.precision != "year" else other.precision,
        year_given=one.in_year is None or other.in_year is None,
    )


def _single(
    text: str, found: Sequence[Expression], index: int, today: date | None, read: Sequence[Period]
) -> Period | None:
    one = found[index]
    if one.same_day:
        days = (read[-1].start, read[-1].end) if read and read[-1].start == read[-1].end else None
    else:
        days = _resolved(found, index, today)
    if days is None:
        return None
    start, end, moment = one.start, one.end, None
    if one.precision == "day" and days[0] == days[1]:
        after = patterns.TIME_AFTER.match(text, end)
        before = None if after else patterns.TIME_BEFORE.search(text[:start][-48:])
        clock = after or before
        moment = _moment(days[0], clock) if clock else None
        if moment is not None and after is not None:
            end = after.end()
        elif moment is not None and before is not None:
            start -= len(text[:start][-48:]) - before.start()
    relation, inclusive = _relation(text, start, end)
    if one.is_range and relation == "in":
        relation = "between"
    year_given = one.in_year is None
    return Period(
        *days, text[start:end], (start, end), relation, one.precision, inclusive, moment, year_given
    )


def _relation(text: str, start: int, end: int) -> tuple[Relation, bool]:
    """Which side of the date is meant, and whether the date itself belongs to it."""
    lead = text[:start][-24:]
    before = patterns.BEFORE.search(lead)
    if before or patterns.OR_EARLIER.match(text, end):
        return "before", before is None or _cue(before) not in patterns.EXCLUSIVE
    after, onwards = patterns.AFTER.search(lead), patterns.ONWARDS.match(text, end)
    if after is None:
        on = onwards is not None and onwards.group().strip(" ,").lower() != "on"
        return ("after", True) if on else ("in", True)
    if _cue(after) == "from" and onwards is None:
        return "in", True
    return "after", onwards is not None or _cue(after) not in patterns.EXCLUSIVE


def _cue(match: re.Match[str]) -> str:
    return " ".join(match["cue"].lower().split())


def _resolved(
    found: Sequence[Expression], index: int, today: date | None, skip: int | None = None
) -> Days | None:
    """The days of an expression; one without a year takes that of the next date of the text that has one, else of the
    one before it, else the latest year in which it had begun by `today`."""
    one = found[index]
    if one.in_year is None:
        return one.days
    lenders = [*found[index + 1 :], *reversed(found[:index])]
    for lender in lenders:
        if (
            lender.days is not None
            and lender.month is not None
            and (skip is None or lender is not found[skip])
        ):
            return one.in_year(lender.days[0].year)
    return one.latest(today) if today is not None else None


def _moment(day: date, clock: re.Match[str]) -> datetime | None:
    hour, half = int(clock["hour"]), (clock["half"] or "").lower()
    if half:
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + 12 * half.startswith("p")
    zone = UTC
    written = (clock["zone"] or "").replace(":", "")
    if written[:1] in ("+", "-"):
        offset = timedelta(hours=int(written[1:3]), minutes=int(written[3:5]))
        if offset >= timedelta(days=1):
            return None
        zone = timezone(offset if written[0] == "+" else -offset)
    return datetime(
        day.year, day.month, day.day, hour, int(clock["minute"]), int(clock["second"] or 0), tzinfo=zone
    )


def _day(published_at_iso: str | None) -> date | None:
    """The calendar day as published; what is no ISO date counts as none."""
    try:
        return date.fromisoformat(published_at_iso[:10]) if published_at_iso else None
    except ValueError:
        return None


def _instant(published_at_iso: str | None) -> datetime | None:
    """The moment of publication, if a time of day is known; without an offset, UTC."""
    if published_at_iso is None or len(published_at_iso) <= len("2023-10-22"):
        return None
    try:
        instant = datetime.fromisoformat(published_at_iso)
    except ValueError:
        return None
    return instant if instant.tzinfo is not None else instant.replace(tzinfo=UTC)


__all__ = ["Period", "Precision", "Relation", "distance_days", "matches", "periods"]
