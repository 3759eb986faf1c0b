"""`dateline bench retrieval`: options in, files and exit codes out, and how the command is found."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from service.cli import app
from service.commands import further
from tests.eval.benchmarks.archive import write_benchmark

ROOT = Path(__file__).resolve().parents[3]
BENCH = EntryPoint("bench", "eval.commands.bench:app", further.GROUP)


@pytest.fixture(autouse=True)
def installed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Dateline as if installed with its entry points, in a folder without settings."""
    monkeypatch.setattr(further, "further_commands", lambda: {"bench": BENCH})
    monkeypatch.chdir(tmp_path)
    for name in os.environ:
        if name.startswith("DATELINE_"):
            monkeypatch.delenv(name)


def run(*arguments: str) -> Result:
    """One run of the command line."""
    return CliRunner(env={"COLUMNS": "80"}).invoke(app, list(arguments))


def test_a_whole_run(tmp_path: Path) -> None:
    write_benchmark(tmp_path)
    found = run(
        *("bench", "retrieval", "--path", str(tmp_path), "--index", str(tmp_path / "index"), "--ablation"),
        *("--json", "report.json", "--markdown", "report.md", "--details", "details.jsonl"),
    )
    assert found.exit_code == 0, found.output
    assert "3 answerable questions" in found.stdout
    assert "Outlets removed" in found.stdout
    assert "default, outlets removed: 5 of 5 questions" in found.stderr
    assert "of 5 questions" not in found.stdout
    report = json.loads((tmp_path / "report.json").read_text(encoding="utf-8"))
    assert report["questions_file"] == "questions-dev.jsonl"
    assert str(tmp_path) not in json.dumps(report)
    assert (tmp_path / "report.md").read_text(encoding="utf-8").startswith("## Retrieval: multihop-rag")
    assert len((tmp_path / "details.jsonl").read_text(encoding="utf-8").splitlines()) >= 30
    again = run(
        "bench", "retrieval", "--path", str(tmp_path), "--index", str(tmp_path / "index"), "--limit", "2"
    )
    assert again.exit_code == 0, again.output
    assert "3 more left out" in " ".join(again.stdout.split())


@pytest.mark.parametrize(
    "options",
    [
        (),
        ("--path", ".", "--dataset", "other"),
        ("--path", ".", "--limit", "0"),
        ("--path", ".", "--json", "nowhere/report.json"),
        ("--path", ".", "--markdown", "."),
    ],
)
def test_what_makes_no_sense_is_exit_2(options: tuple[str, ...]) -> None:
    found = run("bench", "retrieval", *options)
    assert found.exit_code == 2
    assert found.stdout == ""
    assert found.stderr


def test_what_cannot_be_read_is_exit_3(tmp_path: Path) -> None:
    found = run("bench", "retrieval", "--path", str(tmp_path / "none"))
    assert found.exit_code == 3
    assert "questions-dev.jsonl does not exist" in found.stderr
    write_benchmark(tmp_path)
    (tmp_path / "held.jsonl").write_text('{"query": "?"}\n', encoding="utf-8")
    wrong = run("bench", "retrieval", "--path", str(tmp_path), "--questions", "held.jsonl")
    assert wrong.exit_code == 3
    assert "held.jsonl:1: question_type is missing" in wrong.stderr


def test_help_lists_it_and_loads_nothing_heavy() -> None:
    script = (
        "import sys\nfrom importlib.metadata import EntryPoint\nfrom service.commands import further\n"
        f"further.further_commands = lambda: {{'bench': EntryPoint('bench', {BENCH.value!r}, '')}}\n"
        "from service.cli import app\n"
        "for arguments in (['--help'], ['bench', '--help'], ['bench', 'retrieval', '--help']):\n"
        "    try: app(arguments, prog_name='dateline')\n    except SystemExit: pass\n"
        "heavy = {'numpy', 'chromadb', 'rich', 'onnxruntime', 'service.wiring', 'eval.benchmarks'}\n"
        "print('LOADED', sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run(  # a process of its own, for its modules
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=ROOT, timeout=60
    )
    assert "bench Measure Dateline with public benchmarks." in " ".join(done.stdout.split())
    assert "retrieval  Score retrieval on MultiHop-RAG" in done.stdout
    assert "--ablation" in done.stdout
    assert "LOADED []" in done.stdout
