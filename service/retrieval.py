"""From a question to passages: each part of it searched by keywords and by meaning, scored by its best sentences.

The retriever works on plain types. `service.llama_retriever` wraps it as a llama-index `BaseRetriever`; it is a module
of its own because importing llama-index takes longer than answering.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ingest.articles import ArticleFilter, Chunk
from ingest.embedding import Embedder
from ingest.keywords import analyze_terms
from ingest.records import ArticleRecord
from service.answers import Passage
from service.coverage import Coverage, PartCoverage
from service.library import Library, Shelf
from service.periods import Period, periods
from service.question_parts import Part, parts_to_search
from service.questions import Question
from service.ranking import folded, interleave, keyword_strength, part_scores, spread
from service.reranking import DEPTH, Reranker, rerank

CANDIDATES = 60
"""Chunks that keywords and meaning each propose for a part."""
UNLISTED = 0.5
"""A candidate that keywords did not list is taken to score this share of the last that they did."""
MOST_PER_ARTICLE = 6
_LATEST = re.compile(
    r"\b(?:latest|newest|most recent(?:ly)?|lately|currently|right now|today)\b", re.IGNORECASE
)
_SAME_SCORE = 0.02


@dataclass(frozen=True, slots=True)
class Hit:
    """A retrieved chunk. `score` is 0..1 within one search, never above that of a hit before it; `cosine` is that of
    its best sentence with the whole question."""

    chunk: Chunk
    record: ArticleRecord
    score: float
    cosine: float | None


@dataclass(frozen=True, slots=True)
class Retrieved:
    """What was found, best first; how much of the question it covers; and the question's unit vector, (dimension,)."""

    hits: list[Hit]
    coverage: Coverage
    vector: NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Ingredients:
    """What ranking uses; everything, unless a benchmark takes something away to see what it adds."""

    by_part: bool = True
    by_sentence: bool = True
    by_meaning: bool = True
    by_period: bool = True
    adaptive: bool = True


@dataclass(frozen=True, slots=True)
class _Search:
    """A part on its way: its terms weighted by idf, its vector, and the articles it may come from (None: all)."""

    part: Part
    terms: dict[str, float]
    vector: NDArray[np.float32]
    allowed: frozenset[str] | None


