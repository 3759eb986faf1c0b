"""HTML and PDF are read in processes of their own, which can be ended when a file makes its parser hang or swell.

One process is started with the first such file and kept for those that follow, so that a folder of pages costs one
start; text, Markdown and JSON start none. Its end, by a limit, by a crash of a parser or by `kill -9`, is the matter of
one file: one it was not to blame for is read again in a new process, once.
"""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import sys
import threading
import weakref
from dataclasses import asdict
from typing import Any

from ingest.articles import RawDocument
from ingest.errors import UnreadableArticle
from ingest.reading_limits import BYTES_PER_MB, ReadLimits, too_large, too_much_text, too_slow, unenforced
from ingest.reading_wire import BrokenWire, document_of, receive, send

log = logging.getLogger(__name__)

START_PATIENCE_S = 60.0
"""For a process to start and load its parser, on a busy machine; counted with its first file only."""

ATTEMPTS = 2
DYING_S = 2.0
"""For a process whose pipe has closed to end, so that the reason can be told."""

_ENVIRONMENT = ("PATH", "HOME", "LANG", "LC_ALL", "LC_CTYPE", "TZ", "SYSTEMROOT", "TEMP", "TMP")


class ReadingApart:
    """Reads files in processes of their own. Safe to share between threads: each file being read has a process.

    Processes end with `close`, with this object, or with Dateline, whichever comes first; after `close` the next
    file starts another.
    """

    def __init__(self) -> None:
        self._idle: list[_Worker] = []
        self._lock = threading.Lock()
        self._told = False
        self._end = weakref.finalize(self, _end_all, self._idle)

    def read(self, kind: str, content: bytes, source: str, limits: ReadLimits) -> RawDocument:
        """The article of a file of this kind (`html`, `pdf`).

        Raises:
            UnreadableArticle: what the parser says, or that the file broke or exceeded its limits.
        """
        self._tell_once()
        ended = ""
        for _ in range(ATTEMPTS):
            worker = self._take(source)
            try:
                header, text = worker.exchange(kind, content, source, limits)
                if "document" in header:
                    document = document_of(header["document"], text, source)
            except BrokenWire as error:
                code = worker.end(DYING_S)
                if worker.timed_out or code == -getattr(signal, "SIGPROF", 0):
                    raise too_slow(source, limits.timeout_s) from None
                ended = _why(code, error)
                continue
            except BaseException:
                worker.end()
                raise
            if header.get("leaving"):
                worker.end()
            else:
                self._give_back(worker)
            if "document" in header:
                return document
            raise _failure(header, source, limits)
        raise UnreadableArticle(f"{source}: broke its reader twice ({ended}); save its text as .txt")

    def close(self) -> None:
        """End the processes that have nothing to do."""
        with self._lock:
            workers, self._idle[:] = list(self._idle), []
        _end_all(workers)

    def process_ids(self) -> list[int]:
        """Of the processes that wait for a file."""
        with self._lock:
            return [worker.process.pid for worker in self._idle]

    def _take(self, source: str) -> _Worker:
        while True:
            with self._lock:
                worker = self._idle.pop() if self._idle else None
            if worker is None:
                return _Worker(source)
            if worker.process.poll() is None:
                return worker
            worker.end()

    def _give_back(self, worker: _Worker) -> None:
        with self._lock:
            self._idle.append(worker)

    def _tell_once(self) -> None:
        if not self._told:
            self._told = True
            if missing := unenforced():
                log.warning("%s", missing)


class _Worker:
    """One process. `timed_out` says that it was ended by the clock."""

    def __init__(self, source: str) -> None:
        # What this process imports from, whichever way it was set up; no key or password is passed on.
        environment = {name: os.environ[name] for name in _ENVIRONMENT if name in os.environ}
        environment["PYTHONPATH"] = os.pathsep.join(path for path in sys.path if path)
        try:
            self.process = subprocess.Popen(
                [sys.executable, "-c", "from ingest.reading_worker import main; main()"],
                bufsize=0,  # nothing is left to be flushed into a process that does not listen any more
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env=environment,
                start_new_session=True,
            )
        except (OSError, ValueError) as error:
            raise UnreadableArticle(
                f"{source}: no process could be started to read it ({error}); free some memory and try again"
            ) from error
        self.timed_out = False
        self._loaded: set[str] = set()

    def exchange(
        self, kind: str, content: bytes, source: str, limits: ReadLimits
    ) -> tuple[dict[str, Any], bytes]:
        """Send one file, and receive the reply. Raises BrokenWire when the process ended, by the clock too."""
        requests, replies = self.process.stdin, self.process.stdout
        assert requests is not None
        assert replies is not None
        patience_s = limits.clock_s + (0.0 if kind in self._loaded else START_PATIENCE_S)
        alarm = threading.Timer(patience_s, self._time_out)
        alarm.daemon = True
        alarm.start()
        try:
            send(requests, {"kind": kind, "source": source, "limits": asdict(limits)}, content)
            reply = receive(replies, int(limits.max_text_mb * BYTES_PER_MB))
        finally:
            alarm.cancel()
        self._loaded.add(kind)
        return reply

    def end(self, patience_s: float = 0.0) -> int:
        """End it, if it has not ended after `patience_s`, and tell how it ended (negative: by that signal)."""
        try:
            code = self.process.wait(patience_s)
        except subprocess.TimeoutExpired:
            self.process.kill()
            code = self.process.wait()
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe is not None:
                pipe.close()
        return code

    def _time_out(self) -> None:
        self.timed_out = True
        self.process.kill()


def _end_all(workers: list[_Worker]) -> None:
    while workers:
        workers.pop().end()


def _failure(header: dict[str, Any], source: str, limits: ReadLimits) -> UnreadableArticle:
    match header.get("failure"):
        case "memory":
            return too_large(source, limits.memory_mb)
        case "text":
            return too_much_text(source, limits.max_text_mb)
        case "unreadable":
            return UnreadableArticle(str(header.get("message")))
        case _:
            return UnreadableArticle(
                f"{source}: its parser failed ({header.get('message')}); save its text as .txt"
            )


def _why(code: int, error: BrokenWire) -> str:
    if code < 0:
        try:
            return f"ended by {signal.Signals(-code).name}"
        except ValueError:
            return f"ended by signal {-code}"
    return f"ended with status {code}" if code else str(error)
