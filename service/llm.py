"""What Dateline asks of a language model: messages in, text as it is written out.

The gateway to OpenAI-compatible servers is `service.openai_model`, the adapter for llama-index's models
`service.llama_index_model`; both are imported only when a model is configured. Everything else knows this
protocol.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Literal, Protocol, Self

from service.answers import Usage

FinishReason = Literal["stop", "length", "other"]


@dataclass(frozen=True, slots=True)
class ChatMessage:
    """One message to a model."""

    role: Literal["system", "user", "assistant"]
    content: str


class Generation(Protocol):
    """Text that is being written: an iterator of pieces, which is closed when nobody wants the rest.

    Iterating raises `UpstreamUnavailable`, `RateLimited` or `UpstreamRefused` (`ContextTooLong` among them)
    when the model fails, be it before the first piece or on the way. Closing stops the model: its connection
    is closed. Any thread may close, also while another one waits for a piece, whose iteration then ends
    without an error. Closing twice does nothing.
    """

    def __iter__(self) -> Iterator[str]:
        """The pieces, none of them empty, in order. To be iterated once; no piece at all is an empty answer."""

    def close(self) -> None:
        """Stop the writing and let go of the connection, at once."""

    @property
    def usage(self) -> Usage:
        """Tokens so far and what they cost; complete after the last piece, estimated where the server says
        nothing."""

    @property
    def finish_reason(self) -> FinishReason | None:
        """Why the text ended; None while it has not."""

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...


class LanguageModel(Protocol):
    """A chat model. Threads may share it."""

    @property
    def name(self) -> str:
        """The model's name, as the Answer gives it. Never raises; read it after the answer, for a server may
        choose."""

    @property
    def context_tokens(self) -> int:
        """How many tokens prompt and answer may have together. Never raises; may ask the server, once."""

    def count_tokens(self, text: str) -> int:
        """Tokens of a text: exact where the tokenizer is known, else an estimate that errs upwards."""

    def stream(
        self, messages: Sequence[ChatMessage], *, max_tokens: int, temperature: float = 0.0
    ) -> Generation:
        """Begin writing. Nothing is retried after the first piece.

        An implementation may return before the server has said a word, so that the Generation can be closed
        while the server is still reading the prompt. The errors below are then raised by the iteration
        instead, before its first piece: a caller handles both alike, with the call and the iteration in one
        `try`.

        Args:
            max_tokens: of the answer, hidden reasoning included.

        Raises:
            UpstreamUnavailable: no answer in time, a server error after all attempts, or the circuit is open.
            RateLimited: the server, the token budget or the concurrency limit says "not now".
            UpstreamRefused: a bad key, an unknown model, a prompt that is too long (`ContextTooLong`).
        """

    def close(self) -> None:
        """Let go of connections. Nothing is asked of it afterwards."""
