"""A model that says what it is told to, at the protocol of `service.llm`: no server, no clock."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from types import TracebackType
from typing import Self

from service.answers import Usage
from service.llm import ChatMessage, FinishReason


class ScriptedGeneration:
    """Pieces of a script, where exceptions are raised at their place; counts what was taken, knows if it was closed."""

    def __init__(self, script: Sequence[str | Exception], finish: FinishReason) -> None:
        self._script = list(script)
        self._finish = finish
        self.taken = 0
        self.closed = False
        self.finish_reason: FinishReason | None = None

    def __iter__(self) -> Iterator[str]:
        for piece in self._script:
            if self.closed:
                return
            self.taken += 1
            if isinstance(piece, Exception):
                raise piece
            yield piece
        self.finish_reason = self._finish

    def close(self) -> None:
        self.closed = True

    @property
    def usage(self) -> Usage:
        return Usage(prompt_tokens=100, completion_tokens=self.taken)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class ScriptedModel:
    """A model whose tokens are words. `refusals` are raised by the first calls, one each; `requests` holds the messages
    of every call."""

    name = "scripted"

    def __init__(
        self,
        *script: str | Exception,
        finish: FinishReason = "stop",
        context_tokens: int = 4096,
        refusals: Sequence[Exception] = (),
    ) -> None:
        self.context_tokens = context_tokens
        self.requests: list[tuple[ChatMessage, ...]] = []
        self.generations: list[ScriptedGeneration] = []
        self.max_tokens = 0
        self._script = script
        self._finish = finish
        self._refusals = list(refusals)

    def close(self) -> None:
        """There is nothing to close."""

    def count_tokens(self, text: str) -> int:
        return len(text.split())

    def stream(
        self, messages: Sequence[ChatMessage], *, max_tokens: int, temperature: float = 0.0
    ) -> ScriptedGeneration:
        self.requests.append(tuple(messages))
        self.max_tokens = max_tokens
        if self._refusals:
            raise self._refusals.pop(0)
        self.generations.append(ScriptedGeneration(self._script, self._finish))
        return self.generations[-1]
