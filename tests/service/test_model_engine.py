"""The generative engine takes its limits from the settings."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from ingest.embedding import open_embedder
from service.model_engine import open_model_engine
from service.openai_model import OpenAIModel
from service.settings import ServiceSettings


@pytest.mark.parametrize(("tokens", "context_tokens", "answer"), [(800, 8192, 800), (800, 1024, 256)])
def test_an_answer_has_the_tokens_that_are_set_and_a_quarter_of_the_context_at_most(
    tokens: int, context_tokens: int, answer: int
) -> None:
    settings = ServiceSettings(llm_answer_tokens=tokens)
    model = OpenAIModel("scripted", context_tokens=context_tokens)
    engine = open_model_engine(settings, model, open_embedder(settings))
    assert engine.writer.answer_tokens == answer


def test_too_few_are_refused() -> None:
    with pytest.raises(ValidationError):
        ServiceSettings(llm_answer_tokens=10)
