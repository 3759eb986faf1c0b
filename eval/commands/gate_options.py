"""What the commands of `dateline eval` take to judge a run: thresholds, a baseline, and how noise is treated."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

if TYPE_CHECKING:
    from eval.gate import Verdict
    from eval.runs import Run
    from eval.thresholds import Thresholds

GATE_NOT_MET = 4

FailWhen = Literal["measured", "certain", "possible"]

ThresholdsFile = Annotated[
    Path | None,
    typer.Option("--thresholds", metavar="FILE", help="What is required, as in eval/thresholds.toml."),
]
FailUnder = Annotated[
    list[str] | None,
    typer.Option(
        "--fail-under",
        metavar="MEASURE=VALUE",
        help="Require a figure, such as fact_coverage=0.9; of times, tokens and cost the most that is allowed. "
        "May be repeated.",
    ),
]
MaxRegression = Annotated[
    list[str] | None,
    typer.Option(
        "--max-regression",
        metavar="MEASURE=VALUE",
        help="The most that may be lost against --baseline, such as correct=0.02. May be repeated.",
    ),
]
Baseline = Annotated[
    Path | None, typer.Option("--baseline", metavar="RUN.json", help="The run to compare with.")
]
WhenToFail = Annotated[
    FailWhen | None,
    typer.Option(
        "--fail-when",
        help="How noise counts: fail on the figure as it is measured (the default), only when its 95% interval makes "
        "failing certain, or already when it leaves failing possible.",
    ),
]


def thresholds_of(
    file: Path | None,
    fail_under: list[str] | None,
    max_regression: list[str] | None,
    fail_when: FailWhen | None,
    *,
    baseline: bool,
) -> Thresholds:
    """What the options require; those of the command line stand before those of the file.

    Raises:
        BadParameter: an entry is not well formed, or regressions are limited without a baseline to be one from.
    """
    from eval.thresholds import Thresholds, load_thresholds, parse_thresholds
    from ingest.errors import InvalidRequest

    try:
        read = load_thresholds(file) if file is not None else Thresholds()
        found = read.with_more(
            parse_thresholds(fail_under or (), "--fail-under", "fail_under"),
            parse_thresholds(max_regression or (), "--max-regression", "max_regression"),
            fail_when,
        )
    except InvalidRequest as error:
        raise typer.BadParameter(str(error)) from error
    if max_regression and not baseline:
        raise typer.BadParameter("--max-regression needs --baseline RUN.json, the run to compare with")
    return found


def exit_code(run: Run, verdict: Verdict | None) -> int:
    """0, or 4 when a requirement is not met, or 3 when questions failed and nothing is required."""
    if verdict is not None and verdict.checks:
        return 0 if verdict.passed else GATE_NOT_MET
    failed = any(attempt.error is not None for case in run.cases for attempt in case.attempts)
    return 3 if failed else 0


def secret_of(name: str | None) -> str | None:
    """The value of an environment variable that holds a key; None when none is named.

    Raises:
        BadParameter: there is no such variable, or it is empty.
    """
    if name is None:
        return None
    value = os.environ.get(name, "").strip()
    if not value:
        raise typer.BadParameter(f"the environment has no variable {name}, which --api-key-env names")
    return value
