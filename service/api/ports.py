"""What the HTTP API asks of the rest of the house, as Protocols.

`service.wiring.Services` satisfies them by shape. They stand here so that the API needs no import of the
composition root (and what it drags in), and so that tests can stand in for it with types checked.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, Protocol

from ingest.articles import ArticleFilter
from ingest.report import IngestReport
from service.archive import Archive
from service.conversation import Turn
from service.events import AskEvent
from service.feedback import Feedback


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

    @property
    def shared_store(self) -> Literal["embedded", "ok", "unreachable"]:
        """Whether the store that replicas share can be used, where there is one."""


class Services(Archive, Protocol):
    """What the API asks: of the archive, and of whoever serves it."""

    @property
    def settings(self) -> ApiSettings:
        """The settings the services were opened with."""

    def engines(self) -> Sequence[str]:
        """The engines that can be asked for by name: `extractive`, and `llm` where a model is configured."""

    @property
    def recalls_at_once(self) -> bool:
        """Whether `recall` need not be called in a thread just now."""

    def recall(
        self,
        question: str,
        *,
        history: Sequence[Turn] = (),
        filters: ArticleFilter = ...,
        engine: str | None = None,
    ) -> Sequence[AskEvent] | None:
        """The events of an answer that was given before and is still true, without work; None where there is none."""

    def add(self, filename: str, content: bytes) -> IngestReport:
        """Read one uploaded file into the index."""

    def ready(self) -> ReadinessReport:
        """Whether questions can be answered now."""
