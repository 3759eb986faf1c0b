"""How long one digest of a whole archive takes, and how much memory, beside only reading the same articles.

Each step runs in a process of its own, so that memory is its own and every cache is cold:

    python -m eval.summary_digest '{"step": "read", "data_dir": "…"}'

The last line of stdout is the step's figures in JSON. Memory is in MB (10^6 bytes) and comes from Linux's /proc;
elsewhere it is None.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from eval.benchmarks.own_process import figures_of, memory_mb
from eval.benchmarks.searchers import OpenIndex
from service.opening import open_services
from service.settings import ServiceSettings
from service.summaries import ReadingEvent, Style, SummaryDone, SummaryRequest

READ_AT_ONCE = 10
DIGEST_WORDS = 300


@dataclass(frozen=True, slots=True)
class Step:
    """What a process is to do: `open`, `read` or a style, over the index in `data_dir`."""

    step: str
    data_dir: str
    topic: str | None = None
    max_words: int = DIGEST_WORDS


@dataclass(frozen=True, slots=True)
class StepFigures:
    """A step's wall-clock seconds after opening, and its process's peak memory. `articles` were read; `reports` of
    progress came before the first statement could be chosen; `statements` and articles `cited` are the digest's."""

    step: str
    seconds: float
    peak_mb: float | None
    articles: int
    reports: int = 0
    statements: int = 0
    cited: int = 0


def measure(
    corpus: Path,
    index: Path | None,
    styles: Sequence[Style],
    topic: str | None = None,
    tell: Callable[[str], None] = lambda _what: None,
) -> list[StepFigures]:
    """Ingest `corpus` into `index` (None: a temporary one; one that holds articles already is used as it is), then
    open, read and digest it.

    Raises:
        DatelineError: from ingesting, or a step failed.
    """
    with tempfile.TemporaryDirectory(prefix="dateline-digest-") as temporary:
        data_dir = index or Path(temporary)
        settings = ServiceSettings.load(data_dir=data_dir, chroma_url=None)
        with open_services(settings, role="bench summaries", create=True) as services:
            if not services.articles(limit=0)[0]:
                tell(f"Ingesting {corpus}")
                services.ingest([corpus])
        figures = []
        for step in ("open", "read", *styles):
            tell(f"Measuring: {step}")
            figures.append(_apart(Step(step, str(data_dir.resolve()), topic)))
        return figures


def as_lines(figures: Sequence[StepFigures]) -> list[str]:
    """A line a step, digests with their ratios to reading alone."""
    reading = next((one for one in figures if one.step == "read"), None)
    lines = []
    for one in figures:
        line = f"{one.step}: {one.seconds:.1f} s, peak {_mb(one.peak_mb)}, {one.articles} articles"
        if reading is not None and one.step not in ("open", "read"):
            line += f", {one.seconds / max(reading.seconds, 1e-9):.1f} times the seconds of reading alone"
            if one.peak_mb and reading.peak_mb:
                line += f" and {one.peak_mb / reading.peak_mb:.2f} times its memory"
            line += f"; {one.reports} reports of progress, {one.statements} statements citing {one.cited} articles"
        lines.append(line)
    return lines


def perform(step: Step) -> StepFigures:
    """Do one step in this process."""
    settings = ServiceSettings.load(data_dir=Path(step.data_dir), chroma_url=None)
    with open_services(settings, role="bench summaries") as services:
        begun = time.perf_counter()
        if step.step == "open":
            return StepFigures(step.step, time.perf_counter() - begun, memory_mb("VmHWM"), 0)
        if step.step == "read":
            ids = [record.article_id for record in services.articles(limit=10**9)[1]]
            library = OpenIndex.of(services).library
            for start in range(0, len(ids), READ_AT_ONCE):
                library.readings(ids[start : start + READ_AT_ONCE])
            return StepFigures(step.step, time.perf_counter() - begun, memory_mb("VmHWM"), len(ids))
        request = SummaryRequest(topic=step.topic, style=_style(step.step), max_words=step.max_words)
        reports = 0
        for event in services.summarize_events(request, engine="extractive"):
            reports += isinstance(event, ReadingEvent)
            if isinstance(event, SummaryDone):
                summary = event.summary
        seconds = time.perf_counter() - begun
        said = len(summary.statements)
        reading = summary.reading
        return StepFigures(
            step.step, seconds, memory_mb("VmHWM"), reading.articles, reports, said, reading.cited
        )


def _style(name: str) -> Style:
    styles: dict[str, Style] = {
        "brief": "brief",
        "bullets": "bullets",
        "timeline": "timeline",
        "compare": "compare",
    }
    return styles[name]


def _apart(step: Step) -> StepFigures:
    """Do one step in a process of its own."""
    what = f"the step {step.step!r} of the digest benchmark"
    return StepFigures(**figures_of("eval.summary_digest", asdict(step), what=what))


def _mb(value: float | None) -> str:
    return "unknown" if value is None else f"{value:.0f} MB"


if __name__ == "__main__":
    print(json.dumps(asdict(perform(Step(**json.loads(sys.argv[1]))))))  # noqa: T201
