"""The speed benchmark's own machinery, with real processes over small adapters; the peers are not installed here."""

from __future__ import annotations

import json
import sys
import textwrap
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eval.benchmarks.peers.contest import Contest, rotated
from eval.benchmarks.peers.contestants import DATELINE, PEERS, Contestant, chosen
from eval.benchmarks.peers.environments import HAIKU_RAG, Environment, prepare
from eval.benchmarks.peers.process import WorkerProcess, worker_environment
from eval.benchmarks.speed import SpeedPlan, disk_bytes, measure, model_folder, slice_count, write_slices
from ingest.errors import InvalidRequest, PermanentError

ADAPTER = """
    import json, pathlib, time

    class Embedder:
        def embed(self, text):
            time.sleep(0.002)

    class Toy:
        packages = ("pytest",)

        def __init__(self, options, watch):
            print("a library that prints")
            self.file = pathlib.Path(options["index"]) / "articles.txt"
            self.embedder = Embedder()
            if options["create"]:
                self.file.write_text("")
            self.texts = self.file.read_text().splitlines()
            watch(Embedder, "embed")

        def ingest(self, path):
            for line in pathlib.Path(path).read_text().splitlines():
                self.embedder.embed(line)
                self.texts.append(json.loads(line)["body"])
            self.file.write_text("\\n".join(self.texts))

        def search(self, question, limit):
            if "{broken}" == "search":
                raise RuntimeError("no such thing")
            self.embedder.embed(question)
            return [text for text in self.texts if "harbour" in text][:limit]

        def count(self):
            return len(self.texts)

        def close(self):
            pass

    def open_system(options, watch):
        return Toy(options, watch)
"""


