"""The command: arguments, exit codes, what it prints and keeps."""

from __future__ import annotations

import json
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.testing import CliRunner, Result

from eval import evaluation
from eval.runs import load_run
from service.answers import Answer
from service.cli import app
from service.commands import further
from service.wiring import Services
from tests.eval.made_runs import answer
from tests.eval.test_runner import MadeAsker
from tests.service.api.serving import served
from tests.service.llm_server import Say, ScriptedLLMServer

ARTICLES = {
    "bridge.txt": "Bridge opens\n\nThe new bridge over the Tarn opened in May. It cost $9 million, the council said.\n",
    "ferry.txt": "Ferry stops\n\n“The ferry has had its day,” Mayor Ida Holm told reporters on Monday.\n",
}
GOLD = """\
corpus: {corpus}
cases:
  - id: cost
    question: How much did the new bridge over the Tarn cost?
    facts: [["$9 million", "opened in May"]]
    sources: [bridge.txt]
  - id: tunnel
    question: What does Ida Holm say about the tunnel to Norway?
    expect: abstain
"""


def run(*arguments: object) -> Result:
    """One run of `dateline eval`."""
    return CliRunner(env={"COLUMNS": "200"}).invoke(app, ["eval", *map(str, arguments)])


@pytest.fixture(autouse=True)
def installed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The command as the project declares it, whatever was installed when."""
    project = tomllib.loads(
        (Path(__file__).parent.parent.parent / "pyproject.toml").read_text(encoding="utf-8")
    )
    declared = project["project"]["entry-points"][further.GROUP]
    entries = {name: EntryPoint(name, value, further.GROUP) for name, value in declared.items()}
    monkeypatch.setattr(further, "further_commands", lambda: entries)


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    """Two articles."""
    folder = tmp_path / "articles"
    folder.mkdir()
    for name, text in ARTICLES.items():
        (folder / name).write_text(text, encoding="utf-8")
    return folder


@pytest.fixture
def gold(tmp_path: Path, corpus: Path) -> Path:
    """Two cases over them."""
    path = tmp_path / "made.yaml"
    path.write_text(GOLD.format(corpus=corpus), encoding="utf-8")
    return path


@pytest.fixture
def asker(monkeypatch: pytest.MonkeyPatch) -> MadeAsker:
    """Answers in place of an index: right about the bridge, and nothing about the tunnel."""

    def reply(key: str) -> Answer:
        return answer(abstained=key.endswith("tunnel"))

    made = MadeAsker(reply)
    made.context.sources = lambda: frozenset(ARTICLES)  # type: ignore[method-assign]

    @contextmanager
    def opened(*_args: object, **_kwargs: object) -> Iterator[MadeAsker]:
        yield made

    monkeypatch.setattr(evaluation, "open_asker", opened)
    return made


def test_a_real_run_is_printed_and_kept_and_compares_equal_with_another(gold: Path, tmp_path: Path) -> None:
    files = [tmp_path / "one.json", tmp_path / "two.json"]
    for file in files:
        done = run(gold, "--out", file, "--fail-under", "correct=1", "--fail-under", "citation_verbatim=1")
        assert done.exit_code == 0, done.output
        assert "2 cases over 2 articles" in done.stdout
        assert "The gate is met." in done.stdout
    kept = load_run(files[0])
    assert [case.key for case in kept.cases] == ["made/cost", "made/tunnel"]
    assert kept.finished_at is not None
    compared = run("compare", *files, "--max-regression", "correct=0")
    assert compared.exit_code == 0
    assert "The answers are the same." in compared.stdout


def test_model_calls_are_recorded_and_replayed_without_a_model(
    gold: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "recordings"
    with ScriptedLLMServer([Say("It cost $9 million, the council said [1.2].")]) as server:
        monkeypatch.setenv("OPENAI_BASE_URL", server.url)
        monkeypatch.setenv("OPENAI_API_KEY", "sk-a-secret")
        monkeypatch.setenv("DATELINE_LLM_MODEL", "scripted")
        recorded = run(gold, "--record", folder, "--out", tmp_path / "recorded.json")
        assert recorded.exit_code == 0, recorded.output
        asked = len(server.requests)
    assert asked >= 1
    for name in ("OPENAI_BASE_URL", "OPENAI_API_KEY", "DATELINE_LLM_MODEL"):
        monkeypatch.delenv(name)
    replayed = run(gold, "--replay", folder, "--out", tmp_path / "replayed.json")
    assert replayed.exit_code == 0, replayed.output
    compared = run("compare", tmp_path / "recorded.json", tmp_path / "replayed.json")
    assert "The answers are the same." in compared.stdout
    assert "sk-a-secret" not in (tmp_path / "recorded.json").read_text(encoding="utf-8")
    model = load_run(tmp_path / "replayed.json").configuration
    assert (model.model, model.recordings, model.engine) == ("scripted", "replay", "llm")
    for file in folder.iterdir():
        if file.name != "model.json":
            file.unlink()
    missing = run(gold, "--replay", folder, "--fail-under", "correct=0")
    assert missing.exit_code == 3
    assert "could not be replayed (made/cost" in missing.stderr
    assert f"--record {folder}" in missing.stderr


def test_a_server_is_asked_with_a_key_from_the_environment(
    sample_services: Services, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "served.yaml"
    path.write_text(
        'cases: [{id: a, question: "What did Biden say about AUKUS?", facts: [[exploring]], sources: [aukus.md]}]',
        encoding="utf-8",
    )
    monkeypatch.setenv("NEWS_KEY", "dateline_key")
    with served(sample_services) as url:
        done = run(path, "--server", url, "--api-key-env", "NEWS_KEY", "--json")
    assert done.exit_code == 0, done.output
    document = json.loads(done.stdout)
    assert document["run"]["configuration"]["server"] == url
    assert document["run"]["figures"]["correct"]["value"] == 1.0
    assert "dateline_key" not in done.output
    gone = run(path, "--server", url)
    assert gone.exit_code == 3
    assert "did not answer" in gone.stderr


def test_exit_code_4_says_that_a_requirement_is_not_met(gold: Path, asker: MadeAsker, tmp_path: Path) -> None:
    limits = tmp_path / "limits.toml"
    limits.write_text("[fail_under]\nsource_precision = 0.5\n", encoding="utf-8")
    failed = run(gold, "--thresholds", limits)
    assert failed.exit_code == 4  # a.txt is not bridge.txt
    assert "FAIL source_precision is 0.000; at least 0.500 is required" in failed.stdout
    assert "The gate is NOT met: 1 of 1 check fails." in failed.stdout
    assert run(gold, "--thresholds", limits, "--fail-under", "source_precision=0").exit_code == 0


def test_a_regression_against_a_baseline_fails_with_both_answers_shown(
    gold: Path, asker: MadeAsker, tmp_path: Path
) -> None:
    before, after = tmp_path / "before.json", tmp_path / "after.json"
    assert run(gold, "--out", before).exit_code == 0
    asker._reply = lambda _key: answer(abstained=True)
    failed = run(gold, "--out", after, "--baseline", before, "--max-regression", "fact_coverage=0.1")
    assert failed.exit_code == 4
    assert "fact_coverage went from 1.000 to 0.000: 1.000 lost" in failed.stdout
    assert "before: The bridge opened in May. [1]" in failed.stdout
    assert "after: (abstained: nothing answers it)" in failed.stdout
    assert "New causes: abstained 1" in failed.stdout
    compared = run("compare", before, after, "--max-regression", "fact_coverage=0.1", "--json")
    assert compared.exit_code == 4
    assert json.loads(compared.stdout)["regressions"][0]["key"] == "made/cost"
    assert run("compare", before, after).exit_code == 0
    assert run("report", after, "--baseline", before, "--max-regression", "correct=1").exit_code == 0
    assert run("report", after, "--fail-under", "fact_coverage=0.1").exit_code == 4


def test_repeats_name_the_cases_that_are_flaky(gold: Path, asker: MadeAsker) -> None:
    times: list[str] = []

    def reply(key: str) -> Answer:
        times.append(key)
        return answer(abstained=key.endswith("tunnel") and len(times) != 4)

    asker._reply = reply
    done = run(gold, "--repeats", "3")
    assert done.exit_code == 0
    assert "Flaky, right one time and wrong another: made/tunnel" in done.stdout


def test_a_model_judges_beside_the_measures_and_no_gate_looks_at_it(
    gold: Path, asker: MadeAsker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "run.json"
    assert run(gold, "--judge").exit_code == 3  # no model is configured
    with ScriptedLLMServer([Say('{"reason": "no", "correctness": 0, "faithfulness": 1}')]) as server:
        monkeypatch.setenv("OPENAI_BASE_URL", server.url)
        monkeypatch.setenv("DATELINE_LLM_MODEL", "scripted")
        monkeypatch.setenv("DATELINE_CACHE_DIR", str(tmp_path / "cache"))
        judged = run(gold, "--judge", "--out", file, "--fail-under", "correct=0")
        asked = len(server.requests)
        again = run(gold, "--judge", "--engine", "extractive")
        assert len(server.requests) == asked  # kept from the first time
    assert (judged.exit_code, again.exit_code) == (0, 0), judged.output
    assert "Judged by scripted, 3 times: correctness 0.000, faithfulness 0.500" in judged.stdout
    kept = load_run(file)
    assert kept.configuration.judge == "scripted"
    assert kept.judgements is not None
    assert len(kept.judgements.answers) == 2


def test_without_a_gate_questions_that_failed_fail_the_command(gold: Path, asker: MadeAsker) -> None:
    asker._reply = lambda _key: "the server is gone"
    assert run(gold).exit_code == 3
    assert run(gold, "--fail-under", "correct=0").exit_code == 0


def test_a_run_is_resumed_only_where_nothing_has_changed(
    gold: Path, asker: MadeAsker, tmp_path: Path
) -> None:
    file = tmp_path / "run.json"
    assert run(gold, "--out", file).exit_code == 0
    asker.asked.clear()
    assert run(gold, "--resume", file).exit_code == 0
    assert not asker.asked
    gold.write_text(gold.read_text(encoding="utf-8").replace("cost?", "cost at last?"), encoding="utf-8")
    refused = run(gold, "--resume", file)
    assert refused.exit_code == 3
    assert "gold set made" in refused.stderr
    absent = run(gold, "--resume", tmp_path / "none.json")
    assert absent.exit_code == 3
    assert "none.json" in absent.stderr


def test_gold_sets_are_checked_against_their_articles_alone(gold: Path, tmp_path: Path) -> None:
    assert run("--check", gold).exit_code == 0
    wrong = tmp_path / "wrong.yaml"
    wrong.write_text(gold.read_text(encoding="utf-8").replace("bridge.txt", "brige.txt"), encoding="utf-8")
    done = run(gold, wrong, "--check")
    assert done.exit_code == 3
    assert (
        f"{wrong}:6: sources: cost: there is no article 'brige.txt'; did you mean 'bridge.txt'?"
        in done.stdout
    )
    assert "2 gold sets, 1 problems" in done.stdout


def test_a_draft_is_printed_or_written_but_never_over_a_file(corpus: Path, tmp_path: Path) -> None:
    shown = run("--init", corpus)
    assert shown.exit_code == 0
    assert yaml.safe_load(shown.stdout)["cases"]
    path = tmp_path / "draft.yaml"
    assert run("--init", corpus, path).exit_code == 0
    assert run(path, "--check").exit_code == 0
    assert run("--init", corpus, path).exit_code == 2


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "name a gold set"),
        (["x.yaml", "--fail-under", "accurate=1"], "there is no measure 'accurate'"),
        (["x.yaml", "--fail-under", "correct"], "takes measure=value"),
        (["x.yaml", "--max-regression", "correct=0.1"], "needs --baseline"),
        (["x.yaml", "--record", "a", "--replay", "b"], "give one of them"),
        (["x.yaml", "--replay", "a", "--judge"], "give one of them"),
        (["x.yaml", "--replay", "a", "--engine", "extractive"], "no model is asked"),
        (["x.yaml", "--server", "http://h", "--corpus", "a"], "goes without --corpus"),
        (["x.yaml", "--server", "http://h", "--api-key-env", "NO_SUCH"], "has no variable NO_SUCH"),
        (["x.yaml", "--out", "no/such/folder.json"], "cannot be written"),
        (["x.yaml", "--out", "a.json", "--resume", "b.json"], "leave --out away"),
        (["x.yaml", "--thresholds", "none.toml"], "none.toml"),
    ],
)
def test_usage_errors_say_what_is_wrong(
    arguments: list[str], said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "x.yaml").write_text('cases: [{id: a, question: "Who?", expect: abstain}]', encoding="utf-8")
    done = run("run", *arguments)
    assert done.exit_code == 2
    assert said in " ".join(done.stderr.replace("│", " ").split())


def test_gold_sets_without_one_folder_of_articles_say_what_to_give(tmp_path: Path, gold: Path) -> None:
    path = tmp_path / "bare.yaml"
    path.write_text('cases: [{id: a, question: "Who?", expect: abstain}]', encoding="utf-8")
    alone = run(path)
    assert (alone.exit_code, "--corpus FOLDER" in alone.stderr) == (3, True)
    both = run(gold, path)
    assert (both.exit_code, "are about different articles" in both.stderr) == (3, True)


def test_files_that_are_no_runs_are_named(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text("{}", encoding="utf-8")
    done = run("compare", path, path)
    assert done.exit_code == 3
    assert "a.json: not a run of Dateline" in done.stderr


def test_help_and_loading_cost_nothing_heavy() -> None:
    assert "--fail-under" in run("--help").stdout
    assert "compare" in run().output
    code = (
        "import sys, eval.commands.evaluating\n"
        "heavy = {'chromadb', 'numpy', 'pydantic', 'httpx', 'onnxruntime', 'yaml', 'rich.table'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert loaded.stdout.strip() == "[]"


def test_json_holds_run_verdict_and_comparison(gold: Path, asker: MadeAsker, tmp_path: Path) -> None:
    file = tmp_path / "run.json"
    run(gold, "--out", file)
    done = run(gold, "--baseline", file, "--fail-under", "correct=0.5", "--json")
    document: dict[str, Any] = json.loads(done.stdout)
    assert document["verdict"]["passed"] is True
    assert document["comparison"]["cases"] == 2
    assert document["run"]["cases"][0]["attempts"][0]["answer"]["status"] == "answered"
