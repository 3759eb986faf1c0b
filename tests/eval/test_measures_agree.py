"""Measures beside the libraries that define them, on inputs drawn at random.

rouge-score (by its port), scikit-learn, scipy and numpy. Where none of them has a measure, it is held against its
formula, written down a second time, or against figures that were published.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eval.agreement import cohen_kappa, fleiss_kappa, raw_agreement
from eval.article_context import ArticleContext
from eval.measures_retrieval import recall_at, reciprocal_rank
from eval.measures_run import detection, percentile
from eval.measures_wording import bag_f1, normal_tokens, token_f1
from service.wiring import Services
from tests.eval.observed import read

metrics: Any = pytest.importorskip("sklearn.metrics")
stats: Any = pytest.importorskip("scipy.stats")
distance: Any = pytest.importorskip("scipy.spatial.distance")
rouge: Any = pytest.importorskip("rouge_score_rs.rouge_scorer")

WORDS = st.lists(st.sampled_from("bridge ferry may 4 nine open sank orm fenn crossed".split()), max_size=12)
RATINGS = st.lists(st.tuples(st.integers(0, 2), st.integers(0, 2)), min_size=1, max_size=30)
QUICKLY = settings(max_examples=50, deadline=None)
UNDEFINED = pytest.mark.filterwarnings("ignore::UserWarning", "ignore::RuntimeWarning")


@QUICKLY
@given(WORDS, WORDS)
def test_token_f1_is_rouge_1_where_both_see_the_same_words(one: list[str], other: list[str]) -> None:
    ours = token_f1(" ".join(one), " ".join(other))
    if not one and not other:
        assert ours == 1.0  # as SQuAD 2.0 has it; rouge-score has 0
        return
    scorer = rouge.RougeScorer(["rouge1"], use_stemmer=False)
    theirs = scorer.score(" ".join(other), " ".join(one))["rouge1"].fmeasure
    assert ours == pytest.approx(theirs)


@QUICKLY
@given(WORDS, WORDS)
def test_token_f1_is_the_harmonic_mean_of_its_halves(one: list[str], other: list[str]) -> None:
    shared = sum(min(one.count(word), other.count(word)) for word in set(one))
    expected = 0.0 if not shared else stats.hmean([shared / len(one), shared / len(other)])
    if one or other:
        assert bag_f1(one, other) == pytest.approx(expected)


@QUICKLY
@given(st.text(), st.text())
def test_token_f1_is_symmetric_and_blind_to_case_marks_and_articles(one: str, other: str) -> None:
    assert token_f1(one, other) == token_f1(other, one)
    assert 0.0 <= token_f1(one, other) <= 1.0
    assert token_f1(one, f"The “{one}”!") == 1.0
    assert normal_tokens("A Bridge, the “Orm’s” an-d") == ["bridge", "orms", "and"]


@UNDEFINED
@QUICKLY
@given(st.lists(st.tuples(st.booleans(), st.booleans()), max_size=40))
def test_detection_is_scikit_learns(pairs: list[tuple[bool, bool]]) -> None:
    precision, recall, f1 = detection([(positive, detected, 1.0) for positive, detected in pairs])
    truth, said = [one for one, _ in pairs], [one for _, one in pairs]
    for ours, theirs in (
        (precision, metrics.precision_score), (recall, metrics.recall_score), (f1, metrics.f1_score),
    ):  # fmt: skip
        expected = theirs(truth, said, zero_division=np.nan) if pairs else math.nan
        assert ours is None if math.isnan(expected) else ours == pytest.approx(expected)


@QUICKLY
@given(st.lists(st.tuples(st.booleans(), st.booleans(), st.floats(0.1, 3)), min_size=1, max_size=20))
def test_detection_weighs_as_scikit_learn_does(pairs: list[tuple[bool, bool, float]]) -> None:
    truth, said, weights = zip(*pairs, strict=True)
    _, _, f1 = detection(pairs)
    if f1 is not None:
        assert f1 == pytest.approx(metrics.f1_score(truth, said, sample_weight=weights, zero_division=0.0))


@QUICKLY
@given(st.lists(st.floats(0, 1e6), min_size=1, max_size=50), st.floats(0, 100))
def test_percentiles_are_numpys_and_scipys(values: list[float], percent: float) -> None:
    ours = percentile(values, percent)
    assert ours == pytest.approx(float(np.percentile(values, percent)), rel=1e-9, abs=1e-9)
    assert ours == pytest.approx(float(stats.scoreatpercentile(values, percent)), rel=1e-9, abs=1e-9)


def test_a_percentile_of_nothing_is_none() -> None:
    assert percentile([], 50) is None


@QUICKLY
@given(st.permutations(list("abcdefgh")), st.integers(0, 7), st.integers(1, 8))
def test_a_single_relevant_source_is_ranked_as_scikit_learn_does(
    order: list[str], wanted: int, k: int
) -> None:
    relevant = order[wanted]
    truth = [[int(source == relevant) for source in order]]
    by_rank = [[float(-rank) for rank in range(len(order))]]
    assert reciprocal_rank(len(order), order, [relevant]) == pytest.approx(
        metrics.label_ranking_average_precision_score(truth, by_rank)
    )
    hit = metrics.top_k_accuracy_score([wanted], by_rank, k=k, labels=range(len(order))) if k < 8 else 1.0
    assert recall_at(k, order, [relevant]) == hit
    assert (reciprocal_rank(k, order, [relevant]) or 0.0) > 0 or hit == 0


@QUICKLY
@given(
    st.lists(st.sampled_from("abcdef"), max_size=12), st.sets(st.sampled_from("abcdef")), st.integers(1, 12)
)
def test_recall_is_the_share_of_the_relevant_that_was_found(
    found: list[str], relevant: set[str], k: int
) -> None:
    ours = recall_at(k, found, relevant)
    if not relevant:
        assert ours is None
        return
    truth = [source in relevant for source in "abcdef"]
    taken = [source in found[:k] for source in "abcdef"]
    assert ours == pytest.approx(metrics.recall_score(truth, taken, zero_division=0.0))


@UNDEFINED
@QUICKLY
@given(RATINGS)
def test_cohens_kappa_is_scikit_learns(pairs: list[tuple[int, int]]) -> None:
    one, other = [left for left, _ in pairs], [right for _, right in pairs]
    theirs = metrics.cohen_kappa_score(one, other)
    ours = cohen_kappa(one, other)
    assert ours is None if math.isnan(theirs) else ours == pytest.approx(theirs, abs=1e-9)


@QUICKLY
@given(RATINGS)
def test_raw_agreement_of_two_is_accuracy(pairs: list[tuple[int, int]]) -> None:
    one, other = [left for left, _ in pairs], [right for _, right in pairs]
    assert raw_agreement(pairs) == pytest.approx(metrics.accuracy_score(one, other))


@QUICKLY
@given(RATINGS)
def test_fleiss_kappa_of_two_is_scotts_pi(pairs: list[tuple[int, int]]) -> None:
    """Scott, "Reliability of content analysis" (1955): chance from both judges' grades together."""
    everything = [rating for pair in pairs for rating in pair]
    chance = sum((everything.count(grade) / len(everything)) ** 2 for grade in set(everything))
    observed = sum(left == right for left, right in pairs) / len(pairs)
    if math.isclose(chance, 1.0):
        assert fleiss_kappa(pairs) is None
    else:
        assert fleiss_kappa(pairs) == pytest.approx((observed - chance) / (1 - chance), abs=1e-9)


