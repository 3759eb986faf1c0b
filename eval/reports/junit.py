"""A run as JUnit XML, which every CI server reads: a test for each case, a suite for each gold set, and the gate.

Written to the schema that Jenkins checks with (xunit-plugin, junit-10.xsd), which what Surefire, GitLab, GitHub's
readers, Azure and CircleCI accept is a superset of: `tests`, `failures`, `errors` and `skipped` count, `time` is in
seconds, a failure has a `type` (the cause), a `message` (one line) and words. A case whose answer is right passes, even
where something is wrong with it beside that: what, stands in its output. Blind gold sets are one test each, their
totals.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from xml.etree import ElementTree as ET

from eval.gate import Check, Verdict, shown
from eval.reports.disclosure import GoldTotals, disclosed, right, totals
from eval.reports.words import clipped, counted, problem_line, subject_words, telling_attempt, told
from eval.runs import Attempt, CaseRun, Run

GATE = "gate"
MESSAGE_CHARS = 300
TEXT_CHARS = 4000
_INVALID = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML 1.0 does not allow, not even as a reference (section 2.2)."""


def render(run: Run, verdict: Verdict | None = None) -> str:
    """The document, with its declaration; UTF-8 is the encoding to write it in."""
    known = disclosed(run, verdict)
    root = ET.Element("testsuites", {"name": "dateline eval"})
    for gold in totals(run):
        cases = [case for case in known.cases if case.gold == gold.name]
        tests = [_totals(gold)] if gold.blind else [_case(case) for case in cases]
        attempts = [one for case in run.cases if case.gold == gold.name for one in case.attempts]
        suite = _suite(root, gold.name, tests, sum(one.latency_ms for one in attempts) / 1000, run)
        properties = ET.Element("properties")
        for name, figure in gold.figures.items():
            if figure.value is not None:
                ET.SubElement(properties, "property", _valid(name=name, value=shown(name, figure.value)))
        for number, words in enumerate(subject_words(run)):
            ET.SubElement(properties, "property", _valid(name=f"run.{number}", value=words))
        suite.insert(0, properties)
    if verdict is not None and verdict.checks:
        _suite(root, GATE, [_check(check) for check in verdict.checks], 0.0, run)
    suites = list(root)
    for name in ("tests", "failures", "errors"):
        root.set(name, str(sum(int(suite.get(name, "0")) for suite in suites)))
    root.set("time", _seconds(sum(float(suite.get("time", "0")) for suite in suites)))
    ET.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(root, encoding="unicode") + "\n"


def _suite(root: ET.Element, name: str, tests: Iterable[ET.Element], seconds: float, run: Run) -> ET.Element:
    suite = ET.SubElement(root, "testsuite", _valid(name=name))
    suite.extend(tests)
    suite.set("tests", str(len(suite.findall("testcase"))))
    suite.set("failures", str(len(suite.findall("testcase/failure"))))
    suite.set("errors", str(len(suite.findall("testcase/error"))))
    suite.set("skipped", "0")
    suite.set("time", _seconds(seconds))
    suite.set("timestamp", run.started_at.partition("+")[0])
    return suite


def _case(case: CaseRun) -> ET.Element:
    seconds = sum(one.latency_ms for one in case.attempts) / 1000
    test = ET.Element(
        "testcase",
        _valid(name=case.case.id, classname=f"dateline.{case.gold}", time=_seconds(seconds)),
    )
    attempt = telling_attempt(case)
    words = _words(case, attempt)
    if attempt.error is not None:
        error = ET.SubElement(
            test, "error", _valid(type="error", message=clipped(attempt.error, MESSAGE_CHARS))
        )
        error.text = _clean(words)
    elif not right(case):
        cause = attempt.problems[0].cause if attempt.problems else "wrong"
        failure = ET.SubElement(test, "failure", _valid(type=cause, message=_message(case, attempt)))
        failure.text = _clean(words)
    elif attempt.problems:
        ET.SubElement(test, "system-out").text = _clean(words)
    return test


def _message(case: CaseRun, attempt: Attempt) -> str:
    problem = attempt.problems[0] if attempt.problems else None
    times = sum(one.scores.get("correct") == 1.0 for one in case.attempts)
    flaky = f"right {times} of {len(case.attempts)} times; " if 0 < times < len(case.attempts) else ""
    what = "the answer is wrong" if problem is None else f"{problem.cause}: {problem_line(problem)}"
    return clipped(flaky + what, MESSAGE_CHARS)


def _words(case: CaseRun, attempt: Attempt) -> str:
    gold = case.case
    lines = [f"Question: {gold.question}"]
    lines += [f"  {turn.role} before: {turn.content}" for turn in gold.history]
    if gold.abstain:
        lines.append("Expected: to abstain")
    else:
        lines.append("Expected: " + "; ".join(" | ".join(group) for group in gold.facts))
        lines.append(f"Sources: {', '.join(gold.sources)}")
    lines.append(f"Answer: {told(attempt)}")
    for citation in attempt.answer.citations if attempt.answer is not None else ():
        lines.append(f"  [{citation.id}] {citation.source}:{citation.line}: {citation.quote}")
    for problem in attempt.problems:
        lines.append(f"{problem.cause}: {problem_line(problem)}")
    for excerpt in attempt.excerpts:
        if excerpt.role == "missing":
            lines.append(f"{excerpt.source} has: …{excerpt.before}>>{excerpt.text}<<{excerpt.after}…")
    text = "\n".join(lines)
    return text if len(text) <= TEXT_CHARS else text[: TEXT_CHARS - 1] + "…"


def _totals(gold: GoldTotals) -> ET.Element:
    test = ET.Element("testcase", _valid(name="totals", classname=f"dateline.{gold.name}", time="0.000"))
    lines = [
        f"{gold.right} right of {counted(gold.cases, 'case')}; the set is blind, and only totals are shown."
    ]
    lines += [
        f"{name} {shown(name, figure.value)} (n = {figure.n})"
        for name, figure in gold.figures.items()
        if figure.value is not None
    ]
    ET.SubElement(test, "system-out").text = _clean("\n".join(lines))
    return test


def _check(check: Check) -> ET.Element:
    sign = "may lose at most" if check.kind == "regression" else "has to reach"
    name = f"{check.measure} {sign} {shown(check.measure, check.required)}"
    test = ET.Element("testcase", _valid(name=name, classname=f"dateline.{GATE}.{check.kind}", time="0.000"))
    if not check.passed:
        failure = ET.SubElement(test, "failure", _valid(type=check.kind, message=check.reason))
        failure.text = _clean(check.reason)
    return test


def _valid(**attributes: str) -> dict[str, str]:
    return {name: _clean(value) for name, value in attributes.items()}


def _clean(text: str) -> str:
    return _INVALID.sub("\ufffd", text)


def _seconds(value: float) -> str:
    return f"{value:.3f}"
