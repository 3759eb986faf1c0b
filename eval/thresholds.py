"""What a run has to reach, read from a TOML file and from `measure=value` on the command line.

fail_when = "measured"          # or "certain", or "possible": see `eval.gate`

[fail_under]                    # least that is required; for times, tokens and cost: most that is allowed
fact_coverage = 0.90
latency_p95_ms = 500

[max_regression]                # most that may be lost against a baseline
correct = 0.02
"""

from __future__ import annotations

import difflib
import math
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, get_args

from eval.measures import MEASURES
from ingest.errors import InvalidRequest

FailWhen = Literal["measured", "certain", "possible"]
SECTIONS = ("fail_under", "max_regression")


@dataclass(frozen=True, slots=True)
class Thresholds:
    """`fail_under` and `max_regression` by the names of measures; the latter are not negative."""

    fail_under: Mapping[str, float] = field(default_factory=dict)
    max_regression: Mapping[str, float] = field(default_factory=dict)
    fail_when: FailWhen = "measured"

    def with_more(
        self,
        fail_under: Mapping[str, float],
        max_regression: Mapping[str, float],
        fail_when: FailWhen | None = None,
    ) -> Thresholds:
        """These, with others added or in their place."""
        return Thresholds(
            {**self.fail_under, **fail_under},
            {**self.max_regression, **max_regression},
            fail_when or self.fail_when,
        )


def load_thresholds(path: Path) -> Thresholds:
    """Read a file.

    Raises:
        InvalidRequest: it is not well formed, or names a measure there is not.
    """
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise InvalidRequest(f"{path}: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InvalidRequest(f"{path}: not TOML: {error}") from error
    known = (*SECTIONS, "fail_when")
    if unknown := sorted(set(document) - set(known)):
        raise InvalidRequest(f"{path}: unknown entry {unknown[0]!r}; known: {', '.join(known)}")
    fail_when: Any = document.get("fail_when", "measured")
    if fail_when not in get_args(FailWhen):
        raise InvalidRequest(f"{path}: fail_when is {fail_when!r}; it can be {', '.join(get_args(FailWhen))}")
    found: dict[str, dict[str, float]] = {}
    for section in SECTIONS:
        entries = document.get(section, {})
        if not isinstance(entries, dict):
            raise InvalidRequest(f"{path}: {section} is a table, [{section}], of measure = value")
        found[section] = {
            name: _checked(name, value, f"{path}: {section}", section) for name, value in entries.items()
        }
    return Thresholds(found["fail_under"], found["max_regression"], fail_when)


def parse_thresholds(texts: Iterable[str], option: str, section: str) -> dict[str, float]:
    """`measure=value` entries of an option; `section` is that of a file which they stand for.

    Raises:
        InvalidRequest: one is not well formed, or names a measure there is not.
    """
    found = {}
    for text in texts:
        name, mark, value = (part.strip() for part in text.partition("="))
        try:
            number = float(value) if mark else math.nan
        except ValueError:
            number = math.nan
        if math.isnan(number):
            raise InvalidRequest(f"{option} takes measure=value, such as fact_coverage=0.9, not {text!r}")
        found[name] = _checked(name, number, option, section)
    return found


def _checked(name: str, value: Any, place: str, section: str) -> float:
    measure = MEASURES.get(name)
    if measure is None:
        near = difflib.get_close_matches(name, MEASURES, n=1)
        hint = f"did you mean {near[0]}?" if near else f"known: {', '.join(MEASURES)}"
        raise InvalidRequest(f"{place}: there is no measure {name!r}; {hint}")
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise InvalidRequest(f"{place}: {name} is {value!r}; it has to be a number")
    if measure.unit == "share" and not 0 <= value <= 1:
        raise InvalidRequest(f"{place}: {name} is {value:g}; it is a share, from 0 to 1")
    if section == "max_regression" and value < 0:
        raise InvalidRequest(f"{place}: {name} is {value:g}; what may be lost is not negative")
    return float(value)
