"""Two models around a folder of recordings: one asks another model for what is missing, one never asks.

Both count tokens by the same estimate, since the number of sentences in a prompt depends on it and a replay has no
tokenizer. A recorded text comes back word by word, as a model writes.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator, Sequence
from types import TracebackType
from typing import Self

from eval.recordings import Call, RecordedModel, Recording, Recordings
from ingest.errors import ContextTooLong, DatelineError, InvalidRequest, UpstreamRefused
from service.answers import Usage
from service.llm import ChatMessage, FinishReason, Generation, LanguageModel
from service.request_context import REQUEST_ID
from service.token_estimate import estimated_tokens

_WORDS = re.compile(r"\s*\S+\s*|\s+")


class Troubles:
    """What went wrong with calls, by the request they were made for (`REQUEST_ID`). An answer survives a model that
    fails, so whoever records or replays has to look here. Threads may share it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._by_request: dict[str, str] = {}

    def note(self, reason: str) -> None:
        """Something went wrong with the request of this thread; the first reason stands."""
        with self._lock:
            self._by_request.setdefault(REQUEST_ID.get() or "", reason)

    def take(self, request_id: str) -> str | None:
        """What went wrong with a request, and forget it; None when all was well."""
        with self._lock:
            return self._by_request.pop(request_id, None)


class RecordingModel:
    """See `LanguageModel`: what the folder holds is played back, everything else asked of `model` and kept.

    A call that fails is not kept, save for a prompt that was refused as too long; it is among `troubles`. Interrupted
    recordings are finished, and changed prompts recorded, by running again.
    """

    def __init__(self, model: LanguageModel, recordings: Recordings) -> None:
        """Makes the folder `model`'s own; its name and context are asked for here, and stay as they are.

        Raises:
            InvalidRequest: the folder holds another model's calls.
            SettingsError: the folder cannot be written.
        """
        self.troubles = Troubles()
        self._model = model
        self._recordings = recordings
        self.context_tokens = model.context_tokens  # first: a server that chooses its model chooses it now
        self.name = model.name
        recordings.claim(RecordedModel(name=self.name, context_tokens=self.context_tokens))

    def count_tokens(self, text: str) -> int:
        """An estimate: see `estimated_tokens`."""
        return estimated_tokens(text)

    def stream(
        self, messages: Sequence[ChatMessage], *, max_tokens: int, temperature: float = 0.0
    ) -> Generation:
        """See `LanguageModel`."""
        call = Call(self.name, tuple(messages), max_tokens, temperature)
        known = self._recordings.find(call)
        if known is not None:
            return _played(known)
        try:
            generation = self._model.stream(messages, max_tokens=max_tokens, temperature=temperature)
        except DatelineError as error:
            _keep_failure(error, call, self._recordings, self.troubles)
            raise
        return _RecordedGeneration(generation, call, self._recordings, self.troubles)

    def close(self) -> None:
        """Let go of the model that is recorded."""
        self._model.close()


class ReplayedModel:
    """See `LanguageModel`: only what the folder holds; nothing is ever asked of a server. What is not recorded is
    refused, and among `troubles`."""

    def __init__(self, recordings: Recordings) -> None:
        """Raises InvalidRequest when the folder holds no recordings."""
        model = recordings.model()
        if model is None:
            raise InvalidRequest(
                f"{recordings.folder} holds no recordings: make them with a model configured and "
                f"--record {recordings.folder}"
            )
        self.troubles = Troubles()
        self._recordings = recordings
        self.name = model.name
        self.context_tokens = model.context_tokens

    def count_tokens(self, text: str) -> int:
        """An estimate: see `estimated_tokens`."""
        return estimated_tokens(text)

    def stream(
        self, messages: Sequence[ChatMessage], *, max_tokens: int, temperature: float = 0.0
    ) -> Generation:
        """See `LanguageModel`. Raises UpstreamRefused for what was not recorded."""
        call = Call(self.name, tuple(messages), max_tokens, temperature)
        known = self._recordings.find(call)
        if known is not None:
            return _played(known)
        folder = self._recordings.folder
        reason = (
            f"no recording of this model call in {folder} (it would be {call.key}.json): the prompt, the articles, "
            f"the model or the settings have changed since; run once with a model configured and --record {folder}"
        )
        self.troubles.note(reason)
        raise UpstreamRefused(reason)

    def close(self) -> None:
        """There is nothing to close."""


class _PlayedGeneration:
    """A recorded text, being written again."""

    def __init__(self, recording: Recording) -> None:
        self._recording = recording
        self._closed = False
        self.finish_reason: FinishReason | None = None

    def __iter__(self) -> Iterator[str]:
        for word in _WORDS.findall(self._recording.text):
            if self._closed:
                return
            yield word
        self.finish_reason = self._recording.finish_reason

    def close(self) -> None:
        self._closed = True

    @property
    def usage(self) -> Usage:
        return self._recording.usage

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class _RecordedGeneration:
    """A generation that is kept when it ends, or when its reader wants no more."""

    def __init__(
        self, generation: Generation, call: Call, recordings: Recordings, troubles: Troubles
    ) -> None:
        self._troubles = troubles
        self._generation = generation
        self._call = call
        self._recordings = recordings
        self._pieces: list[str] = []
        self._failed = False
        self._ended = False
        self._kept = False

    def __iter__(self) -> Iterator[str]:
        try:
            for piece in self._generation:
                self._pieces.append(piece)
                yield piece
            self._ended = True
        except DatelineError as error:
            self._failed = True
            _keep_failure(error, self._call, self._recordings, self._troubles)
            raise
        except GeneratorExit:  # the reader has enough
            raise
        except BaseException:
            self._failed = True
            raise

    def close(self) -> None:
        self._generation.close()
        if self._failed or self._kept or not (self._ended or self._pieces):
            return
        self._kept = True
        text = "".join(self._pieces)
        self._recordings.keep(self._call, Recording(text, self.finish_reason, self.usage))

    @property
    def usage(self) -> Usage:
        return self._generation.usage

    @property
    def finish_reason(self) -> FinishReason | None:
        return self._generation.finish_reason if self._ended else None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _keep_failure(error: DatelineError, call: Call, recordings: Recordings, troubles: Troubles) -> None:
    if isinstance(error, ContextTooLong):
        recordings.keep(call, Recording("", None, Usage(), too_long=str(error)))
    else:
        troubles.note(f"the model failed, so that its call is not recorded: {error}")


def _played(recording: Recording) -> Generation:
    if recording.too_long is not None:
        raise ContextTooLong(recording.too_long)
    return _PlayedGeneration(recording)
