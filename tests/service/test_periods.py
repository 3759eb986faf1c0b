"""Dates in questions become days, and what is no date does not."""

from __future__ import annotations

import calendar
import itertools
import math
from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.periods import Period, Relation, distance_days, matches, periods

TODAY = date(2023, 12, 26)  # a Tuesday


def read(text: str, today: date | None = TODAY) -> list[tuple[str, str, str, str]]:
    """Words, first day, last day and relation of each period."""
    return [
        (found.words, found.start.isoformat(), found.end.isoformat(), found.relation)
        for found in periods(text, today)
    ]


@pytest.mark.parametrize(
    ("text", "words", "start", "end", "relation"),
    [
        ("Who won on October 22, 2023?", "October 22, 2023", "2023-10-22", "2023-10-22", "in"),
        ("who won on october 22nd 2023", "october 22nd 2023", "2023-10-22", "2023-10-22", "in"),
        ("Who won on 22 October 2023?", "22 October 2023", "2023-10-22", "2023-10-22", "in"),
        ("Who won on the 22nd of October?", "the 22nd of October", "2023-10-22", "2023-10-22", "in"),
        ("Who won on Oct. 22?", "Oct. 22", "2023-10-22", "2023-10-22", "in"),
        ("Who won on Dec 28?", "Dec 28", "2022-12-28", "2022-12-28", "in"),
        ("Who won on February 29?", "February 29", "2020-02-29", "2020-02-29", "in"),
        ("Who won on 2023-10-22?", "2023-10-22", "2023-10-22", "2023-10-22", "in"),
        ("Who won on 2023/10/22?", "2023/10/22", "2023-10-22", "2023-10-22", "in"),
        ("Who won in October 2023?", "October 2023", "2023-10-01", "2023-10-31", "in"),
        ("who won in october", "october", "2023-10-01", "2023-10-31", "in"),
        ("Who won in Dec.", "Dec", "2023-12-01", "2023-12-31", "in"),
        ("Who won in May?", "May", "2023-05-01", "2023-05-31", "in"),
        ("What was in October's report?", "October", "2023-10-01", "2023-10-31", "in"),
        ("Who won in 2022?", "2022", "2022-01-01", "2022-12-31", "in"),
        ("2022", "2022", "2022-01-01", "2022-12-31", "in"),
        ("Did sales fall in Q3 2023?", "Q3 2023", "2023-07-01", "2023-09-30", "in"),
        ("the fourth quarter of 2023", "the fourth quarter of 2023", "2023-10-01", "2023-12-31", "in"),
        ("the second half of 2022", "the second half of 2022", "2022-07-01", "2022-12-31", "in"),
        ("What sold in summer 2023?", "summer 2023", "2023-06-01", "2023-08-31", "in"),
        ("the winter of 2022-23", "the winter of 2022-23", "2022-12-01", "2023-02-28", "in"),
        ("in early October 2023", "early October 2023", "2023-10-01", "2023-10-10", "in"),
        ("in mid-October", "mid-October", "2023-10-11", "2023-10-20", "in"),
        ("in late October 2023", "late October 2023", "2023-10-21", "2023-10-31", "in"),
        ("in late 2022", "late 2022", "2022-09-01", "2022-12-31", "in"),
        ("the week of October 11, 2023", "the week of October 11, 2023", "2023-10-09", "2023-10-15", "in"),
        ("Who resigned yesterday?", "yesterday", "2023-12-25", "2023-12-25", "in"),
        ("Who resigned today?", "today", "2023-12-26", "2023-12-26", "in"),
        ("Who resigned last week?", "last week", "2023-12-18", "2023-12-24", "in"),
        ("Who resigned this week?", "this week", "2023-12-25", "2023-12-31", "in"),
        ("Who resigned in the past week?", "the past week", "2023-12-19", "2023-12-26", "in"),
        ("Who resigned last month?", "last month", "2023-11-01", "2023-11-30", "in"),
        ("Who resigned last quarter?", "last quarter", "2023-07-01", "2023-09-30", "in"),
        ("Who resigned last year?", "last year", "2022-01-01", "2022-12-31", "in"),
        ("Who resigned last weekend?", "last weekend", "2023-12-23", "2023-12-24", "in"),
        ("Who resigned last Friday?", "last Friday", "2023-12-22", "2023-12-22", "in"),
        ("Who resigned last October?", "last October", "2023-10-01", "2023-10-31", "in"),
        ("Who resigned last summer?", "last summer", "2023-06-01", "2023-08-31", "in"),
        ("Who resigned this winter?", "this winter", "2023-12-01", "2024-02-29", "in"),
        ("Who resigned in the last 3 days?", "in the last 3 days", "2023-12-23", "2023-12-26", "in"),
        ("Who resigned two weeks ago?", "two weeks ago", "2023-12-09", "2023-12-15", "in"),
        ("Who resigned 3 months ago?", "3 months ago", "2023-09-01", "2023-09-30", "in"),
        ("What has changed since March?", "March", "2023-03-01", "2023-03-31", "after"),
        ("What came after October 4, 2023?", "October 4, 2023", "2023-10-04", "2023-10-04", "after"),
        ("from October 4 onwards", "October 4", "2023-10-04", "2023-10-04", "after"),
        ("What came before 4 October 2023?", "4 October 2023", "2023-10-04", "2023-10-04", "before"),
        (
            "What must close by the end of October?",
            "the end of October",
            "2023-10-21",
            "2023-10-31",
            "before",
        ),
        ("The report from October 4, 2023", "October 4, 2023", "2023-10-04", "2023-10-04", "in"),
        ("between 3 and 9 October", "between 3 and 9 October", "2023-10-03", "2023-10-09", "between"),
        ("from October 3 to 9, 2023", "from October 3 to 9, 2023", "2023-10-03", "2023-10-09", "between"),
        ("on October 3-9, 2023", "October 3-9, 2023", "2023-10-03", "2023-10-09", "between"),
        ("between May 3 and June 7, 2023", "May 3 and June 7, 2023", "2023-05-03", "2023-06-07", "between"),
        ("from May to June 2023", "May to June 2023", "2023-05-01", "2023-06-30", "between"),
        ("from December to January 2023", "December to January 2023", "2022-12-01", "2023-01-31", "between"),
        ("from December 2022 to January", "December 2022 to January", "2022-12-01", "2023-01-31", "between"),
        ("between 2021 and 2022", "2021 and 2022", "2021-01-01", "2022-12-31", "between"),
        ("in 2021–2022", "2021–2022", "2021-01-01", "2022-12-31", "between"),
    ],
)
def test_a_period_is_read(text: str, words: str, start: str, end: str, relation: Relation) -> None:
    assert read(text) == [(words, start, end, relation)]


