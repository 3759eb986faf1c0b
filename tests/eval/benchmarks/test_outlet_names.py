"""Outlets' names leave a question, plain words stay, and what is left is a sentence. The outlets are invented."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eval.benchmarks.multihop import load_articles, load_questions
from eval.benchmarks.outlet_names import OutletRemover, aliases, plain_in

OUTLETS = (
    "HarbourPost",
    "The Lantern",
    "Compass",
    "RowSports.com",
    "Fjord News - Health",
    "Kelp: The Most Wondrous Stories",
    "Ebb | Sea Business Leader",
    "The Tide - Life and Style",
)
PLAIN = frozenset({"compass", "the lantern", "lantern", "kelp", "ebb", "the tide", "tide"})
REMOVE = OutletRemover(OUTLETS, lambda phrase: phrase.lower() in PLAIN)


@pytest.mark.parametrize(
    ("asked", "left"),
    [
        (
            "Does the HarbourPost article on ferries suggest delays?",
            "Does an article on ferries suggest delays?",
        ),
        ("Did a RowSports report name the winner?", "Did a report name the winner?"),
        (
            "Which port, according to The Lantern, shut in May, as reported by HarbourPost?",
            "Which port shut in May?",
        ),
        (
            "Which port, reported by HarbourPost and RowSports.com, will shut?",
            "Which port will shut?",
        ),
        (
            "Do the HarbourPost and Fjord News - Health articles agree?",
            "Do articles agree?",
        ),
        (
            "Did HarbourPost report a loss, while the other HarbourPost article did not?",
            "Did an article report a loss, while the other article did not?",
        ),
        (
            "Does 'The Tide - Life and Style' suggest that 'The Long Swim' is a film?",
            "Does an article suggest that 'The Long Swim' is a film?",
        ),
        (
            "Between the report from The Lantern on the quay published on May 2, 2023, and the HarbourPost "
            "report of May 4, did prices change?",
            "Between the report on the quay published on May 2, 2023, and a report of May 4, did prices change?",
        ),
        ("What does The Lantern's coverage say?", "What does the coverage say?"),
        ("Who won, as RowSports told its readers?", "Who won, as an article told its readers?"),
        ("Does harbourpost describe the quay?", "Does an article describe the quay?"),
        ("Is it true (HarbourPost/The Lantern)?", "Is it true?"),
        ("According to Compass, who won?", "Who won?"),
        (
            "Do articles from Kelp: The Most Wondrous Stories and Ebb | Sea Business Leader differ?",
            "Do articles differ?",
        ),
        (
            "Considering a Reuters report and an ESPN article, which letter is it?",
            "Considering a report and an article, which letter is it?",
        ),
        ("What does a Quayside Gazette article claim?", "What does an article claim?"),
    ],
)
def test_names_go_and_a_sentence_stays(asked: str, left: str) -> None:
    assert REMOVE(asked) == left


@pytest.mark.parametrize(
    "asked",
    [
        "Who lost the compass?",
        "Which ship carried a lantern, and when did the tide turn?",
        "Why does kelp grow in the fjord?",
        "Which firm was in the Compass 500 in 2023?",
        "Who wrote The Lantern of Seven Seas?",
        "What did Michael Bloomberg build?",
        "How many people reported the loss in time?",
    ],
)
def test_words_that_are_no_outlet_stay(asked: str) -> None:
    assert REMOVE(asked) == asked


@pytest.mark.parametrize(
    ("outlet", "expected"),
    [
        ("HarbourPost", {"HarbourPost", "Harbour Post"}),
        ("The Lantern", {"The Lantern", "Lantern"}),
        ("RowSports.com", {"RowSports.com", "RowSports", "Row Sports", "Row Sports.com"}),
        (
            "Fjord News - Health",
            {"Fjord News - Health", "Fjord News", "FjordNews"},
        ),
        ("Ebb | Sea Business Leader", {"Ebb | Sea Business Leader", "Ebb"}),
    ],
)
def test_aliases(outlet: str, expected: set[str]) -> None:
    assert aliases(outlet) == expected


FRAMES = (
    "Does the {} article suggest it, while {} does not?",
    "Which port, as reported by {} and {}, will shut?",
    "Did '{}' report on May 2 what \"{}\" said later?",
    "{} wrote of {} and its readers.",
    "Was {}'s report on the quay like {}'s article's claim?",
    "What was said on {}, or with {}?",
)
SURE = (
    "HarbourPost",
    "Harbour Post",
    "harbourpost",
    "RowSports.com",
    "Row Sports",
    "Fjord News - Health",
    "FJORD NEWS",
)


@given(st.sampled_from(FRAMES), st.sampled_from(SURE), st.sampled_from(SURE))
def test_a_name_that_is_nothing_else_never_stays(frame: str, first: str, second: str) -> None:
    left = REMOVE(frame.format(first, second))
    assert not REMOVE.named(left), left
    assert first.casefold() not in left.casefold()
    assert second.casefold() not in left.casefold()
    assert left[0].isupper()
    assert "  " not in left
    assert not any("\ue000" <= character <= "\uf8ff" for character in left)


@given(st.text(max_size=80))
def test_any_text_will_do_and_twice_is_once(text: str) -> None:
    once = REMOVE(text)
    assert REMOVE(once) == once or REMOVE.named(text)


def test_a_phrase_is_plain_when_articles_write_it_in_lower_case() -> None:
    is_plain = plain_in(["He lost the compass, again.", "See harbourpost.example/compassion"])
    assert is_plain("Compass")
    assert not is_plain("HarbourPost")
    assert not is_plain("Passion")


@pytest.mark.slow
@pytest.mark.skipif(
    "MULTIHOP_RAG_DIR" not in os.environ, reason="MULTIHOP_RAG_DIR names the benchmark's folder"
)
def test_no_outlet_is_left_in_the_benchmark() -> None:
    """Over every question of every file of questions in the folder."""
    folder = Path(os.environ["MULTIHOP_RAG_DIR"])
    articles = load_articles(folder / "articles.jsonl")
    remove = OutletRemover(
        {article.outlet for article in articles}, plain_in([article.text for article in articles])
    )
    left = {}
    for path in sorted(folder.glob("questions*.jsonl")):
        for question in load_questions(path):
            if names := remove.named(remove(question.text)):
                left[f"{path.name} {question.id}"] = names
    assert not left, json.dumps(left, indent=1)
