"""Ingest, from paths or documents to a report: discover, read, prepare, embed, commit, prune.

What is committed stays, whatever happens afterwards: an interrupt, a failing embedder or `kill -9` lose at most the
batch at hand, and the next run does what is missing. The one thing that is never done on a guess is removing.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from ingest.articles import RawDocument
from ingest.batching import BatchWriter
from ingest.discovery import discover, is_gone
from ingest.duplicates import groups
from ingest.errors import InvalidRequest, UnreadableArticle
from ingest.files import FileReader
from ingest.identity import UPLOAD_ROOT, KnownArticles
from ingest.preparing import FileStamp, Outcome, Preparer, Ready, Repeated, Unchanged
from ingest.readers import ReadOptions, readable
from ingest.reading_ahead import read_ahead
from ingest.records import ArticleRecord
from ingest.report import FailedFile, IngestReport, Progress
from ingest.settings import IngestSettings
from ingest.workforce import READ_AHEAD_ARTICLES, InProcess

if TYPE_CHECKING:
    from ingest.embedding import Embedder
    from ingest.store import ArticleStore
    from ingest.workforce import Workforce

OnProgress = Callable[[Progress], None]

PROGRESS_EVERY_S = 0.1


def ingest(
    paths: Sequence[Path],
    store: ArticleStore,
    embedder: Embedder,
    settings: IngestSettings,
    *,
    prune: bool = False,
    field_map: Mapping[str, str] | None = None,
    on_progress: OnProgress | None = None,
    should_stop: Callable[[], bool] | None = None,
    workforce: Workforce | None = None,
) -> IngestReport:
    """Make the index agree with these files and folders, and say what that took.

    Files whose time stamp and size are those of the last run are not opened. `prune` removes the articles of the
    given folders whose files are gone, and those of the given files whose records are gone; nothing else is ever
    removed. `field_map` names the JSON fields to read (`ReadOptions`). `should_stop` is asked before each article;
    once it says yes, what is at hand is committed and the run ends. One bad article is an entry of
    `report.failed`. `workforce` reads and embeds (by default this process does), for `embedder`.

    Raises:
        InvalidRequest: a path does not exist, or a folder to prune holds no articles at all while the index has
            some from it (it may not be mounted). Nothing is written then.
        TransientError, PermanentError: from the embedder or the store. What was committed stays.
    """
    started = time.monotonic()
    store.sweep()
    known = KnownArticles(store.catalogue())
    options = ReadOptions.of(settings, field_map or {})
    found = discover(paths, readable, known.file_paths())
    report = IngestReport(failed=found.failed, notes=found.notes)
    for folder in found.folders:
        lost = known.under(folder)
        if prune and lost and not any(file.path.is_relative_to(folder) for file in found.files):
            raise InvalidRequest(
                f"{folder} holds no articles, and the index has {len(lost)} from it: is it mounted? "
                "Nothing was pruned; remove articles one by one if they are really gone"
            )
    work = workforce or InProcess(embedder)
    run = _Run(store, work.embedder, known, report, on_progress, should_stop, started)
    reader = FileReader(known, Preparer(known, embedder.count_tokens, embedder.max_tokens), options)
    run.total = reader.estimate(found.files)
    run.consume(work.outcomes(reader, found.files), work.ahead)
    candidates = {record.article_id: record for folder in found.folders for record in known.under(folder)}
    candidates |= {record.article_id: record for file in found.files for record in known.of_file(file.path)}
    run.settle_vanished(candidates.values(), reader.read_whole, prune)
    for root, number in sorted(known.left_behind(run.seen).items()):
        report.notes.append(
            f"{_articles(number)} of {root}, which is gone, were not found again and are kept"
        )
    return run.finish()


def ingest_documents(
    documents: Iterable[RawDocument | UnreadableArticle],
    store: ArticleStore,
    embedder: Embedder,
    settings: IngestSettings,
    *,
    on_progress: OnProgress | None = None,
    should_stop: Callable[[], bool] | None = None,
) -> IngestReport:
    """The same for documents that have no file: uploads. `document.source` is the name they were given.

    The same name again is a new version of the same article; a name that a file of some folder has already is
    lengthened to `upload/NAME`. Raises what `ingest` raises from the embedder and the store.
    """
    started = time.monotonic()
    store.sweep()
    known = KnownArticles(store.catalogue())
    report = IngestReport()
    run = _Run(store, embedder, known, report, on_progress, should_stop, started)
    preparer = Preparer(known, embedder.count_tokens, embedder.max_tokens)

    def outcomes() -> Generator[Outcome, None, None]:
        for document in documents:
            if isinstance(document, UnreadableArticle):
                source, _, reason = str(document).partition(": ")
                yield FailedFile(source, reason) if reason else FailedFile("upload", source)
                continue
            name = known.claim_upload(document.source)
            yield preparer.prepare(replace(document, source=name), UPLOAD_ROOT, FileStamp())

    run.consume(outcomes())
    return run.finish()


class _Run:
    """One run: takes outcomes in, keeps count, and brings the report to its end."""

    def __init__(
        self,
        store: ArticleStore,
        embedder: Embedder,
        known: KnownArticles,
        report: IngestReport,
        on_progress: OnProgress | None,
        should_stop: Callable[[], bool] | None,
        started: float,
    ) -> None:
        self.total = 0
        self.seen: set[str] = set()
        self._store = store
        self._known = known
        self._report = report
        self._on_progress = on_progress
        self._should_stop = should_stop
        self._started = started
        self._writer = BatchWriter(store, embedder, report, self._tell)
        self._met = 0
        self._current = ""
        self._told_at = float("-inf")
        self._stopped = False

    def consume(self, outcomes: Generator[Outcome, None, None], ahead: int = READ_AHEAD_ARTICLES) -> None:
        """Take every outcome to where it belongs, and commit. `ahead` of them are made before they are needed."""
        self._tell()
        with self._writer, closing(read_ahead(outcomes, ahead)) as coming:
            repeated = self._take(coming)
            self._writer.commit()
        if repeated:
            self._report.notes.append(
                f"left out {_articles(repeated)} that repeat another record word for word"
            )
        if self._stopped:
            self._report.notes.append("stopped before the end; the next run does the rest")
        else:
            self.total = self._met
        self._tell()

    def _take(self, outcomes: Iterable[Outcome]) -> int:
        """Take outcomes until they end or a stop is asked for; how many were repetitions."""
        repeated = 0
        for outcome in outcomes:
            self._met += 1
            match outcome:
                case Ready():
                    self._current = outcome.article.source
                    self.seen.add(outcome.article.article_id)
                    self._writer.add(outcome)
                case Unchanged():
                    self._current = outcome.renewed.source
                    self.seen.add(outcome.record.article_id)
                    self._report.unchanged.append(outcome.renewed.source)
                    if outcome.renewed != outcome.record:
                        self._writer.renew(outcome)
                case Repeated():
                    repeated += 1
                case FailedFile():
                    self._current = outcome.source
                    self._report.failed.append(outcome)
            if time.monotonic() - self._told_at >= PROGRESS_EVERY_S:
                self._tell()
            if self._should_stop is not None and self._should_stop():
                self._stopped = True
                break
        return repeated

    def settle_vanished(
        self, candidates: Iterable[ArticleRecord], read_whole: set[Path], prune: bool
    ) -> None:
        """Remove, or with no `prune` note, the candidates that are surely gone: their file does not exist, or was
        read whole in this run and no longer holds them."""
        if self._stopped:
            return
        vanished = []
        for record in candidates:
            path = self._known.paths[record.article_id]
            if (
                record.article_id not in self.seen
                and path is not None
                and (path in read_whole or is_gone(path))
            ):
                vanished.append(record)
        if not vanished:
            return
        if prune:
            self._store.delete([record.article_id for record in vanished])
            self._report.removed += sorted(record.source for record in vanished)
        else:
            number = len(vanished)
            verb, pronoun = ("is", "it") if number == 1 else ("are", "them")
            self._report.notes.append(
                f"{_articles(number)} {verb} no longer in the folder; --prune removes {pronoun}"
            )

    def finish(self) -> IngestReport:
        """Find the near-copies of what is new, and give the report."""
        if self._writer.committed:
            catalogue = self._store.catalogue()
            source_of = {record.article_id: record.source for record in catalogue}
            signatures = {record.article_id: record.signature for record in catalogue if record.signature}
            for group in groups(signatures):
                if not self._writer.committed.isdisjoint(group):
                    self._report.duplicates.append(tuple(sorted(source_of[one] for one in group)))
        self._report.elapsed_s = time.monotonic() - self._started
        return self._report

    def _tell(self) -> None:
        if self._on_progress is None:
            return
        self._told_at = time.monotonic()
        done = self._met - self._writer.waiting
        self._on_progress(
            Progress(
                done=done,
                total=max(self.total, self._met),
                current=self._current,
                chunks=self._report.chunks_embedded,
                elapsed_s=self._told_at - self._started,
            )
        )


def _articles(number: int) -> str:
    return "1 article" if number == 1 else f"{number} articles"
