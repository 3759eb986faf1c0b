"""Services in memory for the command line's tests: they remember how they were called and answer from one article."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from ingest.articles import Analysis, Article, ArticleFilter, Span, article_id_of
from ingest.errors import ArticleNotFound
from ingest.records import ArticleRecord, StoredArticle
from ingest.report import FailedFile, IngestReport, Progress
from service.answers import Answer, AttributedQuotation, Citation, Disagreement, Passage, Side, Statement
from service.cancellation import Cancellation
from service.conversation import Turn
from service.events import AskEvent, DoneEvent
from service.summaries import SummaryRequest
from service.summary_events import SummaryEvent

TEXT = """\
Ferry talks resume
Mayor Ida Holm said the [red]ferry[/red] will sail again in May.

Sign up for our letter
"""
EVERYTHING = ArticleFilter()


def stored_article(source: str = "coast/harbour.md") -> StoredArticle:
    """The one article. Its words look like markup here and there, as articles may."""
    footer = TEXT.index("Sign up")
    article = Article(
        article_id=article_id_of(source),
        source=source,
        text=TEXT,
        title="Ferry talks resume",
        outlet="Harbour Post",
        authors=("Nils Berg",),
        published_at="2024-04-11T08:00:00+00:00",
        boilerplate=(Span(footer, len(TEXT) - 1),),
    )
    record = ArticleRecord(
        article_id=article.article_id,
        source=source,
        title=article.title,
        outlet=article.outlet,
        authors=article.authors,
        published_at=article.published_at,
        url=None,
        version=article.version,
        root="/archive",
        chunk_count=1,
        characters=len(TEXT),
        ingested_at="2024-05-01T08:00:00+00:00",
    )
    return StoredArticle(record=record, article=article, analysis=Analysis())


def citation(
    number: int = 1, *, outlet: str | None = "Harbour Post", speaker: str | None = "Ida Holm"
) -> Citation:
    """A citation of the article's second line."""
    start = TEXT.index("Mayor")
    end = TEXT.index("\n", start)
    return Citation(
        id=number,
        article_id=article_id_of("coast/harbour.md"),
        source="coast/harbour.md",
        title="Ferry talks resume",
        outlet=outlet,
        published_at="2024-04-11",
        quote=TEXT[start:end],
        start=start,
        end=end,
        line=2,
        speaker=speaker,
        url="/articles/x#c19-81",
        also_in=("coast/copy.md",),
    )


def answered(question: str = "When will the ferry sail?") -> Answer:
    """An answer with a disagreement."""
    return Answer(
        status="answered",
        question=question,
        answer="The ferry will sail again in May. [1][2]",
        statements=(
            Statement(text="The ferry will sail again in May.", citations=(1, 2), support="verbatim"),
        ),
        citations=(citation(1), citation(2, outlet=None, speaker=None)),
        disagreements=(
            Disagreement(
                about="how many passengers",
                sides=(Side(text="About 300.", citations=(1,)), Side(text="Nearly 500.", citations=(2,))),
            ),
        ),
    )


def abstained(question: str = "Who owns the moon?") -> Answer:
    """An abstention with the closest thing found."""
    reason = "No article that was found mentions the moon."
    return Answer(status="abstained", question=question, answer="", reason=reason, closest=(citation(),))


