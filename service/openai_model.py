"""The gateway to any server that speaks OpenAI's chat completions: OpenAI, Azure (its `/openai/v1`), Ollama,
vLLM, llama.cpp.

No server is known by name. One that refuses a field of the request is asked again without it, at once, and
the field is left out from then on; what it says of its models is read wherever servers put it.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager
from functools import partial
from itertools import chain, islice
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from pydantic import SecretStr

from ingest.errors import ContextTooLong, TransientError, UpstreamRefused, UpstreamUnavailable
from ingest.openai_errors import stated_context_tokens
from ingest.retrying import RetryPolicy, call_with_retries
from service.answers import Usage
from service.generation_thread import GRACE_S, Desk, ThreadedGeneration, Timeouts
from service.llm import ChatMessage
from service.model_limits import ModelLimits
from service.model_listing import DEFAULT_CONTEXT_TOKENS, ModelListing
from service.openai_requests import refused_field, request_fields, without
from service.openai_stream import DONE, WHAT, Delta, ReasoningFilter, Tally, event_data, parsed, read_chunk
from service.prices import Prices
from service.token_estimate import estimated_tokens, prompt_tokens

if TYPE_CHECKING:
    from service.model_connection import Lifeline, ModelConnection

OPENAI_URL = "https://api.openai.com/v1"
NO_KEY = "none"
"""Sent to a server of one's own that asks for no key: the header must hold something."""

LISTING_S = 5.0
"""How long the list of models may take."""

INTERACTIVE_POLICY = RetryPolicy(attempts=3, first_wait_s=0.5, longest_wait_s=4.0, jitter_s=0.5, total_s=20.0)
"""Somebody is waiting: what has not worked within 20 s is answered extractively."""


