"""Sentence spans: the cases that newsrooms write, and what must hold for any text at all."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.articles import Span
from ingest.sentences import sentences


def split(text: str, boilerplate: tuple[Span, ...] = ()) -> list[str]:
    return [text[s.start : s.end] for s in sentences(text, boilerplate)]


@pytest.mark.parametrize(
    "expected",
    [
        ["The U.S. Navy sailed.", "It returned to the U.S.", "The crew rested."],
        ["Mr. Arlen met Dr. Okoye and Sen. Ruiz on St. Helena.", "They left."],
        ["He calls Luis B. Ortega Jr. at noon.", "Mrs. J. R. Hale agreed."],
        ["The port is No. 1 in the region.", "Rivals objected."],
        ["It opens on April 10.", "Tickets cost $1.5 million."],
        ["Doors open at 5:30 a.m. EST on Nov. 27, 2023.", "Bring an umbrella."],
        ["The bar shuts at 2 a.m.", "Nobody minds."],
        ["Read it at https://news.example/a.b?c=d.", "Then call."],
        ["She lives in Washington, D.C.", "He does not."],
        ["We waited … and waited.", "Nothing came…", "Then it did."],
        ["“The tide turned. […]", "It never came back,” said Ann Moor."],
        ["“We will not go.", "We have said so,” Ann Moor told reporters."],
        ["“Is it safe?” Ann Moor asked.", "“It is!”", "The crowd cheered."],
        ['"Stop."', "She stopped."],
        ["‘It doesn’t matter,’ he said.", "‘It never did.’"],
        ["The team (formed in 2011) lost.", "(It had won before.)", "Nobody left."],
        ["Inflation was 3.5 percent.", "$4 bought two."],
        ["iPhone sales fell.", "iPad sales rose."],
    ],
)
def test_a_paragraph_splits_where_a_reader_would(expected: list[str]) -> None:
    assert split(" ".join(expected)) == expected


def test_words_left_out_stay_with_the_sentence_they_end() -> None:
    assert split("“It is calm. […] It is not war.”") == ["“It is calm. […]", "It is not war.”"]


def test_each_line_is_a_paragraph_unless_the_file_is_hard_wrapped() -> None:
    assert split("A heading\nA line without a stop\n\n• an item\n• another") == [
        "A heading",
        "A line without a stop",
        "• an item",
        "• another",
    ]


def test_hard_wrapped_lines_are_joined() -> None:
    wrapped = (
        "The harbour authority of Port Alder said on Monday that two of its four\n"
        "cranes would be closed until the autumn, after an inspector found cracks\n"
        "in the arms of both. Ships are being sent to other ports along the coast\n"
        "for now.\n"
        "\n"
        "A second paragraph follows here and it is also long enough to have been\n"
        "broken.\n"
    )
    found = sentences(wrapped)
    assert [s.paragraph for s in found] == [0, 0, 1]
    assert wrapped[found[1].start : found[1].end].startswith("Ships are")
    assert "\n" in wrapped[found[0].start : found[0].end]


def test_a_list_numbers_its_items_without_ending_sentences() -> None:
    assert split("1. Melt the butter.\n2. Add flour.") == ["1. Melt the butter.", "2. Add flour."]


def test_every_boilerplate_line_is_its_own_sentence() -> None:
    text = "One. Two.\nSign up. It is free.\nBy joining. You agree.\nThree."
    marked = (Span(text.index("Sign"), text.index("\nThree")),)
    assert split(text, marked) == ["One.", "Two.", "Sign up. It is free.", "By joining. You agree.", "Three."]


def test_boilerplate_inside_a_line_cuts_it() -> None:
    text = "He left early Advertisement and came back."
    at = text.index("Advertisement")
    assert split(text, (Span(at, at + 13),)) == ["He left early", "Advertisement", "and came back."]


def test_nothing_in_nothing() -> None:
    assert sentences("") == ()
    assert sentences(" \n\t\u2028 ") == ()


_TEXT = st.text(
    alphabet=st.one_of(st.characters(), st.sampled_from("  \n\n..?!“”‘’\"'…[]()ABCabc12$日。\u2028\u00a0")),
    max_size=300,
)


@settings(max_examples=300, deadline=None)
@given(text=_TEXT, cuts=st.lists(st.tuples(st.integers(0, 320), st.integers(0, 60)), max_size=4))
def test_sentences_cover_every_character_once_in_order(text: str, cuts: list[tuple[int, int]]) -> None:
    boilerplate = [Span(start, start + size) for start, size in cuts]
    found = sentences(text, boilerplate)
    covered = 0
    position = 0
    for sentence in found:
        words = text[sentence.start : sentence.end]
        assert sentence.start >= position
        assert words
        assert words == words.strip()
        assert not text[position : sentence.start].strip()
        covered += sum(not character.isspace() for character in words)
        position = sentence.end
    assert not text[position:].strip()
    assert covered == sum(not character.isspace() for character in text)
    numbers = [sentence.paragraph for sentence in found]
    assert numbers == sorted(numbers)
    assert set(numbers) == set(range(len(set(numbers))))
    for sentence in found:
        for span in boilerplate:
            inside = max(0, min(sentence.end, span.end) - max(sentence.start, span.start))
            assert inside in (0, sentence.end - sentence.start) or any(
                other != span and other.overlaps(sentence.start, sentence.end) for other in boilerplate
            )


@pytest.mark.parametrize("piece", [".", "“", "A. ", "U.S.", "? ", "\n", "[…] ", "'", "1. ", "a\n", "…” "])
def test_long_runs_of_one_thing_are_no_trouble(piece: str) -> None:
    text = piece * 30_000
    assert sum(s.end - s.start for s in sentences(text)) <= len(text)
