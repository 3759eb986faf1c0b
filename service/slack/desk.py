"""Where the bot's questions go: to the services of this process, or to the server that owns the index."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing
from typing import Protocol

from ingest.articles import ArticleFilter
from ingest.errors import DatelineError, UpstreamUnavailable
from ingest.records import StoredArticle
from service.answers import Answer, Citation, Passage, Statement
from service.cancellation import Cancellation
from service.conversation import Turn
from service.events import AskEvent, DoneEvent, PassagesEvent, StatementEvent
from service.remote import EVERYTHING, RemoteServices
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


class DistantDesk(RemoteServices):
    """The server on this machine that owns the index."""

    def ask_events(
        self, question: str, *, history: Sequence[Turn] = (), cancellation: Cancellation | None = None
    ) -> Iterator[AskEvent]:
        """A question on its way to its answer. Closing the iterator stops the server's work."""
        body = {
            "question": question,
            "history": [{"role": turn.role, "content": turn.content} for turn in history],
            "stream": True,
        }
        with closing(self._events("/v1/ask", body)) as coming:
            for name, data in coming:
                if cancellation is not None and cancellation.cancelled:
                    return
                if name == "passages":
                    yield PassagesEvent(tuple(Passage.model_validate(one) for one in data["passages"]))
                elif name == "statement":
                    cited = tuple(Citation.model_validate(one) for one in data["citations"])
                    yield StatementEvent(Statement.model_validate(data["statement"]), cited)
                elif name == "done":
                    yield DoneEvent(Answer.model_validate(data))
                    return
        raise UpstreamUnavailable(f"the server at {self.url} ended the answer before it was whole")

    def summarize_events(
        self,
        request: SummaryRequest,
        *,
        filters: ArticleFilter = EVERYTHING,
        engine: str | None = None,
        cancellation: Cancellation | None = None,
    ) -> Iterator[SummaryEvent]:
        """A summary as it comes about. Closing the iterator stops the server's work."""
        for event in super().summarize_events(request, filters=filters, engine=engine):
            if cancellation is not None and cancellation.cancelled:
                return
            yield event

    def prompts(self, limit: int) -> Sequence[str]:
        """Questions to begin with."""
        try:
            found = self._json("GET", "/v1/suggestions")
        except DatelineError:
            return ()
        return tuple(str(question) for question in found.get("suggestions", ()))[:limit]
