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
