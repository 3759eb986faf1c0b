"""From a question to passages: meaning and keywords, fused.

The retriever works on plain types. `service.llama_retriever` wraps it as a llama-index `BaseRetriever`; it is a module
of its own because importing llama-index takes longer than answering.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ingest.articles import ArticleFilter, Chunk
from ingest.embedding import Embedder
from ingest.records import ArticleRecord
from service.answers import Passage
from service.library import Library
from service.questions import Question
from service.ranking import fuse, spread

KEYWORD_WEIGHT_SHORT = 0.6
KEYWORD_WEIGHT_LONG = 0.8
LONG_QUESTION_TERMS = 10
DEPTH = 4
"""Each retriever is asked for this many times the passages wanted, so that fusion sees what both find."""
EXACT_BELOW = 600
"""With a filter, up to this many chunks are compared exactly instead of filtering what a vast search returns."""
MOST_PER_ARTICLE = 6


@dataclass(frozen=True, slots=True)
class Hit:
    """A retrieved chunk. `score` is fused, 0..1 within one search; `cosine` is None when meaning did not find it."""

    chunk: Chunk
    record: ArticleRecord
    score: float
    cosine: float | None


class Retriever:
    """Hybrid retrieval over a `Library`."""

    def __init__(self, library: Library, embedder: Embedder) -> None:
        self._library = library
        self._embedder = embedder

    def embed_question(self, text: str) -> NDArray[np.float32]:
        """The question as a unit vector, (dimension,)."""
        vector: NDArray[np.float32] = self._embedder.embed([text])[0]
        return vector

    def retrieve(
        self, question: Question, vector: NDArray[np.float32], filters: ArticleFilter, limit: int
    ) -> list[Hit]:
        """The best `limit` passages, boilerplate left out, best first."""
        shelf = self._library.shelf()
        filters = _with_outlets(question, filters)
        allowed = self._library.admitted(filters)
        if allowed is not None and not allowed:
            return []
        depth = limit * DEPTH
        keyword = self._library.keywords().search(question.text, depth, allowed_article_ids=allowed)
        dense = self._dense(vector, depth, allowed)
        long = len(question.topic) >= LONG_QUESTION_TERMS
        fused = fuse(keyword, dense, KEYWORD_WEIGHT_LONG if long else KEYWORD_WEIGHT_SHORT)
        article_of = {chunk_id: chunk_id.partition(".")[0] for chunk_id, _ in fused}
        ranked = spread(fused, article_of, MOST_PER_ARTICLE)[: limit + limit // 2]
        chunks = self._library.chunks([chunk_id for chunk_id, _ in ranked])
        cosines = dict(dense)
        hits = []
        for chunk_id, score in ranked:
            chunk = chunks.get(chunk_id)
            if chunk is None or chunk.boilerplate or chunk.article_id not in shelf.records:
                continue
            hits.append(Hit(chunk, shelf.records[chunk.article_id], score, cosines.get(chunk_id)))
        return hits[:limit]

    def _dense(
        self, vector: NDArray[np.float32], depth: int, allowed: set[str] | None
    ) -> list[tuple[str, float]]:
        if allowed is None:
            return self._library.store.nearest(vector, depth)
        records = self._library.shelf().records
        chunk_ids = [chunk_id for article_id in allowed for chunk_id in records[article_id].chunk_ids]
        if len(chunk_ids) > EXACT_BELOW:
            near = self._library.store.nearest(vector, depth * 4)
            return [(chunk_id, cosine) for chunk_id, cosine in near if chunk_id.partition(".")[0] in allowed][
                :depth
            ]
        vectors = self._library.store.vectors_of(chunk_ids)
        if not vectors:
            return []
        known = list(vectors)
        cosines = np.stack([vectors[chunk_id] for chunk_id in known]) @ vector
        order = np.argsort(-cosines, kind="stable")[:depth]
        return [(known[index], float(cosines[index])) for index in order]


def _with_outlets(question: Question, filters: ArticleFilter) -> ArticleFilter:
    """Words like "according to The Harbour Post" limit the search to it, unless the caller chose outlets."""
    if not question.outlets or filters.outlets:
        return filters
    return ArticleFilter(frozenset(question.outlets), filters.sources, filters.after, filters.before)


def passage_of(hit: Hit, line: int) -> Passage:
    """The passage as the API gives it."""
    return Passage(
        article_id=hit.record.article_id,
        source=hit.record.source,
        title=hit.record.title,
        outlet=hit.record.outlet,
        published_at=hit.record.published_at,
        text=hit.chunk.text,
        start=hit.chunk.start,
        end=hit.chunk.end,
        line=line,
        score=round(hit.score, 6),
    )
