"""What is counted of a fault: of each trial what was lost, what was wrong, and what nobody explained."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field


@dataclass(slots=True)
class Trial:
    """One time that something was broken. `what` says how, so that it can be done again.

    `lost` are articles that are gone, torn or of no version they ever had; `wrong` are answers that are not right,
    not verbatim, or not those of a clean run where that is asked; `unexplained` are tracebacks, crashes, and errors
    that do not say what to do. `problems` has a line for each.
    """

    what: str
    lost: int = 0
    wrong: int = 0
    unexplained: int = 0
    unfinished: int = 0
    asked: int = 0
    refused: int = 0
    problems: list[str] = field(default_factory=list)

    @property
    def survived(self) -> bool:
        """Whether nothing at all went wrong."""
        return not self.problems

    def lose(self, *said: str) -> None:
        """Count articles that are lost, a line each."""
        self.lost += len(said)
        self.problems += [f"lost: {one}" for one in said]

    def mistake(self, *said: str) -> None:
        """Count wrong answers, a line each."""
        self.wrong += len(said)
        self.problems += [f"wrong: {one}" for one in said]

    def puzzle(self, *said: str) -> None:
        """Count errors that explain nothing, a line each."""
        self.unexplained += len(said)
        self.problems += [f"unexplained: {one}" for one in said]

    def leave(self, *said: str) -> None:
        """Count ends that are not those of a clean run, a line each."""
        self.unfinished += len(said)
        self.problems += [f"unfinished: {one}" for one in said]


@dataclass(slots=True)
class FaultReport:
    """All trials of one fault. `skipped` says why there are none. `notes` are figures that belong to this fault."""

    name: str
    title: str
    trials: list[Trial] = field(default_factory=list)
    seconds: float = 0.0
    skipped: str | None = None
    notes: list[str] = field(default_factory=list)

    @property
    def survived(self) -> int:
        """How many trials went without any problem."""
        return sum(trial.survived for trial in self.trials)

    @property
    def passed(self) -> bool:
        """Whether every trial did; a fault that was skipped has neither passed nor failed."""
        return self.survived == len(self.trials)

    def total(self, name: str) -> int:
        """The sum over trials of `lost`, `wrong`, `unexplained`, `unfinished`, `asked` or `refused`."""
        return sum(int(getattr(trial, name)) for trial in self.trials)


def all_passed(reports: Sequence[FaultReport]) -> bool:
    """Whether no trial of any fault had a problem."""
    return all(report.passed for report in reports)
