"""How fast ingest is beside its embedder alone, how much memory it takes, and what a second run costs.

    python scripts/bench_ingest.py PATH [--limit N] [--bare N] [--keep FOLDER]

The bare embedder gets the same texts in one call, in the same process, after the ingest has warmed it. `--limit`
takes the first N lines of a JSON Lines file; `--bare` gives the bare embedder only every n-th text, about N of them.
Prints one JSON object; rates are chunks a second, `cpu_ms_per_chunk` counts all threads (on a machine that others use
too, its ratio says more than that of the clock), memory is the peak of the process, in MB (10^6 bytes).
"""

from __future__ import annotations

import argparse
import json
import resource
import sys
import tempfile
import time
from itertools import islice
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))


def peak_mb() -> float:
    """The highest resident size of this process so far (Linux counts in kB)."""
    return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6, 1)


def main() -> None:
    """Measure, and print what was found."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("path", type=Path)
    parser.add_argument("--limit", type=int)
    parser.add_argument("--bare", type=int)
    parser.add_argument("--keep", type=Path, help="build the index here and leave it")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        path, place = arguments.path, Path(scratch)
        if arguments.limit:
            path = place / arguments.path.name
            with arguments.path.open(encoding="utf-8") as lines:
                path.write_text("".join(islice(lines, arguments.limit)), encoding="utf-8")
        print(json.dumps(measure(path, arguments.keep or place / "index", arguments.bare), indent=2))  # noqa: T201


def measure(path: Path, data_dir: Path, bare_count: int | None) -> dict[str, object]:
    """One ingest, a second one, and the bare embedder over the same texts."""
    from ingest.embedding import open_embedder
    from ingest.pipeline import ingest
    from ingest.settings import IngestSettings
    from ingest.store import ArticleStore

    settings = IngestSettings(data_dir=data_dir)
    embedder = open_embedder(settings)
    embedder.embed(["warm up"])
    with ArticleStore.open(
        settings, fingerprint=embedder.fingerprint, dimension=embedder.dimension, create=True
    ) as store:
        started, started_cpu = time.perf_counter(), time.process_time()
        first = ingest([path], store, embedder, settings)
        ingest_s, ingest_cpu_s = time.perf_counter() - started, time.process_time() - started_cpu
        peak_after_ingest_mb = peak_mb()
        started = time.perf_counter()
        second = ingest([path], store, embedder, settings)
        second_s = time.perf_counter() - started
        texts = list(dict.fromkeys(chunk.embedded_text for chunk in store.all_chunks()))
    if bare_count:
        texts = texts[:: max(1, len(texts) // bare_count)]
    started, started_cpu = time.perf_counter(), time.process_time()
    embedder.embed(texts)
    bare_s, bare_cpu_s = time.perf_counter() - started, time.process_time() - started_cpu
    ingest_cpu_ms = 1000 * ingest_cpu_s / first.chunks_embedded
    bare_cpu_ms = 1000 * bare_cpu_s / len(texts)
    ingest_rate, bare_rate = first.chunks_embedded / ingest_s, len(texts) / bare_s
    return {
        "articles": len(first.added),
        "failed": len(first.failed),
        "duplicate_groups": len(first.duplicates),
        "chunks_embedded": first.chunks_embedded,
        "ingest_s": round(ingest_s, 2),
        "ingest_chunks_per_s": round(ingest_rate, 1),
        "bare_chunks": len(texts),
        "bare_embedder_s": round(bare_s, 2),
        "bare_chunks_per_s": round(bare_rate, 1),
        "ratio": round(ingest_rate / bare_rate, 3),
        "ingest_cpu_ms_per_chunk": round(ingest_cpu_ms, 2),
        "bare_cpu_ms_per_chunk": round(bare_cpu_ms, 2),
        "cpu_ratio": round(bare_cpu_ms / ingest_cpu_ms, 3),
        "peak_after_ingest_mb": peak_after_ingest_mb,
        "second_run_s": round(second_s, 3),
        "second_run_unchanged": len(second.unchanged),
        "second_run_embedded": second.chunks_embedded,
    }


if __name__ == "__main__":
    main()
