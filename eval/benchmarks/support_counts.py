"""Balanced accuracy over articles, and the baseline that only counts words."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from eval.benchmarks.bootstrap import LEVEL, RESAMPLES, SEED, Estimate

Floats = NDArray[np.float64]
_TOKEN = re.compile(r"\w+")


def overlap(sentence: str, cited: Sequence[str]) -> float:
    """Share of the pairs of neighbouring words in `sentence` that stand in one of `cited`, 0..1 (ROUGE-2 precision);
    of single words where there is no pair."""
    words = _TOKEN.findall(sentence.lower())
    sources = [_TOKEN.findall(text.lower()) for text in cited]
    if len(words) < 2:
        return float(all(any(word in source for source in sources) for word in words))
    known = {pair for source in sources for pair in pairwise(source)}
    pairs = list(pairwise(words))
    return sum(pair in known for pair in pairs) / len(pairs)


def balanced(counts: Floats) -> Estimate:
    """Balanced accuracy from counts by article, (articles, 4), with its interval; resamples without both kinds of
    statements are left out of it."""
    generator = np.random.default_rng(SEED)
    articles = len(counts)
    drawn = generator.multinomial(articles, np.full(articles, 1 / articles), size=RESAMPLES) @ counts
    whole = drawn[(drawn[:, :2].sum(axis=1) > 0) & (drawn[:, 2:].sum(axis=1) > 0)]
    low, high = np.quantile(_balanced(whole), [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return Estimate(float(_balanced(counts.sum(axis=0, keepdims=True))[0]), float(low), float(high))


def _balanced(counts: Floats) -> Floats:
    shown = counts[:, 0] / (counts[:, 0] + counts[:, 1])
    refused = counts[:, 3] / (counts[:, 2] + counts[:, 3])
    mean: Floats = (shown + refused) / 2
    return mean