class Retriever:
    """Hybrid retrieval over a `Library`. Safe to share between threads."""

    def __init__(
        self,
        library: Library,
        embedder: Embedder,
        reranker: Reranker | None = None,
        ingredients: Ingredients = Ingredients(),
    ) -> None:
        self._library = library
        self._embedder = embedder
        self._reranker = reranker
        self._use = ingredients

    def retrieve(self, question: Question, filters: ArticleFilter, limit: int) -> Retrieved:
        """The best `limit` passages, boilerplate left out, best first.

        Outlets that the question names limit its parts, unless `filters` name outlets; the times it names favour
        articles of those times.
        """
        shelf = self._library.shelf()
        parts = self._parts(question, shelf)
        vectors = self._embedder.embed([question.text, *(part.text or question.text for part in parts)])
        searches = self._searches(parts, vectors[1:], filters, shelf)
        if not searches:
            return Retrieved([], Coverage((), 0.0, ()), vectors[0])
        lists, pool = self._candidates(searches)
        evidence = _Evidence.of(self._library, pool, searches, vectors[0], by_sentence=self._use.by_sentence)
        ranked: list[list[tuple[str, float]]] = []
        covered: list[PartCoverage] = []
        latest = _LATEST.search(question.text) is not None
        for number, search in enumerate(searches):
            scores, of_part = self._score(number, search, lists[number], evidence, shelf)
            ranked.append(_ordered(evidence.chunk_ids, scores, shelf, newest_first=latest))
            covered.append(of_part)
        coverage = Coverage(tuple(covered), evidence.best_of_question, self._unknown(question))
        hits = self._hits(interleave(ranked), evidence, shelf, max(limit, DEPTH if self._reranker else 0))
        return Retrieved(self._reranked(question.text, hits)[:limit], coverage, vectors[0])

    def _parts(self, question: Question, shelf: Shelf) -> tuple[Part, ...]:
        named = [(mention.start, mention.end) for mention in question.mentions]
        times = [
            period
            for period in periods(question.text, shelf.newest)
            if not any(start < period.span[1] and period.span[0] < end for start, end in named)
        ]
        if self._use.by_part:
            return parts_to_search(question.text, question.mentions, times)
        return parts_to_search(question.text, (), times)[:1]

    def _searches(
        self, parts: Sequence[Part], vectors: NDArray[np.float32], filters: ArticleFilter, shelf: Shelf
    ) -> list[_Search]:
        idf = self._library.keywords().idf({term for part in parts for term in part.shares})
        searches = []
        for part, vector in zip(parts, vectors, strict=True):
            wanted = filters
            if part.outlets and not filters.outlets:
                wanted = ArticleFilter(part.outlets, filters.sources, filters.after, filters.before)
            allowed = self._library.admitted(wanted)
            if allowed is None or allowed:
                terms = {term: share * idf[term] for term, share in part.shares.items()}
                searches.append(_Search(part, terms, vector, allowed))
        return searches

    def _candidates(self, searches: Sequence[_Search]) -> tuple[list[dict[str, float]], list[str]]:
        """For each search the BM25 of the chunks that keywords list; and all chunks that anything lists."""
        keywords = self._library.keywords()
        listed = [
            dict(keywords.search(search.part.shares, CANDIDATES, allowed_article_ids=search.allowed))
            for search in searches
        ]
        pool = {chunk_id: None for one in listed for chunk_id in one}
        if self._use.by_meaning:
            vectors = self._library.vectors()
            for allowed in dict.fromkeys(search.allowed for search in searches):
                asked = np.stack([search.vector for search in searches if search.allowed == allowed])
                for near in vectors.search(asked, CANDIDATES, allowed_article_ids=allowed):
                    pool |= {chunk_id: None for chunk_id, _ in near}
        return listed, list(pool)

    def _score(
        self, number: int, search: _Search, listed: Mapping[str, float], evidence: _Evidence, shelf: Shelf
    ) -> tuple[NDArray[np.float32], PartCoverage]:
        admitted = evidence.admitted(search.allowed)
        floor = UNLISTED * min(listed.values()) if len(listed) >= CANDIDATES else 0.0
        keyword = np.array([listed.get(chunk_id, floor) for chunk_id in evidence.chunk_ids], np.float32)
        in_period = self._in_period(search.part.periods, evidence, shelf)
        words = float(evidence.words[admitted, number].max(initial=0.0))
        nearest = float(evidence.meaning[admitted, number].max(initial=0.0))
        weight = sum(search.terms.values())
        zeros = np.zeros_like(keyword)
        scores = part_scores(
            np.where(admitted, keyword, 0),
            np.where(admitted, evidence.keyword[:, number], 0) if self._use.by_sentence else zeros,
            evidence.meaning[:, number] if self._use.by_meaning else zeros,
            evidence.chunk_meaning[:, number] if self._use.by_meaning else zeros,
            in_period if self._use.by_period else zeros,
            keyword_strength(words, weight) if self._use.adaptive else 1.0,
        )
        timely = not search.part.periods or bool(in_period.any())
        return np.where(admitted, scores, -np.inf), PartCoverage(search.part, words, nearest, timely)

    @staticmethod
    def _in_period(times: Sequence[Period], evidence: _Evidence, shelf: Shelf) -> NDArray[np.float32]:
        fits = {
            article_id: any(_of(period, shelf.records[article_id].published_at) for period in times)
            for article_id in (set(evidence.article_ids) if times else ())
            if article_id in shelf.records
        }
        return np.array([fits.get(article_id, False) for article_id in evidence.article_ids], np.float32)

    def _unknown(self, question: Question) -> tuple[str, ...]:
        frequency = self._library.keywords().document_frequency
        return tuple(
            term.surface
            for term in question.topic
            if not any(frequency(word) for word in analyze_terms(term.surface))
        )

    def _hits(
        self, merged: Sequence[tuple[str, float]], evidence: _Evidence, shelf: Shelf, limit: int
    ) -> list[Hit]:
        article_of = dict(zip(evidence.chunk_ids, evidence.article_ids, strict=True))
        ranked = spread(merged, article_of, MOST_PER_ARTICLE)[: limit + limit // 2]
        chunks = self._library.chunks([chunk_id for chunk_id, _ in ranked])
        known = [item for item in ranked if item[0] in chunks and article_of[item[0]] in shelf.records]
        order = [item for item, _ in known]
        if any(article_of[item] in shelf.copies for item in order):
            words = {item: frozenset(chunks[item].text.lower().split()) for item in order}
            copies = {article: frozenset(shelf.copies.get(article, ())) for article in article_of.values()}
            order = folded(order, words, copies, article_of)
        best = known[0][1] if known and known[0][1] > 0 else 1.0
        scores = sorted((score / best for _, score in known), reverse=True)
        cosines = dict(zip(evidence.chunk_ids, evidence.of_question.tolist(), strict=True))
        return [
            Hit(chunks[item], shelf.records[article_of[item]], max(0.0, score), cosines[item])
            for item, score in zip(order[:limit], scores, strict=False)
        ]

    def _reranked(self, text: str, hits: list[Hit]) -> list[Hit]:
        if self._reranker is None or not hits:
            return hits
        preferred = rerank(hits, self._reranker.scores(text, [hit.chunk.text for hit in hits[:DEPTH]]), DEPTH)
        # The reranker's scale is its own; the order it gives keeps the falling scores of the hits.
        return [replace(hit, score=was.score) for hit, was in zip(preferred, hits, strict=True)]


@dataclass(frozen=True, slots=True)
class _Evidence:
    """What the candidates hold: arrays of (candidates, parts), and of (candidates,) for the whole question."""

    chunk_ids: list[str]
    article_ids: list[str]
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
        searches: Sequence[_Search],
        question: NDArray[np.float32],
        *,
        by_sentence: bool,
    ) -> _Evidence:
        vectors = np.stack([*(search.vector for search in searches), question])
        found = library.evidence().score(pool, [*(search.terms for search in searches), {}], vectors)
        whole = np.nan_to_num(library.vectors().cosines(pool, vectors))
        # An embedder may give no sentence vectors; the chunk's own then stands for its sentences.
        meaning = np.where(np.isnan(found.cosine), whole, found.cosine) if by_sentence else whole
        return cls(
            pool,
            [chunk_id.partition(".")[0] for chunk_id in pool],
            found.keyword[:, :-1],
            found.coverage[:, :-1],
            meaning[:, :-1],
            whole[:, :-1],
            meaning[:, -1],
        )

    @property
    def best_of_question(self) -> float:
        return float(self.of_question.max(initial=0.0))

    def admitted(self, allowed: frozenset[str] | None) -> NDArray[np.bool_]:
        """Which candidates a part may use, (candidates,)."""
        if allowed is None:
            return np.ones(len(self.chunk_ids), np.bool_)
        return np.array([article_id in allowed for article_id in self.article_ids], np.bool_)


def _of(period: Period, published_at: str | None) -> bool:
    """Whether an article is of the time that is written. "Before October 3" is mostly said of an article of that very
    day, so that the relation does not count."""
    return (
        published_at is not None and period.start.isoformat() <= published_at[:10] <= period.end.isoformat()
    )


def _ordered(
    chunk_ids: Sequence[str], scores: NDArray[np.float32], shelf: Shelf, *, newest_first: bool
) -> list[tuple[str, float]]:
    """The candidates that a part admits, best first; equal ones by id, or the newest first when the question asks for
    what is new."""
    pairs = [
        (chunk_id, round(float(score), 5))
        for chunk_id, score in zip(chunk_ids, scores, strict=True)
        if np.isfinite(score)
    ]
    pairs.sort(key=lambda pair: (-pair[1], pair[0]))
    if newest_first:
        date_of: Callable[[str], str] = lambda chunk_id: (  # noqa: E731
            shelf.records[chunk_id.partition(".")[0]].published_at or ""
        )
        pairs.sort(key=lambda pair: date_of(pair[0]), reverse=True)
        pairs.sort(key=lambda pair: -round(pair[1] / _SAME_SCORE))
    return pairs


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
