"""One file becomes outcomes: skipped unread where its time stamp and size are known, else read and prepared.

The articles of a file that failed in part are never taken for vanished, and a file of many records is skipped only
when the index has as many articles from it as it has records: a run that was cut short inside it is finished.
"""

from __future__ import annotations

import logging
import os
import re
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from ingest.articles import RawDocument
from ingest.decoding import cannot_open
from ingest.discovery import FoundFile
from ingest.errors import DatelineError, UnreadableArticle
from ingest.identity import KnownArticles
from ingest.opening import open_regular, read_whole
from ingest.preparing import FileStamp, Outcome, Preparer, Unchanged
from ingest.readers import ReadOptions, read
from ingest.records import ArticleRecord
from ingest.report import FailedFile

log = logging.getLogger(__name__)

SETTLED_AFTER_NS = 50_000_000
SETTLED_AFTER_COARSE_NS = 2_000_000_000
"""A file read sooner than this after its last change may change again under the same time stamp, which Linux moves
on every few milliseconds and FAT every two seconds (whole seconds: a coarse file system). Its stamp is not kept."""

_PIECE_BYTES = 1 << 20

_JSON_LINES = (".jsonl", ".ndjson")
_JSON = (".json", *_JSON_LINES)


@dataclass(frozen=True, slots=True)
class FileTask:
    """A file that has to be read: where it is, what its articles are called, and what told its state before."""

    path: Path
    within: Path | None
    root: str
    source: str
    stamp: FileStamp

    @property
    def holds_records(self) -> bool:
        """Whether it may hold many articles."""
        return _suffix(self.path) in _JSON


class FileReader:
    """Reads the files of one run."""

    def __init__(self, known: KnownArticles, preparer: Preparer, options: ReadOptions) -> None:
        self.known = known
        self.preparer = preparer
        self._options = options
        self._lines: dict[Path, int] = {}
        self.read_whole: set[Path] = set()
        """Files that were read to their end without a failure: what they lack is gone."""

    def estimate(self, files: Sequence[FoundFile]) -> int:
        """About how many articles these files hold: one each, and one a line of JSON Lines."""
        return sum(self._count_lines(file.path) if _suffix(file.path) in _JSON_LINES else 1 for file in files)

    def outcomes(self, file: FoundFile) -> Iterator[Outcome]:
        """What becomes of each article of one file, in order."""
        planned = self.plan(file)
        if not isinstance(planned, FileTask):
            yield from planned
            return
        failed = False
        for item in self.documents(planned):
            if isinstance(item, FailedFile):
                outcome: Outcome = item
            else:
                outcome = self.preparer.prepare(item, planned.root, planned.stamp)
            failed = failed or isinstance(outcome, FailedFile)
            yield outcome
        if not failed:
            self.read_whole.add(planned.path)

    def plan(self, file: FoundFile) -> FileTask | list[Outcome]:
        """What has to be read, with the name it is kept under; or what becomes of a file that need not be."""
        try:
            status = file.path.stat()
        except OSError as error:
            return [FailedFile(file.relative, f"it cannot be opened: {error.strerror or error}")]
        records = self.known.of_file(file.path)
        if self._is_unchanged(file.path, status, records):
            return [Unchanged(record, record) for record in records]
        root, source = self.known.claim(file)
        within = None if file.named else Path(file.root)
        return FileTask(file.path, within, root, source, _stamp(status))

    def documents(self, task: FileTask) -> Iterator[RawDocument | FailedFile]:
        """Every document of one file, or in its place the reason why there is none."""
        try:
            for item in read(task.path, task.source, self._options, within=task.within):
                yield failure_of(task.source, item) if isinstance(item, UnreadableArticle) else item
        except DatelineError:
            raise
        except OSError as error:
            yield FailedFile(task.source, f"it cannot be read: {error.strerror or error}")
        except Exception as error:
            log.exception("%s could not be read", task.source)
            yield FailedFile(task.source, f"it could not be read ({type(error).__name__}: {error})")

    def content(self, task: FileTask) -> bytes | FailedFile:
        """The bytes of one file, for somebody else to read, or the reason why there are none."""
        try:
            with open_regular(task.path, task.source, task.within) as file:
                return read_whole(file, task.source, self._options.max_file_mb)
        except UnreadableArticle as error:
            return failure_of(task.source, error)
        except OSError as error:
            return failure_of(task.source, cannot_open(task.source, error))

    def _is_unchanged(self, path: Path, status: os.stat_result, records: Sequence[ArticleRecord]) -> bool:
        """Whether the index has all of this file as it stands."""
        stamp = (status.st_mtime_ns, status.st_size)
        if not records or any((record.file_mtime_ns, record.file_size) != stamp for record in records):
            return False
        suffix = _suffix(path)
        if suffix in _JSON and self._options.field_map:
            return False  # the same file may be read otherwise than last time
        if suffix in _JSON_LINES:
            return self._count_lines(path) == len(records)
        if suffix == ".json":
            return self._count_records(path) == len(records)
        return True

    def _count_lines(self, path: Path) -> int:
        """How many lines are not blank; 1 for a file that cannot be opened, whose reader will say why."""
        if path not in self._lines:
            try:
                with open_regular(path, path.name) as lines:
                    self._lines[path] = _filled_lines(lines)
            except (OSError, UnreadableArticle):
                self._lines[path] = 1
        return self._lines[path]

    def _count_records(self, path: Path) -> int:
        """How many articles a JSON file holds; -1 when some cannot be read, so that they are reported again."""
        count = 0
        for item in read(path, path.name, self._options):
            if isinstance(item, UnreadableArticle):
                return -1
            count += 1
        return count


def _filled_lines(lines: BinaryIO) -> int:
    """How many lines are not blank. Long ones are met in pieces: memory does not grow with them."""
    count = 0
    filled = False
    while piece := lines.readline(_PIECE_BYTES):
        filled = filled or not piece.isspace()
        if piece.endswith(b"\n"):
            count += filled
            filled = False
    return count + filled


def _suffix(path: Path) -> str:
    return path.suffix.lower()


def _stamp(status: os.stat_result) -> FileStamp:
    """The stamp to keep, from before the file was read: empty when it might not tell of the next change."""
    coarse = status.st_mtime_ns % 1_000_000_000 == 0
    if time.time_ns() - status.st_mtime_ns < (SETTLED_AFTER_COARSE_NS if coarse else SETTLED_AFTER_NS):
        return FileStamp()
    return FileStamp(status.st_mtime_ns, status.st_size)


def failure_of(source: str, error: UnreadableArticle) -> FailedFile:
    """The reader's message with what it begins with, the source (and record), told apart."""
    match = re.match(rf"({re.escape(source)}(?:#\d+)?): (.+)", str(error), re.DOTALL)
    return FailedFile(match[1], match[2]) if match else FailedFile(source, str(error))
