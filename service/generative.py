"""Answers written by a language model, statement by statement, each shown only after it has been verified.

A `Writer` serves all questions; each gets a `Writing`, which pulls text from the model only as fast as its statements
are taken. Errors of the model come through after the statements before them, so that the caller can finish with the
extractive engine.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from types import TracebackType
from typing import Literal, Protocol, Self

import numpy as np
from numpy.typing import NDArray

from ingest.errors import ContextTooLong
from service.answers import Diagnostics, Dropped, PromptReference, Usage
from service.candidates import Candidate
from service.evidence_block import EvidenceBlock, gather
from service.llm import ChatMessage, FinishReason, Generation, LanguageModel
from service.questions import Question
from service.reading import Reading
from service.resolving import LEAST_RELEVANCE, Resolver, Scorer
from service.retrieval import Hit
from service.statement_form import is_unended
from service.statement_stream import Cut, RawStatement, Refusal, StatementStream

ANSWER_TOKENS = 500
ANSWER_SHARE = 0.25
"""Of a small model's context, that at most is kept for the answer."""
EVIDENCE_TOKENS = 3000
"""Evidence beyond this makes answers slower and dearer, and models overlook what stands in the middle (Liu et al.,
Lost in the Middle, 2023)."""
MESSAGE_TOKENS = 8
"""What a chat template adds to a message."""
SPARE_TOKENS = 32
MOST_STATEMENTS = 8
MOST_HALVINGS = 2

Embed = Callable[[Sequence[str]], NDArray[np.float32]]
Ending = FinishReason | Literal["refused", "repeating", "enough"]


class AnswerPrompt(Protocol):
    """The prompt that asks for an answer (`service.templates.Prompt`), with the variables `question` and `evidence`."""

    def render(self, **values: str | int) -> tuple[ChatMessage, ...]: ...

    @property
    def reference(self) -> PromptReference: ...


@dataclass(frozen=True, slots=True)
class Said:
    """A verified statement and what it cites, the best first; `repaired` when the model had cited something else."""

    text: str
    candidates: tuple[Candidate, ...]
    repaired: bool = False


@dataclass(frozen=True, slots=True)
class Refused:
    """The model says that the articles do not answer; it comes last, and may come after statements."""


Written = Said | Refused


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a writing went, so far. `ending` is None while it goes on and when it failed or was closed."""

    model: str
    prompt: PromptReference
    diagnostics: Diagnostics
    usage: Usage
    ending: Ending | None


class Writer:
    """Asks one model with one prompt. Safe to share between threads."""

    def __init__(
        self,
        model: LanguageModel,
        prompt: AnswerPrompt,
        scorer: Scorer,
        embed: Embed,
        *,
        answer_tokens: int = ANSWER_TOKENS,
        evidence_tokens: int = EVIDENCE_TOKENS,
        most_statements: int = MOST_STATEMENTS,
        least_relevance: float = LEAST_RELEVANCE,
    ) -> None:
        """`embed` maps n texts to unit vectors (n, dimension), in the space of the questions' vectors."""
        self.model = model
        self.prompt = prompt
        self.scorer = scorer
        self.embed = embed
        self.most_statements = most_statements
        self.least_relevance = least_relevance
        self._answer_tokens = answer_tokens
        self._evidence_tokens = evidence_tokens

    def write(
        self,
        question: Question,
        standalone: str,
        vector: NDArray[np.float32],
        hits: Sequence[Hit],
        readings: Mapping[str, Reading],
    ) -> Writing:
        """Prepare an answer to `standalone` from `hits`, best first. Nothing is asked before the first statement is.

        `question` is `standalone`, understood, and `vector` its unit vector.
        """
        return Writing(self, question, standalone, vector, hits, readings)

    @property
    def answer_tokens(self) -> int:
        """How many tokens an answer may have. May ask the server how large the model's context is."""
        return max(1, min(self._answer_tokens, int(ANSWER_SHARE * self.model.context_tokens)))

    def evidence_tokens(self, standalone: str) -> int:
        """How many tokens of evidence fit beside the rest of the prompt and the answer."""
        empty = self.prompt.render(question=standalone, evidence="")
        used = sum(self.model.count_tokens(message.content) + MESSAGE_TOKENS for message in empty)
        room = self.model.context_tokens - self.answer_tokens - used - SPARE_TOKENS
        return max(1, min(self._evidence_tokens, room))


