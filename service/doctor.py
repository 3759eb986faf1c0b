"""What `dateline doctor` finds out: each setting and where it came from, and whether everything needed is there.

Every check says what it found and, where something is wrong, what to do. A check never raises: the doctor is for
machines on which things fail. The checks themselves stand in `doctor_machine`, `doctor_access`, `doctor_network` and
`doctor_index`.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from ingest.errors import DatelineError
from service.diagnosis import Check, Diagnosis, SettingLine, Status, setting_lines, shown_value
from service.doctor_index import index_checks
from service.doctor_machine import machine_checks, python_check

if TYPE_CHECKING:
    from service.settings import ServiceSettings


def examine(data_dir: Path | None = None) -> Diagnosis:
    """Check everything; `data_dir` is that of `--data-dir`."""
    from service.doctor_access import access_checks
    from service.doctor_network import network_checks
    from service.settings import ServiceSettings

    found = Diagnosis(checks=[python_check()])
    try:
        settings = ServiceSettings.load() if data_dir is None else ServiceSettings.load(data_dir=data_dir)
    except DatelineError as error:
        found.checks.append(
            Check("settings", "fail", str(error), "correct it; the README lists every setting")
        )
        return found
    found.settings = setting_lines(settings, data_dir is not None)
    found.checks.append(Check("settings", "ok", f"{len(found.settings)} settings, all known"))
    for name, checks in (
        ("machine", machine_checks),
        ("access", access_checks),
        ("network", network_checks),
        ("index", index_checks),
    ):
        found.checks += _guarded(name, checks, settings)
    return found


def _guarded(
    name: str, checks: Callable[[ServiceSettings], list[Check]], settings: ServiceSettings
) -> list[Check]:
    """The findings; one that says so where a check itself failed, so that the others are still told."""
    try:
        return checks(settings)
    except Exception as error:  # noqa: BLE001  whatever is broken on this machine, the rest is worth knowing
        said = f"{type(error).__name__}: {error}"
        return [
            Check(name, "fail", f"could not be examined ({said})", "mend what it says, then run doctor again")
        ]


__all__ = ["Check", "Diagnosis", "SettingLine", "Status", "examine", "index_checks", "shown_value"]
