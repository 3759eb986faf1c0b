"""A run: every answer to the cases of some gold sets, every score, and what made them, as one JSON file.

A run holds all that comparing, gating and reporting need, gold cases included, so that two runs can be compared on
another machine, months later. Scores are kept by the name of their measure (`eval.measures`); None means that a measure
does not apply to a case, and is never counted as nought.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Literal

from pydantic import Field, ValidationError

from eval.gold import GoldCase
from eval.judgements import Judgements
from ingest.errors import InvalidRequest
from service.answers import Answer, Frozen

RUN_VERSION: Literal[1] = 1

Cause = Literal[
    "error",
    "missing-article",
    "retrieval",
    "abstained",
    "answered",
    "fact",
    "source",
    "citation",
    "support",
    "speaker",
]
"""Why a case went wrong, in the order in which one would look:

error            no answer came back
missing-article  a file that the case may cite is not in the index
retrieval        no passage that was found lies in a file that the case may cite
abstained        such a passage was found, and Dateline abstained all the same
answered         the articles do not answer the question, and Dateline did
fact             a fact is not said
source           a citation lies in a file that the case does not allow
citation         a quote is not the source's text at its offsets
support          a quotation, number, date or name of a statement is not in the words it cites
speaker          words are put into another mouth than the source's
"""


class GoldReference(Frozen):
    """A gold set that was run: its path as given, the SHA-256 of its bytes, and how many cases it has."""

    path: str
    sha256: str
    cases: int
    corpus: str | None = None


class IndexReference(Frozen):
    """The index that was asked: its embedder and fingerprint, and how much it held. `content` is a hash over the
    articles' ids and versions: the same articles give the same one, whoever ingested them."""

    embedder: str
    fingerprint: str
    generation: int | None
    articles: int
    chunks: int
    content: str | None = None


class CodeReference(Frozen):
    """The code that answered: Dateline's version; the commit, and whether files differed from it, in a checkout.
    `files` is a hash over the files of code that make answers; None where a server answered."""

    version: str
    commit: str | None = None
    changed: bool | None = None
    files: str | None = None


class Configuration(Frozen):
    """What the run was told. `settings` are the service's own that shape answers, without secrets."""

    engine: str | None = None
    model: str | None = None
    server: str | None = None
    concurrency: int = 1
    repeats: int = 1
    recordings: Literal["off", "record", "replay"] = "off"
    judge: str | None = None
    settings: Mapping[str, str] = Field(default_factory=dict)


class Found(Frozen):
    """A passage that an answer could be composed from, best first: `article.text[start:end]`."""

    article_id: str
    source: str
    start: int
    end: int
    score: float


class Problem(Frozen):
    """What is wrong with an answer. `words` are those of the answer, or of the gold case, that are at fault."""

    cause: Cause
    detail: str
    words: tuple[str, ...] = ()


class Excerpt(Frozen):
    """Words of an article, `article.text[start:end] == text`, and what stands before and after them: words that an
    answer cites, or, in an article that was found and may be cited, words that would have met a fact that is `missing`.
    `rank` is the place of the first passage found that holds those, from 1; None where no passage does."""

    role: Literal["cited", "missing"]
    article_id: str
    source: str
    start: int
    end: int
    before: str
    text: str
    after: str
    rank: int | None = None


class Attempt(Frozen):
    """One time that a case was asked. `error` says in one line why there is no answer; `latency_ms` is wall clock."""

    answer: Answer | None
    error: str | None = None
    found: tuple[Found, ...] = ()
    latency_ms: float
    scores: Mapping[str, float | None] = Field(default_factory=dict)
    problems: tuple[Problem, ...] = ()
    excerpts: tuple[Excerpt, ...] = ()


class CaseRun(Frozen):
    """A gold case and every time it was asked; `key` is unique in a run: the gold set's name and the case's id."""

    key: str
    gold: str
    case: GoldCase
    attempts: tuple[Attempt, ...] = Field(min_length=1)


class Figure(Frozen):
    """One measure over the cases it applies to: `n` of them. `value` is None where there are none."""

    value: float | None
    n: int


class Run(Frozen):
    """A run, whole or interrupted: `finished_at` is None until every case has been asked. Times are UTC, ISO 8601.
    `judgements` are those of a model, where one was asked; no gate looks at them."""

    version: Literal[1] = RUN_VERSION
    id: str
    started_at: str
    finished_at: str | None = None
    code: CodeReference
    configuration: Configuration
    gold: tuple[GoldReference, ...]
    index: IndexReference
    prompts: Mapping[str, str] = Field(default_factory=dict)
    cases: tuple[CaseRun, ...] = ()
    figures: Mapping[str, Figure] = Field(default_factory=dict)
    judgements: Judgements | None = None


def load_run(path: Path) -> Run:
    """Read a run.

    Raises:
        InvalidRequest: the file is no run, or one of another version.
    """
    try:
        return Run.model_validate_json(path.read_bytes())
    except OSError as error:
        raise InvalidRequest(f"{path}: {error.strerror}") from error
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise InvalidRequest(
            f"{path}: not a run of Dateline: {place or 'the file'}: {first['msg']}"
        ) from error
