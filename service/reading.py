"""An article as the answer composer reads it: whole, with the keys of each sentence worked out once.

Working out keys costs more than anything else in composing an answer, and the same articles are asked about again and
again, so a `Reading` is kept with the article in the library's cache.
"""

from __future__ import annotations

from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from ingest.records import StoredArticle
from service.terms import key_set

LEAD_SENTENCES = 3
"""A title that is the file's first line is a sentence too."""


class Reading:
    """One article, with lazily computed keys. Threads may share it: at worst a key set is computed twice."""

    def __init__(self, stored: StoredArticle) -> None:
        self.stored = stored
        self.article = stored.article
        self.analysis = stored.analysis
        self.vectors: dict[tuple[int, int], NDArray[np.float32]] = {}
        """Vectors of runs of sentences, first to last, that have been candidates."""
        self._sentence_keys: list[frozenset[str] | None] = [None] * len(stored.analysis.sentences)

    @cached_property
    def sentence_starts(self) -> list[int]:
        """Where each sentence starts, for bisection."""
        return [sentence.start for sentence in self.analysis.sentences]

    @cached_property
    def title_keys(self) -> frozenset[str]:
        """The keys of the title's words."""
        return key_set(self.article.title or "")

    @cached_property
    def keys(self) -> frozenset[str]:
        """The keys of every sentence that is not boilerplate, and of the title."""
        sentences = self.analysis.sentences
        own = (
            self.sentence_keys(number)
            for number, sentence in enumerate(sentences)
            if not self.article.is_boilerplate(sentence.start, sentence.end)
        )
        return self.title_keys.union(*own)

    @cached_property
    def lead_keys(self) -> frozenset[str]:
        """The keys of the title and of the first sentences: what the article as a whole is about."""
        sentences = self.analysis.sentences
        prose = [n for n, one in enumerate(sentences) if not self.article.is_boilerplate(one.start, one.end)]
        return self.title_keys.union(*(self.sentence_keys(number) for number in prose[:LEAD_SENTENCES]))

    def sentence_keys(self, number: int) -> frozenset[str]:
        """The keys of one sentence, of the full names of the people it means, and of who speaks in it."""
        known = self._sentence_keys[number]
        if known is None:
            sentence = self.analysis.sentences[number]
            meant = sorted(
                {
                    mention.name
                    for mention in self.analysis.mentions
                    if sentence.start <= mention.start < sentence.end
                }
                | {
                    quotation.speaker
                    for quotation in self.analysis.quotations
                    if quotation.speaker and quotation.start < sentence.end and sentence.start < quotation.end
                }
            )
            known = key_set(self.article.text[sentence.start : sentence.end]) | key_set(" ".join(meant))
            self._sentence_keys[number] = known
        return known
