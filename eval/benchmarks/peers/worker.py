"""Runs one system in its own environment and does what it is told, one JSON object a line.

    python worker.py ADAPTER.py

ADAPTER.py defines `open_system(options, watch)`, which returns a `System`; `watch(class, method)` has the time spent in
that method counted as embedding. Requests come on stdin, replies go to stdout; whatever a library prints goes to stderr
instead. Only the standard library is imported here: this file runs wherever Python does.

    {"do": "open", "options": {…}}                   → {"seconds": …}
    {"do": "ingest", "path": "articles.jsonl"}       → {"seconds": …, "cpu_seconds": …, "embed_seconds": …}
    {"do": "search", "question": "…", "limit": 10}   → {"seconds": …, "embed_seconds": …, "passages": ["…"]}
    {"do": "close"}                                  → {"peak_bytes": …, "passages": …, "versions": {…}}

A request that fails is answered by {"error": "…"}.
"""

from __future__ import annotations

import functools
import importlib.metadata
import importlib.util
import json
import os
import platform
import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Protocol


class System(Protocol):
    """What an adapter makes: an open index, created empty where `options["create"]` says so."""

    packages: tuple[str, ...]
    """Distributions whose versions the report names."""

    def ingest(self, path: str) -> None:
        """Add the articles of a JSON Lines file and keep them: a process started later finds them."""

    def search(self, question: str, limit: int) -> list[str]:
        """The texts of at most `limit` passages, best first."""

    def count(self) -> int:
        """How many passages the index holds."""

    def close(self) -> None:
        """Let go of the index."""


class Stopwatch:
    """Adds up the time that calls of watched methods take; a watched method called by another one counts once."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._inside = threading.local()
        self._spent_s = 0.0

    def watch(self, owner: Any, method: str) -> None:
        """Have `owner.method` timed. `owner` is a class: every object of it is watched."""
        original = getattr(owner, method)

        @functools.wraps(original)
        def timed(*arguments: Any, **more: Any) -> Any:
            if getattr(self._inside, "here", False):
                return original(*arguments, **more)
            self._inside.here = True
            begun = time.perf_counter()
            try:
                return original(*arguments, **more)
            finally:
                self._inside.here = False
                with self._lock:
                    self._spent_s += time.perf_counter() - begun

        setattr(owner, method, timed)

    def take_s(self) -> float:
        """Seconds since this was last asked."""
        with self._lock:
            spent, self._spent_s = self._spent_s, 0.0
        return spent


class Worker:
    """One system and its stopwatch."""

    def __init__(self, open_system: Callable[[dict[str, Any], Callable[[Any, str], None]], System]) -> None:
        self._open_system = open_system
        self._stopwatch = Stopwatch()
        self._system: System | None = None

    def answer(self, request: dict[str, Any]) -> dict[str, Any]:
        """Do what one request asks."""
        self._stopwatch.take_s()
        begun, begun_cpu = time.perf_counter(), time.process_time()
        if request["do"] == "open":
            self._system = self._open_system(request["options"], self._stopwatch.watch)
            return {"seconds": time.perf_counter() - begun}
        if self._system is None:
            raise RuntimeError("nothing is open")
        if request["do"] == "ingest":
            self._system.ingest(request["path"])
            return {
                "seconds": time.perf_counter() - begun,
                "cpu_seconds": time.process_time() - begun_cpu,
                "embed_seconds": self._stopwatch.take_s(),
            }
        if request["do"] == "search":
            passages = self._system.search(request["question"], request["limit"])
            seconds = time.perf_counter() - begun
            return {"seconds": seconds, "embed_seconds": self._stopwatch.take_s(), "passages": passages}
        if request["do"] == "close":
            passages_held, packages = self._system.count(), self._system.packages
            self._system.close()
            self._system = None
            return {"peak_bytes": peak_bytes(), "passages": passages_held, "versions": versions(packages)}
        raise ValueError(f"unknown request {request['do']!r}")


def peak_bytes() -> int:
    """The highest resident size of this process so far.

    `getrusage` would not do on Linux: its maximum outlives `exec`, so a child starts with that of its parent.
    """
    status = Path("/proc/self/status")
    if status.exists():
        for line in status.read_text(encoding="ascii", errors="replace").splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
    import resource

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


def versions(packages: tuple[str, ...]) -> dict[str, str]:
    """The installed versions of these distributions, and of Python; one that is not installed is left out."""
    found = {"python": platform.python_version()}
    for package in packages:
        try:
            found[package] = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            continue
    return found


def replies(worker: Worker, lines: Iterator[str]) -> Iterator[dict[str, Any]]:
    """A reply to each request."""
    for line in lines:
        try:
            yield worker.answer(json.loads(line))
        except Exception as error:  # noqa: BLE001  (whatever a system raises has to be told, not to end the process)
            traceback.print_exc()
            yield {"error": f"{type(error).__name__}: {error}"}


def main() -> None:
    """Read requests until stdin ends."""
    output = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    # The adapter is loaded by its path: with this folder on the path, its modules could hide those of a library.
    sys.path.pop(0)
    spec = importlib.util.spec_from_file_location("adapter", sys.argv[1])
    if spec is None or spec.loader is None:
        raise SystemExit(f"{sys.argv[1]} is no Python file")
    adapter = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(adapter)
    for reply in replies(Worker(adapter.open_system), iter(sys.stdin.readline, "")):
        output.write(json.dumps(reply) + "\n")
        output.flush()


if __name__ == "__main__":
    main()
