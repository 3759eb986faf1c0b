"""`kill -9` of the Chroma server during ingest and asks."""

from __future__ import annotations

import shutil
import time

from eval.benchmarks.faults.asking import Readers
from eval.benchmarks.faults.commands import Dateline
from eval.benchmarks.faults.ground import Ground
from eval.benchmarks.faults.trials import FaultReport, Trial
from eval.benchmarks.topology import Topology

NAME = "server-killed"
TITLE = "`kill -9` of the Chroma server during ingest and asks"
TIMES = 20
READERS = 3
LONGEST_DOWN_S = 3.0
RECOVERS_WITHIN_S = 60.0
RIGHT_AFTERWARDS = 3


def run(ground: Ground, times: int) -> FaultReport:
    """Kill the server `times` times while an ingest changes the index to the other edition and readers ask."""
    report = FaultReport(NAME, TITLE)
    chance = ground.chance(NAME)
    place = ground.place()
    whole_s = max(ground.clean_seconds)
    at_work = 0
    with Topology(place / "topology", replicas=1, balanced=False) as topology:
        dateline = Dateline(place / "command", {"DATELINE_CHROMA_URL": topology.chroma_url})
        first = dateline.run("ingest", str(ground.articles(0)))
        if first.code != 0:
            report.skipped = f"the first ingest failed: {first.said}"
            return report
        for number in range(times):
            before, after = number % 2, 1 - number % 2
            articles = ground.articles(after)
            moment_s, down_s = chance.uniform(0.2, whole_s), chance.uniform(0.1, LONGEST_DOWN_S)
            trial = Trial(f"{number + 1}: killed after {moment_s:.2f} s, for {down_s:.2f} s")
            started = time.monotonic()
            readers = Readers(topology.url, ground.truth, (before, after), READERS)
            with readers.asking() as told:
                ingest = dateline.start("ingest", "--prune", str(articles))
                ingest.wait(moment_s)
                at_work += ingest.code() is None
                topology.chroma.kill()
                time.sleep(down_s)
                topology.chroma.start()
                ended = ingest.ended()
                if not readers.wait_for_right(RIGHT_AFTERWARDS, RECOVERS_WITHIN_S):
                    trial.leave(f"no right answers within {RECOVERS_WITHIN_S:.0f} s of its return")
            told.count(trial)
            if unexplained := ended.unexplained():
                trial.puzzle(unexplained)
            _finish(ground, trial, dateline, str(articles), after)
            report.trials.append(trial)
            outcome = "; ".join(trial.problems) or "nothing lost, nothing wrong"
            ground.tell(f"{NAME} {trial.what}: {outcome} ({time.monotonic() - started:.0f} s)")
    shutil.rmtree(place, ignore_errors=True)
    report.notes.append(f"{at_work} of {times} ingests were at work when the server was killed")
    return report


def _finish(ground: Ground, trial: Trial, dateline: Dateline, articles: str, edition: int) -> None:
    ended = dateline.run("ingest", "--prune", articles)
    if unexplained := ended.unexplained():
        trial.puzzle(unexplained)
    if ended.code != 0:
        trial.leave(f"the next ingest did not finish: {ended.said}")
    else:
        ground.compare(trial, dateline, edition)
