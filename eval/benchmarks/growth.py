"""How Dateline changes as its archive grows: `dateline bench growth`.

One index is grown from the archive itself (1×) through the factors asked for. At each, a new process ingests what is
lacking, and another one opens the index and searches it. Reading, analysis, chunking, Chroma, the keyword index, the
vector index and retrieval are the real ones; articles above 1× are made by `growth_articles`, and the vectors of their
chunks by `growth_embedder`, because a model would take hours. The chunks and questions at 1× have real vectors, and
the model's own rate is measured on them and told apart.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from eval.benchmarks.growth_articles import MAX_FILE_MB, Grower, numbers_in_parts, read_archive
from eval.benchmarks.growth_embedder import KnownVectors, text_digest
from eval.benchmarks.growth_report import ALL_REAL
from eval.benchmarks.growth_steps import StepRequest
from eval.benchmarks.own_process import figures_of
from eval.benchmarks.speed import machine
from ingest.discovery import discover
from ingest.embedding import Embedder, open_embedder
from ingest.errors import InvalidRequest
from ingest.files import FileReader
from ingest.identity import KnownArticles
from ingest.preparing import Preparer, Ready
from ingest.readers import ReadOptions, readable
from service.settings import ServiceSettings

ARTICLES_A_FILE = 500
EMBEDDED_AT_ONCE = 256
QUESTIONS = 200

Tell = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class GrowthPlan:
    """What to measure.

    `scratch` holds what is made on the way (about 18 kB a chunk). `questions_file` is JSON Lines with a `query` each;
    without one the archive's headlines are asked. `real` embeds grown chunks with the model too.
    """

    path: Path
    scratch: Path
    factors: tuple[int, ...] = (1, 10, 50, 100)
    real: bool = False
    questions_file: Path | None = None
    seed: int = 0


@dataclass(frozen=True, slots=True)
class GrowthReport:
    """`points` has the figures of each factor, by the names that `growth_steps` gives them, and its `factor`."""

    archive_articles: int
    archive_chunks: int
    questions: int
    question_kind: str
    vectors: str
    embedder_chunks_per_s: float
    embedder_open_s: float
    question_embed_ms: float
    generate_articles_per_s: float | None
    machine: dict[str, str]
    points: tuple[dict[str, Any], ...]


def measure(plan: GrowthPlan, tell: Tell) -> GrowthReport:
    """Grow, ingest, search, at each factor.

    Raises:
        InvalidRequest: the archive cannot be read, the factors do not ascend from 1, or `scratch` is not empty.
        PermanentError: a step failed; the message has its last words.
    """
    if not plan.factors or list(plan.factors) != sorted(set(plan.factors)) or plan.factors[0] < 1:
        raise InvalidRequest(f"factors must ascend from 1 or more, not {plan.factors}")
    index = plan.scratch / "index"
    if index.exists():
        raise InvalidRequest(f"{plan.scratch} holds an index already; name an empty folder")
    plan.scratch.mkdir(parents=True, exist_ok=True)
    tell("reading the archive")
    articles = read_archive(plan.path)
    questions = _questions(plan, [article.title or article.text[:80] for article in articles])
    known, rates = _real_vectors(plan, questions, tell)
    known_file = plan.scratch / "known.npz"
    known.save(known_file)
    request = StepRequest("", str(index), str(known_file), 0.0, real=plan.real, questions=len(questions))
    grower: Grower | None = None
    points: list[dict[str, Any]] = []
    written, generate_s = 1, 0.0
    for factor in plan.factors:
        paths = [str(plan.path)] if not points else []
        if factor > written:
            tell(f"{factor}×: making articles")
            started = time.perf_counter()
            grower = grower or Grower(articles, plan.seed)
            first, last = (written - 1) * len(articles), (factor - 1) * len(articles)
            for numbers in numbers_in_parts(first, last, ARTICLES_A_FILE):
                file = plan.scratch / f"grown-{numbers.start:08d}.jsonl"
                grower.write(file, numbers)
                paths.append(str(file))
            generate_s += time.perf_counter() - started
            written = factor
        tell(f"{factor}×: ingesting")
        point = {"factor": factor, **_step(replace(request, step="ingest", paths=tuple(paths)))}
        tell(f"{factor}×: searching")
        point |= _step(replace(request, step="ask"))
        points.append(point)
    grown = (written - 1) * len(articles)
    return GrowthReport(
        archive_articles=len(articles),
        archive_chunks=len(known.chunk_digests),
        questions=len(questions),
        question_kind="headlines of the archive" if plan.questions_file is None else plan.questions_file.name,
        vectors=ALL_REAL if plan.real else "real at 1×, stand-ins above",
        generate_articles_per_s=grown / generate_s if grown else None,
        machine=machine(),
        points=tuple(points),
        **rates,
    )


def _questions(plan: GrowthPlan, headlines: Sequence[str]) -> list[str]:
    """At most `QUESTIONS`, at even distances from the file or the headlines.

    Raises:
        InvalidRequest: the file cannot be read, or has no questions.
    """
    texts = list(dict.fromkeys(headlines))
    if plan.questions_file is not None:
        try:
            lines = plan.questions_file.read_text(encoding="utf-8").splitlines()
            texts = list(dict.fromkeys(str(json.loads(line)["query"]) for line in lines if line.strip()))
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise InvalidRequest(
                f"{plan.questions_file} must be JSON Lines, each an object with a `query`: {error}"
            ) from error
    if not texts:
        raise InvalidRequest(f"{plan.questions_file} has no questions")
    chosen = np.linspace(0, len(texts) - 1, min(QUESTIONS, len(texts))).astype(int)
    return [texts[place] for place in chosen]


def _real_vectors(
    plan: GrowthPlan, questions: Sequence[str], tell: Tell
) -> tuple[KnownVectors, dict[str, float]]:
    """The real embedder's vectors for the archive's chunks and the questions, and how fast they were made."""
    started = time.perf_counter()
    embedder = open_embedder(ServiceSettings())
    embedder.embed(["warm up"])
    open_s = time.perf_counter() - started
    tell("cutting the archive into chunks")
    texts = sorted(_chunk_texts(plan.path, embedder), key=len, reverse=True)
    started = time.perf_counter()
    parts = []
    for start in range(0, len(texts), EMBEDDED_AT_ONCE):
        tell(f"embedding {start:,} of {len(texts):,} chunks")
        parts.append(embedder.embed(texts[start : start + EMBEDDED_AT_ONCE]))
    chunks_s = time.perf_counter() - started
    started = time.perf_counter()
    vectors = np.concatenate([embedder.embed([question]) for question in questions])
    questions_s = time.perf_counter() - started
    known = KnownVectors(
        [text_digest(text) for text in texts], np.concatenate(parts), list(questions), vectors
    )
    return known, {
        "embedder_open_s": open_s,
        "embedder_chunks_per_s": len(texts) / chunks_s,
        "question_embed_ms": 1000 * questions_s / len(questions),
    }


def _chunk_texts(path: Path, embedder: Embedder) -> list[str]:
    """What an ingest of the archive would have embedded, each text once."""
    known = KnownArticles([])
    preparer = Preparer(known, embedder.count_tokens, embedder.max_tokens)
    reader = FileReader(known, preparer, ReadOptions(max_file_mb=MAX_FILE_MB, field_map={}))
    texts: dict[str, None] = {}
    for file in discover([path], readable).files:
        for outcome in reader.outcomes(file):
            if isinstance(outcome, Ready):
                texts.update(dict.fromkeys(chunk.embedded_text for chunk in outcome.chunks))
    if not texts:
        raise InvalidRequest(f"{path} holds no articles that can be read")
    return list(texts)


def _step(request: StepRequest) -> dict[str, Any]:
    """Run one step in a process of its own.

    Raises:
        PermanentError: it failed.
    """
    asked = asdict(replace(request, started_at=time.time()))
    what = f"the step {request.step!r} of the growth benchmark"
    return figures_of("eval.benchmarks.growth_steps", asked, what=what)
