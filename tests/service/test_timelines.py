"""Timelines: order, one event told by several outlets, near-copies once, a calendar lent."""

from __future__ import annotations

import random

from hypothesis import given, settings
from hypothesis import strategies as st

from service.summary_sentences import SummarySentence
from service.timelines import timeline
from tests.service.summary_tellings import sentences_of

HERALD = sentences_of(
    "Miners in Tarnby walked out on Monday over unpaid wages.\n\n"
    "Owner Greta Holm met union leader Aksel Brun on Tuesday and offered half of the wages.\n\n"
    "The union will vote on the offer on Friday.\n\n"
    "Snow covered the pit.",
    "herald.txt",
    outlet="Herald",
    published_at="2024-04-10",
)
COURIER = sentences_of(
    "Union leader Aksel Brun met owner Greta Holm on April 9, who offered half of the unpaid wages.\n\n"
    "The pit opened in 1911.",
    "courier.txt",
    outlet="Courier",
    published_at="2024-04-11",
)


def test_events_come_in_order_of_their_days() -> None:
    found = timeline(HERALD + COURIER, max_words=200)
    assert [event.when.iso for event in found.events] == ["1911", "2024-04-08", "2024-04-09", "2024-04-12"]


def test_what_two_outlets_tell_is_one_event_with_both() -> None:
    found = timeline(HERALD + COURIER, max_words=200)
    meeting = next(event for event in found.events if event.when.iso == "2024-04-09")
    assert {one.outlet for one in meeting.sentences} == {"Herald", "Courier"}


def test_undated_sentences_stay_apart() -> None:
    found = timeline(HERALD + COURIER, max_words=200)
    assert [one.candidate.text for one in found.undated] == ["Snow covered the pit."]


def test_near_copies_tell_an_event_once() -> None:
    story = "Miners in Tarnby walked out on Monday over unpaid wages.\n\nThe owner fled on Tuesday."
    first = sentences_of(story, "a.txt", group="g", outlet="Herald", published_at="2024-04-10")
    copy = sentences_of(story, "b.txt", group="g", outlet="Mirror", published_at="2024-04-10")
    found = timeline(first + copy, max_words=200)
    assert [(event.when.iso, event.also) for event in found.events] == [
        ("2024-04-08", ()),
        ("2024-04-09", ()),
    ]


def test_different_events_of_one_day_stay_two() -> None:
    one = sentences_of("A ferry sank off Lund on Monday.", "a.txt", published_at="2024-04-10")
    two = sentences_of("A poet won the prize in Rome on Monday.", "b.txt", published_at="2024-04-10")
    assert [event.also for event in timeline(one + two).events] == [(), ()]


def test_an_article_without_a_date_is_lent_the_calendar_of_its_story() -> None:
    undated = sentences_of(
        "Owner Greta Holm met union leader Aksel Brun on Tuesday and offered half of the wages.\n\n"
        "Miners in Tarnby walked out over unpaid wages.\n\n"
        "Police guarded the gates on Monday.",
        "leaflet.txt",
    )
    found = timeline(HERALD + undated, max_words=200)
    guarded = [event for event in found.events if "Police" in event.sentence.candidate.text]
    assert [
        event.when.iso for event in guarded
    ] == []  # the Herald names no day in full, so none is lent but its own
    dated = sentences_of(
        "Miners in Tarnby walked out over unpaid wages on April 8, 2024.\n\n"
        "Owner Greta Holm met union leader Aksel Brun on April 9, 2024, and offered half of the wages.",
        "agency.txt",
    )
    found = timeline(dated + undated, max_words=200)
    guarded = [event for event in found.events if "Police" in event.sentence.candidate.text]
    assert [event.when.iso for event in guarded] == ["2024-04-08"]


def test_nothing_makes_an_empty_timeline() -> None:
    assert timeline([]).events == ()


@given(st.integers(0, 200), st.randoms(use_true_random=False))
@settings(max_examples=25, deadline=None)
def test_order_words_and_citations_hold_however_sentences_arrive(
    max_words: int, chance: random.Random
) -> None:
    given_sentences: list[SummarySentence] = [*HERALD, *COURIER]
    expected = timeline(given_sentences, max_words)
    chance.shuffle(given_sentences)
    found = timeline(given_sentences, max_words)
    assert [event.sentence for event in found.events] == [event.sentence for event in expected.events]
    starts = [event.when.start for event in found.events]
    assert starts == sorted(starts)
    told = [one for event in found.events for one in event.sentences]
    assert len({id(one) for one in told}) == len(told)
    for event in found.events:
        assert len({one.group for one in event.sentences}) == len(event.sentences)
    shown = [event.sentence for event in found.events] + list(found.undated)
    words = sum(len(one.candidate.text.split()) for one in shown)
    assert words <= max_words or len(shown) == 1
