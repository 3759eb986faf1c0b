"""A load run on the real thing: the driver against a real server, the report, and what the command refuses."""

from __future__ import annotations

import itertools
import json
import random
from collections import Counter
from pathlib import Path

import pytest
from typer.testing import CliRunner

from eval.benchmarks.load import LoadReport, Overload, Workload, archive_of, questions_of
from eval.benchmarks.load_driver import DriveRequest, Stretch, choices, is_kept, main
from eval.benchmarks.load_figures import Latency, Samples, Slope, latency_of
from eval.benchmarks.load_report import as_json, as_markdown, is_flat, verdicts
from ingest.errors import InvalidRequest
from service.api.admission import Admission, Allowance
from service.cli import app
from tests.conftest import SAMPLES
from tests.service.api.fakes import FakeServices
from tests.service.api.serving import served


def driven(url: str, folder: Path, *stretches: Stretch) -> Samples:
    (folder / "questions.json").write_text(json.dumps(["Who?", "Where?", "When?"]), encoding="utf-8")
    request = DriveRequest(
        url, str(folder / "questions.json"), str(folder / "samples.npz"), stretches, api_key_env="NO_SUCH_KEY"
    )
    main([json.dumps(request.as_json())], lambda _: None)
    return Samples.load(folder / "samples.npz")


def test_readers_ask_again_as_soon_as_they_are_answered(tmp_path: Path) -> None:
    services = FakeServices()
    with served(services) as address:
        found = driven(address, tmp_path, Stretch(0.5, readers=3), Stretch(0.3, per_s=40))
    assert set(found.status.tolist()) == {200}
    assert found.stretch.tolist() == sorted(found.stretch.tolist())
    assert len(services.calls) == len(found.status) > 6
    assert {call.question for call in services.calls} == {"Who?", "Where?", "When?"}
    assert {call.engine for call in services.calls} == {"extractive"}


def test_what_is_shed_and_what_is_not_answered_is_told_apart(tmp_path: Path) -> None:
    nobody = Admission.of(Allowance(1, 0, 0.0), Allowance(1, 0, 0.0))
    nobody.questions._running = 1
    with served(FakeServices(), admission=nobody) as address:
        shed = latency_of(driven(address, tmp_path, Stretch(0.2, per_s=50)), 0.2)
    gone = latency_of(driven(address, tmp_path, Stretch(0.2, per_s=50)), 0.2)
    assert set(shed.by_status) == {"503"}
    assert set(gone.by_status) == {"no answer"}


def test_distinct_questions_come_in_turn_and_zipf_prefers_the_first() -> None:
    questions = [f"question {number}" for number in range(100)]
    turns = list(itertools.islice(choices(questions, "distinct", 30, random.Random(1)), 100))
    assert sorted(turns) == sorted(questions)
    often = Counter(itertools.islice(choices(questions, "zipf", 0, random.Random(1)), 10_000))
    (_, first), (_, second), *_ = often.most_common()
    assert first == pytest.approx(10_000 / sum(1 / k for k in range(1, 101)), rel=0.1)
    assert second == pytest.approx(first / 2, rel=0.2)


def test_a_kept_answer_is_known_by_its_timings() -> None:
    assert is_kept(b'{"timings_ms": {"retrieve": 0.0, "compose": 0.0, "verify": 0.0}}')
    assert not is_kept(b'{"timings_ms": {"retrieve": 1.2, "compose": 0.0, "verify": 0.0}}')
    assert not is_kept(b"Service Unavailable")


def test_without_questions_headlines_are_asked(tmp_path: Path) -> None:
    assert len(questions_of(SAMPLES)) > 3
    assert archive_of(SAMPLES) == SAMPLES
    (tmp_path / "note.txt").write_text("\n", encoding="utf-8")
    with pytest.raises(InvalidRequest):
        questions_of(tmp_path)


def latency(p95_ms: float, **statuses: int) -> Latency:
    by_status = {name.removeprefix("s"): count for name, count in statuses.items()}
    return Latency(300, sum(statuses.values()), by_status, 20.0, 50.0, p95_ms, 500.0, 600.0, 0.0)


def report(p95_ms: float = 390.0, recovered: float | None = 2.5, **statuses: int) -> LoadReport:
    asked = latency(p95_ms, **(statuses or {"s200": 100}))
    return LoadReport(
        articles=609,
        questions=1218,
        readers=64,
        think_s=10.0,
        server="started for this run",
        single=latency(80.0, s200=100),
        capacity_per_s=20.0,
        workloads=(Workload("thinking", asked, p95_ms / 50, 400.0, 401.0, Slope(0.1, -0.1, 0.3)),),
        overload=Overload(200.0, latency(5000.0, s200=5, s503=95), 70.0, recovered, latency(80.0, s200=9)),
        machine={"cores": "2"},
    )


def test_targets_are_told_one_by_one() -> None:
    assert all(verdicts(report()).values())
    assert sum(not met for met in verdicts(report(p95_ms=401.0)).values()) == 1
    assert sum(not met for met in verdicts(report(recovered=None)).values()) == 1
    assert sum(not met for met in verdicts(report(s200=99, s503=1)).values()) == 2
    assert not is_flat(Slope(2.0, 1.5, 2.5))


def test_the_report_has_every_figure_and_the_command() -> None:
    text = as_markdown(report(), "dateline bench load --path news")
    assert "dateline bench load --path news" in text
    assert (
        "| `thinking` | 100 | 0 | 20.0 | 50 | 390 | 500 | 7.8× | 0% | 400 → 401 | +0.10 (-0.10 to +0.30) |"
        in text
    )
    assert "5 × 200, 95 × 503" in text
    assert "after 2.5 s" in text
    assert json.loads(json.dumps(as_json(report())))["verdicts"]


@pytest.mark.parametrize("workloads", ["", "distinct,many", "overload"])
def test_unknown_workloads_are_refused(workloads: str) -> None:
    done = CliRunner().invoke(app, ["bench", "load", "--path", ".", "--workloads", workloads])
    assert done.exit_code == 2
