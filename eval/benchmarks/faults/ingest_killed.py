"""`kill -9` during ingest, at random moments of its whole length, and at steps that change what is on disk."""

from __future__ import annotations

import json
import random
import shutil
import time
from pathlib import Path

from eval.benchmarks.faults import doomed
from eval.benchmarks.faults.commands import LIMIT_S, Dateline
from eval.benchmarks.faults.examining import examined
from eval.benchmarks.faults.ground import Ground
from eval.benchmarks.faults.trials import FaultReport, Trial

NAME = "ingest-killed"
TITLE = "`kill -9` during ingest"
TIMES = 50
AIMED_SHARE = 0.4
COMMIT_ARTICLES = 8
"""Instead of 50: with small commits more of the moments fall into a write."""
LONGEST_STEP_S = 0.03


def run(ground: Ground, times: int) -> FaultReport:
    """Kill `times` ingests. Each changes the index from one edition to the other, every fifth fills an empty one."""
    report = FaultReport(NAME, TITLE)
    chance = ground.chance(NAME)
    place = ground.place()
    data_dir = place / "data"
    steps, whole_s = _clean_length(ground, place)
    at_work = 0
    before: int | None = None
    for number in range(times):
        if number % 5 == 0:
            shutil.rmtree(data_dir, ignore_errors=True)
            before = None
        edition = chance.choice((0, 1)) if before is None else 1 - before
        articles = ground.articles(edition)
        plan = _plan(chance, steps, aimed=chance.random() < AIMED_SHARE)
        moment_s = chance.uniform(0.0, whole_s)
        what = _told(plan) if plan["step"] else f"after {moment_s:.2f} s"
        trial = Trial(f"{number + 1}: {'new index' if before is None else 'update'}, killed {what}")
        started = time.monotonic()
        running = Dateline(data_dir).start(
            json.dumps(plan), "ingest", "--prune", str(articles), module=doomed.MODULE
        )
        killed = running.wait(LIMIT_S) == -9 if plan["step"] else running.kill_after(moment_s)
        at_work += killed
        if left := running.orphans():
            trial.puzzle(f"{left} processes outlived the killed ingest")
        ended = running.ended()
        if not killed and (unexplained := ended.unexplained()):
            trial.puzzle(unexplained)
        _look(ground, trial, data_dir, before, edition, copied=bool(number % 2))
        if ground.finish(trial, data_dir, articles, edition):
            before = edition
        else:
            shutil.rmtree(data_dir, ignore_errors=True)
            before = None
        report.trials.append(trial)
        ground.tell(f"{NAME} {trial.what}: {_outcome(trial)} ({time.monotonic() - started:.0f} s)")
    report.notes.append(
        f"{at_work} of {times} were at work when they were killed; {steps} steps in a whole run"
    )
    return report


def _clean_length(ground: Ground, place: Path) -> tuple[int, float]:
    """How many steps a whole first ingest has, and how many seconds."""
    count = place / "steps"
    plan = {"step": 0, "when": "before", "commit_articles": COMMIT_ARTICLES, "count_file": str(count)}
    ended = Dateline(place / "counted").run(
        json.dumps(plan), "ingest", str(ground.articles(0)), module=doomed.MODULE
    )
    shutil.rmtree(place / "counted")
    return int(count.read_text(encoding="ascii")), ended.seconds


def _plan(chance: random.Random, steps: int, *, aimed: bool) -> dict[str, object]:
    return {
        "step": chance.randint(1, steps) if aimed else 0,
        "when": chance.choice(("before", "in", "after")),
        "delay_s": chance.uniform(0, LONGEST_STEP_S),
        "commit_articles": COMMIT_ARTICLES,
    }


def _told(plan: dict[str, object]) -> str:
    return f"{plan['when']} step {plan['step']}"


def _look(
    ground: Ground, trial: Trial, data_dir: Path, before: int | None, edition: int, *, copied: bool
) -> None:
    """Open what the kill left (every other time a copy, so that the next ingest is the first to open the index) and
    look whether every article is whole."""
    if not (data_dir / "chroma" / "chroma.sqlite3").exists():
        return  # it was killed before there was an index
    place = data_dir.with_name("copy")
    if copied:
        shutil.copytree(data_dir, place)
    questions = [] if before is None else ground.truth.questions
    ended, document = examined(Dateline(place if copied else data_dir), questions)
    if unexplained := ended.unexplained():
        trial.puzzle(unexplained)
    if document:
        ground.truth.check_whole(trial, document, before=before, after=edition)
        if before is not None:
            ground.truth.check_answers(trial, document["answers"], (before, edition))
    elif before is not None or "there is no index" not in ended.stderr:
        trial.lose(f"the index does not open: {ended.said}")
    shutil.rmtree(place, ignore_errors=True)


def _outcome(trial: Trial) -> str:
    return "; ".join(trial.problems) or "nothing lost, nothing wrong"
