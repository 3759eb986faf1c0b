"""One searcher over one wording of the questions: its scores, its confidence, its time."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from eval.benchmarks.multihop import DEPTH, FIGURES, BenchmarkQuestion, score
from eval.benchmarks.searchers import Found, Searcher
from eval.benchmarks.timed_embedder import TimedEmbedder
from ingest.embedding import Embedder
from ingest.errors import InvalidRequest

MAX_PASSAGE_TOKENS = 256
"""What the published figures were measured with. Longer passages score higher and would compare with none of them."""

WARM_UP_QUESTIONS = 5
"""Asked first and not timed: the first questions read files and fill caches."""

Tell = Callable[[int, int], None]
"""Takes how many questions are done, and how many there are."""


@dataclass(frozen=True, slots=True)
class QuestionResult:
    """One question as one searcher did it, for looking at what went wrong. `scores` are in the order of `FIGURES`, None
    for a null question; `origins` are the articles of the passages, best first."""

    searcher: str
    wording: str
    id: str
    type: str
    scores: tuple[float, ...] | None
    confidence: float
    origins: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Run:
    """What one searcher did with all questions in one wording, in their order.

    `scores` is (answerable questions, figures), the null ones left out; the other arrays have one value a question.
    `retrieval_ms` leaves out the time spent embedding, which is `embedding_ms`.
    """

    searcher: str
    wording: str
    scores: NDArray[np.float64]
    confidences: NDArray[np.float64]
    retrieval_ms: NDArray[np.float64]
    embedding_ms: NDArray[np.float64]
    results: tuple[QuestionResult, ...]


class PassageLengths:
    """Counts the tokens of returned passages, each text once, and refuses those that are too long."""

    def __init__(self, embedder: Embedder) -> None:
        self._embedder = embedder
        self._counted: dict[str, int] = {}
        self._passages = 0
        self._tokens = 0

    @property
    def largest(self) -> int:
        """Tokens of the longest passage that was returned; 0 when none was."""
        return max(self._counted.values(), default=0)

    @property
    def mean(self) -> float:
        """Mean tokens of a returned passage, each time it was returned; 0 when none was."""
        return self._tokens / self._passages if self._passages else 0.0

    def check(self, texts: Sequence[str], searcher: str, question_id: str) -> None:
        """Count the passages returned for a question.

        Raises:
            InvalidRequest: one has more than `MAX_PASSAGE_TOKENS`.
        """
        fresh = [text for text in dict.fromkeys(texts) if text not in self._counted]
        if fresh:
            self._counted.update(zip(fresh, self._embedder.count_tokens(fresh), strict=True))
        for text in texts:
            tokens = self._counted[text]
            if tokens > MAX_PASSAGE_TOKENS:
                raise InvalidRequest(
                    f"searcher {searcher!r} returned a passage of {tokens} tokens for question {question_id}; at most "
                    f"{MAX_PASSAGE_TOKENS} are allowed, because longer passages score higher. It begins {text[:60]!r}"
                )
            self._tokens += tokens
        self._passages += len(texts)


def run(
    name: str,
    wording: str,
    searcher: Searcher,
    questions: Sequence[BenchmarkQuestion],
    texts: Sequence[str],
    embedder: TimedEmbedder,
    lengths: PassageLengths,
    tell: Tell,
) -> Run:
    """Ask `searcher` every question, as `texts` word it, and score what it finds.

    `embedder` is the one that the searcher embeds with. Raises what the searcher and `PassageLengths.check` raise.
    """
    for text in texts[:WARM_UP_QUESTIONS]:
        searcher(text, DEPTH)
    scores, results, retrieval_ms, embedding_ms = [], [], [], []
    for done, (question, (found, spent_ms, embed_ms)) in enumerate(
        zip(questions, _timed(searcher, texts, embedder), strict=True), start=1
    ):
        passages = [passage.text for passage in found.passages[:DEPTH]]
        lengths.check(passages, name, question.id)
        retrieval_ms.append(spent_ms - embed_ms)
        embedding_ms.append(embed_ms)
        values = score(passages, question.facts).values if question.answerable else None
        if values is not None:
            scores.append(values)
        origins = tuple(passage.origin for passage in found.passages[:DEPTH])
        results.append(
            QuestionResult(name, wording, question.id, question.type, values, found.confidence, origins)
        )
        tell(done, len(questions))
    return Run(
        searcher=name,
        wording=wording,
        scores=np.array(scores, dtype=np.float64).reshape(-1, len(FIGURES)),
        confidences=np.array([result.confidence for result in results], dtype=np.float64),
        retrieval_ms=np.array(retrieval_ms, dtype=np.float64),
        embedding_ms=np.array(embedding_ms, dtype=np.float64),
        results=tuple(results),
    )


def _timed(
    searcher: Searcher, texts: Sequence[str], embedder: TimedEmbedder
) -> Iterator[tuple[Found, float, float]]:
    """What was found for each text, the milliseconds it took, and those of them that went into embedding."""
    for text in texts:
        embedder.take_spent_s()
        begun = time.perf_counter()
        found = searcher(text, DEPTH)
        spent_s = time.perf_counter() - begun
        yield found, spent_s * 1000, embedder.take_spent_s() * 1000
