"""What a retrieval benchmark reports: the runs' figures with their intervals, against the baseline, and by type."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from eval.benchmarks.bootstrap import Estimate, Resamples, auroc_estimate
from eval.benchmarks.multihop import FIGURES, BenchmarkQuestion
from eval.benchmarks.runs import Run


@dataclass(frozen=True, slots=True)
class Percentiles:
    """Milliseconds a question: the median and the 95th percentile."""

    median: float
    p95: float


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one searcher did over one wording of the questions.

    `figures` and `difference` (from the baseline over the same wording, paired by question; empty for the baseline) go
    by the names of `FIGURES`; `by_type` holds the figures of each type of question. `auroc` says how well the
    confidence tells answerable questions from null ones; None when either kind is missing. `retrieval_ms` leaves out
    the time spent embedding, which is `embedding_ms`.
    """

    searcher: str
    description: str
    wording: str
    figures: Mapping[str, Estimate]
    difference: Mapping[str, Estimate]
    by_type: Mapping[str, Mapping[str, Estimate]]
    auroc: Estimate | None
    retrieval_ms: Percentiles
    embedding_ms: Percentiles


@dataclass(frozen=True, slots=True)
class RetrievalReport:
    """A whole run. `types` counts the answerable questions of each type, `null` the others, `left_out` those beyond a
    limit; `reworded` of the questions named an outlet, and `still_named` hold a word that is written like one although
    the names are removed. Passages' tokens are over all that were returned, in all rows.
    """

    dataset: str
    questions_file: str
    baseline: str
    answerable: int
    null: int
    left_out: int
    reworded: int
    still_named: int
    types: Mapping[str, int]
    articles: int
    chunks: int
    embedder: str
    passage_tokens_max: int
    passage_tokens_mean: float
    outcomes: tuple[Outcome, ...]


def outcomes_of(
    runs: Sequence[Run],
    questions: Sequence[BenchmarkQuestion],
    descriptions: Mapping[str, str],
    baseline: str,
) -> tuple[Outcome, ...]:
    """The runs in figures, in their order. Runs whose wording the baseline was not run over have no difference."""
    answerable = np.array([question.answerable for question in questions], dtype=bool)
    kinds = np.array([question.type for question in questions if question.answerable], dtype=object)
    resamples = Resamples(int(answerable.sum()))
    of_kind = {kind: Resamples(int((kinds == kind).sum())) for kind in dict.fromkeys(kinds)}
    baselines = {run.wording: run for run in runs if run.searcher == baseline}
    found = []
    for run in runs:
        against = baselines.get(run.wording)
        compared = None if against is None or against is run else run.scores - against.scores
        found.append(
            Outcome(
                searcher=run.searcher,
                description=descriptions[run.searcher],
                wording=run.wording,
                figures=_figures(run.scores, resamples),
                difference={} if compared is None else _figures(compared, resamples),
                by_type={kind: _figures(run.scores[kinds == kind], drawn) for kind, drawn in of_kind.items()},
                auroc=auroc_estimate(run.confidences[answerable], run.confidences[~answerable]),
                retrieval_ms=_percentiles(run.retrieval_ms),
                embedding_ms=_percentiles(run.embedding_ms),
            )
        )
    return tuple(found)


def _figures(values: NDArray[np.float64], resamples: Resamples) -> dict[str, Estimate]:
    """Each figure's mean and interval; `values` is (questions, figures)."""
    return dict(zip(FIGURES, resamples.means(values), strict=True))


def _percentiles(values: NDArray[np.float64]) -> Percentiles:
    median, p95 = np.percentile(values, [50, 95])
    return Percentiles(float(median), float(p95))
