"""Small articles for tests: text in, a `Reading` out, without files or an index."""

from __future__ import annotations

from ingest.articles import Article, article_id_of
from ingest.attribution import analyze
from ingest.records import ArticleRecord, StoredArticle
from service.candidates import Candidate, candidates_in
from service.reading import Reading


def reading_of(text: str, source: str = "story.txt", **metadata: str) -> Reading:
    """An article of this text, analyzed, as the answer composer reads it."""
    article = Article(article_id_of(source), source, text, **metadata)  # type: ignore[arg-type]
    record = ArticleRecord(
        article_id=article.article_id,
        source=source,
        title=article.title,
        outlet=article.outlet,
        authors=(),
        published_at=article.published_at,
        url=None,
        version=article.version,
        root="/news",
        chunk_count=1,
        characters=len(text),
        ingested_at="2024-04-12T00:00:00+00:00",
    )
    return Reading(StoredArticle(record, article, analyze(text)))


def candidates_of(text: str, source: str = "story.txt", **metadata: str) -> list[Candidate]:
    """Every candidate of an article."""
    return candidates_in(reading_of(text, source, **metadata), [(0, len(text), 1.0)])