def test_fleiss_kappa_is_the_published_one() -> None:
    """Ten things, fourteen judges, five categories: the worked example of the literature, kappa .210."""
    table = [
        (0, 0, 0, 0, 14), (0, 2, 6, 4, 2), (0, 0, 3, 5, 6), (0, 3, 9, 2, 0), (2, 2, 8, 1, 1),
        (7, 7, 0, 0, 0), (3, 2, 6, 3, 0), (2, 5, 3, 2, 2), (6, 5, 2, 1, 0), (0, 2, 2, 3, 7),
    ]  # fmt: skip
    ratings = [[grade for grade, count in enumerate(row) for _ in range(count)] for row in table]
    assert raw_agreement(ratings) == pytest.approx(0.378, abs=5e-4)
    assert fleiss_kappa(ratings) == pytest.approx(0.210, abs=5e-4)


def test_kappas_of_nothing_are_none_and_of_ragged_ratings_refused() -> None:
    assert raw_agreement([[1]]) is None
    assert fleiss_kappa([]) is None
    assert cohen_kappa([], []) is None
    with pytest.raises(ValueError, match="equally often"):
        fleiss_kappa([[1, 1], [1]])


@settings(max_examples=10, deadline=None)
@given(st.text(max_size=80), st.text(max_size=80))
def test_similarity_is_scipys_cosine_of_the_bundled_embedder(
    sample_services: Services, one: str, other: str
) -> None:
    embedder = sample_services._embedder
    ours = ArticleContext(read, [], embedder).similarity(one, other)
    assert ours is not None
    left, right = embedder.embed([one, other]).astype(np.float64)
    assert ours == pytest.approx(max(0.0, 1 - distance.cosine(left, right)), abs=1e-5)
    assert 0.0 <= ours <= 1.0


def test_likeness_of_meaning_is_seen(sample_services: Services) -> None:
    context = ArticleContext(read, [], sample_services._embedder)
    near = context.similarity("The bridge opened in May.", "In May the bridge was inaugurated.")
    far = context.similarity("The bridge opened in May.", "Dessert was a pistachio cake.")
    assert near is not None
    assert far is not None
    assert near > 0.7 > 0.4 > far
    assert ArticleContext(read, []).similarity("a", "a") is None
