"""The real command over the real samples: processes, exit codes, and several of them at once on one index."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from service.answers import Answer
from service.summaries import Summary

ROOT = Path(__file__).resolve().parents[2]
TIMEOUT_S = 120
AUKUS = "What did Biden say about AUKUS?"
TIMELINE = ("--topic", "AUKUS", "--style", "timeline")


@dataclass(frozen=True)
class Folder:
    """A working folder whose `.dateline` the commands share."""

    path: Path

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        """Start `dateline` with these arguments."""
        environment = {name: value for name, value in os.environ.items() if not name.startswith("DATELINE_")}
        return subprocess.Popen(
            [sys.executable, "-m", "service.cli", *arguments],
            cwd=self.path,
            env=environment | {"PYTHONPATH": str(ROOT), "COLUMNS": "80"},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
        )

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run `dateline` with these arguments to its end."""
        with self.start(*arguments) as process:
            out, err = process.communicate(timeout=TIMEOUT_S)
        return subprocess.CompletedProcess(arguments, process.returncode, out, err)

    def json(self, *arguments: str) -> Any:
        """The one document of a command that succeeds."""
        done = self.run(*arguments, "--json")
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, samples: Path) -> Folder:
    """A folder in which the samples have been ingested by the command."""
    made = Folder(tmp_path_factory.mktemp("work"))
    done = made.run("ingest", str(samples))
    assert done.returncode == 0, done.stderr
    assert "20 added, 0 changed, 0 unchanged, 0 removed, 0 failed" in done.stdout
    assert "trilateral-clarion.txt = trilateral-meridian.txt" in done.stdout
    return made


@pytest.fixture(scope="module")
def server(folder: Folder) -> Iterator[str]:
    """The address of a server that owns the folder's index; it is stopped in the end, and cleanly."""
    process = folder.start("serve", "--port", "0")
    with process:
        assert process.stdout is not None
        try:
            announced = process.stdout.readline()
            assert announced.startswith("Dateline is listening on http://127.0.0.1:"), process.communicate()[
                1
            ]
            yield announced.split()[4]
        finally:
            process.send_signal(signal.SIGTERM)
            _, said = process.communicate(timeout=TIMEOUT_S)
    assert (process.returncode, said.splitlines()[-1]) == (0, "Stopped.")
    left = {path.name for path in (folder.path / ".dateline").iterdir()}
    assert not left & {"owner.json", "server.token"}


def _without_timings(answer: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in answer.items() if name != "timings_ms"}


@pytest.fixture(scope="module")
def local_answer(folder: Folder) -> dict[str, Any]:
    """The answer to the AUKUS question, given by a process that opened the index itself."""
    answer: dict[str, Any] = folder.json("ask", AUKUS)
    return answer


def test_without_an_index_it_says_to_ingest(tmp_path: Path) -> None:
    done = Folder(tmp_path).run("ask", AUKUS)
    assert done.returncode == 3
    assert done.stdout == ""
    assert "dateline ingest FOLDER" in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_an_answer_follows_the_published_schema(local_answer: dict[str, Any], samples: Path) -> None:
    answer = Answer.model_validate(local_answer)
    assert answer.status == "answered"
    assert "exploring" in answer.answer
    for citation in answer.citations:
        text = (samples / citation.source).read_text(encoding="utf-8")
        assert text[citation.start : citation.end] == citation.quote
        assert text[: citation.start].count("\n") + 1 == citation.line


@pytest.fixture(scope="module")
def local_summary(folder: Folder) -> dict[str, Any]:
    """A timeline made by a process that opened the index itself."""
    summary: dict[str, Any] = folder.json("summarize", *TIMELINE)
    return summary


