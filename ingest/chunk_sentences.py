"""Which sentences are in which chunk. Pure: ingest embeds by it, and whoever reads the index finds out by it again,
so that an index keeps the vectors of sentences and nothing else of them.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence

from ingest.articles import Chunk, Sentence

SENTENCES_VERSION = 1
"""Part of an index's fingerprint: raise it whenever other spans, or other vectors for them, would be kept."""


def sentence_spans(
    sentences: Sequence[Sentence], chunks: Sequence[Chunk]
) -> tuple[tuple[tuple[int, int], ...], ...]:
    """For each chunk its sentences as (start, end) in the article's text, none for a chunk that is boilerplate.

    `sentences` are an article's, sorted and disjoint. One that is divided among chunks is in each of them, clipped to
    what lies there: no span leaves its chunk, and none is empty.
    """
    ends = [sentence.end for sentence in sentences]
    found: list[tuple[tuple[int, int], ...]] = []
    for chunk in chunks:
        spans: list[tuple[int, int]] = []
        at = len(ends) if chunk.boilerplate else bisect_right(ends, chunk.start)
        while at < len(ends) and sentences[at].start < chunk.end:
            start, end = max(sentences[at].start, chunk.start), min(ends[at], chunk.end)
            if start < end:
                spans.append((start, end))
            at += 1
        found.append(tuple(spans))
    return tuple(found)


__all__ = ["SENTENCES_VERSION", "sentence_spans"]
