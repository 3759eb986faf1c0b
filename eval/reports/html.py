"""A run as one page: everything in one file, nothing fetched, everything that articles and models say escaped.

Its policy allows one style sheet and one script, both named by their hashes, and no request at all, so that the page
may be opened from a CI server's artefacts or a mail. Without the script all cases are listed; the script filters them.
"""

from __future__ import annotations

import base64
import hashlib
import math
from collections import Counter
from dataclasses import dataclass
from importlib.resources import files

import jinja2
import numpy as np
from markupsafe import Markup

from eval.comparison import Comparison
from eval.gate import Check, Verdict, figure_interval, shown
from eval.measures import MEASURES
from eval.reports import charts
from eval.reports.case_views import CaseView, case_views
from eval.reports.disclosure import Disclosed, disclosed, right, totals
from eval.reports.figure_rows import FigureRow, figure_rows, signed
from eval.reports.words import CAUSES, counted, family, gate_words, hidden_words, plain_line, subject_words
from eval.runs import Run

SHOWN_TAGS = 9
UNIT = charts.Scale(0.0, 1.0)


@dataclass(frozen=True, slots=True)
class Bar:
    """A row of a bar chart; `filters` is what it filters the cases by: the name of a field, and its value."""

    name: str
    words: str
    value: str
    chart: Markup
    filters: tuple[str, str]


def render(
    run: Run,
    verdict: Verdict | None = None,
    comparison: Comparison | None = None,
    baseline: Run | None = None,
) -> str:
    """The page. `baseline` is the run of the comparison's other side, whose answers are shown beside those of `run`."""
    known = disclosed(run, verdict, comparison)
    views = case_views(known, baseline)
    axis = _axis(run, verdict)
    style, script = _asset("report.css"), _asset("report.js")
    environment = jinja2.Environment(
        loader=jinja2.FunctionLoader(_asset),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["line"] = plain_line
    return environment.get_template("report.html").render(
        policy=f"default-src 'none'; img-src data:; style-src '{_hash(style)}'; script-src '{_hash(script)}'; "
        "base-uri 'none'; form-action 'none'",
        style=Markup(style),
        script=Markup(script),
        run=run,
        gate=gate_words(verdict),
        outcome=_outcome(verdict),
        checks=[_check(check, run, axis) for check in _failed_first(verdict)],
        axis=f"{axis.low:g} to {axis.high:g}",
        flaky=known.verdict.flaky if known.verdict is not None else (),
        subject=subject_words(run),
        hidden=hidden_words(known),
        comparison=known.comparison,
        compared=_compared_words(known.comparison),
        rows=[_figure(row, known.comparison) for row in figure_rows(run, known.comparison)],
        causes=_causes(known),
        tags=_tags(known),
        golds=_golds(run),
        latency=_latency(run),
        views=views,
        sizes=Counter(view.state for view in views),
        choices=_choices(views),
        cause_words=CAUSES,
        counted=counted,
    )


def _asset(name: str) -> str:
    return files("eval.reports").joinpath("templates", name).read_text(encoding="utf-8")


def _hash(text: str) -> str:
    """The source expression of Content Security Policy Level 3, section 2.3.1, for inline text."""
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode("utf-8")).digest()).decode("ascii")


def _outcome(verdict: Verdict | None) -> str:
    if verdict is None or not verdict.checks:
        return "none"
    return "passed" if verdict.passed else "failed"


def _failed_first(verdict: Verdict | None) -> list[Check]:
    return sorted(verdict.checks, key=lambda check: check.passed) if verdict is not None else []


def _axis(run: Run, verdict: Verdict | None) -> charts.Scale:
    """An axis that shows every figure that is required to be a share, and its interval."""
    ends = [1.0]
    for check in _failed_first(verdict):
        if check.kind == "threshold" and MEASURES[check.measure].unit == "share":
            low, _ = figure_interval(run, check.measure) or (1.0, 1.0)
            ends += [check.required, low]
    return charts.Scale(max(0, math.floor(min(ends) * 10 - 0.5)) / 10, 1.0)


