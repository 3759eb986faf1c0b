"""A load run's report: JSON for programs, Markdown for the docs and the terminal, and whether targets are met."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from eval.benchmarks.load import NORMAL, LoadReport, Overload, Workload
from eval.benchmarks.load_driver import ZIPF_EXPONENT
from eval.benchmarks.load_figures import Latency, Slope

MOST_RATIO = 8.0
MOST_RECOVERY_S = 5.0
FLAT_MB_PER_MINUTE = 1.0
"""A slope of less than this, or one whose interval holds 0, is flat."""
SHEDDING = frozenset({"200", "429", "503"})
NOTHING = "–"


def verdicts(report: LoadReport) -> dict[str, bool]:
    """The targets by name, and whether each was met. Latencies count only where everybody was answered: a server that
    turns most readers away is quick with the rest."""
    found: dict[str, bool] = {}
    for one in report.workloads:
        found[f"{one.name}: no error"] = one.latency.errors == 0
        found[f"{one.name}: p95 ≤ {MOST_RATIO:g} × the single reader's p50"] = (
            one.ratio is not None and one.ratio <= MOST_RATIO and not one.latency.errors
        )
        if one.memory is not None:
            found[f"{one.name}: memory flat"] = is_flat(one.memory)
    if report.overload is not None:
        over = report.overload
        found["overload: nothing but 200, 429, 503"] = set(over.latency.by_status) <= SHEDDING
        found[f"overload: recovered within {MOST_RECOVERY_S:g} s"] = (
            over.recovered_s is not None and over.recovered_s <= MOST_RECOVERY_S
        )
    return found


def is_flat(slope: Slope) -> bool:
    """Whether memory does not grow, as far as it can be told."""
    return slope.low <= 0 <= slope.high or abs(slope.per_minute) < FLAT_MB_PER_MINUTE


def as_json(report: LoadReport) -> dict[str, Any]:
    """The whole report as one JSON object, with the verdicts."""
    return asdict(report) | {"verdicts": verdicts(report)}


def as_markdown(report: LoadReport, command: str) -> str:
    """The report as a section for the docs, with the command that makes it."""
    parts = [f"```sh\n{command}\n```", _conditions(report), _workload_table(report)]
    if report.overload is not None:
        parts.append(_overload_words(report.overload))
    parts.append(
        "\n".join(f"- {'met' if met else '**missed**'}: {name}" for name, met in verdicts(report).items())
    )
    return "\n\n".join(parts) + "\n"


def _conditions(report: LoadReport) -> str:
    machine = ", ".join(f"{name} {value}" for name, value in report.machine.items())
    return (
        f"{report.articles:,} articles, {report.questions:,} different questions to the extractive engine of one "
        f"server ({report.server}), {report.readers} readers on the same machine. `distinct`: no pause, every answer "
        f"worked out; `thinking`: the same, {report.think_s:g} s on average between an answer and the next question; "
        f"`zipf`: no pause, the k-th question 1/k{_exponent()} as often as the first, and answers may be given again. "
        f"Milliseconds of answered requests. Memory: the second half of each run, median of all slopes (Theil–Sen, "
        f"95 %). Machine: {machine}."
    )


def _exponent() -> str:
    return "" if ZIPF_EXPONENT == 1 else f"^{ZIPF_EXPONENT:g}"


def _workload_table(report: LoadReport) -> str:
    head = [
        "workload",
        "requests",
        "not 200",
        "a second",
        "p50",
        "p95",
        "p99",
        "p95 / single p50",
        "given again",
    ]
    head += ["memory, MB", "MB a minute"]
    rows = [["one reader", *_latency_cells(report.single), NOTHING, _share(report.single), NOTHING, NOTHING]]
    rows += [
        [f"`{one.name}`", *_latency_cells(one.latency), *_further_cells(one)] for one in report.workloads
    ]
    lines = ["| " + " | ".join(head) + " |", "|---" * len(head) + "|"]
    return "\n".join([*lines, *("| " + " | ".join(row) + " |" for row in rows)])


def _latency_cells(latency: Latency) -> list[str]:
    failed = {status: count for status, count in latency.by_status.items() if status != "200"}
    told = ", ".join(f"{count:,} × {status}" for status, count in failed.items()) or "0"
    figures = (latency.p50_ms, latency.p95_ms, latency.p99_ms)
    return [
        f"{latency.requests:,}",
        told,
        f"{latency.answered_per_s:.1f}",
        *(_number(one) for one in figures),
    ]


def _further_cells(one: Workload) -> list[str]:
    ratio = NOTHING if one.ratio is None else f"{one.ratio:.1f}×"
    memory = f"{_number(one.memory_begin_mb)} → {_number(one.memory_end_mb)}"
    slope = one.memory
    told = NOTHING if slope is None else f"{slope.per_minute:+.2f} ({slope.low:+.2f} to {slope.high:+.2f})"
    return [ratio, _share(one.latency), memory, told]


def _overload_words(over: Overload) -> str:
    latency = over.latency
    statuses = ", ".join(f"{count:,} × {status}" for status, count in latency.by_status.items())
    recovered = (
        "not within the time watched" if over.recovered_s is None else f"after {over.recovered_s:.1f} s"
    )
    return (
        f"Overload, {over.per_s:.0f} arrivals a second for {latency.seconds:g} s: {statuses}. "
        f"{latency.answered_per_s:.1f} answered a second, p50 {_number(latency.p50_ms)} ms, p95 "
        f"{_number(latency.p95_ms)} ms. A trickle had a p95 of {_number(over.trickle_p95_ms)} ms before; after the "
        f"overload it was within {NORMAL:g} times that, for good, {recovered} (p95 of the whole time after it "
        f"{_number(over.after.p95_ms)} ms)."
    )


def _share(latency: Latency) -> str:
    return f"{latency.kept_share:.0%}"


def _number(value: float | None) -> str:
    return NOTHING if value is None else f"{value:,.0f}"
