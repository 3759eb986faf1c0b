"""A model's text becomes the same statements however it arrives in pieces, and no label or markup survives in them."""

from __future__ import annotations

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from service.labels import LABEL, labels_in
from service.statement_stream import (
    MAX_STATEMENT_CHARS,
    MOST_REPEATS,
    RawStatement,
    Refusal,
    StatementStream,
    cut,
)


def statements(text: str) -> list[tuple[str, tuple[str, ...]]]:
    return [(one.text, one.labels) for one in cut([text]) if isinstance(one, RawStatement)]


def test_an_unclosed_list_of_numbers_is_read_in_one_pass() -> None:
    assert LABEL.search("(" + "see 1.1, " * 5000) is None  # would not end if every division of it were tried


@pytest.mark.parametrize(
    ("written", "labels"),
    [
        ("[3.2]", ("3.2",)),
        ("[3]", ("3",)),
        ("(3.2)", ("3.2",)),
        ("【3.2】", ("3.2",)),
        ("[[3.2]]", ("3.2",)),
        ("[Article 3.2]", ("3.2",)),
        ("(Article 3)", ("3",)),
        ("[3.2, 4.1]", ("3.2", "4.1")),
        ("[3.2; 4.1]", ("3.2", "4.1")),
        ("[3.2 and 4.1]", ("3.2", "4.1")),
        ("[Articles 3.2, 4.1 and 5]", ("3.2", "4.1", "5")),
        ("[3.2-3.4]", ("3.2", "3.3", "3.4")),
        ("[3.2–4]", ("3.2", "3.3", "3.4")),
        ("[3.2-4.1]", ("3.2", "4.1")),
        ("[1.2-1.90]", ("1.2", "1.90")),
        ("[03.02]", ("3.2",)),
    ],
)
def test_a_label_is_read_however_it_is_written(written: str, labels: tuple[str, ...]) -> None:
    assert LABEL.fullmatch(written)
    assert labels_in(written) == labels
    assert statements(f"The bridge opened {written}.") == [("The bridge opened.", labels)]
    assert statements(f"The bridge opened. {written}") == [("The bridge opened.", labels)]


@pytest.mark.parametrize(
    "written", ["[Biden]", "[…]", "(3)", "(2024)", "[2024]", "[the president]", "(3.2 percent)"]
)
def test_other_brackets_are_words_of_the_statement(written: str) -> None:
    assert statements(f"The bridge {written} opened.") == [(f"The bridge {written} opened.", ())]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("A b [3.2]. C d [4.1].", [("A b.", ("3.2",)), ("C d.", ("4.1",))]),
        ("A b. [3.2][4.1] C d. [5.1]", [("A b.", ("3.2", "4.1")), ("C d.", ("5.1",))]),
        ("A b.[3.2] C d.[5.1]", [("A b.", ("3.2",)), ("C d.", ("5.1",))]),
        ("[3.2] A b. [4.1] C d.\n[5.1] E f.", [("A b.", ("3.2",)), ("C d.", ("4.1",)), ("E f.", ("5.1",))]),
        ("A b.\n[3.2]\nC d.\n\n[4.1]\n", [("A b.", ("3.2",)), ("C d.", ("4.1",))]),
        ("They left the U.S. [3.2] The rest stayed.", [("They left the U.S.", ("3.2",)), ("The rest stayed.", ())]),
        ("Biden [1.1] and Kishida [1.2] spoke.", [("Biden and Kishida spoke.", ("1.1", "1.2"))]),
        ("It fell 3.5 percent. [1.1]", [("It fell 3.5 percent.", ("1.1",))]),
        ("Mr. J. R. Smith of the U.S. Navy left [1.1].", [("Mr. J. R. Smith of the U.S. Navy left.", ("1.1",))]),
        ("He spoke. “A is b. C is d.” [1.2]", [("He spoke.", ()), ("“A is b. C is d.”", ("1.2",))]),
        ('He said: "A is b. C is d." [1.2] He left.', [('He said: "A is b. C is d."', ("1.2",)), ("He left.", ())]),
        ("“Is it so?” Mr. Smith asked. He left.", [("“Is it so?” Mr. Smith asked.", ()), ("He left.", ())]),
    ],
)  # fmt: skip
def test_a_sentence_ends_where_a_reader_ends_it(
    text: str, expected: list[tuple[str, tuple[str, ...]]]
) -> None:
    assert statements(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "- The bridge opened [1.1].\n- It rained [1.2].",
        "* **The bridge** opened [1.1].\n* It *rained* [1.2].",
        "1. The bridge opened [1.1].\n2. It rained [1.2].",
        "## The bridge\n\nThe bridge opened [1.1].\n---\nIt rained [1.2].",
        "**In short**\nThe bridge opened [1.1]. It rained [1.2].",
        "Answer: The bridge opened [1.1]. It rained [1.2].<|im_end|>",
        "```text\nThe bridge opened [1.1].\nIt rained [1.2].\n```",
        "> The bridge opened [1.1].\n> It rained [1.2].",
        "<think>\nWhat opened? I cannot tell.\n\nMaybe [9.9].\n</think>\nThe bridge opened [1.1]. It rained [1.2].",
        "Article 1 | The Post | 2024\nThe bridge opened [1.1].\r\nIt rained [1.2]." + "\n" * 3000,
    ],
)
def test_markup_is_no_part_of_a_statement(text: str) -> None:
    assert statements(text) == [("The bridge opened.", ("1.1",)), ("It rained.", ("1.2",))]


