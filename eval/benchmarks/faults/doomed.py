"""A `dateline` command that kills itself at a step of its work: the moments that a random one seldom meets.

    python -m eval.benchmarks.faults.doomed --data-dir DIR PLAN COMMAND…

Steps are calls that change what is on disk: of Chroma, and of the derived indexes. PLAN is JSON: `step` (from 1, 0 for
none), `when` (`before`, `after`, or `in` with `delay_s`), `commit_articles` (so many are committed together, so that
there are more steps), `count_file` (where the number of steps is written at the end). The death is a real `kill -9`.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any

MODULE = "eval.benchmarks.faults.doomed"
STEPS = (
    ("ingest.chroma", "upsert"),
    ("ingest.chroma", "delete"),
    ("ingest.chroma", "remove_vector_files"),
    ("ingest.layout", "write_pointer"),
    ("ingest.layout", "create_pointer"),
    ("ingest.layout", "create_collection"),
    ("ingest.layout", "drop_collection"),
    ("ingest.derived_index", "replace_file"),
    ("ingest.derived_index", "remove_others"),
)


class Fate:
    """Counts steps, and ends the process at the one that was chosen."""

    def __init__(self, plan: dict[str, Any]) -> None:
        self._step = int(plan["step"])
        self._when = plan["when"]
        self._delay_s = float(plan.get("delay_s", 0.0))
        self._counting = threading.Lock()
        self.steps = 0

    def around(self, change: Callable[..., Any]) -> Callable[..., Any]:
        """The same change, as a step."""

        @wraps(change)
        def step(*arguments: Any, **named: Any) -> Any:
            with self._counting:
                self.steps += 1
                chosen = self.steps == self._step
            if chosen and self._when == "before":
                die()
            if chosen and self._when == "in":
                threading.Thread(target=self._die_soon, daemon=True).start()
            result = change(*arguments, **named)
            if chosen and self._when == "after":
                die()
            return result

        return step

    def _die_soon(self) -> None:
        time.sleep(self._delay_s)
        die()


def die() -> None:
    """`kill -9`, by this process's own hand."""
    os.kill(os.getpid(), signal.SIGKILL)


def main() -> None:
    """What the process does."""
    import importlib

    from ingest import batching
    from service import cli

    plan = json.loads(sys.argv.pop(3))
    batching.COMMIT_ARTICLES = int(plan["commit_articles"])
    fate = Fate(plan)
    for module, name in STEPS:
        home = importlib.import_module(module)
        setattr(home, name, fate.around(getattr(home, name)))
    try:
        cli.main()
    finally:
        if plan.get("count_file"):
            Path(plan["count_file"]).write_text(str(fate.steps), encoding="ascii")


if __name__ == "__main__":
    main()
