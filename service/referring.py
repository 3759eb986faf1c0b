"""Whom a model's "He said" means: told in brackets, so that it can be verified and read when the sentence before was
dropped.

A model copies "He said that …" from its source, or goes on so about somebody it has named itself. Verification knows no
"he". So the name is put behind the pronoun that opens a statement, as `service.referents` does for the articles' own
sentences: "He [Jean Petit] said that …". The article's reading of its own pronoun comes first, then the model's text.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence

from ingest.attribution import analyze
from ingest.sentences import sentences
from service.candidates import Candidate
from service.terms import fold

_OPENING = re.compile(r"(?P<pronoun>He|She|His|Her)\b(?!\s*\[)(?=\s+\w)")
_PRONOUN = re.compile(r"\b(?:he|him|his|she|hers?)\b", re.IGNORECASE)
_POSSESSIVE = {"his": "he", "her": "she"}
_BRACKETED = re.compile(r"^(?P<pronoun>He|She|His|Her)\s\[(?P<name>[^\]]+)\]")


def referred(text: str, cited: Sequence[Candidate], before: str, people: Collection[str] = ()) -> str:
    """`text` with a name behind the pronoun that opens it; as it is where nothing tells who is meant.

    `before` is what the model wrote before it, without labels and markup; `people` are full names that the articles
    know. What results has still to be verified: the model may mean whom it does not name.
    """
    opening = _OPENING.match(text)
    if opening is None:
        return text
    name = _meant_in(cited, fold(opening["pronoun"])) or _meant_before(text, before, people)
    if name is None:
        return text
    suffix = "’s" if fold(opening["pronoun"]) in _POSSESSIVE else ""
    return f"{opening['pronoun']} [{name}{suffix}]{text[opening.end() :]}"


def people_in(candidates: Iterable[Candidate]) -> frozenset[str]:
    """The full names of everybody who is named or speaks in the candidates."""
    return frozenset(
        name
        for candidate in candidates
        for name in (
            *(mention.name for mention in candidate.mentions),
            *(quotation.speaker for quotation in candidate.quotations),
        )
        if name and name[:1].isupper()
    )


def named(text: str) -> str:
    """`text` with the name in the place of the pronoun in front of it: "Jean Petit said that …", for comparing."""
    return _BRACKETED.sub(lambda match: match["name"], text)


def unreferred(text: str) -> str:
    """`text` with the bare pronoun, as the model wrote it."""
    return _BRACKETED.sub(lambda match: match["pronoun"], text)


def unexplained(text: str, cited: Sequence[Candidate]) -> str | None:
    """The pronoun that opens `text`, where no name stands behind it and no cited words have it; else None. Whom a
    statement is about must not be left to the sentence before it."""
    opening = _OPENING.match(text)
    if opening is None:
        return None
    wanted = _subject(opening["pronoun"])
    words = {_subject(word) for one in cited for word in _PRONOUN.findall(one.text)}
    return None if wanted in words else opening["pronoun"]


def _meant_in(cited: Sequence[Candidate], pronoun: str) -> str | None:
    """Whom the cited words mean by the pronoun, where that is one person."""
    wanted = _POSSESSIVE.get(pronoun, pronoun)
    names = {
        mention.name
        for candidate in cited
        for mention in candidate.mentions
        if mention.kind == "pronoun"
        and _subject(candidate.article.text[mention.start : mention.end]) == wanted
    }
    return names.pop() if len(names) == 1 else None


def _subject(word: str) -> str:
    word = fold(word)
    return {"him": "he", "hers": "she"}.get(word, _POSSESSIVE.get(word, word))


def _meant_before(text: str, before: str, people: Collection[str]) -> str | None:
    """Whom the model's own text means by the pronoun that opens `text`: what the rules for articles find there, else
    the one person that the sentence before names."""
    if not before:
        return None
    whole = f"{before} {text}"
    start = len(whole) - len(text)
    for one in analyze(whole).mentions:
        if one.start == start and one.kind == "pronoun":
            return one.name
    last = sentences(before)[-1]
    words = set(re.findall(r"\w+", before[last.start : last.end]))
    named = {
        name
        for name in people
        if name.split()[-1] in words and all(word[0].isupper() for word in name.split())
    }
    return named.pop() if len(named) == 1 else None
