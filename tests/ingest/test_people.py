"""Who is named in an article, and whom surnames, titles and pronouns mean."""

from __future__ import annotations

import pytest

from ingest.attribution import analyze
from ingest.people import cast_of


def names(text: str) -> dict[str, str]:
    """Words → full name, for every person named."""
    return {text[use.start : use.end]: use.person.name for use in cast_of(text).names}


def mentions(text: str, kind: str) -> list[tuple[str, str]]:
    return [(text[m.start : m.end], m.name) for m in analyze(text).mentions if m.kind == kind]


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("President Marta Quill spoke.", "Marta Quill"),
        ("Norway’s Defense Secretary Olav T. Brekke Jr. left.", "Olav T. Brekke Jr."),
        ("First Lady Dana Quill waved.", "Dana Quill"),
        ("Ingvild Saether, a fish expert at the Harbour Institute, agreed.", "Ingvild Saether"),
        ("Its chief executive, Tollak Wisting, resigned.", "Tollak Wisting"),
        ("They asked goalkeeper Zev Amrani about it.", "Zev Amrani"),
        ("“No,” said Quirin Vasto, who keeps bees.", "Quirin Vasto"),
        ("Rosa O’Hara-Lind, 41, won.", "Rosa O’Hara-Lind"),
        ("Ursula von Hagen won.", "Ursula von Hagen"),
    ],
)
def test_persons_are_found(text: str, name: str) -> None:
    assert name in names(text).values()


@pytest.mark.parametrize(
    "text",
    [
        "The White House and Getty Images met the Center for Coastal Studies.",
        "Ships crossed the South China Sea on Monday, April 8.",
        "He studied at Carnegie Mellon University in New York.",
        "The Treasury Department and the Supreme Court disagreed.",
        "On Black Friday the Prime Video app crashed.",
    ],
)
def test_places_and_organisations_are_no_persons(text: str) -> None:
    assert names(text) == {}


def test_the_verb_that_opens_a_question_is_no_part_of_a_name() -> None:
    text = "Carl Boyd built the bridge. Did Boyd pay for it? Doesn’t Boyd know? Should Ruth Ames say so? Ames left."
    names = {mention.name for mention in analyze(text).mentions}
    assert names == {"Carl Boyd", "Ruth Ames"}


def test_a_surname_means_the_fullest_name_of_the_leading_bearer() -> None:
    text = (
        "President Joan Ferris and her husband, Paul Ferris, arrived. Ferris spoke first. President Ferris left. "
        "Joan B. Ferris is 60."
    )
    found = names(text)
    assert found["Ferris"] == "Joan B. Ferris"
    assert found["Paul Ferris"] == "Paul Ferris"


def test_a_surname_alone_is_the_name_when_the_article_gives_no_more() -> None:
    assert names("Mr. Arkwright left. Arkwright slept.") == {"Arkwright": "Arkwright"}


def test_a_title_means_its_last_named_holder() -> None:
    text = (
        "President Joan Ferris met Danish Prime Minister Lars Holm and Peruvian President Rosa Quispe. "
        "The president smiled. Holm left. The Danish premier was tired. The prime minister slept."
    )
    assert mentions(text, "title") == [
        ("The president", "Joan Ferris"),
        ("The Danish premier", "Lars Holm"),
        ("The prime minister", "Lars Holm"),
    ]


def test_a_title_respects_nationality_and_the_commander_in_chief_is_american() -> None:
    text = (
        "US President Joan Ferris met Canadian Prime Minister Lars Holm. Holm spoke. POTUS listened. "
        "The American commander-in-chief left. The Canadian leader stayed."
    )
    assert mentions(text, "title") == [
        ("POTUS", "Joan Ferris"),
        ("The American commander-in-chief", "Joan Ferris"),
        ("The Canadian leader", "Lars Holm"),
    ]


def test_a_title_without_a_holder_and_another_office_are_not_resolved() -> None:
    assert (
        mentions("President Joan Ferris spoke. The mayor left. The president of Shell left.", "title") == []
    )


def test_a_title_inside_a_quotation_is_not_resolved() -> None:
    text = "President Joan Ferris met Lars Holm. “The president and I agree,” Holm said."
    assert mentions(text, "title") == []


def test_pronouns_mean_the_last_subject_that_fits() -> None:
    text = "Mayor Joan Ferris met Paul Holm at noon. She thanked the crew. Holm slept. He woke late."
    assert mentions(text, "pronoun") == [("She", "Joan Ferris"), ("He", "Paul Holm")]


def test_pronouns_stay_open_when_nobody_or_two_fit() -> None:
    assert mentions("The crew slept. He woke late.", "pronoun") == []
    assert mentions("Mayor Joan Ferris met Paul Holm. Zarek was late. He slept.", "pronoun") == []
    assert mentions("A storm hit the homes of Paul Holm and John Reed. He survived.", "pronoun") == []


def test_i_and_they_are_no_mentions() -> None:
    text = "Mayor Joan Ferris spoke. “I and my crew are tired,” Ferris said. They slept. It rained."
    assert mentions(text, "pronoun") == []


def test_a_title_means_the_name_that_follows_it() -> None:
    text = (
        "Prime Minister Ada Moreau met reporters. On the Danish leader, Jens Holm, she was curt. "
        "The Danish leader had said nothing."
    )
    meant = {text[m.start : m.end]: m.name for m in analyze(text).mentions if m.kind == "title"}
    assert meant == {"the Danish leader": "Jens Holm", "The Danish leader": "Jens Holm"}
