"""The steps of the growth benchmark that run in a process of their own, so that memory and a cold start are its own.

    python -m eval.benchmarks.growth_steps '{"step": "ingest", …}'

The argument is a `StepRequest` in JSON; the last line of stdout is the step's figures in JSON. Memory is in MB (10^6
bytes) and comes from Linux's /proc; elsewhere it is None.
"""

from __future__ import annotations

import json
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from eval.benchmarks.growth_embedder import GrowthEmbedder, KnownVectors
from eval.benchmarks.growth_recall import exact_nearest, recall
from eval.benchmarks.own_process import memory_mb
from eval.benchmarks.speed import disk_bytes
from ingest.articles import ArticleFilter
from ingest.embedding import open_embedder
from ingest.keywords import IndexedChunk, KeywordIndex
from ingest.store import ArticleStore
from ingest.vectors import VectorIndex
from service.index_fingerprint import index_fingerprint
from service.settings import ServiceSettings
from service.wiring import Services

if TYPE_CHECKING:
    from ingest.embedding import Embedder

WARM_UP_QUESTIONS = 20
VECTOR_FOLDER = "vectors"
DEPTHS = (10, 50)


@dataclass(frozen=True, slots=True)
class StepRequest:
    """What a step is to do. `started_at` is the clock (`time.time`) when its process was started."""

    step: str
    data_dir: str
    known: str
    started_at: float
    paths: tuple[str, ...] = ()
    real: bool = False
    questions: int = 200


def ingest(request: StepRequest) -> dict[str, Any]:
    """Ingest files with the growth embedder; rates leave nothing out but the model."""
    with _services(request) as services:
        before = services.ready()
        started = time.perf_counter()
        report = services.ingest([Path(path) for path in request.paths])
        elapsed_s = time.perf_counter() - started
        after = services.ready()
        articles, chunks = after.articles - before.articles, after.chunks - before.chunks
        return {
            "ingested_articles": articles,
            "ingested_chunks": chunks,
            "failed": len(report.failed),
            "duplicate_groups": len(report.duplicates),
            "ingest_s": elapsed_s,
            "pipeline_s": report.elapsed_s,
            "articles_per_s": articles / report.elapsed_s,
            "chunks_per_s": chunks / report.elapsed_s,
            "ingest_peak_mb": memory_mb("VmHWM"),
        }


def ask(request: StepRequest) -> dict[str, Any]:
    """Open what was ingested, search it, and say what that took."""
    known = KnownVectors.load(Path(request.known))
    questions = known.questions[: request.questions]
    with _services(request, known) as services:
        services.search(questions[0])
        cold_start_s = time.time() - request.started_at
        for question in questions[:WARM_UP_QUESTIONS]:
            services.search(question)
        times_ms = _times_ms(lambda question: services.search(question), questions)
        outlet = _common_outlet(services)
        filters = ArticleFilter(outlets=frozenset([outlet])) if outlet else ArticleFilter()
        filtered_ms = _times_ms(lambda question: services.search(question, filters=filters), questions)
        share = services.articles(limit=0, filters=filters)[0] / max(1, services.ready().articles)
        resident, private = memory_mb("VmRSS"), memory_mb("RssAnon")
        ready = services.ready()
        found = {
            "articles": ready.articles,
            "chunks": ready.chunks,
            "cold_start_s": cold_start_s,
            "search_p50_ms": float(np.percentile(times_ms, 50)),
            "search_p95_ms": float(np.percentile(times_ms, 95)),
            "filtered_share": share if outlet else None,
            "filtered_p50_ms": float(np.percentile(filtered_ms, 50)) if outlet else None,
            "filtered_p95_ms": float(np.percentile(filtered_ms, 95)) if outlet else None,
            "resident_mb": resident,
            "private_mb": private,
            "questions": len(questions),
        }
    with _store(request, known) as store:
        found |= _vector_figures(request, store, known.question_vectors[: len(questions)])
        found |= _keyword_figures(store)
    data_dir = Path(request.data_dir)
    found["disk_mb"] = disk_bytes(data_dir) / 1e6
    found["vector_disk_mb"] = disk_bytes(data_dir / VECTOR_FOLDER) / 1e6
    return found


