"""The generative engine, put together from settings: model, prompts, support scorer; follow-ups read by the model, and
compound questions taken apart by it where that is switched on.

Imported only where a model is configured.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ingest.embedding import Embedder
from service.condensing import condense
from service.conversation import Turn
from service.follow_ups import Standalone
from service.generative import Writer
from service.llm import LanguageModel
from service.part_proposals import PartProposer
from service.settings import ServiceSettings
from service.support import SupportScorer
from service.templates import Prompt, PromptLibrary


@dataclass(frozen=True, slots=True)
class ModelEngine:
    """One model, and what it is asked with. Threads may share it."""

    model: LanguageModel
    writer: Writer
    condense_prompt: Prompt
    proposer: PartProposer | None = None

    def condense(self, question: str, history: Sequence[Turn]) -> Standalone:
        """A follow-up made to stand alone; the rules' version whenever the model's is not sound."""
        return condense(question, history, self.model, self.condense_prompt)


def open_model_engine(settings: ServiceSettings, model: LanguageModel, embedder: Embedder) -> ModelEngine:
    """The engine around `model`.

    Raises:
        SettingsError: a prompt is missing or not well formed.
    """
    prompts = PromptLibrary.load(settings.prompts_dir)
    writer = Writer(
        model,
        prompts.get("answer"),
        SupportScorer(embedder.embed),
        embedder.embed,
        answer_tokens=settings.llm_answer_tokens,
        evidence_tokens=settings.llm_evidence_tokens,
    )
    proposer = None
    if settings.llm_question_parts:
        proposer = PartProposer(model, prompts.get("parts"), timeout_s=settings.llm_question_parts_timeout_s)
    return ModelEngine(model, writer, prompts.get("condense"), proposer)
