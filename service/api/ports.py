"""What the HTTP API asks of the rest of the house, as Protocols.

`service.wiring.Services` satisfies them by shape. They stand here so that the API needs no import of the
composition root (and what it drags in), and so that tests can stand in for it with types checked.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Literal, Protocol

from ingest.articles import ArticleFilter
from ingest.records import ArticleRecord, StoredArticle
from ingest.report import IngestReport, Progress
from service.answers import AttributedQuotation, Passage
from service.cancellation import Cancellation
from service.conversation import Turn
from service.events import AskEvent
from service.feedback import Feedback
from service.summaries import SummaryRequest
from service.summary_events import SummaryEvent


class ApiSettings(Protocol):
    """The settings that shape the API."""

    @property
    def max_file_mb(self) -> float:
        """Largest upload, in MB (10^6 bytes)."""

    @property
    def chroma_url(self) -> str | None:
        """A Chroma server's address; None when this process owns an embedded index, and takes work for it."""


class Suggestions(Protocol):
    """Questions that the archive answers. Neither method waits for work that has not been done yet."""

    def first(self, limit: int) -> Sequence[str]:
        """Up to `limit` questions to begin with; fewer, or none, until they have been found."""

    def following(self, asked: Sequence[str], sources: Sequence[str], limit: int) -> Sequence[str]:
        """Up to `limit` questions that follow from what was asked and cited."""


class FeedbackStore(Protocol):
    """Where readers' verdicts are kept."""

    def add(self, feedback: Feedback) -> str:
        """Keep one for good, and give its id.

        Raises:
            UpstreamUnavailable: it could not be written.
        """


class ReadinessReport(Protocol):
    """Whether questions can be answered now, and over how much."""

    @property
    def ready(self) -> bool:
        """Whether the index is open."""

    @property
    def articles(self) -> int:
        """How many articles it holds."""

    @property
    def chunks(self) -> int:
        """How many chunks it holds."""

    @property
    def generation(self) -> int | None:
        """The number of the last committed change; None without an index."""

    @property
    def embedder(self) -> str:
        """The embedder's name."""

    @property
    def detail(self) -> str | None:
        """Why it is not ready; None when it is."""

    @property
    def model(self) -> Literal["none", "ok", "degraded"]:
        """What is known of the language model without asking it."""

    @property
    def fingerprint(self) -> str | None:
        """The embedder, chunker and analysis that filled the index."""


class Services(Protocol):
    """Every method is synchronous, safe to call from several threads, and raises `DatelineError`s only."""

    @property
    def settings(self) -> ApiSettings:
        """The settings the services were opened with."""

    def engines(self) -> Sequence[str]:
        """The engines that can be asked for by name: `extractive`, and `llm` where a model is configured."""

    def ask_events(
        self,
        question: str,
        *,
        history: Sequence[Turn] = (),
        filters: ArticleFilter = ...,
        engine: str | None = None,
        cancellation: Cancellation | None = None,
    ) -> Iterator[AskEvent]:
        """A question on its way to its verified answer, or an abstention, step by step. `cancellation` stops it from
        another thread."""

    def summarize_events(
        self,
        request: SummaryRequest,
        *,
        filters: ArticleFilter = ...,
        engine: str | None = None,
        cancellation: Cancellation | None = None,
    ) -> Iterator[SummaryEvent]:
        """A summary of articles or a topic as it comes about, or an abstention. `cancellation` stops it from another
        thread."""

    def search(self, query: str, *, limit: int = 10, filters: ArticleFilter = ...) -> list[Passage]:
        """The nearest passages, best first."""

    def quotes(
        self,
        *,
        speaker: str | None = None,
        about: str | None = None,
        filters: ArticleFilter = ...,
        limit: int = 50,
    ) -> list[AttributedQuotation]:
        """Quotations by a speaker, about a topic."""

    def articles(
        self, *, offset: int = 0, limit: int = 50, filters: ArticleFilter = ...
    ) -> tuple[int, list[ArticleRecord]]:
        """How many articles match in total, and one page of them."""

    def article(self, key: str) -> StoredArticle:
        """One article, by id or source."""

    def ingest(
        self,
        paths: Sequence[Path],
        *,
        prune: bool = False,
        rebuild: bool = False,
        field_map: Mapping[str, str] = ...,
        on_progress: Callable[[Progress], None] | None = None,
    ) -> IngestReport:
        """Read files and folders of this machine into the index."""

    def add(self, filename: str, content: bytes) -> IngestReport:
        """Read one uploaded file into the index."""

    def remove(self, article_id: str) -> None:
        """Take one article out of the index."""

    def ready(self) -> ReadinessReport:
        """Whether questions can be answered now."""
