"""The runner over a small archive: real ingest, real index, real searchers."""

from __future__ import annotations

import json
from collections.abc import Iterator
from io import StringIO
from pathlib import Path

import pytest

from eval.benchmarks.multihop import FIGURES
from eval.benchmarks.outcomes import RetrievalReport
from eval.benchmarks.report import as_json, as_markdown, details, terminal_view
from eval.benchmarks.retrieval import AS_ASKED, WITHOUT_OUTLETS, Data, chosen_rows, measure, open_index
from eval.benchmarks.runs import MAX_PASSAGE_TOKENS, QuestionResult
from eval.benchmarks.searchers import BASELINE, Found, FoundPassage, OpenIndex, Row, Searcher
from ingest.errors import InvalidRequest
from service.wiring import Services
from tests.eval.benchmarks.archive import TOPICS, questions, write_benchmark

Measured = tuple[RetrievalReport, tuple[QuestionResult, ...]]


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Data:
    """The benchmark, read."""
    return Data.load(write_benchmark(tmp_path_factory.mktemp("benchmark")))


@pytest.fixture(scope="module")
def services(data: Data, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Services]:
    """Services over its articles."""
    with open_index(data, tmp_path_factory.mktemp("bench") / "index") as opened:
        yield opened


@pytest.fixture(scope="module")
def measured(services: Services, data: Data) -> Measured:
    """What is always measured, measured."""
    return measure(services, data, chosen_rows(ablation=False))


def fixed(*texts: str, confidence: float = 1.0) -> Row:
    """A row that finds these passages whatever is asked."""

    def make(_index: OpenIndex) -> Searcher:
        passages = tuple(FoundPassage(text, "somewhere", 1.0) for text in texts)

        def search(question: str, limit: int) -> Found:
            return Found(passages[:limit], confidence)

        return search

    return Row("always the same", make)


def test_every_row_is_measured_in_both_wordings(measured: Measured) -> None:
    report, results = measured
    assert [(outcome.searcher, outcome.wording) for outcome in report.outcomes] == [
        (name, wording)
        for name in ("keywords", "dense", "default")
        for wording in (AS_ASKED, WITHOUT_OUTLETS)
    ]
    assert (report.answerable, report.null, report.left_out) == (3, 2, 0)
    assert (report.reworded, report.still_named) == (5, 0)
    assert report.articles == len(TOPICS)
    assert 0 < report.passage_tokens_mean <= report.passage_tokens_max <= MAX_PASSAGE_TOKENS
    assert len(results) == 5 * 3 * 2


def test_so_small_an_archive_is_found_whole(measured: Measured) -> None:
    for outcome in measured[0].outcomes:
        if outcome.wording == WITHOUT_OUTLETS:
            assert outcome.figures["Hits@10"].value == 1
        assert set(outcome.figures) == set(FIGURES)
        assert set(outcome.by_type) == {"inference_query", "comparison_query", "temporal_query"}
        assert (outcome.difference == {}) == (outcome.searcher == BASELINE)
        assert outcome.retrieval_ms.median > 0
        assert (outcome.embedding_ms.median > 0) == (outcome.searcher != "keywords")


def test_figures_are_the_means_of_the_questions(services: Services, data: Data) -> None:
    rows = {BASELINE: fixed(TOPICS[0][1]), "both": fixed("Nothing.", f"{TOPICS[1][1]} {TOPICS[2][1]}")}
    report, results = measure(services, data, rows)
    base, both = report.outcomes[0], report.outcomes[2]
    assert base.figures["Hits@4"].value == pytest.approx(1 / 3)
    assert both.figures["MRR@10"].value == pytest.approx(1 / 2 / 3)
    assert both.figures["R@10"].value == pytest.approx(1 / 3)
    assert both.by_type["comparison_query"]["MAP@10"].value == 0.5
    assert both.difference["MRR@10"].value == pytest.approx(1 / 6 - 1 / 3)
    assert both.difference["Hits@4"].value == 0
    assert both.difference["Hits@4"].low < 0 < both.difference["Hits@4"].high
    assert both.auroc is not None
    assert both.auroc.value == 0.5  # always as sure
    scores = {result.id: result.scores for result in results if result.searcher == BASELINE}
    assert scores == {"q1": (1, 1, 1, 1, 1), "q2": (0,) * 5, "q3": (0,) * 5, "q4": None, "q5": None}


def test_a_searcher_is_asked_without_outlets(services: Services, data: Data) -> None:
    asked: list[str] = []

    def make(_index: OpenIndex) -> Searcher:
        def search(question: str, limit: int) -> Found:
            asked.append(question)
            return Found((), 0)

        return search

    told: list[tuple[str, int, int]] = []
    measure(
        services, data, {"spy": Row("", make)}, lambda what, done, total: told.append((what, done, total))
    )
    half = len(asked) // 2
    assert any("Harbour Post" in question for question in asked[:half])
    assert not any(
        name in question for question in asked[half:] for name in ("Harbour", "Lantern", "Row", "ESPN", "BBC")
    )
    assert told[4] == ("spy, as asked", 5, 5)


