"""Whether a candidate holds words of the very speaker who was asked about. Pure functions over words."""

from __future__ import annotations

import re
from collections import Counter

from ingest.articles import Quotation
from service.candidates import Candidate
from service.question_patterns import TITLES
from service.roles import holds_role
from service.speakers import same_speaker
from service.terms import fold, key_set, terms_of


def spoken_by(speaker: str, candidate: Candidate) -> Quotation | None:
    """The candidate's quotation by that speaker, the longest if there are several."""
    in_office = {fold(word) for word in speaker.split()} & _OFFICES
    titles = _title_names(speaker, candidate) if in_office else set()
    spoken = [
        quotation
        for quotation in candidate.quotations
        if quotation.speaker is not None
        and (
            fold(quotation.speaker) in titles
            if in_office
            else any(_is_asked(part, quotation.speaker, candidate) for part in (speaker, *_several(speaker)))
        )
    ]
    if not spoken and not in_office:
        spoken = [
            quotation for quotation in candidate.quotations if holds_role(speaker, quotation, candidate)
        ]
    return max(spoken, key=lambda quotation: quotation.end - quotation.start, default=None)


def _is_asked(asked: str, known: str, candidate: Candidate) -> bool:
    """Whether the article's speaker is the one asked about.

    A given name that is asked for has to stand in the article, where the article knows the speaker by surname
    only; a bare surname means whom the article speaks of most by it.
    """
    if not same_speaker(asked, known):
        return False
    asked_words, known_words = asked.split(), known.split()
    if len(asked_words) > len(known_words):
        return all(candidate.reading.has_words(word) for word in asked_words)
    if len(asked_words) == 1 and len(known_words) > 1:
        return _leading_bearer(asked, candidate) in (None, fold(known))
    return True


def _leading_bearer(surname: str, candidate: Candidate) -> str | None:
    """The folded name of the person with that surname whom the article mentions most; None when nobody has it."""
    bearers = Counter(
        fold(mention.name)
        for mention in candidate.reading.analysis.mentions
        if fold(mention.name).split()[-1] == fold(surname)
    )
    return bearers.most_common(1)[0][0] if bearers else None


def _several(speaker: str) -> list[str]:
    parts = re.split(r"\s+(?:and|or|&)\s+|,\s*", speaker)
    return [part for part in parts if part] if len(parts) > 1 else []


def _title_names(speaker: str, candidate: Candidate) -> set[str]:
    """Whom the article means by an office: asked for "the president", everybody it calls president; asked for
    "Japan's president", those it calls so with Japan beside it."""
    office = {fold(word) for word in speaker.split()} & _OFFICES
    nation = [
        term
        for term in terms_of(speaker)
        if fold(term.surface) not in office and fold(term.surface) not in TITLES - _NATION_TITLES
    ]
    text = candidate.article.text
    found = set()
    for mention in candidate.reading.analysis.mentions:
        if mention.kind == "pronoun":
            continue
        near = {fold(word.strip(".,’'")) for word in text[max(0, mention.start - 28) : mention.end].split()}
        before = _APART.split(text[max(0, mention.start - 45) : mention.end])[-1]
        after = text[mention.end : mention.end + 24]
        keys = key_set(before) | (key_set(after) if after.startswith(" of ") else frozenset())
        if office & near and all(term.matches(keys) for term in nation):
            found.add(fold(mention.name))
    return found


_APART = re.compile(r"(?<![A-Z])[.;:\n]\s|\s(?:and|with|to|by)\s")
"""What separates one office from another: in "Japan and President Biden" the president is not Japan's."""
_NATION_TITLES = frozenset("us u.s american japanese chinese british russian philippine philippines".split())
_OFFICES = frozenset("president premier minister chancellor king queen pope mayor governor potus".split())
