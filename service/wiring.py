"""The composition root: settings in, `Services` out. The CLI, the HTTP API and the Slack bot all call these methods, so
what they answer cannot differ.

What only ingest needs is imported when something is ingested: a question should not wait for it.
"""

from __future__ import annotations

import tempfile
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from ingest.articles import ArticleFilter
from ingest.attribution import ANALYSIS_VERSION
from ingest.chroma import preloaded
from ingest.chunk_sentences import SENTENCES_VERSION
from ingest.chunking import CHUNKER_VERSION
from ingest.embedding import Embedder, SentenceEmbedder, open_embedder
from ingest.errors import ArticleNotFound, IndexMissing, InvalidRequest
from ingest.ownership import Ownership
from ingest.records import ArticleRecord, StoredArticle
from ingest.report import IngestReport, Progress
from ingest.store import ArticleStore
from service.answering import Answerer
from service.answers import Answer, AttributedQuotation, Passage
from service.conversation import Turn
from service.events import AskEvent
from service.library import Library
from service.quoting import quotations
from service.reranking import open_reranker
from service.retrieval import passage_of
from service.settings import ServiceSettings

EVERYTHING = ArticleFilter()


@dataclass(frozen=True, slots=True)
class Readiness:
    """Whether questions can be answered, and over what. `detail` says why not."""

    ready: bool
    articles: int
    chunks: int
    generation: int | None
    embedder: str
    detail: str | None = None


class Services:
    """Everything Dateline does, over one open index. Synchronous, safe to share between threads."""

    def __init__(
        self, settings: ServiceSettings, store: ArticleStore, embedder: Embedder, ownership: Ownership | None
    ) -> None:
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
        )
        self._ingesting = threading.Lock()
        self._closing = threading.Event()
        self._warming: threading.Thread | None = None

    def ask(
        self,
        question: str,
        *,
        history: Sequence[Turn] = (),
        filters: ArticleFilter = EVERYTHING,
        engine: str | None = None,
    ) -> Answer:
        """Answer a question, or abstain.

        Raises:
            InvalidRequest: the question is empty, or the engine is not available.
        """
        return self._answerer.answer(_asked(question, history, engine), filters)

    def ask_events(
        self,
        question: str,
        *,
        history: Sequence[Turn] = (),
        filters: ArticleFilter = EVERYTHING,
        engine: str | None = None,
    ) -> Iterator[AskEvent]:
        """The same, as it comes about. Raises like `ask`, before the first event."""
        asked = _asked(question, history, engine)
        return self._answerer.events(asked, filters)

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
        from ingest.pipeline import ingest
        from ingest.rebuilding import carry_over

        with self._ingesting:
            target = self._store
            if rebuild:
                target = self._store.rebuild(index_fingerprint(self._embedder), self._embedder.dimension)
                carry_over(self._store, target, self._embedder, on_progress=on_progress)
            report = ingest(
                paths,
                target,
                self._embedder,
                self.settings,
                prune=prune,
                field_map=field_map or {},
                on_progress=on_progress,
            )
            if rebuild:
                target.activate()
            self._library.refresh()
            return report

    def add(self, filename: str, content: bytes) -> IngestReport:
        """Ingest one uploaded file; `filename` is its relative name, whose ending says how to read it."""
        from ingest.pipeline import ingest_documents
        from ingest.readers import ReadOptions, read

        options = ReadOptions(max_file_mb=self.settings.max_file_mb, field_map={})
        with self._ingesting, tempfile.TemporaryDirectory(prefix="dateline-upload-") as folder:
            path = Path(folder) / f"upload{PurePosixPath(filename).suffix}"
            path.write_bytes(content)
            documents = read(path, filename, options)
            report = ingest_documents(documents, self._store, self._embedder, self.settings)
            self._library.refresh()
            return report

    def remove(self, article_id: str) -> None:
        """Remove one article.

        Raises:
            ArticleNotFound: there is none by that id.
        """
        with self._ingesting:
            if article_id not in self._library.shelf().records:
                raise ArticleNotFound(f"there is no article with id {article_id!r}")
            self._store.delete([article_id])
            self._library.refresh()

    def warm_up(self) -> None:
        """Prepare articles in a thread, so that a server's first questions are as quick as its later ones."""
        self._warming = threading.Thread(
            target=self._library.warm_up, args=(self._closing.is_set,), daemon=True
        )
        self._warming.start()

    def ready(self) -> Readiness:
        """Whether questions can be answered. Never raises: what is wrong is in `detail`."""
        shelf = self._library.shelf()
        chunks = sum(record.chunk_count for record in shelf.records.values())
        empty = None if shelf.records else "the index is empty: run `dateline ingest FOLDER`"
        return Readiness(
            ready=bool(shelf.records),
            articles=len(shelf.records),
            chunks=chunks,
            generation=shelf.generation,
            embedder=self._embedder.name,
            detail=empty,
        )

    def close(self) -> None:
        """Close the index and let go of its folder."""
        self._closing.set()
        if self._warming is not None:
            self._warming.join()
        self._library.close()
        self._store.close()
        if self.ownership is not None:
            self.ownership.release()

    def __enter__(self) -> Services:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def index_fingerprint(embedder: Embedder) -> str:
    """What an index has to agree on with whoever opens it: the embedder, how articles are cut, how they are analyzed,
    and how sentence vectors are kept, if the embedder has any."""
    sentences = f"-s{SENTENCES_VERSION}" if isinstance(embedder, SentenceEmbedder) else ""
    return f"{embedder.fingerprint}-c{CHUNKER_VERSION}-a{ANALYSIS_VERSION}{sentences}"


def open_services(
    settings: ServiceSettings, *, role: str = "dateline", create: bool = False, rebuild: bool = False
) -> Services:
    """Open the index and everything over it.

    `create` makes an empty index where there is none (ingest, serve); `rebuild` opens one whatever embedder filled it.
    An embedded index is owned by this process until `close`; `role` is what others are told about it.

    Raises:
        IndexMissing, IndexMismatch, IndexOwned, SettingsError, WeightsError: as their names say.
    """
    embedded = settings.chroma_url is None
    if embedded and not create and not settings.data_dir.is_dir():
        raise IndexMissing(
            f"there is no index in {settings.data_dir.resolve()} yet: run `dateline ingest FOLDER` first"
        )
    ownership = Ownership.acquire(settings.data_dir, role=role) if embedded else None
    try:
        with preloaded():
            embedder = open_embedder(settings)
        store = _open_store(settings, embedder, create=create, rebuild=rebuild)
        return Services(settings, store, embedder, ownership)
    except BaseException:
        if ownership is not None:
            ownership.release()
        raise


def _open_store(
    settings: ServiceSettings, embedder: Embedder, *, create: bool, rebuild: bool
) -> ArticleStore:
    if rebuild:
        try:
            return ArticleStore.open(settings, fingerprint=None, dimension=None, create=False)
        except IndexMissing:
            if not create:
                raise
    fingerprint = index_fingerprint(embedder)
    return ArticleStore.open(settings, fingerprint=fingerprint, dimension=embedder.dimension, create=create)


def _asked(question: str, history: Sequence[Turn], engine: str | None) -> str:
    if not question.strip():
        raise InvalidRequest("the question is empty")
    if engine == "llm":
        raise InvalidRequest("no model is configured: only the extractive engine is available")
    if engine not in (None, "extractive"):
        raise InvalidRequest(f"there is no engine {engine!r}: extractive or llm")
    return question
