"""A clock that jumps by days, back and forth, while articles are ingested and questions asked.

libfaketime (Debian: `libfaketime`) gives a process the time that a file says, and reads that file again at every look
at the clock. Time that only runs (CLOCK_MONOTONIC) is left alone, as it is when somebody sets a machine's clock.
"""

from __future__ import annotations

import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random

import httpx

from eval.benchmarks.faults.asking import Readers
from eval.benchmarks.faults.commands import Dateline
from eval.benchmarks.faults.contention import listening, stopped
from eval.benchmarks.faults.ground import Ground
from eval.benchmarks.faults.trials import FaultReport, Trial

NAME = "clock-jumps"
TITLE = "Clock jumping by days during ingest and asks"
TIMES = 10
LIBRARIES = ("/usr/lib/*/faketime/libfaketimeMT.so.1", "/usr/local/lib/faketime/libfaketimeMT.so.1")
MOST_DAYS = 40
JUMP_EVERY_S = 0.7
ASKED_S = 120.0
DOCTORED_DAYS = 3


def run(ground: Ground, times: int) -> FaultReport:
    """Turn the clock of an ingest, and of a server that readers ask, `times` times each."""
    report = FaultReport(NAME, TITLE)
    library = _library()
    if library is None:
        report.skipped = "libfaketime is not installed (apt-get install libfaketime)"
        return report
    chance = ground.chance(NAME)
    for number in range(times):
        before, after = number % 2, 1 - number % 2
        data_dir = ground.copy(before)
        clock = Clock(data_dir.with_name("clock"), library)
        trial = Trial(f"{number + 1}: {'ingest' if number % 2 else 'ingest by a server'}")
        articles = ground.articles(after)
        dateline = Dateline(data_dir, clock.settings, cold=True)
        with clock.jumping(chance) as jumps:
            if number % 2:
                ended = dateline.run("ingest", "--prune", str(articles))
                if unexplained := ended.unexplained():
                    trial.puzzle(unexplained)
            else:
                _serve(ground, trial, dateline, articles, before, after)
        trial.what += f", {len(jumps)} jumps"
        _diagnose(trial, data_dir, clock)
        ground.finish(trial, data_dir, articles, after)
        report.trials.append(trial)
        ground.tell(f"{NAME} {trial.what}: {'; '.join(trial.problems) or 'nothing lost, nothing wrong'}")
        shutil.rmtree(data_dir.parent)
    return report


class Clock:
    """The clock of the processes that have `settings` in their environment."""

    def __init__(self, file: Path, library: Path) -> None:
        self._file = file
        self.set_days(0.0)
        self.settings = {
            "LD_PRELOAD": str(library),
            "FAKETIME_TIMESTAMP_FILE": str(file),
            "FAKETIME_NO_CACHE": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
            "DONT_FAKE_MONOTONIC": "1",
        }

    def set_days(self, days: float) -> None:
        """Let it be so many days ahead (behind, where negative) from now on."""
        draft = self._file.with_suffix(".new")
        draft.write_text(f"{days * 86400:+.0f}\n", encoding="ascii")
        draft.replace(self._file)

    @contextmanager
    def jumping(self, chance: Random) -> Iterator[list[float]]:
        """Jump every `JUMP_EVERY_S` while the block runs, to anywhere within `MOST_DAYS`; gives where it has been."""
        been: list[float] = []
        stop = threading.Event()

        def jump() -> None:
            while not stop.wait(JUMP_EVERY_S):
                been.append(chance.uniform(-MOST_DAYS, MOST_DAYS))
                self.set_days(been[-1])

        thread = threading.Thread(target=jump)
        thread.start()
        try:
            yield been
        finally:
            stop.set()
            thread.join()
            self.set_days(0.0)


def _serve(ground: Ground, trial: Trial, dateline: Dateline, articles: Path, before: int, after: int) -> None:
    """A server that ingests and answers, and whose limits and tokens work, whatever its clock says."""
    serve = dateline.start("serve", "--port", "0")
    url = listening(serve)
    if url is None:
        trial.leave(f"the server did not start: {serve.ended().said}")
        return
    readers = Readers(url, ground.truth, (before, after), 2)
    with readers.asking() as told:
        ended = Dateline(dateline.data_dir).run("ingest", "--prune", str(articles))
        if ended.code != 0:
            trial.leave(f"handed over, the ingest did not finish: {ended.said}")
        if not readers.wait_for_right(len(ground.truth.cases), ASKED_S):
            trial.leave("the server stopped answering")
    told.count(trial)
    session = httpx.post(f"{url}/v1/widget/session", json={}, timeout=60, trust_env=False)
    if session.status_code >= 500:
        trial.puzzle(f"no session for the widget: {session.status_code}: {session.text[:200]}")
    stopped(trial, serve, ran=True)


def _diagnose(trial: Trial, data_dir: Path, clock: Clock) -> None:
    """Doctor has to see a clock that stands behind the files of the index."""
    clock.set_days(-DOCTORED_DAYS)
    diagnosis = Dateline(data_dir, clock.settings, cold=True).run("doctor")
    if unexplained := diagnosis.unexplained():
        trial.puzzle(unexplained)
    elif "in the future" not in diagnosis.stdout:
        trial.puzzle("doctor does not see that the clock stands behind the files of the index")
    clock.set_days(0.0)


def _library() -> Path | None:
    found = [path for pattern in LIBRARIES for path in sorted(Path("/").glob(pattern.lstrip("/")))]
    return found[0] if found else None
