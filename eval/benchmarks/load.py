"""How a server bears load: `dateline bench load`.

Three workloads, because "64 readers" says too little. By Little's law N readers who ask without a pause wait
N / throughput each: with work of s seconds that two cores share, 64 of them cannot be answered in less than about 32 s
each, whatever the server does, unless it does not do the work. So there are `distinct` (no pause, every answer worked
out), `thinking` (the same with a pause between an answer and the next question, as people need), and `zipf` (no pause,
but some questions are asked far more often than others, and the server may give an answer again). Then `overload`:
arrivals at ten times what was just measured, and a trickle of questions before and after it.

The yardstick of all is the p50 of one reader whose answers are all worked out.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from eval.benchmarks.growth_articles import read_archive
from eval.benchmarks.load_driver import DriveRequest, Popularity, Stretch
from eval.benchmarks.load_figures import Latency, Samples, Slope, latency_of, recovered_s, slope_of
from eval.benchmarks.load_server import make_index, own_server, resident_mb, resident_mb_at, sampled
from eval.benchmarks.multihop import ARTICLES_FILE, QUESTIONS_FILE, load_questions
from eval.benchmarks.own_process import figures_of
from eval.benchmarks.speed import machine
from ingest.errors import InvalidRequest, PermanentError

WARM_UP_S = 10.0
"""Of one stretch; there are as many as it takes to ask each question once, so that what the server keeps of articles
that it has read does not look like a leak."""
MOST_WARM_UP_S = 300.0
OVERLOAD = 10
AFTER_S = 30.0
TRICKLE_PER_S = 4.0
NORMAL = 1.5
"""A trickle is back to normal when its p95 is within so many times the p95 before the overload."""

Tell = Callable[[str], None]
ALL_WORKLOADS = ("distinct", "thinking", "zipf", "overload")


@dataclass(frozen=True, slots=True)
class LoadPlan:
    """What to measure. `path` holds articles and questions; `index` is where they are, or will be, ingested. `url`
    is a server to ask instead of one started here, with the API key in the variable `api_key_env`."""

    path: Path
    index: Path
    scratch: Path
    url: str | None = None
    api_key_env: str | None = None
    readers: int = 64
    seconds: float = 300.0
    single_s: float = 30.0
    think_s: float = 10.0
    overload_s: float = 30.0
    workloads: tuple[str, ...] = ALL_WORKLOADS


@dataclass(frozen=True, slots=True)
class Workload:
    """One workload: its latencies, those to the single reader's p50, and memory over its second half (MB)."""

    name: str
    latency: Latency
    ratio: float | None
    memory_begin_mb: float | None
    memory_end_mb: float | None
    memory: Slope | None


@dataclass(frozen=True, slots=True)
class Overload:
    """Arrivals beyond what the server can do. `recovered_s` is None when it did not recover in `AFTER_S`."""

    per_s: float
    latency: Latency
    trickle_p95_ms: float | None
    recovered_s: float | None
    after: Latency


@dataclass(frozen=True, slots=True)
class LoadReport:
    """Everything measured. `capacity_per_s` is the throughput of `distinct`."""

    articles: int
    questions: int
    readers: int
    think_s: float
    server: str
    single: Latency
    capacity_per_s: float | None
    workloads: tuple[Workload, ...]
    overload: Overload | None
    machine: dict[str, str]


def measure(plan: LoadPlan, tell: Tell) -> LoadReport:
    """Ingest where needed, start the server, and ask.

    Raises:
        InvalidRequest: the files are missing or wrong.
        DatelineError: the server did not start, or one reader got no answer.
    """
    questions = questions_of(plan.path)
    asked = plan.scratch / "questions.json"
    asked.write_text(json.dumps(questions), encoding="utf-8")
    articles = archive_of(plan.path)
    if plan.url is None:
        tell(f"ingesting {articles}")
        make_index(plan.index, articles)
    found: list[Workload] = []
    with _server(plan, {"DATELINE_KEPT_ANSWERS": "0"}) as (url, pid):
        run = _Run(plan, url, pid, asked, tell)
        run.warm_up(len(questions))
        single = run.latency("one reader", [Stretch(plan.single_s, readers=1)])
        if single.p50_ms is None or single.errors:
            raise PermanentError(f"one reader is not answered: {single.by_status}")
        closed = Stretch(plan.seconds, readers=plan.readers)
        if "distinct" in plan.workloads:
            found.append(run.workload("distinct", closed, "distinct", single.p50_ms))
        capacity = found[0].latency.answered_per_s if found else None
        if "thinking" in plan.workloads:
            pausing = Stretch(plan.seconds, readers=plan.readers, think_s=plan.think_s)
            found.append(run.workload("thinking", pausing, "distinct", single.p50_ms))
        overload = run.overload(capacity) if "overload" in plan.workloads and capacity else None
        number = run.articles()
    if "zipf" in plan.workloads:
        with _server(plan, {}) as (url, pid):
            run = _Run(plan, url, pid, asked, tell)
            run.warm_up(len(questions))
            found.append(run.workload("zipf", closed, "zipf", single.p50_ms))
    return LoadReport(
        articles=number,
        questions=len(questions),
        readers=plan.readers,
        think_s=plan.think_s,
        server=plan.url or "started for this run",
        single=single,
        capacity_per_s=capacity,
        workloads=tuple(found),
        overload=overload,
        machine=machine(),
    )


