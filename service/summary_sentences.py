"""The sentences that a summary may be made of: each can be read alone, has a vector and knows how central it is."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from service.candidates import Candidate


@dataclass(frozen=True, eq=False, slots=True)
class SummarySentence:
    """A candidate among those of one summary.

    `vector` is the unit vector of its focus sentence, float32 (dimension,). `weight` is 0..1 within one summary: how
    much of what the articles say it says, how near the topic it is and where it stands. `group` names the set of
    near-copies that its article belongs to: the article's own id if it has none. `relevance` is 0..1, how much it is
    about the summary's topic; 1 where there is none.
    """

    candidate: Candidate
    vector: NDArray[np.float32]
    weight: float
    group: str
    relevance: float = 1.0

    @property
    def outlet(self) -> str | None:
        """The outlet that reports it."""
        return self.candidate.article.outlet

    @property
    def published_at(self) -> str | None:
        """When its article was published, ISO 8601."""
        return self.candidate.article.published_at
