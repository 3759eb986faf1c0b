"""When what a sentence tells happened or is to happen: written dates, weekdays, "last week", "two days later".

A date that is wrong puts an event in the wrong place, so only a date in the main clause dates it
(`service.event_clauses`), nothing is dated by publication alone, and a lead by its dateline only where it reports the
day's news. Weekdays are the latest such day up to the publication's, or the next one where the sentence tells what is
to come.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from service import event_words as words
from service.article_days import ArticleDays, article_days, nearest
from service.calendar_days import Days, Expression, Precision, expressions, months
from service.event_clauses import alongside_too, main_clause
from service.reading import Reading

_FRONTED_CHARS = 24
"""A date that begins within so many characters opens the sentence: the verb follows it."""
_VERB_REACH_CHARS = 90


@dataclass(frozen=True, slots=True)
class EventDate:
    """The first and last day (inclusive) on which an event may lie, how exactly the source says so, and its words.

    `own` is False where the day is that of the article's dateline and not the sentence's own.
    """

    start: date
    end: date
    precision: Precision
    written: str
    own: bool = True

    @property
    def is_day(self) -> bool:
        """Whether it is one day."""
        return self.start == self.end

    @property
    def iso(self) -> str:
        """`2024-04-10`, or the month or year that holds all of it: `2024-04`, `2024`; of several years the first."""
        if self.is_day:
            return self.start.isoformat()
        year = f"{self.start.year:04d}"
        same_month = (self.start.year, self.start.month) == (self.end.year, self.end.month)
        return f"{year}-{self.start.month:02d}" if same_month else year

    def includes(self, other: EventDate) -> bool:
        """Whether all of `other` lies in it."""
        return self.start <= other.start and other.end <= self.end


@dataclass(frozen=True, slots=True)
class _Found:
    start: int
    days: Days
    precision: Precision
    written: str


def event_date(
    sentence: str,
    days: ArticleDays,
    previous: EventDate | None = None,
    quoted: Sequence[tuple[int, int]] = (),
) -> EventDate | None:
    """The date of a sentence's main event, or None when it gives none.

    `days` is its article's reference, `previous` the event told before it (for "two days later"), `quoted` spans of the
    sentence that are quotations without marks of their own.
    """
    found = min(
        _dates(main_clause(sentence, quoted), days, previous), key=lambda one: one.start, default=None
    )
    if found is None:
        beside = _dates(alongside_too(sentence, quoted), days, previous)
        found = min(
            (one for one in beside if one.precision == "day"), key=lambda one: one.start, default=None
        )
    return EventDate(*found.days, found.precision, found.written) if found is not None else None


def event_dates(reading: Reading, days: ArticleDays | None = None) -> dict[int, EventDate]:
    """The date of each sentence of an article that has one, by its number. `days` default to the article's own."""
    article, analysis = reading.article, reading.analysis
    days = article_days(article) if days is None else days
    dated: dict[int, EventDate] = {}
    previous: EventDate | None = None
    for number, sentence in enumerate(analysis.sentences):
        if article.is_boilerplate(sentence.start, sentence.end):
            continue
        start = sentence.start
        dateline = days.dateline
        has_dateline = dateline is not None and sentence.start <= dateline.start < sentence.end
        if dateline is not None and has_dateline:
            start = min(dateline.closes, sentence.end)
        quoted = [
            (one.start - start, one.end - start)
            for one in analysis.quotations
            if one.kind == "direct" and one.start < sentence.end and start < one.end
        ]
        told = event_date(article.text[start : sentence.end], days, previous, quoted)
        if told is None and has_dateline and dateline is not None:
            told = _of_dateline(article.text[start : sentence.end], days)
        if told is not None:
            dated[number] = told
            previous = told if told.is_day else previous
    return dated


def _of_dateline(lead: str, days: ArticleDays) -> EventDate | None:
    """The dateline's day for a lead that tells what was done, not what will be or how things are."""
    clause = main_clause(lead)
    dateline = days.dateline
    if dateline is None or words.FUTURE.search(clause) or not words.PAST.search(clause):
        return None
    return EventDate(dateline.day, dateline.day, "day", dateline.written, own=False)


