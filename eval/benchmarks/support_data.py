"""Statements that people have judged against an article: QAGS and the news part of SummEdits.

QAGS (Wang, Cho and Lewis, "Asking and Answering Questions to Evaluate the Factual Consistency of Summaries", ACL 2020)
has single sentences that summarizers wrote, each judged by three annotators; the majority decides here. SummEdits
(Laban et al., "LLMs as Factual Reasoners", 2023) has edited summaries of one to three sentences. Neither is part of
Dateline: the files are read from a folder.

An article falls into the calibration or the test half by a hash of its text, so that no article is in both.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from ingest.errors import InvalidRequest
from ingest.sentences import sentences

Half = Literal["calibration", "test"]
HALVES: tuple[Half, ...] = ("calibration", "test")

FILES = {
    "qags-cnndm": ("mturk_cnndm.jsonl", "data"),
    "qags-xsum": ("mturk_xsum.jsonl", "data"),
    "summedits-news": ("summedits_news.json", "data/summedits"),
}
"""Dataset → its file, and the folder that holds it in its own repository."""

_THOUSANDS = re.compile(r"(?<=\d), (?=\d{3}\b)")
_DECIMALS = re.compile(r"(?<=\d)\. (?=\d)")


@dataclass(frozen=True, slots=True)
class Judged:
    """A statement of one or more sentences, the article it summarizes, and whether people found it supported.

    `half` is where a hash of the article, as the file has it, puts all of its statements.
    """

    dataset: str
    article: str
    statement: tuple[str, ...]
    supported: bool
    half: Half


def load(folder: Path) -> tuple[Judged, ...]:
    """All three datasets, from `folder` itself or from where their repositories keep them beneath it.

    Raises:
        InvalidRequest: a file is missing, cannot be read, or has another form.
    """
    return tuple(judged for dataset in FILES for judged in _read(dataset, _find(folder, dataset)))


def _find(folder: Path, dataset: str) -> Path:
    name, home = FILES[dataset]
    for place in (folder / name, folder / home / name):
        if place.is_file():
            return place
    raise InvalidRequest(
        f"{folder / name} does not exist, nor does {home}/{name} beneath that folder; docs/verification.md says where"
        " the three files come from"
    )


def _read(dataset: str, file: Path) -> Iterator[Judged]:
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidRequest(f"{file} cannot be read: {error}") from error
    if dataset.startswith("qags"):
        for number, line in enumerate(text.splitlines(), start=1):
            yield from _parsed(f"{file}:{number}", line, lambda row: _qags(dataset, row))
    else:
        yield from _parsed(str(file), text, lambda rows: [_summedits(dataset, row) for row in rows])


def _parsed(place: str, text: str, build: Any) -> list[Judged]:
    try:
        judged: list[Judged] = build(json.loads(text))
    except json.JSONDecodeError as error:
        raise InvalidRequest(f"{place}: not JSON: {error}") from error
    except (KeyError, TypeError, AttributeError) as error:
        raise InvalidRequest(
            f"{place}: not the form of this dataset ({type(error).__name__}: {error})"
        ) from error
    return judged


def _qags(dataset: str, row: dict[str, Any]) -> list[Judged]:
    article = _whole(row["article"])
    found = []
    for sentence in row["summary_sentences"]:
        answers = [answer["response"] == "yes" for answer in sentence["responses"]]
        statement = (_whole(sentence["sentence"]),)
        found.append(
            Judged(dataset, article, statement, 2 * sum(answers) > len(answers), _half(row["article"]))
        )
    return found


def _summedits(dataset: str, row: dict[str, Any]) -> Judged:
    summary = row["summary"]
    parts = tuple(summary[span.start : span.end] for span in sentences(summary))
    return Judged(dataset, row["doc"], parts or (summary,), row["label"] == 1, _half(row["doc"]))


def _half(article: str) -> Half:
    return HALVES[hashlib.sha256(article.encode()).digest()[-1] % 2]


def _whole(text: str) -> str:
    """QAGS comes cut into tokens; figures are put together again ("10, 000", "98. 7"), the rest is left as it is."""
    return _DECIMALS.sub(".", _THOUSANDS.sub(",", text))
