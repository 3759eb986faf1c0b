"""`--watch`: ingest again whenever an article file changes.

A file that is still being written is no trouble: its later changes cause another run, and a run that read half of it
is put right by that one.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ingest.discovery import is_hidden
from ingest.errors import DatelineError, InvalidRequest, TransientError
from ingest.readers import readable
from ingest.report import IngestReport

if TYPE_CHECKING:
    from watchfiles import Change

log = logging.getLogger(__name__)

POLL_MS = 500
"""How often the watch wakes up to see whether it should stop, or try again what failed."""

RETRY_AFTER_POLLS = 60


def watch(
    paths: Sequence[Path],
    run: Callable[[], IngestReport],
    stop_event: threading.Event,
    debounce_ms: int = 1600,
) -> None:
    """Call `run` at once, then after each burst of changes to articles under `paths`, until `stop_event` is set.

    A burst ends when nothing has changed for a quarter of `debounce_ms`, and after `debounce_ms` at the latest.
    Changes made while a run is under way cause another. A run that fails with a DatelineError is logged and does
    not end the watch; after a TransientError the next attempt comes within half a minute.

    Raises:
        InvalidRequest: a path does not exist.
        KeyboardInterrupt: as it comes.
    """
    from watchfiles import watch as changes_of

    files = {path.resolve() for path in paths if path.is_file()}
    folders = {path.resolve() for path in paths if path.is_dir()}
    for path in paths:
        if not path.exists():
            raise InvalidRequest(f"{path} does not exist; give a file or a folder of articles")

    def concerns_us(_: Change, changed: str) -> bool:
        path = Path(changed)
        if path in files:
            return True
        return any(
            path.is_relative_to(folder)
            and not is_hidden(path.relative_to(folder).as_posix())
            and (readable(path) or not path.suffix)  # without suffix: a folder that came or went
            for folder in folders
        )

    places = folders | {file.parent for file in files}
    first = True
    polls_to_retry: int | None = None
    # The watch begins before the first run, so that no change falls between the two; waking on the poll
    # (`yield_on_timeout`) is what starts that run.
    for changes in changes_of(
        *places,
        watch_filter=concerns_us,
        debounce=debounce_ms,
        step=max(50, debounce_ms // 4),
        stop_event=stop_event,
        rust_timeout=POLL_MS,
        yield_on_timeout=True,
        recursive=bool(folders),
    ):
        if polls_to_retry is not None:
            polls_to_retry -= 1
        if not (first or changes or polls_to_retry == 0):
            continue
        first, polls_to_retry = False, None
        try:
            run()
        except TransientError as error:
            polls_to_retry = RETRY_AFTER_POLLS
            log.warning("ingest failed and will be tried again in half a minute: %s", error)
        except DatelineError as error:
            log.warning("ingest failed; the next change will start it again: %s", error)
