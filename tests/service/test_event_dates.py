"""When a sentence's event happened: written dates, weekdays, datelines, and what must not date it."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.article_days import ArticleDays, article_days
from service.event_dates import EventDate, event_date, event_dates
from tests.service.articles import reading_of

WEDNESDAY = ArticleDays(date(2024, 4, 10), 2024)


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        ("The council voted on April 9 to close the pool.", "2024-04-09"),
        ("On 2 March 2023 the mill burned down.", "2023-03-02"),
        ("The ministers met on Monday.", "2024-04-08"),
        ("The ministers met Wednesday.", "2024-04-10"),
        ("The ministers met on Thursday night.", "2024-04-04"),
        ("The league will rule on Friday.", "2024-04-12"),
        ("On Thursday, the three are scheduled to meet in Oslo.", "2024-04-11"),
        ("A dinner was set for Wednesday night.", "2024-04-10"),
        ("The talks begin on Saturday.", "2024-04-13"),
        ("The ferry sank yesterday.", "2024-04-09"),
        ("The court opens again on 3 January.", "2025-01-03"),
        ("Sales of the boat fell in January.", "2024-01"),
        ("The bridge was finished in 2019.", "2019"),
        ("The minister said on Tuesday that the road would open by 2027.", "2024-04-09"),
        ("The mayor resigned last month.", "2024-03"),
        ("The choir will tour next month.", "2024-05"),
    ],
)
def test_the_date_that_governs_the_main_event(sentence: str, expected: str) -> None:
    told = event_date(sentence, WEDNESDAY)
    assert told is not None
    assert told.iso == expected
    assert told.written in sentence


@pytest.mark.parametrize(
    "sentence",
    [
        "The pact, which was formed in 2021, has three members.",
        "The club has not been promoted since 1998.",
        "The valley has a new clinic, opened in 2017.",
        "“We finished on Monday,” the foreman said.",
        "The treaty of 1951 would then apply.",
        "The number has fallen from 47,000 in 1997 to 16,000.",
        "The choir sings on Mondays.",
        "Shops were full on Black Friday.",
        "The council wants a decision before the end of May.",
        "Over the past three years the village has grown.",
        "The 2024 election is far away.",
        "The Sunday Times has moved its offices.",
    ],
)
def test_what_is_quoted_background_or_a_name_dates_nothing(sentence: str) -> None:
    assert event_date(sentence, WEDNESDAY) is None


def test_without_a_reference_only_full_dates_are_read() -> None:
    assert event_date("The ministers met on Monday.", ArticleDays()) is None
    assert event_date("The ministers met on April 8.", ArticleDays()) is None
    told = event_date("The ministers met on April 8, 2024.", ArticleDays())
    assert told is not None
    assert told.iso == "2024-04-08"


def test_days_later_count_from_the_event_before() -> None:
    before = EventDate(date(2024, 4, 1), date(2024, 4, 1), "day", "on April 1")
    told = event_date("Two days later the dam broke.", WEDNESDAY, before)
    assert told is not None
    assert told.iso == "2024-04-03"
    assert event_date("Two days later the dam broke.", WEDNESDAY) is None
    told = event_date("A day earlier the dam had leaked.", WEDNESDAY, before)
    assert told is not None
    assert told.iso == "2024-03-31"


def test_a_dateline_dates_a_lead_that_reports_news_and_only_that() -> None:
    news = reading_of(
        "OSLO, April 8 (Wire) — The mayor opened a new quay. Gulls watched.", published_at="2024-04-09"
    )
    dated = event_dates(news)
    assert [(number, told.iso, told.own) for number, told in dated.items()] == [(0, "2024-04-08", False)]
    plan = reading_of("OSLO, April 8 — The mayor will open a new quay.", published_at="2024-04-09")
    assert event_dates(plan) == {}


def test_publication_alone_dates_nothing() -> None:
    assert event_dates(reading_of("The mayor opened a new quay.", published_at="2024-04-09")) == {}


def test_an_article_without_a_date_is_dated_by_its_own_full_dates() -> None:
    text = (
        "The king opened the fair Wednesday.\n\nOn April 7 the tents had gone up.\n\n"
        "The king spoke at the fair on April 10, 2024, to a large crowd."
    )
    reading = reading_of(text)
    assert article_days(reading.article).year == 2024
    assert [told.iso for told in event_dates(reading).values()] == ["2024-04-10", "2024-04-07", "2024-04-10"]


def test_a_range_of_days_is_said_no_more_exactly_than_it_is() -> None:
    week = EventDate(date(2024, 4, 1), date(2024, 4, 7), "day", "last week")
    assert week.iso == "2024-04"
    assert EventDate(date(2024, 4, 29), date(2024, 5, 5), "day", "last week").iso == "2024"


@given(st.dates(date(1990, 1, 1), date(2090, 1, 1)), st.integers(0, 6), st.booleans())
def test_weekdays_lie_within_a_week_on_the_side_that_the_tense_says(
    published: date, weekday: int, to_come: bool
) -> None:
    name = "Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split()[weekday]
    verb = "will meet" if to_come else "met"
    told = event_date(f"The envoys {verb} on {name}.", ArticleDays(published, published.year))
    assert told is not None
    assert told.is_day
    assert told.start.weekday() == weekday
    apart = told.start - published
    assert timedelta(0) <= (apart if to_come else -apart) < timedelta(7)


@given(st.text(max_size=200))
def test_any_text_is_read_without_failing(text: str) -> None:
    told = event_date(text, WEDNESDAY)
    assert told is None or told.start <= told.end
