"""Sentence vectors as they are kept: one byte a number, and the scale that makes them numbers again.

An article has ten times as many sentences as chunks, so that float32 would make most of an index. With one scale a
sentence the code of a number is off by half a step at most, 1/254 of the vector's largest number.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

LARGEST_CODE = 127


@dataclass(frozen=True, slots=True)
class SentenceCodes:
    """The vectors of n sentences: `codes` (n, dimension) times `scales` (n,), one scale a sentence."""

    codes: NDArray[np.int8]
    scales: NDArray[np.float16]

    @classmethod
    def none(cls, dimension: int) -> Self:
        """Of no sentences."""
        return cls(np.zeros((0, dimension), dtype=np.int8), np.zeros(0, dtype=np.float16))

    @classmethod
    def of(cls, vectors: NDArray[np.float32]) -> Self:
        """The codes of `vectors` (n, dimension): for each, its largest number is 127 or next to it."""
        scales = (np.abs(vectors).max(axis=1, initial=0.0) / LARGEST_CODE).astype(np.float16)
        scales[scales == 0] = 1.0
        steps = np.rint(vectors / scales.astype(np.float32)[:, None])
        return cls(np.clip(steps, -LARGEST_CODE, LARGEST_CODE).astype(np.int8), scales)

    @classmethod
    def joined(cls, parts: Sequence[SentenceCodes], dimension: int) -> Self:
        """The rows of all parts, one after another."""
        if not parts:
            return cls.none(dimension)
        return cls(
            np.concatenate([one.codes for one in parts]), np.concatenate([one.scales for one in parts])
        )

    def __len__(self) -> int:
        return len(self.scales)

    def rows(self, start: int, end: int) -> SentenceCodes:
        """The rows `start` up to `end`."""
        return SentenceCodes(self.codes[start:end], self.scales[start:end])

    def vectors(self) -> NDArray[np.float32]:
        """The vectors, (n, dimension). Their lengths are 1 but for the rounding: within a hundredth."""
        vectors: NDArray[np.float32] = self.codes * self.scales.astype(np.float32)[:, None]
        return vectors


@dataclass(frozen=True, slots=True)
class ArticleSentences:
    """The sentences of one version of an article, chunk by chunk, and their vectors.

    `chunk_ids` and `boilerplate` (chunks,) are of all its chunks in order; `spans` says which characters of `text`
    each chunk's sentences are, none where it is boilerplate (`ingest.chunk_sentences`). `codes` has a row for every
    span, in that order, or no row at all where the article was ingested by an embedder without sentence vectors.
    """

    article_id: str
    version: str
    text: str
    chunk_ids: tuple[str, ...]
    boilerplate: tuple[bool, ...]
    spans: tuple[tuple[tuple[int, int], ...], ...]
    codes: SentenceCodes


__all__ = ["ArticleSentences", "SentenceCodes"]
