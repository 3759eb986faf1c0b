"""What callers get, where it is not already one of the models in `service.answers`."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from typing import Any, Literal

from pydantic import Field

from ingest.records import ArticleRecord, StoredArticle
from ingest.report import IngestReport, Progress
from service.answers import AttributedQuotation, Citation, Frozen, Passage, Statement


class PassageList(Frozen):
    """Passages, best first."""

    passages: list[Passage]


class QuotationList(Frozen):
    """Quotations, in the order of relevance or of the articles."""

    quotations: list[AttributedQuotation]


class StatementWithCitations(Frozen):
    """The data of a `statement` event."""

    statement: Statement
    citations: list[Citation]


class ArticleSummary(Frozen):
    """One article of the list."""

    article_id: str
    source: str
    title: str | None
    outlet: str | None
    authors: list[str]
    published_at: str | None
    url: str | None = Field(description="the original, where the article names one")
    page: str = Field(description="path of the readable source page")
    characters: int = Field(description="Unicode code points of the text")
    chunks: int
    version: str
    ingested_at: str

    @classmethod
    def of(cls, record: ArticleRecord) -> ArticleSummary:
        """The public part of a catalogue record."""
        return cls(**_public(record))


class TextSpan(Frozen):
    """A half-open range of Unicode code points of the text."""

    start: int
    end: int


class ArticleDetail(ArticleSummary):
    """One article, whole."""

    text: str = Field(description="the words, unaltered; every offset counts its Unicode code points")
    boilerplate: list[TextSpan] = Field(description="parts that are not the article: captions, sign-up boxes")

    @classmethod
    def whole(cls, stored: StoredArticle) -> ArticleDetail:
        """A stored article, with its words."""
        return cls(
            **_public(stored.record),
            text=stored.article.text,
            boilerplate=[TextSpan(start=span.start, end=span.end) for span in stored.article.boilerplate],
        )


class ArticlePage(Frozen):
    """One page of the list of articles, sorted by source."""

    total: int = Field(description="how many articles match, over all pages")
    offset: int
    limit: int
    articles: list[ArticleSummary]


class Failure(Frozen):
    """A file or record that could not become an article."""

    source: str
    reason: str


class IngestResult(Frozen):
    """What became of the files. `added`, `changed`, `unchanged` and `removed` hold sources."""

    added: list[str]
    changed: list[str]
    unchanged: list[str]
    removed: list[str]
    duplicates: list[list[str]] = Field(description="groups of sources that carry nearly the same text")
    failed: list[Failure]
    chunks_embedded: int
    chunks_reused: int
    elapsed_s: float
    notes: list[str]

    @classmethod
    def of(cls, report: IngestReport) -> IngestResult:
        """One report as it stands."""
        return cls(**_merged([report]))


class UploadResult(IngestResult):
    """What became of an upload, and the articles it is now."""

    articles: list[ArticleSummary] = Field(
        description="the articles that were added, changed or already there"
    )

    @classmethod
    def merged(cls, reports: Iterable[IngestReport], records: Iterable[ArticleRecord]) -> UploadResult:
        """One report over several files."""
        return cls(**_merged(reports), articles=[ArticleSummary.of(record) for record in records])


class ProgressData(Frozen):
    """The data of a `progress` event."""

    done: int
    total: int
    current: str
    chunks: int
    elapsed_s: float

    @classmethod
    def of(cls, progress: Progress) -> ProgressData:
        """One progress report as it stands."""
        return cls(**asdict(progress))


class Health(Frozen):
    """The process is up."""

    status: str
    version: str


class Ready(Frozen):
    """The index is open, and holds this much."""

    status: str
    articles: int
    chunks: int
    generation: int | None
    embedder: str
    fingerprint: str | None = Field(
        default=None, description="the embedder, chunker and analysis that filled the index"
    )
    model: Literal["none", "ok", "degraded"] = Field(
        default="none",
        description="the language model: none is configured; it is asked; or it failed so often that it is left alone "
        "for a while, and answers are the articles' own sentences",
    )
    shared_store: Literal["embedded", "ok", "unreachable"] = Field(
        default="embedded",
        description="what replicas share: none is configured; it can be used; or it cannot, and each replica counts "
        "requests and remembers Slack's events by itself meanwhile",
    )


def page_path(article_id: str) -> str:
    """Where an article can be read."""
    return f"/articles/{article_id}"


def _public(record: ArticleRecord) -> dict[str, Any]:
    return {
        "article_id": record.article_id,
        "source": record.source,
        "title": record.title,
        "outlet": record.outlet,
        "authors": list(record.authors),
        "published_at": record.published_at,
        "url": record.url,
        "page": page_path(record.article_id),
        "characters": record.characters,
        "chunks": record.chunk_count,
        "version": record.version,
        "ingested_at": record.ingested_at,
    }


def _merged(reports: Iterable[IngestReport]) -> dict[str, Any]:
    found = list(reports)
    return {
        "added": [source for report in found for source in report.added],
        "changed": [source for report in found for source in report.changed],
        "unchanged": [source for report in found for source in report.unchanged],
        "removed": [source for report in found for source in report.removed],
        "duplicates": [list(group) for report in found for group in report.duplicates],
        "failed": [
            Failure(source=item.source, reason=item.reason) for report in found for item in report.failed
        ],
        "chunks_embedded": sum(report.chunks_embedded for report in found),
        "chunks_reused": sum(report.chunks_reused for report in found),
        "elapsed_s": round(sum(report.elapsed_s for report in found), 3),
        "notes": [note for report in found for note in report.notes],
    }
