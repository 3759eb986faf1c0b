"""One contestant in a run: its processes, its index, its figures, and its failure, which ends its part alone."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from eval.benchmarks.peers.contestants import OVERLAP_TOKENS, Contestant
from eval.benchmarks.peers.figures import Measured
from eval.benchmarks.peers.process import WorkerProcess
from ingest.errors import DatelineError, PermanentError

DIMENSION = 384
WARM_UP_QUESTION = "What happened?"

T = TypeVar("T")


class Contest:
    """A contestant with a folder of its own. Its methods that raise are called through `attempt`."""

    def __init__(self, contestant: Contestant, python: Path, folder: Path, model: Path, threads: int) -> None:
        """Take part, working in `folder / contestant.name`; `model` is a folder that sentence-transformers opens."""
        self.contestant = contestant
        self.figures = Measured(contestant.name, contestant.label)
        self.index = folder / contestant.name / "index"
        self._python = python
        self._folder = folder / contestant.name
        self._model = model
        self._threads = threads
        self._worker: WorkerProcess | None = None

    def attempt(self, work: Callable[[], T]) -> T | None:
        """What `work` returns; None when it fails, or when the contestant failed before."""
        if self.figures.failure is not None:
            return None
        try:
            return work()
        except DatelineError as error:
            self.figures.failure = str(error)
            return None

    @contextmanager
    def process(self) -> Iterator[WorkerProcess]:
        """A fresh process for the time of the `with` block; `open`, `search` and the rest speak to it."""
        # Dateline's code may stand in a work tree; peers must not see it.
        code = Path(__file__).parents[3] if self.contestant.environment is None else None
        with WorkerProcess(
            self._python,
            self.contestant.adapter,
            folder=self._folder,
            threads=self._threads,
            code=code,
        ) as worker:
            self._worker = worker
            try:
                yield worker
            finally:
                self._worker = None

    def open(self, index: Path, *, create: bool) -> None:
        """Open an index, or make an empty one."""
        index.mkdir(parents=True, exist_ok=True)
        self._ask(
            "open",
            options={
                "index": str(index),
                "create": create,
                "model": str(self._model),
                "dimension": DIMENSION,
                "threads": self._threads,
                "passage_tokens": self.contestant.passage_tokens,
                "overlap_tokens": OVERLAP_TOKENS,
            },
        )

    def warm_up(self, articles: Path) -> None:
        """Load what ingest loads lazily, with an index that is not used again."""
        self.open(self._folder / "warm-up", create=True)
        self._ask("ingest", path=str(articles))
        self._ask("search", question=WARM_UP_QUESTION, limit=1)
        self._ask("close")

    def ingest(self, articles: Path) -> None:
        """Add a slice and take its times."""
        reply = self._ask("ingest", path=str(articles))
        self.figures.ingest_s.append(reply["seconds"])
        self.figures.ingest_cpu_s.append(reply["cpu_seconds"])
        self.figures.ingest_embed_s.append(reply["embed_seconds"])

    def search(self, question: str, limit: int) -> tuple[list[str], float, float]:
        """The passages, milliseconds in all, and milliseconds of them embedding the question."""
        reply = self._ask("search", question=question, limit=limit)
        return reply["passages"], 1000 * reply["seconds"], 1000 * reply["embed_seconds"]

    def close(self) -> tuple[int, int]:
        """Close the index: passages in it, and the peak resident size of the process in bytes."""
        reply = self._ask("close")
        self.figures.versions = reply["versions"]
        return reply["passages"], reply["peak_bytes"]

    def _ask(self, do: str, **details: Any) -> dict[str, Any]:
        if self._worker is None:
            raise PermanentError(f"no process runs for {self.contestant.name}")
        return self._worker.ask(do, **details)


def rotated(contests: Sequence[Contest], number: int) -> list[Contest]:
    """The same in another order each time, so that none always follows the same one."""
    start = number % len(contests) if contests else 0
    return [*contests[start:], *contests[:start]]
