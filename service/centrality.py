"""How central each sentence is among others: LexRank over sentence vectors. Pure functions over arrays.

Sentences that many others resemble say what a set of articles is about (Erkan and Radev 2004, LexRank: Graph-based
Lexical Centrality as Salience in Text Summarization, JAIR 22). Their similarity graph is a Markov chain, and a
sentence's centrality is how often a walker is found there. Where the walker jumps to can be biased towards a topic, as
in Haveliwala 2002 (Topic-Sensitive PageRank) and Otterbacher, Erkan and Radev 2005 (Using Random Walks for
Question-focused Sentence Retrieval).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Vectors = NDArray[np.float32]
Weights = NDArray[np.float64]

WALKS_ON = 0.85
"""How often the walker follows a similarity rather than jump: PageRank's damping, used by both LexRank papers."""
ENOUGH = 1e-6
MOST_STEPS = 200
"""0.85^200 is 1e-14: the walk has long settled."""


def similarities(vectors: Vectors) -> NDArray[np.float32]:
    """The cosines (n, n) of unit vectors (n, dimension) above what any two of these sentences share, scaled to 0..1.

    The bundled vectors are made of words in context, so that any two sentences of one article have a cosine near 0.5
    and unrelated articles near 0.1. What separates sentences lies above the median, which is taken for 0. The
    diagonal is 1.
    """
    n = len(vectors)
    if n < 2:
        return np.ones((n, n), np.float32)
    cosines = vectors @ vectors.T
    floor = float(np.median(cosines[np.triu_indices(n, 1)]))
    scaled: NDArray[np.float32] = np.clip((cosines - floor) / max(1e-6, 1.0 - floor), 0.0, 1.0).astype(
        np.float32
    )
    np.fill_diagonal(scaled, 1.0)
    return scaled


def lexrank(graph: NDArray[np.float32], bias: Weights | None = None) -> Weights:
    """The centrality of each of n sentences, scaled so that the largest is 1; (n,).

    `graph` (n, n) are similarities of 0 or more; a sentence's own does not count. `bias` (n,), 0 or more, says where
    the walker jumps to, evenly by default.

    Raises:
        ValueError: graph and bias do not fit each other.
    """
    n = len(graph)
    if graph.shape != (n, n) or (bias is not None and bias.shape != (n,)):
        raise ValueError(f"a graph of {graph.shape} and a bias of {None if bias is None else bias.shape}")
    if n == 0:
        return np.zeros(0)
    jumps = np.full(n, 1.0 / n) if bias is None or bias.sum() <= 0 else bias / bias.sum()
    steps = graph.astype(np.float64)
    np.fill_diagonal(steps, 0.0)
    totals = steps.sum(axis=1)
    alone = totals <= 0
    steps /= np.where(alone, 1.0, totals)[:, None]
    rank = np.full(n, 1.0 / n)
    for _ in range(MOST_STEPS):
        following = WALKS_ON * (rank @ steps + rank[alone].sum() * jumps) + (1 - WALKS_ON) * jumps
        moved = float(np.abs(following - rank).sum())
        rank = following
        if moved < ENOUGH:
            break
    largest = float(rank.max())
    return rank / largest if largest > 0 else rank


__all__ = ["lexrank", "similarities"]
