"""Gold sets: hand-written questions with what a right answer says and may cite.

Facts are groups of phrases; a group is met when one of its phrases occurs in the answer (without case), or matches
when it is written `/like this/`. A case either has facts and sources, or expects Dateline to abstain.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from ingest.errors import InvalidRequest


@dataclass(frozen=True, slots=True)
class GoldCase:
    """One question. `facts` are groups of alternatives, `sources` every file that may rightly be cited."""

    id: str
    question: str
    answer: str | None
    facts: tuple[tuple[str, ...], ...]
    sources: tuple[str, ...]
    abstain: bool
    tags: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class GoldSet:
    """A file of cases, and the folder its questions are about (None when it has to be given)."""

    path: Path
    corpus: Path | None
    cases: tuple[GoldCase, ...]


def load(path: Path) -> GoldSet:
    """Read and check a gold set.

    Raises:
        InvalidRequest: naming the file, the line and the field that is wrong.
    """
    try:
        root = yaml.compose(path.read_text(encoding="utf-8"), Loader=yaml.SafeLoader)
        document = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, yaml.YAMLError) as error:
        raise InvalidRequest(f"{path}: {error}") from error
    if not isinstance(document, dict) or not isinstance(document.get("cases"), list):
        raise InvalidRequest(f"{path}:1: a gold set is a mapping with a list of cases")
    lines = _case_lines(root)
    seen: dict[str, int] = {}
    cases = []
    for number, entry in enumerate(document["cases"]):
        line = lines[number] if number < len(lines) else 1
        case = _case(entry, f"{path}:{line}")
        if case.id in seen:
            raise InvalidRequest(f"{path}:{line}: id {case.id!r} is already used at line {seen[case.id]}")
        seen[case.id] = line
        cases.append(case)
    corpus = document.get("corpus")
    return GoldSet(path, Path(corpus) if corpus else None, tuple(cases))


def meets(phrase: str, text: str) -> bool:
    """Whether `text` holds a phrase (case, curly marks and runs of white space aside) or matches a `/pattern/`."""
    plain = _plain(text)
    if len(phrase) > 2 and phrase.startswith("/") and phrase.endswith("/"):
        return re.search(phrase[1:-1], plain, re.IGNORECASE) is not None
    return _plain(phrase).casefold() in plain.casefold()


def _plain(text: str) -> str:
    return " ".join(text.translate(str.maketrans("“”‘’", "\"\"''")).split())


_FIELDS = frozenset({"id", "question", "answer", "facts", "sources", "expect", "tags", "note"})


def _case(entry: Any, place: str) -> GoldCase:
    if not isinstance(entry, dict):
        raise InvalidRequest(f"{place}: a case is a mapping")
    if unknown := sorted(set(entry) - _FIELDS):
        raise InvalidRequest(f"{place}: unknown field {unknown[0]!r}; known: {', '.join(sorted(_FIELDS))}")
    for field in ("id", "question"):
        if not isinstance(entry.get(field), str) or not entry[field].strip():
            raise InvalidRequest(f"{place}: {field} is missing")
    if entry.get("expect") not in (None, "abstain"):
        raise InvalidRequest(f"{place}: expect is {entry['expect']!r}; it can only be 'abstain'")
    abstain = entry.get("expect") == "abstain"
    facts = tuple(tuple(str(phrase) for phrase in group) for group in entry.get("facts") or ())
    if any(not group for group in facts):
        raise InvalidRequest(f"{place}: facts has an empty group")
    sources = tuple(str(source) for source in entry.get("sources") or ())
    if abstain == bool(facts) or abstain == bool(sources):
        raise InvalidRequest(f"{place}: a case has facts and sources, or expect: abstain, and not both")
    tags = tuple(str(tag) for tag in entry.get("tags") or ())
    return GoldCase(entry["id"], entry["question"], entry.get("answer"), facts, sources, abstain, tags)


def _case_lines(root: Any) -> list[int]:
    for key, value in root.value if isinstance(root, yaml.MappingNode) else ():
        if key.value == "cases" and isinstance(value, yaml.SequenceNode):
            return [node.start_mark.line + 1 for node in value.value]
    return []