def test_a_summary_follows_the_published_schema(local_summary: dict[str, Any], samples: Path) -> None:
    summary = Summary.model_validate(local_summary)
    assert summary.status == "summarized"
    assert summary.events
    plain = [citation for citation in summary.citations if citation.source.endswith((".md", ".txt"))]
    assert plain
    for citation in plain:
        text = (samples / citation.source).read_text(encoding="utf-8")
        assert text[citation.start : citation.end] == citation.quote


def test_two_commands_at_once_take_turns(folder: Folder, local_answer: dict[str, Any]) -> None:
    with (
        folder.start("ask", "What did Biden say about TikTok?") as first,
        folder.start("ask", AUKUS) as second,
    ):
        said = [process.communicate(timeout=TIMEOUT_S) for process in (first, second)]
    assert [first.returncode, second.returncode] == [1, 0], said
    assert "Not in the articles." in said[0][0]
    assert "aukus.md:" in said[1][0]


def test_a_server_answers_for_the_command_line(
    folder: Folder, local_answer: dict[str, Any], server: str, samples: Path
) -> None:
    assert _without_timings(folder.json("ask", AUKUS)) == _without_timings(local_answer)
    again = folder.json("ingest", str(samples))
    assert (len(again["unchanged"]), again["added"], again["chunks_embedded"]) == (20, [], 0)


def test_a_server_summarizes_for_the_command_line(
    folder: Folder, local_summary: dict[str, Any], server: str
) -> None:
    assert _without_timings(folder.json("summarize", *TIMELINE)) == _without_timings(local_summary)
    shown = folder.run("summarize", "aukus.md", "--max-words", "40")
    assert shown.returncode == 0
    assert "aukus.md:" in shown.stdout
    assert "Read 1 article, cites 1." in shown.stdout
    assert shown.stderr == ""
    nothing = folder.run("summarize", "--topic", "Zanzibar spice prices")
    assert (nothing.returncode, nothing.stderr) == (1, "")
    assert "No summary." in nothing.stdout
    missing = folder.run("summarize", "moon.md")
    assert (missing.returncode, missing.stdout) == (3, "")
    assert "moon.md" in missing.stderr


def test_the_served_command_line_reads(folder: Folder, server: str, samples: Path) -> None:
    quotes = folder.run("quotes", "--speaker", "Biden", "--about", "AUKUS")
    assert quotes.returncode == 0
    assert "Joe Biden" in quotes.stdout
    assert "aukus.md:12" in quotes.stdout
    shown = folder.run("show", "aukus.md")
    assert (samples / "aukus.md").read_text(encoding="utf-8") in shown.stdout
    assert folder.json("search", "AUKUS", "-k", "2")["passages"][0]["source"].startswith(("aukus", "feed"))
    missing = folder.run("show", "no/such.md")
    assert missing.returncode == 3
    assert missing.stderr == "error: there is no article 'no/such.md'\n"


def test_what_is_ingested_while_it_serves_is_there(folder: Folder, server: str) -> None:
    (folder.path / "news").mkdir()
    (folder.path / "news" / "ferry.txt").write_text(
        "Ferry returns to Quillhaven\n\nThe harbour board said that the Quillhaven ferry will sail on 4 May.\n",
        encoding="utf-8",
    )
    assert folder.json("ingest", "news")["added"] == ["ferry.txt"]
    found = folder.run("ask", "When will the Quillhaven ferry sail?")
    assert found.returncode == 0
    assert "ferry.txt:3" in found.stdout


def test_doctor_and_a_second_server_see_the_first(folder: Folder, server: str) -> None:
    found = folder.json("doctor")
    assert found["healthy"]
    checks = {check["name"]: check for check in found["checks"]}
    assert server in checks["owner"]["found"]
    assert checks["index"]["status"] == "ok"
    second = folder.run("serve", "--port", "0")
    assert second.returncode == 3
    assert server in second.stderr


def test_a_reader_who_leaves_early_is_no_trouble(folder: Folder, server: str) -> None:
    process = folder.start("articles")
    with process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        said = process.stderr.read()
    assert (process.returncode, said) == (0, "")
