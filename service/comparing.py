"""How outlets differ: what several report, what only one does, where they are at odds.

Sentences of different stories that tell the same are grouped by complete linkage: a sentence joins a group only if it
is the same as every sentence in it, so that a chain of half-similar ones does not become one statement. Near-copies are
one story, which all the outlets that carry it report. Pure functions over the sentences of one summary.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from service.conflicts import Conflict, conflicts
from service.same_telling import NEAR, Telling, outlet_of, same, shares_quotation, tellings
from service.summary_sentences import SummarySentence

MOST_SENTENCES = 3000
SAME_END = 12
"""Words at the end of a sentence by which it is known again in a near-copy, whose beginning may have a dateline."""
NEIGHBOURS = 24
"""Nearest sentences of other stories that a sentence is compared with."""
MOST_SHARED = 12
MOST_SINGLES = 3
"""For each outlet."""
OUTLETS_WEIGHT = 0.35
COUNTERPART = 0.68
"""Cosine from which a sentence counts as having a counterpart, when a share of its words is found there too."""
COUNTERPART_SHARE = 0.3


@dataclass(frozen=True, eq=False, slots=True)
class SharedTelling:
    """What several outlets report: the sentence to show, and one of each other story. `carried` has the outlets that
    print such a sentence word for word in a near-copy of its article."""

    sentence: SummarySentence
    also: tuple[SummarySentence, ...]
    carried: Mapping[SummarySentence, tuple[str, ...]] = field(default_factory=dict)

    @property
    def outlets(self) -> tuple[str, ...]:
        """Those that report it, each once."""
        return self.outlets_of((self.sentence, *self.also))

    def outlets_of(self, sentences: Sequence[SummarySentence]) -> tuple[str, ...]:
        """Those that report one of these sentences of it, each once."""
        found = [outlet for one in sentences for outlet in (outlet_of(one), *self.carried.get(one, ()))]
        return tuple(dict.fromkeys(found))


@dataclass(frozen=True, eq=False, slots=True)
class SingleTelling:
    """What only `outlet` reports, most central first."""

    outlet: str
    sentences: tuple[SummarySentence, ...]


@dataclass(frozen=True, slots=True)
class Comparison:
    """`shared` by how many tell it and how central it is; `singles` by outlet, that with the most central first."""

    shared: tuple[SharedTelling, ...] = ()
    singles: tuple[SingleTelling, ...] = ()
    conflicts: tuple[Conflict, ...] = ()


def compare(sentences: Sequence[SummarySentence], known: tuple[Conflict, ...] | None = None) -> Comparison:
    """What the outlets of these sentences report together and alone.

    Near-copies are one story: what they have in common is said once, by all the outlets that carry it, and does not
    count as told by several; only what one of them adds is its own. `known` are the conflicts among the sentences where
    they have been found already.
    """
    once, carried = _each_once(sentences)
    compared = tellings(once)
    groups, near = _groups(compared)
    disagreeing = conflicts(sentences) if known is None else known
    at_odds = {one for found in disagreeing for side in found.sides for one in (side.sentence, *side.also)}
    shared = [_shared(group, carried) for group in groups]
    shared = [one for one in shared if len(one.outlets) > 1 and one.sentence not in at_odds]
    shared.sort(
        key=lambda one: (-_weight(one), one.sentence.candidate.article.source, one.sentence.candidate.start)
    )
    told = {
        one.sentence for group in groups if len(group) > 1 or group[0].sentence in carried for one in group
    }
    alone = [
        one.sentence
        for place, one in enumerate(compared)
        if one.sentence not in told
        and one.sentence not in at_odds
        and place not in near
        and _stands_alone(one)
    ]
    return Comparison(tuple(_distinct(shared)[:MOST_SHARED]), _singles(alone, shared), disagreeing)


def _each_once(
    sentences: Sequence[SummarySentence],
) -> tuple[list[SummarySentence], dict[SummarySentence, tuple[str, ...]]]:
    """By weight; each focus once, and each sentence of near-copies once, in the article that has most of them, with the
    other outlets that carry it."""
    ordered = sorted(
        sentences,
        key=lambda one: (-one.weight, one.candidate.article.source, one.candidate.start, one.candidate.end),
    )
    standing = Counter((one.group, one.candidate.article.article_id) for one in ordered)
    copied: dict[tuple[str, str], list[SummarySentence]] = {}
    for one in ordered:
        words = " ".join(one.candidate.focus_text.casefold().split()[-SAME_END:])
        copied.setdefault((one.group, words), []).append(one)
    kept: dict[tuple[str, int], SummarySentence] = {}
    carried: dict[SummarySentence, tuple[str, ...]] = {}
    for same_words in copied.values():
        best = max(same_words, key=lambda one: standing[one.group, one.candidate.article.article_id])
        place = (best.candidate.article.article_id, best.candidate.focus)
        if place in kept:
            continue
        kept[place] = best
        others = tuple(
            dict.fromkeys(outlet_of(one) for one in same_words if outlet_of(one) != outlet_of(best))
        )
        if others:
            carried[best] = others
    found = sorted(kept.values(), key=lambda one: -one.weight)[:MOST_SENTENCES]
    return found, carried


def _groups(compared: Sequence[Telling]) -> tuple[list[list[Telling]], set[int]]:
    """Groups of sentences that tell the same, at most one of a story; and the places of sentences that have something
    close to a counterpart elsewhere without telling quite the same."""
    near: set[int] = set()
    links: list[tuple[float, int, int]] = []
    known = {
        group: number for number, group in enumerate(dict.fromkeys(one.sentence.group for one in compared))
    }
    stories = np.array([known[one.sentence.group] for one in compared], dtype=np.int64)
    vectors = (
        np.stack([one.sentence.vector for one in compared]) if compared else np.zeros((0, 1), np.float32)
    )
    for place, one in enumerate(compared):
        cosines = vectors @ one.sentence.vector
        cosines[stories == stories[place]] = -1.0
        for other in np.argsort(-cosines, kind="stable")[:NEIGHBOURS].tolist():
            if cosines[other] < NEAR and not one.quoted:
                break
            if cosines[other] < 0:
                break
            if same(one, compared[other]):
                links.append((float(cosines[other]), min(place, other), max(place, other)))
            elif cosines[other] >= COUNTERPART and one.share_in(compared[other]) >= COUNTERPART_SHARE:
                near.add(place)
    group_of: dict[int, list[int]] = {}
    for _, left, right in sorted(set(links), key=lambda link: (-link[0], link[1], link[2])):
        mine, theirs = group_of.get(left, [left]), group_of.get(right, [right])
        if mine is not theirs and _all_same(mine, theirs, compared):
            joined = sorted((*mine, *theirs))
            group_of.update(dict.fromkeys(joined, joined))
    groups = list({id(group): group for group in group_of.values()}.values())
    linked = {place for _, left, right in links for place in (left, right)}
    near |= linked - group_of.keys()
    grouped = {place for group in groups for place in group}
    groups = [*groups, *([place] for place in range(len(compared)) if place not in grouped)]
    return [[compared[place] for place in group] for group in groups], near


def _all_same(mine: Sequence[int], theirs: Sequence[int], compared: Sequence[Telling]) -> bool:
    return all(
        compared[left].sentence.group != compared[right].sentence.group
        and same(compared[left], compared[right])
        for left in mine
        for right in theirs
    )


def _shared(group: Sequence[Telling], carried: Mapping[SummarySentence, tuple[str, ...]]) -> SharedTelling:
    """The group under the sentence that stands best for it: central, and with the others' words."""

    def standing(one: Telling) -> tuple[float, str, int]:
        others = [other for other in group if other is not one]
        support = sum(one.share_in(other) for other in others) / max(1, len(others))
        candidate = one.sentence.candidate
        return (one.sentence.weight + support, candidate.article.source, -candidate.start)

    best = max(group, key=standing)
    others = tuple(one.sentence for one in group if one is not best)
    own = {one.sentence: carried[one.sentence] for one in group if one.sentence in carried}
    return SharedTelling(best.sentence, others, own)


