"""Steps of a benchmark that run in a process of their own, so that memory and a cold start are theirs alone.

A step is a module that takes its request as JSON and prints its figures as JSON on the last line of stdout.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from ingest.errors import PermanentError

PROJECT = Path(__file__).resolve().parents[2]
STATUS_FILE = Path("/proc/self/status")


def figures_of(module: str, request: dict[str, Any], *, what: str) -> dict[str, Any]:
    """Run `python -m module REQUEST` and give the figures it prints. `what` names the step in an error.

    Raises:
        PermanentError: it failed; the message has its last words.
    """
    done = subprocess.run(
        [sys.executable, "-m", module, json.dumps(request)],
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
        env={**os.environ, "PYTHONPATH": str(PROJECT), "PYTHONUTF8": "1"},
    )
    lines = done.stdout.strip().splitlines()
    if done.returncode or not lines:
        last = (done.stderr.strip().splitlines() or ["it said nothing"])[-1]
        raise PermanentError(f"{what} failed: {last}")
    figures: dict[str, Any] = json.loads(lines[-1])
    return figures


def memory_mb(field: str) -> float | None:
    """A field of this process's memory, such as `VmHWM`, in MB (10^6 bytes; Linux counts in kB); None elsewhere."""
    if not STATUS_FILE.is_file():
        return None
    for line in STATUS_FILE.read_text(encoding="ascii", errors="replace").splitlines():
        if line.startswith(f"{field}:"):
            return int(line.split()[1]) * 1024 / 1e6
    return None
