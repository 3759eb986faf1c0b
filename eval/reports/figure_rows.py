"""The table of figures that every report shows: each measure with its interval, and its change against a baseline."""

from __future__ import annotations

from dataclasses import dataclass

from eval.comparison import Comparison
from eval.gate import figure_interval, shown
from eval.measures import MEASURES, Measure
from eval.paired import CLOSE
from eval.runs import Run

LEADING = (
    "correct",
    "accuracy",
    "fact_coverage",
    "source_precision",
    "citation_verbatim",
    "support",
    "fidelity",
    "attribution",
    "abstention_f1",
    "recall_at_10",
    "latency_p95_ms",
)
"""What is shown first where there is little room."""


@dataclass(frozen=True, slots=True)
class FigureChange:
    """What became of a figure over the cases that both runs have: the difference and its 95 % interval, and how it is
    to be read: `better` and `worse` only where the whole interval says so."""

    before: float
    difference: float
    low: float
    high: float
    p_value: float
    wins: int
    losses: int
    direction: str

    @property
    def certain(self) -> bool:
        """Whether the interval leaves no doubt which way it went."""
        return self.direction in ("better", "worse")


@dataclass(frozen=True, slots=True)
class FigureRow:
    """One measure of a run: its value over `cases` cases and the ends of its 95 % bootstrap interval."""

    measure: Measure
    value: float
    low: float
    high: float
    cases: int
    change: FigureChange | None = None

    @property
    def name(self) -> str:
        """The measure's, as in options."""
        return self.measure.name

    @property
    def shown(self) -> str:
        """The value, for people."""
        return shown(self.name, self.value)

    @property
    def interval(self) -> str:
        """Its interval, for people."""
        return between(self.name, self.low, self.high)


def figure_rows(run: Run, comparison: Comparison | None = None) -> list[FigureRow]:
    """Every measure that some case has, in the order of `MEASURES`."""
    found = []
    for name, figure in run.figures.items():
        measure = MEASURES.get(name)
        if figure.value is None or measure is None:
            continue
        low, high = figure_interval(run, name) or (figure.value, figure.value)
        change = None if comparison is None else _change(measure, comparison)
        found.append(FigureRow(measure, figure.value, low, high, figure.n, change))
    return found


def between(measure: str, low: float, high: float) -> str:
    """The ends of an interval, for people."""
    return f"{shown(measure, low)} to {shown(measure, high)}"


def signed(measure: str, value: float) -> str:
    """A difference, for people: with its sign, and a true minus."""
    text = shown(measure, abs(value))
    if not any(letter in "123456789" for letter in text):
        return text
    return ("+" if value > 0 else "−") + text


def _change(measure: Measure, comparison: Comparison) -> FigureChange | None:
    one = comparison.measures.get(measure.name)
    if one is None:
        return None
    low, high = one.interval_low, one.interval_high
    rose, fell = low > CLOSE, high < -CLOSE
    better, worse = (rose, fell) if measure.better == "higher" else (fell, rose)
    even = abs(one.difference) <= CLOSE and abs(low) <= CLOSE and abs(high) <= CLOSE
    direction = "better" if better else "worse" if worse else "same" if even else "unclear"
    return FigureChange(
        before=one.before,
        difference=one.difference,
        low=low,
        high=high,
        p_value=one.p_value,
        wins=one.wins,
        losses=one.losses,
        direction=direction,
    )
