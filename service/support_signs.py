"""Signs that a paraphrase says something else than its source with the source's own words.

Sharing words is not agreeing: "sales rose" and "sales fell", "was charged" and "was not charged", "Ames beat Brook"
and "Brook beat Ames". Pure functions over text and `service.terms`.

    relations     whether words that stand together in the statement stand together, in that order, in the source
    opposed       a word of the statement is missing there, and its opposite is there instead
    denied        a clause is negated on one side only
    misplaced     a figure or day stands among other words than in the source
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from service.support_opposites import opposites_of
from service.terms import Term, stem, terms_of
from service.values import Value, values_of

REACH = 3
"""Content words that may stand between two in the source which are neighbours in the statement."""

COMPANY = 2
"""Content words on each side of a value that say what it is the value of."""

_WORD = re.compile(r"[a-z]+")
_CLAUSE_END = re.compile(
    r"[,;:.!?—–\n]|\s-+\s|\b(?:and|but|while|although|though|because|after|before|which|who|that|when|as|if)\b",
    re.IGNORECASE,
)
_NEGATION = re.compile(
    r"\b(?:not|no(?!\.?\s*\d)|never(?!-)|none|nobody|neither|nor|cannot)\b|n['’]t\b", re.IGNORECASE
)
_HALF_NEGATION = re.compile(
    r"\b(?:without|nothing|den(?:y|ies|ied|ying)|fail(?:s|ed|ing|ure)?|refus(?:es?|ed|ing|al)|reject\w*|unable|lack\w*"
    r"|hardly|barely|only|until|unless|prevent\w*|stop\w*|avoid\w*)\b",
    re.IGNORECASE,
)
"""What negates in some wordings and is paraphrased by "not" in others: clauses with it are not compared."""
_NEGATES_CHARS = 24
_SHARED_AT_LEAST = 2


def relations(statement: Sequence[Term], cited: Sequence[Sequence[Term]]) -> float:
    """Whether the words that both have stand together in both, 0..1.

    Of the statement's content words that the cited sentences have, each makes a pair with the next and with the next
    but one. This is the share of pairs that stand in one cited sentence, in the same order, with at most `REACH`
    further words between them. Where there is no pair: 1 if all of the words are found, else 0.
    """
    places = [
        [(number, place) for number, terms in enumerate(cited) for place, other in enumerate(terms)
         if term.matches(other.keys)]
        for term in statement
    ]  # fmt: skip
    found = [place for place in places if place]
    pairs = [(left, left + gap) for left in range(len(found)) for gap in (1, 2) if left + gap < len(found)]
    if not pairs:
        return float(len(found) == len(places))
    kept = sum(
        any(
            first[0] == second[0] and 0 < second[1] - first[1] <= REACH + right - left
            for first in found[left]
            for second in found[right]
        )
        for left, right in pairs
    )
    return kept / len(pairs)


def opposed(statement: str, cited: Sequence[str]) -> tuple[str, ...]:
    """Words of the statement that the cited sentences lack while they hold an opposite of them: "rose" where the source
    has "fell". A word whose opposite the statement has as well is no sign."""
    said, known = _stems(statement), _stems(" ".join(cited))
    found = []
    for word, surface in said.items():
        if word in known:
            continue
        if any(other in known and other not in said for other in opposites_of(word)):
            found.append(surface)
    return tuple(found)


def denied(statement: str, cited: Sequence[str]) -> tuple[str, ...]:
    """Clauses of the statement that are negated while the cited clause nearest to them in words is not, or the other
    way about.

    A clause is compared when more than half of its content words, at least two, are in one cited clause. The negation
    has to stand right before a word that both have.
    """
    sources = [clause for text in cited for clause in _clauses(text)]
    found = []
    for words in _clauses(statement):
        terms = terms_of(words)
        shared = [_shared(terms, terms_of(source)) for source in sources]
        most = max(shared, default=0)
        if most < _SHARED_AT_LEAST or 2 * most <= len(terms):
            continue
        nearest = [source for source, count in zip(sources, shared, strict=True) if count == most]
        if all(_differ(words, source) for source in nearest):
            found.append(words)
    return tuple(found)


def _differ(clause: str, other: str) -> bool:
    """Whether exactly one of two clauses is negated, beyond doubt."""
    if _HALF_NEGATION.search(clause) or _HALF_NEGATION.search(other):
        return False
    negated, other_negated = bool(_NEGATION.search(clause)), bool(_NEGATION.search(other))
    if negated == other_negated:
        return False
    return _negates_shared(clause, other) if negated else _negates_shared(other, clause)


def _negates_shared(negated: str, other: str) -> bool:
    keys = frozenset().union(*(term.keys for term in terms_of(other)))
    ends = [match.end() for match in _NEGATION.finditer(negated)]
    return any(
        0 <= term.start - end <= _NEGATES_CHARS
        for end in ends
        for term in terms_of(negated)
        if term.matches(keys)
    )


def misplaced(statement: str, cited: Sequence[str]) -> tuple[str, ...]:
    """Values of the statement that the cited sentences have, but nowhere near the words around them in the statement.

    A value's company is the `COMPANY` content words before it and after it that the cited sentences have at all, other
    values left out. With fewer than two such words there is nothing to compare.
    """
    known = [
        (source, value, _company(source, value, COMPANY + REACH))
        for source in cited
        for value in values_of(source)
    ]
    everywhere = frozenset().union(*(term.keys for source in cited for term in terms_of(source)))
    found = []
    for value in values_of(statement):
        near = [term for term in _company(statement, value, COMPANY) if term.matches(everywhere)]
        places = [company for _, other, company in known if value.agrees(other)]
        if len(near) < 2 or not places:
            continue
        best = max(_shared(near, company) for company in places)
        if best == 0:
            found.append(statement[value.start : value.end])
    return tuple(found)


def _company(text: str, value: Value, words: int) -> list[Term]:
    taken = values_of(text)
    terms = [
        term
        for term in terms_of(text)
        if not any(one.start < term.end and term.start < one.end for one in taken)
    ]
    before = [term for term in terms if term.end <= value.start]
    after = [term for term in terms if term.start >= value.end]
    return before[-words:] + after[:words]


def _shared(terms: Sequence[Term], others: Sequence[Term]) -> int:
    keys = frozenset().union(*(other.keys for other in others)) if others else frozenset()
    return sum(term.matches(keys) for term in terms)


def _clauses(text: str) -> list[str]:
    return [piece.strip() for piece in _CLAUSE_END.split(text) if piece.strip()]


def _stems(text: str) -> dict[str, str]:
    """Each stem of the words of `text` with a surface of it; function words too, for "more" and "before" are signs."""
    return {stem(word): word for word in _WORD.findall(text.lower())}
