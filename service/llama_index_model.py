"""Any llama-index `LLM` as Dateline's language model: `Services(..., model=LlamaIndexModel(llm))`.

Nothing is tried again here, since most of those classes do that themselves. One that is closed, or late, is left at its
next piece: what it does until then cannot be stopped from outside, but nobody waits for it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from functools import partial
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from ingest.errors import DatelineError, RateLimited, UpstreamRefused, UpstreamUnavailable
from ingest.openai_errors import retry_after_s, translate_openai_errors
from service.answers import Usage
from service.generation_thread import ClosedByReader, Desk, ThreadedGeneration, Timeouts
from service.llm import ChatMessage
from service.model_limits import ModelLimits
from service.openai_stream import WHAT, ReasoningFilter, Tally
from service.prices import Prices
from service.token_estimate import estimated_tokens, prompt_tokens

if TYPE_CHECKING:
    from llama_index.core.llms import LLM

OPTIONS: Mapping[str, str] = MappingProxyType({"max_tokens": "max_tokens", "temperature": "temperature"})


class LlamaIndexModel:
    """See `LanguageModel`."""

    def __init__(
        self,
        llm: LLM,
        *,
        timeouts: Timeouts | None = None,
        limits: ModelLimits | None = None,
        prices: Prices | None = None,
        options: Mapping[str, str] = OPTIONS,
    ) -> None:
        """Adapt `llm`, which keeps its own settings, key and retries.

        Args:
            timeouts: `connect_s` is the LLM's own affair.
            options: what `stream_chat` calls `max_tokens` and `temperature`; one that is left out is not passed on,
                as for a class that does not know it.
        """
        self._llm = llm
        self._timeouts = timeouts or Timeouts()
        self._limits = limits or ModelLimits()
        self._prices = prices or Prices()
        self._options = options

    @property
    def name(self) -> str:
        """The name in the LLM's metadata, else that of its class."""
        name = str(self._llm.metadata.model_name)
        return str(self._llm.class_name()) if name == "unknown" else name

    @property
    def context_tokens(self) -> int:
        """As the LLM's metadata says."""
        return int(self._llm.metadata.context_window)

    def close(self) -> None:
        """The LLM is its maker's to close."""

    def count_tokens(self, text: str) -> int:
        """An estimate: see `estimated_tokens`."""
        return estimated_tokens(text)

    def stream(
        self, messages: Sequence[ChatMessage], *, max_tokens: int, temperature: float = 0.0
    ) -> ThreadedGeneration:
        """See `LanguageModel`. Returns at once: whatever goes wrong is raised by the iteration."""
        tally = Tally()
        said = {"max_tokens": max_tokens, "temperature": temperature}
        options = {theirs: said[ours] for ours, theirs in self._options.items()}
        write = partial(self._write, messages, options, max_tokens, tally)
        return ThreadedGeneration(write, timeouts=self._timeouts, usage=partial(self._usage, tally))

    def _write(
        self,
        messages: Sequence[ChatMessage],
        options: Mapping[str, Any],
        max_tokens: int,
        tally: Tally,
        desk: Desk,
    ) -> None:
        expected = prompt_tokens(messages)
        with self._limits.admitted(expected + max_tokens) as reservation:
            try:
                with desk.attempt(_leave):
                    tally.prompt_tokens = expected
                    for piece in self._pieces(messages, options, tally, desk):
                        desk.put(piece)
            finally:
                usage = self._usage(tally)
                reservation.settle(usage.prompt_tokens + usage.completion_tokens)

    def _pieces(
        self, messages: Sequence[ChatMessage], options: Mapping[str, Any], tally: Tally, desk: Desk
    ) -> Iterator[str]:
        from llama_index.core.llms import ChatMessage as LlamaMessage
        from llama_index.core.llms import MessageRole

        theirs = [
            LlamaMessage(role=MessageRole(message.role), content=message.content) for message in messages
        ]
        shown, so_far = ReasoningFilter(), ""
        try:
            with closing(self._llm.stream_chat(theirs, **options)) as responses:
                for response in responses:
                    whole = response.message.content or ""
                    delta = response.delta if response.delta is not None else whole.removeprefix(so_far)
                    so_far = whole
                    tally.said = _said(response.additional_kwargs) or tally.said
                    desk.progress()
                    if delta:
                        tally.written.append(delta)
                    if piece := shown.feed(delta):
                        yield piece
        except ClosedByReader:
            raise
        except Exception as error:
            raise translated(error) from error
        if piece := shown.finish():
            yield piece

    def _usage(self, tally: Tally) -> Usage:
        said = tally.said or Usage(
            prompt_tokens=tally.prompt_tokens, completion_tokens=estimated_tokens("".join(tally.written))
        )
        cost = self._prices.cost_usd(self.name, said.prompt_tokens, said.completion_tokens)
        return said.model_copy(update={"cost_usd": cost})


def translated(error: Exception) -> DatelineError:
    """What an LLM class raised, in Dateline's terms: by the client library it came from, else by its HTTP status, else
    by its kind. What is not known to pass by itself is `UpstreamRefused`."""
    if isinstance(error, DatelineError):
        return error
    if type(error).__module__.partition(".")[0] in ("openai", "httpx", "httpx2"):
        try:
            with translate_openai_errors(WHAT):
                raise error
        except DatelineError as known:
            return known
        except Exception:  # noqa: BLE001 (judged below like any other)
            pass
    response = getattr(error, "response", None)
    status = getattr(error, "status_code", None) or getattr(response, "status_code", None)
    if isinstance(status, int):
        return _by_status(status, getattr(response, "headers", None))
    if isinstance(error, OSError):  # TimeoutError and ConnectionError among them
        return UpstreamUnavailable(f"{WHAT} cannot be reached ({type(error).__name__})")
    return UpstreamRefused(f"{WHAT} failed with {type(error).__name__}; see the cause of this error")


def _by_status(status: int, headers: object) -> DatelineError:
    if status == 429:
        wait_s = retry_after_s(headers) if isinstance(headers, Mapping) else None
        return RateLimited(f"{WHAT} asks for a pause (HTTP 429)", wait_s)
    if status in (408, 409) or status >= 500:
        return UpstreamUnavailable(f"{WHAT} failed (HTTP {status})")
    return UpstreamRefused(f"{WHAT} refused the request (HTTP {status})")


def _said(kwargs: Mapping[str, Any]) -> Usage | None:
    """The numbers that llama-index's OpenAI classes put beside a response."""
    prompt, completion = kwargs.get("prompt_tokens"), kwargs.get("completion_tokens")
    if isinstance(prompt, int) and isinstance(completion, int) and prompt > 0:
        return Usage(prompt_tokens=prompt, completion_tokens=completion)
    return None


def _leave() -> None:
    """There is nothing to cut: the next piece finds the reader gone."""


__all__ = ["OPTIONS", "LlamaIndexModel", "translated"]
