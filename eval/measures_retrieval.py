"""Measures of what was found, before anything was composed of it. Pure; `found` has a source a passage."""

from __future__ import annotations

from collections.abc import Collection, Sequence


def recall_at(k: int, found: Sequence[str], relevant: Collection[str]) -> float | None:
    """The share of the relevant sources that the first `k` passages come from; None when none is relevant.

    Manning, Raghavan and Schütze, "Introduction to Information Retrieval", 2008, chapter 8, of articles by passages.
    """
    wanted = set(relevant)
    return len(wanted.intersection(found[:k])) / len(wanted) if wanted else None


def reciprocal_rank(k: int, found: Sequence[str], relevant: Collection[str]) -> float | None:
    """1 / rank of the first passage from a relevant source, 0 when it is not among the first `k`; None when none is
    relevant. Voorhees, "The TREC-8 Question Answering Track Report", 1999."""
    wanted = set(relevant)
    if not wanted:
        return None
    return next((1 / rank for rank, source in enumerate(found[:k], start=1) if source in wanted), 0.0)
