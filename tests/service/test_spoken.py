"""Words of the very speaker who was asked about, and of nobody else."""

from __future__ import annotations

import pytest

from service.spoken import spoken_by
from tests.service.articles import candidates_of

COUPLE = (
    "President Joe Biden greeted Prime Minister Fumio Kishida of Japan. “Welcome,” Biden said.\n\n"
    "“He was my choice,” Jill Biden said.\n\nBiden said the talks went well."
)


def heard(speaker: str, text: str) -> list[str]:
    found = [spoken_by(speaker, candidate) for candidate in candidates_of(text)]
    return sorted({text[one.start : one.end].rstrip(",") for one in found if one is not None})


def test_a_bare_surname_is_whom_the_article_speaks_of_most() -> None:
    assert heard("Biden", COUPLE) == ["Welcome", "the talks went well"]
    assert heard("Jill Biden", COUPLE) == ["He was my choice"]


def test_a_given_name_that_the_article_lacks_is_somebody_else() -> None:
    text = "“The seats are ours,” Mr. Kishida said."
    assert heard("Kishida", text) == ["The seats are ours"]
    assert heard("Yuko Kishida", text) == []


@pytest.mark.parametrize(
    ("speaker", "said"),
    [("president", ["We agree"]), ("US president", ["We agree"]), ("Japan's president", []), ("mayor", [])],
)
def test_an_office_is_who_holds_it_there_and_of_that_country(speaker: str, said: list[str]) -> None:
    text = "Tokyo was glad. In Lyon U.S. President Ada Moreau said: “We agree.” Prime Minister Ken Ito was silent."
    assert [words.rstrip(".") for words in heard(speaker, text)] == said
