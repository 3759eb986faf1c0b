"""The figures of a run: means over cases, repeats, abstention, waiting."""

from __future__ import annotations

import pytest

from eval.measures import MEASURES, figures, score
from eval.runs import Attempt, CaseRun
from service.answers import Answer
from tests.eval.observed import ABSTAINED, CONTEXT, case, observed, saying

OPENED = "The bridge over the Orm opened on 4 May."


def asked(name: str, fact: str | None, *answers: Answer | None, latency_ms: float = 10.0) -> CaseRun:
    gold = case(fact) if fact else case()
    attempts = tuple(
        Attempt(
            answer=answer,
            error=None if answer else "gone",
            latency_ms=latency_ms,
            scores=score(gold, observed(answer, error=None if answer else "gone"), CONTEXT),
        )
        for answer in answers
    )
    return CaseRun(key=f"gold/{name}", gold="gold", case=gold, attempts=attempts)


def test_answers_and_abstentions_are_counted_apart() -> None:
    found = figures(
        [
            asked("a", "May", saying(OPENED)),
            asked("b", "May", ABSTAINED),
            asked("c", None, ABSTAINED),
            asked("d", None, saying(OPENED)),
        ]
    )
    assert list(found) == list(MEASURES)
    assert {name: (found[name].value, found[name].n) for name in ("correct", "accuracy", "abstention")} == {
        "correct": (0.5, 4), "accuracy": (0.5, 2), "abstention": (0.5, 4),
    }  # fmt: skip
    assert [found[f"abstention_{name}"].value for name in ("precision", "recall", "f1")] == [0.5, 0.5, 0.5]
    assert [found[f"abstention_{name}"].n for name in ("precision", "recall", "f1")] == [2, 2, 3]


def test_a_case_asked_often_counts_once() -> None:
    found = figures(
        [
            asked("a", "May", saying(OPENED), ABSTAINED, saying(OPENED), saying(OPENED)),
            asked("b", None, ABSTAINED),
        ]
    )
    assert (found["accuracy"].value, found["accuracy"].n) == (0.75, 1)
    assert found["correct"].value == pytest.approx(0.875)
    assert found["abstention_precision"].value == pytest.approx(1 / 1.25)
    assert found["abstention_recall"].value == 1.0


def test_failed_questions_are_wrong_and_not_waited_for() -> None:
    found = figures(
        [asked("a", "May", None, latency_ms=60_000), asked("b", "May", saying(OPENED), latency_ms=10)]
    )
    assert found["accuracy"].value == 0.5
    assert (found["latency_p50_ms"].value, found["latency_p95_ms"].value, found["latency_p50_ms"].n) == (
        10,
        10,
        1,
    )


def test_a_run_of_nothing_has_no_figures() -> None:
    assert all(figure.value is None and figure.n == 0 for figure in figures([]).values())


def test_a_run_in_which_nothing_is_unanswerable_has_no_abstention_recall() -> None:
    found = figures([asked("a", "May", saying(OPENED))])
    assert [found[f"abstention_{name}"].value for name in ("precision", "recall", "f1")] == [None, None, None]