def _weight(shared: SharedTelling) -> float:
    """What several stories tell comes before what one tells that several outlets carry."""
    return shared.sentence.weight + OUTLETS_WEIGHT * len(shared.also)


def _distinct(shared: Sequence[SharedTelling]) -> list[SharedTelling]:
    """Without those that quote what a weightier one quotes, or overlap it."""
    kept: list[tuple[SharedTelling, Telling]] = []
    for one, telling in zip(shared, tellings([one.sentence for one in shared]), strict=True):
        if any(
            shares_quotation(telling, other) or _overlap(one.sentence, held.sentence) for held, other in kept
        ):
            continue
        kept.append((one, telling))
    return [one for one, _ in kept]


def _singles(alone: Sequence[SummarySentence], shared: Sequence[SharedTelling]) -> tuple[SingleTelling, ...]:
    shown = [one for found in shared for one in (found.sentence, *found.also)]
    by_outlet: dict[str, list[SummarySentence]] = {}
    for one in alone:
        kept = by_outlet.setdefault(outlet_of(one), [])
        if len(kept) < MOST_SINGLES and not any(_overlap(one, other) for other in (*kept, *shown)):
            kept.append(one)
    return tuple(SingleTelling(outlet, tuple(found)) for outlet, found in by_outlet.items() if found)


def _overlap(one: SummarySentence, other: SummarySentence) -> bool:
    left, right = one.candidate, other.candidate
    return (
        left.article.article_id == right.article.article_id
        and left.start < right.end
        and right.start < left.end
    )


def _stands_alone(one: Telling) -> bool:
    """Whether it is a statement of some length: no subheading, no scrap of a quotation."""
    text = one.sentence.candidate.text
    return len(one.terms) >= 4 and any(mark in text[-3:] for mark in ".?!")
