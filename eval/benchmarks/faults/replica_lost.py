"""A replica lost under load: `kill -9` of one of two behind nginx while readers ask."""

from __future__ import annotations

import shutil
import time

from eval.benchmarks.faults.asking import Readers
from eval.benchmarks.faults.commands import Dateline
from eval.benchmarks.faults.ground import Ground
from eval.benchmarks.faults.trials import FaultReport, Trial
from eval.benchmarks.topology import Topology

NAME = "replica-lost"
TITLE = "A replica lost under load"
TIMES = 10
READERS = 16
LONGEST_BEFORE_S = 3.0
RIGHT_AFTERWARDS = 32
WITHIN_S = 120.0


def run(ground: Ground, times: int) -> FaultReport:
    """Kill one of two replicas `times` times, in turn, and start it again."""
    report = FaultReport(NAME, TITLE)
    if shutil.which("nginx") is None:
        report.skipped = "nginx is not installed"
        return report
    chance = ground.chance(NAME)
    place = ground.place()
    settings = {"DATELINE_ADDRESS_LIMITS": "none", "DATELINE_API_LIMITS": "none"}
    with Topology(place / "topology", replicas=2, settings=settings) as topology:
        dateline = Dateline(place / "command", {"DATELINE_CHROMA_URL": topology.chroma_url})
        first = dateline.run("ingest", str(ground.articles(0)))
        if first.code != 0:
            report.skipped = f"the ingest failed: {first.said}"
            return report
        for number in range(times):
            victim = topology.replicas[number % 2]
            moment_s = chance.uniform(0.5, LONGEST_BEFORE_S)
            trial = Trial(f"{number + 1}: {victim.name} killed after {moment_s:.2f} s")
            readers = Readers(topology.url, ground.truth, (0,), READERS)
            with readers.asking() as told:
                readers.wait_for_right(READERS, WITHIN_S)
                time.sleep(moment_s)
                victim.kill()
                if not readers.wait_for_right(RIGHT_AFTERWARDS, WITHIN_S):
                    trial.leave(f"fewer than {RIGHT_AFTERWARDS} answers within {WITHIN_S:.0f} s")
                victim.start()
                readers.wait_for_right(READERS, WITHIN_S)
            told.count(trial)
            trial.lose(*["refused although a replica was there"] * told.refused)
            report.trials.append(trial)
            outcome = "; ".join(trial.problems) or "nothing lost, nothing wrong"
            ground.tell(f"{NAME} {trial.what}: {trial.asked} asked: {outcome}")
    shutil.rmtree(place, ignore_errors=True)
    return report
