"""Exact neighbours, found by comparing a question with every vector that the store holds, and recall against them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from ingest.articles import chunk_id_of
from ingest.vector_table import ArticleVectors

COMPARED_AT_ONCE = 20_000


def exact_nearest(
    articles: Iterable[ArticleVectors], questions: NDArray[np.float32], depth: int
) -> list[list[str]]:
    """The ids of the `depth` chunks nearest to each of `questions` (n, dimension), best first."""
    best: list[list[tuple[float, str]]] = [[] for _ in questions]
    ids: list[str] = []
    parts: list[NDArray[np.float32]] = []

    def settle() -> None:
        if not ids:
            return
        cosines = questions @ np.concatenate(parts).T
        for place, row in enumerate(cosines):
            top = np.argpartition(-row, min(depth, len(row)) - 1)[:depth]
            merged = best[place] + [(-float(row[one]), ids[one]) for one in top]
            best[place] = sorted(merged)[:depth]
        ids.clear()
        parts.clear()

    for article in articles:
        ids += [chunk_id_of(article.article_id, article.version, int(one)) for one in article.ordinals]
        parts.append(article.vectors)
        if len(ids) >= COMPARED_AT_ONCE:
            settle()
    settle()
    return [[chunk_id for _, chunk_id in hits] for hits in best]


def recall(found: Sequence[Sequence[str]], exact: Sequence[Sequence[str]], depth: int) -> float:
    """The mean share of the first `depth` exact neighbours that are among the first `depth` found."""
    shares = [
        len(set(hits[:depth]) & set(true[:depth])) / len(true[:depth])
        for hits, true in zip(found, exact, strict=True)
        if true
    ]
    return sum(shares) / len(shares) if shares else 1.0
