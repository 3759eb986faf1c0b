"""What is measured: named ways to find passages, behind one seam.

A row of the benchmark's table is a `Searcher`; each is made by a factory from the open index, and new rows are entries
of `SEARCHERS` (always measured) or `ABLATIONS` (measured with `--ablation`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Protocol

from eval.benchmarks.timed_embedder import TimedEmbedder, timed
from service.library import Library
from service.questions import understand
from service.retrieval import Ingredients, Retriever
from service.wiring import EVERYTHING, Services


@dataclass(frozen=True, slots=True)
class FoundPassage:
    """One passage as it was returned. `origin` is its article's URL, or its source where it has none."""

    text: str
    origin: str
    score: float


@dataclass(frozen=True, slots=True)
class Found:
    """What a searcher returned, best first. `confidence` is any number that is greater the surer the searcher is that
    the archive answers the question; only its order matters."""

    passages: tuple[FoundPassage, ...]
    confidence: float


class Searcher(Protocol):
    """Finds passages for a question."""

    def __call__(self, question: str, limit: int) -> Found:
        """At most `limit` passages, best first."""


@dataclass(frozen=True, slots=True)
class OpenIndex:
    """What searchers are made from: open services, and what is inside them."""

    services: Services
    library: Library
    embedder: TimedEmbedder

    @classmethod
    def of(cls, services: Services) -> OpenIndex:
        """The parts of open services, which are theirs alone everywhere else: a baseline has to reach behind them."""
        return cls(services, services._library, timed(services._embedder))


@dataclass(frozen=True, slots=True)
class Row:
    """A row of the table: what it is, in words for a reader, and how to make its searcher."""

    description: str
    searcher: Callable[[OpenIndex], Searcher]


def keywords(index: OpenIndex) -> Searcher:
    """BM25 alone over text, title, outlet and date of each chunk, asked the whole question."""

    def search(question: str, limit: int) -> Found:
        return _found(index, index.library.keywords().search(question, limit), limit)

    return search


def dense(index: OpenIndex) -> Searcher:
    """Nearest chunks by the embedder alone."""

    def search(question: str, limit: int) -> Found:
        vector = index.embedder.embed([question])[0]
        # Twice as many: boilerplate chunks have vectors too, and no searcher shows them.
        return _found(index, index.library.store.nearest(vector, limit * 2), limit)

    return search


def default(index: OpenIndex) -> Searcher:
    """Dateline's retrieval as `dateline search` does it, with the default settings."""
    return _with(Ingredients())(index)


def _with(ingredients: Ingredients) -> Callable[[OpenIndex], Searcher]:
    """Dateline's retrieval made of these ingredients only."""

    def make(index: OpenIndex) -> Searcher:
        retriever = Retriever(index.library, index.embedder, ingredients=ingredients)

        def search(question: str, limit: int) -> Found:
            asked = understand(question, index.library.shelf().outlets)
            found = retriever.retrieve(asked, EVERYTHING, limit)
            passages = tuple(
                FoundPassage(hit.chunk.text, hit.record.url or hit.record.source, hit.score)
                for hit in found.hits
            )
            return Found(passages, found.coverage.score)

        return search

    return make


BASELINE = "keywords"
"""The row that the others are compared with."""

SEARCHERS: Mapping[str, Row] = MappingProxyType(
    {
        BASELINE: Row("BM25 over text, title, outlet and date", keywords),
        "dense": Row("nearest vectors alone", dense),
        "default": Row("Dateline, default settings", default),
    }
)
ABLATIONS: Mapping[str, Row] = MappingProxyType(
    {
        "whole question": Row("the question not divided into parts", _with(Ingredients(by_part=False))),
        "no sentences": Row(
            "chunks scored without their best sentences", _with(Ingredients(by_sentence=False))
        ),
        "no meaning": Row("keywords only, by part and sentence", _with(Ingredients(by_meaning=False))),
        "no periods": Row("times that the question names not favoured", _with(Ingredients(by_period=False))),
        "fixed strength": Row("keywords always at full strength", _with(Ingredients(adaptive=False))),
    }
)
"""Rows that `--ablation` adds: the default with one part taken away or added at a time."""


def _found(index: OpenIndex, scored: Sequence[tuple[str, float]], limit: int) -> Found:
    """The chunks of scored ids, best first, boilerplate left out; the confidence is the best score."""
    records = index.library.shelf().records
    chunks = index.library.chunks([chunk_id for chunk_id, _ in scored])
    passages = []
    for chunk_id, points in scored:
        chunk = chunks.get(chunk_id)
        if chunk is None or chunk.boilerplate or chunk.article_id not in records:
            continue
        record = records[chunk.article_id]
        passages.append(FoundPassage(chunk.text, record.url or record.source, points))
    return Found(tuple(passages[:limit]), max((points for _, points in scored), default=0.0))
