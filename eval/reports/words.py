"""The sentences that all reports say alike: what was run, what the gate says, what a case came to."""

from __future__ import annotations

import re

from eval.gate import Verdict
from eval.reports.disclosure import Disclosed
from eval.runs import Attempt, CaseRun, Cause, Problem, Run

CAUSES: dict[Cause, str] = {
    "error": "no answer came back",
    "missing-article": "an article is not in the index",
    "retrieval": "the words were not found",
    "abstained": "found, and abstained",
    "answered": "should have abstained",
    "fact": "found, and not said",
    "source": "cites another source",
    "citation": "quote is not verbatim",
    "support": "not in the words cited",
    "speaker": "wrong speaker",
}
"""What each cause means, in as few words as fit beside it."""

FAMILIES: dict[str, tuple[Cause, ...]] = {
    "run": ("error",),
    "retrieval": ("missing-article", "retrieval"),
    "answer": ("abstained", "answered", "fact", "source", "citation", "support", "speaker"),
}
"""Where one would look first: what ran, what was found, or what was made of it."""

_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


def family(cause: Cause) -> str:
    """Which of `FAMILIES` a cause belongs to."""
    return next(name for name, causes in FAMILIES.items() if cause in causes)


def plain_line(text: str) -> str:
    """Text of an article or a model on one line, without characters that command a terminal or turn lines around."""
    return " ".join(_CONTROL.sub("\ufffd", text).split())


def clipped(text: str, chars: int) -> str:
    """At most `chars` characters of a text on one line."""
    line = plain_line(text)
    return line if len(line) <= chars else line[: chars - 1].rstrip() + "…"


def gate_words(verdict: Verdict | None) -> str:
    """What the gate says, in one sentence."""
    if verdict is None or not verdict.checks:
        return "No gate: nothing was required."
    failed = sum(not check.passed for check in verdict.checks)
    if not failed:
        return "The gate is met."
    return (
        f"The gate is NOT met: {failed} of {counted(len(verdict.checks), 'check')} fail{'s' * (failed == 1)}."
    )


def subject_words(run: Run) -> list[str]:
    """What was asked, in a few words each."""
    made_by = run.configuration
    code = f"Dateline {run.code.version}"
    if run.code.commit:
        code += f" at {run.code.commit[:7]}" + (", changed" if run.code.changed else "")
    found = [
        f"{counted(len(run.cases), 'case')} over {counted(run.index.articles, 'article')}",
        f"engine {made_by.engine or 'unknown'}" + (f", model {made_by.model}" if made_by.model else ""),
        code,
        run.started_at.replace("T", " ").removesuffix("+00:00") + " UTC",
    ]
    if made_by.server:
        found.append(f"server {made_by.server}")
    if made_by.repeats > 1:
        found.append(f"each asked {made_by.repeats} times")
    if made_by.recordings == "replay":
        found.append("model calls replayed")
    if run.finished_at is None:
        found.append("interrupted: not every case was asked")
    return found


def hidden_words(shown: Disclosed) -> str | None:
    """That cases are left out, and why; None where none is."""
    if not shown.hidden:
        return None
    return f"{counted(shown.hidden, 'case')} of blind gold sets count in the figures and are not shown."


def problem_line(problem: Problem) -> str:
    """What is wrong, with the words at fault where they say more than that."""
    words = [] if problem.cause == "answered" else [one for one in problem.words if one not in problem.detail]
    return f"{problem.detail.rstrip('.')}: {'; '.join(words)}" if words else problem.detail


def counted(number: int, thing: str) -> str:
    """A number of things."""
    return f"{number:,} {thing}{'' if number == 1 else 's'}"


def told(attempt: Attempt) -> str:
    """What came of an attempt, as a reader would see it."""
    if attempt.answer is None:
        return f"(no answer: {attempt.error})"
    if attempt.answer.status == "abstained":
        return f"(abstained: {attempt.answer.reason})"
    sides = [side.text for conflict in attempt.answer.disagreements for side in conflict.sides]
    return attempt.answer.answer + (f" (sides: {' | '.join(sides)})" if sides else "")


def telling_attempt(case: CaseRun) -> Attempt:
    """The attempt to show: the first that went wrong, else the first."""
    wrong = (one for one in case.attempts if one.problems or one.scores.get("correct") != 1.0)
    return next(wrong, case.attempts[0])
