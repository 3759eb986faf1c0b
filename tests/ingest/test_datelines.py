"""Where a dateline ends and the story begins."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.datelines import dateline_length


@pytest.mark.parametrize(
    ("dateline", "story"),
    [
        ("LONDON, May 3, 2024 - ", "Mayor Ada Moreau opened the bridge."),
        ("MARDEN — ", "The river rose."),
        ("MARDEN, April 8 (Harbour Wire) — ", "The river rose."),
        ("Marden (Reuters) — ", "The river rose."),
        ("(AP) — ", "The river rose."),
        ("", "MARDEN rose by 3 percent."),
        ("", "NASA — America’s agency for space — said no."),
        ("", "The river — a wide one — rose."),
    ],
)
def test_the_length_of_a_dateline(dateline: str, story: str) -> None:
    assert dateline_length(dateline + story) == len(dateline)


@given(st.text(max_size=120))
def test_it_never_reaches_beyond_the_text(text: str) -> None:
    assert 0 <= dateline_length(text) <= len(text)
