"""How a question is divided into what is searched."""

from __future__ import annotations

from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from service.outlets import OutletNames
from service.periods import periods
from service.question_parts import MOST_PARTS, OTHER_CLAUSES, Part, parts_to_search

OUTLETS = OutletNames(["The Harbour Post", "Valley Herald", "Meridian Wire"])


def _parts(question: str) -> tuple[Part, ...]:
    return parts_to_search(question, OUTLETS.mentions(question), periods(question, date(2024, 5, 1)))


def test_a_short_question_is_one_part_with_every_word_in_full() -> None:
    (only,) = _parts("Who repaired the old tide barrier?")
    assert only.outlets == frozenset()
    assert set(only.shares.values()) == {1.0}
    assert {"repair", "tide", "barrier"} <= set(only.shares)
    assert "who" not in only.shares


def test_each_outlet_is_searched_for_its_own_clause() -> None:
    post, herald = _parts(
        "Did The Harbour Post call the budget cautious, while the Valley Herald found it reckless?"
    )[:2]
    assert post.outlets == {"The Harbour Post"}
    assert herald.outlets == {"Valley Herald"}
    assert (post.shares["cautious"], post.shares["reckless"]) == (1.0, OTHER_CLAUSES)
    assert (herald.shares["cautious"], herald.shares["reckless"]) == (OTHER_CLAUSES, 1.0)
    assert "harbour" not in post.shares
    assert "Herald" not in herald.text


def test_a_clause_without_an_outlet_belongs_to_the_one_before_it() -> None:
    (post, *_) = _parts("What did The Harbour Post report on Monday, regarding ferry fares?")
    assert post.shares["ferri"] == 1.0


def test_long_clauses_are_searched_in_every_outlet_named() -> None:
    found = _parts(
        "Which company, covered by both the Valley Herald and Meridian Wire, spent millions on harbour cranes"
        " last year, and faces a lawsuit by dock workers over unpaid overtime wages?"
    )
    lawsuit = [part for part in found if "unpaid" in part.text and "cranes" not in part.text]
    assert [part.outlets for part in lawsuit] == [frozenset({"Valley Herald", "Meridian Wire"})]


def test_a_time_belongs_to_its_clause() -> None:
    found = _parts(
        "Did the Valley Herald report on April 3, 2024 that the quay was closed, while Meridian Wire on"
        " April 9, 2024 said that it had reopened?"
    )
    assert [period.start for period in found[0].periods] == [date(2024, 4, 3)]
    assert [period.start for period in found[1].periods] == [date(2024, 4, 9)]


def test_neither_a_date_nor_a_number_is_cut_at_its_comma() -> None:
    found = _parts(
        "What did the Valley Herald report on October 7, 2023 about harbour dredging contracts, and did"
        " Meridian Wire count 54,000 visitors at the maritime festival last weekend?"
    )
    assert any("October 7, 2023 about harbour" in part.text for part in found)
    assert [period.words for period in found[0].periods] == ["October 7, 2023"]
    assert all("54,000 visitors" in part.text for part in found if "54" in part.text)
    assert not any(part.text.startswith(("000", "2023")) for part in found)


def test_an_outlet_with_a_conjunction_in_its_name_is_not_cut() -> None:
    outlets = OutletNames(["Wine and the Sea"])
    question = "What did Wine and the Sea report about the oyster harvest?"
    (only, *_) = parts_to_search(question, outlets.mentions(question), ())
    assert only.outlets == {"Wine and the Sea"}
    assert only.shares["oyster"] == 1.0


def test_the_spans_of_a_part_are_its_words_in_the_question() -> None:
    question = "Did The Harbour Post call the budget cautious, while the Valley Herald found it reckless?"
    post, herald = _parts(question)[:2]
    assert [question[start:end] for start, end in post.spans] == ["Did ", " call the budget cautious"]
    assert [question[start:end] for start, end in herald.spans] == [", while the ", " found it reckless?"]
    (only,) = _parts("Who repaired it?")
    assert only.spans == ((0, 16),)


@given(
    st.lists(
        st.sampled_from(
            ["Valley Herald", ", while ", " the ferry", " Meridian Wire", " said", "?", " \u00e9"]
        ),
        max_size=30,
    ).map("".join)
)
def test_spans_hold_the_words_of_the_text_and_no_outlet(question: str) -> None:
    for part in _parts(question):
        words = " ".join(question[start:end] for start, end in part.spans)
        assert all(start < end for start, end in part.spans) or not question
        assert list(part.spans) == sorted(part.spans)
        if part.outlets:
            assert "".join(words.split()).strip(",;?") == "".join(part.text.split()).strip(",;?")


@given(st.text(max_size=200))
def test_any_text_gives_one_to_eight_distinct_parts(text: str) -> None:
    found = _parts(text)
    assert 1 <= len(found) <= MOST_PARTS
    assert len({(part.outlets, part.periods, tuple(part.shares.items())) for part in found}) == len(found)
    assert all(0 < share <= 1 for part in found for share in part.shares.values())
