"""Words that somebody said are not Dateline's to say: a model must not turn a quotation or a report into a fact.

"Full membership was never the question" is a claim of whoever said it, and so is "the tunnel was unsafe" where the
article has "Petit said the tunnel was unsafe". A statement that rests on such words alone has to say whose they are.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from ingest.articles import Quotation
from ingest.attribution import analyze
from service.candidates import Candidate
from service.cited_words import named_outlet
from service.equivalents import FUNCTION_WORDS
from service.referring import named
from service.speakers import same_speaker
from service.statement_form import clauses
from service.terms import Term, fold, key_set, terms_of
from service.verification import PLAIN_SPEAKER, plain

PARTLY = 0.5
"""Share of the content words of a report that words of its speaker have to hold."""
OPENER = re.compile(r"\[(?:[Aa]ccording to (?P<report>[^\]]+),|(?P<quotation>[^\]:]+):)\]\s*")
"""What Dateline adds before somebody's words."""
_ACCORDING = re.compile(r"\b[Aa]ccording to\s+")
_REPORT = re.compile(r"\[[Aa]ccording to [^\]]+,\]\s*")
_CLAUSE_END = re.compile(r"[.;]\s")
CALLED_WITHIN = 8
"""Words that may stand between a speaker's name and what the article calls him."""
MOSTLY = 0.75
"""Share of a statement's content words that a quotation holds, from which on the statement rests on it."""


@dataclass(frozen=True, slots=True)
class Claim:
    """Words of a speaker that a statement tells as a fact, from `start` to its end; None where other words follow."""

    quotation: Quotation
    candidate: Candidate
    start: int | None

    @property
    def speaker(self) -> str:
        """Whose words they are."""
        return self.quotation.speaker or ""


def unattributed(text: str, cited: Sequence[Candidate]) -> Claim | None:
    """What somebody said, in these words or in the newsroom's, that `text` takes for a fact; None when it attributes,
    quotes, or rests on other words."""
    text = named(text)
    if OPENER.search(text) or any(quotation.speaker for quotation in analyze(text).quotations):
        return None
    found = _claim(text, cited)
    if found is not None:
        return Claim(*found, 0)
    for left, right in clauses(text):
        for clause, start in ((right, len(text) - len(right)), (left, None)):
            found = _claim(clause, cited)
            if found is not None:
                return Claim(*found, start)
    return None


def _claim(text: str, cited: Sequence[Candidate]) -> tuple[Quotation, Candidate] | None:
    terms, quotes = terms_of(text), any(mark in text for mark in ("“", '"'))
    for candidate in cited:
        for quotation in _spoken(candidate):
            if quotes and quotation.kind == "direct":
                continue
            if _names(text, quotation) or _share(terms, _said(candidate, quotation)) < MOSTLY:
                continue
            if all(_share(terms, _around(other, _spoken(other))) < MOSTLY for other in cited):
                return quotation, candidate
    return None


def _spoken(candidate: Candidate) -> list[Quotation]:
    """The words in the candidate of somebody other than the article's outlet and authors."""
    own = [name for name in (candidate.article.outlet, *candidate.article.authors) if name]
    return [
        one
        for one in candidate.quotations
        if one.speaker and not any(same_speaker(one.speaker, name) for name in own)
    ]


def attributed(text: str, claim: Claim, cited: Sequence[Candidate]) -> str | None:
    """`text` with whose words it tells: `[Name:] “…”` around a verbatim quotation, `[According to Name,] …` before what
    the article reports in its own words. None where that is not safe: a quotation in other words, or a report with
    further words behind it."""
    if claim.quotation.kind == "direct":
        return as_quotation(text, claim.quotation, cited) if claim.start == 0 else None
    if claim.start is None:
        return None
    before, told = text[: claim.start], text[claim.start :]
    first = told.split(maxsplit=1)[0]
    is_name = (
        fold(first) not in FUNCTION_WORDS
        and re.search(rf"\b{re.escape(first.lower())}\b", claim.candidate.text) is None
    )
    told = told if is_name else told[:1].lower() + told[1:]
    return f"{before}[{'a' if before else 'A'}ccording to {_written(claim)},] {told}"


