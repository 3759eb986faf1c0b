"""What one expression of a date means, as calendar days: "mid-October", "Q3 2023", "last week", "two days ago".

`service.periods` reads whole questions with it.
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from ingest.publication_dates import MONTHS
from service import period_patterns as patterns

Precision = Literal["day", "month", "year"]
Days = tuple[date, date]

_FURTHEST_LEAP_YEARS = 9
"""Years back in which every day of a month occurs: 1896 to 1904 had no 29 February between them."""


@dataclass(frozen=True, slots=True)
class Expression:
    """A date as written at `text[start:end]`. Either `days` are known, or `in_year` gives them for a year.

    `month` is that of the first day where the words name one, so that years can be lent to it; `is_range` that the
    words alone name two ends.
    """

    start: int
    end: int
    precision: Precision
    days: Days | None = None
    in_year: Callable[[int], Days | None] | None = None
    month: int | None = None
    is_range: bool = False
    same_day: bool = False

    def latest(self, today: date) -> Days | None:
        """The days of the latest year in which they had begun by `today`."""
        if self.in_year is None:
            return self.days
        for year in range(today.year, max(0, today.year - _FURTHEST_LEAP_YEARS), -1):
            days = self.in_year(year)
            if days is not None and days[0] <= today:
                return days
        return None


def expressions(text: str, today: date | None) -> Iterator[Expression]:
    """Every expression of a date in `text`, in order; those that need `today` are left out without it."""
    for match in patterns.EXPRESSION.finditer(text):
        try:
            found = _read(text, match, today)
        except (ValueError, OverflowError):  # 31 February; 900 years before the year 100
            found = None
        if found is not None:
            yield found


def _read(text: str, match: re.Match[str], today: date | None) -> Expression | None:
    given = {name: value for name, value in match.groupdict().items() if value is not None}
    start, end = match.span()
    if "iso" in given:
        day = date.fromisoformat(given["iso"].replace("/", "-"))
        return Expression(start, end, "day", (day, day), month=day.month)
    if "same" in given:
        return Expression(start, end, "day", same_day=True)
    for month in ("month", "month_a", "month_b", "month_c"):
        if month in given:
            return _of_month(text, match, given, month[5:])
    if "bare" in given:
        return _of_year(text, match, given)
    if "year_d" in given:
        quarter = int(given.get("quarter") or patterns.ORDINALS[given["nth_quarter"].lower()])
        return Expression(start, end, "month", months(int(given["year_d"]), 3 * quarter - 2, 3))
    if "year_e" in given:
        half = int(given.get("half") or patterns.ORDINALS[given["nth_half"].lower()])
        return Expression(start, end, "month", months(int(given["year_e"]), 6 * half - 5, 6))
    if "year_f" in given:
        first = patterns.SEASONS[given["season"].lower()]
        return Expression(start, end, "month", months(int(given["year_f"]), first, 3))
    if today is None or _in_a_name(text, start):
        return None
    precision, days = _relative({name: value.lower() for name, value in given.items()}, today)
    return Expression(start, end, precision, days)


def _in_a_name(text: str, start: int) -> bool:
    """A capital within a sentence: "Today" in "Business Today" says nothing of a day."""
    before = text[:start].rstrip(" \t\n\"'“‘(")
    return text[start].isupper() and bool(before) and before[-1] not in ".?!:…"


def _of_month(text: str, match: re.Match[str], given: dict[str, str], form: str) -> Expression | None:
    written = given["month" + form].rstrip(".")
    month, year = MONTHS[written.lower()], given.get("year" + form)
    day, till = given.get("day" + form), given.get("till" + form)
    part = _part(given)
    before, end = text[: match.start()][-24:], match.end()
    if (
        given["month" + form].endswith(".")
        and end == match.end("month" + form)
        and not text[end:].strip(" \"'”’")
    ):
        end -= 1  # the full stop of the sentence
    if day is None and year is None and not part and "week" not in given:
        sure = month in patterns.MONTHS_THAT_ARE_NAMES and not patterns.MONTH_FOLLOWS.match(text, end)
        cue = patterns.SURE_MONTH_CUE if sure else patterns.MONTH_CUE
        if not cue.search(before) and not (text[end : end + 2] in ("'s", "’s") and written[0].isupper()):
            return None
    if year is None and written in patterns.VERBS and not form and not part:
        ordinal = day is not None and not day.isdigit()
        if not ordinal and day is not None and not patterns.DAY_CUE.search(before):
            return None

    def in_year(of: int) -> Days | None:
        try:
            return _days_in(of, month, day, till, part, "week" in given)
        except ValueError:
            return None

    precision: Precision = "day" if day or part or "week" in given else "month"
    days = in_year(int(year)) if year else None
    if year and days is None:
        return None
    return Expression(
        match.start(), end, precision, days, None if year else in_year, month, is_range=till is not None
    )


def _of_year(text: str, match: re.Match[str], given: dict[str, str]) -> Expression | None:
    start, end = match.span()
    part, year, till = _part(given), int(given["bare"]), given.get("bare_till")
    if "week" in given or patterns.COUNTED.match(text, end):
        return None
    lead = text[:start].rstrip()
    alone = (not lead or lead[-1] in ",(") and patterns.YEAR_ALONE_AFTER.match(text, end)
    if not (part or alone or patterns.YEAR_CUE.search(text[:start][-16:])):
        return None
    if till is not None:
        days = (date(year, 1, 1), date(int(till), 12, 31))
        return Expression(start, end, "year", days, is_range=True) if days[0] < days[1] else None
    if not part:
        return Expression(start, end, "year", months(year, 1, 12))
    return Expression(start, end, "month", months(year, {"early": 1, "mid": 5, "late": 9}[part], 4))


def _part(given: dict[str, str]) -> str:
    """ "early", "mid", "late" or "": a third of a month or a year."""
    word = (given.get("part") or given.get("part_of") or "").lower()
    return {"beginning": "early", "start": "early", "middle": "mid", "end": "late"}.get(word, word)


def _days_in(year: int, month: int, day: str | None, till: str | None, part: str, week: bool) -> Days:
    if day is None:
        first, last = months(year, month, 1)
        if week:
            return first, first + timedelta(days=6)
        edges = {"early": (1, 10), "mid": (11, 20), "late": (21, last.day)}.get(part, (1, last.day))
        return first.replace(day=edges[0]), first.replace(day=edges[1])
    first = date(year, month, _number(day))
    if week:
        monday = first - timedelta(days=first.weekday())
        return monday, monday + timedelta(days=6)
    last = first if till is None else date(year, month, _number(till))
    if last < first:
        raise ValueError("the range ends before it begins")
    return first, last


def _number(day: str) -> int:
    return int(day.rstrip("stndrhSTNDRH"))


def months(year: int, first: int, count: int) -> Days:
    """The days of `count` months from month `first` (1..12) of `year` on."""
    index = year * 12 + first - 1 + count - 1
    last_year, last_month = divmod(index, 12)
    length = calendar.monthrange(last_year, last_month + 1)[1]
    return date(year, first, 1), date(last_year, last_month + 1, length)


def _months_before(day: date, count: int) -> date:
    """The same day `count` months earlier, or the last day of that month."""
    year, month = divmod(day.year * 12 + day.month - 1 - count, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def _relative(given: dict[str, str], today: date) -> tuple[Precision, Days]:
    if "now" in given:
        day = today - timedelta(days=given["now"].startswith(("yesterday", "last")))
        return "day", (day, day)
    if "count" in given:
        return "day", (_back(today, _count(given["count"]), given["unit"].rstrip("s")), today)
    if "ago" in given:
        return _ago(today, _count(given["ago"]), given["unit_ago"].rstrip("s"))
    which = "past" if given["which"].startswith("this ") else given["which"]
    if "named_month" in given:
        month = MONTHS[given["named_month"].rstrip(".")]
        found = [months(year, month, 1) for year in (today.year, today.year - 1)]
        ended = next(days for days in found if days[1] < today)
        return "month", found[0] if which == "this" else ended
    if "named_season" in given:
        return "month", _season(today, patterns.SEASONS[given["named_season"]], which)
    if "weekday" in given:
        wanted = patterns.WEEKDAYS.index(given["weekday"])
        back = (today.weekday() - wanted) % 7 or 7
        ahead = today + timedelta(days=wanted - today.weekday())
        day = ahead if which == "this" else today - timedelta(days=back)
        return "day", (day, day)
    return _one(today, which, given["one"])


def _season(today: date, first: int, which: str) -> Days:
    found = [months(year, first, 3) for year in (today.year + 1, today.year, today.year - 1, today.year - 2)]
    if which == "this":
        return next((days for days in found if days[0] <= today <= days[1]), found[1])
    return next(days for days in found if days[1] < today)


def _one(today: date, which: str, unit: str) -> tuple[Precision, Days]:
    """ "last week" is the calendar week before this one, "the past week" the seven days up to today."""
    earlier = which == "last"
    if which == "past" and unit != "weekend":
        return "day", (_back(today, 1, unit), today)
    if unit in ("week", "weekend"):
        monday = today - timedelta(days=today.weekday())
        ended = unit == "weekend" and today.weekday() == 6 and which != "this"
        monday -= timedelta(weeks=int((earlier or which == "past") and not ended))
        return "day", (monday + timedelta(days=5 if unit == "weekend" else 0), monday + timedelta(days=6))
    if unit == "year":
        return "year", months(today.year - earlier, 1, 12)
    length = 3 if unit == "quarter" else 1
    first = today.replace(day=1, month=(today.month - 1) // length * length + 1)
    first = _months_before(first, length) if earlier else first
    return "month", months(first.year, first.month, length)


def _back(today: date, count: int, unit: str) -> date:
    if unit in ("day", "week"):
        return today - timedelta(days=count * (7 if unit == "week" else 1))
    return _months_before(today, count * {"month": 1, "quarter": 3, "year": 12}[unit])


def _ago(today: date, count: int, unit: str) -> tuple[Precision, Days]:
    """A day ago is a day, a week ago the seven days around it, a month or a year ago that month or year."""
    day = _back(today, count, unit)
    if unit == "day":
        return "day", (day, day)
    if unit == "week":
        return "day", (day - timedelta(days=3), day + timedelta(days=3))
    if unit == "year":
        return "year", months(day.year, 1, 12)
    return "month", months(day.year, day.month, 1)


def _count(written: str) -> int:
    return int(written) if written.isdigit() else patterns.COUNTS[written.split()[0]]


__all__ = ["Days", "Expression", "Precision", "expressions", "months"]
