"""Readers' verdicts on disk: JSON Lines in the data folder, only ever appended to, bounded in size.

    feedback/feedback.jsonl        what is written to now
    feedback/feedback-000001.jsonl what was full, oldest first; the oldest goes when there are too many
    feedback/lock                  held for an append, a rotation, or a removal; never for reading

A line is there for good once `add` returns. A crash can leave the last line torn: it is skipped on reading, and the
next line begins on its own. Reading needs no lock, so the command line reads while a server writes.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path

from ingest.errors import InvalidRequest, UpstreamUnavailable
from service.feedback import Feedback, FeedbackKeeper, KeptFeedback, given_now, parsed_line

FEEDBACK_FOLDER = "feedback"
CURRENT = "feedback.jsonl"
LOCK = "lock"
MAX_FILE_BYTES = 8_000_000
MAX_FULL_FILES = 24
"""With `MAX_FILE_BYTES`: at most 200 MB."""
LOCK_TIMEOUT_S = 10.0


class FeedbackLog:
    """The verdicts in a folder. Safe to share between threads and processes."""

    def __init__(
        self, folder: Path, *, max_file_bytes: int = MAX_FILE_BYTES, max_full_files: int = MAX_FULL_FILES
    ) -> None:
        self._folder = folder
        self._max_file_bytes = max_file_bytes
        self._max_full_files = max_full_files
        self.torn = 0
        """How many lines the last reading skipped because they are torn."""

    def add(self, feedback: Feedback) -> str:
        """Keep one for good, and give its id.

        Raises:
            UpstreamUnavailable: it could not be written.
        """
        kept = given_now(feedback)
        self.keep(kept)
        return kept.id

    def keep(self, kept: KeptFeedback) -> None:
        """Keep one that has its id already. Raises like `add`."""
        line = kept.line
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            with self._locked():
                self._rotate(len(line))
                self._append(line)
        except OSError as error:
            said = error.strerror or type(error).__name__
            raise UpstreamUnavailable(f"the feedback could not be kept: {said}") from error

    def read(self) -> Iterator[KeptFeedback]:
        """All of them, oldest first. Lines that are torn are skipped and counted in `torn`."""
        self.torn = 0
        for path in self._files():
            try:
                content = path.read_bytes()
            except FileNotFoundError:  # rotated away this moment
                continue
            for line in content.splitlines():
                kept = parsed_line(line)
                if kept is not None:
                    yield kept
                elif line.strip():
                    self.torn += 1

    def forget(self, feedback_id: str) -> bool:
        """Remove one from disk. Whether it was there.

        Raises:
            UpstreamUnavailable: its file could not be written anew.
        """
        return self.forget_all({feedback_id})

    def forget_all(self, ids: Collection[str]) -> bool:
        """Remove those with these ids. Whether one was there. Raises like `forget`."""
        if not self._folder.is_dir():
            return False
        found = False
        try:
            with self._locked():
                for path in self._files():
                    lines = path.read_bytes().splitlines(keepends=True) if path.exists() else []
                    kept = [line for line in lines if not _is_one_of(line, ids)]
                    if len(kept) < len(lines):
                        found = True
                        _replace(path, b"".join(kept))
        except OSError as error:
            said = error.strerror or type(error).__name__
            raise UpstreamUnavailable(f"the feedback could not be removed: {said}") from error
        return found

    def hand_over(self) -> None:
        """Nothing waits: this is where verdicts belong."""

    def close(self) -> None:
        """Nothing goes on behind it."""

    def _files(self) -> list[Path]:
        """Full files, oldest first, then the one being written."""
        return [*sorted(self._folder.glob("feedback-*.jsonl")), self._folder / CURRENT]

    def _append(self, line: bytes) -> None:
        handle = os.open(self._folder / CURRENT, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
        with os.fdopen(handle, "r+b", buffering=0) as file:
            size = file.seek(0, os.SEEK_END)
            if size and os.pread(file.fileno(), 1, size - 1) != b"\n":
                line = b"\n" + line  # a crash tore the last one
            file.write(line)
            os.fsync(file.fileno())
        if size == 0:
            _sync_folder(self._folder)

    def _rotate(self, coming_bytes: int) -> None:
        current = self._folder / CURRENT
        if not current.exists() or current.stat().st_size + coming_bytes <= self._max_file_bytes:
            return
        full = sorted(self._folder.glob("feedback-*.jsonl"))
        last = int(full[-1].stem.rpartition("-")[2]) if full else 0
        current.replace(self._folder / f"feedback-{last + 1:06d}.jsonl")
        for old in full[: max(0, len(full) + 1 - self._max_full_files)]:
            old.unlink()
        _sync_folder(self._folder)

    @contextmanager
    def _locked(self) -> Iterator[None]:
        from filelock import FileLock, Timeout

        try:
            with FileLock(self._folder / LOCK, timeout=LOCK_TIMEOUT_S):
                yield
        except Timeout as error:
            raise OSError(None, "another process has been writing it for too long") from error


def found_by(log: FeedbackKeeper, beginning: str) -> KeptFeedback:
    """The one whose id begins so.

    Raises:
        InvalidRequest: none does, or several do.
    """
    matching = [kept for kept in log.read() if beginning and kept.id.startswith(beginning)]
    if len(matching) != 1:
        several = "several begin" if matching else "none begins"
        raise InvalidRequest(
            f"there is no feedback {beginning!r}: {several} so; see `dateline feedback list`"
        )
    return matching[0]


def _is_one_of(line: bytes, ids: Collection[str]) -> bool:
    kept = parsed_line(line)
    return kept is not None and kept.id in ids


def _replace(path: Path, content: bytes) -> None:
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
    _sync_folder(path.parent)


def _sync_folder(folder: Path) -> None:
    """Make a new name in a folder survive a crash, where folders can be synced."""
    try:
        handle = os.open(folder, os.O_RDONLY)
    except OSError:
        return
    try:
        os.fsync(handle)
    except OSError:
        return
    finally:
        os.close(handle)
