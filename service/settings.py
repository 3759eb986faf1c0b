"""Settings of the service: those of ingest, where it listens, and the language model it may use."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field, SecretStr

from ingest.settings import IngestSettings


class ServiceSettings(IngestSettings):
    """What the service needs to know, beyond the index."""

    host: str = Field(default="127.0.0.1", description="address the server binds to")
    port: int = Field(
        default=8765, ge=0, le=65535, description="port the server binds to; 0 takes a free one"
    )
    public_url: str = Field(default="", description="prefix of article links, e.g. https://news.example")
    retrieve_limit: int = Field(default=40, ge=5, le=400, description="passages an answer is composed from")
    reranker: str | None = Field(
        default=None,
        description="onnx:/folder of a cross-encoder that reorders what was found; none by default",
    )

    openai_api_key: SecretStr | None = Field(
        default=None,
        validation_alias="OPENAI_API_KEY",
        description="switches the language model on, unless llm_model is none; also for openai: embedders",
    )
    openai_base_url: str | None = Field(
        default=None,
        validation_alias="OPENAI_BASE_URL",
        description="an OpenAI-compatible server, with its /v1; switches the language model on, even without a key",
    )
    llm_model: str | None = Field(
        default=None,
        description="the language model's name; none switches it off. By default gpt-4.1-mini, or with "
        "openai_base_url the first chat model that the server lists",
    )
    llm_context_tokens: int | None = Field(
        default=None,
        ge=512,
        description="tokens of prompt and answer together; by default what the server says, else 8192. Set it to "
        "num_ctx with Ollama, which cuts longer prompts without saying so",
    )
    llm_evidence_tokens: int = Field(
        default=3000,
        ge=200,
        description="tokens of articles' sentences that the model is shown; 1000 where it runs on a CPU",
    )
    llm_connect_timeout_s: float = Field(default=5.0, gt=0, description="seconds to reach the model's server")
    llm_first_piece_timeout_s: float = Field(
        default=30.0, gt=0, description="seconds until the model begins to write; more for models on a CPU"
    )
    llm_gap_timeout_s: float = Field(default=15.0, gt=0, description="seconds between two pieces of its text")
    llm_total_timeout_s: float = Field(
        default=120.0, gt=0, description="seconds for a whole text of the model, retries included"
    )
    llm_attempts: int = Field(default=3, ge=1, le=10, description="attempts before a text's first piece")
    llm_retry_total_s: float = Field(
        default=20.0, ge=0, description="no attempt is begun later than this, nor waited for with Retry-After"
    )
    llm_failures_to_pause: int = Field(
        default=3, ge=1, description="failures in a row after which the model is left alone"
    )
    llm_pause_s: float = Field(default=30.0, ge=0, description="seconds for which it is left alone")
    llm_concurrency: int = Field(default=4, ge=1, description="texts that the model writes at once")
    llm_wait_s: float = Field(default=5.0, ge=0, description="seconds a further one waits for its turn")
    llm_tokens_per_minute: int | None = Field(
        default=None, ge=1, description="most tokens of all answers in any minute; unlimited by default"
    )
    llm_tokens_per_day: int | None = Field(
        default=None, ge=1, description="most tokens of all answers in any 24 hours; unlimited by default"
    )
    llm_prices: Path | None = Field(
        default=None, description="a price table of your own, in the form of service/prices.toml"
    )
    prompts_dir: Path | None = Field(
        default=None, description="a folder of prompts of your own, in the form of Dateline's prompts/"
    )
