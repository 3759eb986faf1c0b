"""A gold set beside its articles: whether they have the sources and say the facts that its cases expect."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from functools import lru_cache

from eval.gold import GoldCase, GoldProblem, GoldSet
from eval.gold_patterns import finds, is_pattern, plain

WINDOW_CHARS = 1_000
"""A pattern is tried on overlapping pieces of an article, so that its worst case stays small."""
OVERLAP_CHARS = 300


def check(gold: GoldSet, texts: Mapping[str, str]) -> list[GoldProblem]:
    """Everything about a gold set that its articles contradict, in the order of its cases.

    `texts` are the articles by source. A source has to be one of them. Of each group of facts, one phrase at least has
    to occur in an allowed source, so that extracts can meet it too; of each group of speakers, one name.
    """
    search = _Search(texts)
    return [
        GoldProblem(gold.path, gold.lines.get((case.id, field), case.line), field, f"{case.id}: {message}")
        for case in gold.cases
        for field, message in _problems(case, search)
    ]


class _Search:
    """Looks phrases up in articles, whose plain forms it keeps."""

    def __init__(self, texts: Mapping[str, str]) -> None:
        self.texts = texts
        self.plain = lru_cache(maxsize=None)(lambda source: plain(texts[source]))
        self.folded = lru_cache(maxsize=None)(lambda source: self.plain(source).casefold())

    def says(self, source: str, phrase: str) -> bool:
        if not is_pattern(phrase):
            return plain(phrase).casefold() in self.folded(source)
        text = self.plain(source)
        step = WINDOW_CHARS - OVERLAP_CHARS
        return any(
            finds(phrase, text[start : start + WINDOW_CHARS]) for start in range(0, len(text) or 1, step)
        )


def _problems(case: GoldCase, search: _Search) -> Iterator[tuple[str, str]]:
    for source in case.sources:
        if source not in search.texts:
            yield "sources", _unknown(source, search)
    for source in sorted(case.filters.sources):
        if not _records(source, search):
            yield "filters", _unknown(source, search)
    known = [source for source in case.sources if source in search.texts]
    for field, groups in (("facts", case.facts), ("speakers", case.speakers)):
        for group in groups if known else ():
            if not any(search.says(source, phrase) for source in known for phrase in group):
                yield field, f"no phrase of {list(group)} occurs in {' or '.join(known)}"


def _records(source: str, search: _Search) -> list[str]:
    """The article of a source, or the records of a file of that name."""
    return [known for known in search.texts if source in (known, known.partition("#")[0])]


def _unknown(source: str, search: _Search) -> str:
    near = difflib.get_close_matches(source, search.texts, n=1, cutoff=0.75)
    records = [known for known in _records(source, search) if known != source]
    if records:
        return f"{source!r} holds several articles: name records such as {records[0]!r}"
    return f"there is no article {source!r}" + (f"; did you mean {near[0]!r}?" if near else "")
