"""An embedder that knows how long it took, so that retrieval can be timed without it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import numpy as np
from numpy.typing import NDArray

from ingest.embedding import EmbeddedText, Embedder, SentenceEmbedder


class TimedEmbedder:
    """Another embedder, and the seconds that it spent. See `timed`."""

    def __init__(self, embedder: Embedder, clock: Callable[[], float] = time.perf_counter) -> None:
        self._embedder = embedder
        self._clock = clock
        self._lock = threading.Lock()
        self._spent_s = 0.0

    @property
    def name(self) -> str:
        """Of the embedder inside."""
        return self._embedder.name

    @property
    def fingerprint(self) -> str:
        """Of the embedder inside."""
        return self._embedder.fingerprint

    @property
    def dimension(self) -> int:
        """Of the embedder inside."""
        return self._embedder.dimension

    @property
    def max_tokens(self) -> int:
        """Of the embedder inside."""
        return self._embedder.max_tokens

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """As the embedder inside does it; the time is added up."""
        with self.timing():
            return self._embedder.embed(texts)

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """As the embedder inside does it."""
        return self._embedder.count_tokens(texts)

    def take_spent_s(self) -> float:
        """Seconds spent embedding since this was last asked."""
        with self._lock:
            spent, self._spent_s = self._spent_s, 0.0
        return spent

    @contextmanager
    def timing(self) -> Iterator[None]:
        """Add up what the block takes."""
        begun = self._clock()
        try:
            yield
        finally:
            with self._lock:
                self._spent_s += self._clock() - begun


class TimedSentenceEmbedder(TimedEmbedder):
    """The same around a `SentenceEmbedder`."""

    def __init__(
        self,
        embedder: Embedder,
        by_sentence: SentenceEmbedder,
        clock: Callable[[], float] = time.perf_counter,
    ) -> None:
        """Both are the same embedder, as its two protocols."""
        super().__init__(embedder, clock)
        self._by_sentence = by_sentence

    def embed_with_sentences(
        self, texts: Sequence[str], spans: Sequence[Sequence[tuple[int, int]]]
    ) -> list[EmbeddedText]:
        """As the embedder inside does it; the time is added up."""
        with self.timing():
            return self._by_sentence.embed_with_sentences(texts, spans)


def timed(embedder: Embedder, clock: Callable[[], float] = time.perf_counter) -> TimedEmbedder:
    """`embedder`, timed; it gives sentences' vectors exactly where `embedder` does."""
    if isinstance(embedder, SentenceEmbedder):
        return TimedSentenceEmbedder(embedder, embedder, clock)
    return TimedEmbedder(embedder, clock)
