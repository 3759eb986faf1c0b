"""How well the best sentence of each chunk answers each part of a question: pure functions over flat arrays.

A chunk of 250 tokens says many things, and its score blurs them; the sentence that answers stands out when sentences
are scored one by one. The sentences of all candidate chunks are scored together, without a loop over any of them.

Words are compared as 32-bit hashes: among a million different words, one in fifty questions of sixty terms has a term
that another word shares its hash with, and then a sentence with that word scores as if it had the term.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

PartTerms = Mapping[str, float]
"""What a part of a question asks for: terms of `ingest.keyword_terms.analyze_terms`, each with its weight times its
idf."""

K1 = 1.2
B = 0.75
"""BM25's constants, as the keyword index has them (Robertson and Zaragoza, 2009, The Probabilistic Relevance
Framework: BM25 and Beyond)."""

NO_SENTENCE = -1
MULTIPLIED_AT_ONCE = 256
"""Sentences whose vectors are multiplied at once: the buffer then stays in the processor's caches."""

_LOW_BITS = 0xFFFF


@dataclass(frozen=True, slots=True)
class Candidates:
    """The sentences of some chunks, chunk after chunk; every chunk has at least one.

    `counts` (chunks,) says how many sentences each chunk has and `lengths` (sentences,) how many terms each sentence;
    `terms` are the terms' hashes, sentence after sentence. A sentence's vector is its row of `codes` (sentences,
    dimension) times its scale, NaN where there is none; dimension 0 means that there are no vectors at all.
    """

    counts: NDArray[np.int64]
    lengths: NDArray[np.int64]
    terms: NDArray[np.uint32]
    codes: NDArray[np.int8]
    scales: NDArray[np.float16]


@dataclass(frozen=True, slots=True)
class Evidence:
    """What the sentences of chunks say to the parts of a question; every array is (chunks, parts).

    `keyword` is BM25 of the chunk's best sentence, `coverage` the largest share of the part's weight that the terms of
    one sentence have, `cosine` the largest of a sentence vector with the part's (NaN: no vectors). `best_sentence` is
    the place in the chunk of the sentence with that cosine or, without vectors, with that BM25; the first among equals.
    A chunk without sentences has 0, 0, NaN and `NO_SENTENCE`.
    """

    keyword: NDArray[np.float32]
    coverage: NDArray[np.float32]
    cosine: NDArray[np.float32]
    best_sentence: NDArray[np.int32]

    @classmethod
    def none(cls, chunks: int, parts: int) -> Evidence:
        """That of chunks without sentences."""
        shape = (chunks, parts)
        return cls(
            keyword=np.zeros(shape, dtype=np.float32),
            coverage=np.zeros(shape, dtype=np.float32),
            cosine=np.full(shape, np.nan, dtype=np.float32),
            best_sentence=np.full(shape, NO_SENTENCE, dtype=np.int32),
        )

    def put(self, places: NDArray[np.int64], found: Evidence) -> None:
        """Write the rows of `found` to these places."""
        self.keyword[places], self.coverage[places] = found.keyword, found.coverage
        self.cosine[places], self.best_sentence[places] = found.cosine, found.best_sentence


def term_hashes(terms: Iterable[str]) -> NDArray[np.uint32]:
    """The CRC-32 of each term, the same in every process."""
    return np.fromiter((zlib.crc32(term.encode()) for term in terms), dtype=np.uint32)


def score(
    candidates: Candidates,
    parts: Sequence[PartTerms],
    vectors: NDArray[np.float32] | None,
    mean_length: float,
) -> Evidence:
    """The evidence of each chunk for each part. `vectors` are those of the parts, (parts, dimension) and of length 1;
    `mean_length` is the mean of all sentences' lengths, in terms."""
    counts = candidates.counts
    starts = np.cumsum(counts) - counts
    keywords, shares = _by_words(candidates, parts, mean_length)
    keyword, coverage = (
        np.maximum.reduceat(keywords, starts, axis=0),
        np.maximum.reduceat(shares, starts, axis=0),
    )
    cosine = np.full_like(keyword, np.nan)
    best = np.zeros(keyword.shape, dtype=np.int32)
    if vectors is not None and candidates.codes.shape[1]:
        cosines = products(candidates.codes, candidates.scales, vectors)
        cosines[np.isnan(cosines)] = -np.inf
        cosine = np.maximum.reduceat(cosines, starts, axis=0)
        best = _first(cosines, cosine, starts, counts)
        cosine[cosine == -np.inf] = np.nan
    without = np.isnan(cosine)
    if without.any():
        best = np.where(without, _first(keywords, keyword, starts, counts), best)
    return Evidence(keyword, coverage, cosine, best)


