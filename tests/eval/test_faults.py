"""Faults in small: a few trials of each on real processes and files; the full counts are `dateline bench faults`."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from eval.benchmarks.faults import (
    clock_jumps,
    contention,
    damaged_files,
    disk_full,
    ingest_killed,
    read_only_folder,
    replica_lost,
    server_killed,
)
from eval.benchmarks.faults.ground import Ground, prepare
from eval.benchmarks.faults.trials import FaultReport, Trial
from eval.benchmarks.faults.truth import wrong
from eval.gold import GoldCase

pytestmark = pytest.mark.timeout(900)


@pytest.fixture(scope="module")
def ground(tmp_path_factory: pytest.TempPathFactory) -> Ground:
    return prepare(
        tmp_path_factory.mktemp("faults") / "ground", grown=4, seed=3, tell=lambda _: None, questions=3
    )


def survived(report: FaultReport) -> None:
    if report.skipped:
        pytest.skip(report.skipped)
    assert report.trials
    assert [problem for trial in report.trials for problem in trial.problems] == []


@pytest.mark.slow
def test_killed_ingests(ground: Ground) -> None:
    survived(ingest_killed.run(ground, 3))


@pytest.mark.slow
def test_a_full_disk(ground: Ground) -> None:
    survived(disk_full.run(ground, 3))


@pytest.mark.slow
def test_a_read_only_folder(ground: Ground) -> None:
    survived(read_only_folder.run(ground, 3))


@pytest.mark.slow
def test_a_jumping_clock(ground: Ground) -> None:
    survived(clock_jumps.run(ground, 2))


@pytest.mark.slow
def test_damaged_files(ground: Ground) -> None:
    survived(damaged_files.run(ground, 8))


@pytest.mark.slow
def test_two_ingests_and_a_server(ground: Ground) -> None:
    survived(contention.run(ground, 2))


@pytest.mark.topology
def test_a_killed_chroma_server(ground: Ground) -> None:
    survived(server_killed.run(ground, 2))


@pytest.mark.topology
@pytest.mark.skipif(shutil.which("nginx") is None, reason="nginx is not installed")
def test_a_lost_replica(ground: Ground) -> None:
    survived(replica_lost.run(ground, 1))


CASE = GoldCase("singer", "Who sang?", None, (("Paul Simon",),), ("dinner.txt",), False, ())
TEXT = "Paul Simon sang after dinner."


def answer(quote: str = TEXT, status: str = "answered", text: str = TEXT) -> dict[str, object]:
    cited = {
        "id": 1,
        "article_id": "a1",
        "source": "dinner.txt",
        "title": None,
        "outlet": None,
        "published_at": None,
        "quote": quote,
        "start": 0,
        "end": len(quote),
        "line": 1,
        "speaker": None,
        "url": "/articles/a1",
        "also_in": [],
    }
    return {
        "question": CASE.question,
        "status": status,
        "answer": f"{text} [1]",
        "reason": None,
        "statements": [{"text": text, "citations": [1], "support": "verbatim"}],
        "citations": [cited],
        "disagreements": [],
        "engine": "extractive",
    }


def test_an_answer_is_right_when_it_is_verbatim_in_either_edition() -> None:
    texts = [{"dinner.txt": "Somebody sang."}, {"dinner.txt": TEXT}]
    assert wrong(CASE, answer(), texts) is None
    assert "not verbatim" in str(wrong(CASE, answer("Raul Timon sang after dinner."), texts))
    assert "not verbatim" in str(wrong(CASE, answer(), texts[:1]))
    assert "abstained" in str(wrong(CASE, answer(status="abstained"), texts))
    assert "not the answer" in str(wrong(CASE, answer(text="Somebody sang."), texts))


def test_every_problem_is_counted_and_told() -> None:
    trial = Trial("a trial")
    assert trial.survived
    trial.lose("one", "two")
    trial.mistake("three")
    trial.puzzle()
    trial.leave("four")
    assert (trial.lost, trial.wrong, trial.unexplained, trial.unfinished) == (2, 1, 0, 1)
    report = FaultReport("name", "A fault", [trial, Trial("another")])
    assert (report.survived, report.total("lost"), report.passed) == (1, 2, False)


def test_damage_is_what_it_says(tmp_path: Path) -> None:
    from random import Random

    path = tmp_path / "file"
    content = bytes(range(200))
    for damage, expected in (("emptied", 0), ("cut to half", 100), ("flipped", 200)):
        path.write_bytes(content)
        damaged_files._damage(path, damage, Random(1))
        assert path.stat().st_size == expected
        assert path.read_bytes() != content
