"""What one summary asks of a model: each request counted, waited for where the model is busy, all stopped together."""

from __future__ import annotations

import threading
from collections.abc import Generator, Sequence

from ingest.errors import RateLimited, UpstreamUnavailable
from service.answers import Diagnostics, Dropped, Usage
from service.llm import ChatMessage, Generation, LanguageModel
from service.resolving import Resolved
from service.statement_reading import StatementReader
from service.statement_stream import RawStatement

PATIENCE_S = 60.0
"""How long a request of a summary waits for its turn, or for a budget of tokens, before the model counts as failed."""
FIRST_WAIT_S = 0.5
MOST_DROPPED_KEPT = 500
"""Statements that diagnostics list. All are counted."""


class Stopped(Exception):
    """Nobody wants the rest. No caller of a summary sees it."""


class ModelRequests:
    """The requests of one summary. Threads may share it, and any thread may close it."""

    def __init__(self, model: LanguageModel, *, patience_s: float = PATIENCE_S) -> None:
        self.model = model
        self._patience_s = patience_s
        self._lock = threading.Lock()
        self._stopped = threading.Event()
        self._open: set[Generation] = set()
        self._usages: list[Usage] = []
        self._written = self._repaired = 0
        self._dropped: list[Dropped] = []
        self.sent = 0
        """Requests so far."""

    def close(self) -> None:
        """Stop what is being written and let nothing more begin. Closing twice does nothing."""
        with self._lock:
            self._stopped.set()
            generations = list(self._open)
        for generation in generations:
            generation.close()

    def text(
        self, messages: Sequence[ChatMessage], max_tokens: int, reader: StatementReader
    ) -> Generator[tuple[RawStatement, Resolved], None, None]:
        """Have one text written; its statements as `reader` finds them to hold.

        Raises:
            Stopped: `close` was called; what was read so far is no whole text.
            UpstreamUnavailable, RateLimited, UpstreamRefused: the model failed, or wrote nothing.
        """
        waited_s, wait_s = 0.0, FIRST_WAIT_S
        while True:
            try:
                yield from self._text(messages, max_tokens, reader)
                break
            except RateLimited as error:
                wait_s = wait_s if error.retry_after_s is None else max(0.05, error.retry_after_s)
                if reader.text or waited_s + wait_s > self._patience_s:
                    raise
                if self._stopped.wait(wait_s):
                    raise Stopped from error
                waited_s, wait_s = waited_s + wait_s, 2 * wait_s
        if not reader.text.strip():
            raise UpstreamUnavailable("the language model wrote nothing")

    def _text(
        self, messages: Sequence[ChatMessage], max_tokens: int, reader: StatementReader
    ) -> Generator[tuple[RawStatement, Resolved], None, None]:
        self._still_wanted()
        with self.model.stream(messages, max_tokens=max_tokens) as generation:
            with self._lock:
                self._open.add(generation)
                self.sent += 1
            try:
                self._still_wanted()
                for found in reader.read(generation, lambda: generation.finish_reason):
                    self._still_wanted()
                    yield found
                self._still_wanted()
            finally:
                with self._lock:
                    self._open.discard(generation)
                    self._usages.append(generation.usage)

    def _still_wanted(self) -> None:
        if self._stopped.is_set():
            raise Stopped

    def judged(self, reader: StatementReader) -> None:
        """Count what became of a text's statements."""
        with self._lock:
            self._written += reader.written
            self._repaired += reader.repaired
        for one in reader.dropped:
            self.dropped(one)

    def dropped(self, one: Dropped) -> None:
        """Count a statement that is not shown."""
        with self._lock:
            if len(self._dropped) < MOST_DROPPED_KEPT:
                self._dropped.append(one)

    @property
    def diagnostics(self) -> Diagnostics:
        """What has become of all statements so far."""
        with self._lock:
            return Diagnostics(written=self._written, repaired=self._repaired, dropped=tuple(self._dropped))

    @property
    def usage(self) -> Usage:
        """The tokens and costs of all requests so far; no cost is known unless that of each is."""
        with self._lock:
            usages = list(self._usages)
        costs = [one.cost_usd for one in usages if one.cost_usd is not None]
        return Usage(
            prompt_tokens=sum(one.prompt_tokens for one in usages),
            completion_tokens=sum(one.completion_tokens for one in usages),
            cost_usd=sum(costs) if costs and len(costs) == len(usages) else None,
        )


__all__ = ["ModelRequests", "Stopped"]
