"""Measures attribution against a hand-made annotation: who said what, found or not, rightly or not.

`python -m eval.attribution ANNOTATION.yaml FOLDER` prints precision and recall, direct and indirect speech apart,
and every miss and mistake. The annotation is a YAML list; an entry has `file`, `kind`, `speaker` (null: nobody),
either `start`/`end` (code points) or `quote` (words that occur in the file), and optionally `also` (other right
speakers), `partial` (must be found exactly) and `doubtful` (counts neither way). `file` may be `feed.jsonl#3`: the
body of a record, by 1-based line.

A hit has the same kind, the same speaker (articles and case aside), and the same words: at least 80 % of the
characters of the longer span, or all of them for a partial quotation. Precision is hits over the quotations that
were given a speaker; recall is hits over the entries that have one. Headlines and front matter are left out.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from ingest.articles import Quotation
from ingest.attribution import analyze

MIN_OVERLAP = 0.8

_ARTICLES = re.compile(r"^(?:(?:a|an|the|one|another|some|several)\s+)+", re.IGNORECASE)
_FRONT_MATTER = re.compile(r"\A---\n.*?\n---\n", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Expected:
    """One annotated quotation: `speakers` are all right ones (None: nobody)."""

    start: int
    end: int
    kind: str
    speakers: frozenset[str | None]
    partial: bool = False
    doubtful: bool = False


@dataclass(frozen=True, slots=True)
class Score:
    """Counts for one kind of speech. `found` were given a speaker, `expected` have one, `hits` agree."""

    found: int = 0
    expected: int = 0
    hits: int = 0

    @property
    def precision(self) -> float:
        """Hits over found; 1 when nothing was found."""
        return self.hits / self.found if self.found else 1.0

    @property
    def recall(self) -> float:
        """Hits over expected; 1 when nothing was expected."""
        return self.hits / self.expected if self.expected else 1.0

    def __add__(self, other: Score) -> Score:
        return Score(self.found + other.found, self.expected + other.expected, self.hits + other.hits)


@dataclass(frozen=True, slots=True)
class Comparison:
    """The scores of one article by kind, and the quotations that differ."""

    scores: dict[str, Score]
    wrong: list[Quotation] = field(default_factory=list)
    missed: list[Expected] = field(default_factory=list)


def normal_speaker(name: str | None) -> str | None:
    """A speaker without leading articles, case and repeated white space."""
    return None if name is None else " ".join(_ARTICLES.sub("", name.strip()).casefold().split())


def same_words(expected: Expected, start: int, end: int) -> bool:
    """Whether `start..end` are the annotated words: exactly if partial, else by `MIN_OVERLAP` of the longer."""
    if expected.partial:
        return (expected.start, expected.end) == (start, end)
    shared = min(expected.end, end) - max(expected.start, start)
    return shared >= MIN_OVERLAP * max(expected.end - expected.start, end - start)


def compare(expected: Sequence[Expected], found: Iterable[Quotation]) -> Comparison:
    """Matches what was found with what was annotated, each at most once."""
    open_entries = list(expected)
    scores = {"direct": Score(), "indirect": Score()}
    wrong: list[Quotation] = []
    for quotation in found:
        entry = next(
            (
                e
                for e in open_entries
                if e.kind == quotation.kind and same_words(e, quotation.start, quotation.end)
            ),
            None,
        )
        if entry is not None and entry.doubtful:
            open_entries.remove(entry)
            continue
        right = entry is not None and normal_speaker(quotation.speaker) in entry.speakers
        counts = quotation.speaker is not None
        if entry is not None and right:
            open_entries.remove(entry)
            attributed = counts and entry.speakers != {None}
            scores[quotation.kind] += Score(int(attributed), int(attributed), int(attributed))
        elif counts:
            wrong.append(quotation)
            scores[quotation.kind] += Score(found=1)
    missed = [e for e in open_entries if not e.doubtful and e.speakers != {None}]
    for entry in missed:
        scores[entry.kind] += Score(expected=1)
    return Comparison(scores, wrong, missed)


def text_of(folder: Path, file: str) -> str:
    """The text an entry's offsets count in: a file, decoded, or the body of a JSON Lines record."""
    name, _, line = file.partition("#")
    text = (folder / name).read_text(encoding="utf-8-sig").replace("\r\n", "\n")
    if not line:
        return text
    record: dict[str, Any] = json.loads(text.splitlines()[int(line) - 1])
    return next(
        str(record[key]) for key in ("body", "content", "text", "maintext", "article") if key in record
    )