class Writing:
    """One answer being written: an iterator of `Written`, to be closed when nobody wants the rest. Not for sharing."""

    def __init__(
        self,
        writer: Writer,
        question: Question,
        standalone: str,
        vector: NDArray[np.float32],
        hits: Sequence[Hit],
        readings: Mapping[str, Reading],
    ) -> None:
        self._writer = writer
        self._question = question
        self._standalone = standalone
        self._vector = vector
        self._hits = hits
        self._readings = readings
        self._generation: Generation | None = None
        self._written = self._repaired = self._said = 0
        self._dropped: list[Dropped] = []
        self._ending: Ending | None = None
        self._items = self._write()

    def __iter__(self) -> Iterator[Written]:
        """The verified statements, each as soon as it is complete.

        Raises:
            UpstreamUnavailable, RateLimited, UpstreamRefused: the model failed; statements so far stay valid.
        """
        return self._items

    def close(self) -> None:
        """Stop the model. Closing twice does nothing; another thread than the one that reads may close."""
        if self._generation is not None:
            self._generation.close()
        with suppress(ValueError):  # the reading thread is inside; it ends with the generation
            self._items.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def outcome(self) -> Outcome:
        """What has come of it so far."""
        return Outcome(
            model=self._writer.model.name,
            prompt=self._writer.prompt.reference,
            diagnostics=Diagnostics(
                standalone_question=self._standalone,
                written=self._written,
                repaired=self._repaired,
                dropped=tuple(self._dropped),
            ),
            usage=self._generation.usage if self._generation is not None else Usage(),
            ending=self._ending,
        )

    def _write(self) -> Generator[Written, None, None]:
        max_tokens = self._writer.evidence_tokens(self._standalone)
        for attempt in range(MOST_HALVINGS + 1):
            count_tokens = self._writer.model.count_tokens
            block = gather(self._hits, self._readings, max_tokens=max_tokens, count_tokens=count_tokens)
            if not block.candidates:
                self._ending = "refused"
                yield Refused()
                return
            try:
                yield from self._attempt(block)
                return
            except ContextTooLong:
                if attempt == MOST_HALVINGS or self._written:
                    raise
                max_tokens = min(max_tokens, count_tokens(block.text)) // 2

    def _attempt(self, block: EvidenceBlock) -> Iterator[Written]:
        writer = self._writer
        resolver = Resolver(
            self._question,
            self._vector,
            block,
            writer.scorer,
            writer.embed,
            least_relevance=writer.least_relevance,
        )
        messages = writer.prompt.render(question=self._standalone, evidence=block.text)
        with writer.model.stream(messages, max_tokens=writer.answer_tokens) as generation:
            self._generation = generation
            stream = StatementStream()
            for piece in generation:
                for cut in stream.feed(piece):
                    yield from self._judged(cut, resolver)
                    if self._ending is not None:
                        return
                if stream.exhausted:
                    self._ending = "repeating"
                    return
            ended = generation.finish_reason or "other"
            for cut in stream.finish():
                yield from self._judged(_cut_off(cut) if ended == "length" else cut, resolver)
                if self._ending is not None:
                    return
            self._ending = ended

    def _judged(self, cut: Cut, resolver: Resolver) -> Iterator[Written]:
        if isinstance(cut, Refusal):
            self._ending = "refused"
            yield Refused()
            return
        self._written += 1
        result = resolver.resolve(cut)
        if isinstance(result, Dropped):
            self._dropped.append(result)
            return
        self._repaired += result.repaired
        self._said += 1
        if self._said >= self._writer.most_statements:
            self._ending = "enough"
        yield Said(result.text, result.cited, result.repaired)


def _cut_off(cut: Cut) -> Cut:
    """A statement that the token limit has broken off is not whole."""
    if isinstance(cut, RawStatement) and is_unended(cut.text):
        return RawStatement(cut.text, cut.labels, whole=False, repeated=cut.repeated)
    return cut
