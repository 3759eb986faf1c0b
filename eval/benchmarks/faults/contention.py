"""Two ingests and a server at once on one data folder: one owns it, the others hand over or say why they cannot."""

from __future__ import annotations

import re
import shutil
import time

import httpx

from eval.benchmarks.faults.asking import Readers
from eval.benchmarks.faults.commands import Dateline, Running
from eval.benchmarks.faults.ground import Ground
from eval.benchmarks.faults.trials import FaultReport, Trial

NAME = "contention"
TITLE = "Two ingests and one server at once on one folder"
TIMES = 10
LONGEST_GAP_S = 2.0
STARTS_WITHIN_S = 120.0
_LISTENING = re.compile(r"listening on (http://\S+)")


def run(ground: Ground, times: int) -> FaultReport:
    """Start the three in changing order, with random gaps, `times` times."""
    report = FaultReport(NAME, TITLE)
    chance = ground.chance(NAME)
    owners: dict[str, int] = {}
    for number in range(times):
        place = ground.place()
        before, after = number % 2, 1 - number % 2
        articles = ground.articles(after)
        data_dir = place / "data"
        shutil.copytree(ground.clean(before), data_dir)
        dateline = Dateline(data_dir)
        order = chance.sample(["serve", "ingest", "ingest"], 3)
        trial = Trial(f"{number + 1}: {', '.join(order)}")
        running: list[Running] = []
        for command in order:
            given = ("--port", "0") if command == "serve" else ("--prune", str(articles))
            running.append(dateline.start(command, *given))
            time.sleep(chance.uniform(0, LONGEST_GAP_S))
        serve = running[order.index("serve")]
        url = listening(serve)
        if url:
            readers = Readers(url, ground.truth, (before, after), 2)
            with readers.asking() as told:
                readers.wait_for_right(2, STARTS_WITHIN_S)
            told.count(trial)
        done = 0
        for command, one in zip(order, running, strict=True):
            if command == "serve":
                continue
            ended = one.ended()
            if unexplained := ended.unexplained():
                trial.puzzle(unexplained)
            elif ended.code == 3 and "in use by" not in ended.stderr:
                trial.puzzle(f"an ingest did not say who has the index: {ended.said}")
            done += ended.code == 0
        stopped(trial, serve, ran=url is not None)
        owners[_outcome(done, url)] = owners.get(_outcome(done, url), 0) + 1
        ground.finish(trial, data_dir, articles, after)
        report.trials.append(trial)
        outcome = "; ".join(trial.problems) or f"{_outcome(done, url)}, nothing lost, nothing wrong"
        ground.tell(f"{NAME} {trial.what}: {outcome}")
        shutil.rmtree(place, ignore_errors=True)
    report.notes += [f"{number} times {what}" for what, number in sorted(owners.items())]
    return report


def listening(serve: Running) -> str | None:
    """Where a server that was started listens, waited for; None when it ended instead."""
    deadline = time.monotonic() + STARTS_WITHIN_S
    while time.monotonic() < deadline:
        found = _LISTENING.search(serve.said())
        if found:
            return found[1]
        if serve.code() is not None:
            return None
        time.sleep(0.1)
    return None


def stopped(trial: Trial, serve: Running, *, ran: bool) -> None:
    """Stop a server in good order, and count what it said that explains nothing."""
    if serve.code() is None:
        serve.process.terminate()
    ended = serve.ended()
    if ended.code == -15 or (ran and ended.code in (0, 130)):
        return
    if unexplained := ended.unexplained():
        trial.puzzle(unexplained)
    elif ended.code == 3 and "in use by" not in ended.stderr:
        trial.puzzle(f"the server did not say who has the index: {ended.said}")


def healthy(url: str) -> bool:
    """Whether a server answers."""
    try:
        return httpx.get(f"{url}/healthz", timeout=10, trust_env=False).status_code == 200
    except httpx.HTTPError:
        return False


def _outcome(done: int, url: str | None) -> str:
    return f"{done} of 2 ingests done, server {'up' if url else 'refused'}"
