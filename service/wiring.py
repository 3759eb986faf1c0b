"""The composition root. The CLI, the HTTP API and the Slack bot all call the methods of `Services`, so what they answer
cannot differ. `service.opening` makes one from settings.

What only some of them need is imported when it is needed: a question should not wait for it.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from ingest.articles import ArticleFilter
from ingest.embedding import Embedder
from ingest.errors import InvalidRequest
from ingest.ownership import Ownership
from ingest.records import ArticleRecord, StoredArticle
from ingest.report import IngestReport, Progress
from ingest.store import ArticleStore
from service.answering import Answerer
from service.answers import Answer, AttributedQuotation, Passage
from service.cancellation import Cancellation
from service.conversation import Turn
from service.events import AskEvent, DoneEvent, PassagesEvent, ending
from service.intake import Intake
from service.kept_answers import Asked, KeptAnswers
from service.library import Library
from service.llm import LanguageModel
from service.map_cache import FOLDER, MapCache
from service.quoting import quotations
from service.readiness import Readiness, queue_of, readiness_of
from service.reranking import open_reranker
from service.retrieval import passage_of
from service.settings import ServiceSettings
from service.small_talk import is_small_talk, told_of_archive
from service.summaries import Summary, SummaryDone, SummaryRequest
from service.summary_events import SummaryEvent
from service.summary_questions import summary_asked

if TYPE_CHECKING:
    from service.model_engine import ModelEngine
    from service.shared_store import SharedStore
    from service.suggesting import Suggester
    from service.summarizing import Summarizer
    from service.summary_answering import SummaryAnswerer
    from service.summary_writing import SummaryWriter
    from service.telemetry import Metrics
    from service.tracing import Tracing

E = TypeVar("E")

EVERYTHING = ArticleFilter()


class Services:
    """Everything Dateline does, over one open index. Synchronous, safe to share between threads."""

    def __init__(
        self,
        settings: ServiceSettings,
        store: ArticleStore,
        embedder: Embedder,
        ownership: Ownership | None,
        *,
        model: LanguageModel | None = None,
        metrics: Metrics | None = None,
    ) -> None:
        """`model` writes answers and summaries, where there is one; `metrics` counts them."""
        self.settings = settings
        self.ownership = ownership
        self._store = store
        self._embedder = embedder
        folder = settings.data_dir if settings.chroma_url is None else None
        self._library = Library(store, folder, embedder.count_tokens)
        self._answerer = Answerer(
            self._library,
            embedder,
            public_url=settings.public_url,
            retrieve_limit=settings.retrieve_limit,
            reranker=open_reranker(settings),
            engine=None if model is None else _model_engine(settings, model, embedder),
        )
        self._metrics = metrics
        self._kept = KeptAnswers(
            settings.kept_answers,
            lambda: self._library.shelf().key,
            None if metrics is None else metrics.observe_kept_answer,
        )
        self.tracing: Tracing | None = None
        """Makes traces of answers and summaries, where somebody sets it."""
        self.shared_store: SharedStore | None = None
        """What replicas share, for `ready` to tell of, where somebody sets it."""
        self._model = model
        self._maps = MapCache(folder and folder / FOLDER, lambda: self._library.shelf().versions)
        self._intake = Intake(settings, store, embedder, self._library)
        self._closing = threading.Event()
        self._warming: threading.Thread | None = None
        self._making = threading.Lock()
        self._suggester: Suggester | None = None

    def engines(self) -> Sequence[str]:
        """The engines that `ask` takes by name; the last is the one that answers when none is named."""
        return ("extractive",) if self._model is None else ("extractive", "llm")

    def ask(
        self,
        question: str,
        *,
        history: Sequence[Turn] = (),
        filters: ArticleFilter = EVERYTHING,
        engine: str | None = None,
        cancellation: Cancellation | None = None,
    ) -> Answer:
        """Answer a question, or abstain. `history` is what was said before, oldest first.

        `engine` is `extractive` or `llm`; by default the model answers where one is configured. `cancellation` lets
        another thread stop the model.

        Raises:
            InvalidRequest: the question is empty, or the engine is not available.
        """
        events = self.ask_events(
            question, history=history, filters=filters, engine=engine, cancellation=cancellation
        )
        return ending(events, DoneEvent).answer

    def ask_events(
        self,
        question: str,
        *,
        history: Sequence[Turn] = (),
        filters: ArticleFilter = EVERYTHING,
        engine: str | None = None,
        cancellation: Cancellation | None = None,
    ) -> Iterator[AskEvent]:
        """The same, as it comes about. Raises like `ask`, before the first event."""
        if not question.strip():
            raise InvalidRequest("the question is empty")
        use_model = self._uses_model(engine)
        by_model = use_model and self._model is not None
        events: Iterator[AskEvent]
        if is_small_talk(question):
            events = iter((PassagesEvent(()), DoneEvent(told_of_archive(question, self._library.shelf()))))
        elif (asked := None if by_model else summary_asked(question)) is not None:
            events = self._summary_answerer.events(question, asked, filters, cancellation)
        else:
            events = self._answerer.events(
                question, filters, history=history, use_model=use_model, cancellation=cancellation
            )
        if not by_model and not history:
            events = self._kept.through(Asked(question, filters), events)
        events = events if self._metrics is None else _counted(events, self._metrics)
        return events if self.tracing is None else self.tracing.watching(events, "ask")

    @property
    def recalls_at_once(self) -> bool:
        """Whether `recall` takes no look at the store, which may have to be waited for."""
        return self._library.fresh

    def recall(
        self,
        question: str,
        *,
        history: Sequence[Turn] = (),
        filters: ArticleFilter = EVERYTHING,
        engine: str | None = None,
    ) -> Sequence[AskEvent] | None:
        """The events of an answer that was given before and is still true; None where it has to be worked out.

        Raises:
            InvalidRequest: as in `ask`.
        """
        if history or (self._uses_model(engine) and self._model is not None):
            return None
        found = self._kept.recall(Asked(question, filters))
        if found is not None and self._metrics is not None:
            self._metrics.observe_kept_answer(True)
            return list(_counted(iter(found), self._metrics))
        return found

    def summarize(
        self,
        request: SummaryRequest,
        *,
        filters: ArticleFilter = EVERYTHING,
        engine: str | None = None,
        cancellation: Cancellation | None = None,
    ) -> Summary:
        """Summarize articles or a topic, or abstain. `engine` and `cancellation` are as in `ask`.

        Raises:
            ArticleNotFound: a source is no article's, or could be several's.
            InvalidRequest: the topic is empty, the style unknown, or the engine not available.
        """
        events = self.summarize_events(request, filters=filters, engine=engine, cancellation=cancellation)
        return ending(events, SummaryDone).summary

    def summarize_events(
        self,
        request: SummaryRequest,
        *,
        filters: ArticleFilter = EVERYTHING,
        engine: str | None = None,
        cancellation: Cancellation | None = None,
    ) -> Iterator[SummaryEvent]:
        """The same, as it comes about. Raises like `summarize`, before the first event."""
        writer = self._summary_writer if self._uses_model(engine) else None
        events = self._summarizer.events(request, filters, writer=writer, cancellation=cancellation)
        events = events if self._metrics is None else _counted(events, self._metrics)
        return events if self.tracing is None else self.tracing.watching(events, "summarize")

    @cached_property
    def _summarizer(self) -> Summarizer:
        from service.summarizing import Summarizer

        return Summarizer(self._library, self._embedder, public_url=self.settings.public_url)

    @cached_property
    def _summary_answerer(self) -> SummaryAnswerer:
        from service.summary_answering import SummaryAnswerer

        def search(text: str, limit: int, filters: ArticleFilter) -> list[Passage]:
            return self.search(text, limit=limit, filters=filters)

        return SummaryAnswerer(self._library, self._summarizer, search)

    @cached_property
    def _summary_writer(self) -> SummaryWriter | None:
        from service.summary_engine import open_summary_writer

        if self._model is None:
            return None
        return open_summary_writer(self.settings, self._model, self._library, self._embedder, self._maps)

    @property
    def suggestions(self) -> Suggester:
        """Questions that the archive answers. The first look at it makes it, and nothing more."""
        with self._making:
            if self._suggester is None:
                from service.suggesting import Suggester

                self._suggester = Suggester(self._library, self._plain_answer)
            return self._suggester

    def _plain_answer(self, question: str) -> Answer:
        """By the extractive engine, and not counted: no reader asked."""
        return ending(self._answerer.events(question, EVERYTHING, use_model=False), DoneEvent).answer

    def _uses_model(self, engine: str | None) -> bool:
        """Whether the model writes what is asked of `engine`.

        Raises:
            InvalidRequest: there is no such engine here.
        """
        if engine not in (None, "extractive", "llm"):
            raise InvalidRequest(f"there is no engine {engine!r}: extractive or llm")
        if engine == "llm" and self._model is None:
            raise InvalidRequest("no model is configured: only the extractive engine is available")
        return engine != "extractive"

    def search(self, query: str, *, limit: int = 10, filters: ArticleFilter = EVERYTHING) -> list[Passage]:
        """The passages nearest to a query, best first."""
        if not query.strip():
            raise InvalidRequest("the query is empty")
        hits = self._answerer.search(query, filters, limit)
        lines = self._library.lines([hit.chunk for hit in hits])
        return [passage_of(hit, line) for hit, line in zip(hits, lines, strict=True) if line is not None]

    def quotes(
        self,
        *,
        speaker: str | None = None,
        about: str | None = None,
        filters: ArticleFilter = EVERYTHING,
        limit: int = 50,
    ) -> list[AttributedQuotation]:
        """Quotations by speaker and subject, in the order of sources and text."""
        return quotations(
            self._library,
            speaker=speaker,
            about=about,
            filters=filters,
            limit=limit,
            public_url=self.settings.public_url.rstrip("/"),
        )

    def articles(
        self, *, offset: int = 0, limit: int = 50, filters: ArticleFilter = EVERYTHING
    ) -> tuple[int, list[ArticleRecord]]:
        """How many articles pass the filters, and one page of them, by source."""
        allowed = self._library.admitted(filters)
        records = [
            record
            for record in self._library.shelf().records.values()
            if allowed is None or record.article_id in allowed
        ]
        records.sort(key=lambda record: record.source)
        return len(records), records[offset : offset + limit]

    def article(self, key: str) -> StoredArticle:
        """One article by id or source.

        Raises:
            ArticleNotFound: there is none, or the key fits several.
        """
        return self._library.article(key)

    def ingest(
        self,
        paths: Sequence[Path],
        *,
        prune: bool = False,
        rebuild: bool = False,
        field_map: Mapping[str, str] | None = None,
        on_progress: Callable[[Progress], None] | None = None,
    ) -> IngestReport:
        """Ingest files and folders.

        With `rebuild`, into a new index made from the old one's articles, which then takes its place; one that is
        interrupted leaves the old index in use. Raises what `ingest.pipeline.ingest` raises.
        """
        with self._maps.forgetting():
            return self._intake.ingest(
                paths, prune=prune, rebuild=rebuild, field_map=field_map or {}, on_progress=on_progress
            )

    def add(self, filename: str, content: bytes) -> IngestReport:
        """Ingest one uploaded file; `filename` is its relative name, whose ending says how to read it."""
        with self._maps.forgetting():
            return self._intake.add(filename, content)

    def remove(self, article_id: str) -> None:
        """Remove one article.

        Raises:
            ArticleNotFound: there is none by that id.
        """
        with self._maps.forgetting():
            self._intake.remove(article_id)

    def warm_up(self) -> None:
        """Prepare articles and suggestions in threads, so that a server's first questions are as quick as its later
        ones."""
        self._warming = threading.Thread(target=self._warm, daemon=True)
        self._warming.start()

    def _warm(self) -> None:
        if not self._closing.is_set():
            self.suggestions.first(0)  # begins to look for them
        self._library.warm_up(self._closing.is_set)

    def ready(self) -> Readiness:
        """Whether questions can be answered. Never raises: what is wrong is in `detail`."""
        return readiness_of(self._library.shelf, self._embedder.name, self._model, self.shared_store)

    def model_queue(self) -> tuple[int, int]:
        """How many texts wait for the model, and how many it is writing."""
        return queue_of(self._model)

    def close(self) -> None:
        """Close the index and let go of its folder."""
        self._closing.set()
        if self._suggester is not None:
            self._suggester.close()
        if self._warming is not None:
            self._warming.join()
        self._library.close()
        self._store.close()
        if self._model is not None:
            self._model.close()
        if self.ownership is not None:
            self.ownership.release()

    def __enter__(self) -> Services:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _model_engine(settings: ServiceSettings, model: LanguageModel, embedder: Embedder) -> ModelEngine:
    from service.model_engine import open_model_engine

    return open_model_engine(settings, model, embedder)


def _counted(events: Iterator[E], metrics: Metrics) -> Iterator[E]:
    for event in events:
        if isinstance(event, DoneEvent):
            metrics.observe_answer(event.answer)
        elif isinstance(event, SummaryDone):
            metrics.observe_summary(event.summary)
        yield event
