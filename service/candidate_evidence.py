"""The chunks that a question's parts may be answered from, as arrays: what they hold for each part."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from service.library import Library
from service.periods import Period
from service.question_parts import Part
from service.shelf import Shelf

CANDIDATES = 60
"""Chunks that keywords and meaning each propose for a part."""
UNLISTED = 0.5
"""A candidate that keywords did not list is taken to score this share of the last that they did."""


@dataclass(frozen=True, slots=True)
class PartSearch:
    """A part on its way: its place among the question's parts, its terms weighted by idf, and the articles it may come
    from (None: all), which `outlets` says too where nothing else limits them."""

    part: Part
    place: int
    terms: dict[str, float]
    allowed: frozenset[str] | None
    outlets: frozenset[str] | None


@dataclass(frozen=True, slots=True)
class CandidateEvidence:
    """What the candidates hold: arrays of (candidates, parts), and of (candidates,) for the whole question.

    Candidates are in order of their ids, so that those of an article lie together; `article_numbers` count articles.
    """

    chunk_ids: list[str]
    article_ids: list[str]
    article_numbers: list[int]
    keyword: NDArray[np.float32]
    words: NDArray[np.float32]
    meaning: NDArray[np.float32]
    chunk_meaning: NDArray[np.float32]
    of_question: NDArray[np.float32]

    @classmethod
    def of(
        cls,
        library: Library,
        pool: list[str],
        searches: Sequence[PartSearch],
        vectors: NDArray[np.float32],
        *,
        by_sentence: bool,
    ) -> CandidateEvidence:
        """That of the chunks of `pool`, sorted, for these searches and for the whole question, whose `vectors` are
        (searches + 1, dimension)."""
        found = library.evidence().score(pool, [*(search.terms for search in searches), {}], vectors)
        whole = np.nan_to_num(library.vectors().cosines(pool, vectors))
        # An embedder may give no sentence vectors; the chunk's own then stands for its sentences.
        meaning = np.where(np.isnan(found.cosine), whole, found.cosine) if by_sentence else whole
        article_ids = [chunk_id.partition(".")[0] for chunk_id in pool]
        numbers = {article_id: number for number, article_id in enumerate(dict.fromkeys(article_ids))}
        return cls(
            pool,
            article_ids,
            [numbers[article_id] for article_id in article_ids],
            found.keyword[:, :-1],
            found.coverage[:, :-1],
            meaning[:, :-1],
            whole[:, :-1],
            meaning[:, -1],
        )

    @property
    def best_of_question(self) -> float:
        """The largest cosine with the whole question."""
        return float(self.of_question.max(initial=0.0))

    def listed(self, lists: Sequence[Mapping[str, float]]) -> NDArray[np.float32]:
        """BM25 of the candidates for each part, (candidates, parts), from what keywords list for it."""
        place_of = {chunk_id: place for place, chunk_id in enumerate(self.chunk_ids)}
        found = np.zeros((len(self.chunk_ids), len(lists)), np.float32)
        for number, listed in enumerate(lists):
            if len(listed) >= CANDIDATES:
                found[:, number] = UNLISTED * min(listed.values())
            found[[place_of[chunk_id] for chunk_id in listed], number] = list(listed.values())
        return found

    def admitted(self, allowed: Sequence[frozenset[str] | None]) -> NDArray[np.bool_]:
        """Which candidates each part may use, (candidates, parts)."""
        of_article = [
            [one is None or article_id in one for one in allowed]
            for article_id in dict.fromkeys(self.article_ids)
        ]
        return np.array(of_article, np.bool_).reshape(-1, len(allowed))[self.article_numbers]

    def in_period(self, times: Sequence[Sequence[Period]], shelf: Shelf) -> NDArray[np.float32]:
        """1 for candidates of the times that each part names, else 0: (candidates, parts).

        "Before October 3" is mostly said of an article of that very day, so that the relation does not count.
        """
        if not any(times):
            return np.zeros((len(self.chunk_ids), len(times)), np.float32)
        spans = [[(period.start.isoformat(), period.end.isoformat()) for period in named] for named in times]
        days = [published(shelf, article_id)[:10] for article_id in dict.fromkeys(self.article_ids)]
        of_article = [[any(first <= day <= last for first, last in own) for own in spans] for day in days]
        return np.array(of_article, np.float32).reshape(-1, len(times))[self.article_numbers]


def published(shelf: Shelf, article_id: str) -> str:
    """When an article was published, ISO 8601; "" where that is not known."""
    record = shelf.records.get(article_id)
    return (record.published_at or "") if record is not None else ""
