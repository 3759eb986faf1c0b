"""Which model the settings switch on, and that what they hold stays secret."""

from __future__ import annotations

import json
import logging
import os
from pathlib import Path

import pytest
from typer.testing import CliRunner

from ingest.errors import SettingsError, UpstreamUnavailable
from service.cli import app
from service.generation_thread import Timeouts
from service.llm import ChatMessage
from service.model_selection import DEFAULT_MODEL, open_language_model
from service.openai_model import OpenAIModel
from service.settings import ServiceSettings
from tests.service.llm_server import Fail, Say, ScriptedLLMServer

KEY = "sk-very-secret-0123456789"


@pytest.fixture(autouse=True)
def _alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No settings but the test's own."""
    monkeypatch.chdir(tmp_path)
    for name in os.environ:
        if name.startswith(("DATELINE_", "OPENAI_")):
            monkeypatch.delenv(name)


def opened(monkeypatch: pytest.MonkeyPatch, **variables: str) -> OpenAIModel | None:
    """The model that these environment variables ask for."""
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    model = open_language_model(ServiceSettings.load())
    assert model is None or isinstance(model, OpenAIModel)
    return model


def test_without_a_key_or_a_server_there_is_no_model(monkeypatch: pytest.MonkeyPatch) -> None:
    assert opened(monkeypatch) is None


def test_a_key_alone_switches_on_the_default_model(monkeypatch: pytest.MonkeyPatch) -> None:
    model = opened(monkeypatch, OPENAI_API_KEY=KEY)
    assert model is not None
    assert (model.name, model.context_tokens) == (DEFAULT_MODEL, 8192)
    assert "api.openai.com" in repr(model)


@pytest.mark.parametrize("off", ["none", "None", " NONE "])
def test_a_model_is_switched_off_by_name(off: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert opened(monkeypatch, OPENAI_API_KEY=KEY, DATELINE_LLM_MODEL=off) is None


def test_a_named_model_needs_a_key_or_a_server(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(SettingsError, match="OPENAI_API_KEY"):
        opened(monkeypatch, DATELINE_LLM_MODEL="qwen3:8b")
    model = opened(monkeypatch, DATELINE_LLM_MODEL="qwen3:8b", OPENAI_BASE_URL="http://127.0.0.1:9/v1")
    assert model is not None
    assert model.name == "qwen3:8b"


@pytest.mark.parametrize("url", ["127.0.0.1:11434", "file:///etc", "localhost", "http://"])
def test_a_base_url_that_is_none(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(SettingsError, match="OPENAI_BASE_URL"):
        opened(monkeypatch, OPENAI_BASE_URL=url)


def test_a_server_without_a_key_chooses_its_model(monkeypatch: pytest.MonkeyPatch) -> None:
    with ScriptedLLMServer([Say("Yes.")], models=["all-minilm", "llama3.2:3b"]) as server:
        model = opened(monkeypatch, OPENAI_BASE_URL=server.url)
        assert model is not None
        assert server.listed == 0
        assert "".join(model.stream([ChatMessage("user", "Well?")], max_tokens=5)) == "Yes."
        assert model.name == server.requests[0]["model"] == "llama3.2:3b"
        assert server.headers[0]["authorization"] == "Bearer none"
        model.close()


def test_a_server_that_is_down_is_found_out_by_the_first_question(monkeypatch: pytest.MonkeyPatch) -> None:
    with ScriptedLLMServer() as gone:
        url = gone.url
    model = opened(monkeypatch, OPENAI_BASE_URL=url, DATELINE_LLM_ATTEMPTS="1")
    assert model is not None
    assert model.context_tokens == 8192
    with pytest.raises(UpstreamUnavailable, match="cannot be reached"):
        list(model.stream([ChatMessage("user", "Well?")], max_tokens=5))
    model.close()


def test_settings_reach_the_model(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "dateline.toml").write_text(
        'openai_base_url = "http://127.0.0.1:9/v1"\nllm_model = "mine"\nllm_gap_timeout_s = 3\n'
        'llm_context_tokens = 2048\nllm_prices = "prices.toml"\n',
        encoding="utf-8",
    )
    (tmp_path / "prices.toml").write_text("[[price]]\nmodel = 1\n", encoding="utf-8")
    with pytest.raises(SettingsError, match=r"prices\.toml"):
        opened(monkeypatch)
    (tmp_path / "prices.toml").write_text("", encoding="utf-8")
    model = opened(monkeypatch)
    assert model is not None
    assert (model.name, model.context_tokens) == ("mine", 2048)
    assert model.timeouts == Timeouts(gap_s=3.0)


@pytest.mark.parametrize("attempts", [1, 2])
def test_at_most_the_configured_attempts(attempts: int, monkeypatch: pytest.MonkeyPatch) -> None:
    with ScriptedLLMServer([Fail(503, retry_after="0")]) as server:
        model = opened(
            monkeypatch,
            OPENAI_BASE_URL=server.url,
            DATELINE_LLM_MODEL="mine",
            DATELINE_LLM_ATTEMPTS=str(attempts),
        )
        assert model is not None
        with pytest.raises(Exception, match="asks for a pause"):
            list(model.stream([ChatMessage("user", "Well?")], max_tokens=5))
        assert len(server.requests) == attempts
        model.close()


def test_the_key_is_nowhere_to_be_seen(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    with ScriptedLLMServer([Fail(400, f"what is {KEY}?"), Say("Yes.")]) as server:
        monkeypatch.setenv("OPENAI_BASE_URL", server.url)
        (tmp_path / ".env").write_text(f"OPENAI_API_KEY={KEY}\n", encoding="utf-8")
        settings = ServiceSettings.load()
        assert settings.openai_api_key is not None
        assert settings.openai_api_key.get_secret_value() == KEY
        model = opened(monkeypatch)
        assert model is not None
        with pytest.raises(Exception, match="what is") as caught:
            list(model.stream([ChatMessage("user", "Well?")], max_tokens=5))
        assert "".join(model.stream([ChatMessage("user", "Well?")], max_tokens=5)) == "Yes."
        assert server.headers[-1]["authorization"] == f"Bearer {KEY}"
        seen = (
            f"{settings!r} {settings} {settings.model_dump_json()} {model!r} {caught.value!r} {caplog.text}"
        )
        assert KEY not in seen
        model.close()
    shown = CliRunner().invoke(app, ["doctor", "--json"])
    assert KEY not in shown.output
    lines = {line["name"]: line for line in json.loads(shown.stdout)["settings"]}
    assert lines["openai_api_key"]["value"] == "(set, hidden)"
    assert lines["openai_api_key"]["origin"] == ".env:1"
    assert lines["llm_concurrency"]["value"] == "4"
