"""How much a word says: its inverse document frequency over the archive's chunks."""

from __future__ import annotations

from collections.abc import Iterable

from ingest.keywords import KeywordIndex
from service.terms import Term, stem

NAME_WEIGHT = 1.4
"""Names turn a question more than their rarity alone tells: everybody in an archive about Japan says "Japan"."""


class Weigher:
    """Made for one question; weighs terms by BM25's idf, ln(1 + (N - n + 0.5) / (n + 0.5)) (Robertson)."""

    def __init__(self, keywords: KeywordIndex) -> None:
        self._keywords = keywords
        self._known: dict[Term, float] = {}

    def weight(self, term: Term) -> float:
        """The idf of the term's surface, averaged over its words when it is a phrase; names count more."""
        known = self._known.get(term)
        if known is None:
            idfs = self._keywords.idf([stem(word.lower()) for word in term.surface.split()])
            rarity = sum(idfs.values()) / max(1, len(idfs))
            known = self._known[term] = (NAME_WEIGHT if term.is_name else 1.0) * max(0.25, rarity)
        return known

    def unknown(self, terms: Iterable[Term]) -> frozenset[str]:
        """The surfaces of terms that are no names and of which no chunk has any key: the archive lacks the word."""
        return frozenset(
            term.surface
            for term in terms
            if not term.is_name and not any(self._keywords.document_frequency(key) for key in term.keys)
        )
