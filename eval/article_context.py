"""What the measures have to know of the articles, from whatever holds them: an open index, a server, a dictionary."""

from __future__ import annotations

from collections.abc import Callable, Collection
from functools import lru_cache

from ingest.articles import Analysis
from ingest.embedding import Embedder
from ingest.errors import ArticleNotFound
from service.wiring import Services

ReadArticle = Callable[[str], tuple[str, Analysis]]
"""Gives the text and the analysis (`ingest.attribution.analyze`) of an article by its id. Raises ArticleNotFound."""

KEPT = 512
"""Articles that are kept in memory."""
_NOTHING = ("", Analysis((), (), ()))


class ArticleContext:
    """`eval.measures.Context` over articles that are read once each. Threads may share it."""

    def __init__(self, read: ReadArticle, sources: Collection[str], embedder: Embedder | None = None) -> None:
        """`sources` are those of every article there is; without `embedder` nothing is similar."""
        self._read = lru_cache(maxsize=KEPT)(read)
        self._sources = frozenset(sources)
        self._embedder = embedder

    @classmethod
    def of(cls, services: Services, embedder: Embedder | None = None) -> ArticleContext:
        """Over an open index."""

        def read(article_id: str) -> tuple[str, Analysis]:
            stored = services.article(article_id)
            return stored.article.text, stored.analysis

        _, records = services.articles(limit=10**9)
        return cls(read, [record.source for record in records], embedder)

    def text_of(self, article_id: str) -> str:
        """The whole text; "" when there is no such article."""
        return self._article(article_id)[0]

    def sources(self) -> frozenset[str]:
        """The sources of every article."""
        return self._sources

    def similarity(self, a: str, b: str) -> float | None:
        """The cosine between the vectors of two texts, at least 0; what lies beyond the embedder's reach is ignored."""
        if self._embedder is None:
            return None
        one, other = self._embedder.embed([a, b])
        return min(1.0, max(0.0, float(one @ other)))

    def speakers_at(self, article_id: str, start: int, end: int) -> tuple[str, ...]:
        """Who speaks in `text[start:end]`, in order."""
        quotations = self._article(article_id)[1].quotations
        said = (one.speaker for one in quotations if one.speaker and one.start < end and start < one.end)
        return tuple(dict.fromkeys(said))

    def names_at(self, article_id: str, start: int, end: int) -> tuple[str, ...]:
        """Who is meant within `text[start:end]`, in order."""
        mentions = self._article(article_id)[1].mentions
        return tuple(dict.fromkeys(one.name for one in mentions if start <= one.start and one.end <= end))

    def _article(self, article_id: str) -> tuple[str, Analysis]:
        try:
            return self._read(article_id)
        except ArticleNotFound:
            return _NOTHING
