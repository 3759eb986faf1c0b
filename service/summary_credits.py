"""Who made a summary: the engine, the model and its prompt, what it cost, and what it wrote that is not shown."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from service.answers import Diagnostics, PromptReference, Usage
from service.summaries import Summary


@dataclass(frozen=True, slots=True)
class Credits:
    """What a model had to do with a summary. `note` is what readers are told when it did not go well."""

    engine: Literal["extractive", "llm"]
    note: str | None
    model: str
    prompt: PromptReference
    usage: Usage
    diagnostics: Diagnostics

    def of(self, summary: Summary) -> Summary:
        """The summary with this said of it."""
        return summary.model_copy(
            update={
                "engine": self.engine,
                "engine_note": self.note,
                "model": self.model,
                "prompt": self.prompt,
                "usage": self.usage,
                "diagnostics": self.diagnostics,
            }
        )


__all__ = ["Credits"]
