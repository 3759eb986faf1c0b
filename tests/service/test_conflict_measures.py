"""Crowds and costs that outlets give differently, each in its own words."""

from __future__ import annotations

import pytest

from service.conflict_measures import measures
from service.conflicts import Conflict, conflicts
from tests.service.summary_tellings import sentences_of

POLICE = (
    "Dockers of Tarnby marched to the Brun shipyard on Sunday against its sale.\n\n"
    "Police put the crowd at about 2,500. A brass band played."
)
ORGANISERS = (
    "It was the longest march that Tarnby has seen, from the Brun shipyard to the town hall.\n\n"
    "Organisers counted about 8,000 people, which is half the town."
)
APPROVED = "The council of Tarnby approved a £40 million tidal barrier across the River Lund on Monday."
AUDITED = (
    "The tidal barrier approved for Tarnby will cost more, auditors said on the banks of the River Lund.\n\n"
    "Their report puts the probable cost at £51 million."
)


def found_between(
    one: str, other: str, first: str = "2024-04-07", second: str = "2024-04-08"
) -> tuple[Conflict, ...]:
    return conflicts(
        sentences_of(one, "a.txt", outlet="Herald", published_at=first)
        + sentences_of(other, "b.txt", outlet="Courier", published_at=second)
    )


@pytest.mark.parametrize(
    ("text", "figure"),
    [
        ("Police put the crowd at about 2,500.", "2,500"),
        ("Organisers put it at 8,000.", "8,000"),
        ("Organisers counted around 8,000 people.", "8,000"),
        ("A crowd of 12,000 stood in the rain.", "12,000"),
        ("Some 3,000 angry supporters marched to the ground.", "3,000"),
        ("The rally drew 400 protesters.", "400"),
        ("The report puts the probable cost at **£506 million**.", "£506 million"),
        ("The bridge will cost about $40 million.", "$40 million"),
        ("Councillors approved a £412 million tidal barrier on Monday.", "£412 million"),
    ],
)
def test_ways_to_write_a_measure(text: str, figure: str) -> None:
    (measure,) = measures(text)
    assert text[measure.value.start : measure.value.end] == figure


@pytest.mark.parametrize(
    "text",
    [
        "Police put the crowd at more than 2,500.",
        "Police counted 2,500 people and organisers counted 8,000 people.",
        "The club has 2,500 members.",
        "A £42 million striker signed on Monday.",
        "The ticket will cost £40.",
        "The bill could exceed £500 million.",
    ],
)
def test_bounds_comparisons_and_other_figures_are_none(text: str) -> None:
    assert measures(text) == ()


def test_a_crowd_counted_by_two() -> None:
    (found,) = found_between(POLICE, ORGANISERS)
    assert found.kind == "figure"
    assert found.about.startswith("march")
    assert {side.outlets for side in found.sides} == {("Herald",), ("Courier",)}


def test_a_cost_told_in_other_words() -> None:
    (found,) = found_between(APPROVED, AUDITED, second="2024-04-20")
    assert found.about == "barrier, £40 million"


@pytest.mark.parametrize(
    ("one", "other", "second"),
    [
        (POLICE, ORGANISERS, "2024-04-14"),
        (POLICE, ORGANISERS.replace("march ", "concert "), "2024-04-08"),
        (POLICE, ORGANISERS.replace("Tarnby", "Velmar").replace("Brun", "Sund"), "2024-04-08"),
        (POLICE, ORGANISERS.replace("8,000", "2,600"), "2024-04-08"),
        (APPROVED, AUDITED, "2024-07-20"),
        (APPROVED, AUDITED.replace("£51", "$51"), "2024-04-20"),
        (APPROVED, AUDITED.replace("barrier", "crane"), "2024-04-20"),
        (APPROVED, AUDITED.replace("£51 million", "£510 million"), "2024-04-20"),
    ],
)
def test_another_week_event_place_unit_or_nearly_the_same_figure_is_no_disagreement(
    one: str, other: str, second: str
) -> None:
    assert found_between(one, other, second=second) == ()
