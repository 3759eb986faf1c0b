"""Which language model the settings ask for, if any.

A key alone switches on `DEFAULT_MODEL`; a base URL, with or without a key, a server of one's own, whose list of models
decides if none is named. Nothing is asked of a server here: one that is down is found out by the first question, which
is then answered extractively.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from ingest.errors import SettingsError
from service.llm import LanguageModel

if TYPE_CHECKING:
    from service.settings import ServiceSettings

DEFAULT_MODEL = "gpt-4.1-mini"
"""For OpenAI itself: it begins to write within a second, because
it does not reason beforehand, and costs tenths of a cent an answer."""

OFF = "none"


def open_language_model(settings: ServiceSettings) -> LanguageModel | None:
    """The model, or None where none is configured or `llm_model` is "none".

    Raises:
        SettingsError: a model is named but there is no key and no server; the address cannot be one; the price
            table cannot be read.
    """
    named = (settings.llm_model or "").strip()
    if named.lower() == OFF:
        return None
    key, base_url = settings.openai_api_key, settings.openai_base_url
    if key is None and base_url is None:
        if named:
            raise SettingsError(
                f"the model {named} needs OPENAI_API_KEY, or OPENAI_BASE_URL for a server of your own; "
                f"DATELINE_LLM_MODEL={OFF} does without a model"
            )
        return None
    if base_url is not None:
        _check(base_url)
    from ingest.retrying import RetryPolicy
    from service.generation_thread import Timeouts
    from service.model_limits import CircuitBreaker, ModelLimits, TokenBudget
    from service.openai_model import OpenAIModel
    from service.prices import Prices

    return OpenAIModel(
        named or (DEFAULT_MODEL if base_url is None else None),
        api_key=key,
        base_url=base_url,
        context_tokens=settings.llm_context_tokens,
        timeouts=Timeouts(
            connect_s=settings.llm_connect_timeout_s,
            first_piece_s=settings.llm_first_piece_timeout_s,
            gap_s=settings.llm_gap_timeout_s,
            total_s=settings.llm_total_timeout_s,
        ),
        policy=RetryPolicy(
            attempts=settings.llm_attempts, longest_wait_s=4.0, total_s=settings.llm_retry_total_s
        ),
        limits=ModelLimits(
            breaker=CircuitBreaker(failures=settings.llm_failures_to_pause, pause_s=settings.llm_pause_s),
            budget=TokenBudget(
                per_minute=settings.llm_tokens_per_minute, per_day=settings.llm_tokens_per_day
            ),
            concurrency=settings.llm_concurrency,
            wait_s=settings.llm_wait_s,
            waiting=settings.llm_waiting,
        ),
        prices=Prices.load(settings.llm_prices),
        listing_pause_s=settings.llm_pause_s,
    )


def _check(base_url: str) -> None:
    parts = urlsplit(base_url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise SettingsError(
            "OPENAI_BASE_URL is no address of a server; write it like http://127.0.0.1:11434/v1"
        )


__all__ = ["DEFAULT_MODEL", "OFF", "open_language_model"]
