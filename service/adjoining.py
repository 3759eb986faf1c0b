"""The sentence before the cited one, cited with it where it names what the cited one only points at.

News names a thing once: "… the second pillar of AUKUS. The first pillar, under which …". A model that says "the first
pillar of AUKUS" is right, and no single sentence has its words. Two sentences together hold the words of much that
neither says, so the one before may add names only, and only where the names belong there:

* beside a word that both sentences share and that it stands beside in the statement ("pillar of AUKUS"), or
* as what the sentence before begins with, where the cited one begins with "It", "They" or "The company".
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from service.candidates import MAX_CHARS, Candidate
from service.terms import Term, terms_of

LONGEST = 2 * MAX_CHARS
"""Characters that the two sentences may have together."""
_POINTING = re.compile(
    r"(?:it|they|its|their|(?:the|this)\s+(?:company|firm|group|agency|organi[sz]ation|carmaker|airline|lender|retailer"
    r"|manufacturer|bank|party|union|charity|university|broadcaster|newspaper))\b",
    re.IGNORECASE,
)
_MARKS = " \n\t“”\"'‘’"


def adjoined(text: str, candidate: Candidate) -> Candidate | None:
    """The candidate with the sentence before it, where that may name what the candidate's words lack of `text`; else
    None. The result has still to be held against the statement."""
    before = _sentence_before(candidate)
    if before is None:
        return None
    start, words = before
    terms, theirs = terms_of(text), terms_of(words)
    runs = _missing_names(terms, candidate)
    if not runs or not all(_belongs(terms, run, candidate, theirs) for run in runs):
        return None
    return Candidate(
        candidate.reading,
        start,
        candidate.end,
        candidate.first - 1,
        candidate.last,
        candidate.focus,
        candidate.retrieved,
    )


def _sentence_before(candidate: Candidate) -> tuple[int, str] | None:
    """Where the sentence before begins, and its words."""
    if candidate.first == 0:
        return None
    sentence, article = candidate.reading.analysis.sentences[candidate.first - 1], candidate.article
    if article.is_boilerplate(sentence.start, sentence.end) or candidate.end - sentence.start > LONGEST:
        return None
    words = article.text[sentence.start : sentence.end].rstrip()
    return (sentence.start, words) if words.endswith((".", "!", "?", "”", '"', "’", ":")) else None


def _missing_names(terms: Sequence[Term], candidate: Candidate) -> list[tuple[int, int]]:
    """The runs of words that the candidate lacks, from and to their places in `terms`; none where one is no name."""
    runs: list[tuple[int, int]] = []
    for place, term in enumerate(terms):
        if term.matches(candidate.keys):
            continue
        if not _is_name(term, candidate):
            return []
        if runs and runs[-1][1] == place:
            runs[-1] = (runs[-1][0], place + 1)
        else:
            runs.append((place, place + 1))
    return runs


def _is_name(term: Term, candidate: Candidate) -> bool:
    """Whether the word is a name; one that opens the statement, if the article writes it so inside a sentence."""
    if term.is_name or not term.surface[0].isupper():
        return term.is_name
    return re.search(rf"[a-z,]\s{re.escape(term.surface)}\b", candidate.article.text) is not None


def _belongs(
    terms: Sequence[Term], run: tuple[int, int], candidate: Candidate, before: Sequence[Term]
) -> bool:
    """Whether the name `terms[run]` stands in the sentence before, and belongs into the candidate's."""
    name = terms[run[0] : run[1]]
    places = [
        place
        for place in range(len(before) - len(name) + 1)
        if all(term.matches(other.keys) for term, other in zip(name, before[place:], strict=False))
    ]
    for neighbour in (*terms[max(0, run[0] - 1) : run[0]], *terms[run[1] : run[1] + 1]):
        if neighbour.matches(candidate.keys) and any(
            neighbour.matches(other.keys)
            for place in places
            for other in (*before[max(0, place - 1) : place], *before[place + len(name) :][:1])
        ):
            return True
    points = _POINTING.match(candidate.text.lstrip(_MARKS)) is not None
    return points and 0 in places and run[0] == 0 and not _others(terms, candidate)


def _others(terms: Sequence[Term], candidate: Candidate) -> bool:
    """Whether the candidate names somebody or something that the statement does not."""
    keys = frozenset().union(*(term.keys for term in terms))
    return any(term.is_name and not term.matches(keys) for term in terms_of(candidate.text))
