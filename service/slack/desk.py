"""Where the bot's questions go: to the services of this process, or to the server that owns the index."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Protocol

from ingest.errors import DatelineError
from ingest.records import StoredArticle
from service.cancellation import Cancellation
from service.conversation import Turn
from service.events import AskEvent
from service.remote import RemoteServices
from service.summaries import SummaryRequest
from service.summary_events import SummaryEvent
from service.wiring import Services


class Desk(Protocol):
    """What the bot asks for. Synchronous, safe to call from several threads; raises `DatelineError`s only."""

    def ask_events(
        self, question: str, *, history: Sequence[Turn] = (), cancellation: Cancellation | None = None
    ) -> Iterator[AskEvent]:
        """A question on its way to its answer, or an abstention."""

    def summarize_events(
        self, request: SummaryRequest, *, cancellation: Cancellation | None = None
    ) -> Iterator[SummaryEvent]:
        """A summary as it comes about."""

    def article(self, key: str) -> StoredArticle:
        """One article by id."""

    def prompts(self, limit: int) -> Sequence[str]:
        """Questions to begin with, as far as they have been found; never waits for them."""


class OwnDesk:
    """The services of this process."""

    def __init__(self, services: Services) -> None:
        self._services = services

    def ask_events(
        self, question: str, *, history: Sequence[Turn] = (), cancellation: Cancellation | None = None
    ) -> Iterator[AskEvent]:
        """A question on its way to its answer, or an abstention."""
        return self._services.ask_events(question, history=history, cancellation=cancellation)

    def summarize_events(
        self, request: SummaryRequest, *, cancellation: Cancellation | None = None
    ) -> Iterator[SummaryEvent]:
        """A summary as it comes about."""
        return self._services.summarize_events(request, cancellation=cancellation)

    def article(self, key: str) -> StoredArticle:
        """One article by id."""
        return self._services.article(key)

    def prompts(self, limit: int) -> Sequence[str]:
        """Questions to begin with."""
        try:
            return self._services.suggestions.first(limit)
        except DatelineError:  # the index is being replaced: nothing to suggest now
            return ()


class DistantDesk:
    """The server on this machine that owns the index."""

    def __init__(self, server: RemoteServices) -> None:
        self._server = server

    def ask_events(
        self, question: str, *, history: Sequence[Turn] = (), cancellation: Cancellation | None = None
    ) -> Iterator[AskEvent]:
        """A question on its way to its answer, or an abstention."""
        return self._server.ask_events(question, history=history, cancellation=cancellation)

    def summarize_events(
        self, request: SummaryRequest, *, cancellation: Cancellation | None = None
    ) -> Iterator[SummaryEvent]:
        """A summary as it comes about."""
        return self._server.summarize_events(request, cancellation=cancellation)

    def article(self, key: str) -> StoredArticle:
        """One article by id."""
        return self._server.article(key)

    def prompts(self, limit: int) -> Sequence[str]:
        """Questions to begin with."""
        try:
            return self._server.suggestions()[:limit]
        except DatelineError:
            return ()
