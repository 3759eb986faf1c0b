"""Compound questions become questions that stand alone."""

from __future__ import annotations

import pytest

from service.compound import pieces_of


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ("Who won?", ("Who won?",)),
        (
            "What was said about rents and what about schools?",
            ("What was said about rents", "What was said about schools"),
        ),
        (
            "What did Ruth Ames find, and where did she work?",
            ("What did Ruth Ames find", "Where did Ruth Ames work?"),
        ),
        (
            "What did Ames and Carl Boyd say about the price?",
            ("What did Ames say about the price?", "What did Carl Boyd say about the price?"),
        ),
        ("What did Ames and Boyd build?", ("What did Ames and Boyd build?",)),
        ("Who won, and what did the loser say?", ("Who won", "what did the loser say?")),
    ],
)
def test_each_piece_takes_what_it_leaves_out(text: str, pieces: tuple[str, ...]) -> None:
    assert pieces_of(text) == pieces
