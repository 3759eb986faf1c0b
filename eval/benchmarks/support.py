"""How often "supported" agrees with people: `service.support` and `service.verification` on judged statements.

For each sentence of a statement the best one to three sentences of its article stand as its citations, chosen as a
citation is repaired in answers. A statement is supported when each of its sentences is. Beside the whole check stand
its parts and two baselines, each with the threshold that serves the calibration halves best:

    word overlap    share of the statement's pairs of neighbouring words in the cited sentences (ROUGE-2 precision)
    meaning         cosine to the cited sentences
    verification    `service.verification` alone: quotations, values, names, speakers
    support         `service.support` alone, at its own threshold
    support (even)  the same at the threshold of best balanced accuracy
    all             verification and support, as statements are shown

*Balanced accuracy* is the mean of two shares: of supported statements shown, of unsupported ones refused; chance is .5.
Intervals are percentile bootstrap over articles.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from eval.benchmarks.bootstrap import Estimate, auroc
from eval.benchmarks.support_counts import balanced, overlap
from eval.benchmarks.support_data import FILES, HALVES, Half, Judged
from eval.benchmarks.support_fit import Example
from ingest.errors import InvalidRequest
from ingest.sentences import sentences
from service.support import SIGNS, Embed, SupportScorer
from service.verification import Evidence, verify

Tell = Callable[[int, int], None]
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Scored:
    """What the methods say of a statement: that of its weakest sentence. `miscited` is whether support would pass the
    weakest sentence if it cited the article's next best sentences instead, which do not carry it. `signs` are the
    names of those that refuse any of its sentences."""

    judged: Judged
    overlap: float
    words: float
    relations: float
    meaning: float
    probability: float
    refused: bool
    supported: bool
    verified: bool
    problems: tuple[str, ...]
    missed: tuple[float, float, float] | None
    miscited: bool
    signs: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Figures:
    """One method on one half of one dataset; figures are 0..1. `area` is the AUROC where the method scores."""

    method: str
    dataset: str
    half: Half
    statements: int
    articles: int
    supported_share: float
    balanced: Estimate
    precision: float
    recall: float
    area: float | None


@dataclass(frozen=True, slots=True)
class Report:
    """All figures, the baselines' thresholds, the share of miscited supported statements refused, by half, and in how
    many unsupported and supported statements each sign was found, by sign and half."""

    figures: tuple[Figures, ...]
    thresholds: dict[str, float]
    miscited_refused: dict[Half, float]
    signs: dict[str, dict[Half, tuple[int, int]]]


def scored(judgements: Sequence[Judged], embed: Embed, tell: Tell) -> list[Scored]:
    """Every judgement with what the methods say. `embed` is the embedder's; `tell` takes how many are done, of all.

    Raises:
        InvalidRequest: there are no judgements.
    """
    if not judgements:
        raise InvalidRequest("no judged statements to measure with")
    scorer = SupportScorer(embed)

    @lru_cache(maxsize=8)
    def read(article: str) -> tuple[tuple[str, ...], NDArray[np.float32]]:
        texts = tuple(article[span.start : span.end] for span in sentences(article))
        return texts, embed(texts)

    found = []
    for number, judged in enumerate(judgements, start=1):
        texts, vectors = read(judged.article)
        parts = [_part(judged, sentence, texts, vectors, scorer) for sentence in judged.statement]
        weakest = min(parts, key=lambda part: (not part.refused, part.probability))
        found.append(
            Scored(
                judged,
                overlap=min(part.overlap for part in parts),
                words=weakest.words,
                relations=weakest.relations,
                meaning=min(part.meaning for part in parts),
                probability=weakest.probability,
                refused=weakest.refused,
                supported=all(part.supported for part in parts),
                verified=all(part.verified for part in parts),
                problems=tuple(problem for part in parts for problem in part.problems),
                missed=weakest.missed,
                miscited=weakest.miscited,
                signs=frozenset().union(*(part.signs for part in parts)),
            )
        )
        tell(number, len(judgements))
    return found


def _part(
    judged: Judged,
    sentence: str,
    texts: Sequence[str],
    vectors: NDArray[np.float32],
    scorer: SupportScorer,
) -> Scored:
    chosen = sorted(ranked.index for ranked in scorer.best_sentences(sentence, texts, vectors))
    cited = [texts[index] for index in chosen]
    support = scorer.score(sentence, cited, vectors[chosen])
    verdict = verify(sentence, [Evidence(text) for text in cited])
    missed = None
    miscited = False
    if near := _near_misses(sentence, texts, vectors, set(chosen), scorer):
        other = scorer.score(sentence, [texts[index] for index in near], vectors[near])
        missed = (other.words, other.relations, other.meaning)
        miscited = other.supported
    return Scored(
        judged,
        overlap=overlap(sentence, cited),
        words=support.words,
        relations=support.relations,
        meaning=support.meaning,
        probability=support.probability,
        refused=bool(support.against),
        supported=support.supported,
        verified=verdict.supported,
        problems=tuple(problem.kind for problem in verdict.problems),
        missed=missed,
        miscited=miscited,
        signs=frozenset(sign.__name__ for sign in SIGNS if sign(sentence, cited)),
    )


def _near_misses(
    sentence: str,
    texts: Sequence[str],
    vectors: NDArray[np.float32],
    chosen: set[int],
    scorer: SupportScorer,
) -> list[int]:
    """The two best sentences of those that were not chosen."""
    rest = [index for index in range(len(texts)) if index not in chosen]
    if not rest:
        return []
    ranked = scorer.best_sentences(sentence, [texts[index] for index in rest], vectors[rest], limit=2)
    return sorted(rest[one.index] for one in ranked)


def examples(found: Sequence[Scored], half: Half) -> list[Example]:
    """What coefficients are fitted to: judgements of single sentences that no sign refuses, and miscited ones."""
    single = [one for one in found if one.judged.half == half and len(one.judged.statement) == 1]
    judged = [
        Example(
            one.judged.dataset,
            one.judged.article,
            (one.words, one.relations, one.meaning),
            one.judged.supported,
        )
        for one in single
        if not one.refused
    ]
    miscited = [
        Example("miscited", one.judged.article, one.missed, False)
        for one in single
        if one.judged.supported and one.missed is not None
    ]
    return judged + miscited


def report(found: Sequence[Scored]) -> Report:
    """Every method on every dataset's halves."""
    scores: dict[str, Callable[[Scored], float]] = {
        "word overlap": lambda one: one.overlap,
        "meaning": lambda one: one.meaning,
        "support (even)": lambda one: 0.0 if one.refused else one.probability,
    }
    thresholds = {method: best_threshold(found, score) for method, score in scores.items()}
    shown: dict[str, Callable[[Scored], bool]] = {
        "word overlap": lambda one: one.overlap >= thresholds["word overlap"],
        "meaning": lambda one: one.meaning >= thresholds["meaning"],
        "verification": lambda one: one.verified,
        "support": lambda one: one.supported,
        "support (even)": lambda one: scores["support (even)"](one) >= thresholds["support (even)"],
        "all": lambda one: one.verified and one.supported,
    }
    figures = tuple(
        figure
        for method, decide in shown.items()
        for half in HALVES
        for dataset in FILES
        if (figure := _figures(method, dataset, half, found, decide, scores.get(method))) is not None
    )
    refused: dict[Half, float] = {}
    for half in HALVES:
        missed = [
            one for one in found
            if one.judged.half == half and one.judged.supported and one.missed is not None
        ]  # fmt: skip
        refused[half] = sum(not one.miscited for one in missed) / len(missed) if missed else 0.0
    return Report(
        figures, thresholds, refused, {sign.__name__: _hits(sign.__name__, found) for sign in SIGNS}
    )


