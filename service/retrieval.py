"""From a question to passages: each part of it searched by keywords and by meaning, scored by its best sentences.

The retriever works on plain types. `service.llama_retriever` wraps it as a llama-index `BaseRetriever`; it is a module
of its own because importing llama-index takes longer than answering.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ingest.articles import ArticleFilter, Chunk
from ingest.embedding import Embedder
from ingest.keywords import analyze_terms
from ingest.records import ArticleRecord
from service.answers import Passage
from service.candidate_evidence import CANDIDATES, CandidateEvidence, PartSearch, published
from service.coverage import Coverage, PartCoverage
from service.library import Library
from service.question_parts import MOST_PARTS, Part, parts_to_search, times_named
from service.question_vectors import question_vectors
from service.questions import Question
from service.ranking import (
    best_first,
    folded,
    interleave,
    keyword_strength,
    newest_first,
    part_scores,
    spread,
)
from service.reranking import DEPTH, Reranker, rerank
from service.shelf import Shelf

MOST_PER_ARTICLE = 6
_LATEST = re.compile(
    r"\b(?:latest|newest|most recent(?:ly)?|lately|currently|right now|today)\b", re.IGNORECASE
)
SEARCHING_BESIDE = 4
"""Threads in which keywords are searched while questions are embedded. They are kept: starting one takes as long as
the search. They end with their retriever."""
_DECIMALS = 5
"""Scores that differ less are equal: sums in another order are rounded otherwise."""


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
        self._beside = ThreadPoolExecutor(SEARCHING_BESIDE, thread_name_prefix="search-keywords")

    def retrieve(
        self, question: Question, filters: ArticleFilter, limit: int, proposed: Sequence[Part] = ()
    ) -> Retrieved:
        """The best `limit` passages, boilerplate left out, best first.

        Outlets that the question names limit its parts, unless `filters` name outlets; the times it names favour
        articles of those times. Parts that a model `proposed` (`service.proposed_parts`) are searched beside those
        that the rules find, as far as there is room.
        """
        shelf = self._library.shelf()
        parts = (*self._parts(question, shelf), *proposed)[:MOST_PARTS]
        searches = self._searches(parts, filters, shelf)
        # Embedding and comparing vectors leave Python's lock alone, and so does the keyword index.
        words = self._beside.submit(self._by_words, question, searches)
        vectors = question_vectors(self._embedder, question.text, parts)
        of_searches = vectors[[1 + search.place for search in searches]]
        near = self._near(searches, of_searches) if self._use.by_meaning else set[str]()
        lists, unknown = words.result()
        if not searches:
            return Retrieved([], Coverage((), 0.0, ()), vectors[0])
        evidence = CandidateEvidence.of(
            self._library,
            sorted(near.union(*lists)),
            searches,
            np.concatenate([of_searches, vectors[:1]]),
            by_sentence=self._use.by_sentence,
        )
        scores, covered = self._score(searches, lists, evidence, shelf)
        orders = [best_first(of_part) for of_part in scores]
        if _LATEST.search(question.text):
            dates = [published(shelf, article_id) for article_id in evidence.article_ids]
            orders = [newest_first(one, of_part, dates) for one, of_part in zip(orders, scores, strict=True)]
        coverage = Coverage(tuple(covered), evidence.best_of_question, unknown)
        ranked, falling = interleave(orders, scores)
        wanted = max(limit, DEPTH if self._reranker else 0)
        hits = self._hits(
            ranked.tolist(),
            dict(zip(ranked.tolist(), falling.tolist(), strict=True)),
            evidence,
            shelf,
            wanted,
        )
        return Retrieved(self._reranked(question.text, hits)[:limit], coverage, vectors[0])

    def _parts(self, question: Question, shelf: Shelf) -> tuple[Part, ...]:
        times = times_named(question.text, question.mentions, shelf.newest)
        if self._use.by_part:
            return parts_to_search(question.text, question.mentions, times)
        return parts_to_search(question.text, (), times)[:1]

    def _searches(self, parts: Sequence[Part], filters: ArticleFilter, shelf: Shelf) -> list[PartSearch]:
        idf = self._library.keywords().idf({term for part in parts for term in part.shares})
        searches = []
        for place, part in enumerate(parts):
            wanted = filters
            if part.outlets and not filters.outlets:
                wanted = ArticleFilter(part.outlets, filters.sources, filters.after, filters.before)
            allowed = self._library.admitted(wanted)
            if allowed is None or allowed:
                terms = {term: share * idf[term] for term, share in part.shares.items()}
                outlets = (
                    wanted.outlets if wanted.outlets and wanted == ArticleFilter(wanted.outlets) else None
                )
                searches.append(PartSearch(part, place, terms, allowed, outlets))
        return searches

    def _by_words(
        self, question: Question, searches: Sequence[PartSearch]
    ) -> tuple[list[dict[str, float]], tuple[str, ...]]:
        """What is known without the question's vectors: `_listed`, and the words that the archive lacks."""
        return self._listed(searches), self._unknown(question)

    def _listed(self, searches: Sequence[PartSearch]) -> list[dict[str, float]]:
        """For each search the BM25 of the chunks that keywords list."""
        keywords = self._library.keywords()
        return [
            dict(
                keywords.search(
                    search.part.shares,
                    CANDIDATES,
                    allowed_article_ids=search.allowed if search.outlets is None else None,
                    allowed_outlets=search.outlets,
                )
            )
            for search in searches
        ]

    def _near(self, searches: Sequence[PartSearch], of_searches: NDArray[np.float32]) -> set[str]:
        """The chunks that are nearest to any of the searches; those among the same articles are searched together."""
        vectors = self._library.vectors()
        among: dict[frozenset[str] | None, list[NDArray[np.float32]]] = {}
        for search, vector in zip(searches, of_searches, strict=True):
            among.setdefault(search.allowed, []).append(vector)
        return {
            chunk_id
            for allowed, asked in among.items()
            for chunk_id in vectors.nearest_chunks(np.stack(asked), CANDIDATES, allowed_article_ids=allowed)
        }

    def _score(
        self,
        searches: Sequence[PartSearch],
        lists: Sequence[Mapping[str, float]],
        evidence: CandidateEvidence,
        shelf: Shelf,
    ) -> tuple[NDArray[np.float64], list[PartCoverage]]:
        """The scores of each part's candidates, (parts, candidates), -inf for those it does not admit; and what each
        part is covered by."""
        admitted = evidence.admitted([search.allowed for search in searches])
        in_period = evidence.in_period([search.part.periods for search in searches], shelf)
        words = np.where(admitted, evidence.words, 0).max(axis=0, initial=0.0).astype(np.float64)
        nearest = np.where(admitted, evidence.meaning, 0).max(axis=0, initial=0.0).tolist()
        strength = [
            keyword_strength(share, sum(search.terms.values())) if self._use.adaptive else 1.0
            for share, search in zip(words.tolist(), searches, strict=True)
        ]
        zeros = np.zeros(admitted.shape, np.float32)
        scores = part_scores(
            np.where(admitted, evidence.listed(lists), 0),
            np.where(admitted, evidence.keyword, 0) if self._use.by_sentence else zeros,
            evidence.meaning if self._use.by_meaning else zeros,
            evidence.chunk_meaning if self._use.by_meaning else zeros,
            in_period if self._use.by_period else zeros,
            np.array(strength),
            alone=len(searches) == 1,
        )
        timely = (in_period.max(axis=0, initial=0) > 0).tolist()
        covered = [
            PartCoverage(search.part, share, cosine, on_time or not search.part.periods)
            for search, share, cosine, on_time in zip(searches, words.tolist(), nearest, timely, strict=True)
        ]
        return np.where(admitted, np.round(scores.astype(np.float64), _DECIMALS), -np.inf).T, covered

    def _unknown(self, question: Question) -> tuple[str, ...]:
        frequency = self._library.keywords().document_frequency
        return tuple(
            term.surface
            for term in question.topic
            if not any(frequency(word) for word in analyze_terms(term.surface))
        )

    def _hits(
        self,
        merged: Sequence[int],
        score_of: Mapping[int, float],
        evidence: CandidateEvidence,
        shelf: Shelf,
        limit: int,
    ) -> list[Hit]:
        ranked = spread(merged, evidence.article_numbers, MOST_PER_ARTICLE, limit + limit // 2)
        ranked = [one for one in ranked if evidence.article_ids[one] in shelf.records]
        copied = any(evidence.article_ids[one] in shelf.copies for one in ranked)
        chunks = self._library.chunks(
            [evidence.chunk_ids[one] for one in (ranked if copied else ranked[:limit])]
        )
        if len(chunks) < min(limit, len(ranked)):  # some are just being replaced
            chunks = self._library.chunks([evidence.chunk_ids[one] for one in ranked])
        known = {evidence.chunk_ids[one]: one for one in ranked if evidence.chunk_ids[one] in chunks}
        order = list(known)
        if copied:
            article_of = {item: evidence.article_ids[one] for item, one in known.items()}
            words = {item: frozenset(chunks[item].text.lower().split()) for item in order}
            copies = {article: frozenset(shelf.copies.get(article, ())) for article in article_of.values()}
            order = folded(order, words, copies, article_of)
        best = score_of[ranked[0]] if ranked and score_of[ranked[0]] > 0 else 1.0
        scores = sorted((score_of[one] / best for one in ranked), reverse=True)
        return [
            Hit(
                chunks[item],
                shelf.records[evidence.article_ids[known[item]]],
                max(0.0, score),
                float(evidence.of_question[known[item]]),
            )
            for item, score in zip(order[:limit], scores, strict=False)
        ]

    def _reranked(self, text: str, hits: list[Hit]) -> list[Hit]:
        if self._reranker is None or not hits:
            return hits
        preferred = rerank(hits, self._reranker.scores(text, [hit.chunk.text for hit in hits[:DEPTH]]), DEPTH)
        # The reranker's scale is its own; the order it gives keeps the falling scores of the hits.
        return [replace(hit, score=was.score) for hit, was in zip(preferred, hits, strict=True)]


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
