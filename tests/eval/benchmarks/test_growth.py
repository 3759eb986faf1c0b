"""The growth benchmark: articles that are no copies, vectors that are stand-ins, and a report that says which."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest
import typer
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from eval.benchmarks.growth import GrowthPlan, GrowthReport, measure
from eval.benchmarks.growth_articles import Grower, numbers_in_parts, read_archive
from eval.benchmarks.growth_chart import Chart, Line, picture
from eval.benchmarks.growth_embedder import GrowthEmbedder, KnownVectors, text_digest
from eval.benchmarks.growth_recall import exact_nearest, recall
from eval.benchmarks.growth_report import ROWS, as_json, as_markdown, as_svg
from eval.commands.bench_growth import _factors
from ingest.articles import Article
from ingest.duplicates import groups, signature
from ingest.embedding import Embedder
from ingest.errors import InvalidRequest, UnreadableArticle
from ingest.readers import ReadOptions, read
from ingest.vector_table import ArticleVectors
from tests.ingest.test_store import unit_vectors

SAMPLES = Path(__file__).parents[3] / "samples" / "articles"


@pytest.fixture(scope="module")
def archive() -> list[Article]:
    return read_archive(SAMPLES)


def test_no_grown_article_is_a_near_copy(archive: list[Article]) -> None:
    grower = Grower(archive)
    texts = {f"base {number}": article.text for number, article in enumerate(archive)}
    before = groups({name: signature(text) for name, text in texts.items()})
    texts |= {f"grown {number}": grower.grown(number)["body"] for number in range(8 * len(archive))}
    assert groups({name: signature(text) for name, text in texts.items()}) == before


def test_a_grown_article_keeps_the_shape_of_a_real_one(archive: list[Article]) -> None:
    grower = Grower(archive)
    grown = [grower.grown(number) for number in range(len(archive))]
    real_words = sum(len(article.text.split()) for article in archive)
    assert 0.5 < sum(len(record["body"].split()) for record in grown) / real_words < 1.2
    assert {record.get("source") for record in grown} == {article.outlet for article in archive}
    vocabulary = {word for article in archive for word in re.findall(r"[^\W\d_]+", article.text)}
    words = re.findall(r"[^\W\d_]+", " ".join(record["body"] for record in grown))
    assert sum(word in vocabulary for word in words) / len(words) > 0.99


def test_the_same_number_and_seed_give_the_same_article(archive: list[Article]) -> None:
    assert Grower(archive).grown(7) == Grower(archive).grown(7)
    assert Grower(archive, seed=1).grown(7)["body"] != Grower(archive).grown(7)["body"]
    assert Grower(archive).grown(7 + len(archive))["body"] != Grower(archive).grown(7)["body"]


def test_grown_articles_are_read_as_articles(archive: list[Article], tmp_path: Path) -> None:
    Grower(archive).write(tmp_path / "grown.jsonl", range(5))
    found = list(read(tmp_path / "grown.jsonl", "grown.jsonl", ReadOptions(max_file_mb=20.0, field_map={})))
    assert len(found) == 5
    assert not any(isinstance(one, UnreadableArticle) for one in found)
    assert [list(part) for part in numbers_in_parts(3, 8, 2)] == [[3, 4], [5, 6], [7]]


def test_an_archive_without_articles_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidRequest, match="no articles"):
        read_archive(tmp_path)
    with pytest.raises(InvalidRequest, match="sentences"):
        Grower([Article("a", "a.txt", "")])


def never() -> Embedder:
    raise AssertionError("the model was opened")


def known_vectors() -> KnownVectors:
    texts = [f"chunk {number}" for number in range(300)]
    return KnownVectors(
        [text_digest(text) for text in texts], unit_vectors([1], 300, 64), ["Who?"], unit_vectors([2], 1, 64)
    )


def test_known_texts_have_their_vectors_and_others_stand_ins(tmp_path: Path) -> None:
    known = known_vectors()
    known.save(tmp_path / "known.npz")
    embedder = GrowthEmbedder(KnownVectors.load(tmp_path / "known.npz"), never)
    vectors = embedder.embed(["chunk 5", "new", "Who?", "newer", "new"])
    assert np.array_equal(vectors[0], known.chunks[5])
    assert np.array_equal(vectors[2], known.question_vectors[0])
    assert np.array_equal(vectors[1], vectors[4])
    assert not np.array_equal(vectors[1], vectors[3])
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(1.0, abs=1e-6)
    assert embedder.dimension == 64


def test_stand_ins_do_not_cluster() -> None:
    embedder = GrowthEmbedder(known_vectors(), never)
    vectors = embedder.embed([f"text {number}" for number in range(1000)])
    cosines = vectors @ vectors.T - 2 * np.eye(1000, dtype=np.float32)
    assert 0.3 < float(np.median(cosines.max(axis=1))) < 0.95
    assert float((cosines > 0.97).mean()) < 1e-4


@settings(max_examples=30, deadline=None)
@given(counts=st.lists(st.integers(0, 6), max_size=8), depth=st.integers(1, 12))
def test_exact_neighbours_are_those_of_sorting_everything(counts: list[int], depth: int) -> None:
    articles = [
        ArticleVectors(f"a{number}", "v", np.arange(count, dtype=np.int32), unit_vectors([number], count))
        for number, count in enumerate(counts)
    ]
    questions = unit_vectors([99], 2)
    ids = [f"{one.article_id}.v.{ordinal:05d}" for one in articles for ordinal in one.ordinals]
    rows: NDArray[np.float32] = np.concatenate([unit_vectors([0], 0), *(one.vectors for one in articles)])
    found = exact_nearest(articles, questions, depth)
    for question, hits in zip(questions, found, strict=True):
        order = np.argsort(-(rows @ question), kind="stable")[:depth]
        assert hits == [ids[row] for row in order]
    assert recall(found, found, depth) == 1.0


def test_recall_is_the_share_found() -> None:
    assert recall([["a", "b", "x"]], [["a", "c", "b"]], 2) == 0.5
    assert recall([["a", "b", "x"], ["q"]], [["a", "c", "b"], ["q"]], 3) == pytest.approx((2 / 3 + 1) / 2)


def report() -> GrowthReport:
    figures = {key: 1.5 for _, key, _ in ROWS if "." not in key}
    first: dict[str, Any] = {**figures, "factor": 1, "chunks": 1000, "recall": {"10": 0.99, "50": 0.98}}
    second = {**first, "factor": 10, "chunks": 10_000, "resident_mb": None}
    return GrowthReport(
        archive_articles=20,
        archive_chunks=85,
        questions=20,
        question_kind="headlines & more",
        vectors="real",
        embedder_chunks_per_s=86.0,
        embedder_open_s=1.0,
        question_embed_ms=12.0,
        generate_articles_per_s=None,
        machine={"cores": "2"},
        points=(first, second),
    )


def test_the_report_shows_every_figure_and_what_was_not_measured() -> None:
    markdown = as_markdown(report(), "growth.svg")
    assert "![" in markdown
    assert "| 1× | 10× |" in markdown
    assert "| vector recall at 10 | 0.9900 | 0.9900 |" in markdown
    assert re.search(r"memory of a searching process, MB \| 2 \| – \|", markdown)
    assert all(name in markdown for name, _, _ in ROWS)
    assert json.loads(json.dumps(as_json(report())))["points"][1]["chunks"] == 10_000


def test_the_picture_is_an_svg_of_its_own() -> None:
    root = ElementTree.fromstring(as_svg(report()))
    lines = root.findall(".//{http://www.w3.org/2000/svg}polyline")
    assert len(lines) == 10
    assert "http" not in as_svg(report()).replace("http://www.w3.org/2000/svg", "")
    one = picture([Chart("a < b", "ms", (Line("x", ((10.0, 0.0),)),))], "caption")
    assert ElementTree.fromstring(one) is not None
    assert "a &lt; b" in one


@pytest.mark.parametrize("given", ["", "0,1", "2,1", "1,1", "1;2", "x"])
def test_factors_that_do_not_ascend_are_refused(given: str) -> None:
    with pytest.raises(typer.BadParameter):
        _factors(given)


def test_factors_and_folders_are_checked_before_anything_is_done(tmp_path: Path) -> None:
    assert _factors("1,3,50") == (1, 3, 50)
    with pytest.raises(InvalidRequest, match="ascend"):
        measure(GrowthPlan(tmp_path, tmp_path / "scratch", (3, 1)), print)
    (tmp_path / "index").mkdir()
    with pytest.raises(InvalidRequest, match="already"):
        measure(GrowthPlan(tmp_path, tmp_path, (1,)), print)


def test_a_file_without_questions_is_refused(tmp_path: Path) -> None:
    questions = tmp_path / "questions.jsonl"
    plan = GrowthPlan(SAMPLES, tmp_path / "scratch", (1,), questions_file=questions)
    for content, message in (
        ('{"question": "Who?"}', "each an object"),
        ("", "no questions"),
        ("x", "JSON Lines"),
    ):
        questions.write_text(content)
        with pytest.raises(InvalidRequest, match=message):
            measure(plan, lambda _: None)


@pytest.mark.slow
def test_the_samples_grow(samples: Path, tmp_path: Path) -> None:
    told: list[str] = []
    found = measure(GrowthPlan(samples, tmp_path / "scratch", (1, 2)), told.append)
    first, second = found.points
    assert second["articles"] == 2 * first["articles"] == 2 * found.archive_articles
    assert second["chunks"] > first["chunks"]
    assert second["failed"] == second["duplicate_groups"] == 0
    assert second["recall"]["10"] == 1.0
    assert second["search_p95_ms"] >= second["search_p50_ms"] > 0
    assert "2×: searching" in told
    assert "| 1× | 2× |" in as_markdown(found)
