"""Settings of the service: those of ingest, where it listens, and the language model it may use."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr

from ingest.settings import IngestSettings


class ServiceSettings(IngestSettings):
    """What the service needs to know, beyond the index."""

    host: str = Field(default="127.0.0.1", description="address the server binds to")
    port: int = Field(
        default=8765, ge=0, le=65535, description="port the server binds to; 0 takes a free one"
    )
    public_url: str = Field(default="", description="prefix of article links, e.g. https://news.example")
    api_keys: SecretStr | None = Field(
        default=None,
        description="entries of `dateline keys new`, or file:/path of a file with them; then every route of the API "
        "asks for a key",
    )
    allowed_origins: str = Field(
        default="",
        description="origins whose pages may embed the widget, with commas between; https://*.example.com for all "
        "subdomains",
    )
    widget_signing_key: SecretStr | None = Field(
        default=None,
        description="signs the widget's tokens, the same for all replicas; by default a file in data_dir",
    )
    public_pages: bool = Field(
        default=True, description="whether / and /articles/… are open to all although there are API keys"
    )
    trusted_proxies: str = Field(
        default="", description="addresses or networks of proxies whose X-Forwarded-For is believed"
    )
    api_limits: str = Field(default="600/minute", description="requests of one API key; none for no limit")
    visitor_limits: str = Field(
        default="20/minute;200/day", description="questions of one visitor of the widget"
    )
    address_limits: str = Field(
        default="300/minute",
        description="requests of one address without a key; programs on this machine excepted",
    )
    session_limits: str = Field(
        default="60/minute;2000/day", description="sessions of the widget that one address begins"
    )
    questions_at_once: int = Field(
        default=0,
        ge=0,
        description="questions, searches and quotations worked on at once; 0 reckons with the cores, and with "
        "llm_concurrency and llm_waiting where there is a model",
    )
    questions_waiting: int = Field(default=64, ge=0, description="how many more may wait for their turn")
    summaries_at_once: int = Field(
        default=0, ge=0, description="summaries worked on at once; 0 means half the cores, and at least one"
    )
    summaries_waiting: int = Field(default=8, ge=0, description="how many more may wait for their turn")
    line_wait_s: float = Field(
        default=5.0, ge=0, description="seconds that a request waits for its turn, at most; then 503"
    )
    max_connections: int = Field(
        default=1000, ge=1, description="open connections above which requests are answered 503"
    )
    kept_answers: int = Field(
        default=1000,
        ge=0,
        description="extractive answers kept in memory until the index changes, 20 kB each; 0 keeps none",
    )
    shared_store_url: SecretStr | None = Field(
        default=None,
        description="a Redis server in which several replicas share limits, Slack's events, verdicts and "
        "installations: redis://, rediss:// or unix://; by default each keeps its own",
    )
    log_format: Literal["text", "json"] = Field(
        default="text", description="how the server logs on stderr: lines for people, or JSON objects"
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        default="info", description="what of its own doings the server logs; info has a line for each request"
    )
    feedback: bool = Field(
        default=True, description="whether readers' verdicts on answers are kept in data_dir"
    )
    retrieve_limit: int = Field(default=40, ge=5, le=400, description="passages an answer is composed from")
    reranker: str | None = Field(
        default=None,
        description="onnx:/folder of a cross-encoder that reorders what was found; none by default",
    )

    slack_bot_token: SecretStr | None = Field(
        default=None,
        validation_alias="SLACK_BOT_TOKEN",
        description="xoxb-…, the bot's token in a Slack workspace",
    )
    slack_app_token: SecretStr | None = Field(
        default=None,
        validation_alias="SLACK_APP_TOKEN",
        description="xapp-…, with which `dateline slack` connects to Slack (Socket Mode)",
    )
    slack_signing_secret: SecretStr | None = Field(
        default=None,
        validation_alias="SLACK_SIGNING_SECRET",
        description="verifies Slack's requests; with it and slack_bot_token `dateline serve` has POST /slack/events",
    )
    slack_client_id: str | None = Field(
        default=None,
        validation_alias="SLACK_CLIENT_ID",
        description="of a Slack app that several workspaces install; with slack_client_secret and slack_store_key "
        "`dateline serve` has /slack/install",
    )
    slack_client_secret: SecretStr | None = Field(
        default=None,
        validation_alias="SLACK_CLIENT_SECRET",
        description="with which an installation's code becomes the token of its workspace",
    )
    slack_store_key: SecretStr | None = Field(
        default=None,
        description="seals the tokens of installed workspaces (`dateline slack workspaces new-key`); several with "
        "commas between them, of which the first seals and every one opens",
    )
    slack_teams: str = Field(
        default="",
        description="ids of workspaces (T…) and organizations (E…) that may install the Slack app, with commas "
        "between them; none by default, * for any",
    )
    slack_api_url: str = Field(
        default="https://slack.com/api/",
        validation_alias="SLACK_API_URL",
        description="Slack's Web API; another one for GovSlack",
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
    llm_answer_tokens: int = Field(
        default=500,
        ge=50,
        description="tokens an answer may have, and at most a quarter of the context; more for models that reason",
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
    llm_waiting: int = Field(
        default=8, ge=0, description="texts that may wait for their turn; a further one is refused at once"
    )
    llm_tokens_per_minute: int | None = Field(
        default=None, ge=1, description="most tokens of all answers in any minute; unlimited by default"
    )
    llm_tokens_per_day: int | None = Field(
        default=None, ge=1, description="most tokens of all answers in any 24 hours; unlimited by default"
    )
    llm_question_parts: bool = Field(
        default=False,
        description="whether the model is asked for the parts of a compound question before anything is searched; what "
        "it proposes is checked, and costs a request and its time",
    )
    llm_question_parts_timeout_s: float = Field(
        default=3.0,
        gt=0,
        description="seconds for that request, at most; then the question is searched without it",
    )
    llm_prices: Path | None = Field(
        default=None, description="a price table of your own, in the form of service/prices.toml"
    )
    prompts_dir: Path | None = Field(
        default=None, description="a folder of prompts of your own, in the form of Dateline's prompts/"
    )

    @property
    def installed_by_workspaces(self) -> bool:
        """Whether workspaces install the Slack app; else it serves the one whose token is set."""
        return any((self.slack_client_id, self.slack_client_secret, self.slack_store_key))
