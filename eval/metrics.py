"""What a run is measured by: pure functions over one case and its answer."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from eval.gold import GoldCase, meets
from service.answers import Answer, Citation


@dataclass(frozen=True, slots=True)
class CaseScore:
    """The scores of one case. Shares lie in 0..1; None where a measure does not apply."""

    correct: bool
    fact_coverage: float | None
    source_precision: float | None
    verbatim: float | None
    abstained: bool


def score_case(case: GoldCase, answer: Answer, text_of: Callable[[str], str]) -> CaseScore:
    """Score one answer. `text_of` gives an article's text by its id.

    fact_coverage     share of the case's fact groups met by the statements and the sides of disagreements
    source_precision  share of the citations that lie in an allowed source (near-copies count as their source)
    verbatim          share of the citations whose quote is the article's text at their offsets
    correct           every fact met and at least one citation allowed; for an unanswerable case: abstained
    """
    abstained = answer.status == "abstained"
    verbatim = _share(
        [text_of(cited.article_id)[cited.start : cited.end] == cited.quote for cited in answer.citations]
    )
    if case.abstain:
        return CaseScore(abstained, None, None, verbatim, abstained)
    sides = [side.text for conflict in answer.disagreements for side in conflict.sides]
    said = " ".join([*(statement.text for statement in answer.statements), *sides])
    coverage = _share([any(meets(phrase, said) for phrase in group) for group in case.facts])
    precision = _share([_allowed(cited, case) for cited in answer.citations])
    correct = not abstained and coverage == 1.0 and bool(precision)
    return CaseScore(correct, coverage if not abstained else 0.0, precision, verbatim, abstained)


@dataclass(frozen=True, slots=True)
class Summary:
    """A run in figures. `accuracy` is over answerable cases; abstention figures are over all."""

    cases: int
    answerable: int
    accuracy: float | None
    fact_coverage: float | None
    source_precision: float | None
    citation_verbatim: float | None
    abstention_precision: float | None
    abstention_recall: float | None
    abstention_f1: float | None


def summarize(scored: Sequence[tuple[GoldCase, CaseScore]]) -> Summary:
    """Means over cases; abstention is a detection task whose positives are the unanswerable cases."""
    answerable = [score for case, score in scored if not case.abstain]
    refused = [case.abstain for case, score in scored if score.abstained]
    asked = [score.abstained for case, score in scored if case.abstain]
    precision, recall = _share(refused), _share(asked)
    f1 = 2 * precision * recall / (precision + recall) if precision and recall else None
    return Summary(
        cases=len(scored),
        answerable=len(answerable),
        accuracy=_share([score.correct for score in answerable]),
        fact_coverage=_mean([score.fact_coverage for score in answerable]),
        source_precision=_mean([score.source_precision for score in answerable]),
        citation_verbatim=_mean([score.verbatim for _, score in scored]),
        abstention_precision=precision,
        abstention_recall=recall,
        abstention_f1=f1,
    )


def _allowed(cited: Citation, case: GoldCase) -> bool:
    return any(source in case.sources for source in (cited.source, *cited.also_in))


def _share(outcomes: Sequence[bool]) -> float | None:
    return sum(outcomes) / len(outcomes) if outcomes else None


def _mean(values: Sequence[float | None]) -> float | None:
    present = [value for value in values if value is not None]
    return sum(present) / len(present) if present else None
