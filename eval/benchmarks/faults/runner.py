"""Which faults there are, and running them one after the other on one ground."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import ModuleType

from eval.benchmarks.faults import (
    clock_jumps,
    contention,
    damaged_files,
    disk_full,
    ingest_killed,
    read_only_folder,
    replica_lost,
    server_killed,
)
from eval.benchmarks.faults.ground import prepare
from eval.benchmarks.faults.trials import FaultReport
from ingest.errors import InvalidRequest

FAULTS: Mapping[str, ModuleType] = {
    module.NAME: module
    for module in (
        ingest_killed,
        server_killed,
        disk_full,
        read_only_folder,
        clock_jumps,
        damaged_files,
        contention,
        replica_lost,
    )
}
"""By name. Each module has NAME, TITLE, TIMES (how often it is done by default) and `run(ground, times)`."""

GROWN = 24


def chosen(names: Sequence[str]) -> list[str]:
    """These faults, or all without any.

    Raises:
        InvalidRequest: there is no such fault.
    """
    unknown = [name for name in names if name not in FAULTS]
    if unknown:
        raise InvalidRequest(f"there is no fault {unknown[0]!r}: {', '.join(FAULTS)}")
    return list(dict.fromkeys(names)) or list(FAULTS)


def measure(
    folder: Path,
    names: Sequence[str],
    *,
    times: int | None,
    seed: int,
    tell: Callable[[str], None],
    grown: int = GROWN,
    on_report: Callable[[FaultReport], None] | None = None,
) -> list[FaultReport]:
    """Do each fault `times` times (None: as often as it says itself), in a scratch folder. `grown` articles are made
    beside the samples. `on_report` hears of each fault as it is done.

    Raises:
        InvalidRequest: there is no such fault.
        PermanentError: the clean runs that everything is held against fail.
    """
    wanted = chosen(names)
    ground = prepare(folder, grown=grown, seed=seed, tell=tell)
    reports = []
    for name in wanted:
        started = time.monotonic()
        report: FaultReport = FAULTS[name].run(ground, times or FAULTS[name].TIMES)
        report.seconds = time.monotonic() - started
        reports.append(report)
        if on_report is not None:
            on_report(report)
    return reports
