"""Sentences for tests of summaries: articles in, `SummarySentence`s out, with vectors made of the words' own hashes."""

from __future__ import annotations

import zlib

import numpy as np

from service.candidates import candidates_in
from service.summary_sentences import SummarySentence
from service.terms import key_set
from tests.service.articles import reading_of

DIMENSION = 256


def sentences_of(
    text: str, source: str = "story.txt", *, group: str | None = None, **metadata: str
) -> list[SummarySentence]:
    """Every candidate of an article as a sentence of a summary, earlier ones a little more central.

    Vectors are bags of hashed keys: sentences with the same words are near, as those of the embedder are.
    """
    reading = reading_of(text, source, **metadata)
    found = []
    for number, candidate in enumerate(candidates_in(reading, [(0, len(text), 1.0)])):
        weight = max(0.1, 0.9 - 0.05 * number)
        story = group or reading.article.article_id
        found.append(SummarySentence(candidate, vector_of(candidate.focus_text), weight, story))
    return found


def vector_of(text: str) -> np.ndarray[tuple[int], np.dtype[np.float32]]:
    """The unit vector of a text's keys, lifted so that any two have something in common, as in one story."""
    vector = np.full(DIMENSION, 0.16, dtype=np.float32)
    for key in key_set(text):
        vector[zlib.crc32(key.encode()) % DIMENSION] += 1.0
    return vector / np.float32(np.linalg.norm(vector))