def _written(claim: Claim) -> str:
    """The speaker's name; somebody without one is called what the article calls him."""
    quotation, article = claim.quotation, claim.candidate.article
    if quotation.speaker_start is None or any(word[:1].isupper() for word in claim.speaker.split()[-1:]):
        return claim.speaker
    words = " ".join(article.text[quotation.speaker_start : quotation.speaker_end].split())
    if fold(words) in FUNCTION_WORDS or any(mark in words for mark in "[]:"):
        return claim.speaker
    return words[:1].lower() + words[1:] if fold(words.split()[0]) in FUNCTION_WORDS else words


def compared(text: str) -> str:
    """The words of `text` to be compared with its source: without the `[According to Name,]` that Dateline has added,
    without "according to", for which the source may have "said", and with the name for the pronoun in front of it."""
    text = named(text)
    bare = _ACCORDING.sub("", _REPORT.sub("", text))
    return text if bare == text else bare[:1].upper() + bare[1:]


def misattributed(text: str, cited: Sequence[Candidate]) -> str | None:
    """Whom `text` says to have said what no cited words of his hold; None when there is nobody.

    `service.verification` asks for a speaker among all citations together. Where one tells the fact and another only
    quotes the speaker, the two must not be joined to "Petit said" of a fact that Petit did not speak of.
    """
    text = named(text)
    opener = OPENER.search(text)
    reports = [
        (quotation.speaker, text[quotation.start : quotation.end])
        for quotation in analyze(text).quotations
        if quotation.speaker is not None
    ]
    if opener:
        reports = [(opener["report"] or opener["quotation"], text[opener.end() :])]
    for speaker, words in reports:
        theirs = frozenset().union(*(_keys_of_speaker(speaker, one) for one in cited))
        terms = terms_of(words)
        if terms and sum(term.matches(theirs) for term in terms) < PARTLY * len(terms):
            return speaker
    return _mistaken(text, cited)


def _mistaken(text: str, cited: Sequence[Candidate]) -> str | None:
    """Somebody called by a common noun ("the contractor said") to whom `text` gives words that the cited articles
    attribute to others only; None where nobody is known to have said them.

    Kinds of speakers that the analysis knows ("officials", "a spokesman") are reports like those of names.
    """
    known = [one.speaker_start for one in analyze(text).quotations if one.speaker_start is not None]
    for match in PLAIN_SPEAKER.finditer(text):
        if any(match.start() <= start < match.end() for start in known):
            continue
        terms = terms_of(_CLAUSE_END.split(text[match.end() :], maxsplit=1)[0])
        sayers = [
            (one, quotation)
            for one in cited
            for quotation in _spoken(one)
            if terms and _share(terms, _said(one, quotation)) >= MOSTLY
        ]
        if not sayers or any(_is_called(match["head"], *sayer) for sayer in sayers):
            continue
        if all(_share(terms, _around(one, _spoken(one))) < MOSTLY for one in cited):
            return match["who"]
    return None


def _is_called(noun: str, candidate: Candidate, quotation: Quotation) -> bool:
    """Whether the article calls the speaker so: in the description it has of him, or beside his name somewhere."""
    speaker = quotation.speaker or ""
    if any(term.matches(key_set(noun)) for term in terms_of(speaker)):
        return True
    name = re.escape(speaker.split()[-1])
    near = rf"\b{name}\b(?:\W+\w+){{0,{CALLED_WITHIN}}}?\W+{re.escape(noun)}\b"
    behind = rf"\b{re.escape(noun)}\b(?:\W+\w+){{0,{CALLED_WITHIN}}}?\W+{name}\b"
    return re.search(f"{near}|{behind}", candidate.article.text, re.IGNORECASE) is not None


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
        if quotation in candidate.quotations and quotation.end > position:
            pieces.append(candidate.article.text[position : max(position, quotation.start)])
            position = max(position, quotation.end)
    pieces.append(candidate.article.text[position : max(position, candidate.end)])
    return " ".join(pieces)


def _share(terms: Sequence[Term], words: str) -> float:
    keys = key_set(words)
    return sum(term.matches(keys) for term in terms) / len(terms) if terms else 0.0
