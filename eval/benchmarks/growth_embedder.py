"""An embedder for growth: real vectors where they were made, else vectors like them without a model.

Embedding a million chunks takes hours and tells nothing that embedding ten thousand does not, so the chunks of grown
articles get stand-ins: a mixture of the vectors of three random real chunks (weights from a Dirichlet distribution of
2, 1, 1) plus isotropic noise of 0.3 of its length, made of length 1. Over 10,022 chunks of 609 news articles, grown to
400,000, the cosine with the nearest neighbour is then distributed as among the real ones: at the 10th, 50th and 90th
percentile 0.73, 0.84 and 0.90, and 0.73, 0.84 and 0.92 among the real. A question's best cosine has the median 0.65,
and 0.64 among the real. The vectors of sentences, and of a question's parts, are those of their text plus noise of its
own length: what searching takes does not depend on them. The same text always gets the same vector.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ingest.embedding import EmbeddedText, Embedder, SentenceEmbedder

MIXED = (2.0, 1.0, 1.0)
NOISE = 0.3


@dataclass(frozen=True, slots=True)
class KnownVectors:
    """Real vectors by the digest of their text: `chunks` and `questions` are (n, dimension)."""

    chunk_digests: list[str]
    chunks: NDArray[np.float32]
    questions: list[str]
    question_vectors: NDArray[np.float32]

    def save(self, file: Path) -> None:
        """Write them to an `.npz` file."""
        np.savez(
            file,
            chunk_digests=np.asarray(self.chunk_digests),
            chunks=self.chunks,
            questions=np.asarray(self.questions),
            question_vectors=self.question_vectors,
        )

    @classmethod
    def load(cls, file: Path) -> KnownVectors:
        """Read what `save` wrote."""
        with np.load(file, allow_pickle=False) as held:
            return cls(
                [str(one) for one in held["chunk_digests"]],
                held["chunks"],
                [str(one) for one in held["questions"]],
                held["question_vectors"],
            )


class GrowthEmbedder:
    """Known vectors for known texts; for others stand-ins, or with `real_unknown` what the real embedder says.

    The real embedder is opened when it is first needed: for counting tokens, and for unknown texts if it is to embed
    them. Only this benchmark uses it.
    """

    def __init__(
        self,
        known: KnownVectors,
        open_real: Callable[[], Embedder],
        *,
        real_unknown: bool = False,
        seed: int = 0,
    ) -> None:
        self._known = known
        self._rows = {digest: row for row, digest in enumerate(known.chunk_digests)}
        self._questions = {text: row for row, text in enumerate(known.questions)}
        self._open_real = open_real
        self._real: Embedder | None = None
        self._real_unknown = real_unknown
        self._seed = seed

    @property
    def name(self) -> str:
        """For people."""
        return "growth-real" if self._real_unknown else "growth-stand-in"

    @property
    def fingerprint(self) -> str:
        """Not that of any real embedder: its vectors are not all real."""
        return f"{self.name}-{self._seed}-{self.dimension}"

    @property
    def dimension(self) -> int:
        """Numbers in a vector."""
        return int(self._known.question_vectors.shape[1])

    @property
    def max_tokens(self) -> int:
        """The real embedder's."""
        return self._embedder().max_tokens

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """One row a text, in order: (len(texts), dimension), float32, each of length 1."""
        vectors = np.zeros((len(texts), self.dimension), dtype=np.float32)
        unknown = []
        for place, text in enumerate(texts):
            if (question := self._questions.get(text)) is not None:
                vectors[place] = self._known.question_vectors[question]
            elif (row := self._rows.get(text_digest(text))) is not None:
                vectors[place] = self._known.chunks[row]
            else:
                unknown.append(place)
        if unknown and self._real_unknown:
            vectors[unknown] = self._embedder().embed([texts[place] for place in unknown])
        else:
            for place in unknown:
                vectors[place] = self._stand_in(texts[place])
        return vectors

    def embed_with_sentences(
        self, texts: Sequence[str], spans: Sequence[Sequence[tuple[int, int]]]
    ) -> list[EmbeddedText]:
        """The vector of each text, and one for each of its spans, (spans, dimension)."""
        if self._real_unknown and isinstance(embedder := self._embedder(), SentenceEmbedder):
            return embedder.embed_with_sentences(texts, spans)
        return [
            EmbeddedText(vector, self._around(vector, text, len(of_text)))
            for vector, text, of_text in zip(self.embed(texts), texts, spans, strict=True)
        ]

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """As the real embedder counts them."""
        return self._embedder().count_tokens(texts)

    def _embedder(self) -> Embedder:
        if self._real is None:
            self._real = self._open_real()
        return self._real

    def _around(self, vector: NDArray[np.float32], text: str, count: int) -> NDArray[np.float32]:
        """`count` unit vectors near `vector`."""
        chance = np.random.default_rng(int(text_digest(text), 16) ^ (self._seed + 1))
        noise = chance.standard_normal((count, self.dimension)) / np.sqrt(self.dimension)
        near = vector + noise.astype(np.float32)
        unit: NDArray[np.float32] = near / np.linalg.norm(near, axis=1, keepdims=True)
        return unit

    def _stand_in(self, text: str) -> NDArray[np.float32]:
        chance = np.random.default_rng(int(text_digest(text), 16) + self._seed)
        real = self._known.chunks[chance.integers(0, len(self._known.chunks), len(MIXED))]
        vector = chance.dirichlet(MIXED) @ real
        vector = vector / np.linalg.norm(vector)
        vector = vector + NOISE * chance.standard_normal(self.dimension) / np.sqrt(self.dimension)
        unit: NDArray[np.float32] = (vector / np.linalg.norm(vector)).astype(np.float32)
        return unit


def text_digest(text: str) -> str:
    """16 hex digits that tell one text from another."""
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()
