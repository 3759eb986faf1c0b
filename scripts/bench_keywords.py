"""Measures a keyword index over many chunks: build, open, query, update, memory and disk.

    python scripts/bench_keywords.py ARTICLES.jsonl [--chunks 100000] [--engine tantivy|bm25s]

Each line of the file is an article with `body` and, if known, `title`, `source` and `published_at`. There being too
few articles for the size asked for, their chunks are repeated with a part of their words exchanged for words drawn
from the whole vocabulary (seeded: every run sees the same chunks). Each phase runs in a process of its own, so that
its memory is its own. `bm25s` is no dependency of the project: run that engine from an environment that has it.
Prints one JSON object a line.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import random
import resource
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

CHUNK_WORDS = 160
EXCHANGED_SHARE = 0.2
QUESTIONS = 500
QUESTION_WORDS = 15
UPDATED_ARTICLES = 100
LIMIT = 50

Made = tuple[str, str, str, str, str]  # article id, text, title, outlet, date


def made_chunks(path: Path, wanted: int) -> Iterator[Made]:
    """`wanted` chunks, article by article."""
    with path.open(encoding="utf-8") as file:
        records = [json.loads(line) for line in file]
    bodies = [record["body"].split() for record in records]
    vocabulary = [word for body in bodies for word in body]
    chance = random.Random(20240410)
    made = 0
    for round_number in range(wanted):
        for number, (record, body) in enumerate(zip(records, bodies, strict=True)):
            for start in range(0, len(body), CHUNK_WORDS):
                words = body[start : start + CHUNK_WORDS]
                if round_number:
                    words = [
                        chance.choice(vocabulary) if chance.random() < EXCHANGED_SHARE else word
                        for word in words
                    ]
                yield (
                    f"{round_number:08x}{number:08x}",
                    " ".join(words),
                    str(record.get("title") or ""),
                    str(record.get("source") or ""),
                    str(record.get("published_at") or "")[:10],
                )
                made += 1
                if made == wanted:
                    return


def made_questions(path: Path, wanted: int) -> list[str]:
    """Runs of words from the chunks, as long as a long question."""
    chance = random.Random(7)
    texts = [text.split() for _, text, *_ in made_chunks(path, min(wanted, 20_000))]
    texts = [words for words in texts if len(words) > QUESTION_WORDS]
    questions = []
    for _ in range(QUESTIONS):
        words = chance.choice(texts)
        start = chance.randrange(len(words) - QUESTION_WORDS)
        questions.append(" ".join(words[start : start + QUESTION_WORDS]))
    return questions


def peak_mb() -> float:
    """The most memory this process has held."""
    return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 1)


def resident_mb() -> float:
    """What this process holds now (Linux)."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return round(pages * resource.getpagesize() / 1e6, 1)


def disk_mb(folder: Path) -> float:
    """The size of all files below `folder`."""
    return round(sum(file.stat().st_size for file in folder.rglob("*") if file.is_file()) / 1e6, 1)


