"""A disk that is full during ingest: a real file system with so much room left and no more."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

from eval.benchmarks.faults.commands import Dateline
from eval.benchmarks.faults.examining import examined
from eval.benchmarks.faults.ground import Ground
from eval.benchmarks.faults.mounting import fill, free_bytes, small_disk
from eval.benchmarks.faults.trials import FaultReport, Trial
from ingest.errors import SettingsError

NAME = "disk-full"
TITLE = "Disk full during ingest"
TIMES = 12
_SAYS_WHAT = re.compile(r"room|space")
"""What an error of a full disk has to speak of."""


def run(ground: Ground, times: int) -> FaultReport:
    """Ingest with room for a random share of what it needs, `times` times; then ask, make room, and ingest again."""
    report = FaultReport(NAME, TITLE)
    chance = ground.chance(NAME)
    place = ground.place()
    failed = 0
    try:
        for number in range(times):
            before = None if number % 3 == 0 else 0
            with small_disk(place) as disk:
                trial, full = _trial(ground, disk, number, before, chance.uniform(0.02, 0.9))
            failed += full
            report.trials.append(trial)
            outcome = "; ".join(trial.problems) or "nothing lost, nothing wrong"
            ground.tell(f"{NAME} {trial.what}: {outcome}")
            shutil.rmtree(place / "disk")
    except SettingsError as error:
        report.skipped = str(error)
    report.notes.append(f"{failed} of {times} ingests did not get through")
    return report


def _trial(ground: Ground, disk: Path, number: int, before: int | None, share: float) -> tuple[Trial, bool]:
    data_dir = disk / "data"
    needed = _size(ground.clean(1))
    if before is not None:
        shutil.copytree(ground.clean(before), data_dir)
        needed = needed // 2
    left = int(share * needed)
    trial = Trial(f"{number + 1}: {'update' if before == 0 else 'new index'}, {left / 1e6:.2f} MB left")
    filler = fill(disk, left)
    dateline = Dateline(data_dir)
    articles = ground.articles(1)
    ended = dateline.run("ingest", "--prune", str(articles))
    if unexplained := ended.unexplained():
        trial.puzzle(unexplained)
    elif ended.code == 3 and not _SAYS_WHAT.search(ended.stderr):
        trial.puzzle(f"the error does not say that the disk is full: {ended.said}")
    if ended.code == 0:
        trial.what += " (enough)"
    if before is not None:
        fill(disk, 0)
        _ask(ground, trial, dateline, before)
        diagnosis = dateline.run("doctor")
        if unexplained := diagnosis.unexplained():
            trial.puzzle(unexplained)
        elif free_bytes(disk) < 10_000_000 and "make room" not in diagnosis.stdout:
            trial.puzzle("doctor does not see that the disk is full")
    filler.unlink()
    ground.finish(trial, data_dir, articles, 1)
    return trial, ended.code != 0


def _ask(ground: Ground, trial: Trial, dateline: Dateline, before: int) -> None:
    """Questions with no room at all: right answers, or a reason."""
    ended, document = examined(dateline, ground.truth.questions, articles=False)
    if document:
        ground.truth.check_answers(trial, document["answers"], (before, 1))
    elif unexplained := ended.unexplained():
        trial.puzzle(unexplained)
    else:
        trial.asked += len(ground.truth.questions)
        trial.refused += len(ground.truth.questions)
        if not _SAYS_WHAT.search(ended.stderr):
            trial.puzzle(f"the reason does not say that the disk is full: {ended.said}")


def _size(folder: Path) -> int:
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())
