"""A contestant's worker as a process of its own: started, asked, and ended."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from ingest.errors import PermanentError

OFFLINE: Mapping[str, str] = {
    "HF_HUB_OFFLINE": "1",
    "TRANSFORMERS_OFFLINE": "1",
    "ANONYMIZED_TELEMETRY": "False",
    "LOGFIRE_IGNORE_NO_CONFIG": "1",
    "PYTHONUTF8": "1",
}
"""What is measured must not depend on a network, nor talk to one."""

_THREAD_SETTINGS = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")
_NOT_PASSED_ON = ("PYTHONPATH", "PYTHONHOME", "PYTHONSTARTUP")
_END_TIMEOUT_S = 30.0


class WorkerProcess:
    """A running worker. A context manager: leaving it ends the process."""

    def __init__(
        self,
        python: Path,
        adapter: Path,
        *,
        folder: Path,
        threads: int,
        code: Path | None = None,
        clock: Callable[[], float] = time.perf_counter,
    ) -> None:
        """Start it.

        Args:
            folder: where it runs; its stderr goes to `worker.log` there. No settings file is found in it.
            threads: what numerical libraries may use.
            code: a folder put on its import path.
        """
        folder.mkdir(parents=True, exist_ok=True)
        self._log = folder / "worker.log"
        self._clock = clock
        self.started_at = clock()
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [str(python), str(Path(__file__).with_name("worker.py")), str(adapter)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                cwd=folder,
                env=worker_environment(os.environ, threads, code),
                text=True,
                encoding="utf-8",
            )

    def ask(self, do: str, **details: Any) -> dict[str, Any]:
        """Send a request and wait for its reply.

        Raises:
            PermanentError: it answered with an error, or ended; the message says which log has more.
        """
        if self._process.stdin is None or self._process.stdout is None:
            raise PermanentError("the worker has no pipes")
        try:
            self._process.stdin.write(json.dumps({"do": do, **details}) + "\n")
            self._process.stdin.flush()
            line = self._process.stdout.readline()
        except OSError as error:
            raise PermanentError(f"the worker ended during {do!r}: {self._last_words()}") from error
        if not line:
            raise PermanentError(f"the worker ended during {do!r}: {self._last_words()}")
        reply: dict[str, Any] = json.loads(line)
        if "error" in reply:
            raise PermanentError(f"{do!r} failed: {reply['error']}")
        return reply

    def age_s(self) -> float:
        """Seconds since the process was started."""
        return self._clock() - self.started_at

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._process.stdin is not None:
            with contextlib.suppress(OSError):  # it is gone already
                self._process.stdin.close()
        try:
            self._process.wait(_END_TIMEOUT_S if kind is None else 1.0)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        if self._process.stdout is not None:
            self._process.stdout.close()

    def _last_words(self) -> str:
        lines = self._log.read_text(encoding="utf-8", errors="replace").split("\n")
        return next((line.strip() for line in reversed(lines) if line.strip()), "it said nothing")


def worker_environment(given: Mapping[str, str], threads: int, code: Path | None) -> dict[str, str]:
    """The environment variables of a worker: no settings of Dateline's, no import paths of this process's, no network,
    and the same number of threads for every library."""
    kept = {
        name: value
        for name, value in given.items()
        if name not in _NOT_PASSED_ON and not name.startswith("DATELINE_")
    }
    kept.update(OFFLINE)
    kept.update(dict.fromkeys(_THREAD_SETTINGS, str(threads)))
    if code is not None:
        kept["PYTHONPATH"] = str(code)
    return kept
