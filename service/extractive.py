"""Answers made of the articles' own sentences: choose one to three that answer, or say why none does.

Every number in this file was set on hand-written questions over the project's samples and five other articles; the
questions of a benchmark were not used.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from service.abstention import Refusal, objection, refuse
from service.belonging import belongs
from service.candidates import Candidate
from service.deeds import deed
from service.question_patterns import Kind
from service.questions import Question
from service.scoring import Parts, Scorer, Weigh
from service.terms import terms_of
from service.values import values_of
from service.weighing import Weigher

Embed = Callable[[Sequence[str]], NDArray[np.float32]]

SHORTLIST = 16
"""Candidates whose sentences are embedded for an answer: about 1 ms each on one core."""
MEANING_CHARS = 260
"""Of a candidate, that are embedded: time grows with length, and what a sentence is about is told early."""
SHORTLIST_LEAST = 5
MEANING_CAN_ADD = 0.16
"""Candidates further behind the best than this are not embedded: meaning weighs 0.27 and seldom differs by more than
0.6 between candidates for one question."""
MOST_STATEMENTS = 3
KEEP_WITHIN = {Kind.SPEECH: 0.80, Kind.WHO_SAID: 0.85, Kind.OPEN: 0.86, Kind.WHY: 0.88, Kind.YES_NO: 0.86}
KEEP_WITHIN_DEFAULT = 0.90
FULLY_FIT = frozenset({Kind.DEFINE, Kind.COUNT, Kind.AMOUNT, Kind.PERCENT, Kind.WHEN})
"""Kinds of answer to which a vaguer one adds nothing: "later this week" beside "on Thursday"."""
NEARLY_AS_GOOD = 0.8
"""Share of the best statement's evidence that a further one needs; the asked speaker's words are wanted anyway."""
SAME_MEANING = 0.82
"""Cosine above which two sentences with agreeing values tell the same thing."""


@dataclass(frozen=True, slots=True)
class Scored:
    """A candidate, its parts, its total and its sentence vector (unit length)."""

    candidate: Candidate
    parts: Parts
    total: float
    vector: NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Chosen:
    """One statement to be made: the candidate, and others of other articles that say the same."""

    scored: Scored
    corroborating: tuple[Scored, ...] = ()


@dataclass(frozen=True, slots=True)
class Choice:
    """What to say; or, with `refusal`, why not, and the closest thing found. `considered` is best first."""

    chosen: tuple[Chosen, ...]
    refusal: Refusal | None
    considered: tuple[Scored, ...]


def choose(
    question: Question,
    candidates: Sequence[Candidate],
    weigher: Weigher,
    embed: Embed,
    question_vector: NDArray[np.float32],
) -> Choice:
    """Pick the statements that answer `question`.

    `weigher` knows how rare words are, `embed` maps texts to unit vectors (n, dim), `question_vector` is (dim,).
    """
    considered = rank(question, candidates, weigher.weight, embed, question_vector)
    pairs = [(item.candidate, item.parts) for item in considered]
    unmet = [term for term in question.topic if not any(term.matches(one.keys) for one in candidates)]
    unknown = weigher.unknown(unmet)
    refusal = refuse(question, pairs, unknown)
    if refusal is not None:
        return Choice((), refusal, considered)
    strongest = max(item.parts.evidence for item in considered)
    fitting = [
        item
        for item in considered
        if objection(question, item.candidate, item.parts, strongest, unknown) is None
    ]
    return Choice(tuple(_select(question, fitting, weigher.weight)), None, considered)


def rank(
    question: Question,
    candidates: Sequence[Candidate],
    weigh: Weigh,
    embed: Embed,
    question_vector: NDArray[np.float32],
) -> tuple[Scored, ...]:
    """The shortlist by words alone, then scored again with sentence meanings; best first."""
    scorer = Scorer(question, weigh)
    first = sorted(
        ((scorer.score(candidate), candidate) for candidate in candidates),
        key=lambda pair: (-pair[0].total, pair[1].article.source, pair[1].start),
    )[:SHORTLIST]
    if not first:
        return ()
    least = first[0][0].total - MEANING_CAN_ADD
    first = [pair for number, pair in enumerate(first) if number < SHORTLIST_LEAST or pair[0].total >= least]
    _embed_missing([candidate for _, candidate in first], embed)
    scored = []
    for parts, candidate in first:
        vector = candidate.reading.vectors[candidate.first, candidate.last]
        with_meaning = replace(parts, meaning=max(0.0, float(vector @ question_vector)))
        scored.append(Scored(candidate, with_meaning, with_meaning.total - _roughness(candidate), vector))
    scored.sort(key=lambda item: (-item.total, item.candidate.article.source, item.candidate.start))
    return tuple(scored)


def _embed_missing(candidates: Sequence[Candidate], embed: Embed) -> None:
    """Give each candidate's reading the vector of its span; those met before have it already."""
    missing = [one for one in candidates if (one.first, one.last) not in one.reading.vectors]
    if missing:
        for candidate, vector in zip(missing, embed([_meaning_text(one) for one in missing]), strict=True):
            candidate.reading.vectors[candidate.first, candidate.last] = vector


