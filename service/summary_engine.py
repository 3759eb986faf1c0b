"""The summary writer, put together from settings: model, prompts, kept texts. Imported only where a model is set."""

from __future__ import annotations

from ingest.embedding import Embedder
from service.library import Library
from service.llm import LanguageModel
from service.map_cache import MapCache
from service.settings import ServiceSettings
from service.summary_writing import SummaryWriter
from service.templates import PromptLibrary


def open_summary_writer(
    settings: ServiceSettings, model: LanguageModel, library: Library, embedder: Embedder, cache: MapCache
) -> SummaryWriter:
    """The writer around `model`. Of the texts that may be written at once it leaves one to whoever asks a question.

    Raises:
        SettingsError: a prompt is missing or not well formed.
    """
    prompts = PromptLibrary.load(settings.prompts_dir)
    return SummaryWriter(
        model,
        library,
        embedder,
        cache,
        summarize_prompt=prompts.get("summarize"),
        reword_prompt=prompts.get("reword"),
        answer_tokens=settings.llm_answer_tokens,
        evidence_tokens=settings.llm_evidence_tokens,
        at_once=max(1, settings.llm_concurrency - 1),
    )


__all__ = ["open_summary_writer"]
