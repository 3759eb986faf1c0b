"""An ingest whose reading, analysis, chunking and embedding are done by the workers of a Ray cluster.

This process walks the folders, names articles, skips what is unchanged and writes to the store, in the order of the
files, as it does alone; so the index, the report and what a crash leaves are the same. It sends workers the *bytes* of
files, and the records of JSON files one by one: no file system has to be shared, and a file is read as it was when its
time stamp was taken. How much is under way is bounded: what waits is held back at the folder, not in memory.

The cluster is reached when the first file has to be read: a run that finds nothing new needs none.
"""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from ingest.articles import article_id_of
from ingest.batching import passages_of
from ingest.discovery import FoundFile
from ingest.embedding import Embedder
from ingest.files import FileReader, FileTask
from ingest.preparing import Outcome, Ready, Unchanged
from ingest.ray_cluster import RayCluster, require_ray
from ingest.ray_embedding import spread
from ingest.ray_pool import ATTEMPTS, Job, RayPool, WorkerLost
from ingest.ray_worker import WorkTerms
from ingest.readers import ReadOptions
from ingest.report import FailedFile
from ingest.settings import IngestSettings
from ingest.workforce import READ_AHEAD_ARTICLES

log = logging.getLogger(__name__)

READING_PER_WORKER = 4
"""Files or records given to a worker before the first of them has come back, so that it never waits for the next."""

AHEAD_PER_WORKER = 4
"""Articles whose passages a worker may have before they are committed."""


@dataclass(slots=True)
class _Step:
    """One step of the stream: outcomes that are known, or a job that will give them; then perhaps a file's end."""

    source: str
    known: list[Outcome] = field(default_factory=list)
    job: Job | None = None
    ends: Path | None = None


class RayWorkforce:
    """See `Workforce`. The cluster is joined with the first job and left with `close`."""

    def __init__(self, embedder: Embedder, settings: IngestSettings, field_map: Mapping[str, str]) -> None:
        self._terms = WorkTerms.of(settings, dict(field_map))
        self._workers = settings.ray_workers
        self._cluster = RayCluster(settings.ray_address, settings.ray_workers)
        self._own = embedder
        self._joined: RayPool | None = None
        self._joining = threading.Lock()
        self._spread = spread(embedder, self.pool)
        self.embedder: Embedder = self._spread
        self.ahead = max(READ_AHEAD_ARTICLES, AHEAD_PER_WORKER * settings.ray_workers)

    def pool(self) -> RayPool:
        """The workers. Raises what `RayPool` does."""
        with self._joining:
            if self._joined is None:
                self._joined = RayPool(self._cluster, self._terms, self._own, self._workers)
            return self._joined

    def close(self) -> None:
        """Leave the cluster, without waiting for work under way."""
        with self._joining:
            try:
                if self._joined is not None:
                    self._joined.close()
            finally:
                self._joined = None
                self._cluster.close()

    def outcomes(self, reader: FileReader, files: Sequence[FoundFile]) -> Generator[Outcome, None, None]:
        """See `Workforce.outcomes`. Raises what `RayPool` does."""
        waiting: deque[_Step] = deque()
        jobs = 0
        whole = True
        for step in _with_end(self._steps(reader, files)):
            if step is not None:
                waiting.append(step)
                jobs += step.job is not None
            # Steps leave in order, and as late as there is room for jobs: they are all done by the end (None).
            while waiting and (step is None or waiting[0].job is None or jobs > self._room()):
                first = waiting.popleft()
                jobs -= first.job is not None
                for outcome in self._results(first):
                    settled = self._settled(outcome, reader)
                    whole = whole and not isinstance(settled, FailedFile)
                    yield settled
                if first.ends is not None:
                    if whole:
                        reader.read_whole.add(first.ends)
                    whole = True

    def _room(self) -> int:
        return READING_PER_WORKER * self.pool().size

    def _steps(self, reader: FileReader, files: Sequence[FoundFile]) -> Iterator[_Step]:
        """Everything there is to do, in order, each handed to a worker when it is asked for."""
        for file in files:
            task = reader.plan(file)
            if not isinstance(task, FileTask):
                yield _Step(file.relative, task)
            elif task.holds_records:
                yield from self._records(task, reader)
            else:
                yield self._whole(task, reader)

    def _whole(self, task: FileTask, reader: FileReader) -> _Step:
        """A file of one article: its bytes are sent."""
        content = reader.content(task)
        if isinstance(content, FailedFile):
            return _Step(task.source, [content], ends=task.path)
        previous = reader.known.records.get(article_id_of(task.source))
        job = self.pool().submit(task.source, "read", content, task.source, task.root, task.stamp, previous)
        return _Step(task.source, job=job, ends=task.path)

    def _records(self, task: FileTask, reader: FileReader) -> Iterator[_Step]:
        """A file of many: parsing JSON costs next to nothing, so that it is done here and the records are sent."""
        for item in reader.documents(task):
            if isinstance(item, FailedFile):
                yield _Step(task.source, [item])
                continue
            previous = reader.known.records.get(article_id_of(item.source, item.record_key))
            source = f"{task.source}#{item.record_line}"
            job = self.pool().submit(source, "prepare", item, task.root, task.stamp, previous)
            yield _Step(source, job=job)
        yield _Step(task.source, ends=task.path)

    def _results(self, step: _Step) -> list[Outcome]:
        if step.job is None:
            return step.known
        try:
            found: list[Outcome] = self.pool().result(step.job)
        except WorkerLost as error:
            log.warning("%s ended every worker that read it: %s", step.source, error)
            return [
                FailedFile(
                    step.source,
                    f"it ended the {ATTEMPTS} worker processes that tried to read it (out of memory, or out of time); "
                    "try it with the plain engine, or save its text as .txt",
                )
            ]
        return found

    def _settled(self, outcome: Outcome, reader: FileReader) -> Outcome:
        """What only this process knows of it: whether it was met before, and whether another has the same words."""
        match outcome:
            case Ready(article=article):
                met = reader.preparer.meet(article.article_id, article.version, article.source)
                if met is not None:
                    return met
                ready = replace(outcome, alike=reader.known.by_version.get(article.version))
                if ready.previous is None and ready.alike is None:  # else the store may have its vectors
                    passages = passages_of(
                        ready.analysis.sentences, ready.chunks, by_sentence=self._spread.by_sentence
                    )
                    self._spread.expect(article.source, [(one.text, one.spans) for one in passages])
                return ready
            case Unchanged(record, renewed) if record is not renewed:
                return reader.preparer.meet(record.article_id, record.version, renewed.source) or outcome
        return outcome


@contextmanager
def open_ray(
    embedder: Embedder, settings: IngestSettings, field_map: Mapping[str, str]
) -> Iterator[RayWorkforce]:
    """The workforce of a Ray cluster for the time of a `with` block.

    Raises:
        SettingsError: Ray is not installed.
        InvalidRequest: `field_map` names a field that does not exist.
    """
    require_ray()
    ReadOptions.of(settings, field_map)
    workforce = RayWorkforce(embedder, settings, field_map)
    try:
        yield workforce
    finally:
        workforce.close()


def _with_end(steps: Iterator[_Step]) -> Iterator[_Step | None]:
    yield from steps
    yield None


__all__ = ["RayWorkforce", "open_ray"]
