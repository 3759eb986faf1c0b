"""A real model whose texts are kept short, and which keeps what it wrote and what it was shown for it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from service.answers import Dropped
from service.candidates import Candidate
from service.cited_words import evidence_for, told_words
from service.evidence_block import EvidenceBlock
from service.llm import ChatMessage, Generation, LanguageModel
from service.resolving import Resolved, Resolver
from service.statement_form import ended
from service.statement_stream import RawStatement
from service.support import SupportScorer
from service.verification import verify

_BRACKETED = re.compile(r"\[[^\]]*\]\s*")


class ShortSpoken:
    """`model`, with answers of at most `most_tokens` tokens; `instead` replaces what it is asked."""

    def __init__(
        self, model: LanguageModel, most_tokens: int, instead: Sequence[ChatMessage] | None = None
    ) -> None:
        self._model = model
        self._most_tokens = most_tokens
        self._instead = instead

    @property
    def name(self) -> str:
        return self._model.name

    @property
    def context_tokens(self) -> int:
        return self._model.context_tokens

    def count_tokens(self, text: str) -> int:
        return self._model.count_tokens(text)

    def stream(
        self, messages: Sequence[ChatMessage], *, max_tokens: int, temperature: float = 0.0
    ) -> Generation:
        tokens = self._most_tokens if self._instead else min(max_tokens, self._most_tokens)
        return self._model.stream(self._instead or messages, max_tokens=tokens, temperature=temperature)

    def close(self) -> None:
        self._model.close()


@dataclass
class RawStatements:
    """What became of the statements as the model wrote them, each held against the sentences that it cites itself.

    `supported`, else the first of: `no citation`, `citation of nothing`, `quotation`, `value`, `name`, `attribution`,
    `wording` (`service.support`). `shown` and `repaired` are what Dateline made of them. Only while `counting`.
    """

    counting: bool = False
    verdicts: Counter[str] = field(default_factory=Counter)
    shown: int = 0
    repaired: int = 0

    @property
    def written(self) -> int:
        return self.verdicts.total()

    def judge(self, raw: RawStatement, block: EvidenceBlock, scorer: SupportScorer) -> None:
        """Count one statement as the model wrote it."""
        cited: list[Candidate] = []
        for label in raw.labels:
            found = block.resolve(label) if "." in label else None
            cited += [found] if found is not None else block.of_article(int(label.partition(".")[0]))[:0]
        text = ended(raw.text)
        if not raw.labels:
            verdict = "no citation"
        elif not cited:
            verdict = "citation of nothing"
        else:
            verdict = failing(text, cited, scorer) or "supported"
        self.verdicts[verdict] += 1

    def count(self, result: Resolved | Dropped) -> None:
        """Count what Dateline made of it."""
        if isinstance(result, Resolved):
            self.shown += 1
            self.repaired += result.repaired


def failing(text: str, cited: Sequence[Candidate], scorer: SupportScorer) -> str | None:
    """Why the cited words do not support a statement, as anybody can check again; None when they do."""
    verdict = verify(text, [evidence_for(text, candidate) for candidate in cited])
    if not verdict.supported:
        return verdict.problems[0].kind
    own = _BRACKETED.sub("", text)  # a speaker or referent in brackets is Dateline's, and has been verified
    told = [told_words(text, candidate) for candidate in cited]
    alone = any(scorer.score(own, [words]).supported for words in told)
    return None if alone or scorer.score(own, told).supported else "wording"


def watching(raw: RawStatements, scorer: SupportScorer) -> type[Resolver]:
    """A `Resolver` that also tells `raw` what it is given and what it makes of it."""

    class Watching(Resolver):
        def resolve(self, statement: RawStatement) -> Resolved | Dropped:
            result = super().resolve(statement)
            if raw.counting:
                raw.judge(statement, self._block, scorer)
                raw.count(result)
            return result

    return Watching
