"""Words that somebody said are not Dateline's to say: a model must not turn a quotation into a fact.

"Full membership was never the question" is a claim of whoever said it. A statement that rests on quoted words alone has
to say whose they are.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from ingest.articles import Quotation
from ingest.attribution import analyze
from service.candidates import Candidate
from service.cited_words import named_outlet
from service.speakers import same_speaker
from service.terms import Term, fold, key_set, terms_of
from service.verification import plain

PARTLY = 0.5
"""Share of the content words of a report that words of its speaker have to hold."""
_OPENER = re.compile(r"\s*\[([^\]:]+):\]\s*(.*)", re.DOTALL)
MOSTLY = 0.75
"""Share of a statement's content words that a quotation holds, from which on the statement rests on it."""


def unattributed(text: str, cited: Sequence[Candidate]) -> Quotation | None:
    """The direct quotation that `text` takes for a fact; None when it attributes, quotes, or rests on other words."""
    if any(mark in text for mark in ("“", '"')) or analyze(text).quotations:
        return None
    terms = terms_of(text)
    for candidate in cited:
        spoken = [one for one in candidate.quotations if one.kind == "direct" and one.speaker]
        for quotation in spoken:
            if _names(text, quotation) or _share(terms, _said(candidate, quotation)) < MOSTLY:
                continue
            if all(_share(terms, _around(other, spoken)) < MOSTLY for other in cited):
                return quotation
    return None


def misattributed(text: str, cited: Sequence[Candidate]) -> str | None:
    """Whom `text` says to have said what no cited words of his hold; None when there is nobody.

    `service.verification` asks for a speaker among all citations together. Where one tells the fact and another only
    quotes the speaker, the two must not be joined to "Petit said" of a fact that Petit did not speak of.
    """
    opener = _OPENER.match(text)
    reports = [
        (quotation.speaker, text[quotation.start : quotation.end])
        for quotation in analyze(text).quotations
        if quotation.speaker is not None
    ]
    if opener:
        reports = [(opener[1], opener[2])]
    for speaker, words in reports:
        theirs = frozenset().union(*(_keys_of_speaker(speaker, one) for one in cited))
        terms = terms_of(words)
        if terms and sum(term.matches(theirs) for term in terms) < PARTLY * len(terms):
            return speaker
    return None


def _keys_of_speaker(speaker: str, candidate: Candidate) -> frozenset[str]:
    """The keys of the candidate's words where it has words of that speaker, or names him in no quotation at all; those
    that it puts into the mouth of others are left out."""
    own = [one for one in candidate.quotations if one.speaker and same_speaker(speaker, one.speaker)]
    others = [one for one in candidate.quotations if one.speaker and not same_speaker(speaker, one.speaker)]
    if not own and not all(term.matches(candidate.keys) for term in terms_of(speaker)):
        outlet = named_outlet(f"{speaker}", candidate)
        return frozenset() if outlet is None else candidate.keys
    return key_set(_around(candidate, others)) | key_set(" ".join(_said(candidate, one) for one in own))


def as_quotation(text: str, quotation: Quotation, cited: Sequence[Candidate]) -> str | None:
    """`text` as the speaker's words, `[Name:] “…”`, when it is a verbatim run of them; else None."""
    run = text.rstrip(" .!?…")
    for candidate in cited:
        if quotation in candidate.quotations and quotation.speaker:
            said = plain(_said(candidate, quotation))
            place = fold(said).find(fold(plain(run)))
            if place >= 0 and _is_sentence(said, place, place + len(plain(run))):
                words = said[place : place + len(plain(run))]
                return f"[{quotation.speaker}:] “{words[:1].upper()}{words[1:]}.”"
    return None


def _is_sentence(said: str, start: int, end: int) -> bool:
    """Whether a sentence begins and ends there: a clause torn out of one may say the opposite."""
    begins = start == 0 or said[:start].rstrip()[-1:] in ".!?…\"'"
    return begins and said[end : end + 1] in ("", ".", "!", "?", "…", ",")


def _names(text: str, quotation: Quotation) -> bool:
    keys = key_set(text)
    return any(term.matches(keys) for term in terms_of(quotation.speaker or ""))


def _said(candidate: Candidate, quotation: Quotation) -> str:
    start, end = max(candidate.start, quotation.start), min(candidate.end, quotation.end)
    return candidate.article.text[start:end]


def _around(candidate: Candidate, spoken: Sequence[Quotation]) -> str:
    """The candidate's words outside the quotations."""
    pieces, position = [], candidate.start
    for quotation in spoken:
        if quotation in candidate.quotations:
            pieces.append(candidate.article.text[position : max(position, quotation.start)])
            position = max(position, quotation.end)
    pieces.append(candidate.article.text[position : max(position, candidate.end)])
    return " ".join(pieces)


def _share(terms: Sequence[Term], words: str) -> float:
    keys = key_set(words)
    return sum(term.matches(keys) for term in terms) / len(terms) if terms else 0.0