def archive_of(path: Path) -> Path:
    """What is ingested: the benchmark's file of articles where there is one, else the folder or file itself."""
    return path / ARTICLES_FILE if (path / ARTICLES_FILE).is_file() else path


def questions_of(path: Path) -> list[str]:
    """The benchmark's questions where there are any, else the articles' headlines.

    Raises:
        InvalidRequest: they cannot be read, or there are none.
    """
    if (path / QUESTIONS_FILE).is_file():
        questions = [one.text for one in load_questions(path / QUESTIONS_FILE)]
    else:
        questions = [article.title for article in read_archive(archive_of(path)) if article.title]
    if not questions:
        raise InvalidRequest(f"{path} has neither questions in {QUESTIONS_FILE} nor articles with headlines")
    return list(dict.fromkeys(questions))


def _server(plan: LoadPlan, settings: Mapping[str, str]) -> AbstractContextManager[tuple[str, int | None]]:
    if plan.url is not None:
        return nullcontext((plan.url.rstrip("/"), None))
    quiet = {"DATELINE_LOG_LEVEL": "warning"}
    return own_server(plan.index, plan.scratch / "server.log", quiet | dict(settings))


class _Run:
    """Stretches against one server; distinct questions go on where the last stretch ended."""

    def __init__(self, plan: LoadPlan, url: str, pid: int | None, questions: Path, tell: Tell) -> None:
        self._plan = plan
        self._url = url
        self._questions = questions
        self._tell = tell
        self._first = 0
        key = os.environ.get(plan.api_key_env) if plan.api_key_env else None
        self._resident = partial(resident_mb_at, url, key) if pid is None else partial(resident_mb, pid)

    def articles(self) -> int:
        """How many the server answers from."""
        import httpx

        return int(httpx.get(f"{self._url}/readyz", timeout=10.0).json()["articles"])

    def samples(self, what: str, stretches: list[Stretch], popularity: Popularity = "distinct") -> Samples:
        """What became of each question."""
        seconds = sum(one.seconds for one in stretches)
        self._tell(f"{what}: {seconds:g} s")
        file = self._plan.scratch / "samples.npz"
        request = DriveRequest(
            url=self._url,
            questions=str(self._questions),
            samples=str(file),
            stretches=tuple(stretches),
            popularity=popularity,
            first=self._first,
            api_key_env=self._plan.api_key_env,
        )
        asked = figures_of("eval.benchmarks.load_driver", request.as_json(), what=what)["asked"]
        self._first += int(asked)
        return Samples.load(file)

    def warm_up(self, questions: int) -> None:
        """Ask each of so many questions once, as far as `MOST_WARM_UP_S` goes."""
        stretches = int(MOST_WARM_UP_S / WARM_UP_S)
        while self._first < questions and stretches:
            self.latency("warming up", [Stretch(WARM_UP_S, readers=4)])
            stretches -= 1

    def latency(self, what: str, stretches: list[Stretch]) -> Latency:
        """The figures of stretches taken together."""
        return latency_of(self.samples(what, stretches), sum(one.seconds for one in stretches))

    def workload(self, name: str, stretch: Stretch, popularity: Popularity, single_p50_ms: float) -> Workload:
        """One workload, with memory."""
        with sampled(self._resident) as memory:
            latency = latency_of(self.samples(name, [stretch], popularity), stretch.seconds)
        return Workload(
            name=name,
            latency=latency,
            ratio=None if latency.p95_ms is None else latency.p95_ms / single_p50_ms,
            memory_begin_mb=memory.mb[0] if memory.mb else None,
            memory_end_mb=memory.mb[-1] if memory.mb else None,
            memory=slope_of(*memory.second_half()),
        )

    def overload(self, capacity_per_s: float) -> Overload:
        """A trickle, ten times the capacity, and the trickle again."""
        per_s, trickle = OVERLOAD * capacity_per_s, min(TRICKLE_PER_S, capacity_per_s / 4)
        seconds = self._plan.overload_s
        stretches = [
            Stretch(AFTER_S, per_s=trickle),
            Stretch(seconds, per_s=per_s),
            Stretch(AFTER_S, per_s=trickle),
        ]
        samples = self.samples(f"overload of {per_s:.0f} a second", stretches)
        before, after = latency_of(samples.of(0), AFTER_S), latency_of(samples.of(2), AFTER_S)
        normal_ms = None if before.p95_ms is None else NORMAL * before.p95_ms
        return Overload(
            per_s=per_s,
            latency=latency_of(samples.of(1), seconds),
            trickle_p95_ms=before.p95_ms,
            recovered_s=None
            if normal_ms is None
            else recovered_s(samples.of(2), AFTER_S + seconds, normal_ms),
            after=after,
        )
