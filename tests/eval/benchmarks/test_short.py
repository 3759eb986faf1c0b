"""Short questions: when a passage counts as a hit, and whether the questions themselves are sound."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eval.benchmarks.short import (
    DEPTH,
    CaseRank,
    SourceText,
    evaluate,
    first_hit,
    hits_at,
    is_hit,
    mrr_at,
    score,
    tagged,
)
from eval.gold import GoldCase, load
from ingest.chunking import chunk
from ingest.errors import InvalidRequest
from service.wiring import Services

GOLD = Path(__file__).parent.parent.parent.parent / "eval" / "gold"
SETS = [GOLD / "short-samples.yaml", GOLD / "short-summit.yaml"]

ranks = st.lists(st.one_of(st.none(), st.integers(1, 12)), max_size=30)


def case(
    *groups: tuple[str, ...],
    sources: tuple[str, ...] = ("a.txt",),
    question: str = "?",
    abstain: bool = False,
    tags: tuple[str, ...] = (),
) -> GoldCase:
    return GoldCase(question, question, None, groups, sources, abstain, tags)


BRIDGE = case(("£9 million", "/nine million/"), ("council",))


def test_a_passage_hits_when_it_meets_every_group_by_one_of_its_phrases() -> None:
    assert is_hit(BRIDGE, ("a.txt", "The Council\npaid £9  million."))
    assert is_hit(BRIDGE, ("a.txt", "Nine million came from the council."))
    assert not is_hit(BRIDGE, ("a.txt", "It cost £9 million."))


def test_the_words_in_another_file_are_no_hit() -> None:
    assert not is_hit(BRIDGE, ("b.txt", "The council paid £9 million."))
    assert not is_hit(BRIDGE, ("folder/a.txt", "The council paid £9 million."))


def test_facts_spread_over_two_passages_are_no_hit() -> None:
    assert first_hit(BRIDGE, [("a.txt", "It cost £9 million."), ("a.txt", "The council paid.")]) is None


def test_the_first_hit_counts_and_only_within_the_depth() -> None:
    miss, hit = ("a.txt", "Nothing."), ("a.txt", "The council paid £9 million.")
    assert first_hit(BRIDGE, [miss, hit, hit]) == 2
    assert first_hit(BRIDGE, [*[miss] * (DEPTH - 1), hit]) == DEPTH
    assert first_hit(BRIDGE, [*[miss] * DEPTH, hit]) is None
    assert first_hit(BRIDGE, []) is None


def test_figures_worked_out_by_hand() -> None:
    places = [1, 4, 5, None]
    assert (hits_at(4, places), hits_at(10, places)) == (0.5, 0.75)
    assert mrr_at(10, places) == pytest.approx((1 + 1 / 4 + 1 / 5) / 4)
    assert mrr_at(4, places) == pytest.approx((1 + 1 / 4) / 4)


@given(ranks, st.integers(1, 12))
def test_a_greater_depth_never_lowers_a_figure_and_mrr_is_at_most_hits(
    places: list[int | None], k: int
) -> None:
    assert 0.0 <= hits_at(k, places) <= hits_at(k + 1, places) <= 1.0
    assert mrr_at(k, places) <= mrr_at(k + 1, places) + 1e-12
    assert hits_at(k, places) / k - 1e-12 <= mrr_at(k, places) <= hits_at(k, places) + 1e-12


def test_a_run_asks_each_question_once_and_keeps_its_rank() -> None:
    asked: list[tuple[str, int]] = []
    cases = [
        case(("red",), question="which colour?", tags=("development",)),
        case(("blue",), question="and the other?", tags=("blind",)),
    ]

    def search(question: str, limit: int) -> Sequence[SourceText]:
        asked.append((question, limit))
        return [("b.txt", "red and blue"), ("a.txt", "It was red.")]

    run = evaluate(cases, search)
    assert asked == [("which colour?", DEPTH), ("and the other?", DEPTH)]
    assert [one.rank for one in run.ranks] == [2, None]
    assert (run.cases, run.hits_4, run.hits_10, run.mrr_10) == (2, 0.5, 0.5, 0.25)
    half = score([one for one in run.ranks if "development" in one.case.tags])
    assert (half.cases, half.hits_4, half.mrr_10) == (1, 1.0, 0.5)


def test_what_cannot_be_measured_is_refused() -> None:
    with pytest.raises(InvalidRequest, match="no cases"):
        evaluate([], lambda _question, _limit: [])
    with pytest.raises(InvalidRequest, match="'who\\?' expects Dateline to abstain"):
        evaluate([case(question="who?", sources=(), abstain=True)], lambda _question, _limit: [])
    with pytest.raises(InvalidRequest, match="no case is tagged 'bilnd'; the tags here are: blind"):
        tagged([case(("x",), tags=("blind",))], "bilnd")


def test_figures_over_nothing_are_zero() -> None:
    assert score([]) == score(())
    assert score([]).mrr_10 == 0.0
    assert score([CaseRank(BRIDGE, None)]).hits_10 == 0.0


@pytest.mark.parametrize("path", SETS, ids=lambda path: path.stem)
def test_the_sets_are_short_questions_split_in_halves(path: Path) -> None:
    cases = load(path).cases
    assert len(cases) == 60
    assert len({one.question for one in cases}) == 60
    for half, suffix in (("development", "-a"), ("blind", "-b")):
        chosen = tagged(cases, half)
        assert len(chosen) == 30
        assert all(one.id.endswith(suffix) for one in chosen)
    assert all(4 <= len(one.question.split()) <= 12 for one in cases)
    assert not any(one.abstain for one in cases)
    counts = Counter(tag for one in cases for tag in one.tags)
    assert counts["named"] <= 30
    assert counts["typo"] <= 5


def test_facts_about_articles_that_are_not_distributed_are_four_words_at_most() -> None:
    phrases = [phrase for one in load(SETS[1]).cases for group in one.facts for phrase in group]
    assert [phrase for phrase in phrases if not phrase.startswith("/") and len(phrase.split()) > 4] == []


def test_every_question_over_the_samples_has_one_to_three_passages_that_answer_it(
    sample_services: Services,
) -> None:
    """Cut by a rough count of tokens, so that the facts do not depend on where the embedder's own chunks end."""
    passages: list[SourceText] = []
    for record in sample_services.articles()[1]:
        stored = sample_services.article(record.article_id)
        chunks = chunk(stored.article, stored.analysis.sentences, _rough_tokens)
        passages += [(record.source, one.text) for one in chunks]
    for one in load(SETS[0]).cases:
        hits = [passage for passage in passages if is_hit(one, passage)]
        assert 1 <= len(hits) <= 3, one.id
        assert {source for source, _ in hits} == set(one.sources), one.id
        elsewhere = [source for source, text in passages if source not in one.sources and _holds(one, text)]
        assert elsewhere == [], one.id


def _holds(one: GoldCase, text: str) -> bool:
    return is_hit(one, (one.sources[0], text))


def _rough_tokens(texts: Sequence[str]) -> list[int]:
    return [2 + len(re.findall(r"\w{1,6}|[^\w\s]", text)) for text in texts]
