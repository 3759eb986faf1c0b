"""When a name may be put in brackets behind "he": where nothing speaks against it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.reference_checks import is_name
from service.referents import readable
from tests.service.articles import candidates_of, reading_of


def told(text: str, words: str) -> str:
    """The candidate that holds `words`, as it would be shown."""
    return next(readable(one) for one in candidates_of(text) if words in one.text)


def test_the_subject_of_the_sentence_before_is_named() -> None:
    text = "Peter Hallam opened the ferry on Monday.\n\nHe thanked the crew for waiting.\n"
    assert told(text, "thanked") == "He [Peter Hallam] thanked the crew for waiting."


def test_a_subject_behind_an_opening_phrase_is_one() -> None:
    text = (
        "Paul Reyes built the quay. Peter Hallam runs the ferry.\n\n"
        "On the builder, Paul Reyes, who had promised a ramp, Hallam was short.\n\nHe shrugged at the crew.\n"
    )
    assert "[Paul Reyes]" not in told(text, "shrugged")


def test_nobody_is_named_for_the_other_pronoun() -> None:
    text = "Peter Hallam opened the ferry on Monday.\n\nShe thanked the crew for waiting.\n"
    assert "[" not in told(text, "thanked")


def test_somebody_the_reading_does_not_know_competes() -> None:
    text = (
        "Peter Hallam led the race early on. Brakkestad then took the lead from Peter Hallam at the bridge.\n\n"
        "Nobody had expected Brakkestad there.\n\nHe won by a minute.\n"
    )
    assert "[Peter Hallam]" not in told(text, "won by")


def test_another_name_in_the_sentence_competes() -> None:
    text = (
        "Peter Hallam opened the ferry on Monday.\n\n"
        "The pilot asked Paul Reyes for a rope, and he laughed at the knots.\n"
    )
    assert "[Peter Hallam]" not in told(text, "laughed")


def test_a_speaker_goes_on_until_somebody_else_speaks() -> None:
    text = (
        "“The ferry is late,” Peter Hallam said.\n\n“The crew is tired of the fog and the long nights,” he said.\n\n"
        "“The quay is ours,” Paul Reyes said.\n\n“We built it in the spring of a very cold year,” he said.\n"
    )
    assert "he [Peter Hallam] said" in told(text, "tired")
    assert "Peter Hallam" not in told(text, "cold year")


def test_an_office_is_explained_and_a_role_that_many_share_is_not() -> None:
    text = (
        "Mayor Peter Hallam opened the ferry on Monday. Striker Paul Reyes came, too.\n\n"
        "The mayor thanked the crew for waiting in the rain.\n\nThe striker left early with a cold.\n"
    )
    assert "mayor [Peter Hallam]" in told(text, "thanked")
    assert "[" not in told(text, "left early")


@pytest.mark.parametrize(
    ("name", "is_one"),
    [
        ("Peter Hallam", True),
        ("Moungi Hallam", True),
        ("Did Hallam", False),
        ("Glad Peter", False),
        ("Hallam WR", False),
    ],
)
def test_what_can_be_a_name(name: str, is_one: bool) -> None:
    assert is_name(name, reading_of("Hallam did come, did he not?")) is is_one


@given(
    st.lists(
        st.sampled_from(["Peter Hallam ran.", "Mary Holt ran.", "It rained.", "Paul Reyes ran."]), max_size=6
    )
)
def test_a_bracket_never_names_somebody_of_the_other_pronoun(sentences: list[str]) -> None:
    text = " ".join([*sentences, "She sat down on the wet bench."])
    shown = told(text, "wet bench")
    assert "Peter" not in shown.split("She")[-1]
    assert "Paul" not in shown.split("She")[-1]
