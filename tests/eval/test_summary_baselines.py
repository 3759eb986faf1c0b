"""The baselines: what they choose, that they keep to the words, and LexRank's arithmetic."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eval.summary_baselines import (
    RANDOM_DRAWS,
    THRESHOLD,
    Baseline,
    LexRank,
    centrality,
    cosines,
    drawn,
    idf,
    lead,
    lead_3,
    prose_of,
    words_in,
)
from service.wiring import Services

STORY = [
    "The council bought a bridge.",
    "The bridge crosses the river.",
    "Rain fell.",
    "The river bridge cost the council nine million.",
    "A heron watched.",
]

texts = st.lists(st.text("abc .", min_size=1, max_size=30).filter(str.strip), min_size=1, max_size=8)
baselines = st.sampled_from([lead_3, lead, drawn, LexRank(STORY)])


def test_lead_3_is_the_first_three_sentences() -> None:
    assert lead_3([STORY], 100) == [STORY[:3]]
    assert lead_3([STORY], 8) == [[STORY[0], STORY[2]]], "the second does not fit"


def test_leads_of_several_articles_are_taken_in_turns() -> None:
    assert lead_3([STORY, ["Second story."]], 100) == [[STORY[0], "Second story.", STORY[1]]]
    assert lead([STORY, ["Second story."]], 13) == [[STORY[0], "Second story.", STORY[1]]]


@settings(max_examples=40, deadline=None)
@given(baselines, st.lists(texts, min_size=1, max_size=3), st.integers(1, 40))
def test_summaries_are_whole_sentences_within_the_words(
    baseline: Baseline, articles: list[list[str]], max_words: int
) -> None:
    known = [sentence for article in articles for sentence in article]
    summaries = baseline(articles, max_words)
    assert summaries
    for summary in summaries:
        assert all(sentence in known for sentence in summary)
        assert len(summary) <= len(known)
        assert sum(words_in(sentence) for sentence in summary) <= max_words


def test_chance_is_the_same_chance_each_time() -> None:
    assert drawn([STORY], 8) == drawn([STORY], 8)
    assert len(drawn([STORY], 8)) == RANDOM_DRAWS
    assert len({tuple(one) for one in drawn([STORY], 8)}) > 1


def test_lexrank_takes_the_sentences_most_like_the_others_in_the_order_of_the_text() -> None:
    assert LexRank(STORY)([STORY], 13) == [[STORY[0], STORY[3]]]


def test_idf_and_cosine_worked_out_by_hand() -> None:
    weights = idf(["red car", "red bus", "blue bus"])
    assert weights == pytest.approx(
        {"red": math.log(3 / 2), "car": math.log(3), "bus": math.log(3 / 2), "blue": math.log(3)}
    )
    a, b = math.log(3 / 2), math.log(3)
    found = cosines(["red car", "red bus"], weights)
    assert found[0, 1] == pytest.approx(a * a / (math.hypot(a, b) * math.hypot(a, a)))
    assert found[0, 0] == pytest.approx(1.0)


def test_centrality_of_a_star_worked_out_by_hand() -> None:
    """Sentence 0 is like 1 and 2, which are unlike each other; a similarity below the threshold is no edge."""
    similarity = np.array([[0.0, 0.5, 0.5], [0.5, 0.0, THRESHOLD / 2], [0.5, THRESHOLD / 2, 0.0]])
    middle = (0.15 / 3 + 0.85) / 1.85
    assert centrality(similarity) == pytest.approx([middle, (1 - middle) / 2, (1 - middle) / 2])


@settings(max_examples=40, deadline=None)
@given(st.lists(st.lists(st.floats(0, 1), min_size=5, max_size=5), min_size=5, max_size=5))
def test_centralities_are_a_distribution(rows: list[list[float]]) -> None:
    matrix = np.array(rows)
    scores = centrality((matrix + matrix.T) / 2)
    assert scores.sum() == pytest.approx(1.0)
    assert (scores > 0).all()


def test_centrality_of_nothing_is_nothing() -> None:
    assert centrality(np.zeros((0, 0))).shape == (0,)
    assert LexRank([])([[]], 10) == [[]]


def test_prose_is_without_titles_headings_and_furniture(sample_services: Services) -> None:
    prose = prose_of(sample_services.article("aukus.md"))
    assert prose[0].startswith("CANBERRA, April 11 — Japan moved a step closer")
    assert not any("Share on social media" in one or one.startswith("#") for one in prose)
    assert prose_of(sample_services.article("club-takeover.txt"))[0].startswith("CALDER VALE — The Bramhall")


def test_added_numbers_are_no_words() -> None:
    assert words_in("The council paid. [12]") == 3
    assert words_in("[The council] paid.") == 3
