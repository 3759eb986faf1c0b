"""What the reduce step of a summary is shown: verified statements about articles, each under the label of its sentence.

A label of this block resolves to a sentence of an article, not to what the map step wrote about it: the summary's
statements are held against the articles, and their citations lead there. Where not all statements fit, those go in that
weigh most among the articles' own sentences, an article's second one after it has been heard once.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from service.candidates import Candidate
from service.evidence_block import LINE_TOKENS, EvidenceBlock, Numbered
from service.quarantine import quarantined
from service.terms import terms_of

MOST_ARTICLES = 99
"""Of one prompt: labels have two digits for the article."""
SECOND_COUNTS = 0.7
"""How much less each further statement of one article counts."""
SAME_WORDS = 0.85
"""A statement is not shown beside one that has this share of its terms and its figures: it says it again."""

_FIGURE = re.compile(r"\d+(?:[.,]\d+)*")


@dataclass(frozen=True, eq=False, slots=True)
class Line:
    """A statement of the block. `weight` orders lines of one summary only."""

    text: str
    cited: tuple[Candidate, ...]
    weight: float

    @property
    def article_id(self) -> str:
        """The article of the sentence that it rests on first."""
        return self.cited[0].article.article_id


@dataclass(frozen=True)
class StatementBlock(EvidenceBlock):
    """An evidence block of statements. What they cite beside their first sentence can be found, but has no label."""

    further: tuple[Candidate, ...] = ()

    @cached_property
    def candidates(self) -> tuple[Candidate, ...]:
        """Every sentence behind the block, each once."""
        labelled = tuple(one.candidate for _, lines in self.articles for one in lines)
        return tuple({id(one): one for one in (*labelled, *self.further)}.values())


def combined(
    lines: Sequence[Line],
    order: Mapping[str, int],
    *,
    max_tokens: int,
    count_tokens: Callable[[str], int],
) -> StatementBlock:
    """The lines that fit `max_tokens`, at least one, by article in this `order` and there as the article has them."""
    taken: dict[str, list[Line]] = {}
    said: list[tuple[frozenset[str], frozenset[str]]] = []
    spent = 0
    for line in _by_worth(lines):
        terms = frozenset(min(term.keys) for term in terms_of(line.text))
        figures = frozenset(_FIGURE.findall(line.text))
        if any(
            figures == other and len(terms & had) >= SAME_WORDS * max(1, len(terms)) for had, other in said
        ):
            continue
        is_new = line.article_id not in taken
        if is_new and len(taken) == MOST_ARTICLES:
            continue
        cost = count_tokens(line.text) + LINE_TOKENS
        cost += count_tokens(header(0, line.cited[0])) + LINE_TOKENS if is_new else 0
        if taken and spent + cost > max_tokens:
            continue  # a shorter one may still fit
        spent += cost
        said.append((terms, figures))
        taken.setdefault(line.article_id, []).append(line)
    articles = sorted(taken, key=lambda one: order.get(one, len(order)))
    return StatementBlock(
        tuple(
            (header(number, taken[article_id][0].cited[0]), _numbered(number, taken[article_id]))
            for number, article_id in enumerate(articles, start=1)
        ),
        tuple(candidate for found in taken.values() for line in found for candidate in line.cited[1:]),
    )


def header(number: int, candidate: Candidate) -> str:
    """The line above the statements of an article: its number, outlet, day and title."""
    article = candidate.article
    parts = [article.outlet, (article.published_at or "")[:10], article.title]
    return " | ".join([f"Article {number}", *(quarantined(part) for part in parts if part)])


def single(candidate: Candidate) -> EvidenceBlock:
    """A block of one sentence, under the label "1.1": what a statement is held against that it is to bear out alone."""
    return EvidenceBlock(((header(1, candidate), (Numbered("1.1", candidate, ""),)),))


def _numbered(number: int, lines: Iterable[Line]) -> tuple[Numbered, ...]:
    found = sorted(lines, key=lambda line: line.cited[0].start)
    return tuple(
        Numbered(f"{number}.{at}", line.cited[0], f"[{number}.{at}] {quarantined(line.text)}")
        for at, line in enumerate(found, start=1)
    )


def _by_worth(lines: Sequence[Line]) -> list[Line]:
    heard: dict[str, int] = {}
    worth: list[tuple[float, int, Line]] = []
    for place, line in enumerate(sorted(lines, key=lambda line: -line.weight)):
        times = heard.get(line.article_id, 0)
        heard[line.article_id] = times + 1
        worth.append((-line.weight * SECOND_COUNTS**times, place, line))
    return [line for _, _, line in sorted(worth, key=lambda one: one[:2])]


__all__ = ["Line", "StatementBlock", "combined", "header", "single"]
