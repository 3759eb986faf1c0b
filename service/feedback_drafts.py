"""Readers' verdicts as drafts of gold cases (`eval.gold` says what a gold set is).

What makes a case right or wrong only a person can write: its facts. A draft has everything else, with TODO where the
writer's work is. Its facts are empty, so that whoever reads the file as a gold set is told the line that is unfinished.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import yaml

from service.feedback import KeptFeedback

HEAD = """\
# Drafts from readers' feedback. This is not a gold set yet: settle every TODO, then remove the word.
# For each case either write its facts, groups of phrases of which a right answer has one each, and check its sources;
# or, when the articles do not answer the question, replace answer, facts and sources by `expect: abstain`.
corpus: TODO   # the folder of the articles
cases:
"""
NO_CASES = "# Drafts from readers' feedback: there is none that fits.\ncorpus: TODO\ncases: []\n"
SLUG_WORDS = 6
_WIDTH = 110


def gold_drafts(found: Sequence[KeptFeedback]) -> str:
    """A YAML document with a case for each verdict; ids are made of the question's words and the verdict's id."""
    if not found:
        return NO_CASES
    return HEAD + "".join(_case(kept) for kept in found)


def _case(kept: KeptFeedback) -> str:
    shown = _one_line(kept.answer)
    note = [f"{kept.verdict} on {kept.given_at[:10]}"]
    if kept.comment:
        note.append(f"the reader wrote: {_one_line(kept.comment)}")
    if kept.verdict == "down":
        note.append(f"the answer shown was: {shown}")
    fields: dict[str, object] = {"id": f"{_slug(kept.question)}-{kept.id[:6]}", "question": kept.question}
    fields["answer"] = _without_markers(shown) if kept.verdict == "up" and shown else "TODO"
    fields["facts"] = []
    fields["sources"] = list(dict.fromkeys(span.source for span in kept.citations)) or ["TODO"]
    fields["tags"] = ["feedback", kept.verdict]
    fields["note"] = "; ".join(note)
    lines = yaml.safe_dump(fields, sort_keys=False, allow_unicode=True, width=_WIDTH).splitlines()
    marked = [line + "   # TODO: groups of phrases" if line == "facts: []" else line for line in lines]
    return "".join(f"  {'- ' if number == 0 else '  '}{line}\n" for number, line in enumerate(marked))


def _slug(question: str) -> str:
    words = re.findall(r"[a-z0-9]+", question.casefold())
    return "-".join(words[:SLUG_WORDS])[:60] or "question"


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _without_markers(answer: str) -> str:
    return " ".join(re.sub(r"(?:\s*\[\d+\])+", "", answer).split())