def _check(check: Check, run: Run, axis: charts.Scale) -> dict[str, object]:
    measure = MEASURES[check.measure]
    regression = check.kind == "regression"
    bound = "at most" if regression or measure.better == "lower" else "at least"
    value = check.measured
    if value is None:
        measured = "no case"
    elif regression:
        lost = shown(check.measure, abs(value))
        measured = (
            "no change"
            if not any(c in "123456789" for c in lost)
            else f"{lost} {'lost' if value > 0 else 'gained'}"
        )
    else:
        measured = shown(check.measure, value)
    chart = None
    if value is not None and measure.unit == "share" and not regression:
        low, high = figure_interval(run, check.measure) or (value, value)
        chart = charts.interval(value, low, high, axis, check.required)
    return {
        "check": check,
        "title": measure.title,
        "measured": measured,
        "required": f"{bound} {shown(check.measure, check.required)}" + (" lost" if regression else ""),
        "chart": chart,
    }


def _figure(row: FigureRow, comparison: Comparison | None) -> dict[str, object]:
    change = row.change
    chart = charts.interval(row.value, row.low, row.high, UNIT) if row.measure.unit == "share" else None
    moved = None
    if comparison is not None and change is not None:
        reach = max(
            abs(change.low),
            abs(change.high),
            abs(change.difference),
            0.1 if row.measure.unit == "share" else 1e-9,
        )
        moved = {
            "words": signed(row.name, change.difference),
            "interval": f"{signed(row.name, change.low)} to {signed(row.name, change.high)}",
            "direction": change.direction,
            "p": f"{change.p_value:.3f}",
            "wins": change.wins,
            "losses": change.losses,
            "chart": charts.difference(change.difference, change.low, change.high, reach, change.direction),
        }
    return {"row": row, "chart": chart, "moved": moved}


def _causes(known: Disclosed) -> list[Bar]:
    most = max((count for _, count in known.causes), default=0)
    return [
        Bar(cause, CAUSES[cause], str(count), charts.bar([(family(cause), count)], most), ("cause", cause))
        for cause, count in known.causes
    ]


def _tags(known: Disclosed) -> list[Bar]:
    tags: dict[str, list[bool]] = {}
    for case in known.cases:
        for tag in case.case.tags:
            tags.setdefault(tag, []).append(right(case))
    order = sorted(tags, key=lambda tag: (-tags[tag].count(False), -len(tags[tag]), tag))
    return [
        Bar(
            plain_line(tag),
            f"{tags[tag].count(True)} of {len(tags[tag])} right",
            f"{tags[tag].count(True)}/{len(tags[tag])}",
            charts.bar([("right", tags[tag].count(True)), ("wrong", tags[tag].count(False))], len(tags[tag])),
            ("tag", tag),
        )
        for tag in order[:SHOWN_TAGS]
    ]


def _golds(run: Run) -> list[Bar]:
    return [
        Bar(
            plain_line(gold.name),
            f"{gold.right} of {gold.cases} right" + (", blind: only totals are shown" if gold.blind else ""),
            f"{gold.right}/{gold.cases}",
            charts.bar([("right", gold.right), ("wrong", gold.cases - gold.right)], gold.cases),
            ("gold", "" if gold.blind else gold.name),
        )
        for gold in totals(run)
    ]


def _latency(run: Run) -> Markup | None:
    values = [one.latency_ms for case in run.cases for one in case.attempts if one.error is None]
    if not values:
        return None
    half, most = (float(np.percentile(values, share)) for share in (50, 95))
    words = f"Time for {counted(len(values), 'answer')}: half within {half:,.0f} ms, 19 of 20 within {most:,.0f} ms"
    return charts.histogram(values, [("median", half), ("95 %", most)], "ms", words)


def _compared_words(comparison: Comparison | None) -> str | None:
    if comparison is None:
        return None
    if comparison.equal:
        return f"The answers are the same as in {comparison.before}."
    worse, better = len(comparison.regressions), len(comparison.improvements)
    return f"Compared with {comparison.before}: {counted(worse, 'case')} worse, {better} better, of {comparison.cases}."


def _choices(views: list[CaseView]) -> dict[str, list[str]]:
    """What the cases can be filtered by."""
    return {
        "cause": [cause for cause in CAUSES if any(cause in view.causes for view in views)],
        "tag": sorted({tag for view in views for tag in view.case.tags}),
        "gold": list(dict.fromkeys(view.gold for view in views)),
    }