def test_a_passage_that_is_too_long_fails_the_run(services: Services, data: Data) -> None:
    with pytest.raises(
        InvalidRequest, match=r"searcher 'long' returned a passage of \d+ tokens for question q1"
    ):
        measure(services, data, {"long": fixed("short", "word " * (MAX_PASSAGE_TOKENS + 1))})
    measure(services, data, {"long": fixed("word " * MAX_PASSAGE_TOKENS)})


def test_without_null_questions_there_is_no_auroc(services: Services, tmp_path: Path) -> None:
    write_benchmark(tmp_path)
    kept = [question for question in questions() if question["evidence_list"]]
    (tmp_path / "mine.jsonl").write_text("\n".join(map(json.dumps, kept)), encoding="utf-8")
    report, _ = measure(services, Data.load(tmp_path, "mine.jsonl"), {BASELINE: fixed()})
    assert report.null == 0
    assert report.outcomes[0].auroc is None
    assert report.outcomes[0].figures["R@10"].value == 0
    assert "| keywords | .000 [.000 .000]" in as_markdown(report)
    assert "–" in as_markdown(report)


def test_questions_that_nothing_can_be_measured_with_are_refused(tmp_path: Path) -> None:
    write_benchmark(tmp_path)
    nulls = [question for question in questions() if not question["evidence_list"]]
    (tmp_path / "nulls.jsonl").write_text("\n".join(map(json.dumps, nulls)), encoding="utf-8")
    with pytest.raises(InvalidRequest, match=r"nulls\.jsonl: none of the 2 questions"):
        Data.load(tmp_path, "nulls.jsonl")


def test_an_index_is_used_again_and_one_of_other_articles_is_refused(tmp_path: Path) -> None:
    data = Data.load(write_benchmark(tmp_path), limit=2)
    assert (len(data.questions), data.left_out) == (2, 3)
    with open_index(data, tmp_path / "index") as services:
        first = services.ready().generation
    with open_index(data, tmp_path / "index") as services:
        assert services.ready().generation == first
    articles = (tmp_path / "articles.jsonl").read_text(encoding="utf-8")
    (tmp_path / "articles.jsonl").write_text(articles.replace("example/5", "example/6"), encoding="utf-8")
    changed = Data.load(tmp_path)
    with (
        pytest.raises(InvalidRequest, match="1 are missing and 1 are others"),
        open_index(changed, tmp_path / "index"),
    ):
        pass


def test_an_index_that_was_not_finished_is_finished(tmp_path: Path) -> None:
    data = Data.load(write_benchmark(tmp_path))
    articles = (tmp_path / "articles.jsonl").read_text(encoding="utf-8")
    (tmp_path / "articles.jsonl").write_text(
        "".join(articles.splitlines(keepends=True)[:2]), encoding="utf-8"
    )
    with open_index(Data.load(tmp_path), tmp_path / "index") as services:
        assert services.ready().articles == 2
    (tmp_path / "articles.jsonl").write_text(articles, encoding="utf-8")
    with open_index(data, tmp_path / "index") as services:
        assert services.ready().articles == len(TOPICS)


def test_the_report_as_json_and_markdown(measured: Measured) -> None:
    report, results = measured
    document = json.loads(json.dumps(as_json(report)))
    assert document["bootstrap"] == {"level": 0.95, "resamples": 2000, "seed": 20231226}
    assert document["types"] == {"inference_query": 1, "comparison_query": 1, "temporal_query": 1}
    first = document["outcomes"][0]
    assert first["searcher"] == "keywords"
    assert set(first["figures"]["Hits@4"]) == {"value", "low", "high"}
    markdown = as_markdown(report)
    assert "### As asked" in markdown
    assert "### Outlets removed" in markdown
    assert "Difference from `keywords`" in markdown
    table = [line for line in markdown.splitlines() if line.startswith("| default |")]
    assert len(table) == 2 * (3 + 3)
    lines = [json.loads(line) for line in details(results).splitlines()]
    assert lines[0]["scores"].keys() == set(FIGURES)
    assert {line["scores"] is None for line in lines if line["type"] == "null_query"} == {True}
    assert lines[0]["origins"][0].startswith("https://news.example/")
    words = (details(results) + markdown).casefold()
    assert "holm island" not in words  # no text of articles or questions


def test_the_terminal_shows_it_in_80_columns(measured: Measured) -> None:
    from rich.console import Console

    console = Console(width=80, record=True, file=StringIO())
    console.print(terminal_view(measured[0]))
    shown = console.export_text()
    assert "Outlets removed: difference from keywords" in shown
    assert "…" not in shown
    assert all(len(line) <= 80 for line in shown.splitlines())
