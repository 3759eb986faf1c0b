"""What of a run a report may show. Of a gold set whose name contains `blind`, nothing but totals.

A blind set stays one only while nobody reads its failures: once they have been looked at, the next change is tuned to
them. So every report leaves out its questions, answers, causes and the names of its cases.
"""

from __future__ import annotations

from dataclasses import dataclass

from eval.comparison import Comparison
from eval.failures import first_cause, leading_causes
from eval.gate import Verdict
from eval.measures import figures
from eval.runs import CaseRun, Cause, Figure, Run

BLIND = "blind"


@dataclass(frozen=True, slots=True)
class GoldTotals:
    """A gold set as a whole: how many cases it has, how many are right, and its figures."""

    name: str
    cases: int
    right: int
    figures: dict[str, Figure]
    blind: bool


@dataclass(frozen=True, slots=True)
class Disclosed:
    """A run, its verdict and its comparison, without what is blind. `causes` counts, for the cases that are shown, what
    comes first in each; `hidden` is how many cases are not shown."""

    run: Run
    verdict: Verdict | None
    comparison: Comparison | None
    cases: tuple[CaseRun, ...]
    causes: tuple[tuple[Cause, int], ...]
    hidden: int

    @property
    def wrong(self) -> tuple[CaseRun, ...]:
        """The shown cases with any problem, wrong answers before right ones that have one, else in their order."""
        wrong = [case for case in self.cases if first_cause(case) is not None]
        return tuple(sorted(wrong, key=right))


def disclosed(run: Run, verdict: Verdict | None = None, comparison: Comparison | None = None) -> Disclosed:
    """What may be shown. Figures and checks are totals, and stay as they are."""
    cases = tuple(case for case in run.cases if not is_blind(case.gold))
    if verdict is not None:
        verdict = verdict.model_copy(update={"flaky": _shown(verdict.flaky)})
    if comparison is not None:
        shown = {
            "regressions": tuple(one for one in comparison.regressions if not _is_blind_key(one.key)),
            "improvements": tuple(one for one in comparison.improvements if not _is_blind_key(one.key)),
            "only_before": _shown(comparison.only_before),
            "only_after": _shown(comparison.only_after),
            "reworded": _shown(comparison.reworded),
        }
        comparison = comparison.model_copy(update=shown)
        if len(cases) < len(run.cases):
            comparison = comparison.model_copy(update={"new_causes": ()})
    causes = tuple(leading_causes(cases))
    return Disclosed(run, verdict, comparison, cases, causes, len(run.cases) - len(cases))


def right(case: CaseRun) -> bool:
    """Whether every attempt at a case was right."""
    return all(one.scores.get("correct") == 1.0 for one in case.attempts)


def is_blind(gold: str) -> bool:
    """Whether nothing but totals may be shown of a gold set."""
    return BLIND in gold.casefold()


def totals(run: Run) -> list[GoldTotals]:
    """Each gold set of a run as a whole, in the run's order."""
    sets: dict[str, list[CaseRun]] = {}
    for case in run.cases:
        sets.setdefault(case.gold, []).append(case)
    return [
        GoldTotals(name, len(cases), sum(right(case) for case in cases), figures(cases), is_blind(name))
        for name, cases in sets.items()
    ]


def _is_blind_key(key: str) -> bool:
    return is_blind(key.partition("/")[0])


def _shown(keys: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(key for key in keys if not _is_blind_key(key))
