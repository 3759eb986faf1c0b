"""An article as the answer composer reads it: whole, with the keys of each sentence worked out once.

Working out keys costs more than anything else in composing an answer, and the same articles are asked about again and
again, so a `Reading` is kept with the article in the library's cache.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from ingest.records import StoredArticle
from service.terms import Term, key_set

_NOT_ALPHANUMERIC = re.compile(r"[^a-z0-9]+")
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
    def _squeezed(self) -> str:
        """The title and text as one run of plain small letters and digits."""
        plain = unicodedata.normalize("NFKD", f"{self.article.title or ''} {self.article.text}")
        return _NOT_ALPHANUMERIC.sub("", plain.encode("ascii", "ignore").decode().casefold())

    def prepare(self) -> None:
        """Work everything out now, so that no question has to wait for it."""
        for number in range(len(self.analysis.sentences)):
            self.sentence_keys(number)
        _ = self._squeezed, self.lead_keys, self.sentence_starts

    def has_words(self, word: str) -> bool:
        """Whether the article has these letters anywhere."""
        return _NOT_ALPHANUMERIC.sub("", word.casefold()) in self._squeezed

    def has_somewhere(self, term: Term) -> bool:
        """Whether the article seems to have the word anywhere: a quick look for its keys inside words. It errs on the
        side of yes, which only changes the reason that is given for not answering."""
        return any(len(key) > 2 and key in self._squeezed for key in term.keys)

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
