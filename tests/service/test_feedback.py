"""Readers' verdicts: kept for good, bounded, readable while a server writes, and gone when they are to be."""

from __future__ import annotations

import json
import os
import signal
import stat
import subprocess
import sys
import threading
from pathlib import Path

import pytest
import yaml
from fastapi.testclient import TestClient
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError
from typer.testing import CliRunner, Result

from eval.gold import load
from ingest.errors import InvalidRequest, UpstreamUnavailable
from service.api.app import create_app
from service.cli import app
from service.feedback import Feedback
from service.feedback_drafts import gold_drafts
from service.feedback_log import FEEDBACK_FOLDER, FeedbackLog
from tests.service.api.fakes import FakeServices

DOWN = {
    "question": "What did Holm say about the ferry?",
    "answer": "The ferry sails again in May. [1]",
    "verdict": "down",
    "comment": "She said June.\nI was there",
    "citations": [
        {"source": "harbour.md", "start": 19, "end": 60},
        {"source": "harbour.md", "start": 0, "end": 5},
    ],
    "page_url": "https://reader:pw@news.example/ferry?session=4711#top",
}
UP = {"question": "Who is the mayor?", "answer": "Ida Holm is. [1] [2]", "verdict": "up"}


def log_in(folder: Path, **sizes: int) -> FeedbackLog:
    """The log that the command line reads for `--data-dir folder`."""
    return FeedbackLog(folder / FEEDBACK_FOLDER, **sizes)


def run(folder: Path, *arguments: str) -> Result:
    """`dateline feedback …`."""
    return CliRunner(env={"COLUMNS": "100"}).invoke(app, ["--data-dir", str(folder), "feedback", *arguments])


def test_it_comes_over_http_and_is_on_disk(tmp_path: Path) -> None:
    client = TestClient(create_app(FakeServices(), feedback=log_in(tmp_path)))
    reply = client.post("/v1/feedback", json=DOWN, headers={"User-Agent": "secret browser"})
    assert reply.status_code == 201
    (kept,) = log_in(tmp_path).read()
    assert kept.id == reply.json()["id"]
    assert kept.question == DOWN["question"]
    assert kept.page_url == "https://news.example/ferry"
    files = [path for path in (tmp_path / FEEDBACK_FOLDER).iterdir() if path.suffix == ".jsonl"]
    written = "".join(path.read_text("utf-8") for path in files)
    for unwanted in ("testclient", "secret browser", "4711", "pw@"):
        assert unwanted not in written
    assert {stat.S_IMODE(path.stat().st_mode) for path in files} == {0o600}


@pytest.mark.parametrize(
    "change",
    [
        {"verdict": "sideways"},
        {"question": " "},
        {"question": "x" * 2001},
        {"answer": "x" * 20_001},
        {"comment": "x" * 2001},
        {"citations": [{"source": "a", "start": 0, "end": 1}] * 51},
        {"citations": [{"source": "a", "start": 5, "end": 1}]},
        {"citations": [{"source": "a", "start": -1, "end": 1}]},
        {"page_url": "javascript:alert(1)"},
        {"page_url": "https://"},
        {"address": "192.0.2.7"},
        {"question": "\ud800"},
    ],
)
def test_what_is_too_much_is_refused(tmp_path: Path, change: dict[str, object]) -> None:
    client = TestClient(create_app(FakeServices(), feedback=log_in(tmp_path)))
    body = json.dumps(UP | change).encode()
    assert (
        client.post("/v1/feedback", content=body, headers={"Content-Type": "application/json"}).status_code
        == 422
    )
    assert list(log_in(tmp_path).read()) == []


def test_where_it_is_not_taken_there_is_no_route(tmp_path: Path) -> None:
    client = TestClient(create_app(FakeServices()))
    assert client.post("/v1/feedback", json=UP).status_code == 404
    session = {"Origin": "http://testserver"}
    assert client.post("/v1/widget/session", json={}, headers=session).json()["feedback"] is False
    taken = TestClient(create_app(FakeServices(), feedback=log_in(tmp_path)))
    assert taken.post("/v1/widget/session", json={}, headers=session).json()["feedback"] is True


