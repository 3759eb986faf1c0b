"""Two descriptions of one speaker."""

from __future__ import annotations

import pytest

from service.speakers import same_speaker


@pytest.mark.parametrize(
    ("asked", "known", "same"),
    [
        ("Biden", "Joe Biden", True),
        ("President Biden", "Joe Biden", True),
        ("joe biden", "Joe Biden", True),
        ("Jill Biden", "Joe Biden", False),
        ("Marcos", "Ferdinand Marcos Jr.", True),
        ("Chen", "Chen Boyuan", True),
        ("officials", "senior administration official", True),
        ("White House", "White House official", False),
        ("the White House", "White House", True),
        ("Tokyo", "Japan", True),
        ("Polish analyst", "analysts", False),
        ("Taiwan foreign ministry", "foreign ministry", False),
        ("Tokyo", "leaders of the United States and Japan", False),
        ("Gregory Poling", "Poling", True),
        ("Kishida", None, False),
        ("Kishida", "Joe Biden", False),
    ],
)
def test_same_speaker(asked: str, known: str | None, same: bool) -> None:
    assert same_speaker(asked, known) is same