@pytest.mark.parametrize(
    "text",
    [
        "Which of the 2023 articles names her?",
        "Who won in Week 10?",
        "Did it cost $2023 or 2,023 or 2023%?",
        "Were 1900 homes lost for 2000 dollars?",
        "What did May say after March resigned?",
        "Who may 5 clubs sign?",
        "the 2022-23 season",
        "9/11, 24/7, a 3-2 win at 10:30",
        "https://news.example/2023/10/22/story",
        "Who won on February 30, 2023?",
        "What is in Business Today?",
        "the last year of his life",
        "the previous year",
        "What happened next week?",
        "",
    ],
)
def test_what_is_no_date_is_left_alone(text: str) -> None:
    assert read(text) == []


@pytest.mark.parametrize("text", ["in October", "on October 22", "last week", "yesterday", "two days ago"])
def test_without_today_nothing_is_guessed(text: str) -> None:
    assert read(text, None) == []


def test_a_year_is_lent_within_the_question() -> None:
    text = "Between the report of November 5 and the one on December 15, 2019, what changed in 2018?"
    first, second, third = periods(text, None)
    assert (first.start, first.year_given) == (date(2019, 11, 5), False)
    assert (second.start, second.year_given) == (date(2019, 12, 15), True)
    assert (third.precision, third.start.year) == ("year", 2018)


