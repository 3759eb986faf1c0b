"""A data folder that cannot be written: a read-only file system, and one whose permissions forbid it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from eval.benchmarks.faults.asking import Readers
from eval.benchmarks.faults.commands import Dateline
from eval.benchmarks.faults.contention import listening
from eval.benchmarks.faults.examining import examined
from eval.benchmarks.faults.ground import Ground
from eval.benchmarks.faults.mounting import read_only
from eval.benchmarks.faults.trials import FaultReport, Trial
from ingest.errors import SettingsError

NAME = "read-only"
TITLE = "Read-only data folder"
TIMES = 4
ASKED_S = 60.0
_SAYS_WHAT = re.compile(r"cannot be written|[Rr]ead-only|permission")
"""What an error of such a folder has to speak of."""


def run(ground: Ground, times: int) -> FaultReport:
    """Ask, serve and ingest over a folder that cannot be written, `times` times, as two kinds of such a folder; and
    make a folder read-only under a running server."""
    report = FaultReport(NAME, TITLE)
    kinds = [_mounted, _forbidden, _mounted_while_serving]
    for number in range(times):
        kind = kinds[number % len(kinds)]
        place = ground.copy(0)
        trial = Trial(f"{number + 1}: {kind.__name__.strip('_').replace('_', ' ')}")
        try:
            kind(ground, trial, place)
        except SettingsError as error:
            report.notes.append(f"{trial.what}: skipped, {error}")
            continue
        ground.finish(trial, place, ground.articles(0), 0)
        report.trials.append(trial)
        ground.tell(f"{NAME} {trial.what}: {'; '.join(trial.problems) or 'nothing lost, nothing wrong'}")
    if not report.trials:
        report.skipped = "; ".join(report.notes)
    return report


def _mounted(ground: Ground, trial: Trial, data_dir: Path) -> None:
    with read_only(data_dir):
        _use(ground, trial, Dateline(data_dir))


def _forbidden(ground: Ground, trial: Trial, data_dir: Path) -> None:
    with _not_writable(data_dir):
        _use(ground, trial, Dateline(data_dir, plain=True))


def _mounted_while_serving(ground: Ground, trial: Trial, data_dir: Path) -> None:
    serve = Dateline(data_dir).start("serve", "--port", "0")
    url = listening(serve)
    if url is None:
        trial.leave(f"the server did not start: {serve.ended().said}")
        return
    readers = Readers(url, ground.truth, (0,), 2)
    try:
        with read_only(data_dir), readers.asking() as told:
            if not readers.wait_for_right(2 * len(ground.truth.cases), ASKED_S):
                trial.leave("a running server stopped answering")
        told.count(trial)
    finally:
        serve.process.terminate()
        serve.ended()


def _use(ground: Ground, trial: Trial, dateline: Dateline) -> None:
    """Ask, serve and ingest: each works or says what to do; ingest cannot work."""
    ended, document = examined(dateline, ground.truth.questions, articles=False)
    if document:
        ground.truth.check_same(trial, document["answers"], 0)
    else:
        trial.asked += len(ground.truth.questions)
        trial.refused += len(ground.truth.questions)
    for command, *given in (
        ("ask", ground.truth.questions[0]),
        ("ingest", str(ground.articles(1))),
        ("doctor",),
    ):
        ended = dateline.run(command, *given)
        if unexplained := ended.unexplained():
            trial.puzzle(unexplained)
        elif ended.code == 3 and not _SAYS_WHAT.search(ended.stderr + ended.stdout):
            trial.puzzle(f"{command} does not say that the folder cannot be written: {ended.said}")
        elif ended.code == 0 and command == "ingest":
            trial.puzzle("ingest claims to have written")
    serve = dateline.start("serve", "--port", "0")
    if listening(serve) is not None:
        serve.process.terminate()
        serve.ended()
        return
    ended = serve.ended()
    if unexplained := ended.unexplained():
        trial.puzzle(unexplained)
    elif not _SAYS_WHAT.search(ended.stderr):
        trial.puzzle(f"serve does not say that the folder cannot be written: {ended.said}")


@contextmanager
def _not_writable(data_dir: Path) -> Iterator[None]:
    """Takes every permission to write away."""
    modes = {path: path.stat().st_mode for path in [data_dir, *data_dir.rglob("*")]}
    for path in modes:
        path.chmod(0o555 if path.is_dir() else 0o444)
    try:
        yield
    finally:
        for path, mode in modes.items():
            path.chmod(mode)
