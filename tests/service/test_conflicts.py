"""Disagreements between sources: found where both cannot be right, and only there."""

from __future__ import annotations

import pytest

from service.conflicts import Conflict, conflicts
from tests.service.summary_tellings import sentences_of


def _between(
    one: str, other: str, first: str | None = None, second: str | None = None
) -> tuple[Conflict, ...]:
    dates = [{"published_at": day} if day else {} for day in (first, second)]
    return conflicts(
        sentences_of(one, "a.txt", outlet="Herald", **dates[0])
        + sentences_of(other, "b.txt", outlet="Courier", **dates[1])
    )


def test_settled_against_explored() -> None:
    found = _between(
        "Norway has joined the Baltic Gas Union with Poland and Latvia.",
        "Officials are exploring how Norway could join the Baltic Gas Union of Poland and Latvia.",
    )
    assert [(one.kind, [side.outlets for side in one.sides]) for one in found] == [
        ("certainty", [("Herald",), ("Courier",)])
    ]
    assert found[0].about == "joined the Baltic Gas Union with Poland and Latvia"


def test_settled_against_denied() -> None:
    found = _between(
        "Velmar has acquired the Tarnby shipyard from the Brun family.",
        "Velmar denied that it had acquired the Tarnby shipyard from the Brun family.",
    )
    assert [one.kind for one in found] == ["certainty"]


def test_a_subject_of_no_name_is_the_one_just_read() -> None:
    found = _between(
        "Norway and Sweden signed a treaty. The two countries will join the Baltic Gas Union with Poland.",
        "Ministers are considering whether Norway could one day enter talks. They are exploring how Norway could join "
        "the Baltic Gas Union of Poland.",
    )
    assert [one.kind for one in found] == ["certainty"]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (
            "Norway has joined the Baltic Gas Union with Poland.",
            "Norway joined the Baltic Gas Union of Poland on Monday.",
        ),
        (
            "Norway has joined the Baltic Gas Union with Poland.",
            "Officials are exploring how Iceland could join the Baltic Gas Union of Poland.",
        ),
        (
            "Norway has joined the Baltic Gas Union with Poland.",
            "Norway could join the Arctic Council of Reindeer Herders.",
        ),
        (
            "Norway has joined the Baltic Gas Union with Poland.",
            "If Norway joined the Baltic Gas Union of Poland, prices would fall.",
        ),
    ],
)
def test_another_subject_object_or_a_condition_is_no_disagreement(one: str, other: str) -> None:
    assert _between(one, other) == ()


def test_what_was_possible_before_may_have_been_done_since() -> None:
    done = "Norway has joined the Baltic Gas Union with Poland and Latvia."
    may = "Officials are exploring how Norway could join the Baltic Gas Union of Poland and Latvia."
    assert _between(done, may, "2024-04-10", "2024-04-03") == ()
    assert len(_between(done, may, "2024-04-03", "2024-04-10")) == 1


def test_the_same_thing_counted_differently() -> None:
    found = _between(
        "Police in Tarnby counted 2,500 marchers at the harbour gates.",
        "Police in Tarnby counted 8,000 marchers at the harbour gates on Sunday.",
    )
    assert [one.kind for one in found] == ["figure"]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (  # bounds
            "Police in Tarnby counted 2,500 marchers at the harbour gates.",
            "Police in Tarnby counted more than 2,000 marchers at the harbour gates.",
        ),
        (  # rounding
            "Police in Tarnby counted 2,500 marchers at the harbour gates.",
            "Police in Tarnby counted 2,480 marchers at the harbour gates.",
        ),
        (  # other things
            "Police in Tarnby counted 2,500 marchers at the harbour gates.",
            "Police in Tarnby counted 12 arrests at the harbour gates.",
        ),
        (  # another place
            "Police in Tarnby counted 2,500 marchers at the harbour gates.",
            "Police in Lund counted 8,000 marchers at the harbour gates.",
        ),
        (  # another currency
            "The Tarnby harbour wall will cost taxpayers $40 million.",
            "The Tarnby harbour wall will cost taxpayers £32 million.",
        ),
    ],
)
def test_figures_that_can_both_be_right(one: str, other: str) -> None:
    assert _between(one, other) == ()


def test_a_count_may_grow_from_day_to_day() -> None:
    one = "The flood in Tarnby drowned 12 people in their homes."
    other = "The flood in Tarnby drowned 31 people in their homes."
    assert _between(one, other, "2024-04-01", "2024-04-09") == ()
    assert len(_between(one, other, "2024-04-01", "2024-04-01")) == 1


def test_one_outlet_or_near_copies_do_not_disagree_with_themselves() -> None:
    one, other = "Police in Tarnby counted 2,500 marchers.", "Police in Tarnby counted 8,000 marchers."
    assert conflicts(sentences_of(one, "a.txt", outlet="H") + sentences_of(other, "b.txt", outlet="H")) == ()
    copies = sentences_of(one, "a.txt", group="g", outlet="H") + sentences_of(
        other, "b.txt", group="g", outlet="C"
    )
    assert conflicts(copies) == ()
