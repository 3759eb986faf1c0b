"""What somebody asks the bot for, from the words after its name: a question, a summary, or help."""

from __future__ import annotations

import re
from dataclasses import dataclass

from service.summaries import STYLES, Style, SummaryRequest

MAX_QUESTION_CHARS = 2000
"""What the HTTP API takes, so that a question fares the same whoever asks it."""

_SUMMARIZE = re.compile(r"(?:summari[sz]e|summary of)\b[\s:]*(.*)", re.IGNORECASE | re.DOTALL)
_ASK = re.compile(r"ask\b[\s:]+(.*)", re.IGNORECASE | re.DOTALL)
_STYLE = re.compile(rf"(?:^|[\s,]+)(?:as (?:an? )?|style=)?({'|'.join(STYLES)})\W*$", re.IGNORECASE)
_FILE = re.compile(r"\S+\.(?:txt|md|html?|jsonl?|pdf)(?:#\S+)?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Question:
    """Something to answer."""

    text: str


@dataclass(frozen=True, slots=True)
class Digest:
    """Something to summarize; `subject` is how the asker called it."""

    subject: str
    request: SummaryRequest


@dataclass(frozen=True, slots=True)
class Help:
    """How to ask."""


Wanted = Question | Digest | Help


def wanted(text: str) -> Wanted:
    """What `text`, without the bot's name in it, asks for. `summarize AUKUS timeline` is a summary, `help` is help, and
    whatever else is a question; `ask` in front changes nothing."""
    text = text.strip()
    if text.casefold().strip("?!. ") in ("", "help", "ask"):
        return Help()
    if (summary := _SUMMARIZE.fullmatch(text)) is not None:
        return _digest(summary[1])
    asked = _ASK.fullmatch(text)
    return Question(asked[1].strip() if asked is not None else text)


def _digest(text: str) -> Wanted:
    style: Style = "brief"
    if (found := _STYLE.search(text)) is not None:
        style = next(one for one in STYLES if one == found[1].casefold())
        text = text[: found.start()]
    subject = text.strip(" \t\n.,:;\"'“”")
    if not subject:
        return Help()
    if _FILE.fullmatch(subject):
        return Digest(subject, SummaryRequest(sources=(subject,), style=style))
    return Digest(subject, SummaryRequest(topic=subject, style=style))