def _vector_figures(
    request: StepRequest, store: ArticleStore, questions: NDArray[np.float32]
) -> dict[str, Any]:
    """The vector index alone: time, recall against every vector that the store holds, time of a rebuild."""
    versions = {record.article_id: record.version for record in store.catalogue()}
    key = store.state
    index = VectorIndex.open(Path(request.data_dir) / VECTOR_FOLDER, key)
    index.sync(versions, store.article_vectors, key)
    for question in questions:
        index.search(question[np.newaxis], max(DEPTHS))
    times_ms = _times_ms(lambda question: index.search(question[np.newaxis], max(DEPTHS)), list(questions))
    exact = exact_nearest(store.article_vectors(), questions, max(DEPTHS))
    found = [[chunk_id for chunk_id, _ in hits] for hits in index.search(questions, max(DEPTHS))]
    index.close()
    with tempfile.TemporaryDirectory(dir=request.data_dir) as folder:
        again = VectorIndex.open(Path(folder) / VECTOR_FOLDER, key)
        started = time.perf_counter()
        again.sync(versions, store.article_vectors, key)
        rebuild_s = time.perf_counter() - started
        again.close()
    return {
        "vector_p50_ms": float(np.percentile(times_ms, 50)),
        "vector_p95_ms": float(np.percentile(times_ms, 95)),
        "recall": {str(depth): recall(found, exact, depth) for depth in DEPTHS},
        "vector_rebuild_s": rebuild_s,
    }


def _keyword_figures(store: ArticleStore) -> dict[str, Any]:
    records = {record.article_id: record for record in store.catalogue()}

    def chunks(_: Sequence[str] | None) -> Iterable[IndexedChunk]:
        for chunk in store.all_chunks():
            record = records[chunk.article_id]
            yield IndexedChunk.of(chunk, record.title, record.outlet, record.published_at)

    with tempfile.TemporaryDirectory() as folder:
        index = KeywordIndex.open(Path(folder) / "keywords", "again")
        started = time.perf_counter()
        index.sync({one.article_id: one.version for one in records.values()}, chunks, "again")
        rebuild_s = time.perf_counter() - started
        index.close()
    return {"keyword_rebuild_s": rebuild_s}


def _times_ms(run: Callable[[Any], object], arguments: Sequence[Any]) -> list[float]:
    times = []
    for argument in arguments:
        started = time.perf_counter()
        run(argument)
        times.append(1000 * (time.perf_counter() - started))
    return times


def _common_outlet(services: Services) -> str | None:
    """The outlet with most articles, or None when no article names one."""
    outlets = [record.outlet for record in services.articles(limit=10**9)[1] if record.outlet]
    return statistics.mode(outlets) if outlets else None


def _embedder(request: StepRequest, known: KnownVectors | None = None) -> GrowthEmbedder:
    def open_real() -> Embedder:
        return open_embedder(ServiceSettings())

    held = known or KnownVectors.load(Path(request.known))
    return GrowthEmbedder(held, open_real, real_unknown=request.real)


def _store(request: StepRequest, known: KnownVectors | None = None) -> ArticleStore:
    embedder = _embedder(request, known)
    return ArticleStore.open(
        ServiceSettings(data_dir=Path(request.data_dir), chroma_url=None),
        fingerprint=index_fingerprint(embedder),
        dimension=embedder.dimension,
        create=True,
    )


def _services(request: StepRequest, known: KnownVectors | None = None) -> Services:
    settings = ServiceSettings(data_dir=Path(request.data_dir), chroma_url=None)
    return Services(settings, _store(request, known), _embedder(request, known), None)


def main(argument: str) -> None:
    """Do one step and print its figures."""
    fields = json.loads(argument)
    request = StepRequest(**{**fields, "paths": tuple(fields.get("paths", ()))})
    figures = {"ingest": ingest, "ask": ask}[request.step](request)
    print(json.dumps(figures))  # noqa: T201


if __name__ == "__main__":
    main(sys.argv[1])
