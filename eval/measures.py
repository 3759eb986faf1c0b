"""What an answer is measured by. `MEASURES` says what each figure means; the functions behind them are pure.

`score` gives the scores of one answer by the names of measures, None where a measure does not apply; what applies lies
in 0..1 but for tokens and dollars, so that scores of a case in two runs can be paired and intervals drawn over cases.
`figures` are the figures of a run. The parts are in `eval.measures_wording`, `eval.measures_evidence`,
`eval.measures_retrieval` and `eval.measures_run`, their list in `eval.measures_catalogue`; why an answer is wrong is
worked out in `eval.causes`.
"""

from __future__ import annotations

from eval import measures_evidence as evidence
from eval import measures_retrieval as retrieval
from eval import measures_wording as wording
from eval.causes import problems
from eval.gold import GoldCase
from eval.measures_catalogue import MEASURES, PER_CASE, Measure
from eval.measures_evidence import Context
from eval.measures_observation import Observation
from eval.measures_run import figures

__all__ = ["MEASURES", "Context", "Measure", "Observation", "figures", "problems", "score"]


def score(case: GoldCase, observation: Observation, context: Context) -> dict[str, float | None]:
    """The scores of one answer. A case without an answer is wrong, and abstained neither rightly nor needlessly."""
    answer = observation.answer
    scores: dict[str, float | None] = dict.fromkeys(PER_CASE)
    if answer is None:
        scores["correct"] = scores["abstention"] = 0.0
        if not case.abstain:
            scores["accuracy"] = scores["fact_coverage"] = 0.0
        return scores
    abstained = answer.status == "abstained"
    scores["abstention"] = float(abstained == case.abstain)
    scores["citation_verbatim"] = evidence.verbatim_share(answer, context)
    scores["support"] = evidence.support_share(answer, context)
    scores["fidelity"] = evidence.fidelity_share(answer, context)
    scores["attribution"] = evidence.attribution_share(case, answer, context)
    if answer.usage.prompt_tokens:
        scores["prompt_tokens"] = float(answer.usage.prompt_tokens)
        scores["completion_tokens"] = float(answer.usage.completion_tokens)
        scores["cost_usd"] = answer.usage.cost_usd
    if case.abstain:
        scores["correct"] = float(abstained)
        return scores
    said = wording.said(answer)
    coverage = 0.0 if abstained else wording.fact_coverage(case.facts, said)
    precision = evidence.source_precision(case.sources, answer)
    sides = wording.sides_shown(case.facts, answer) if case.disagreement else True
    forbidden = wording.forbidden(case.never, said)
    right = not abstained and coverage == 1.0 and bool(precision) and sides and not forbidden
    scores |= {
        "correct": float(right),
        "accuracy": float(right),
        "fact_coverage": coverage,
        "source_precision": precision,
        "source_recall": evidence.source_recall(case.sources, answer),
    }
    if case.answer is not None:
        scores["token_f1"] = 0.0 if abstained else wording.token_f1(said, case.answer)
        scores["similarity"] = 0.0 if abstained else context.similarity(said, case.answer)
    if observation.found:
        sources = [found.source for found in observation.found]
        scores["recall_at_4"] = retrieval.recall_at(4, sources, case.sources)
        scores["recall_at_10"] = retrieval.recall_at(10, sources, case.sources)
        scores["mrr_at_10"] = retrieval.reciprocal_rank(10, sources, case.sources)
    return scores