def _meaning_text(candidate: Candidate) -> str:
    """What of a candidate is embedded: its words, with the people meant by pronouns named."""
    names = sorted({mention.name for mention in candidate.mentions if mention.kind != "name"})
    speakers = sorted({quotation.speaker for quotation in candidate.quotations if quotation.speaker})
    people = [name for name in dict.fromkeys((*speakers, *names)) if name not in candidate.text]
    words = candidate.text[:MEANING_CHARS]
    return f"{', '.join(people)}: {words}" if people else words


def _roughness(candidate: Candidate) -> float:
    """A small cost for what reads badly alone: very short or very long, or opening with an unexplained word."""
    words = candidate.text.split()
    cost = 0.03 if len(words) < 6 else 0.0
    if words and words[0].strip(',“"').lower() in (
        "it",
        "they",
        "this",
        "that",
        "these",
        "those",
        "but",
        "and",
    ):
        cost += 0.02
    return cost + (0.02 if len(candidate.text) > 420 else 0.0)


def _select(question: Question, fitting: Sequence[Scored], weigh: Weigh) -> list[Chosen]:
    best, *others = _leading(question, fitting)
    within = KEEP_WITHIN.get(question.kind, KEEP_WITHIN_DEFAULT)
    chosen: list[Chosen] = [Chosen(best)]
    for item in others:
        same = next((n for n, other in enumerate(chosen) if _same(other.scored, item)), None)
        if same is not None:
            if _elsewhere(chosen[same], item) and _corroborates(chosen[same].scored, item):
                chosen[same] = replace(chosen[same], corroborating=(*chosen[same].corroborating, item))
            continue
        if (
            len(chosen) < MOST_STATEMENTS
            and not item.candidate.joined
            and item.total >= within * best.total
            and item.parts.fit >= (best.parts.fit if question.kind in FULLY_FIT else min(0.6, best.parts.fit))
            and item.parts.direct >= 0.5 * best.parts.direct
            and (question.speaker is not None or item.parts.evidence >= NEARLY_AS_GOOD * best.parts.evidence)
            and not any(overlapping(other.scored.candidate, item.candidate) for other in chosen)
            and belongs(question, best.candidate, item.candidate, weigh)
        ):
            chosen.append(Chosen(item))
    return chosen


def _leading(question: Question, fitting: Sequence[Scored]) -> list[Scored]:
    """The fitting candidates, with one in front that has what was done where the best lacks it and is hardly better."""
    best = fitting[0]
    done = deed(question) if question.speaker is None else None
    if done is None or done.matches(best.candidate.keys):
        return list(fitting)
    within = KEEP_WITHIN.get(question.kind, KEEP_WITHIN_DEFAULT)
    doing = [one for one in fitting if done.matches(one.candidate.keys) and one.total >= within * best.total]
    return [*doing[:1], *(one for one in fitting if one not in doing[:1])]


def _corroborates(chosen: Scored, item: Scored) -> bool:
    """Whether another article's words support the chosen statement too: every value of it, and most of its words or
    the same quotation."""
    theirs = values_of(item.candidate.text)
    if any(not any(mine.agrees(other) for other in theirs) for mine in values_of(chosen.candidate.text)):
        return False
    if _shared_quotation(chosen.candidate, item.candidate):
        return True
    terms = terms_of(chosen.candidate.text)
    return sum(term.matches(item.candidate.keys) for term in terms) >= 0.6 * len(terms)


def _elsewhere(chosen: Chosen, item: Scored) -> bool:
    articles = {chosen.scored.candidate.article.article_id}
    articles |= {other.candidate.article.article_id for other in chosen.corroborating}
    return item.candidate.article.article_id not in articles


def overlapping(left: Candidate, right: Candidate) -> bool:
    """Whether two candidates share words of one article."""
    same_article = left.article.article_id == right.article.article_id
    return same_article and left.start < right.end and right.start < left.end


def _same(left: Scored, right: Scored) -> bool:
    """Whether two candidates tell the same thing: the same quoted words, or close in meaning with no value of one
    against the other."""
    if overlapping(left.candidate, right.candidate):
        return True
    if _shared_quotation(left.candidate, right.candidate):
        return True
    if float(left.vector @ right.vector) < SAME_MEANING:
        return False
    mine = {value.normal for value in values_of(left.candidate.text)}
    theirs = {value.normal for value in values_of(right.candidate.text)}
    return not (mine - theirs and theirs - mine)


def _shared_quotation(left: Candidate, right: Candidate) -> bool:
    """Whether the most quoted words of one, or all of a short quotation, are quoted in the other too."""
    mine, theirs = _quoted_terms(left), _quoted_terms(right)
    smaller, shared = min(len(mine), len(theirs)), len(mine & theirs)
    return shared == smaller >= 3 or (smaller >= 4 and shared >= 0.7 * smaller)


def _quoted_terms(candidate: Candidate) -> set[frozenset[str]]:
    text = candidate.article.text
    return {
        term.keys
        for quotation in candidate.quotations
        if quotation.kind == "direct"
        for term in terms_of(text[max(quotation.start, candidate.start) : min(quotation.end, candidate.end)])
    }
