"""MultiHop-RAG: its articles, its questions, and its retrieval scores re-implemented from their definition.

The benchmark (Tang and Yang, "MultiHop-RAG: Benchmarking Retrieval-Augmented Generation for Multi-Hop Queries", arXiv
2401.15391) asks 2,556 questions over 609 news articles; the evidence of each lies in two to four of them, as sentences
called facts. Questions of type `null_query` cannot be answered from the archive and are left out of the scores.

A passage *hits* when it contains a fact once every space and newline is taken out of both; other white space stays.
Of the first 10 passages returned for a question:

    Hits@4, Hits@10   1 when one of the first 4, 10 hits, else 0
    MRR@10            1 / rank of the first that hits, else 0
    MAP@10            sum over ranks of (facts found there for the first time) / rank, over min(number of facts, 10)
    R@10              facts found / facts (not one of the benchmark's own scores)

each averaged over questions. MAP@10 is not the usual one, whose numerator counts every relevant passage so far: one
new fact at each of the first ranks, which is as good as it gets unless a passage holds several, scores 0.75, 0.61 and
0.52 with two, three and four facts.

Checked against the authors' `retrieval_evaluate.py` (github.com/yixuantt/MultiHop-RAG): the same for all input that
`load_questions` lets through. It counts a fact that is listed twice once in MAP's numerator and twice in the
denominator, and so does this. Two things it leaves open are errors here: an answerable question without a fact (it
would divide by zero) and a fact of white space only (it would be found everywhere).
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ingest.errors import InvalidRequest

ARTICLES_FILE = "articles.jsonl"
QUESTIONS_FILE = "questions-dev.jsonl"
NULL_TYPE = "null_query"
DEPTH = 10
"""Passages that count."""
FIGURES = ("Hits@4", "Hits@10", "MRR@10", "MAP@10", "R@10")
"""The names of the scores, in the order of `RetrievalScore.values`."""

_BLANKS = str.maketrans("", "", " \n")


@dataclass(frozen=True, slots=True)
class BenchmarkArticle:
    """What the benchmark needs of an article; Dateline reads the file for itself."""

    url: str
    outlet: str
    text: str


@dataclass(frozen=True, slots=True)
class BenchmarkQuestion:
    """One question. `facts` are the sentences that passages must contain; none for one that cannot be answered."""

    id: str
    type: str
    text: str
    facts: tuple[str, ...]

    @property
    def answerable(self) -> bool:
        """Whether the archive holds the answer."""
        return self.type != NULL_TYPE


@dataclass(frozen=True, slots=True)
class RetrievalScore:
    """The scores of one question, each 0..1. `values` has them in the order of `FIGURES`."""

    hit_4: float
    hit_10: float
    reciprocal_rank: float
    average_precision: float
    recall: float

    @property
    def values(self) -> tuple[float, float, float, float, float]:
        """All of them."""
        return (self.hit_4, self.hit_10, self.reciprocal_rank, self.average_precision, self.recall)


def score(passages: Sequence[str], facts: Sequence[str]) -> RetrievalScore:
    """Score the texts of the passages returned for a question, best first, against its facts (at least one).

    Passages beyond the first 10 count for nothing.
    """
    wanted = [_bare(fact) for fact in facts]
    found: set[str] = set()
    first: int | None = None
    precision = 0.0
    for rank, passage in enumerate(passages[:DEPTH], start=1):
        text = _bare(passage)
        here = {fact for fact in wanted if fact in text}
        if here and first is None:
            first = rank
        precision += len(here - found) / rank
        found |= here
    return RetrievalScore(
        hit_4=float(first is not None and first <= 4),
        hit_10=float(first is not None),
        reciprocal_rank=1 / first if first is not None else 0.0,
        average_precision=precision / min(len(wanted), DEPTH),
        recall=len(found) / len(set(wanted)),
    )


def load_articles(path: Path) -> tuple[BenchmarkArticle, ...]:
    """Read `articles.jsonl`.

    Raises:
        InvalidRequest: naming the file, the line and what is wrong with it.
    """
    articles = []
    seen: dict[str, int] = {}
    for line, record in _records(path):
        place = f"{path}:{line}"
        url = _string(record, "url", place)
        if url in seen:
            raise InvalidRequest(f"{place}: the url is already that of line {seen[url]}")
        seen[url] = line
        outlet, text = _string(record, "source", place), _string(record, "body", place)
        articles.append(BenchmarkArticle(url=url, outlet=outlet, text=text))
    return tuple(articles)


def load_questions(path: Path) -> tuple[BenchmarkQuestion, ...]:
    """Read a file of questions, one JSON object a line.

    Raises:
        InvalidRequest: naming the file, the line and what is wrong with it.
    """
    questions = []
    seen: dict[str, int] = {}
    for line, record in _records(path):
        question = _question(record, f"{path}:{line}", default_id=f"line-{line}")
        if question.id in seen:
            raise InvalidRequest(
                f"{path}:{line}: id {question.id!r} is already used at line {seen[question.id]}"
            )
        seen[question.id] = line
        questions.append(question)
    return tuple(questions)


def evenly(questions: Sequence[BenchmarkQuestion], limit: int | None) -> tuple[BenchmarkQuestion, ...]:
    """At most `limit` questions, taken at even distances from the whole file, whose types stand apart in it."""
    if limit is None or limit >= len(questions):
        return tuple(questions)
    return tuple(questions[number * len(questions) // limit] for number in range(limit))


def _question(record: dict[str, Any], place: str, default_id: str) -> BenchmarkQuestion:
    kind = _string(record, "question_type", place)
    text = _string(record, "query", place)
    evidence = record.get("evidence_list")
    if not isinstance(evidence, list):
        raise InvalidRequest(f"{place}: evidence_list is missing or no list")
    facts = []
    for number, item in enumerate(evidence, start=1):
        where = f"{place}: evidence {number}"
        if not isinstance(item, dict):
            raise InvalidRequest(f"{where} is no object")
        facts.append(_string(item, "fact", where))
    if kind != NULL_TYPE and not facts:
        raise InvalidRequest(
            f"{place}: a question of type {kind!r} has no evidence; only {NULL_TYPE!r} has none"
        )
    if kind == NULL_TYPE and facts:
        raise InvalidRequest(f"{place}: a question of type {NULL_TYPE!r} has evidence")
    name = record.get("id", default_id)
    return BenchmarkQuestion(id=str(name), type=kind, text=text, facts=tuple(facts))


def _records(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    """The objects of a JSON Lines file with their 1-based lines; empty lines are passed over."""
    try:
        with path.open(encoding="utf-8-sig") as file:
            lines = file.read().split("\n")
    except FileNotFoundError as error:
        raise InvalidRequest(f"{path} does not exist: --path names the folder of the benchmark") from error
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidRequest(f"{path} cannot be read: {error}") from error
    if not any(line.strip() for line in lines):
        raise InvalidRequest(f"{path}:1: the file is empty")
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            record = json.loads(line)
        except json.JSONDecodeError as error:
            raise InvalidRequest(f"{path}:{number}: not JSON: {error.msg} at column {error.colno}") from error
        if not isinstance(record, dict):
            raise InvalidRequest(f"{path}:{number}: not a JSON object")
        yield number, record


def _string(record: dict[str, Any], field: str, place: str) -> str:
    value = record.get(field)
    if not isinstance(value, str) or not value.translate(_BLANKS).strip():
        raise InvalidRequest(f"{place}: {field} is missing or empty")
    return value


def _bare(text: str) -> str:
    """Text as the scorer compares it."""
    return text.translate(_BLANKS)