def adapter(folder: Path, name: str = "toy", broken: str = "") -> Path:
    path = folder / f"{name}.py"
    path.write_text(textwrap.dedent(ADAPTER).replace("{broken}", broken), encoding="utf-8")
    return path


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A benchmark of seven articles and three questions."""
    folder = tmp_path / "data"
    folder.mkdir()
    articles = [
        {"title": f"T{n}", "body": f"The harbour was closed on day {n}.", "url": f"u{n}", "source": "Post"}
        for n in range(7)
    ]
    questions = [
        {
            "id": f"q{n}",
            "question_type": "null_query" if n == 2 else "inference_query",
            "query": "When was the harbour closed?",
            "evidence_list": [] if n == 2 else [{"fact": f"harbour was closed on day {n}"}],
        }
        for n in range(3)
    ]
    (folder / "articles.jsonl").write_text("".join(json.dumps(one) + "\n" for one in articles))
    (folder / "questions-dev.jsonl").write_text("".join(json.dumps(one) + "\n" for one in questions))
    return folder


def plan(data: Path, tmp_path: Path) -> SpeedPlan:
    return SpeedPlan(data, tmp_path / "environments", articles=7, questions=2, cold_starts=1, threads=1)


def test_a_run_measures_everyone_and_scores_what_they_found(data: Path, tmp_path: Path) -> None:
    toy = Contestant(DATELINE.name, "Toy", adapter(tmp_path))
    told: list[str] = []
    report = measure(
        plan(data, tmp_path), [toy, replace(toy, name="other")], lambda what, done, steps: told.append(what)
    )
    assert report.slices == (2, 2, 3)
    assert report.scored_questions == 2
    for one in report.contestants:
        assert one.failure is None
        assert one.passages == 7
        assert [len(one.ingest_s), len(one.query_ms), len(one.cold_ms)] == [3, 2, 1]
        assert one.hits_10 == [1.0, 1.0]
        assert one.index_bytes > 0
        assert one.ingest_peak_bytes > 1_000_000
        assert 0 < sum(one.query_embed_ms) < sum(one.query_ms)
        assert "pytest" in one.versions
    assert {"ingest", "questions", "cold starts"} <= set(told)


def test_a_peer_that_fails_is_left_out_and_says_why(data: Path, tmp_path: Path) -> None:
    toy = Contestant(DATELINE.name, "Toy", adapter(tmp_path))
    bad = Contestant("bad", "Bad", adapter(tmp_path, "bad", broken="search"))
    absent = Contestant("absent", "Absent", bad.adapter, Environment("absent", (), python=(99, 0)))
    report = measure(plan(data, tmp_path), [toy, bad, absent], lambda *_: None)
    first, second, third = report.contestants
    assert first.failure is None
    assert second.failure == "'search' failed: RuntimeError: no such thing"
    assert third.failure is not None
    assert "needs Python 99.0" in third.failure


def test_dateline_failing_is_an_error(data: Path, tmp_path: Path) -> None:
    broken = Contestant(DATELINE.name, "Toy", adapter(tmp_path, broken="search"))
    with pytest.raises(PermanentError, match=r"Dateline could not be measured.*no such thing"):
        measure(plan(data, tmp_path), [broken], lambda *_: None)


def test_dateline_itself_takes_part(samples: Path, tmp_path: Path) -> None:
    contest = Contest(DATELINE, Path(sys.executable), tmp_path, model_folder(), threads=1)
    with contest.process():
        contest.open(contest.index, create=True)
        contest.ingest(samples / "feed.jsonl")
        passages, total_ms, embed_ms = contest.search("Who approved the flood barrier?", 3)
        held, peak = contest.close()
    assert passages
    assert held >= len(passages)
    assert 0 < embed_ms < total_ms
    assert peak > 10_000_000
    assert disk_bytes(contest.index) > 10_000
    assert contest.figures.ingest_s


def test_a_worker_that_dies_is_an_error_with_its_last_words(tmp_path: Path) -> None:
    dying = tmp_path / "dying.py"
    dying.write_text("raise SystemExit('cannot go on')\n")
    with (
        WorkerProcess(Path(sys.executable), dying, folder=tmp_path / "w", threads=1) as worker,
        pytest.raises(PermanentError, match="ended during 'open': cannot go on"),
    ):
        worker.ask("open", options={})


def test_a_worker_gets_no_settings_and_no_network() -> None:
    given = {"DATELINE_EMBEDDER": "openai:x", "PYTHONPATH": "/elsewhere", "HOME": "/home/reader"}
    found = worker_environment(given, 2, None)
    assert "DATELINE_EMBEDDER" not in found
    assert "PYTHONPATH" not in found
    assert found["HOME"] == "/home/reader"
    assert found["OMP_NUM_THREADS"] == "2"
    assert found["HF_HUB_OFFLINE"] == "1"
    assert worker_environment(given, 2, Path("/code"))["PYTHONPATH"] == "/code"


@pytest.mark.slow
def test_an_environment_that_is_there_is_used_again(tmp_path: Path) -> None:
    empty = Environment("empty", ())  # so that no registry is asked
    python = prepare(empty, tmp_path, newer_python=None)
    assert python.exists()
    made_at = python.lstat().st_mtime_ns
    assert prepare(empty, tmp_path, newer_python=None) == python
    assert python.lstat().st_mtime_ns == made_at


def test_a_peer_that_needs_a_newer_python_names_the_option(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shim = tmp_path / "versions" / "99" / "bin" / "python3.13"
    shim.parent.mkdir(parents=True)
    shim.write_text("#!/bin/sh\nexit 127\n")
    shim.chmod(0o755)
    monkeypatch.setenv("PATH", "")
    monkeypatch.setenv("PYENV_ROOT", str(tmp_path))
    needs_more = replace(HAIKU_RAG, python=(99, 0))
    with pytest.raises(InvalidRequest, match="--newer-python"):
        prepare(needs_more, tmp_path, newer_python=None)


def test_an_environment_that_cannot_be_made_says_so(tmp_path: Path) -> None:
    newer = Environment("newer", (), python=(99, 0))
    with pytest.raises(PermanentError, match="newer could not be installed"):
        prepare(newer, tmp_path, newer_python=Path("/bin/false"))


def test_peers_are_chosen_by_name() -> None:
    assert chosen(()) == (DATELINE, *PEERS)
    assert [one.name for one in chosen(["txtai"])] == ["dateline", "txtai"]
    with pytest.raises(InvalidRequest, match="no peer 'solr'; known: haiku-rag"):
        chosen(["solr"])
    assert all(one.adapter.is_file() for one in chosen(()))


@given(st.lists(st.sampled_from(["{}", '{"a": 1}']), min_size=1, max_size=40), st.integers(1, 12))
def test_slices_hold_every_line_in_order_and_are_even(
    tmp_path_factory: pytest.TempPathFactory, lines: list[str], count: int
) -> None:
    count = min(count, len(lines))
    paths = write_slices(lines, count, tmp_path_factory.getbasetemp(), "slice")
    parts = [path.read_text().splitlines() for path in paths]
    assert [line for part in parts for line in part] == lines
    assert max(map(len, parts)) - min(map(len, parts)) <= 1


@given(st.integers(3, 5000))
def test_there_are_at_least_three_slices(articles: int) -> None:
    assert 3 <= slice_count(articles) <= articles


def test_the_order_rotates(tmp_path: Path) -> None:
    contests = [Contest(one, Path(sys.executable), tmp_path, tmp_path, 1) for one in chosen(())[:3]]
    firsts = [rotated(contests, number)[0].contestant.name for number in range(4)]
    assert firsts == [one.contestant.name for one in (*contests, contests[0])]