@dataclass
class FakeServices:
    """Remembers its calls; raises `error`, when one is set, instead of working."""

    answer: Answer = field(default_factory=answered)
    report: IngestReport = field(
        default_factory=lambda: IngestReport(added=["harbour.md"], chunks_embedded=3)
    )
    on_the_way: Sequence[SummaryEvent] = ()
    error: BaseException | None = None
    calls: list[tuple[str, dict[str, object]]] = field(default_factory=list)
    opened_with: dict[str, object] = field(default_factory=dict)
    closed: bool = False

    def _called(self, name: str, **arguments: object) -> None:
        self.calls.append((name, arguments))
        if self.error is not None:
            raise self.error

    def ask(self, question: str, *, filters: ArticleFilter = EVERYTHING, engine: str | None = None) -> Answer:
        """The answer it was given."""
        self._called("ask", question=question, filters=filters, engine=engine)
        return self.answer

    def ask_events(
        self,
        question: str,
        *,
        history: Sequence[Turn] = (),
        filters: ArticleFilter = EVERYTHING,
        engine: str | None = None,
        cancellation: Cancellation | None = None,
    ) -> Iterator[AskEvent]:
        """The answer it was given, at once."""
        yield DoneEvent(self.ask(question, filters=filters, engine=engine))

    def summarize_events(
        self,
        request: SummaryRequest,
        *,
        filters: ArticleFilter = EVERYTHING,
        engine: str | None = None,
        cancellation: Cancellation | None = None,
    ) -> Iterator[SummaryEvent]:
        """The events it was given."""
        self._called("summarize", request=request, filters=filters, engine=engine)
        yield from self.on_the_way

    def search(self, query: str, *, limit: int = 10, filters: ArticleFilter = EVERYTHING) -> list[Passage]:
        """One passage."""
        self._called("search", query=query, limit=limit, filters=filters)
        known = citation()
        return [
            Passage(
                article_id=known.article_id,
                source=known.source,
                outlet=known.outlet,
                published_at=known.published_at,
                text=known.quote,
                start=known.start,
                end=known.end,
                line=known.line,
                score=0.5,
            )
        ]

    def quotes(
        self,
        *,
        speaker: str | None = None,
        about: str | None = None,
        filters: ArticleFilter = EVERYTHING,
        limit: int = 50,
    ) -> list[AttributedQuotation]:
        """Two quotations, direct and indirect, by two speakers, the second unnamed."""
        self._called("quotes", speaker=speaker, about=about, filters=filters, limit=limit)
        known = citation()
        direct = AttributedQuotation(
            article_id=known.article_id,
            source=known.source,
            outlet=known.outlet,
            published_at=known.published_at,
            speaker="Ida Holm",
            kind="direct",
            quote="We sail in May",
            start=0,
            end=14,
            line=2,
            context="“We sail in May,” Holm said.",
            url=known.url,
        )
        return [direct, direct.model_copy(update={"speaker": None, "kind": "indirect", "quote": "it sails"})]

    def articles(
        self, *, offset: int = 0, limit: int = 50, filters: ArticleFilter = EVERYTHING
    ) -> tuple[int, list[ArticleRecord]]:
        """250 articles: more than one page."""
        self._called("articles", offset=offset, limit=limit, filters=filters)
        known = [stored_article(f"coast/{number:03d}.md").record for number in range(250)]
        return len(known), known[offset : offset + limit]

    def article(self, key: str) -> StoredArticle:
        """The article, by its source."""
        self._called("article", key=key)
        if key != "coast/harbour.md":
            raise ArticleNotFound(f"there is no article {key!r}")
        return stored_article()

    def ingest(
        self,
        paths: Sequence[Path],
        *,
        prune: bool = False,
        rebuild: bool = False,
        field_map: Mapping[str, str] | None = None,
        on_progress: Callable[[Progress], None] | None = None,
    ) -> IngestReport:
        """The report it was given, after some progress."""
        if on_progress is not None:
            on_progress(Progress(done=1, total=2, current="harbour.md", chunks=3, elapsed_s=1.0))
        self._called(
            "ingest", paths=list(paths), prune=prune, rebuild=rebuild, field_map=dict(field_map or {})
        )
        return self.report

    def remove(self, article_id: str) -> None:
        """Remember what was removed."""
        self._called("remove", article_id=article_id)

    def close(self) -> None:
        """Remember that it was closed."""
        self.closed = True


def failed_report() -> IngestReport:
    """Of an ingest in which nothing could be read."""
    return IngestReport(failed=[FailedFile("broken.pdf", "it holds no text; scan it with OCR")])
