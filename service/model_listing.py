"""What an OpenAI-compatible server says of the models it serves: `GET /models`, asked for once and only when
needed."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable, Mapping
from typing import Any

from ingest.errors import DatelineError, UpstreamRefused

DEFAULT_CONTEXT_TOKENS = 8192
"""Where neither a setting nor the server says. Most models of today take more; Ollama, unless told, takes
4096 and cuts the rest without a word."""

_NO_CHAT = re.compile(
    r"embed|rerank|minilm|\bbge\b|\be5\b|\bgte\b|whisper|\btts\b|dall-e|moderation|transcri|stable-diffusion|\bclip\b",
    re.IGNORECASE,
)
"""Names of models that do not chat: embedders, rerankers, speech, images."""

_CONTEXT_FIELDS = ("max_model_len", "context_length", "max_context_length", "context_window", "n_ctx")
"""vLLM's; several hosts'; LM Studio's and Mistral's; Groq's; llama.cpp's, in `meta`."""


class ModelListing:
    """The server's list, kept once it was had. A failure is kept for a while, so that not every question
    waits for it."""

    def __init__(
        self, fetch: Callable[[], Any], *, pause_s: float = 30.0, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """`fetch` gives the JSON document; after a failure it is not called again for `pause_s` seconds."""
        self._fetch = fetch
        self._pause_s = pause_s
        self._clock = clock
        self._lock = threading.Lock()
        self._entries: list[Mapping[str, Any]] | None = None
        self._failure: tuple[float, DatelineError] | None = None
        self.chosen: str | None = None

    def choose(self) -> str:
        """The first model of the list that chats; also in `chosen` from now on.

        Raises:
            UpstreamUnavailable, RateLimited: the list cannot be had.
            UpstreamRefused: it is not to be had, or there is no such model in it.
        """
        for entry in self._listed():
            if not _NO_CHAT.search(entry["id"]):
                self.chosen = str(entry["id"])
                return self.chosen
        raise UpstreamRefused(
            "the language model's server lists no chat model; name one in DATELINE_LLM_MODEL"
        )

    def context_tokens(self, name: str | None) -> int:
        """What the list says of a model, or of the one it chooses; never raises.

        llama.cpp's older servers tell only what the model was trained for, which is no less than what it was
        started with: of that, the default is the most that is believed.
        """
        try:
            wanted = name or self.choose()
            entry = next((one for one in self._listed() if one["id"] == wanted), {})
        except DatelineError:
            return DEFAULT_CONTEXT_TOKENS
        meta = entry.get("meta")
        places = [entry, meta] if isinstance(meta, Mapping) else [entry]
        for place in places:
            for field in _CONTEXT_FIELDS:
                if (tokens := _count(place.get(field))) is not None:
                    return tokens
        return min(_count(places[-1].get("n_ctx_train")) or DEFAULT_CONTEXT_TOKENS, DEFAULT_CONTEXT_TOKENS)

    def forget(self) -> None:
        """Ask again next time: the server has changed its mind."""
        with self._lock:
            self._entries, self.chosen = None, None

    def _listed(self) -> list[Mapping[str, Any]]:
        with self._lock:
            if self._entries is not None:
                return self._entries
            if self._failure is not None and self._clock() < self._failure[0] + self._pause_s:
                raise self._failure[1].with_traceback(None)  # else it grows with every question
            try:
                self._entries = _entries(self._fetch())
            except DatelineError as error:
                self._failure = self._clock(), error
                raise
            return self._entries


def _entries(document: Any) -> list[Mapping[str, Any]]:
    found = document.get("data") if isinstance(document, Mapping) else None
    if not isinstance(found, list):
        raise UpstreamRefused(
            "the language model's server gave a list of models that is not the OpenAI protocol's"
        )
    return [entry for entry in found if isinstance(entry, Mapping) and isinstance(entry.get("id"), str)]


def _count(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else None


__all__ = ["DEFAULT_CONTEXT_TOKENS", "ModelListing"]
