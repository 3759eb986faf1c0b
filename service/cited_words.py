"""What a candidate is evidence of: its words, and what their article knows about who speaks and is meant there.

Every engine builds its evidence here, so that a statement is held against the same words whoever wrote it.
"""

from __future__ import annotations

import re
from dataclasses import replace

from service.candidates import Candidate
from service.verification import Evidence

_ARTICLE = re.compile(r"^the\s+", re.IGNORECASE)


def evidence_of(candidate: Candidate) -> Evidence:
    """The candidate's words, and what its article knows about who speaks and is meant in them."""
    return Evidence(
        text=candidate.text,
        speakers=frozenset(quotation.speaker for quotation in candidate.quotations if quotation.speaker),
        names=frozenset(mention.name for mention in candidate.mentions),
    )


def evidence_for(statement: str, candidate: Candidate) -> Evidence:
    """`evidence_of` the candidate; for a statement that names the candidate's outlet in full, the outlet is known too.

    An article is its outlet's own report, and the citation shows the outlet, so "The Harbour Post reported that …" can
    be checked by the reader. Only the full name counts: words of "The Washington Post" must not vouch for Washington.
    """
    evidence, outlet = evidence_of(candidate), named_outlet(statement, candidate)
    if outlet is None:
        return evidence
    return replace(evidence, speakers=evidence.speakers | {outlet}, names=evidence.names | {outlet})


def named_outlet(statement: str, candidate: Candidate) -> str | None:
    """The candidate's outlet, without "The", when the statement names it in full."""
    outlet = _ARTICLE.sub("", (candidate.article.outlet or "").strip())
    if outlet and re.search(rf"(?<!\w){re.escape(outlet)}(?!\w)", statement, re.IGNORECASE):
        return outlet
    return None


def told_words(text: str, candidate: Candidate) -> str:
    """A candidate's words for comparing meaning with `text`: whoever speaks or is meant there is named in front, and
    the outlet that reports them, if `text` names it."""
    people = [quotation.speaker for quotation in candidate.quotations if quotation.speaker]
    people += [mention.name for mention in candidate.mentions if mention.kind != "name"]
    unnamed = [name for name in dict.fromkeys(people) if name not in candidate.text]
    words = " ".join(candidate.text.split())
    outlet = named_outlet(text, candidate)
    words = f"{outlet} reported: {words}" if outlet is not None else words
    return f"{', '.join(unnamed)}: {words}" if unnamed else words


_WORD = re.compile(r"\w+")


def is_sentence_of(text: str, candidate: Candidate) -> bool:
    """Whether the statement is one of the candidate's sentences, word for word, or all of them."""
    article, mine = candidate.article, _WORD.findall(text.casefold())
    spans = [(candidate.start, candidate.end)]
    spans += [
        (one.start, one.end)
        for one in candidate.reading.analysis.sentences[candidate.first : candidate.last + 1]
    ]
    return any(_WORD.findall(article.text[start:end].casefold()) == mine for start, end in spans)
