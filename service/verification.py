"""Is this statement in those words? Pure functions: text in, verdict out; anyone can rerun them.

A statement is supported when everything in it that can be checked stands in the words it cites:

* every quotation occurs there character for character (curly and straight marks, white space and the comma or full
  stop that news style moves inside the marks are the same, and Markdown's marks of emphasis and links are no words);
* every number, percentage, sum of money and date agrees with one there, in the normal forms of `service.values`
  ("54,000" is 54000, "1 percent" is 1%, number words stay words);
* every name occurs there, in full or as its initials, or is whom the article itself means there by "he" or "the
  president";
* whoever the statement says has said something is who the article says has said it.

What is not checked here is paraphrase, whether other words of the statement mean what the source means: that is
`service.support`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from ingest.attribution import analyze
from service.equivalents import FUNCTION_WORDS
from service.markdown_marks import without_marks
from service.speakers import same_speaker
from service.terms import fold, keys_of
from service.values import Value, values_of

ProblemKind = Literal["quotation", "value", "name", "attribution", "empty"]


@dataclass(frozen=True, slots=True)
class Evidence:
    """Cited words, and what their article knows about them.

    `speakers` are those to whom the article attributes words of `text`; `names` those it means there by a pronoun
    or a title.
    """

    text: str
    speakers: frozenset[str] = frozenset()
    names: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Problem:
    """Words of a statement that its evidence does not hold."""

    kind: ProblemKind
    words: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """The outcome: supported when there is no problem."""

    problems: tuple[Problem, ...]

    @property
    def supported(self) -> bool:
        """Whether the statement may be shown."""
        return not self.problems


_MARKS = str.maketrans({"“": '"', "”": '"', "„": '"', "«": '"', "»": '"', "‘": "'", "’": "'", "‚": "'",
                        "–": "-", "—": "-", "\u00a0": " ", "\u202f": " "})  # fmt: skip
_DOUBLE = re.compile(r'"([^"]+)"')
_SINGLE = re.compile(r"(?<![\w'])'([^'\s](?:[^']|'(?=\w))*)'(?!\w)")
_BRACKETED = re.compile(r"\s?\[[^\]]*\]")
_NAME_WORD = re.compile(r"(?:[A-Z]\.){2,}|\b[A-Z][\w&]*(?:['’-]\w+)*")
_SENTENCE_START = re.compile(r"(?:^|[.?!:…]['\")\]]*\s+|[\n\"'(\[]\s*)$")


def plain(text: str) -> str:
    """Text with one kind of quotation mark, dash and white space, for comparing quotations."""
    return " ".join(text.translate(_MARKS).split())


def verify(statement: str, evidence: Sequence[Evidence]) -> Verdict:
    """Check one statement against the words it cites.

    `statement` is what will be shown, without `[1]` markers; square brackets in it hold referents that Dateline has
    added. `evidence` is every citation of the statement. Returns every problem found, not only the first.
    """
    if not statement.strip() or not evidence:
        return Verdict((Problem("empty", statement.strip()),))
    problems = [
        *_quotations(statement, evidence),
        *_values(statement, evidence),
        *_names(statement, evidence),
        *_attribution(statement, evidence),
    ]
    return Verdict(tuple(problems))


def quoted_runs(text: str) -> list[str]:
    """The runs between quotation marks in `text`, in `plain` form, without a final comma or full stop."""
    normal = plain(text)
    runs = _DOUBLE.findall(normal) + _SINGLE.findall(_DOUBLE.sub('""', normal))
    return [run.strip(" ,.;") for run in runs if run.strip(" ,.;")]


def _quotations(statement: str, evidence: Sequence[Evidence]) -> list[Problem]:
    runs = quoted_runs(statement)
    if not runs:
        return []
    texts = [plain(item.text) for item in evidence]
    texts += [without_marks(text) for text in texts]
    found = []
    for run in runs:
        unbracketed = _BRACKETED.sub("", run).strip()
        if not any(run in text or unbracketed in text for text in texts):
            found.append(Problem("quotation", run))
    return found


def _values(statement: str, evidence: Sequence[Evidence]) -> list[Problem]:
    known: list[Value] = [value for item in evidence for value in values_of(item.text)]
    return [
        Problem("value", statement[value.start : value.end])
        for value in values_of(statement)
        if not any(value.agrees(other) for other in known)
    ]


def _names(statement: str, evidence: Sequence[Evidence]) -> list[Problem]:
    present: set[str] = set()
    lower: set[str] = set()
    sources = [source for item in evidence for source in (item.text, *item.names, *item.speakers)]
    for source in sources:
        for word in re.findall(r"(?:[A-Za-z]\.){2,}|[^\W_]+(?:['’-][^\W_]+)*", source):
            present |= keys_of(word)
            lower.add(fold(word))
    if "european" in lower and "union" in lower:
        lower.add("eu")
    if "united" in lower and "nations" in lower:
        lower.add("un")
    for short, second in (("US", "states"), ("UK", "kingdom")):
        if "united" in lower and second in lower:
            present |= keys_of(short)
    unknown = []
    for match in _NAME_WORD.finditer(statement):
        word = match.group()
        bare = _POSSESSIVE.sub("", fold(word))
        if bare in FUNCTION_WORDS or fold(word) in lower or bare in lower:
            continue
        if bare not in SEATS and not keys_of(word).isdisjoint(present):
            continue
        if _SENTENCE_START.search(statement[: match.start()]) and _opens(bare, statement[match.end() :]):
            continue
        unknown.append(match)
    if not unknown:
        return []
    shortened = {letters for source in sources for letters, _ in _runs(source)}
    spelled = _spelled_out(statement, sources)
    return [
        Problem("name", match.group())
        for match in unknown
        if match.group().replace(".", "") not in shortened and match.start() not in spelled
    ]


_POSSESSIVE = re.compile(r"['’](?:s|re|ve|ll|d|m)?$")
SEATS = frozenset(
    """washington london westminster tokyo beijing moscow kremlin manila canberra taipei kyiv kiev paris berlin rome
    madrid delhi tehran baghdad ankara ottawa brasilia cairo warsaw stockholm oslo helsinki copenhagen hague brussels
    dublin lisbon athens seoul hanoi jakarta islamabad damascus beirut riyadh abuja nairobi reykjavik bern vienna
    edinburgh cardiff""".split()
)
"""Cities by which newsrooms name a government. A question may use them so; a statement needs the city itself in its
evidence, for "in Moscow" does not follow from "Russian"."""

_OPENERS = frozenset(
    """however meanwhile additionally moreover furthermore also instead later earlier separately finally overall
    according reportedly similarly still officials leaders analysts experts authorities yes""".split()
)
_ORDINARY = frozenset(
    """shares stocks stock sales prices profits revenue costs demand exports imports inflation unemployment growth
    researchers scientists astronomers engineers doctors teachers students workers employees residents families parents
    children people women men girls boys voters lawmakers ministers investigators prosecutors detectives police troops
    soldiers protesters demonstrators activists campaigners critics supporters opponents investors traders economists
    lawyers survivors victims witnesses passengers firefighters rescuers crews thousands hundreds dozens millions
    national local federal regional international former recent past new several numerous nearly almost around roughly
    approximately plans talks rules laws""".split()
)
"""Words that open sentences and are names only before another capital."""


def _opens(word: str, following: str) -> bool:
    return word in _OPENERS or (word in _ORDINARY and not re.match(r"\s+[A-Z]", following))


_ACRONYM = re.compile(r"\b[A-Z]{3,6}\b")
_CAPITALS = re.compile(r"\b[A-Z][\w’'-]*(?:\s+(?:(?:of|the|and|for|on)\s+){0,2}[A-Z][\w’'-]*)+")


def _spelled_out(statement: str, sources: Iterable[str]) -> set[int]:
    """Where words of `statement` begin that spell out an acronym of three letters or more in `sources`."""
    acronyms = {letters for source in sources for letters in _ACRONYM.findall(source)}
    return {start for letters, starts in _runs(statement) if letters in acronyms for start in starts}


def _runs(text: str) -> Iterator[tuple[str, list[int]]]:
    """Each run of capitalized words as its initials, with where the words begin; once with the small words' ("BOJ").
    Three to six words."""
    for match in _CAPITALS.finditer(text):
        words = [
            (word.group()[0], match.start() + word.start()) for word in re.finditer(r"\S+", match.group())
        ]
        for chosen in ([word for word in words if word[0].isupper()], words):
            for first in range(len(chosen)):
                for last in range(first + 3, min(first + 6, len(chosen)) + 1):
                    run = chosen[first:last]
                    yield "".join(letter for letter, _ in run).upper(), [start for _, start in run]


def _attribution(statement: str, evidence: Sequence[Evidence]) -> list[Problem]:
    known = {speaker for item in evidence for speaker in item.speakers}
    for item in evidence:
        known |= _speakers_as_written(item.text)
    bare, added = _without_brackets(statement)
    problems = [
        Problem("attribution", name)
        for match in _OPENER.finditer(statement)
        for name in (match[1] or match[2],)
        if not any(same_speaker(name, speaker) for speaker in known)
    ]
    for quotation in analyze(bare).quotations:
        if quotation.speaker is None or quotation.speaker_start is None or quotation.speaker_end is None:
            continue
        written = bare[quotation.speaker_start : quotation.speaker_end]
        said_by = (
            [added[quotation.speaker_end]] if quotation.speaker_end in added else [quotation.speaker, written]
        )
        if any(same_speaker(name, speaker) for name in said_by for speaker in known):
            continue
        problems.append(Problem("attribution", said_by[0]))
    return [*problems, *_unheard_of(bare, evidence)]


PLAIN_SPEAKER = re.compile(
    r"(?:^|[.;,]\s+|\b(?:and|but|while)\s+)(?:the|an?)\s+(?P<who>(?:[a-z][\w’'-]*\s+){0,3}?(?P<head>[a-z][\w’'-]*))"
    r"\s+(?:has\s+|had\s+|also\s+|later\s+)?(?:said|says|told|tells|added|adds|argued|argues|claimed|claims|warned|warns"
    r"|announced|announces|stated|states|explained|explains|noted|notes|confirmed|confirms|insisted|insists)\b",
    re.IGNORECASE,
)
"""Somebody called by a common noun who is said to have said something: `who`, and its last word `head`."""


def _unheard_of(bare: str, evidence: Sequence[Evidence]) -> list[Problem]:
    """Speakers named by a common noun ("the contractor said") of whom the cited words know nothing. Whoever is named or
    is a known kind of speaker has been checked already."""
    known: set[str] = set()
    for item in evidence:
        for source in (item.text, *item.speakers, *item.names):
            for word in re.findall(r"[^\W\d_]+(?:['’-][^\W\d_]+)*", source):
                known |= keys_of(word)
    return [
        Problem("attribution", match["who"])
        for match in PLAIN_SPEAKER.finditer(bare)
        if keys_of(match["head"]).isdisjoint(known)
    ]


_OPENER = re.compile(r"\[(?:[Aa]ccording to ([^\]]+),|([^\]:]+):)\]")


def _without_brackets(statement: str) -> tuple[str, dict[int, str]]:
    """The statement without what Dateline added, and what was added, by where it stood in the result."""
    pieces: list[str] = []
    added: dict[int, str] = {}
    position = length = 0
    for match in _BRACKETED.finditer(statement):
        pieces.append(statement[position : match.start()])
        length += match.start() - position
        added[length] = re.sub(r"['’]s$", "", match.group().strip(" []:"))
        position = match.end()
    pieces.append(statement[position:])
    return "".join(pieces), added


def _speakers_as_written(text: str) -> set[str]:
    """Who speaks in the cited words read on their own, as they are named there."""
    return {
        text[quotation.speaker_start : quotation.speaker_end]
        for quotation in analyze(text).quotations
        if quotation.speaker_start is not None and quotation.speaker_end is not None
    }