@settings(deadline=None)
@given(st.text(min_size=1, max_size=50).filter(str.strip), st.text(max_size=50))
def test_words_come_back_as_they_were(question: str, answer: str) -> None:
    import tempfile

    try:
        given_words = Feedback(question=question, answer=answer, verdict="up")
    except ValidationError:
        return  # lone surrogates
    with tempfile.TemporaryDirectory() as folder:
        log = FeedbackLog(Path(folder))
        log.add(given_words)
        log.add(given_words)
        assert [(kept.question, kept.answer) for kept in log.read()] == [(given_words.question, answer)] * 2
        drafted = yaml.safe_load(gold_drafts(list(log.read())))
        assert [case["question"] for case in drafted["cases"]] == [given_words.question] * 2


def test_a_torn_line_is_skipped_and_the_next_begins_on_its_own(tmp_path: Path) -> None:
    log = log_in(tmp_path)
    log.add(Feedback.model_validate(UP))
    path = tmp_path / FEEDBACK_FOLDER / "feedback.jsonl"
    whole = path.read_bytes()
    path.write_bytes(whole + whole[: len(whole) // 2])
    assert len(list(log.read())) == 1
    assert log.torn == 1
    log.add(Feedback.model_validate(DOWN))
    assert [kept.verdict for kept in log.read()] == ["up", "down"]
    shown = run(tmp_path, "list")
    assert "1 line is torn" in shown.stderr


def test_threads_and_processes_do_not_mix_their_lines(tmp_path: Path) -> None:
    log = log_in(tmp_path, max_file_bytes=4000)
    script = (
        "import sys; from pathlib import Path; from service.feedback import Feedback; "
        "from service.feedback_log import FeedbackLog\n"
        "log = FeedbackLog(Path(sys.argv[1]), max_file_bytes=4000)\n"
        "for n in range(15): log.add(Feedback(question=f'process {n}', answer='', verdict='up'))"
    )
    other = subprocess.Popen([sys.executable, "-c", script, str(tmp_path / FEEDBACK_FOLDER)])

    def write(name: str) -> None:
        for number in range(15):
            log.add(Feedback(question=f"{name} {number}", answer="", verdict="up"))

    threads = [threading.Thread(target=write, args=(name,)) for name in ("one", "two")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert other.wait(60) == 0
    found = list(log.read())
    assert log.torn == 0
    assert len({kept.id for kept in found}) == 45
    assert [kept.question for kept in found if kept.question.startswith("one")] == [
        f"one {n}" for n in range(15)
    ]


def test_nothing_that_was_promised_is_lost_when_the_process_is_killed(tmp_path: Path) -> None:
    script = (
        "import sys; from pathlib import Path; from service.feedback import Feedback; "
        "from service.feedback_log import FeedbackLog\n"
        "log = FeedbackLog(Path(sys.argv[1]), max_file_bytes=3000)\n"
        "while True: print(log.add(Feedback(question='q', answer='a' * 300, verdict='up')), flush=True)"
    )
    promised: list[str] = []
    for _ in range(3):
        writer = subprocess.Popen(
            [sys.executable, "-c", script, str(tmp_path / FEEDBACK_FOLDER)], stdout=subprocess.PIPE, text=True
        )
        assert writer.stdout is not None
        promised += [writer.stdout.readline().strip() for _ in range(7)]
        os.kill(writer.pid, signal.SIGKILL)
        promised += writer.stdout.read().split()
        writer.wait()
        writer.stdout.close()
    kept = {one.id for one in log_in(tmp_path).read()}
    assert set(promised) <= kept


def test_the_oldest_go_when_there_are_too_many(tmp_path: Path) -> None:
    log = log_in(tmp_path, max_file_bytes=1000, max_full_files=2)
    for number in range(40):
        log.add(Feedback(question=f"question {number}", answer="a" * 200, verdict="up"))
    found = [kept.question for kept in log.read()]
    assert found[-1] == "question 39"
    assert "question 0" not in found
    total = sum(path.stat().st_size for path in (tmp_path / FEEDBACK_FOLDER).iterdir())
    assert total <= 3 * 1000


def test_one_is_forgotten_on_disk_and_the_others_stay(tmp_path: Path) -> None:
    log = log_in(tmp_path, max_file_bytes=600)
    ids = [log.add(Feedback(question=f"question {n}", answer="", verdict="up")) for n in range(6)]
    shown = run(tmp_path, "forget", ids[2][:10])
    assert shown.exit_code == 0, shown.stderr
    assert [kept.id for kept in log.read()] == [one for one in ids if one != ids[2]]
    everything = b"".join(path.read_bytes() for path in (tmp_path / FEEDBACK_FOLDER).iterdir())
    assert b"question 2" not in everything
    again = run(tmp_path, "forget", ids[2])
    assert again.exit_code == 3
    assert "none begins so" in again.stderr.replace("\n", " ")
    assert log_in(tmp_path / "nowhere").forget("0" * 16) is False


def test_a_disk_that_refuses_is_an_error_of_ours(tmp_path: Path) -> None:
    (tmp_path / FEEDBACK_FOLDER).write_text("a file is in the way", "utf-8")
    with pytest.raises(UpstreamUnavailable, match="could not be kept"):
        log_in(tmp_path).add(Feedback.model_validate(UP))
    client = TestClient(create_app(FakeServices(), feedback=log_in(tmp_path)))
    assert client.post("/v1/feedback", json=UP).status_code == 503


def test_the_command_line_lists_and_exports(tmp_path: Path) -> None:
    assert "No feedback." in run(tmp_path, "list").stdout
    log = log_in(tmp_path)
    log.add(Feedback.model_validate(UP))
    log.add(Feedback.model_validate(DOWN))
    shown = run(tmp_path, "list").stdout
    assert "Who is the mayor?" in shown
    assert "She said June. I was there" in shown
    lines = run(tmp_path, "export", "--format", "jsonl", "--verdict", "down").stdout.splitlines()
    assert [json.loads(line)["comment"] for line in lines] == [DOWN["comment"]]
    assert json.loads(run(tmp_path, "list", "--json").stdout)["feedback"][0]["verdict"] == "up"
    assert run(tmp_path, "export", "--format", "jsonl", "--since", "2999-01-01").stdout == ""
    assert run(tmp_path, "list", "--since", "yesterday").exit_code == 2


def test_drafts_are_gold_cases_that_lack_their_facts(tmp_path: Path) -> None:
    log = log_in(tmp_path)
    log.add(Feedback.model_validate(DOWN))
    log.add(Feedback.model_validate(UP))
    written = run(tmp_path, "export").stdout
    assert "facts: []   # TODO" in written
    document = yaml.safe_load(written)
    down, up = document["cases"]
    assert down["question"] == DOWN["question"]
    assert down["answer"] == "TODO"
    assert down["sources"] == ["harbour.md"]
    assert "She said June. I was there" in down["note"]
    assert down["id"].startswith("what-did-holm-say-about-the-")
    assert up["answer"] == "Ida Holm is."
    path = tmp_path / "drafts.yaml"
    path.write_text(written, "utf-8")
    with pytest.raises(InvalidRequest) as caught:
        load(path)
    assert f"{path}:" in str(caught.value)
    finished = written.replace("facts: []   # TODO: groups of phrases", "facts: [[June]]").replace(
        "TODO", "done"
    )
    path.write_text(finished, "utf-8")
    assert [case.question for case in load(path).cases] == [DOWN["question"], UP["question"]]


def test_what_readers_write_steers_no_terminal(tmp_path: Path) -> None:
    log_in(tmp_path).add(
        Feedback(question="\x1b[31mred\x07 question", answer="a\x9bb", verdict="down", comment="\x1b]0;x")
    )
    shown = run(tmp_path, "list").stdout
    assert not set(shown) & {"\x1b", "\x07", "\x9b"}
    exported = run(tmp_path, "export").stdout + run(tmp_path, "export", "--format", "jsonl").stdout
    assert not set(exported) & {"\x1b", "\x07", "\x9b"}
