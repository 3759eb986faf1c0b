"""The sentences that a summary chooses from: articles are read a few at a time and only their best sentences kept, so
that memory does not grow with the archive.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from ingest.embedding import Embedder
from ingest.records import ArticleRecord
from service.candidates import Candidate, candidates_in
from service.centrality import lexrank, similarities
from service.library import Library
from service.reading import Reading
from service.summary_fitness import fitness
from service.summary_sentences import SummarySentence
from service.summary_sources import group_of
from service.summary_text import shown
from service.summary_topic import Topic
from service.summary_weights import Fit, weigh

MOST_SENTENCES = 1200
"""In the pool. Their similarities take 6 MB, and their articles are what stays in memory."""
LEAST_PER_ARTICLE = 2
MOST_BESIDE = 300
LEAST_OF_TOPIC = 0.6
"""Sentences that are about the topic by less than this share of what the best one is are not said beside it."""
ACROSS = 0.65
"""How much centrality among all articles counts beside the weight in the article itself: what many outlets tell is
news, and what one dwells on is its story."""


class SentencePool:
    """Reads articles for one summary. Not for several threads."""

    def __init__(self, library: Library, embedder: Embedder, articles: int, topic: Topic | None) -> None:
        """`articles` is how many will be read."""
        self._library = library
        self._embedder = embedder
        self._topic = topic
        self._most_of_one = max(LEAST_PER_ARTICLE, MOST_SENTENCES // max(1, articles))
        self._kept: list[SummarySentence] = []
        self.relevant: list[str] = []
        """The ids of the articles that had a sentence about the topic; without a topic, any sentence."""
        self.beside: list[SummarySentence] = []
        """Some sentences that are not about the topic: what tells how rare a word is among the topic's."""

    def read(self, article_ids: Sequence[str]) -> None:
        """Read these articles; those that have gone are passed over."""
        shelf = self._library.shelf()
        for article_id, reading in self._library.readings(article_ids).items():
            record = shelf.records.get(article_id)
            if record is None:
                continue
            group = group_of(shelf, article_id)
            fit, beside = self._fit(reading, record)
            room = max(0, MOST_BESIDE - len(self.beside))
            self.beside += [SummarySentence(*one, 0.0, group, relevance=0.0) for one in beside[:room]]
            if fit:
                self.relevant.append(article_id)
                weighed = weigh(reading, fit, group, by_topic=self._topic is not None)
                self._kept += _heaviest(weighed, self._most_of_one)
        if len(self._kept) > 2 * MOST_SENTENCES:
            self._kept = _heaviest(self._kept, MOST_SENTENCES)

    def sentences(self) -> tuple[list[SummarySentence], NDArray[np.float32]]:
        """What was kept, heaviest first, n sentences, and their similarities (n, n).

        With several articles a weight is the mean of that in the article and of centrality among all.
        """
        best = max((one.relevance for one in self._kept), default=0.0)
        near = [one for one in self._kept if one.relevance >= LEAST_OF_TOPIC * best]
        kept = _heaviest(near, MOST_SENTENCES)
        if not kept:
            return [], np.zeros((0, 0), np.float32)
        graph = similarities(np.stack([one.vector for one in kept]))
        weights = np.asarray([one.weight for one in kept])
        weights = weights / max(1e-9, float(weights.max()))
        if len({one.group for one in kept}) > 1:
            weights = (1 - ACROSS) * weights + ACROSS * weights * lexrank(
                _of_other_stories(kept, graph), weights
            )
        order = np.argsort(-weights, kind="stable")
        return [replace(kept[at], weight=float(weights[at])) for at in order], graph[np.ix_(order, order)]

    def _fit(
        self, reading: Reading, record: ArticleRecord
    ) -> tuple[list[Fit], list[tuple[Candidate, NDArray[np.float32]]]]:
        """The candidates of an article that may be said at all and are about the topic; and those that are not."""
        candidates = candidates_in(reading, [(0, len(reading.article.text), 1.0)])
        vectors = self._vectors(record, candidates)
        found: list[Fit] = []
        beside: list[tuple[Candidate, NDArray[np.float32]]] = []
        for candidate, vector in zip(candidates, vectors, strict=True):
            relevance = 1.0 if self._topic is None else self._topic.relevance(candidate, vector)
            if relevance > 0:
                text = shown(candidate)
                fit = fitness(candidate, text)
                if fit > 0:
                    found.append(Fit(candidate, text, vector, fit, relevance))
            else:
                beside.append((candidate, vector))
        return found, beside

    def _vectors(self, record: ArticleRecord, candidates: Sequence[Candidate]) -> list[NDArray[np.float32]]:
        """The unit vector of each candidate's focus: the index's own, else embedded now."""
        evidence = self._library.evidence()
        known: dict[int, NDArray[np.float32]] = {}
        for chunk_id in record.chunk_ids:
            rows = evidence.sentence_vectors(chunk_id)
            if rows.shape[1] and not np.isnan(rows).any():
                spans = evidence.sentences(chunk_id)
                known.update((span.start, row) for span, row in zip(spans, rows, strict=True))
        starts = [one.reading.analysis.sentences[one.focus].start for one in candidates]
        lacking = [place for place, start in enumerate(starts) if start not in known]
        if lacking:
            rows = self._embedder.embed([candidates[place].focus_text for place in lacking])
            known.update((starts[place], row) for place, row in zip(lacking, rows, strict=True))
        return [known[start] for start in starts]


def _of_other_stories(
    sentences: Sequence[SummarySentence], graph: NDArray[np.float32]
) -> NDArray[np.float32]:
    """The graph without edges between near-copies: printed twice is not told twice."""
    group = np.unique([one.group for one in sentences], return_inverse=True)[1]
    article = np.unique([one.candidate.article.article_id for one in sentences], return_inverse=True)[1]
    copies = (group[:, None] == group[None, :]) & (article[:, None] != article[None, :])
    return np.where(copies, 0.0, graph).astype(np.float32) if copies.any() else graph


def _heaviest(sentences: Sequence[SummarySentence], most: int) -> list[SummarySentence]:
    return sorted(sentences, key=lambda one: -one.weight)[:most]


__all__ = ["MOST_SENTENCES", "SentencePool"]
