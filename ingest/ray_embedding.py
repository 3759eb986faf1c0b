"""An embedder whose work is done by the workers of a Ray cluster, much of it before it is asked for.

The pipeline asks for vectors commit by commit and waits. What it will ask for is known as soon as an article has been
cut into chunks, so that the workers are given it then (`expect`), and `embed_with_sentences` finds it done.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ingest.embedding import EmbeddedText, Embedder, SentenceEmbedder
from ingest.errors import UpstreamUnavailable
from ingest.ray_pool import Job, RayPool, WorkerLost
from ingest.ray_worker import Spans

TEXTS_A_JOB = 16
"""Of texts that were not expected: a fifth of a second of a core, and all workers get some."""

Key = tuple[str, tuple[tuple[int, int], ...]]


@dataclass(slots=True)
class _Batch:
    """Texts given to a worker; `found` is there once fetched."""

    job: Job
    found: list[EmbeddedText] | None = None


class SpreadEmbedder:
    """The vectors of `own`, computed elsewhere. Tokens are counted here. One thread may expect while another asks."""

    def __init__(self, own: Embedder, pool: Callable[[], RayPool]) -> None:
        self.name = own.name
        self.fingerprint = own.fingerprint
        self.dimension = own.dimension
        self.max_tokens = own.max_tokens
        self.count_tokens = own.count_tokens
        self._pool = pool
        self._expected: dict[Key, tuple[_Batch, int]] = {}
        self._lock = threading.Lock()

    @property
    def by_sentence(self) -> bool:
        """Whether it has vectors for parts of a text."""
        return isinstance(self, SentenceEmbedder)

    def expect(self, what: str, passages: Sequence[Key]) -> None:
        """Have these texts, with their spans, embedded: they will be asked for. `what` names them for people."""
        passages = list(dict.fromkeys(passages))
        if not passages:
            return
        texts = [text for text, _ in passages]
        spans = [of_text for _, of_text in passages] if self.by_sentence else None
        batch = _Batch(self._pool().submit(what, "embed", texts, spans))
        with self._lock:
            for number, passage in enumerate(passages):
                self._expected[passage] = batch, number

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """See `Embedder.embed`. Raises UpstreamUnavailable when the cluster cannot do it."""
        found = self._found([(text, ()) for text in texts])
        return np.stack([one.vector for one in found]) if found else np.zeros((0, self.dimension), np.float32)

    def _found(self, passages: Sequence[Key]) -> list[EmbeddedText]:
        with self._lock:
            missing = [one for one in dict.fromkeys(passages) if one not in self._expected]
        for start in range(0, len(missing), TEXTS_A_JOB):
            self.expect("some passages", missing[start : start + TEXTS_A_JOB])
        with self._lock:
            places = {passage: self._expected.pop(passage) for passage in dict.fromkeys(passages)}
        return [self._of(*places[passage]) for passage in passages]

    def _of(self, batch: _Batch, number: int) -> EmbeddedText:
        if batch.found is None:
            try:
                batch.found = self._pool().result(batch.job)
            except WorkerLost as error:
                raise UpstreamUnavailable(
                    f"embedding {batch.job.what} ended every worker that tried ({error}); what was committed is kept. "
                    "Do the workers have the memory they need (400 MB each)?"
                ) from error
        return batch.found[number]


class SpreadSentenceEmbedder(SpreadEmbedder):
    """The same for an embedder that has vectors for parts of a text: a `SentenceEmbedder`."""

    def embed_with_sentences(self, texts: Sequence[str], spans: Sequence[Spans]) -> list[EmbeddedText]:
        """See `SentenceEmbedder.embed_with_sentences`. Raises as `embed`."""
        return self._found([(text, tuple(of_text)) for text, of_text in zip(texts, spans, strict=True)])


def spread(own: Embedder, pool: Callable[[], RayPool]) -> SpreadEmbedder:
    """The one that can do what `own` can."""
    kind = SpreadSentenceEmbedder if isinstance(own, SentenceEmbedder) else SpreadEmbedder
    return kind(own, pool)


__all__ = ["SpreadEmbedder", "SpreadSentenceEmbedder", "spread"]