@pytest.mark.parametrize(
    ("text", "words", "moment"),
    [
        ("at 13:41:30 on October 20, 2023", "13:41:30 on October 20, 2023", "2023-10-20T13:41:30Z"),
        ("October 20, 2023, at 9:30 p.m.", "October 20, 2023, at 9:30 p.m.", "2023-10-20T21:30Z"),
        ("October 20, 2023 at 12:05 am", "October 20, 2023 at 12:05 am", "2023-10-20T00:05Z"),
        ("on 2023-10-20T21:30:00+00:00?", "2023-10-20T21:30:00+00:00", "2023-10-20T21:30Z"),
        ("on 2023-10-20 21:30 -05:00", "2023-10-20 21:30 -05:00", "2023-10-20T21:30-05:00"),
    ],
)
def test_a_time_of_day_belongs_to_its_date(text: str, words: str, moment: str) -> None:
    (found,) = periods(text, None)
    assert (found.words, found.moment) == (words, datetime.fromisoformat(moment))


def test_the_same_day_is_the_day_named_before() -> None:
    text = "posted at 13:41 on October 20, 2023, and again at 14:05 on the same day"
    first, second = periods(text, None)
    assert first.start == second.start == date(2023, 10, 20)
    assert second.moment == datetime(2023, 10, 20, 14, 5, tzinfo=UTC)
    assert periods("on the same day", TODAY) == ()


def test_an_hour_without_a_date_is_no_period() -> None:
    assert periods("published at 13:41:30", TODAY) == ()


@pytest.mark.parametrize(
    ("text", "inside", "outside"),
    [
        ("on October 22, 2023", "2023-10-22T23:59:59+00:00", "2023-10-23"),
        ("in October 2023", "2023-10-31", "2023-11-01T00:00:00Z"),
        ("before October 22, 2023", "2023-10-21", "2023-10-22"),
        ("until October 22, 2023", "2023-10-22", "2023-10-23"),
        ("by October 22, 2023", "2023-10-22", "2023-10-23"),
        ("after October 22, 2023", "2023-10-23", "2023-10-22"),
        ("on or after October 22, 2023", "2023-10-22", "2023-10-21"),
        ("since October 2023", "2023-10-01", "2023-09-30"),
        ("after October 2023", "2023-11-01", "2023-10-31"),
        ("between October 3 and November 6, 2023", "2023-11-06", "2023-11-07"),
        ("before 2023-10-20T21:30:00Z", "2023-10-20T21:29:59+00:00", "2023-10-20T21:30:00+00:00"),
        ("after 2023-10-20T21:30:00Z", "2023-10-20T23:00:00+01:00", "2023-10-20T22:30:00+01:00"),
    ],
)
def test_articles_lie_in_a_period_or_not(text: str, inside: str, outside: str) -> None:
    (found,) = periods(text, TODAY)
    assert matches(found, inside)
    assert distance_days(found, inside) == 0
    assert not matches(found, outside)
    if found.moment is None:
        assert distance_days(found, outside) == 1


@pytest.mark.parametrize("published", [None, "", "yesterday", "2023-13-01"])
def test_without_a_date_nothing_matches(published: str | None) -> None:
    (found,) = periods("since 2001", TODAY)
    assert not matches(found, published)
    assert math.isinf(distance_days(found, published))


def test_a_moment_tells_articles_of_one_day_apart() -> None:
    (found,) = periods("on 2023-10-20T12:00:00Z", None)
    assert matches(found, "2023-10-20T18:00:00+00:00")
    assert distance_days(found, "2023-10-20T18:00:00+00:00") == pytest.approx(0.25)
    assert distance_days(found, "2023-10-20") == 0
    assert distance_days(found, "2023-10-22") == 2


