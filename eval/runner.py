"""Runs: every case of some gold sets asked, measured and kept.

Cases are asked side by side and kept in the order of their gold sets. What has been asked is written to the run's file
again and again while the run goes on, so that whatever stops it costs little: `resume` asks only what is missing, and
refuses when anything that decides an answer has changed since, because half of one run and half of another is neither.
"""

from __future__ import annotations

import hashlib
import secrets
import time
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from contextlib import closing, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from eval.asking import Asker
from eval.excerpts import excerpts
from eval.gold import GoldCase, GoldSet
from eval.measures import figures, problems, score
from eval.origins import differences
from eval.recordings import write_whole
from eval.runs import Attempt, CaseRun, GoldReference, Run
from ingest.errors import InvalidRequest, SettingsError

KEEP_EVERY_S = 1.0
"""How much of a run a crash may cost, besides the questions under way."""

Tell = Callable[[int, int], None]
"""Takes how many questions are done, and how many there are."""


@dataclass(frozen=True, slots=True)
class _Task:
    """One time that one case is asked: its place among the cases, and the how-manieth time it is, from 0."""

    place: int
    time: int


def run(
    golds: Sequence[GoldSet],
    asker: Asker,
    *,
    file: Path | None = None,
    resumed: Run | None = None,
    concurrency: int | None = None,
    repeats: int = 1,
    tell: Tell = lambda _done, _total: None,
) -> Run:
    """Ask every case `repeats` times, and measure the answers.

    Args:
        file: where the run is kept while it goes on, and when it ends; None keeps it nowhere.
        resumed: an interrupted run, whose answers are taken over; what failed there is asked again.
        concurrency: questions at a time; by default what suits the asker.

    Raises:
        InvalidRequest: two gold sets have one name; `resumed` was made of something else, which is named.
        SettingsError: `file` cannot be written.
    """
    begun = _begun(golds, asker, concurrency or asker.subject.concurrency, repeats)
    if resumed is not None:
        if differing := differences(resumed, begun):
            raise InvalidRequest(
                "the run cannot be resumed, because it was made with something else: "
                + "; ".join(differing)
                + ". Begin a new one"
            )
        begun = begun.model_copy(update={"id": resumed.id, "started_at": resumed.started_at})
    cases = [(f"{gold.name}/{case.id}", gold, case) for gold in golds for case in gold.cases]
    known = {} if resumed is None else {one.key: one.attempts for one in resumed.cases}
    attempts: list[dict[int, Attempt]] = [
        {number: one for number, one in enumerate(known.get(key, ())[:repeats]) if one.error is None}
        for key, _, _ in cases
    ]
    kept_at = time.monotonic()

    def so_far(finished_at: str | None = None) -> Run:
        asked = tuple(
            CaseRun(key=key, gold=gold.name, case=case, attempts=tuple(done[n] for n in sorted(done)))
            for (key, gold, case), done in zip(cases, attempts, strict=True)
            if done
        )
        return begun.model_copy(
            update={"cases": asked, "figures": figures(asked), "finished_at": finished_at}
        )

    tasks = [
        _Task(place, number)
        for number in range(repeats)
        for place in range(len(cases))
        if number not in attempts[place]
    ]
    total, done = len(cases) * repeats, len(cases) * repeats - len(tasks)
    tell(done, total)
    try:
        with closing(_asked(tasks, cases, asker, begun.configuration.concurrency)) as coming:
            for task, attempt in coming:
                attempts[task.place][task.time] = attempt
                done += 1
                tell(done, total)
                if time.monotonic() - kept_at >= KEEP_EVERY_S:
                    keep(so_far(), file)
                    kept_at = time.monotonic()
    except BaseException:
        with suppress(SettingsError):
            keep(so_far(), file)
        raise
    whole = so_far(_now())
    keep(whole, file)
    return whole


def measured(case: GoldCase, key: str, asker: Asker) -> Attempt:
    """One case, asked once and measured."""
    observation = asker.ask(case, key)
    scores = score(case, observation, asker.context)
    return Attempt(
        answer=observation.answer,
        error=observation.error,
        found=tuple(observation.found),
        latency_ms=observation.latency_ms,
        scores=scores,
        problems=problems(case, observation, scores, asker.context),
        excerpts=excerpts(case, observation, asker.context),
    )


def _asked(
    tasks: Sequence[_Task],
    cases: Sequence[tuple[str, GoldSet, GoldCase]],
    asker: Asker,
    concurrency: int,
) -> Generator[tuple[_Task, Attempt]]:
    """The attempts as they are done. Leaving early lets the questions under way finish, and asks no further ones."""
    with ThreadPoolExecutor(max_workers=concurrency, thread_name_prefix="dateline-eval") as pool:
        under_way: dict[Future[Attempt], _Task] = {}
        for task in tasks:
            key, _, case = cases[task.place]
            under_way[pool.submit(measured, case, key, asker)] = task
        try:
            for future in as_completed(under_way):
                yield under_way[future], future.result()
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


def _begun(golds: Sequence[GoldSet], asker: Asker, concurrency: int, repeats: int) -> Run:
    names = [gold.name for gold in golds]
    if twice := next((name for name in names if names.count(name) > 1), None):
        raise InvalidRequest(f"two gold sets are called {twice}: a run tells their cases apart by that name")
    subject = asker.subject
    return Run(
        id=f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}-{secrets.token_hex(3)}",
        started_at=_now(),
        code=subject.code,
        configuration=subject.configuration.model_copy(
            update={"concurrency": concurrency, "repeats": repeats}
        ),
        gold=tuple(_reference(gold) for gold in golds),
        index=subject.index,
        prompts=dict(subject.prompts),
    )


def _reference(gold: GoldSet) -> GoldReference:
    try:
        sha256 = hashlib.sha256(gold.path.read_bytes()).hexdigest()
    except OSError as error:
        raise InvalidRequest(f"{gold.path}: {error.strerror}") from error
    return GoldReference(
        path=gold.path.as_posix(),
        sha256=sha256,
        cases=len(gold.cases),
        corpus=gold.corpus.as_posix() if gold.corpus else None,
    )


def keep(run: Run, file: Path | None) -> None:
    """Write a run, so that the file is the old one or the new one, whole; None is no file.

    Raises:
        SettingsError: the file cannot be written.
    """
    if file is None:
        return
    try:
        write_whole(file, run.model_dump_json(indent=1).encode("utf-8") + b"\n")
    except OSError as error:
        raise SettingsError(f"the run cannot be written to {file}: {error}") from error


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
