"""What a candidate says the other way round, or instead: grounds for not giving it as an answer.

Words alone do not tell "China summoned a Japanese diplomat" from "Japan summoned a Chinese diplomat", nor a law that
was passed from one that was rejected. Pure functions over words; each errs on the side of finding nothing.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from service.candidates import Candidate
from service.questions import Question
from service.support_opposites import opposites_of
from service.terms import Term, stem, terms_of

_ASKED_OF = re.compile(
    r"\b(?:did|does|do|has|have|had|will|would|can|could|may|might|should|must)(?:n['’]t)?\s+(?P<rest>\S[^?]*)",
    re.IGNORECASE,
)
_PASSIVE = re.compile(r"\b(?:is|are|was|were|be|been|being|gets?|got)\s+(?:\w+ly\s+)?$", re.IGNORECASE)
_BY = re.compile(r"\bby\b", re.IGNORECASE)
_SUBORDINATE = re.compile(
    r"[;:“”]|,\s+(?:who|which|while|but|and|as|after|when)\b|\s(?:that|who|which)\s", re.IGNORECASE
)
_CONVERSE = frozenset(
    stem(word)
    for word in "buy bought purchase sell sold lend borrow win won lose lost teacher student".split()
)
"""Opposites that tell of one and the same thing from its two ends: who sold also says who bought."""


def is_reversed(question: Question, candidate: Candidate) -> bool:
    """Whether the question asks what A did to B, and the candidate tells the same deed of B to A, both by name."""
    asked = _ASKED_OF.search(question.text)
    if asked is None:
        return False
    terms = terms_of(f"Did {asked['rest']}")  # so that a capital at its start tells a name
    told = terms_of(candidate.text)
    for place, deed in enumerate(terms):
        doers = [term for term in terms[:place] if term.is_name]
        others = [term for term in terms[place + 1 :] if term.is_name]
        if deed.is_name or not doers or not others:
            continue
        for verb in (term for term in told if term.matches(deed.keys) and not term.is_name):
            if _PASSIVE.search(candidate.text[: verb.start]) or _BY.search(
                candidate.text[verb.end : verb.end + 40]
            ):
                continue
            clause = _clause(candidate.text, verb)
            before = [term for term in told if clause[0] <= term.start < verb.start]
            after = [term for term in told if verb.end <= term.start < clause[1]]
            if _turned(doers, others, before, after):
                return True
        break
    return False


def _turned(
    doers: Sequence[Term], others: Sequence[Term], before: Sequence[Term], after: Sequence[Term]
) -> bool:
    def among(names: Sequence[Term], terms: Sequence[Term]) -> bool:
        return any(term.matches(name.keys) for name in names for term in terms)

    return (
        among(others, before)
        and among(doers, after)
        and not among(doers, before)
        and not among(others, after)
    )


def _clause(text: str, verb: Term) -> tuple[int, int]:
    """The clause around the verb, as far as punctuation tells: (start, end)."""
    start = max((found.end() for found in _SUBORDINATE.finditer(text, 0, verb.start)), default=0)
    following = _SUBORDINATE.search(text, verb.end)
    return start, following.start() if following else len(text)


def says_opposite(question: Question, candidate: Candidate) -> bool:
    """Whether a word of the question is not in the candidate, and one that contradicts it is: asked who rejected the
    law, the candidate tells who passed it."""
    keys = candidate.keys
    for term in question.topic:
        if term.is_name or term.matches(keys):
            continue
        word = stem(term.surface.lower())
        if word not in _CONVERSE and any(other in keys for other in opposites_of(word)):
            return True
    return False
