"""A stand-in for the services, in memory, for tests of the HTTP shape only. Its answers are the real models."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from ingest.articles import Analysis, Article, ArticleFilter, Span, article_id_of
from ingest.errors import ArticleNotFound
from ingest.records import ArticleRecord, StoredArticle
from ingest.report import FailedFile, IngestReport, Progress
from service.answers import Answer, AttributedQuotation, Citation, Passage, Statement
from service.cancellation import Cancellation
from service.conversation import Turn
from service.events import AskEvent, DoneEvent, PassagesEvent, StatementEvent
from service.summaries import ReadingEvent, SummaryDone, SummaryRequest
from service.summary_events import SummaryEvent
from tests.service.summary_samples import SAILS, summarized

HARBOUR = (
    "Ferry talks resume\nMayor Ida Holm said the ferry will sail again in May.\n\nSign up for our letter\n"
)

ALL = ArticleFilter()


@dataclass(frozen=True)
class FakeSettings:
    """The settings the API reads."""

    max_file_mb: float = 0.05
    chroma_url: str | None = None


@dataclass(frozen=True)
class FakeReadiness:
    """What `/readyz` reports."""

    ready: bool = True
    articles: int = 1
    chunks: int = 2
    generation: int | None = 7
    embedder: str = "fake"
    detail: str | None = None
    model: Literal["none", "ok", "degraded"] = "none"
    fingerprint: str | None = "fake-1"
    shared_store: Literal["embedded", "ok", "unreachable"] = "embedded"


def stored(source: str, text: str, **metadata: object) -> StoredArticle:
    """An article of the archive."""
    article = Article(article_id=article_id_of(source), source=source, text=text, **metadata)  # type: ignore[arg-type]
    record = ArticleRecord(
        article_id=article.article_id,
        source=source,
        title=article.title,
        outlet=article.outlet,
        authors=article.authors,
        published_at=article.published_at,
        url=article.url,
        version=article.version,
        root="upload:",
        chunk_count=1,
        characters=len(text),
        ingested_at="2024-05-01T08:00:00+00:00",
    )
    return StoredArticle(record=record, article=article, analysis=Analysis())


def harbour() -> StoredArticle:
    """The one article that is there from the start."""
    footer = HARBOUR.index("Sign up")
    return stored(
        "harbour.md",
        HARBOUR,
        title="Ferry talks resume",
        outlet="Harbour Post",
        authors=("Nils Berg",),
        published_at="2024-04-10",
        url="https://harbour.example/ferry",
        boilerplate=(Span(footer, len(HARBOUR) - 1),),
    )


@dataclass
class Call:
    """How a question arrived."""

    question: str
    history: tuple[Turn, ...]
    filters: ArticleFilter
    engine: str | None


@dataclass
class FakeServices:
    """Finds its one article, whatever is asked."""

    settings: FakeSettings = field(default_factory=FakeSettings)
    readiness: FakeReadiness = field(default_factory=FakeReadiness)
    shelf: dict[str, StoredArticle] = field(default_factory=lambda: {harbour().article.article_id: harbour()})
    calls: list[Call] = field(default_factory=list)
    summaries_asked: list[tuple[SummaryRequest, ArticleFilter, str | None]] = field(default_factory=list)
    error: Exception | None = None
    late_error: Exception | None = None
    offered: tuple[str, ...] = ("extractive",)
    recalls_at_once: bool = True
    endless: bool = False
    steps: int = 0
    threads: set[int] = field(default_factory=set)
    closed: threading.Event = field(default_factory=threading.Event)
    ingested: list[tuple[list[Path], bool, bool, dict[str, str]]] = field(default_factory=list)

    def _passage(self) -> Passage:
        start = HARBOUR.index("Mayor")
        text = HARBOUR[start : HARBOUR.index("\n", start)]
        record = harbour().record
        return Passage(
            article_id=record.article_id,
            source=record.source,
            text=text,
            start=start,
            end=start + len(text),
            line=2,
            score=0.5,
        )

    def _answer(self, question: str) -> Answer:
        passage = self._passage()
        citation = Citation(
            id=1,
            article_id=passage.article_id,
            source=passage.source,
            quote=passage.text,
            start=passage.start,
            end=passage.end,
            line=passage.line,
            speaker="Ida Holm",
            url=f"/articles/{passage.article_id}#c{passage.start}-{passage.end}",
        )
        statement = Statement(text=passage.text, citations=(1,), support="verbatim")
        return Answer(
            status="answered",
            question=question,
            answer=f"{passage.text} [1]",
            statements=(statement,),
            citations=(citation,),
        )

    def engines(self) -> Sequence[str]:
        return self.offered

    def ask_events(
        self,
        question: str,
        *,
        history: Sequence[Turn] = (),
        filters: ArticleFilter = ALL,
        engine: str | None = None,
        cancellation: Cancellation | None = None,
    ) -> Iterator[AskEvent]:
        self.calls.append(Call(question, tuple(history), filters, engine))
        if self.error:
            raise self.error
        answer = self._answer(question)
        try:
            self.threads.add(threading.get_ident())
            yield PassagesEvent((self._passage(),))
            while self.endless:
                self.steps += 1
                yield StatementEvent(answer.statements[0], answer.citations)
            if self.late_error:
                raise self.late_error
            self.threads.add(threading.get_ident())
            yield StatementEvent(answer.statements[0], answer.citations)
            yield DoneEvent(answer)
        finally:
            self.threads.add(threading.get_ident())
            self.closed.set()

    def recall(
        self,
        question: str,
        *,
        history: Sequence[Turn] = (),
        filters: ArticleFilter = ALL,
        engine: str | None = None,
    ) -> Sequence[AskEvent] | None:
        return None

    def summarize_events(
        self,
        request: SummaryRequest,
        *,
        filters: ArticleFilter = ALL,
        engine: str | None = None,
        cancellation: Cancellation | None = None,
    ) -> Iterator[SummaryEvent]:
        self.summaries_asked.append((request, filters, engine))
        if self.error:
            raise self.error
        summary = summarized(request.style)
        try:
            yield ReadingEvent(done=1, total=12)
            while self.endless:
                self.steps += 1
                yield ReadingEvent(done=self.steps, total=12)
            if self.late_error:
                raise self.late_error
            yield StatementEvent(SAILS, summary.citations)
            yield SummaryDone(summary)
        finally:
            self.threads.add(threading.get_ident())
            self.closed.set()

    def search(self, query: str, *, limit: int = 10, filters: ArticleFilter = ALL) -> list[Passage]:
        self.calls.append(Call(query, (), filters, None))
        return [self._passage()][:limit]

    def quotes(
        self,
        *,
        speaker: str | None = None,
        about: str | None = None,
        filters: ArticleFilter = ALL,
        limit: int = 50,
    ) -> list[AttributedQuotation]:
        self.calls.append(Call(f"{speaker}/{about}", (), filters, None))
        passage = self._passage()
        return [
            AttributedQuotation(
                article_id=passage.article_id,
                source=passage.source,
                speaker="Ida Holm",
                kind="indirect",
                quote=passage.text,
                start=passage.start,
                end=passage.end,
                line=passage.line,
                context=passage.text,
                url=f"/articles/{passage.article_id}#c{passage.start}-{passage.end}",
            )
        ][:limit]

    def articles(
        self, *, offset: int = 0, limit: int = 50, filters: ArticleFilter = ALL
    ) -> tuple[int, list[ArticleRecord]]:
        if self.error:
            raise self.error
        found = sorted(
            (
                item.record
                for item in self.shelf.values()
                if filters.admits(item.record.source, item.record.outlet, item.record.published_at)
            ),
            key=lambda record: record.source,
        )
        return len(found), found[offset : offset + limit]

    def article(self, key: str) -> StoredArticle:
        for item in self.shelf.values():
            if key in {item.record.article_id, item.record.source}:
                return item
        raise ArticleNotFound(f"no article {key}")

    def ingest(
        self,
        paths: Sequence[Path],
        *,
        prune: bool = False,
        rebuild: bool = False,
        field_map: Mapping[str, str] | None = None,
        on_progress: Callable[[Progress], None] | None = None,
    ) -> IngestReport:
        if self.error:
            raise self.error
        self.ingested.append((list(paths), prune, rebuild, dict(field_map or {})))
        try:
            while on_progress:
                self.steps += 1
                on_progress(
                    Progress(done=self.steps, total=2, current="a.txt", chunks=3, elapsed_s=self.steps / 10)
                )
                if self.steps >= 2 and not self.endless:
                    break
        finally:
            self.closed.set()
        return IngestReport(added=["a.txt", "b.txt"], chunks_embedded=5, elapsed_s=0.2)

    def add(self, filename: str, content: bytes) -> IngestReport:
        if not filename.endswith((".txt", ".json")):
            return IngestReport(failed=[FailedFile(filename, "not a kind of file that Dateline reads")])
        fields = json.loads(content) if filename.endswith(".json") else {"text": content.decode()}
        item = stored(filename, fields["text"], title=fields.get("title"), outlet=fields.get("outlet"))
        known = self.shelf.get(item.article.article_id)
        self.shelf[item.article.article_id] = item
        if known is None:
            return IngestReport(added=[filename])
        same = known.article.version == item.article.version
        return IngestReport(unchanged=[filename]) if same else IngestReport(changed=[filename])

    def remove(self, article_id: str) -> None:
        self.article(article_id)
        del self.shelf[article_id]

    def ready(self) -> FakeReadiness:
        return self.readiness
