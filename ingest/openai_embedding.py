"""The embedder behind `openai:MODEL`: any service that speaks OpenAI's /v1/embeddings."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ingest.errors import SettingsError, UpstreamRefused
from ingest.openai_errors import translate_openai_errors
from ingest.retrying import DEFAULT_POLICY, RetryPolicy, call_with_retries

MAX_TOKENS = 256
"""As for the bundled model, so that chunks are the same whichever embedder is chosen. Services take far
more."""

BATCH_SIZE = 64
"""Texts in a request; the API's limit is 2,048, and 300,000 tokens in all."""

MAX_CHARS = 8_000
"""Longer texts are cut, not refused: the API's limit is 8,192 tokens a text, and a token is seldom less
than a character. Chunks stay far below."""

_EMPTY = "."
"""Stands in for a text without any words: the API refuses an empty one."""

_WHAT = "the embedding service"


class OpenAIEmbedder:
    """Vectors over HTTP. Retries are `ingest.retrying`'s; the client's own are off.

    The dimension is learned by a first request, when `dimension`, `fingerprint` or `embed` first needs it.
    The fingerprint names the model and its dimension but not the address, so that a service may move.

    Tokens are counted with the bundled model's tokenizer. That is an approximation of the service's own count
    (usually somewhat above it, for English), used only to size chunks.
    """

    max_tokens = MAX_TOKENS

    def __init__(
        self,
        model: str,
        *,
        api_key: str | None = None,
        base_url: str | None = None,
        timeout_s: float = 30.0,
        batch_size: int = BATCH_SIZE,
        policy: RetryPolicy = DEFAULT_POLICY,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """Make the client; nothing is sent yet.

        Args:
            api_key: None means the environment's OPENAI_API_KEY.
            base_url: with its `/v1`; None means the environment's OPENAI_BASE_URL, else OpenAI itself.
            timeout_s: for one attempt.

        Raises:
            SettingsError: there is no key, or the address cannot be one.
        """
        import openai

        self.name = f"openai:{model}"
        self._model = model
        self._batch_size = batch_size
        self._policy = policy
        self._sleep = sleep
        self._lock = threading.Lock()
        self._dimension: int | None = None
        try:
            self._client = openai.OpenAI(
                api_key=api_key or None, base_url=base_url or None, timeout=timeout_s, max_retries=0
            )
        except openai.OpenAIError as error:
            raise SettingsError(
                f"embedder {self.name} needs a key: set OPENAI_API_KEY (a service of your own that asks for none "
                "still needs some value), or choose DATELINE_EMBEDDER=bundled"
            ) from error

    @property
    def dimension(self) -> int:
        """See `Embedder.dimension`."""
        with self._lock:
            if self._dimension is None:
                self._dimension = self._request(["dimension"]).shape[1]
            return self._dimension

    @property
    def fingerprint(self) -> str:
        """See `Embedder.fingerprint`."""
        return f"openai-{self._model}-{self.dimension}"

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """See `Embedder.embed`. Texts beyond 8,000 characters are cut.

        Raises:
            RateLimited, UpstreamUnavailable: after the retries.
            UpstreamRefused: a bad key, an unknown model, or an answer that cannot be used.
        """
        parts = [
            self._request(texts[first : first + self._batch_size])
            for first in range(0, len(texts), self._batch_size)
        ]
        for part in parts:
            if part.shape[1] != self.dimension:
                raise UpstreamRefused(
                    f"{_WHAT} gave vectors of {part.shape[1]} numbers after giving {self.dimension}"
                )
        return np.concatenate(parts) if parts else np.zeros((0, self.dimension), np.float32)

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """See the class: the bundled tokenizer's count."""
        from ingest.onnx_embedding import count_tokens

        return count_tokens(self._tokenizer, texts)

    def close(self) -> None:
        """Close the client's connections."""
        self._client.close()

    @cached_property
    def _tokenizer(self) -> Any:
        from ingest.onnx_embedding import bundled_tokenizer

        return bundled_tokenizer()

    def _request(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Vectors of up to a batch of texts, in order, each of length 1."""
        sent = [text[:MAX_CHARS] if text.strip() else _EMPTY for text in texts]

        def once() -> NDArray[np.float32]:
            with translate_openai_errors(_WHAT):
                try:
                    response = self._client.embeddings.create(
                        model=self._model, input=sent, encoding_format="float"
                    )
                    return _vectors(response, len(sent))
                except (ValueError, TypeError, AttributeError) as error:
                    raise UpstreamRefused(f"{_WHAT} gave an answer that cannot be used: {error}") from error

        return call_with_retries(once, policy=self._policy, sleep=self._sleep)


def _vectors(response: Any, expected: int) -> NDArray[np.float32]:
    """Rows by each item's `index`, which need not be the order of arrival.

    Raises:
        ValueError, TypeError, AttributeError: the answer is not what the protocol says.
    """
    items = sorted(response.data, key=lambda item: item.index)
    if [item.index for item in items] != list(range(expected)):
        raise ValueError(f"{len(items)} vectors, or other ones, for {expected} texts")
    rows = np.array([item.embedding for item in items], np.float32)
    if rows.ndim != 2 or rows.shape[1] == 0 or not np.isfinite(rows).all():
        raise ValueError("vectors of different lengths, or not of numbers")
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    if not lengths.all():
        raise ValueError("a vector of zeros")
    unit: NDArray[np.float32] = (rows / lengths).astype(np.float32)
    return unit


__all__ = ["BATCH_SIZE", "MAX_CHARS", "MAX_TOKENS", "OpenAIEmbedder"]
