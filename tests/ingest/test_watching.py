"""`--watch`: one run at the start, one after every burst of changes, and none that is lost."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from ingest.errors import InvalidRequest, UpstreamUnavailable
from ingest.report import IngestReport
from ingest.watching import watch

DEBOUNCE_MS = 200
LONG_ENOUGH_S = 20.0


class Runs:
    """Stands for the ingest: counts, and can be told to fail or to act while it runs."""

    def __init__(self) -> None:
        self.count = 0
        self.during: Callable[[int], None] = lambda _: None
        self._changed = threading.Condition()

    def __call__(self) -> IngestReport:
        with self._changed:
            self.count += 1
            self._changed.notify_all()
        self.during(self.count)
        return IngestReport()

    def wait_for(self, count: int) -> None:
        with self._changed:
            assert self._changed.wait_for(lambda: self.count >= count, LONG_ENOUGH_S), self.count


@contextmanager
def watching(paths: list[Path], runs: Runs) -> Iterator[None]:
    stop = threading.Event()
    thread = threading.Thread(target=watch, args=(paths, runs, stop, DEBOUNCE_MS))
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(LONG_ENOUGH_S)
        assert not thread.is_alive()


def test_it_runs_at_once_and_after_changes(tmp_path: Path) -> None:
    runs = Runs()
    with watching([tmp_path], runs):
        runs.wait_for(1)
        (tmp_path / "a.txt").write_text("One.", encoding="utf-8")
        runs.wait_for(2)
        (tmp_path / "a.txt").unlink()
        runs.wait_for(3)
        (tmp_path / "sub").mkdir()
        runs.wait_for(4)
        (tmp_path / "sub" / "b.md").write_text("Two.", encoding="utf-8")
        runs.wait_for(5)


def test_a_change_during_a_run_causes_another(tmp_path: Path) -> None:
    runs = Runs()

    def write_during_the_first(number: int) -> None:
        if number == 1:
            (tmp_path / "a.txt").write_text("One.", encoding="utf-8")

    runs.during = write_during_the_first
    with watching([tmp_path], runs):
        runs.wait_for(2)


def test_what_is_no_article_causes_no_run(tmp_path: Path) -> None:
    runs = Runs()
    with watching([tmp_path], runs):
        runs.wait_for(1)
        (tmp_path / "picture.jpg").write_bytes(b"x")
        (tmp_path / ".hidden.txt").write_text("x", encoding="utf-8")
        (tmp_path / ".dateline").mkdir()
        (tmp_path / ".dateline" / "note.txt").write_text("x", encoding="utf-8")
        threading.Event().wait(4 * DEBOUNCE_MS / 1000)
        assert runs.count == 1


def test_a_failed_run_does_not_end_the_watch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ingest.watching.RETRY_AFTER_POLLS", 1)
    runs = Runs()

    def fail(number: int) -> None:
        if number == 1:
            raise UpstreamUnavailable("the embedder does not answer")
        if number == 2:
            raise InvalidRequest("the folder is empty")

    runs.during = fail
    with watching([tmp_path], runs):
        runs.wait_for(2)  # tried again by itself
        (tmp_path / "a.txt").write_text("One.", encoding="utf-8")
        runs.wait_for(3)


def test_a_single_file_is_watched_through_its_folder(tmp_path: Path) -> None:
    file = tmp_path / "a.txt"
    file.write_text("One.", encoding="utf-8")
    runs = Runs()
    with watching([file], runs):
        runs.wait_for(1)
        replacement = tmp_path / "a.txt.new"
        replacement.write_text("Two.", encoding="utf-8")
        replacement.replace(file)  # as editors save
        runs.wait_for(2)


def test_a_missing_path_is_named(tmp_path: Path) -> None:
    with pytest.raises(InvalidRequest, match="nowhere"):
        watch([tmp_path / "nowhere"], Runs(), threading.Event())