_DAYS = st.dates(date(1700, 1, 1), date(2150, 12, 31))


def _written(day: date, form: int) -> str:
    month = calendar.month_name[day.month]
    short = calendar.month_abbr[day.month]
    return (
        f"{month} {day.day}, {day.year}",
        f"{day.day} {month} {day.year}",
        f"{short} {day.day} {day.year}",
        f"{short}. {day.day}, {day.year}",
        f"the {day.day}th of {month.lower()} {day.year}",
        f"{day.isoformat()}",
        f"{day:%Y/%m/%d}",
    )[form]


@given(_DAYS, st.integers(0, 6), st.sampled_from([("on", "in"), ("before", "before"), ("since", "after")]))
def test_a_written_day_is_that_day(day: date, form: int, cue: tuple[str, str]) -> None:
    words = _written(day, form)
    (found,) = periods(f"What was said {cue[0]} {words}, and by whom?", None)
    assert (found.start, found.end, found.relation, found.precision) == (day, day, cue[1], "day")
    assert words.endswith(found.words.removeprefix("the "))


@given(_DAYS, _DAYS, st.integers(0, 6), st.integers(0, 6))
def test_between_two_days_is_what_lies_between(one: date, other: date, form: int, other_form: int) -> None:
    (found,) = periods(f"What changed between {_written(one, form)} and {_written(other, other_form)}?", None)
    assert (found.relation, found.start, found.end) == ("between", min(one, other), max(one, other))


@given(st.datetimes(datetime(1700, 1, 1), datetime(2150, 1, 1)), st.sampled_from([0, 5.5, -8]))  # noqa: DTZ001
def test_a_timestamp_is_that_moment(naive: datetime, offset_h: float) -> None:
    moment = naive.replace(microsecond=0, tzinfo=timezone(timedelta(hours=offset_h)))
    (found,) = periods(f"What was posted on {moment.isoformat()}?", None)
    assert found.moment == moment
    assert distance_days(found, moment.isoformat()) == 0


@given(
    _DAYS,
    st.sampled_from(["yesterday", "last week", "last month", "last year", "the past month", "last Monday"]),
)
def test_what_is_past_has_ended(today: date, words: str) -> None:
    (found,) = periods(f"What happened {words}?", today)
    assert found.start <= found.end <= today
    assert found.end - found.start < timedelta(days=367)


_PIECES = (
    "October;may;22;2023;last;week;between;and;from;to;-;before;3 days ago;the same day;at 10:30;2023-02-30"
    ";99 years ago;of;mid;Q4;winter;İ;,;.;\n"
).split(";")


@given(
    st.lists(st.sampled_from(_PIECES) | st.text(max_size=5), max_size=14).map(" ".join),
    st.none() | st.dates(),
)
def test_any_text_is_read_without_harm(text: str, today: date | None) -> None:
    found = periods(text, today)
    for one in found:
        assert one.start <= one.end
        assert one.words == text[one.span[0] : one.span[1]] != ""
        assert matches(one, one.start.isoformat()) == (one.inclusive or one.relation in ("in", "between"))
    assert all(left.span[1] <= right.span[0] for left, right in itertools.pairwise(found))


@given(_DAYS, _DAYS, st.integers(0, 60), st.sampled_from(["in", "before", "after", "between"]), st.booleans())
def test_distance_is_nothing_exactly_where_it_matches(
    start: date, published: date, length: int, relation: Relation, inclusive: bool
) -> None:
    period = Period(start, start + timedelta(days=length), "", (0, 0), relation, inclusive=inclusive)
    distance = distance_days(period, published.isoformat())
    assert (distance == 0) == matches(period, published.isoformat())
    assert distance >= 0
