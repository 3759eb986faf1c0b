"""How the coefficients in `service.support` come about: regularized logistic regression, a threshold of least cost.

Every dataset weighs the same, and in each the supported and the unsupported statements. The examples are those which no
sign refuses beforehand. Beside people's judgements there are *miscited* examples: supported statements set against
sentences of the same article that do not carry them; without them, words would not count, because what people judged is
always on the article's subject.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from eval.benchmarks.bootstrap import auroc
from service.support import COST_OF_FALSE_SUPPORT, Calibration

Floats = NDArray[np.float64]

PENALTY = 1.0
"""L2 penalty on the coefficients, for examples whose weights sum to their number."""
FOLDS = 7


@dataclass(frozen=True, slots=True)
class Example:
    """One statement and its evidence: `measures` are words, relations and meaning."""

    group: str
    article: str
    measures: tuple[float, float, float]
    supported: bool


@dataclass(frozen=True, slots=True)
class Fitted:
    """A new calibration, and by group the AUROC of what fits on other articles say of the examples (`FOLDS` folds)."""

    calibration: Calibration
    areas: dict[str, float]


def fitted(examples: Sequence[Example]) -> Fitted:
    """The fit to all examples, and how it does on articles it has not seen.

    Raises:
        ValueError: not both kinds of examples, in all or in what is left when a fold is taken out.
    """
    probabilities = cross_validated(examples)
    areas = {}
    for group in sorted({example.group for example in examples}):
        yes, no = (
            np.array(
                [
                    float(probability)
                    for probability, example in zip(probabilities, examples, strict=True)
                    if example.group == group and example.supported is label
                ]
            )
            for label in (True, False)
        )
        if yes.size and no.size:
            areas[group] = auroc(yes, no)
    return Fitted(fit(examples), areas)


def fit(examples: Sequence[Example], *, cost: float = COST_OF_FALSE_SUPPORT) -> Calibration:
    """Coefficients by Newton's method, none below 0: more support never counts against a statement. The threshold is
    where a false "supported" costs `cost` false drops: cost / (1 + cost).

    Raises:
        ValueError: not both kinds of examples.
    """
    if len({example.supported for example in examples}) < 2:
        raise ValueError("a fit needs supported and unsupported examples")
    measures = np.array([example.measures for example in examples])
    target = np.array([example.supported for example in examples], float)
    weights = _weights(examples)
    used = [0, 1, 2]
    while True:
        solution = _newton(measures[:, used], target, weights)
        negative = [column for column, value in zip(used, solution, strict=False) if value < 0]
        if not negative:
            break
        used = [column for column in used if column not in negative]
    coefficients = np.zeros(3)
    coefficients[used] = solution[:-1]
    words, relations, meaning = (round(float(value), 2) for value in coefficients)
    return Calibration(words, relations, meaning, round(float(solution[-1]), 2), round(cost / (1 + cost), 3))


def cross_validated(examples: Sequence[Example]) -> Floats:
    """The probability of each example by a fit on other articles, (len(examples),)."""
    names = sorted({example.article for example in examples})
    folds = {name: number % FOLDS for number, name in enumerate(names)}
    found = np.zeros(len(examples))
    for fold in range(FOLDS):
        fitted = fit([example for example in examples if folds[example.article] != fold])
        for number, example in enumerate(examples):
            if folds[example.article] == fold:
                found[number] = fitted.probability(*example.measures)
    return found


def _weights(examples: Sequence[Example]) -> Floats:
    """Each group and label the same in sum."""
    counts: dict[tuple[str, bool], int] = {}
    for example in examples:
        counts[example.group, example.supported] = counts.get((example.group, example.supported), 0) + 1
    supported = sum(label for _, label in counts)
    unsupported = len(counts) - supported
    sides = {True: supported, False: unsupported}
    return np.array(
        [
            len(examples) / (2 * sides[example.supported] * counts[example.group, example.supported])
            for example in examples
        ]
    )


def _newton(measures: Floats, target: Floats, weights: Floats) -> Floats:
    """Coefficients and, last, the intercept."""
    design = np.c_[measures, np.ones(len(measures))]
    penalty = np.diag([PENALTY] * measures.shape[1] + [0.0])
    solution: Floats = np.zeros(design.shape[1])
    for _ in range(100):
        probability = 1 / (1 + np.exp(-design @ solution))
        gradient = design.T @ (weights * (probability - target)) + penalty @ solution
        curvature = (design.T * (weights * probability * (1 - probability))) @ design + penalty
        step = np.linalg.solve(curvature, gradient)
        solution = solution - step
        if float(np.abs(step).max()) < 1e-9:
            break
    return solution