def expected_of(entry: dict[str, Any], text: str) -> Expected:
    """An annotation entry as an Expected; ValueError when its quote is not in the text."""
    if "quote" in entry:
        start = text.find(entry["quote"])
        if start < 0:
            raise ValueError(f"{entry['file']} does not contain {entry['quote']!r}")
        end = start + len(entry["quote"])
    else:
        start, end = entry["start"], entry["end"]
    names = [entry.get("speaker"), *entry.get("also", ())]
    names += [
        name.split()[-1] for name in names if name and name not in text
    ]  # only the surname is in the article
    speakers = frozenset(normal_speaker(name) for name in names)
    return Expected(
        start, end, entry["kind"], speakers, bool(entry.get("partial")), bool(entry.get("doubtful"))
    )


def left_out(text: str) -> Callable[[int], bool]:
    """Whether an offset lies in front matter, a Markdown heading or the headline (a first line with no stop)."""
    front = _FRONT_MATTER.match(text)
    body = front.end() if front else 0
    headline = re.compile(r"\s*[^\n]*").match(text, body)
    if headline is not None and headline[0].rstrip()[-1:] not in '.!?”"’:,':
        body = headline.end()
    spans = [(0, body), *(match.span() for match in re.finditer(r"^#{1,6} [^\n]*", text, re.MULTILINE))]
    return lambda offset: any(start <= offset < end for start, end in spans)


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line; prints a report and returns 0, or 2 when the annotation does not fit the folder."""
    parser = argparse.ArgumentParser(
        prog="python -m eval.attribution", description=(__doc__ or "").split("\n")[0]
    )
    parser.add_argument("annotation", type=Path)
    parser.add_argument("folder", type=Path)
    options = parser.parse_args(arguments)
    entries: list[dict[str, Any]] = yaml.safe_load(options.annotation.read_text(encoding="utf-8"))
    by_file: dict[str, list[dict[str, Any]]] = {}
    for entry in entries:
        by_file.setdefault(entry["file"], []).append(entry)
    totals = {"direct": Score(), "indirect": Score()}
    out = sys.stdout.write
    for file, of_file in sorted(by_file.items()):
        try:
            text = text_of(options.folder, file)
            expected = [expected_of(entry, text) for entry in of_file]
        except (OSError, ValueError) as error:
            sys.stderr.write(f"{options.annotation}: {error}\n")
            return 2
        skipped = left_out(text) if any("quote" in entry for entry in of_file) else (lambda _: False)
        found = [q for q in analyze(text).quotations if not skipped(q.start)]
        comparison = compare(expected, found)
        for kind, score in comparison.scores.items():
            totals[kind] += score
        for quotation in comparison.wrong:
            out(
                f"{file}: wrong  {quotation.kind} {quotation.speaker}: {text[quotation.start : quotation.end]}\n"
            )
        for missing in comparison.missed:
            names = "/".join(sorted(str(name) for name in missing.speakers))
            out(f"{file}: missed {missing.kind} {names}: {text[missing.start : missing.end]}\n")
    for kind, score in [*totals.items(), ("all", totals["direct"] + totals["indirect"])]:
        out(
            f"{kind:9} precision {score.precision:.3f} ({score.hits}/{score.found})  "
            f"recall {score.recall:.3f} ({score.hits}/{score.expected})\n"
        )
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