class OpenAIModel:
    """See `LanguageModel`. Nothing is sent, and the openai client is not imported, before the first use."""

    def __init__(
        self,
        model: str | None,
        *,
        api_key: SecretStr | None = None,
        base_url: str | None = None,
        context_tokens: int | None = None,
        timeouts: Timeouts | None = None,
        policy: RetryPolicy = INTERACTIVE_POLICY,
        limits: ModelLimits | None = None,
        prices: Prices | None = None,
        listing_pause_s: float = 30.0,
    ) -> None:
        """A gateway to one model.

        Args:
            model: None takes the first model that chats of the server's own list.
            api_key: None for a server that asks for none.
            base_url: with its `/v1`; None is OpenAI itself.
            context_tokens: None asks the server's list, but only where `base_url` is given: OpenAI's own says
                nothing of it. Where nothing is said it is 8192.
            limits: shared with other models if they draw on one account.
            prices: None knows no price.
            listing_pause_s: how long a list that could not be had is not asked for again.
        """
        self._model = model
        self._key = api_key
        self._base_url = base_url or OPENAI_URL
        self._lists = base_url is not None
        self._context_tokens = context_tokens
        self._stated_tokens: int | None = None
        self.timeouts = timeouts or Timeouts()
        self._policy = policy
        self._limits = limits or ModelLimits()
        self._prices = prices or Prices()
        listing_s = min(LISTING_S, self.timeouts.first_piece_s)
        self._listing = ModelListing(lambda: self._connection.models(listing_s), pause_s=listing_pause_s)
        self._refused: frozenset[str] = frozenset()
        self._connecting = threading.Lock()
        self._connected: ModelConnection | None = None

    def __repr__(self) -> str:
        return f"OpenAIModel({self._model!r}, host={urlsplit(self._base_url).hostname!r})"

    @property
    def name(self) -> str:
        """See `LanguageModel`. A model that the server is to choose has the server's name until it has chosen;
        of a path, which is what llama.cpp calls its models, the file's name is enough for readers."""
        name = self._model or self._listing.chosen
        if name is None:
            return f"a model of {urlsplit(self._base_url).hostname}"
        return re.split(r"[/\\]", name)[-1] if name.lower().endswith(".gguf") else name

    @property
    def context_tokens(self) -> int:
        """The setting, else what the server said when it refused a prompt, else what its list says, else
        8192."""
        if self._context_tokens is not None:
            return self._context_tokens
        if self._stated_tokens is not None:
            return self._stated_tokens
        return self._listing.context_tokens(self._model) if self._lists else DEFAULT_CONTEXT_TOKENS

    def count_tokens(self, text: str) -> int:
        """An estimate: see `estimated_tokens`."""
        return estimated_tokens(text)

    def stream(
        self, messages: Sequence[ChatMessage], *, max_tokens: int, temperature: float = 0.0
    ) -> ThreadedGeneration:
        """See `LanguageModel`. Returns at once: whatever goes wrong is raised by the iteration."""
        tally = Tally()
        fields = request_fields(messages, max_tokens=max_tokens, temperature=temperature)
        write = partial(self._write, fields, prompt_tokens(messages), max_tokens, tally)
        return ThreadedGeneration(write, timeouts=self.timeouts, usage=partial(self._usage, tally))

    @property
    def limits(self) -> ModelLimits:
        """What holds its calls back: whether it is left alone, and how many wait."""
        return self._limits

    def close(self) -> None:
        """Let go of the client's connections."""
        with self._connecting:
            if self._connected is not None:
                self._connected.close()

    @property
    def _connection(self) -> ModelConnection:
        from service.model_connection import ModelConnection

        with self._connecting:
            if self._connected is None:
                self._connected = ModelConnection(
                    base_url=self._base_url,
                    api_key=self._key.get_secret_value() if self._key else NO_KEY,
                    connect_s=self.timeouts.connect_s,
                    read_s=max(self.timeouts.first_piece_s, self.timeouts.gap_s) + GRACE_S,
                )
            return self._connected

    # What runs in the writing's own thread

    def _write(
        self, fields: Mapping[str, Any], expected: int, max_tokens: int, tally: Tally, desk: Desk
    ) -> None:
        with self._limits.admitted(expected + max_tokens) as reservation:
            try:
                self._connection  # the client's import takes a second, which is not the server's  # noqa: B018
                model = self._model or self._listing.choose()
                begin = partial(self._begin, {"model": model, **fields}, expected, tally, desk)
                first, rest = call_with_retries(begin, policy=self._policy, sleep=desk.sleep)
                with closing(rest):
                    for piece in chain(first, rest):
                        desk.put(piece)
            except ContextTooLong as error:
                self._stated_tokens = stated_context_tokens(error.__cause__) or self._stated_tokens
                raise
            except UpstreamRefused:
                self._listing.forget()
                raise
            finally:
                usage = self._usage(tally)
                reservation.settle(usage.prompt_tokens + usage.completion_tokens)

    def _begin(
        self, fields: Mapping[str, Any], expected: int, tally: Tally, desk: Desk
    ) -> tuple[list[str], Generator[str]]:
        """One attempt, up to the first piece, if there is one: so far it may fail and be made again."""
        tally.prompt_tokens, tally.said = 0, None
        tally.written.clear()
        pieces = self._pieces(fields, expected, tally, desk)
        return list(islice(pieces, 1)), pieces

    def _pieces(self, fields: Mapping[str, Any], expected: int, tally: Tally, desk: Desk) -> Generator[str]:
        from service.model_connection import Lifeline

        lifeline, shown = Lifeline(), ReasoningFilter()
        with desk.attempt(lifeline.cut):
            try:
                with self._accepted(fields, lifeline) as response:
                    tally.prompt_tokens = expected
                    for delta in self._deltas(response, tally):
                        if delta.alive:
                            desk.progress()
                        if piece := shown.feed(delta.text):
                            yield piece
                        desk.finish_reason = delta.finish_reason or desk.finish_reason
            except TransientError:
                if desk.finish_reason is None:  # else only the usage is missing
                    raise
        if piece := shown.finish():
            yield piece

    @contextmanager
    def _accepted(self, fields: Mapping[str, Any], lifeline: Lifeline) -> Iterator[Any]:
        """The server's response, to a request without the fields that it refuses."""
        refused = self._refused
        with ExitStack() as stack:
            while True:
                sent = without(fields, refused)
                try:
                    response = stack.enter_context(self._connection.chat(sent, lifeline))
                    break
                except ContextTooLong:
                    raise
                except UpstreamRefused as error:
                    field = refused_field(error.__cause__, sent)
                    if field is None:
                        raise
                    refused |= {field}
            self._refused = refused
            yield response

    def _deltas(self, response: Any, tally: Tally) -> Iterator[Delta]:
        """What the server writes, to its end."""
        kind = response.headers.get("content-type", "").lower()
        if "json" in kind and "event-stream" not in kind and "ndjson" not in kind:
            yield read_chunk(self._checked(parsed(response.read()), response), tally, part="message")
            return
        finished = False
        for data in event_data(response.iter_bytes()):
            if data.strip() == DONE:
                return
            delta = read_chunk(self._checked(parsed(data), response), tally)
            finished = finished or delta.finish_reason is not None
            yield delta
        if not finished:
            raise UpstreamUnavailable(f"{WHAT} broke off: its answer ended without saying so")

    def _checked(self, document: Any, response: Any) -> Any:
        error = document.get("error") if isinstance(document, dict) else None
        if error:
            raise self._connection.error_event(error, response)
        return document

    def _usage(self, tally: Tally) -> Usage:
        said = tally.said or Usage(
            prompt_tokens=tally.prompt_tokens,
            completion_tokens=estimated_tokens("".join(tally.written)),
        )
        cost = self._prices.cost_usd(self.name, said.prompt_tokens, said.completion_tokens)
        return said.model_copy(update={"cost_usd": cost})


__all__ = ["INTERACTIVE_POLICY", "OPENAI_URL", "OpenAIModel"]
