"""One text of a model, read statement by statement: each is held against its evidence as soon as it is complete.

The same for a text that is being written and for one that was kept.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Protocol

from service.answers import Dropped
from service.llm import FinishReason
from service.resolving import Resolved
from service.statement_form import is_unended
from service.statement_stream import Cut, RawStatement, Refusal, StatementStream


class Judge(Protocol):
    """Tells what of a statement may be shown (`service.resolving.Resolver`)."""

    def resolve(self, raw: RawStatement) -> Resolved | Dropped: ...


class StatementReader:
    """Reads one text. `text` is what has been read of it, `written`, `repaired` and `dropped` what became of its
    statements, `refused` whether it says that there is nothing to say, and `finish` why it ended. Not for sharing."""

    def __init__(self, judge: Judge) -> None:
        self._judge = judge
        self._pieces: list[str] = []
        self.written = self.repaired = 0
        self.dropped: list[Dropped] = []
        self.refused = False
        self.finish: FinishReason = "stop"

    @property
    def text(self) -> str:
        """The text so far."""
        return "".join(self._pieces)

    def read(
        self, pieces: Iterable[str], finish: Callable[[], FinishReason | None]
    ) -> Iterator[tuple[RawStatement, Resolved]]:
        """The statements that hold, each with what the model wrote; `finish` says afterwards why the text ended.

        Raises what `pieces` raises.
        """
        stream = StatementStream()
        for piece in pieces:
            self._pieces.append(piece)
            yield from self._judged(stream.feed(piece))
            if self.refused or stream.exhausted:
                return
        self.finish = finish() or "other"
        cut_off = self.finish == "length"
        yield from self._judged([_cut_off(cut) if cut_off else cut for cut in stream.finish()])

    def _judged(self, cuts: Iterable[Cut]) -> Iterator[tuple[RawStatement, Resolved]]:
        for cut in cuts:
            if isinstance(cut, Refusal):
                self.refused = True
                return
            self.written += 1
            result = self._judge.resolve(cut)
            if isinstance(result, Dropped):
                self.dropped.append(result)
                continue
            self.repaired += result.repaired
            yield cut, result


def _cut_off(cut: Cut) -> Cut:
    """A statement that the token limit has broken off is not whole."""
    if isinstance(cut, RawStatement) and is_unended(cut.text):
        return RawStatement(cut.text, cut.labels, whole=False, repeated=cut.repeated)
    return cut


__all__ = ["Judge", "StatementReader"]
