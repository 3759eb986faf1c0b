"""The doctor finds what is wrong, says what to do, hides secrets, and never raises."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr
from typer.testing import CliRunner

from ingest.errors import IndexMismatch, WeightsError
from ingest.ownership import Ownership
from service import doctor, opening
from service.cli import app
from service.doctor import Check, Diagnosis, examine, index_checks, shown_value
from service.settings import ServiceSettings


@pytest.fixture(autouse=True)
def _alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No settings but the test's own."""
    monkeypatch.chdir(tmp_path)
    for name in os.environ:
        if name.startswith("DATELINE_"):
            monkeypatch.delenv(name)


def status_of(found: Diagnosis) -> dict[str, str]:
    """Status by check."""
    return {check.name: check.status for check in found.checks}


def test_before_the_first_ingest_nothing_has_failed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATELINE_CACHE_DIR", str(tmp_path / "cache"))
    found = examine()
    assert found.healthy
    assert status_of(found) == {
        "python": "ok",
        "settings": "ok",
        "weights": "ok",
        "graph": "warn",
        "folder": "ok",
        "disk": "ok",
        "owner": "ok",
        "index": "warn",
    }
    assert not (tmp_path / ".dateline").exists()
    assert all(check.remedy for check in found.checks if check.status != "ok")
    origins = {line.name: line.origin for line in found.settings}
    assert origins["cache_dir"] == "environment variable DATELINE_CACHE_DIR"
    assert origins["data_dir"] == "default"
    assert {line.origin for line in examine(tmp_path).settings if line.name == "data_dir"} == {"--data-dir"}


def test_a_wrong_setting_ends_the_examination(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATELINE_PROT", "1")
    found = examine()
    assert not found.healthy
    assert "did you mean port" in found.checks[-1].found


def test_missing_weights_are_a_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    def absent() -> None:
        raise WeightsError("not installed; run pip")

    monkeypatch.setattr("ingest.weights.find_weights", absent)
    assert status_of(examine())["weights"] == "fail"


@pytest.mark.parametrize("embedder", ["openai:some-model", "onnx:/nowhere", "word2vec"])
def test_an_embedder_that_cannot_work(embedder: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    monkeypatch.delenv("OPENAI_BASE_URL", raising=False)
    monkeypatch.setenv("DATELINE_EMBEDDER", embedder)
    found = examine()
    assert status_of(found)["embedder"] == "fail"
    assert not found.healthy


def test_a_folder_that_is_a_file(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    assert status_of(examine(tmp_path / "file"))["folder"] == "fail"
    assert status_of(examine(tmp_path / "file" / "below"))["folder"] == "fail"


def test_a_full_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for free, status in ((10**6, "fail"), (5 * 10**8, "warn"), (10**10, "ok")):
        usage = type("Usage", (), {"free": free})
        monkeypatch.setattr("shutil.disk_usage", lambda _, usage=usage: usage)
        assert status_of(examine(tmp_path))["disk"] == status


def test_an_index_in_use_is_left_alone(tmp_path: Path) -> None:
    with Ownership.acquire(tmp_path, role="ingest"):
        owner, index = index_checks(ServiceSettings(data_dir=tmp_path))
    assert "dateline ingest" in owner.found
    assert index.status == "warn"
    with Ownership.acquire(tmp_path, role="serve", url="http://127.0.0.1:9"):
        _, index = index_checks(ServiceSettings(data_dir=tmp_path))
    assert index.status == "fail"
    assert "does not answer" in index.found


def test_another_embedder_is_a_failure_with_a_way_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def mismatched(*_: Any, **__: Any) -> None:
        raise IndexMismatch("built with A, and the embedder is now B")

    monkeypatch.setattr(opening, "open_services", mismatched)
    *_, index = index_checks(ServiceSettings(data_dir=tmp_path))
    assert index.status == "fail"
    assert "--rebuild" in (index.remedy or "")


@pytest.mark.parametrize(
    ("name", "value", "shown"),
    [
        ("openai_api_key", "sk-123", "(set, hidden)"),
        ("api_keys", ("a", "b"), "(set, hidden)"),
        ("slack_bot_token", "x", "(set, hidden)"),
        ("openai_api_key", None, "(not set)"),
        ("chroma_url", "http://me:pass@db:8000/x", "http://…@db:8000/x"),
        ("port", 0, "0"),
        ("keyword_weight", 0.5, "0.5"),
        ("openai_api_key", SecretStr("sk-123"), "(set, hidden)"),
        ("llm_tokens_per_minute", 5000, "5000"),
        ("openai_base_url", "https://me:pass@llm.example/v1", "https://…@llm.example/v1"),
    ],
)
def test_secrets_are_hidden(name: str, value: object, shown: str) -> None:
    assert shown_value(name, value) == shown


def test_the_command_exits_3_when_something_failed(monkeypatch: pytest.MonkeyPatch) -> None:
    sick = Diagnosis(checks=[Check("disk", "fail", "full", "make room")])
    monkeypatch.setattr(doctor, "examine", lambda _: sick)
    found = CliRunner().invoke(app, ["doctor", "--json"])
    assert found.exit_code == 3
    document = json.loads(found.stdout)
    assert document["healthy"] is False
    assert document["checks"] == [{"name": "disk", "status": "fail", "found": "full", "remedy": "make room"}]
    assert "→ make room" in CliRunner().invoke(app, ["doctor"]).stdout
