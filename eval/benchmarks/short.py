"""Short, chat-like questions: is a passage that holds the answer among the first that retrieval returns?

Readers type one line in words of their own, where the public benchmark asks in long sentences that name outlets and
people. The sets in `eval/gold/short-*.yaml` hold such questions; each shares at most a word or two with the sentence
that answers it, so that a method which only matches words is measured where it is weak.

A passage *hits* when it comes from one of the case's sources and its text meets every group of the case's facts: it
holds the whole answer by itself. Over the cases, from the rank of the first passage that hits:

    Hits@k   share of the cases with a hit among the first k passages
    MRR@k    mean of 1 / rank of the first hit, 0 where none of the first k hits

A half of each set is for development (tag `development`, ids in -a) and a half is kept back (`blind`, ids in -b).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from eval.gold import GoldCase, meets
from ingest.errors import InvalidRequest

DEPTH = 10
"""Passages asked for, and the most that count."""

SourceText = tuple[str, str]
"""(source as the archive names it, text)"""

Search = Callable[[str, int], Sequence[SourceText]]
"""(question, limit) → at most `limit` passages, best first."""


@dataclass(frozen=True, slots=True)
class CaseRank:
    """The 1-based rank of the first passage that hits, None when none of the first `DEPTH` does."""

    case: GoldCase
    rank: int | None


@dataclass(frozen=True, slots=True)
class ShortScore:
    """The figures of a run, each 0..1, over `cases` questions; `ranks` has each question's own."""

    cases: int
    hits_4: float
    hits_10: float
    mrr_10: float
    ranks: tuple[CaseRank, ...]


def is_hit(case: GoldCase, passage: SourceText) -> bool:
    """Whether a passage comes from a source of the case and meets all groups of its facts."""
    source, text = passage
    return source in case.sources and all(
        any(meets(phrase, text) for phrase in group) for group in case.facts
    )


def first_hit(case: GoldCase, passages: Sequence[SourceText]) -> int | None:
    """The 1-based rank of the first passage that hits; those beyond the first `DEPTH` count for nothing."""
    return next((rank for rank, one in enumerate(passages[:DEPTH], start=1) if is_hit(case, one)), None)


def hits_at(k: int, ranks: Sequence[int | None]) -> float:
    """Share of the ranks that are at most `k`, 0..1; 0 when there are none."""
    return sum(rank is not None and rank <= k for rank in ranks) / len(ranks) if ranks else 0.0


def mrr_at(k: int, ranks: Sequence[int | None]) -> float:
    """Mean of 1 / rank, counting 0 where the rank is None or beyond `k`, 0..1; 0 when there are none."""
    return sum(1 / rank for rank in ranks if rank is not None and rank <= k) / len(ranks) if ranks else 0.0


def tagged(cases: Sequence[GoldCase], tag: str) -> tuple[GoldCase, ...]:
    """The cases with a tag, in their order.

    Raises:
        InvalidRequest: no case has it (a misspelt tag would otherwise score an empty set).
    """
    chosen = tuple(case for case in cases if tag in case.tags)
    if not chosen:
        known = sorted({one for case in cases for one in case.tags})
        raise InvalidRequest(f"no case is tagged {tag!r}; the tags here are: {', '.join(known) or 'none'}")
    return chosen


def score(ranks: Sequence[CaseRank]) -> ShortScore:
    """The figures over some cases' ranks, e.g. all of a run's or those of one tag."""
    places = [one.rank for one in ranks]
    return ShortScore(len(places), hits_at(4, places), hits_at(10, places), mrr_at(10, places), tuple(ranks))


def evaluate(cases: Sequence[GoldCase], search: Search) -> ShortScore:
    """Ask every question once, in order, for `DEPTH` passages and score what comes back.

    Raises:
        InvalidRequest: there are no cases, or one of them expects Dateline to abstain, which retrieval cannot do.
    """
    if not cases:
        raise InvalidRequest("no cases to measure retrieval with")
    if unanswerable := [case.id for case in cases if case.abstain]:
        raise InvalidRequest(
            f"case {unanswerable[0]!r} expects Dateline to abstain; retrieval is measured on answerable questions"
            " only: leave such cases out"
        )
    return score([CaseRank(case, first_hit(case, search(case.question, DEPTH))) for case in cases])
