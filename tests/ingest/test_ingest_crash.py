"""Killed at any moment, an index holds whole articles, and the next run makes it what a clean run makes."""

from __future__ import annotations

import hashlib
import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from ingest import batching, pipeline
from ingest.articles import chunk_id_of
from ingest.report import IngestReport
from ingest.settings import IngestSettings
from ingest.store import ArticleStore

PROJECT = Path(__file__).resolve().parent.parent.parent
FILES = 40
RECORDS = 20
LONGEST_WAIT_S = 0.9
DIMENSION = 16
State = dict[str, tuple[str, str, str, tuple[str, ...]]]


class SlowEmbedder:
    """Vectors made of a text's hash, after a pause, so that there is a moment to be killed in."""

    name = "slow"
    fingerprint = "slow-16"
    dimension = DIMENSION
    max_tokens = 254

    def __init__(self, pause_s: float = 0.0) -> None:
        self.pause_s = pause_s

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        time.sleep(self.pause_s)
        rows = [np.frombuffer(hashlib.sha512(text.encode()).digest(), dtype=np.uint32) for text in texts]
        vectors = np.array(rows, dtype=np.float64)
        lengths = np.sqrt((vectors * vectors).sum(axis=1, keepdims=True))
        unit: NDArray[np.float32] = (vectors / lengths).astype(np.float32)
        return unit

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        return [len(text.split()) for text in texts]


def prose(name: str, edition: int) -> str:
    """Two editions share their first paragraphs, so that a change reuses some vectors and not others."""
    shared = "\n\n".join(
        " ".join(
            f"Member {turn} of {name} spoke on item {item}, “point {turn},” she said." for turn in range(12)
        )
        for item in range(3)
    )
    return f"{shared}\n\nThis is edition {edition} of the report on {name}, and it ends here."


def write_folder(folder: Path, edition: int) -> None:
    folder.mkdir(exist_ok=True)
    for number in range(FILES):
        (folder / f"{number:02d}.txt").write_text(prose(f"council {number}", edition), encoding="utf-8")
    lines = [
        json.dumps({"id": f"r{number}", "body": prose(f"record {number}", edition)})
        for number in range(RECORDS)
    ]
    (folder / "feed.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")


def run(
    folder: Path, data_dir: Path, pause_s: float = 0.0, on_begin: Callable[[], None] | None = None
) -> IngestReport:
    embedder = SlowEmbedder(pause_s)
    settings = IngestSettings(data_dir=data_dir)
    with ArticleStore.open(
        settings, fingerprint=embedder.fingerprint, dimension=DIMENSION, create=True
    ) as store:
        if on_begin is not None:
            on_begin()
        return pipeline.ingest([folder], store, embedder, settings, prune=True)


def state_of(data_dir: Path) -> State:
    """Every article whole, or an AssertionError: its chunks tile its text, and each has its own vector."""
    with ArticleStore.open(
        IngestSettings(data_dir=data_dir), fingerprint=SlowEmbedder.fingerprint, dimension=None, create=False
    ) as store:
        state: State = {}
        records = store.catalogue()
        stored = store.get([record.article_id for record in records])
        assert len(stored) == len(records)
        for record in records:
            one = stored[record.article_id]
            assert one.article.version == record.version
            assert one.analysis.sentences
            chunks = store.chunks(record.chunk_ids)
            vectors = store.vectors_of(record.chunk_ids)
            assert list(chunks) == [
                chunk_id_of(record.article_id, record.version, number) for number in range(record.chunk_count)
            ]
            assert "".join(chunk.text for chunk in chunks.values()) == one.article.text
            expected = SlowEmbedder().embed([chunk.embedded_text for chunk in chunks.values()])
            np.testing.assert_allclose(np.stack([vectors[one_id] for one_id in chunks]), expected, atol=1e-6)
            state[record.source] = (
                record.article_id,
                record.version,
                one.article.text,
                tuple(chunk.embedded_text for chunk in chunks.values()),
            )
        return state


class Child:
    """The same run in a process of its own, which loads its libraries at once and begins when told to."""

    def __init__(self, folder: Path, data_dir: Path) -> None:
        self.process = subprocess.Popen(
            [sys.executable, __file__, str(folder), str(data_dir)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd=PROJECT,
            env={**os.environ, "PYTHONPATH": str(PROJECT)},
        )

    def kill_after(self, delay_s: float) -> bool:
        """Let it begin, and kill it; whether it was still at work."""
        with self.process as process:
            assert process.stdin is not None
            assert process.stdout is not None
            process.stdin.write(b"begin\n")
            process.stdin.flush()
            assert process.stdout.readline() == b"begun\n"
            time.sleep(delay_s)
            at_work = process.poll() is None
            process.send_signal(signal.SIGKILL)
        return at_work

    def dismiss(self) -> None:
        with self.process as process:
            process.kill()


def kill_many(place: Path, kills: int, seed: int) -> int:
    """Ingest, and kill it, `kills` times, each time with the other edition to ingest; how often it was at work."""
    folder, data_dir = place / "articles", place / "index"
    chance = random.Random(seed)
    clean: dict[int, State] = {}
    for edition in (0, 1):
        write_folder(folder, edition)
        run(folder, place / f"clean-{edition}")
        clean[edition] = state_of(place / f"clean-{edition}")
    at_work = 0
    waiting = [Child(folder, data_dir), Child(folder, data_dir)]
    try:
        for attempt in range(kills):
            edition = attempt % 2
            write_folder(folder, edition)
            waiting.append(Child(folder, data_dir))
            at_work += waiting.pop(0).kill_after(chance.uniform(0, LONGEST_WAIT_S))
            for source, article in state_of(data_dir).items():
                assert article in (clean[0][source], clean[1][source])
            if attempt % 4 == 3:
                assert run(folder, data_dir).failed == []
                assert state_of(data_dir) == clean[edition]
                again = run(folder, data_dir)
                assert (len(again.unchanged), again.chunks_embedded) == (FILES + RECORDS, 0)
    finally:
        for child in waiting:
            child.dismiss()
    return at_work


def test_killed_and_finished(tmp_path: Path) -> None:
    assert kill_many(tmp_path, kills=4, seed=1) >= 1


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_killed_many_times_and_finished(tmp_path: Path) -> None:
    assert kill_many(tmp_path, kills=60, seed=2) >= 30


def wait_then_run(folder: Path, data_dir: Path) -> None:
    """What a child does."""
    import chromadb  # noqa: F401

    batching.COMMIT_ARTICLES = 5
    sys.stdin.readline()
    run(folder, data_dir, pause_s=0.02, on_begin=lambda: print("begun", flush=True))  # noqa: T201


if __name__ == "__main__":
    wait_then_run(Path(sys.argv[1]), Path(sys.argv[2]))