@pytest.mark.parametrize(
    "text",
    [
        "NOT IN THE ARTICLES",
        "Not in the articles.",
        "**NOT IN THE ARTICLES**",
        "Answer: “not in the articles”!\n",
        "NOT IN THE ARTICLES: nothing is said about it.",
    ],
)
def test_the_refusal_marker_is_an_event_of_its_own(text: str) -> None:
    assert list(cut([text])) == [Refusal()]


def test_a_sentence_about_what_is_not_in_the_articles_is_no_refusal() -> None:
    assert statements("Not in the articles of impeachment was treason.") != []


def test_a_statement_is_out_as_soon_as_the_next_word_is() -> None:
    stream = StatementStream()
    assert stream.feed("The bridge opened [1.1]. It ") == [RawStatement("The bridge opened.", ("1.1",))]
    assert stream.feed("rained [1.2].\n") == []  # a label may stand on the next line
    assert stream.feed("Nobody ") == [RawStatement("It rained.", ("1.2",))]
    assert stream.finish() == [RawStatement("Nobody")]


def test_a_loop_is_noticed() -> None:
    stream = StatementStream()
    found: list[object] = []
    for _ in range(MOST_REPEATS):
        found += stream.feed("The bridge opened [1.1]. ")
        assert not stream.exhausted
    found += stream.feed("The Bridge opened! [1.2] ")
    found += stream.feed("The ")
    assert [one.repeated for one in found if isinstance(one, RawStatement)] == [False, True, True, True]
    assert stream.exhausted


def test_a_loop_within_a_sentence_is_noticed() -> None:
    stream = StatementStream()
    found = stream.feed("The partners of AUKUS are " + "AUKUS, " * 9)
    assert [one.whole for one in found if isinstance(one, RawStatement)] == [False]
    assert stream.exhausted
    calm = StatementStream()
    calm.feed("It was a very very very very very very long bridge, long, long, long, and ")
    assert not calm.exhausted


def test_a_sentence_without_end_is_cut_off_and_its_line_passed_over() -> None:
    endless = " ".join(f"and {number}" for number in range(MAX_STATEMENT_CHARS // 5))
    first, second = cut([f"It went {endless}. It stopped [1.1].\nIt rained [1.2]."])
    assert isinstance(first, RawStatement)
    assert not first.whole
    assert len(first.text) <= MAX_STATEMENT_CHARS + 1
    assert second == RawStatement("It rained.", ("1.2",))
    stream = StatementStream()
    stream.feed(f"{endless}\n{endless}\n")
    assert stream.exhausted


PARTS = st.sampled_from(
    ["The bridge opened", " It rained", ". ", ".", "[3.2]", " [4.1]", "[", "]", "(1.2)", "\n", "\n\n", " ", "“", "”",
     '"', "- ", "**", "*", "U.S. ", "Mr. ", "3.5", "NOT IN THE ARTICLES", "Answer: ", "## ", "?” ", "he asked", "1. ",
     "<think>", "</think>", "```", "…", "[Biden]", "Article 1 | ", "[3.2-", "é"]
)  # fmt: skip
TEXTS = st.lists(PARTS, max_size=25).map("".join)


@given(TEXTS, st.lists(st.integers(1, 9), min_size=1, max_size=20))
@example("The bridge opened. [3.2][4.1] It rained.\n[3.2]\n", [1])
def test_the_result_does_not_depend_on_the_pieces(text: str, lengths: list[int]) -> None:
    pieces: list[str] = []
    place = 0
    while place < len(text):
        length = lengths[len(pieces) % len(lengths)]
        pieces.append(text[place : place + length])
        place += length
    assert list(cut(pieces)) == list(cut([text]))


@given(TEXTS)
def test_no_label_survives(text: str) -> None:
    for one in cut([text]):
        if isinstance(one, RawStatement):
            assert not LABEL.search(one.text)
            assert one.text == one.text.strip() != ""


WORD = st.sampled_from("bridge Lyon council 54,000 3.5 Mr. U.S. opened the Monday it's said café".split())
SENTENCE = st.tuples(
    st.lists(WORD, min_size=1, max_size=8),
    st.sampled_from(["", " [1.2]", " [3.1, 4.2]"]),
    st.sampled_from([".", "!", "?"]),
    st.sampled_from(["", " [2.1]", "[2.2][3.3]"]),
)


@given(st.lists(SENTENCE, max_size=8), st.sampled_from([" ", "\n", "\n- "]))
def test_together_the_statements_hold_every_word_and_every_label(
    parts: list[tuple[list[str], str, str, str]], between: str
) -> None:
    text = between.join(" ".join(words) + inner + mark + outer for words, inner, mark, outer in parts)
    found = [one for one in cut([text]) if isinstance(one, RawStatement)]
    # "Mr. [1.2]." is one sentence's end or two marks of one; words and labels are what must not be lost.
    assert re.findall(r"[\w,.']*\w", " ".join(one.text for one in found)) == re.findall(
        r"[\w,.']*\w", " ".join(word for words, *_ in parts for word in words)
    )
    written = {label for match in LABEL.finditer(text) for label in labels_in(match.group())}
    assert {label for one in found for label in one.labels} == written
