"""Names that have changed places make another statement of the same words."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.sentences import sentences
from service.support_exchanges import exchanged

FINAL = "Ames beat Brook in the final in Lyon on Sunday."


@pytest.mark.parametrize(
    ("statement", "source"),
    [
        ("Brook beat Ames in the final.", FINAL),
        ("Brook beat Ames in Lyon on Sunday.", FINAL),
        ("The company sued the union over wages.", "The union sued the company over unpaid wages."),
        ("The nurses thanked the minister.", "The minister thanked the nurses after the fire."),
        ("Solbank apologised to Voltara.", "Voltara apologised to Solbank on Monday."),
        ("In May Brook was beaten by Ames in the final.", "In May Ames was beaten by Brook in the final."),
        ("In May Ames was interviewed by Brook.", "In May Ames interviewed Brook for the news."),
        (
            "Exports to Sweden overtook exports to Norway.",
            "Exports to Norway overtook exports to Sweden in May.",
        ),
    ],
)
def test_who_did_what_to_whom_is_not_turned_round(statement: str, source: str) -> None:
    assert exchanged(statement, [source])
    assert not exchanged(statement, [source, statement])


@pytest.mark.parametrize(
    ("statement", "source"),
    [
        ("Ames beat Brook.", FINAL),
        ("On Sunday Ames beat Brook in the final in Lyon.", FINAL),
        ("In May Brook was interviewed by Ames.", "In May Ames interviewed Brook for the news."),
        ("Brook and Ames met in Lyon.", "Ames and Brook met in Lyon on Monday."),
        ("Spain, France and Japan signed it.", "Japan, France and Spain signed it in Lyon."),
        ("The bridge opened in Lyon.", "Lyon opened the bridge on Monday."),
        ("Brook lost the final to Ames.", FINAL),
        ("", FINAL),
        ("Ames won.", ""),
    ],
)
def test_another_order_of_the_same_is_no_sign(statement: str, source: str) -> None:
    assert exchanged(statement, [source]) == ()


def test_no_sentence_contradicts_itself_or_its_parts(samples: Path) -> None:
    for file in sorted(samples.glob("*.md")):
        text = file.read_text(encoding="utf-8")
        for span in sentences(text):
            sentence = text[span.start : span.end]
            assert exchanged(sentence, [sentence]) == ()
            assert exchanged(sentence[: len(sentence) // 2], [sentence]) == ()


@given(st.text(max_size=80), st.text(max_size=80))
def test_any_text_is_taken(statement: str, source: str) -> None:
    assert isinstance(exchanged(statement, [source]), tuple)
    assert exchanged(statement, [statement]) == ()