def timed_ms(act: Callable[[str], object], questions: list[str]) -> dict[str, float]:
    """Percentiles of one call, after a tenth of the calls to warm up."""
    for question in questions[: len(questions) // 10]:
        act(question)
    times = []
    for question in questions:
        began = time.perf_counter()
        act(question)
        times.append((time.perf_counter() - began) * 1000)
    ordered = statistics.quantiles(times, n=20)
    return {"p50_ms": round(ordered[9], 2), "p95_ms": round(ordered[18], 2)}


def spent(began: float, began_cpu: float) -> dict[str, float]:
    """Wall and processor time of a build; on a busy machine only the second can be compared."""
    wall, cpu = time.perf_counter() - began, time.process_time() - began_cpu
    return {"build_s": round(wall, 1), "build_cpu_s": round(cpu, 1)}


def tantivy_chunks(path: Path, wanted: int) -> Iterator[Any]:
    """The chunks as the project's index takes them."""
    from ingest.keywords import IndexedChunk

    for number, (article, text, title, outlet, day) in enumerate(made_chunks(path, wanted)):
        yield IndexedChunk(f"{article}.v.{number:07d}", article, text, "", title, outlet, day)


def tantivy_build(path: Path, wanted: int, folder: Path) -> dict[str, Any]:
    """Build from nothing."""
    from ingest.keywords import KeywordIndex

    chunks = list(tantivy_chunks(path, wanted))
    held = resident_mb()
    began, began_cpu = time.perf_counter(), time.process_time()
    KeywordIndex.open(folder, "1").sync(
        dict.fromkeys((one.article_id for one in chunks), "v"), lambda _: chunks, "1"
    )
    return {**spent(began, began_cpu), "added_mb": round(peak_mb() - held, 1), "disk_mb": disk_mb(folder)}


def tantivy_query(path: Path, wanted: int, folder: Path) -> dict[str, Any]:
    """Open and ask, with and without an article filter."""
    before = resident_mb()
    began = time.perf_counter()
    from ingest.keywords import KeywordIndex

    imported = time.perf_counter()
    index = KeywordIndex.open(folder, "1")
    opened = time.perf_counter()
    questions = made_questions(path, wanted)
    held = resident_mb()
    plain = timed_ms(lambda question: index.search(question, LIMIT), questions)
    articles = sorted({chunk[0] for chunk in made_chunks(path, wanted)})
    half = set(articles[::2])
    filtered = timed_ms(lambda question: index.search(question, LIMIT, allowed_article_ids=half), questions)
    return {
        "import_ms": round((imported - began) * 1000, 1),
        "open_ms": round((opened - imported) * 1000, 1),
        **plain,
        f"filtered_to_{len(half)}_articles": filtered,
        "start_mb": before,
        "index_mb": round(resident_mb() - held, 1),
    }


def tantivy_update(path: Path, wanted: int, folder: Path) -> dict[str, Any]:
    """Change articles in an existing index."""
    from ingest.keywords import KeywordIndex

    index = KeywordIndex.open(folder, "1")
    first = f"{0:08x}{UPDATED_ARTICLES:08x}"
    changed = [chunk for chunk in tantivy_chunks(path, min(wanted, 3000)) if chunk.article_id < first]
    began = time.perf_counter()
    index.update(changed, [], "2")
    seconds = time.perf_counter() - began
    return {"update_s": round(seconds, 2), "articles": UPDATED_ARTICLES, "chunks": len(changed)}


def bm25s_tokens(texts: list[str], show: bool = False) -> Any:
    """bm25s's own tokenizer with an English stemmer."""
    stemmer = import_module("Stemmer").Stemmer("english")
    return import_module("bm25s").tokenize(texts, stopwords=[], stemmer=stemmer, show_progress=show)


def bm25s_build(path: Path, wanted: int, folder: Path) -> dict[str, Any]:
    """Build from nothing, and save."""
    bm25s = import_module("bm25s")
    texts = [" ".join(chunk[1:]) for chunk in made_chunks(path, wanted)]
    held = resident_mb()
    began, began_cpu = time.perf_counter(), time.process_time()
    model = bm25s.BM25(k1=1.2, b=0.75)
    model.index(bm25s_tokens(texts), show_progress=False)
    model.save(str(folder))
    return {**spent(began, began_cpu), "added_mb": round(peak_mb() - held, 1), "disk_mb": disk_mb(folder)}


def bm25s_query(path: Path, wanted: int, folder: Path) -> dict[str, Any]:
    """Load and ask."""
    before = resident_mb()
    began = time.perf_counter()
    bm25s = import_module("bm25s")
    stemmer = import_module("Stemmer").Stemmer("english")
    imported = time.perf_counter()
    model = bm25s.BM25.load(str(folder), mmap=False)
    opened = time.perf_counter()
    held = resident_mb()

    def ask(question: str) -> object:
        terms = bm25s.tokenize([question], stopwords=[], stemmer=stemmer, show_progress=False)
        return model.retrieve(terms, k=LIMIT, show_progress=False)

    plain = timed_ms(ask, made_questions(path, wanted))
    return {
        "import_ms": round((imported - began) * 1000, 1),
        "open_ms": round((opened - imported) * 1000, 1),
        **plain,
        "start_mb": before,
        "index_mb": round(held - before, 1),
    }


def bm25s_update(path: Path, wanted: int, folder: Path) -> dict[str, Any]:
    """bm25s cannot change an index: an update is a build."""
    fresh = folder / "again"
    return {"update_s": bm25s_build(path, wanted, fresh)["build_s"], "articles": UPDATED_ARTICLES}


def main() -> None:
    """Run the phases one after the other."""
    parser = argparse.ArgumentParser(description="measure a keyword index")
    parser.add_argument("articles", type=Path)
    parser.add_argument("--chunks", type=int, default=100_000)
    parser.add_argument("--engine", choices=("tantivy", "bm25s"), default="tantivy")
    options = parser.parse_args()
    phases = {
        "tantivy": (tantivy_build, tantivy_query, tantivy_update),
        "bm25s": (bm25s_build, bm25s_query, bm25s_update),
    }[options.engine]
    folder = Path(tempfile.mkdtemp(prefix="bench-keywords-"))
    try:
        for phase in phases:
            with multiprocessing.get_context("spawn").Pool(1) as pool:
                figures = pool.apply(phase, (options.articles, options.chunks, folder))
            line = {"engine": options.engine, "chunks": options.chunks, **figures}
            sys.stdout.write(json.dumps(line) + "\n")
            sys.stdout.flush()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