def _dates(clause: str, days: ArticleDays, previous: EventDate | None) -> Iterator[_Found]:
    """Every date in the clause that can be resolved."""
    taken: list[tuple[int, int]] = []
    for one in expressions(clause, days.day):
        if one.same_day or one.is_range or "\n\n" in clause[one.start : one.end]:
            continue
        taken.append((one.start, one.end))
        if _is_aside(clause, one):
            continue
        resolved = _resolved(clause, one, days)
        if resolved is not None:
            yield _Found(one.start, resolved, one.precision, clause[one.start : one.end].strip())
    for match in words.WEEKDAY.finditer(clause):
        if any(start < match.end() and match.start() < end for start, end in taken):
            continue
        day = _weekday(clause, match, days)
        if day is not None:
            yield _Found(match.start(), (day, day), "day", _with_on(clause, match))
    if days.day is not None:
        for match in words.NEXT.finditer(clause):
            precision, span = _coming(match, days.day)
            yield _Found(match.start(), span, precision, match.group())
    if previous is not None and previous.is_day:
        for match in words.LATER.finditer(clause):
            if words.NOT_ITS_TIME.search(clause[: match.start()][-40:]):
                continue
            moved = _moved(match, previous.start)
            if moved is not None:
                yield _Found(match.start(), *moved, match.group())


def _is_aside(clause: str, one: Expression) -> bool:
    """A date that says since when, until when, or which of several: "since 2021", "the 2024 vote"."""
    before, after = clause[: one.start][-40:], clause[one.end : one.end + 24]
    written = clause[one.start : one.end].lower()
    if words.NOT_ITS_TIME.search(before) and not words.SET_FOR.search(before):
        return True
    if words.VERB_FOLLOWS.match(after) and words.REDUCED.match(clause[: one.start]):
        return True
    if re.match(r"(?:in|over|during|for|within|the)?\s*(?:the\s+)?(?:last|past)\s+(?:\w+\s)", written):
        if (
            one.days is not None
            and (one.days[1] - one.days[0]).days > 1
            and "last" not in written.split()[:1]
        ):
            return True
        if re.search(r"\b(?:\d+|two|three|four|five|six|several|few|couple)\b", written):
            return True
    if one.precision == "year" and re.match(r"\s+[a-z]", after) and words.ATTRIBUTIVE_YEAR.search(before):
        return True
    if written.startswith("today"):  # otherwise "these days"
        opens = not before.strip() and after[:1] == ","
        return opens or after[:2] in ("’s", "'s") or not words.PAST.search(clause)
    return after.startswith(("-", "‑", "–", "/", "’s ", "'s ")) and one.precision == "year"


def _resolved(clause: str, one: Expression, days: ArticleDays) -> Days | None:
    """The days of an expression, in the year that the article and the tense mean."""
    if one.in_year is None:
        return one.days
    reference = days.day
    if reference is None:
        return one.in_year(days.year) if days.year is not None else None
    if one.precision == "month" or one.days is None:
        ahead = [one.in_year(reference.year), one.in_year(reference.year + 1)]
        behind = [one.in_year(reference.year), one.in_year(reference.year - 1)]
        if _is_to_come(clause, one.start, one.end):
            return next((span for span in ahead if span is not None and span[1] >= reference), None)
        if words.PAST.search(clause):
            found = next((span for span in behind if span is not None and span[0] <= reference), None)
            close = nearest(one, reference)
            if close is not None and 0 < (close[0] - reference).days <= 1:
                return close  # written the evening before, by another clock
            return found
    return nearest(one, reference)


