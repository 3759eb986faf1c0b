"""What a model is given to write a summary from, beside the articles themselves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from service.summaries import SummaryRequest
from service.summary_arrangement import Arrangement
from service.summary_sentences import SummarySentence


@dataclass(frozen=True, eq=False, slots=True)
class Material:
    """The articles that have something to say, in reading order, of `total` that were read; the pool of their
    sentences, heaviest first; what the articles' own sentences would say; and the sentences that are not to be said as
    plain statements."""

    request: SummaryRequest
    article_ids: Sequence[str]
    total: int
    sentences: Sequence[SummarySentence]
    arrangement: Arrangement
    doubtful: Sequence[SummarySentence]


__all__ = ["Material"]