def _hits(sign: str, found: Sequence[Scored]) -> dict[Half, tuple[int, int]]:
    counts: dict[Half, tuple[int, int]] = {}
    for half in HALVES:
        labels = [one.judged.supported for one in found if one.judged.half == half and sign in one.signs]
        counts[half] = (labels.count(False), labels.count(True))
    return counts


def best_threshold(found: Sequence[Scored], score: Callable[[Scored], float]) -> float:
    """The score from which on "supported" has the best mean balanced accuracy over the calibration halves."""
    halves = [
        (
            np.array([score(one) for one in rows if one.judged.supported]),
            np.array([score(one) for one in rows if not one.judged.supported]),
        )
        for dataset in FILES
        if (
            rows := [
                one for one in found if one.judged.dataset == dataset and one.judged.half == "calibration"
            ]
        )
    ]
    halves = [(yes, no) for yes, no in halves if yes.size and no.size]
    candidates = sorted({float(value) for yes, _ in halves for value in yes})
    if not candidates:
        return 0.5
    return max(
        candidates,
        key=lambda least: sum(float((yes >= least).mean() + (no < least).mean()) for yes, no in halves),
    )


def _figures(
    method: str,
    dataset: str,
    half: Half,
    found: Sequence[Scored],
    decide: Callable[[Scored], bool],
    score: Callable[[Scored], float] | None,
) -> Figures | None:
    rows = [one for one in found if one.judged.dataset == dataset and one.judged.half == half]
    yes, no = ([one for one in rows if one.judged.supported is label] for label in (True, False))
    if not yes or not no:
        return None
    articles = {
        article: number for number, article in enumerate(dict.fromkeys(one.judged.article for one in rows))
    }
    counts = np.zeros((len(articles), 4))  # shown and refused among the supported, then among the unsupported
    for one in rows:
        counts[articles[one.judged.article], 2 * (not one.judged.supported) + (not decide(one))] += 1
    true, dropped, false, _ = counts.sum(axis=0)
    area = None
    if score is not None:
        area = auroc(np.array([score(one) for one in yes]), np.array([score(one) for one in no]))
    return Figures(
        method,
        dataset,
        half,
        len(rows),
        len(articles),
        len(yes) / len(rows),
        balanced(counts),
        float(true / (true + false)) if true + false else 0.0,
        float(true / (true + dropped)),
        area,
    )
