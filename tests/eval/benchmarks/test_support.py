"""`dateline bench support`: people's judgements read, scored, fitted and reported."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from importlib.metadata import EntryPoint
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from typer.testing import CliRunner, Result

from eval.benchmarks.support import best_threshold, examples, report, scored
from eval.benchmarks.support_counts import balanced, overlap
from eval.benchmarks.support_data import HALVES, load
from eval.benchmarks.support_fit import Example, cross_validated, fit
from ingest.errors import InvalidRequest
from service.cli import app
from service.commands import further

TOWNS = ("Arden", "Brill", "Corve", "Dunmar", "Elwick", "Farrow", "Glenby", "Hask")


def article(town: str) -> str:
    return (
        f"The council of {town} opened a library on Monday. It cost 12 million crowns. "
        f"Heavy snow fell in the hills above {town}. A choir of children sang at the station. "
        "Farmers sold apples and honey at the market. A bus broke down near the old mill."
    )


def write_judgements(folder: Path) -> None:
    """The three files, in their own forms, over articles of our own."""
    for name in ("mturk_cnndm.jsonl", "mturk_xsum.jsonl"):
        rows = [
            {
                "article": f"{article(town)} {name}",
                "summary_sentences": [
                    summarized(f"The council of {town} opened a library on Monday.", "yes yes no"),
                    summarized(f"Thieves robbed a museum in {town} and fled by boat.", "no no no"),
                ],
            }
            for town in TOWNS
        ]  # fmt: skip
        (folder / name).write_text("\n".join(json.dumps(row) for row in rows), encoding="utf-8")
    edited = [
        {"doc": article(town), "summary": summary, "label": label}
        for town in TOWNS
        for summary, label in (
            (f"The council of {town} opened a library. It cost 12 million crowns.", 1),
            (f"The council of {town} closed a library. It cost 12 million crowns.", 0),
        )
    ]
    (folder / "summedits_news.json").write_text(json.dumps(edited), encoding="utf-8")


def summarized(sentence: str, votes: str) -> dict[str, object]:
    return {"sentence": sentence, "responses": answers(votes)}


def answers(votes: str) -> list[dict[str, object]]:
    return [{"worker_id": number, "response": vote} for number, vote in enumerate(votes.split())]


def embed(texts: Sequence[str]) -> NDArray[np.float32]:
    """Words hashed into 64 places: enough for cosines that mean something here."""
    rows = np.full((len(texts), 64), 1e-6, np.float32)
    for number, text in enumerate(texts):
        for word in text.lower().split():
            rows[number, sum(word.encode()) % 64] += 1
    unit: NDArray[np.float32] = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    return unit


def test_reads_the_three_files_and_the_majority_decides(tmp_path: Path) -> None:
    write_judgements(tmp_path)
    judged = load(tmp_path)
    assert len(judged) == 6 * len(TOWNS)
    assert {one.dataset for one in judged} == {"qags-cnndm", "qags-xsum", "summedits-news"}
    assert sum(one.supported for one in judged) == len(judged) // 2
    assert {len(one.statement) for one in judged if one.dataset == "summedits-news"} == {2}


def test_an_article_is_in_one_half_only(tmp_path: Path) -> None:
    write_judgements(tmp_path)
    halves: dict[str, set[str]] = {}
    for one in load(tmp_path):
        halves.setdefault(one.article, set()).add(one.half)
    assert all(len(found) == 1 for found in halves.values())
    assert set.union(*halves.values()) == set(HALVES)


def test_the_datasets_own_folders_will_do(tmp_path: Path) -> None:
    (tmp_path / "data" / "summedits").mkdir(parents=True)
    write_judgements(tmp_path / "data")
    (tmp_path / "data" / "summedits_news.json").rename(
        tmp_path / "data" / "summedits" / "summedits_news.json"
    )
    assert len(load(tmp_path)) == 6 * len(TOWNS)


def test_cut_figures_are_put_together(tmp_path: Path) -> None:
    write_judgements(tmp_path)
    row = {"article": "It cost 12, 500 crowns, 3. 5 times more.", "summary_sentences": [
        {"sentence": "It cost 12, 500 crowns.", "responses": answers("yes yes yes")}]}  # fmt: skip
    (tmp_path / "mturk_xsum.jsonl").write_text(json.dumps(row), encoding="utf-8")
    found = next(one for one in load(tmp_path) if one.dataset == "qags-xsum")
    assert found.article == "It cost 12,500 crowns, 3.5 times more."
    assert found.statement == ("It cost 12,500 crowns.",)


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("mturk_xsum.jsonl", None, "does not exist"),
        ("mturk_xsum.jsonl", "{", "mturk_xsum.jsonl:1: not JSON"),
        ("mturk_cnndm.jsonl", '{"article": "A."}', "mturk_cnndm.jsonl:1: not the form"),
        ("summedits_news.json", '[{"doc": "A."}]', "summedits_news.json: not the form"),
    ],
)
def test_what_cannot_be_read_is_named(tmp_path: Path, name: str, content: str | None, says: str) -> None:
    write_judgements(tmp_path)
    if content is None:
        (tmp_path / name).unlink()
    else:
        (tmp_path / name).write_text(content, encoding="utf-8")
    with pytest.raises(InvalidRequest, match=says):
        load(tmp_path)


def test_scores_and_figures(tmp_path: Path) -> None:
    write_judgements(tmp_path)
    found = scored(load(tmp_path), embed, lambda done, total: None)
    edited = [one for one in found if one.judged.dataset == "summedits-news" and not one.judged.supported]
    assert all(one.refused and not one.supported for one in edited)  # "closed" where the article has "opened"
    measured = report(found)
    whole = [figures for figures in measured.figures if figures.method == "all"]
    assert {(figures.dataset, figures.half) for figures in whole} == {
        (dataset, half) for dataset in ("qags-cnndm", "qags-xsum", "summedits-news") for half in HALVES
    }
    assert all(figures.balanced.low <= figures.balanced.value <= figures.balanced.high for figures in whole)
    assert all(figures.precision == 1.0 for figures in whole)
    assert sum(figures.statements for figures in whole) == len(found)
    assert {name for one in edited for name in one.signs} == {"opposed"}
    hits = [measured.signs["opposed"][half] for half in HALVES]
    assert (sum(wrong for wrong, _ in hits), sum(right for _, right in hits)) == (
        sum("opposed" in one.signs for one in found if not one.judged.supported),
        sum("opposed" in one.signs for one in found if one.judged.supported),
    )
    assert "unrealised" in measured.signs
    fitted = fit(examples(found, "calibration"))
    assert min(fitted.words, fitted.relations, fitted.meaning) >= 0


def test_nothing_to_measure_is_said() -> None:
    with pytest.raises(InvalidRequest, match="no judged statements"):
        scored([], embed, lambda done, total: None)


def test_a_fit_finds_what_separates_and_ignores_what_misleads() -> None:
    made = [
        Example("one", f"article {number % 10}", (high, 1.0 - high, 0.5), high > 0.5)
        for number, high in enumerate(np.linspace(0.0, 1.0, 80).tolist())
    ]
    fitted = fit(made, cost=1.0)
    assert fitted.words > 1.0
    assert fitted.relations == 0.0  # against support it may not count
    assert fitted.threshold == 0.5
    probabilities = cross_validated(made)
    right = [
        (probability >= 0.5) == one.supported for probability, one in zip(probabilities, made, strict=True)
    ]
    assert np.mean(right) > 0.9
    with pytest.raises(ValueError, match="supported and unsupported"):
        fit([one for one in made if one.supported])


def test_balanced_accuracy_by_hand() -> None:
    counts = np.array([[3, 1, 1, 3], [3, 1, 1, 3]], float)
    estimate = balanced(counts)
    assert estimate.value == pytest.approx(0.75)
    assert estimate.low == estimate.high == pytest.approx(0.75)  # both articles are alike


def test_overlap_counts_pairs_of_neighbours() -> None:
    assert overlap("a red boat", ["They saw a red boat."]) == 1.0
    assert overlap("a red boat", ["A boat. Red."]) == 0.0
    assert overlap("boat", ["A boat."]) == 1.0


def test_a_threshold_without_scores_is_the_middle() -> None:
    assert best_threshold([], lambda one: one.overlap) == 0.5


@pytest.fixture
def installed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(
        further,
        "further_commands",
        lambda: {"bench": EntryPoint("bench", "eval.commands.bench:app", further.GROUP)},
    )
    monkeypatch.chdir(tmp_path)
    for name in os.environ:
        if name.startswith("DATELINE_"):
            monkeypatch.delenv(name)


def run(*arguments: str) -> Result:
    return CliRunner(env={"COLUMNS": "120"}).invoke(app, ["bench", "support", *arguments])


@pytest.mark.usefixtures("installed")
def test_the_command_writes_its_reports(tmp_path: Path) -> None:
    write_judgements(tmp_path)
    found = run("--path", str(tmp_path), "--fit", "--json", "report.json", "--markdown", "report.md")
    assert found.exit_code == 0, found.output
    assert "Calibration half" in found.stdout
    assert "Test half" in found.stdout
    written = json.loads((tmp_path / "report.json").read_text(encoding="utf-8"))
    assert {"figures", "calibration_in_use", "calibration_fitted"} <= set(written)
    assert written["cross_validated_auroc"]["qags-cnndm"] > 0.5
    assert "| all | qags-xsum |" in (tmp_path / "report.md").read_text(encoding="utf-8")


@pytest.mark.usefixtures("installed")
def test_the_command_says_what_is_missing(tmp_path: Path) -> None:
    absent = run("--path", str(tmp_path))
    assert absent.exit_code == 3
    assert "mturk_cnndm.jsonl does not exist" in absent.stderr.replace("\n", " ")
    assert run().exit_code == 2
    assert run("--path", ".", "--json", "nowhere/report.json").exit_code == 2
