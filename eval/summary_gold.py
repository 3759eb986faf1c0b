"""Gold summaries: what a good summary of an article, a topic, a timeline or a comparison has to say.

A file names its corpus and a list of cases. A case says what to summarize (`sources`, `topic`, neither for all), how
(`style`, `max_words`), and any of:

    points        what has to be said, each with its own words for it; a point is met when one statement meets every
                  group of `words` by one of its phrases, as in the question sets (`eval.gold.meets`)
    reference     a summary written by hand, for ROUGE
    relevant      every file that may rightly be cited; `cite` groups of files of which one each has to be
    copies        sets of near-copies, each of which is one story
    events        dated events of a timeline; `optional` ones are right but need not be told
    shared        what a comparison has to report as said by several outlets
    disagreement  the sides of what the sources cannot all be right about

Each case is tagged `dev` or `blind`: whoever improves the summarizer may look at what is missed in `dev` only.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from eval.gold import meets
from ingest.errors import InvalidRequest
from service.summaries import DEFAULT_MAX_WORDS, STYLES, Style, SummaryRequest

Groups = tuple[tuple[str, ...], ...]
HALVES = ("dev", "blind")
ARTICLE_WORDS = 100
"""`max_words` where a case of one article does not say."""


@dataclass(frozen=True, slots=True)
class Point:
    """One thing that has to be said: `says` in words of the gold set's author, `words` how it is recognised."""

    says: str
    words: Groups


@dataclass(frozen=True, slots=True)
class GoldEvent:
    """Something that happened on `date` (`2024-04-10`, `2024-04` or `2024`), told by one of `sources`."""

    date: str
    words: Groups
    sources: tuple[str, ...]
    optional: bool


@dataclass(frozen=True, slots=True)
class GoldSide:
    """One side of a disagreement, and who may be cited for it."""

    words: Groups
    sources: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SummaryCase:
    """One summary to make and what it is held against; see the module."""

    id: str
    request: SummaryRequest
    half: str
    points: tuple[Point, ...] = ()
    reference: str | None = None
    relevant: tuple[str, ...] = ()
    cite: Groups = ()
    copies: Groups = ()
    events: tuple[GoldEvent, ...] = ()
    shared: tuple[Groups, ...] = ()
    disagreement: tuple[GoldSide, ...] = ()

    @property
    def kind(self) -> str:
        """`article`, `topic`, `timeline` or `compare`."""
        if self.request.style in ("timeline", "compare"):
            return self.request.style
        return "article" if self.request.topic is None and len(self.request.sources) == 1 else "topic"


@dataclass(frozen=True, slots=True)
class SummaryGold:
    """A file of cases, and the folder they are about (None when it has to be given)."""

    path: Path
    corpus: Path | None
    cases: tuple[SummaryCase, ...]


def met(words: Groups, text: str) -> bool:
    """Whether `text` meets every group by one of its phrases."""
    return all(any(meets(phrase, text) for phrase in group) for group in words)


def load_summaries(path: Path) -> SummaryGold:
    """Read and check a gold set of summaries.

    Raises:
        InvalidRequest: naming the file, the line and the field that is wrong.
    """
    try:
        text = path.read_text(encoding="utf-8")
        root: Any = yaml.compose(text, Loader=yaml.SafeLoader)
        document = yaml.safe_load(text)
    except (OSError, ValueError, yaml.YAMLError) as error:
        raise InvalidRequest(f"{path}: {error}") from error
    if not isinstance(document, dict) or not isinstance(document.get("cases"), list):
        raise InvalidRequest(f"{path}:1: cases: a gold set of summaries is a mapping with a list of cases")
    entries = next(value for key, value in root.value if key.value == "cases").value
    seen: dict[str, int] = {}
    cases = []
    for entry, node in zip(document["cases"], entries, strict=True):
        case = _case(_Reader(path, node, entry))
        line = node.start_mark.line + 1
        if case.id in seen:
            raise InvalidRequest(f"{path}:{line}: id: {case.id!r} is already used at line {seen[case.id]}")
        seen[case.id] = line
        cases.append(case)
    if not cases:
        raise InvalidRequest(f"{path}:1: cases: there are none")
    corpus = document.get("corpus")
    return SummaryGold(path, Path(corpus) if corpus else None, tuple(cases))


