"""The doctor finds what is wrong, says what to do, hides secrets, and never raises."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from email.utils import formatdate
from pathlib import Path

import httpx
import pytest
from pydantic import SecretStr
from typer.testing import CliRunner

from ingest.errors import WeightsError
from ingest.ownership import Ownership
from ingest.store import ArticleStore
from service import doctor, opening
from service.cli import app
from service.doctor import Check, Diagnosis, examine, index_checks, shown_value
from service.doctor_access import access_checks
from service.doctor_machine import clock_check, reranker_checks, shared_checks
from service.doctor_network import network_checks
from service.settings import ServiceSettings
from service.vacuuming import vacuum
from tests.ingest.test_store_network import chroma_server


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
        "clock": "ok",
        "access": "ok",
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


def ingested(settings: ServiceSettings, folder: Path, words: str = "The harbour opened on Monday.") -> None:
    """A small index of the real thing."""
    folder.mkdir(exist_ok=True)
    (folder / "harbour.txt").write_text(f"Harbour opens\n\n{words}\n")
    with opening.open_services(settings, create=True) as services:
        services.ingest([folder])


def checks_of(settings: ServiceSettings) -> dict[str, list[Check]]:
    """Findings about the index by name."""
    found: dict[str, list[Check]] = {}
    for check in index_checks(settings):
        found.setdefault(check.name, []).append(check)
    return found


def test_broken_folders_one_after_the_other(tmp_path: Path) -> None:
    settings = ServiceSettings(data_dir=tmp_path / "data")
    database = settings.data_dir / "chroma" / "chroma.sqlite3"
    ingested(settings, tmp_path / "news")
    assert {check.status for check in index_checks(settings)} == {"ok"}

    # a process that was killed
    note = '{"pid": 1, "role": "ingest", "url": null, "started_at": "2024-05-01"}'
    (settings.data_dir / "owner.json").write_text(note)
    assert "dateline ingest, process 1" in checks_of(settings)["owner"][0].found
    (settings.data_dir / "owner.json").unlink(missing_ok=True)

    # derived indexes: torn, missing, old
    (records,) = settings.data_dir.glob("catalogue/index-*/records")
    records.write_bytes(records.read_bytes()[:-9])
    shutil.rmtree(settings.data_dir / "vectors")
    key = settings.data_dir / "keywords" / "key.json"
    key.write_text(key.read_text().replace("@1", "@0"))
    found = checks_of(settings)
    said = [found[name][0].found for name in ("catalogue", "vectors", "keywords", "sentences")]
    assert said == [
        "it is damaged",
        "it is missing",
        "it is of an earlier state, or of another index",
        "up to date",
    ]

    # a rebuild that never came into use, and vector files of collections that are gone
    with ArticleStore.open(settings, fingerprint=None, dimension=None, create=False) as store:
        store.rebuild("another", 3)
    lost = database.parent / "0b9d1ec6-0000-4000-8000-000000000000"
    lost.mkdir()
    (lost / "data_level0.bin").write_bytes(b"x" * 2_000_000)
    found = checks_of(settings)
    assert ["never came into use" in one.found for one in found["leftovers"]] == [True, False]
    assert "2.0 MB" in found["leftovers"][1].found
    vacuum(settings)
    assert "leftovers" not in checks_of(settings)

    # a writer that was killed in the middle; the doctor only looks
    with closing(sqlite3.connect(database)) as connection, connection:
        connection.execute("UPDATE collection_metadata SET str_value = 'dead' WHERE key = 'writer'")
    before = database.read_bytes()
    found = checks_of(settings)
    assert "dateline ingest FOLDER" in (found["ingest"][0].remedy or "")
    assert "index" not in found
    assert database.read_bytes() == before
    ingested(settings, tmp_path / "news")
    assert "ingest" not in checks_of(settings)

    # chunks that no article owns
    with closing(sqlite3.connect(database)) as connection, connection:
        connection.execute("UPDATE embedding_metadata SET int_value = 0 WHERE key = 'chunk_count'")
    assert "chunks of no article" in checks_of(settings)["ingest"][0].found

    # a collection that is gone, and a database that is cut
    with closing(sqlite3.connect(database)) as connection, connection:
        connection.execute("UPDATE collections SET name = 'else' WHERE name LIKE '%texts'")
    assert "lacks its texts" in checks_of(settings)["index"][0].found
    database.write_bytes(database.read_bytes()[:50_000])
    assert "is damaged" in checks_of(settings)["index"][0].found


def test_another_embedder_is_a_failure_with_a_way_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = ServiceSettings(data_dir=tmp_path / "data")
    ingested(settings, tmp_path / "news")
    monkeypatch.setattr("service.opening.index_fingerprint", lambda _: "another")
    *_, index = index_checks(settings)
    assert (index.name, index.status) == ("index", "fail")
    assert "dateline rebuild" in (index.remedy or "")


def test_files_from_the_future_and_a_clock_that_was_never_set() -> None:
    now_s = 1_800_000_000.0
    assert clock_check(now_s, {"a": now_s - 5, "b": now_s + 60}).status == "ok"
    ahead = clock_check(now_s, {"a": now_s - 5, "b": now_s + 7200})
    assert (ahead.status, "b was written 2 hours in the future" in ahead.found) == ("warn", True)
    assert clock_check(0.0, {}).status == "fail"


def test_a_network_file_system_and_a_folder_for_everybody(tmp_path: Path) -> None:
    assert shared_checks(tmp_path, {"/": "ext4"}) == []
    (network,) = shared_checks(tmp_path, {"/": "ext4", str(tmp_path): "nfs4"})
    assert (network.status, "nfs4" in network.found) == ("warn", True)
    tmp_path.chmod(0o777)
    (everybody,) = shared_checks(tmp_path, {})
    assert everybody.remedy == f"chmod o-w {tmp_path}"


def test_a_reranker_without_its_files(tmp_path: Path) -> None:
    (tmp_path / "tokenizer.json").write_text("{}")
    for named, said in (
        ("word2vec", "no reranker"),
        ("onnx:/nowhere", "no folder"),
        (f"onnx:{tmp_path}", "no model.onnx"),
    ):
        (check,) = reranker_checks(ServiceSettings(reranker=named))
        assert check.status == "fail"
        assert said in check.found
    (tmp_path / "model.onnx").write_text("x")
    assert reranker_checks(ServiceSettings(reranker=f"onnx:{tmp_path}"))[0].status == "ok"


def test_secrets_that_others_can_read(tmp_path: Path) -> None:
    key = tmp_path / "widget.key"
    key.write_text("k" * 43)
    key.chmod(0o644)
    settings = ServiceSettings(data_dir=tmp_path)
    (check,) = [one for one in access_checks(settings) if one.name == "secrets"]
    assert (check.status, check.remedy) == ("fail", f"chmod 600 {key}")
    key.chmod(0o600)
    assert [one.status for one in access_checks(settings)] == ["ok", "ok"]
    key.write_text("short")
    assert {one.name: one.status for one in access_checks(settings)}["widget key"] == "fail"


@pytest.mark.parametrize(
    ("setting", "value", "name", "status"),
    [
        ("api_keys", "dateline_abc", "api keys", "fail"),
        ("api_keys", "file:/nowhere/keys", "api keys", "fail"),
        ("api_keys", f"cms:read:{'a' * 64}:2020-01-31", "api keys", "warn"),
        ("api_keys", f"cms:read:{'a' * 64}", "api keys", "ok"),
        ("allowed_origins", "news.example/path", "origins", "fail"),
        ("api_limits", "many", "limits", "fail"),
        ("trusted_proxies", "10.0.0.0/99", "proxies", "fail"),
        ("widget_signing_key", "short", "widget key", "fail"),
    ],
)
def test_access_that_cannot_be_understood(
    setting: str, value: str, name: str, status: str, tmp_path: Path
) -> None:
    settings = ServiceSettings.load(**{"data_dir": tmp_path, setting: value})
    assert {check.name: check.status for check in access_checks(settings)}[name] == status


# ---- other servers


def asked(settings: ServiceSettings, handler: Callable[[httpx.Request], httpx.Response]) -> Check:
    """The one finding about a server that answers so."""
    (check,) = network_checks(settings, httpx.MockTransport(handler))
    return check


def test_a_chroma_server_that_is_gone_old_or_something_else() -> None:
    settings = ServiceSettings(chroma_url="http://me:pass@chroma:8000")

    def gone(_: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused")

    check = asked(settings, gone)
    assert (check.status, "pass" in check.found) == ("fail", False)
    assert asked(settings, lambda _: httpx.Response(404, text="no")).status == "fail"
    assert "speaks version 2.0.0" in asked(settings, lambda _: httpx.Response(200, json="2.0.0")).found
    now = {"date": formatdate(usegmt=True)}
    assert asked(settings, lambda _: httpx.Response(200, json="1.0.0", headers=now)).status == "ok"
    then = {"date": "Wed, 01 May 2024 08:00:00 GMT"}
    late = httpx.MockTransport(lambda _: httpx.Response(200, json="1.0.0", headers=then))
    assert [one.name for one in network_checks(settings, late)] == ["chroma", "clock skew"]


def test_a_real_chroma_server(tmp_path: Path) -> None:
    with chroma_server(tmp_path) as url:
        settings = ServiceSettings(chroma_url=url, data_dir=tmp_path / "unused")
        assert [(one.name, one.status) for one in network_checks(settings)] == [("chroma", "ok")]
    assert network_checks(settings)[0].status == "fail"


def test_a_model_that_does_not_answer_refuses_or_is_not_there() -> None:
    settings = ServiceSettings(
        openai_base_url="http://llm:8080/v1", llm_model="small", openai_api_key=SecretStr("k")
    )

    def gone(_: httpx.Request) -> httpx.Response:
        raise httpx.ReadTimeout("")

    assert asked(settings, gone).status == "warn"
    assert asked(settings, lambda _: httpx.Response(401)).status == "fail"
    listed: list[httpx.Request] = []

    def lists(request: httpx.Request) -> httpx.Response:
        listed.append(request)
        return httpx.Response(200, json={"data": [{"id": "large"}, {"id": "tiny"}]})

    assert "lists large, tiny" in asked(settings, lists).found
    assert [(one.method, one.url.path) for one in listed] == [
        ("GET", "/v1/models")
    ]  # nothing that costs a token
    assert asked(settings, lambda _: httpx.Response(200, json={"data": [{"id": "small"}]})).status == "ok"
    assert asked(settings, lambda _: httpx.Response(404)).status == "warn"
    assert network_checks(ServiceSettings(openai_api_key=SecretStr("k"), llm_model="none")) == []


def test_a_check_that_fails_itself_is_a_finding(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_: object) -> list[Check]:
        raise RuntimeError("no such thing")

    monkeypatch.setattr(doctor, "index_checks", broken)
    assert examine().checks[-1] == Check(
        "index",
        "fail",
        "could not be examined (RuntimeError: no such thing)",
        "mend what it says, then run doctor again",
    )


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


def test_warnings_are_a_failure_only_when_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    warned = Diagnosis(checks=[Check("graph", "warn", "not there yet", "nothing")])
    monkeypatch.setattr(doctor, "examine", lambda _: warned)
    assert CliRunner().invoke(app, ["doctor"]).exit_code == 0
    assert CliRunner().invoke(app, ["doctor", "--strict"]).exit_code == 3
