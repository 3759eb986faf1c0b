"""What can be asked of an archive, as a Protocol: whoever holds its index open answers alike.

`service.wiring.Services` satisfies it over the index itself, `service.remote.RemoteServices` over HTTP. The HTTP API
(`service.api.ports`) and the commands (`service.handover`) each ask a little more.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Protocol

from ingest.articles import ArticleFilter
from ingest.records import ArticleRecord, StoredArticle
from ingest.report import IngestReport, Progress
from service.answers import AttributedQuotation, Passage
from service.cancellation import Cancellation
from service.conversation import Turn
from service.events import AskEvent
from service.summaries import SummaryRequest
from service.summary_events import SummaryEvent


class Archive(Protocol):
    """Every method is synchronous, safe to call from several threads, and raises `DatelineError`s only."""

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
        field_map: Mapping[str, str] | None = None,
        on_progress: Callable[[Progress], None] | None = None,
    ) -> IngestReport:
        """Read files and folders of this machine into the index."""

    def remove(self, article_id: str) -> None:
        """Take one article out of the index."""
