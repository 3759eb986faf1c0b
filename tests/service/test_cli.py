"""The commands: options in, exit codes, streams and JSON out, with services that only remember."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from ingest.articles import ArticleFilter
from ingest.errors import IndexMissing, SettingsError
from ingest.report import IngestReport
from service import opening
from service.cli import app
from tests.service.cli_fakes import TEXT, FakeServices, abstained, answered, failed_report

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def services(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> FakeServices:
    """The services that every command of the test opens."""
    fake = FakeServices()

    def open_services(settings: Any, **options: Any) -> FakeServices:
        fake.opened_with = {"data_dir": settings.data_dir, **options}
        return fake

    monkeypatch.setattr(opening, "open_services", open_services)
    monkeypatch.chdir(tmp_path)
    for name in os.environ:
        if name.startswith("DATELINE_"):
            monkeypatch.delenv(name)
    (tmp_path / ".dateline").mkdir()
    return fake


def run(*arguments: str, columns: int = 80) -> Result:
    """One run of the command line."""
    return CliRunner(env={"COLUMNS": str(columns)}).invoke(app, list(arguments))


def test_an_answer_is_exit_0_and_an_abstention_exit_1(services: FakeServices) -> None:
    found = run("ask", "When will the ferry sail?")
    assert found.exit_code == 0
    assert "[1] Harbour Post · 11 April 2024 · coast/harbour.md:2" in found.stdout
    assert services.closed
    services.answer = abstained()
    refused = run("ask", "Who owns the moon?")
    assert refused.exit_code == 1
    assert "Not in the articles." in refused.stdout
    assert refused.stderr == ""


def test_filters_and_engine_reach_the_services(services: FakeServices) -> None:
    found = run(
        *("ask", "Why?", "--outlet", "A", "--outlet", "B", "--source", "x.md"),
        *("--after", "2024-04-01", "--before", "2024-04-30T10:00:00Z", "--engine", "extractive"),
    )
    assert found.exit_code == 0, found.output
    wanted = ArticleFilter(frozenset({"A", "B"}), frozenset({"x.md"}), "2024-04-01", "2024-04-30")
    assert services.calls == [("ask", {"question": "Why?", "filters": wanted, "engine": "extractive"})]
    assert services.opened_with["role"] == "ask"


@pytest.mark.parametrize(
    "arguments",
    [
        ("ask", "  "),
        ("ask", "x" * 2001),
        ("ask", "Why?", "--after", "April"),
        ("ask", "Why?", "--after", "2024-05-01", "--before", "2024-04-01"),
        ("ask", "Why?", "--engine", "oracle"),
        ("ask", "Why?", "--outlet", " "),
        ("ask",),
        ("search", "ferry", "-k", "0"),
        ("show", "coast/harbour.md", "--span", "9-3"),
        ("show", "coast/harbour.md", "--span", "0-999999"),
        ("ingest", ".", "--map", "text"),
        ("ingest", ".", "--map", "text=a", "--map", "text=b"),
        ("abridge",),
        ("--nonsense",),
    ],
)
def test_what_makes_no_sense_is_exit_2(services: FakeServices, arguments: tuple[str, ...]) -> None:
    found = run(*arguments)
    assert found.exit_code == 2
    assert found.stdout == ""
    assert found.stderr


def test_json_is_one_document_and_nothing_else(services: FakeServices, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("words")
    documents = {
        name: json.loads(run(*arguments, "--json").stdout)
        for name, arguments in {
            "ask": ("ask", "Why?"),
            "search": ("search", "ferry"),
            "quotes": ("quotes", "--speaker", "Holm"),
            "articles": ("articles",),
            "show": ("show", "coast/harbour.md", "--span", "0-5"),
            "ingest": ("ingest", "a.txt"),
        }.items()
    }
    assert documents["ask"] == answered().model_dump(mode="json")
    assert documents["search"]["passages"][0]["line"] == 2
    assert [row["kind"] for row in documents["quotes"]["quotations"]] == ["direct", "indirect"]
    assert documents["articles"]["total"] == len(documents["articles"]["articles"]) == 250
    assert documents["show"]["text"] == TEXT
    assert documents["show"]["span"] == {"start": 0, "end": 5, "line": 1, "text": "Ferry"}
    assert documents["ingest"]["added"] == ["harbour.md"]
    assert documents["ingest"]["duplicates"] == []


def test_json_of_an_abstention_is_exit_1_too(services: FakeServices) -> None:
    services.answer = abstained()
    found = run("ask", "Who?", "--json")
    assert found.exit_code == 1
    assert json.loads(found.stdout)["status"] == "abstained"


def test_an_error_is_one_line_on_stderr_and_exit_3(services: FakeServices) -> None:
    services.error = SettingsError("the data folder\ncannot be [bold]written[/bold]\x1b[2J")
    found = run("ask", "Why?", "--json")
    assert found.exit_code == 3
    assert found.stdout == ""
    assert found.stderr == "error: the data folder cannot be [bold]written[/bold]\ufffd[2J\n"
    assert services.closed


def test_a_bug_is_one_line_and_debug_shows_where(services: FakeServices) -> None:
    services.error = KeyError("shelf")
    found = run("ask", "Why?")
    assert found.exit_code == 3
    assert found.stderr.startswith("error: unexpected KeyError: 'shelf'")
    assert "--debug" in found.stderr
    assert "Traceback" not in found.stderr
    assert "Traceback" in run("--debug", "ask", "Why?").stderr


def test_ctrl_c_is_exit_130_and_says_what_is_kept(services: FakeServices, tmp_path: Path) -> None:
    services.error = KeyboardInterrupt()
    asked = run("ask", "Why?")
    assert asked.exit_code == 130
    assert "nothing was changed" in asked.stderr
    ingested = run("ingest", str(tmp_path))
    assert ingested.exit_code == 130
    assert "is kept" in ingested.stderr
    assert services.closed


def test_a_reader_who_leaves_is_no_error(services: FakeServices) -> None:
    services.error = BrokenPipeError()
    found = run("ask", "Why?")
    assert (found.exit_code, found.output) == (0, "")


def test_no_index_says_to_ingest_and_makes_no_folder(services: FakeServices, tmp_path: Path) -> None:
    found = run("--data-dir", str(tmp_path / "none"), "ask", "Why?")
    assert found.exit_code == 3
    assert "dateline ingest FOLDER" in found.stderr
    assert not (tmp_path / "none").exists()
    services.error = IndexMissing("there is no index")
    assert run("articles").exit_code == 3


def test_data_dir_wins_over_the_environment(
    services: FakeServices, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATELINE_DATA_DIR", str(tmp_path / "elsewhere"))
    assert run("--data-dir", str(tmp_path), "articles").exit_code == 0
    assert services.opened_with["data_dir"] == tmp_path


def test_an_unknown_setting_is_named(services: FakeServices, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATELINE_EMBEDER", "bundled")
    found = run("articles")
    assert found.exit_code == 3
    assert "did you mean embedder" in found.stderr


def test_ingest_passes_absolute_paths_and_options(services: FakeServices, tmp_path: Path) -> None:
    (tmp_path / "news").mkdir()
    found = run("ingest", "news", "--prune", "--rebuild", "--map", "text=story", "--map", "outlet = paper")
    assert found.exit_code == 0, found.output
    wanted = {
        "paths": [tmp_path / "news"],
        "prune": True,
        "rebuild": True,
        "field_map": {"text": "story", "outlet": "paper"},
    }
    assert services.calls == [("ingest", wanted)]
    assert services.opened_with["create"] is True
    assert services.opened_with["rebuild"] is True
    assert "1 added" in found.stdout
    assert "dateline ask" in found.stdout


def test_a_path_that_is_not_there_fails_before_anything_is_opened(services: FakeServices) -> None:
    found = run("ingest", "nowhere")
    assert found.exit_code == 3
    assert "nowhere does not exist" in found.stderr
    assert services.opened_with == {}


def test_ingest_fails_only_when_nothing_could_be_read(services: FakeServices, tmp_path: Path) -> None:
    services.report = failed_report()
    found = run("ingest", str(tmp_path))
    assert found.exit_code == 3
    assert "broken.pdf: it holds no text" in found.stdout
    failed = failed_report().failed
    assert f"{len(failed)} of {len(failed)} articles could not be read." in found.stderr
    services.report = IngestReport(unchanged=["a.md"], failed=failed)
    for options in ((), ("--json",)):
        found = run("ingest", str(tmp_path), *options)
        assert found.exit_code == 0
        assert found.stderr == f"{len(failed)} of {len(failed) + 1} articles could not be read.\n"
    services.report = IngestReport()
    found = run("ingest", str(tmp_path))
    assert (found.exit_code, found.stderr) == (0, "")


def test_watch_shows_a_run_only_when_something_happened(
    services: FakeServices, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def watch(paths: list[Path], once: Any, stop: Any) -> None:
        once()
        services.report = IngestReport(unchanged=["harbour.md"])
        once()
        services.report = IngestReport(changed=["harbour.md"])
        once()
        raise KeyboardInterrupt

    monkeypatch.setattr("ingest.watching.watch", watch)
    found = run("ingest", str(tmp_path), "--watch", "--rebuild", "--json")
    assert found.exit_code == 130
    assert "no longer watching" in found.stderr
    assert [json.loads(line)["changed"] for line in found.stdout.splitlines()] == [[], ["harbour.md"]]
    assert [call["rebuild"] for _, call in services.calls] == [True, False, False]


def test_show_without_a_terminal_prints_the_text_as_it_is(services: FakeServices) -> None:
    found = run("show", "coast/harbour.md")
    assert TEXT in found.stdout
    assert "Harbour Post · 11 April 2024 · Nils Berg" in found.stdout
    missing = run("show", "nowhere.md")
    assert missing.exit_code == 3
    assert "nowhere.md" in missing.stderr


def test_help_is_complete_and_needs_nothing_heavy() -> None:
    script = (
        "import sys\nfrom service.cli import app\n"
        "try: app(['--help'], prog_name='dateline')\nexcept SystemExit: pass\n"
        "heavy = {'pydantic', 'numpy', 'chromadb', 'httpx', 'fastapi', 'uvicorn', 'onnxruntime', 'service.wiring'}\n"
        "print('LOADED', sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run(  # a process of its own, for its modules
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=ROOT, timeout=60
    )
    for name in (
        "ingest",
        "ask",
        "search",
        "summarize",
        "quotes",
        "articles",
        "show",
        "serve",
        "doctor",
        "--data-dir",
        "--version",
    ):
        assert name in done.stdout
    assert "LOADED []" in done.stdout


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "", "10.0.0.1", "news.example"])
def test_the_world_is_not_served_by_accident(services: FakeServices, host: str) -> None:
    found = run("serve", "--host", host, "--port", "0")
    assert found.exit_code == 3
    assert "--allow-anonymous" in found.stderr
    assert services.opened_with == {}


def test_a_port_in_use_is_said_before_anything_is_opened(services: FakeServices) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        found = run("serve", "--port", str(port))
    assert found.exit_code == 3
    assert f"cannot listen on 127.0.0.1:{port}" in found.stderr
    assert services.opened_with == {}


def test_version() -> None:
    found = run("--version")
    assert found.exit_code == 0
    assert found.stdout.startswith("dateline ")
