"""Candidates are verbatim, whole, and never boilerplate or headings."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from ingest.articles import Article, Span, article_id_of
from ingest.attribution import analyze
from service.candidates import MAX_CHARS, candidates_in
from service.reading import Reading
from tests.service.articles import candidates_of, reading_of


def test_a_quotation_is_not_cut_in_two() -> None:
    text = "Moreau was clear. “It is safe. We tested every bolt,” she said. The rain went on."
    held = [one for one in candidates_of(text) if "It is safe" in one.text]
    assert held
    assert all(one.text.count("“") == one.text.count("”") for one in held)


def test_what_it_points_at_comes_along() -> None:
    texts = [one.text for one in candidates_of("The council bought a crane in May. It cost £3 million.")]
    assert "The council bought a crane in May. It cost £3 million." in texts


def test_what_an_article_asks_its_readers_is_no_statement_and_what_people_ask_is() -> None:
    text = (
        "The bridge has closed. Do you know more about it? Write to us today. “Who will pay?” asked Ruth Ames."
        " “When will it open?”"
    )
    found = [one.focus_text for one in candidates_of(text)]
    assert "Do you know more about it?" not in found
    assert any("Who will pay?" in one for one in found)
    assert "The bridge has closed." in found


def test_headings_and_the_title_are_no_statements() -> None:
    text = (
        "Bridge opens in Lyon\n\nThe bridge opened on Monday.\n\nA long wait\n\nPeople cheered for an hour."
    )
    assert [one.text for one in candidates_of(text, title="Bridge opens in Lyon")] == [
        "The bridge opened on Monday.",
        "People cheered for an hour.",
    ]


def test_boilerplate_is_never_a_candidate() -> None:
    text = "The bridge opened on Monday.\n\nSign up for our newsletter today."
    start = text.index("Sign up")
    reading = reading_of(text)
    marked = Article(article_id_of("a"), "a", text, boilerplate=(Span(start, len(text)),))
    reading.article = marked
    assert [one.text for one in candidates_in(reading, [(0, len(text), 1.0)])] == [
        "The bridge opened on Monday."
    ]


def test_surroundings_are_paragraph_sentence_before_and_title() -> None:
    text = "The vote on the barrier came late.\n\nIt was 31 to 17. Nobody cheered.\n\nThe band went home."
    vote = next(one for one in candidates_of(text, title="Harrow council") if "31 to 17" in one.focus_text)
    assert {"barrier", "cheer", "council"} <= vote.surroundings | vote.keys
    assert "band" not in vote.surroundings


words = st.sampled_from(
    [
        "He",
        "said",
        "“Yes.",
        "No,”",
        "it",
        "It",
        "is",
        "a",
        "Mr.",
        "Petit",
        "U.S.",
        "bridge.",
        "safe,",
        "\n\n",
        "\n",
        "(so)",
        "‘why?’",
        '"A',
        'b."',
        "5,000",
        "🙂",
    ]
)


@given(st.lists(words, max_size=60))
def test_candidates_of_any_text_are_verbatim_and_bounded(pieces: list[str]) -> None:
    text = " ".join(pieces)
    for one in candidates_of(text):
        assert one.text == text[one.start : one.end]
        assert one.text.strip() == one.text != ""
        longest = max(sentence.end - sentence.start for sentence in analyze(text).sentences)
        assert len(one.text) <= max(MAX_CHARS, longest)
        assert isinstance(one.reading, Reading)
