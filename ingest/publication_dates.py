"""When an article was published, as ISO 8601, or not at all.

A date that is wrong sends an article to the wrong side of a filter, so nothing is guessed: no "yesterday", no
missing year, no 04/05/2024 that may be April or May, and never today's date in place of a missing part.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta, timezone

# Newspapers begin in 1605; later than 2200 is a broken field.
MIN_YEAR, MAX_YEAR = 1600, 2200
# Numbers below 10^8 s (March 1973) are more likely ids than moments; from 10^11 on they are milliseconds.
MIN_EPOCH_S, MIN_EPOCH_MS, MAX_EPOCH_MS = 1e8, 1e11, 4.2e12

MONTHS = {
    name: number
    for number, names in enumerate(
        ("january jan", "february feb", "march mar", "april apr", "may", "june jun", "july jul", "august aug",
         "september sept sep", "october oct", "november nov", "december dec"), start=1,
    )
    for name in names.split()
}  # fmt: skip
# Hours from UTC. "CST" and "IST" are left out where two regions share them: such a time keeps its date only.
ZONES = {"utc": 0, "gmt": 0, "z": 0, "est": -5, "edt": -4, "cdt": -5, "mst": -7, "mdt": -6, "pst": -8, "pdt": -7,
         "cet": 1, "cest": 2, "jst": 9}  # fmt: skip

_MONTH = (
    r"(?P<month>jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|"
    r"aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\b\.?"
)
_TIME = (
    r"(?:[\s,|–—-]*(?:at\s+)?(?P<hour>\d{1,2})(?::|"
    r"\.)(?P<minute>\d{2})(?::(?P<second>\d{2})(?:\.\d+)?)?\s*(?P<half>[ap]\.?m\.?)?\s*\(?"
    r"(?P<zone>[a-z]{1,5}\b|[+-]\d{2}:?\d{2})?\)?)?"
)
_WRITTEN = re.compile(
    rf"\b(?:{_MONTH}\s+(?P<day>\d{{1,2}})(?:st|nd|rd|th)?,?\s+(?P<year>\d{{4}})"
    rf"|(?P<day2>\d{{1,2}})(?:st|nd|rd|th)?[\s-]+(?:of\s+)?"
    rf"{_MONTH.replace('month', 'month2')},?[\s-]+(?P<year2>\d{{4}}))\b{_TIME}",
    re.IGNORECASE,
)
_ISO = re.compile(
    r"(?P<date>\d{4}-\d{2}-\d{2})(?:[T\s]+(?P<time>\d{2}:\d{2}(?::\d{2})?)(?:[.,]\d+)?\s*("
    r"?P<zone>Z|UTC|GMT|[+-]\d{2}:?\d{2}|[+-]\d{2})?)?",
    re.IGNORECASE,
)
_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})(?:T?(\d{2})(\d{2})(\d{2})?(Z)?)?")
_YEAR_FIRST = re.compile(r"(\d{4})[/.](\d{1,2})[/.](\d{1,2})(?:\D.*)?")
_WEEKDAY = re.compile(r"\b(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?\b", re.IGNORECASE)
_NUMERIC = re.compile(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})(?:\D.*)?")


def iso_date(value: object) -> str | None:
    """`value` as ISO 8601: a date (`2024-04-10`), or a date and time with the offset that was given, if one was.

    `value` may be a string, a `date` or `datetime`, or a number of seconds or milliseconds since 1970 (UTC).
    None when it is missing, incomplete, ambiguous or relative.
    """
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, datetime):
        return _bounded(value, value.replace(microsecond=0).isoformat())
    if isinstance(value, date):
        return _bounded(value, value.isoformat())
    if isinstance(value, (int, float)):
        return _compact(str(value)) or _moment(float(value))
    if not isinstance(value, str):
        return None
    text = " ".join(value.split())
    if not text or len(text) > 120:
        return None
    for form in (_iso, _compact, _numeric, written_date):
        if found := form(text):
            return found
    if text.isdecimal():
        return _moment(float(text)) if len(text) in (10, 13) else None
    return _any_language(text)


def written_date(text: str) -> str | None:
    """The first full date in `text` written with a month's name ("April 10, 2024", "10 April 2024 9:30 a.m. EDT")
    or in ISO form. None when there is none."""
    found = _WRITTEN.search(text)
    if found is None:
        inside = re.search(rf"(?<![\d/-]){_ISO.pattern}(?![\d-])", text, re.IGNORECASE)
        return _iso(inside.group()) if inside else None
    parts = found.groupdict()
    month = MONTHS[(parts["month"] or parts["month2"]).lower()]
    day = _date(int(parts["year"] or parts["year2"]), month, int(parts["day"] or parts["day2"]))
    if day is None or parts["hour"] is None:
        return day
    return _with_time(day, parts["hour"], parts["minute"], parts["second"], parts["half"], parts["zone"])


def take_written_date(line: str) -> tuple[str | None, str]:
    """The date of `line` as `written_date` reads it, and the line without its words."""
    found = _WRITTEN.search(line)
    if found is None:
        return None, line
    return written_date(line), f"{line[: found.start()]}  {line[found.end() :]}"


def full_date_only(line: str) -> str | None:
    """The date of a line that holds a full date (weekday and time allowed) and no other words, else None."""
    found = _WRITTEN.search(line)
    span = found.span() if found else (m.span() if (m := _ISO.search(line)) else None)
    if span is None:
        return None
    rest = _WEEKDAY.sub("", line[: span[0]] + line[span[1] :])
    return None if re.search(r"\w", rest) else written_date(line)


def _bounded(value: date, text: str) -> str | None:
    return text if MIN_YEAR <= value.year <= MAX_YEAR else None


def _date(year: int, month: int, day: int) -> str | None:
    try:
        value = date(year, month, day)
    except ValueError:
        return None
    return _bounded(value, value.isoformat())


def _moment(number: float) -> str | None:
    if not MIN_EPOCH_S <= number <= MAX_EPOCH_MS:
        return None
    seconds = number / 1000 if number >= MIN_EPOCH_MS else number
    value = datetime.fromtimestamp(seconds, UTC).replace(microsecond=0)
    return _bounded(value, value.isoformat())


def _iso(text: str) -> str | None:
    found = _ISO.fullmatch(text)
    if found is None:
        return None
    day = _date(*(int(part) for part in found["date"].split("-")))
    if day is None or found["time"] is None:
        return day
    hour, minute, *second = found["time"].split(":")
    return _with_time(day, hour, minute, second[0] if second else None, None, found["zone"])


def _with_time(
    day: str, hour: str, minute: str, second: str | None, half: str | None, zone: str | None
) -> str | None:
    """Date and time; the date alone where the clock is impossible or its zone unknown."""
    hours = int(hour)
    if half:
        if not 1 <= hours <= 12:
            return day
        hours = hours % 12 + (12 if half.lower().startswith("p") else 0)
    offset = _zone(zone)
    try:
        value = datetime.fromisoformat(day).replace(
            hour=hours, minute=int(minute), second=int(second or 0), tzinfo=offset
        )
    except ValueError:
        return day
    return day if zone and offset is None else value.isoformat()


def _zone(name: str | None) -> timezone | None:
    if not name:
        return None
    if name[0] in "+-":
        sign = -1 if name[0] == "-" else 1
        digits = name[1:].replace(":", "").ljust(4, "0")
        delta = timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
        return timezone(sign * delta) if delta < timedelta(hours=24) else None
    hours = ZONES.get(name.lower())
    return None if hours is None else timezone(timedelta(hours=hours))


def _compact(text: str) -> str | None:
    """20240410, 20240410T120000Z."""
    found = _COMPACT.fullmatch(text)
    if found is None:
        return None
    day = _date(int(found[1]), int(found[2]), int(found[3]))
    if day is None or found[4] is None:
        return day
    return _with_time(day, found[4], found[5], found[6], None, found[7])


def _numeric(text: str) -> str | None:
    if found := _YEAR_FIRST.fullmatch(text):
        return _date(int(found[1]), int(found[2]), int(found[3]))
    if found := _NUMERIC.fullmatch(text):
        first, second, year = int(found[1]), int(found[2]), int(found[3])
        if first == second or second > 12:
            return _date(year, first, second)
        if first > 12:
            return _date(year, second, first)
    return None


def _any_language(text: str) -> str | None:
    """Dates with month names of other languages ("10 avril 2024"): day, month and year must all be there."""
    if not re.search(r"(?<!\d)\d{4}(?!\d)", text) or not re.search(r"[^\W\d_]{3}", text):
        return None
    import dateparser

    settings = {
        "REQUIRE_PARTS": ["day", "month", "year"],
        "STRICT_PARSING": True,
        "PARSERS": ["absolute-time"],
    }
    try:
        value = dateparser.parse(text, settings=settings)
    except (ValueError, OverflowError, RecursionError):
        return None
    return None if value is None else _bounded(value, value.date().isoformat())
