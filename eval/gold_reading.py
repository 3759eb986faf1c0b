"""Gold sets are read from YAML node by node, so that every mistake is known with its line, and all are told at once.

Scalars are taken as they are written: `2,500`, `08:30` and `1971` are phrases like any other, whatever YAML makes of
them.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, Literal

import yaml

from eval.gold import GoldCase, GoldProblem, GoldSet, Groups
from eval.gold_patterns import is_pattern, refusal
from ingest.articles import ArticleFilter
from service.conversation import Turn

CASE_FIELDS = (
    "id", "question", "answer", "facts", "sources", "expect", "tags", "note", "history", "speakers", "never",
    "disagreement", "filters",
)  # fmt: skip
SET_FIELDS = ("corpus", "cases")
FILTER_FIELDS = ("outlets", "sources", "after", "before")
_DAY = re.compile(r"\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])")
_NULL = "tag:yaml.org,2002:null"
_BOOL = "tag:yaml.org,2002:bool"
_KINDS = {yaml.MappingNode: "a mapping", yaml.SequenceNode: "a list", yaml.ScalarNode: "text"}

Tell = Callable[[int, str, str], None]
"""Takes the line, the field and what is wrong."""


def read(path: Path) -> tuple[GoldSet | None, tuple[GoldProblem, ...]]:
    """A gold set and everything that is wrong with it, in the order of lines; None when nothing of it can be used."""
    problems: list[GoldProblem] = []

    def tell(line: int, field: str, message: str) -> None:
        problems.append(GoldProblem(path, line, field, message))

    gold = _read(path, tell)
    return gold, tuple(sorted(problems, key=lambda problem: problem.line))


def _read(path: Path, tell: Tell) -> GoldSet | None:
    try:
        root: Any = yaml.compose(path.read_text(encoding="utf-8-sig"), Loader=yaml.SafeLoader)
    except OSError as error:
        tell(1, "file", f"cannot be read: {error.strerror}")
        return None
    except UnicodeDecodeError as error:
        tell(1, "file", f"is not UTF-8: {error.reason} at byte {error.start}")
        return None
    except yaml.YAMLError as error:
        mark = error.problem_mark if isinstance(error, yaml.MarkedYAMLError) else None
        what = error.problem if isinstance(error, yaml.MarkedYAMLError) else str(error)
        tell(mark.line + 1 if mark else 1, "file", f"is not YAML: {what}")
        return None
    top = _Fields(root, "file", tell, line=1)
    if not top.usable:
        return None
    top.known(SET_FIELDS)
    entries = top.items("cases")
    if entries is None:
        if not top.given("cases"):
            tell(1, "cases", "missing: a gold set is a mapping with a list of cases")
        return None
    if not entries:
        tell(top.line_of("cases"), "cases", "there are none")
    cases, seen, lines = [], dict[str, int](), dict[tuple[str, str], int]()
    for node in entries:
        fields = _Fields(node, "case", tell)
        if not fields.usable:
            continue
        case = _case(fields, tell)
        if case.id and case.id in seen:
            tell(fields.line_of("id"), "id", f"{case.id!r} is already used at line {seen[case.id]}")
        seen.setdefault(case.id, case.line)
        lines |= {(case.id, name): line for name, line in fields.lines.items()}
        cases.append(case)
    corpus = top.text("corpus", required=False)
    return GoldSet(path, _folder(corpus, path) if corpus else None, tuple(cases), lines)


def _folder(corpus: str, path: Path) -> Path:
    """The folder as it is written, or beside the gold set where only that is there."""
    here, beside = Path(corpus), path.parent / corpus
    return beside if not here.exists() and beside.exists() else here


def _case(fields: _Fields, tell: Tell) -> GoldCase:
    fields.known(CASE_FIELDS)
    expected = fields.text("expect", required=False)
    if expected not in (None, "abstain"):
        tell(fields.line_of("expect"), "expect", f"is {expected!r}; it can only be 'abstain'")
    abstain = expected == "abstain"
    case = GoldCase(
        id=fields.text("id") or "",
        question=fields.text("question") or "",
        answer=fields.text("answer", required=False),
        facts=fields.groups("facts"),
        sources=fields.texts("sources"),
        abstain=abstain,
        tags=fields.texts("tags"),
        history=tuple(_history(fields, tell)),
        speakers=fields.groups("speakers"),
        never=fields.phrases("never"),
        disagreement=fields.flag("disagreement"),
        filters=_filters(fields, tell),
        note=fields.text("note", required=False) or "",
        line=fields.line,
    )
    if abstain:
        for name in ("facts", "sources", "speakers", "never", "disagreement"):
            if fields.given(name):
                tell(fields.line_of(name), name, f"a case that expects Dateline to abstain has no {name}")
    elif expected is None:
        for name in ("facts", "sources"):
            if not fields.given(name):
                tell(fields.line, name, "missing: give facts and sources, or expect: abstain")
            elif fields.items(name) == []:
                tell(fields.line_of(name), name, "there are none")
        if case.disagreement and len(case.facts) < 2:
            tell(fields.line_of("disagreement"), "disagreement", "takes a group of facts for each side")
    return case


def _history(fields: _Fields, tell: Tell) -> Iterator[Turn]:
    for node in fields.items("history") or ():
        turn = _Fields(node, "history", tell)
        if not turn.usable:
            continue
        turn.known(("user", "assistant"))
        if len(node.value) != 1:
            tell(turn.line, "history", "each turn is one line: `- user: …` or `- assistant: …`")
        roles: tuple[Literal["user", "assistant"], ...] = ("user", "assistant")
        for role in roles:
            if turn.given(role) and (content := turn.text(role)):
                yield Turn(role, content)


def _filters(fields: _Fields, tell: Tell) -> ArticleFilter:
    node = fields.node("filters")
    if node is None:
        return ArticleFilter()
    filters = _Fields(node, "filters", tell)
    if not filters.usable:
        return ArticleFilter()
    filters.known(FILTER_FIELDS)
    days = {name: filters.text(name, required=False) for name in ("after", "before")}
    for name, day in days.items():
        if day is not None and not _DAY.fullmatch(day):
            tell(filters.line_of(name), f"filters.{name}", f"{day!r} is no day such as 2024-04-10")
    return ArticleFilter(
        frozenset(filters.texts("outlets")),
        frozenset(filters.texts("sources")),
        days["after"],
        days["before"],
    )


class _Fields:
    """The fields of one mapping: each is given in the kind that is asked for, or told to be wrong and left empty."""

    def __init__(self, node: Any, name: str, tell: Tell, *, line: int | None = None) -> None:
        self._name, self._tell = name, tell
        self.line: int = line or node.start_mark.line + 1
        self.usable = isinstance(node, yaml.MappingNode)
        self._values: dict[str, Any] = {}
        self.lines: dict[str, int] = {}
        if not self.usable:
            tell(
                self.line, name, f"has to be a mapping{'' if node is None else f', not {_KINDS[type(node)]}'}"
            )
            return
        for key, value in node.value:
            field, place = str(key.value), key.start_mark.line + 1
            if field in self._values:
                tell(place, field, f"is given twice, first at line {self.lines[field]}")
                continue
            self._values[field], self.lines[field] = value, place

    def known(self, fields: Sequence[str]) -> None:
        """Tell of fields other than these."""
        for name in self._values:
            if name not in fields:
                near = difflib.get_close_matches(name, fields, n=1)
                hint = f"did you mean {near[0]!r}?" if near else f"known: {', '.join(fields)}"
                self._tell(self.lines[name], name, f"unknown field; {hint}")

    def line_of(self, name: str) -> int:
        return self.lines.get(name, self.line)

    def given(self, name: str) -> bool:
        return self.node(name) is not None

    def node(self, name: str) -> Any:
        value = self._values.get(name)
        return None if value is None or value.tag == _NULL else value

    def text(self, name: str, *, required: bool = True) -> str | None:
        node = self.node(name)
        if node is None:
            if required:
                self._tell(self.line_of(name), name, "missing")
            return None
        return self._words(node, name)

    def flag(self, name: str) -> bool:
        node = self.node(name)
        if node is None:
            return False
        if node.tag != _BOOL:
            self._tell(self.line_of(name), name, "is either true or false")
            return False
        return bool(node.value.casefold() in ("true", "yes", "on"))

    def items(self, name: str) -> list[Any] | None:
        """The nodes of a list; None where there is no list."""
        node = self.node(name)
        if node is None:
            return None
        if not isinstance(node, yaml.SequenceNode):
            self._tell(self.line_of(name), name, f"has to be a list, not {_KINDS[type(node)]}")
            return None
        return list(node.value)

    def texts(self, name: str) -> tuple[str, ...]:
        words = (self._words(node, name) for node in self.items(name) or ())
        return tuple(word for word in words if word)

    def groups(self, name: str) -> Groups:
        found = []
        for node in self.items(name) or ():
            line = node.start_mark.line + 1
            if not isinstance(node, yaml.SequenceNode):
                self._tell(line, name, 'each group is a list of phrases, as in [["one", "other"], ["more"]]')
            elif not node.value:
                self._tell(line, name, "has an empty group")
            else:
                found.append(tuple(self._phrases(node.value, name)))
        return tuple(group for group in found if group)

    def phrases(self, name: str) -> tuple[str, ...]:
        return tuple(self._phrases(self.items(name) or (), name))

    def _phrases(self, nodes: Iterable[Any], name: str) -> Iterator[str]:
        for node in nodes:
            phrase = self._words(node, name)
            if not phrase:
                continue
            if is_pattern(phrase) and (why := refusal(phrase)):
                self._tell(node.start_mark.line + 1, name, why)
            else:
                yield phrase

    def _words(self, node: Any, name: str) -> str | None:
        line = node.start_mark.line + 1
        if not isinstance(node, yaml.ScalarNode):
            self._tell(line, name, f"has to be text, not {_KINDS[type(node)]}")
            return None
        if not node.value.strip():
            self._tell(line, name, "is empty")
            return None
        return " ".join(str(node.value).split())
