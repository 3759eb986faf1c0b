"""The benchmark's scores against figures worked out by hand, and its files against what may be wrong with them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eval.benchmarks.multihop import (
    FIGURES,
    BenchmarkQuestion,
    evenly,
    load_articles,
    load_questions,
    score,
)
from ingest.errors import InvalidRequest

FACTS = ["The ferry sails in May.", "The quay costs 4 million."]
OTHER = "The weather was fine."


def figures(passages: list[str], facts: list[str]) -> dict[str, float]:
    """The scores by name."""
    return dict(zip(FIGURES, score(passages, facts).values, strict=True))


def test_one_new_fact_at_each_of_the_first_ranks() -> None:
    assert figures(FACTS, FACTS) == {"Hits@4": 1, "Hits@10": 1, "MRR@10": 1, "MAP@10": 0.75, "R@10": 1}
    three = [*FACTS, "The bridge is shut."]
    assert figures(three, three)["MAP@10"] == pytest.approx((1 + 1 / 2 + 1 / 3) / 3)


def test_ranks_decide() -> None:
    passages = [OTHER] * 4 + [f"He said: {FACTS[1]} Then he left."]
    assert figures(passages, FACTS) == {
        "Hits@4": 0,
        "Hits@10": 1,
        "MRR@10": pytest.approx(1 / 5),
        "MAP@10": pytest.approx(1 / 5 / 2),
        "R@10": 0.5,
    }


def test_only_the_first_ten_count() -> None:
    assert set(score([OTHER] * 10 + FACTS, FACTS).values) == {0.0}
    assert score([OTHER] * 9 + FACTS, FACTS).reciprocal_rank == pytest.approx(0.1)
    assert score([], FACTS).values == (0, 0, 0, 0, 0)


def test_a_fact_found_again_adds_nothing_and_two_in_one_passage_count_twice() -> None:
    assert figures([FACTS[0], FACTS[0]], FACTS)["MAP@10"] == 0.5
    assert figures([" ".join(FACTS)], FACTS) == {
        "Hits@4": 1,
        "Hits@10": 1,
        "MRR@10": 1,
        "MAP@10": 1,
        "R@10": 1,
    }


def test_spaces_and_newlines_do_not_count_and_other_white_space_does() -> None:
    assert score(["The\nferry  sails\n\nin May ."], FACTS[:1]).hit_4 == 1
    assert score(["The\tferry sails in May."], FACTS[:1]).hit_4 == 0
    assert score(["the ferry sails in may."], FACTS[:1]).hit_4 == 0  # case counts


def test_a_fact_listed_twice_counts_as_the_authors_count_it() -> None:
    found = figures([FACTS[0]], [FACTS[0], FACTS[0]])
    assert found["MAP@10"] == 0.5
    assert found["R@10"] == 1


words = st.text("ab ", min_size=1, max_size=4).filter(str.strip)


@given(st.lists(st.text("ab \n", max_size=8), max_size=14), st.lists(words, min_size=1, max_size=4))
def test_the_scores_are_those_of_the_definition(passages: list[str], facts: list[str]) -> None:
    """Against another way of computing them: from the rank at which each fact is first found."""

    def bare(text: str) -> str:
        return text.replace(" ", "").replace("\n", "")

    ranks = [
        next((rank for rank, text in enumerate(passages[:10], 1) if bare(fact) in bare(text)), None)
        for fact in {bare(fact) for fact in facts}
    ]
    found = [rank for rank in ranks if rank is not None]
    scores = score(passages, facts)
    assert scores.hit_4 == (min(found, default=11) <= 4)
    assert scores.hit_10 == bool(found)
    assert scores.reciprocal_rank == (1 / min(found) if found else 0)
    assert scores.average_precision == pytest.approx(sum(1 / rank for rank in found) / len(facts))
    assert scores.recall == len(found) / len(ranks)


def record(**fields: Any) -> dict[str, Any]:
    """A question of the benchmark, with some fields changed; None takes one away."""
    whole = {
        "id": "q1",
        "question_type": "inference_query",
        "query": "When does the ferry sail?",
        "answer": "In May.",
        "evidence_list": [{"url": "https://harbour.example/1", "fact": FACTS[0]}],
    } | fields
    return {name: value for name, value in whole.items() if value is not None}


def written(path: Path, *records: object) -> Path:
    """JSON Lines; a string is a line as it is."""
    lines = [entry if isinstance(entry, str) else json.dumps(entry) for entry in records]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def test_questions_are_read(tmp_path: Path) -> None:
    null = record(id="q2", question_type="null_query", evidence_list=[])
    first, second = load_questions(written(tmp_path / "questions.jsonl", record(), "", null))
    assert first == BenchmarkQuestion("q1", "inference_query", "When does the ferry sail?", (FACTS[0],))
    assert first.answerable
    assert not second.answerable


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ("{", "not JSON"),
        ("[]", "not a JSON object"),
        (record(query=None), "query is missing"),
        (record(query=" "), "query is missing or empty"),
        (record(question_type=None), "question_type is missing"),
        (record(evidence_list=None), "evidence_list is missing"),
        (record(evidence_list=[]), "has no evidence"),
        (record(evidence_list=["x"]), "evidence 1 is no object"),
        (record(evidence_list=[{"fact": " \n"}]), "evidence 1: fact is missing or empty"),
        (record(question_type="null_query"), "has evidence"),
        (record(), "id 'q1' is already used at line 1"),
    ],
)
def test_what_is_wrong_is_named_with_file_and_line(tmp_path: Path, wrong: object, words: str) -> None:
    path = written(tmp_path / "questions.jsonl", record(), wrong)
    with pytest.raises(InvalidRequest, match=words) as caught:
        load_questions(path)
    assert str(caught.value).startswith(f"{path}:2: ")


def test_articles_are_read_and_checked(tmp_path: Path) -> None:
    article = {
        "title": "Ferry",
        "source": "Harbour Post",
        "url": "https://harbour.example/1",
        "body": "It sails.",
    }
    assert load_articles(written(tmp_path / "a.jsonl", article))[0].outlet == "Harbour Post"
    for wrong, words in (
        (article, "the url is already that of line 1"),
        (article | {"url": "https://harbour.example/2", "body": ""}, "body is missing"),
        (article | {"url": "https://harbour.example/2", "source": None}, "source is missing"),
    ):
        with pytest.raises(InvalidRequest, match=f":2: {words}"):
            load_articles(written(tmp_path / "b.jsonl", article, wrong))


def test_a_missing_or_empty_file_says_so(tmp_path: Path) -> None:
    with pytest.raises(InvalidRequest, match=r"none\.jsonl does not exist.*--path"):
        load_questions(tmp_path / "none.jsonl")
    with pytest.raises(InvalidRequest, match=":1: the file is empty"):
        load_questions(written(tmp_path / "empty.jsonl"))
    (tmp_path / "bytes.jsonl").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(InvalidRequest, match=r"bytes\.jsonl cannot be read"):
        load_questions(tmp_path / "bytes.jsonl")


def test_a_limit_takes_questions_from_the_whole_file() -> None:
    questions = [BenchmarkQuestion(str(number), "t", "?", ("f",)) for number in range(100)]
    assert [question.id for question in evenly(questions, 4)] == ["0", "25", "50", "75"]
    assert len(evenly(questions, 33)) == 33
    assert evenly(questions, None) == evenly(questions, 500) == tuple(questions)