def _weekday(clause: str, match: re.Match[str], days: ArticleDays) -> date | None:
    before, after = clause[: match.start()][-24:], clause[match.end() : match.end() + 24]
    if words.PART_OF_A_NAME.search(before) or words.NAME_FOLLOWS.match(after):
        return None
    if words.NOT_ITS_TIME.search(before) and not words.SET_FOR.search(before):
        return None
    wanted = words.WEEKDAYS.index(match["weekday"])
    if days.day is None:
        fitting = [day for day in days.named if day.weekday() == wanted]
        return fitting[0] if len(fitting) == 1 else None
    back, ahead = (days.day.weekday() - wanted) % 7, (wanted - days.day.weekday()) % 7
    which = (match["which"] or "").lower()
    if which == "last":
        return days.day - timedelta(days=back or 7)
    if which == "next":
        monday = days.day - timedelta(days=days.day.weekday())
        return monday + timedelta(days=7 + wanted)
    if which == "coming" or _is_to_come(clause, match.start(), match.end()):
        return days.day + timedelta(days=ahead)
    return days.day - timedelta(days=back)


def _is_to_come(clause: str, start: int, end: int) -> bool:
    """Whether the verb that a date goes with tells what is to come: the last verb before it, or the first after a date
    that opens the sentence."""
    if words.PRESENT.search(clause) and not words.PAST.search(clause):
        return True
    if start <= _FRONTED_CHARS and not (
        words.PAST.search(clause[:start]) or words.FUTURE.search(clause[:start])
    ):
        after = clause[end : end + _VERB_REACH_CHARS]
        future, past = words.FUTURE.search(after), words.PAST.search(after)
        return future is not None and (past is None or future.start() <= past.start())
    before = clause[:start][-_VERB_REACH_CHARS:]
    futures = [match.start() for match in words.FUTURE.finditer(before)]
    if not futures:
        return False
    since = before[futures[-1] :]
    return not re.search(r"\b(?:said|told|announced|confirmed|added|warned|reported)\b", since)


def _coming(match: re.Match[str], today: date) -> tuple[Precision, Days]:
    if match["tomorrow"]:
        return "day", (today + timedelta(days=1),) * 2
    if match["later"]:
        unit = match["later"].split()[-1].lower()
        week = today + timedelta(days=6 - today.weekday())
        ends = {
            "week": week,
            "month": months(today.year, today.month, 1)[1],
            "year": date(today.year, 12, 31),
        }
        return ("year" if unit == "year" else "month" if unit == "month" else "day"), (today, ends[unit])
    unit = match["next"].lower()
    if unit == "year":
        return "year", months(today.year + 1, 1, 12)
    if unit == "month":
        return "month", months(today.year + today.month // 12, today.month % 12 + 1, 1)
    monday = today + timedelta(days=7 - today.weekday())
    if unit == "weekend":
        return "day", (monday + timedelta(days=5), monday + timedelta(days=6))
    return "day", (monday, monday + timedelta(days=6))


def _moved(match: re.Match[str], day: date) -> tuple[Days, Precision] | None:
    """The day that many days, weeks, months or years from the event told before."""
    if match["same"]:
        return (day, day), "day"
    if match["next"] or match["previous"]:
        moved = day + timedelta(days=1 if match["next"] else -1)
        return (moved, moved), "day"
    written, unit = match["count"].lower(), match["unit"].lower()
    count = int(written) if written.isdigit() else words.COUNTS[written]
    sign = 1 if match["side"].lower() in ("later", "afterwards") else -1
    if unit == "day":
        moved = day + sign * timedelta(days=count)
        return (moved, moved), "day"
    if unit == "week":
        moved = day + sign * timedelta(weeks=count)
        return (moved - timedelta(days=3), moved + timedelta(days=3)), "day"
    if unit == "month":
        index = day.year * 12 + day.month - 1 + sign * count
        return months(index // 12, index % 12 + 1, 1), "month"
    return months(day.year + sign * count, 1, 12), "year"


def _with_on(clause: str, match: re.Match[str]) -> str:
    on = re.search(r"\bon\s+$", clause[: match.start()], re.IGNORECASE)
    return clause[on.start() if on else match.start() : match.end()]