def products(
    codes: NDArray[np.int8], scales: NDArray[np.float16], vectors: NDArray[np.float32]
) -> NDArray[np.float32]:
    """The cosine of each sentence with each of `vectors` (parts, dimension): (sentences, parts), NaN without scale."""
    found = np.empty((len(codes), len(vectors)), dtype=np.float32)
    columns = np.ascontiguousarray(vectors.T, dtype=np.float32)
    for start in range(0, len(codes), MULTIPLIED_AT_ONCE):
        block = codes[start : start + MULTIPLIED_AT_ONCE].astype(np.float32)
        np.matmul(block, columns, out=found[start : start + MULTIPLIED_AT_ONCE])
    found *= scales.astype(np.float32)[:, np.newaxis]
    return np.clip(found, -1.0, 1.0, out=found)


def _by_words(
    candidates: Candidates, parts: Sequence[PartTerms], mean_length: float
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """BM25 and coverage of each sentence for each part, both (sentences, parts)."""
    asked, weights = _asked(parts)
    shape = (len(candidates.lengths), len(asked))
    saturated, present = np.zeros(shape, dtype=np.float32), np.zeros(shape, dtype=np.float32)
    if len(asked):
        counted = np.bincount(_found(candidates, asked), minlength=saturated.size)
        cells = np.flatnonzero(counted)
        times = counted[cells]
        long = 1 - B + B * candidates.lengths / (mean_length or 1.0)
        saturated.ravel()[cells] = times * (K1 + 1) / (times + K1 * long[cells // len(asked)])
        present.ravel()[cells] = 1.0
    totals = weights.sum(axis=0)
    shares = weights / np.where(totals > 0, totals, 1.0)
    keyword = saturated @ weights.astype(np.float32)
    coverage = present @ shares.astype(np.float32)
    return keyword, np.minimum(coverage, np.float32(1.0))


def _found(candidates: Candidates, asked: NDArray[np.uint32]) -> NDArray[np.int64]:
    """Where terms that are asked for stand: sentence times len(asked) plus the term's place in `asked`, each as often
    as it stands there.

    Few of the terms are asked for, and nearly all others differ from those in their low bits: looking these up costs
    a tenth of searching for every term.
    """
    low = np.zeros(_LOW_BITS + 1, dtype=np.bool_)
    low[asked & _LOW_BITS] = True
    places = np.flatnonzero(low[candidates.terms.astype(np.uint16)])
    terms = candidates.terms[places]
    columns = np.minimum(np.searchsorted(asked, terms), len(asked) - 1)
    same = asked[columns] == terms
    sentences = np.searchsorted(np.cumsum(candidates.lengths), places[same], side="right")
    cells: NDArray[np.int64] = sentences * len(asked) + columns[same]
    return cells


def _asked(parts: Sequence[PartTerms]) -> tuple[NDArray[np.uint32], NDArray[np.float64]]:
    """The hashes of all parts' terms, ascending, and what each weighs in each part: (terms, parts)."""
    terms = list(dict.fromkeys(term for part in parts for term in part))
    asked, places = np.unique(term_hashes(terms), return_inverse=True)
    row_of = dict(zip(terms, places.tolist(), strict=True))
    weights = np.zeros((len(asked), len(parts)), dtype=np.float64)
    for number, part in enumerate(parts):
        for term, weight in part.items():
            weights[row_of[term], number] += weight
    return asked, weights


def _first(
    values: NDArray[np.float32],
    largest: NDArray[np.float32],
    starts: NDArray[np.int64],
    counts: NDArray[np.int64],
) -> NDArray[np.int32]:
    """The place in each chunk of the first of its rows of `values` (sentences, parts) that has the `largest`."""
    places = (np.arange(len(values)) - np.repeat(starts, counts)).astype(np.int32)
    reached = np.where(
        values == np.repeat(largest, counts, axis=0), places[:, np.newaxis], np.iinfo(np.int32).max
    )
    first: NDArray[np.int32] = np.minimum.reduceat(reached, starts, axis=0)
    return first