class _Reader:
    """A mapping of the file with the lines of its fields: gives fields of the kind that is asked for, or says where
    one is not."""

    def __init__(self, path: Path, node: Any, value: Any, field: str = "case") -> None:
        self._path, self._line = path, node.start_mark.line + 1
        self._keys: dict[str, int] = {}
        if not isinstance(value, dict):
            raise self.wrong(field, "it has to be a mapping")
        self._value: dict[str, Any] = value
        self._keys |= {key.value: key.start_mark.line + 1 for key, _ in node.value}
        self._nodes = {key.value: below for key, below in node.value}

    def known(self, fields: str) -> None:
        """Refuse fields other than those of `fields`."""
        for name in self._value:
            if name not in fields.split():
                raise self.wrong(name, f"unknown field; known: {', '.join(sorted(fields.split()))}")

    def has(self, name: str) -> bool:
        return self._value.get(name) is not None

    def text(self, name: str, default: str | None = None) -> str:
        value = self._value.get(name, default)
        if not isinstance(value, str) or not value.strip():
            raise self.wrong(name, "it has to be text (put numbers and dates in quotation marks)")
        return " ".join(value.split())

    def whole(self, name: str, default: int) -> int:
        value = self._value.get(name, default)
        if isinstance(value, bool) or not isinstance(value, int) or value < 1:
            raise self.wrong(name, f"{value!r} is no whole number above 0")
        return value

    def flag(self, name: str) -> bool:
        value = self._value.get(name, False)
        if not isinstance(value, bool):
            raise self.wrong(name, f"{value!r} is neither true nor false")
        return value

    def texts(self, name: str) -> tuple[str, ...]:
        value = self._value.get(name, [])
        if not isinstance(value, list) or not all(isinstance(one, str) and one.strip() for one in value):
            raise self.wrong(name, "it has to be a list of texts")
        return tuple(value)

    def groups(self, name: str) -> Groups:
        value = self._value.get(name, [])
        if not isinstance(value, list) or not all(isinstance(group, list) and group for group in value):
            raise self.wrong(name, "it has to be a list of groups, none of them empty")
        for phrase in (phrase for group in value for phrase in group):
            if not isinstance(phrase, str) or not phrase.strip():
                raise self.wrong(name, f"{phrase!r} is no text")
            if len(phrase) > 2 and phrase.startswith("/") and phrase.endswith("/"):
                try:
                    re.compile(phrase[1:-1])
                except re.error as error:
                    raise self.wrong(name, f"{phrase} is no regular expression: {error}") from error
        return tuple(tuple(group) for group in value)

    def words(self) -> Groups:
        """The groups of `words`, of which there is at least one."""
        found = self.groups("words")
        if not found:
            raise self.wrong("words", "there are none")
        return found

    def below(self, name: str) -> list[_Reader]:
        value = self._value.get(name, [])
        if not isinstance(value, list):
            raise self.wrong(name, "it has to be a list")
        if not value:
            return []
        nodes = self._nodes[name].value
        return [_Reader(self._path, node, one, name) for node, one in zip(nodes, value, strict=True)]

    def wrong(self, name: str, why: str) -> InvalidRequest:
        """The error that names the file, the field's line and the field."""
        return InvalidRequest(f"{self._path}:{self._keys.get(name, self._line)}: {name}: {why}")


_CASE = "id sources topic style max_words points reference relevant cite copies events shared disagreement tags note"
_EXPECTED = ("points", "reference", "events", "shared", "disagreement")
_DATE = re.compile(r"\d{4}(-(0[1-9]|1[0-2])(-(0[1-9]|[12]\d|3[01]))?)?")


def _case(entry: _Reader) -> SummaryCase:
    entry.known(_CASE)
    sources = entry.texts("sources")
    topic = entry.text("topic") if entry.has("topic") else None
    style = _style(entry)
    single = topic is None and len(sources) == 1
    words = entry.whole("max_words", ARTICLE_WORDS if single else DEFAULT_MAX_WORDS)
    halves = [tag for tag in entry.texts("tags") if tag in HALVES]
    if len(halves) != 1:
        raise entry.wrong("tags", "a case is tagged dev or blind")
    if not any(entry.has(field) for field in _EXPECTED):
        raise entry.wrong("id", f"the case expects nothing: give one of {', '.join(_EXPECTED)}")
    if entry.has("events") and style != "timeline":
        raise entry.wrong("events", "only a timeline has events: style: timeline")
    reference = entry.text("reference") if entry.has("reference") else None
    if reference is not None and len(reference.split()) > words:
        raise entry.wrong("reference", f"it has {len(reference.split())} words, more than max_words {words}")
    sides = tuple(_side(side) for side in entry.below("disagreement"))
    if len(sides) == 1:
        raise entry.wrong("disagreement", "it takes two sides")
    return SummaryCase(
        id=entry.text("id"),
        request=SummaryRequest(sources=sources, topic=topic, style=style, max_words=words),
        half=halves[0],
        points=tuple(_point(point) for point in entry.below("points")),
        reference=reference,
        relevant=entry.texts("relevant") or (sources if single else ()),
        cite=entry.groups("cite"),
        copies=entry.groups("copies"),
        events=tuple(_event(event) for event in entry.below("events")),
        shared=tuple(_shared(one) for one in entry.below("shared")),
        disagreement=sides,
    )


def _style(entry: _Reader) -> Style:
    given = entry.text("style", "brief")
    for style in STYLES:
        if style == given:
            return style
    raise entry.wrong("style", f"{given!r} is none of {', '.join(STYLES)}")


def _point(entry: _Reader) -> Point:
    entry.known("says words")
    return Point(entry.text("says"), entry.words())


def _shared(entry: _Reader) -> Groups:
    entry.known("words")
    return entry.words()


def _side(entry: _Reader) -> GoldSide:
    entry.known("words sources")
    return GoldSide(entry.words(), entry.texts("sources"))


def _event(entry: _Reader) -> GoldEvent:
    entry.known("date words sources optional")
    date = entry.text("date")
    if not _DATE.fullmatch(date):
        raise entry.wrong("date", f"{date!r} is no date such as 2024-04-10, 2024-04 or 2024")
    return GoldEvent(date, entry.words(), entry.texts("sources"), entry.flag("optional"))
