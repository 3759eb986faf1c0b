"""Who holds a role in an article: "the secretary" is whom it calls "its secretary, Lorna Pickersgill".

A question may call somebody by what he or she does, and an article by name, or by another half of the description. The
role has to stand beside the name, as an apposition or a title, and every other word of the description in the
same sentence or in what the article as a whole is about. Pure functions over words.
"""

from __future__ import annotations

import re

from ingest.articles import Quotation
from service.candidates import Candidate
from service.terms import fold, key_set, keys_of, terms_of

BESIDE_CHARS = 70
"""How far an apposition reaches before and after a name."""
_QUALIFIED = re.compile(
    r"\s+(?:of|for|at|in|from|on|with|near|who|whom|whose|that|which|behind|by|to|and)\s+", re.IGNORECASE
)
_AFTER = re.compile(
    r"^,\s+(?:(?:aged\s+)?\d{1,3},\s+)?(?:then\s+|now\s+)?(?P<role>(?:the|a|an|its|their|his|her|who)\s[^.“”]*)"
)
_BEFORE = re.compile(
    r"(?:^|[,“”.—]|\b(?:said|says|by|and|its|their|his|her|the|a|an)\s)(?P<role>[^,.“”—]*?),?\s*$"
)
_ANYBODY = frozenset("man woman person one somebody someone anybody anyone boy girl".split())
"""Nouns that an article has no need of: "the woman who runs the zoo" is "Ruth Ames, who runs the zoo"."""
_MOUTHPIECES = frozenset(
    "spokesman spokeswoman spokesperson director executive chairman chairwoman chair founder owner boss".split()
)
"""Who speaks for a company or another body whenever he or she speaks of it."""


def holds_role(asked: str, quotation: Quotation, candidate: Candidate) -> bool:
    """Whether the article describes whoever speaks in `quotation` as `asked` does: "secretary of the trust", "woman who
    sells kites". For a body that is named ("Brunmark"), whether it describes its spokesman or head so."""
    speaker = quotation.speaker
    if speaker is None or not asked.strip():
        return False
    if not speaker[:1].isupper():
        return _same_description(asked, speaker, candidate)
    head = _head(asked)
    if head is None:
        return False
    if head[:1].isupper():
        return _speaks_for(asked, speaker, candidate)
    if _is_part_of_name(head, candidate):
        return False
    rest = [term for term in terms_of(asked) if not term.matches(keys_of(head))]
    article = candidate.reading
    for role, sentence in _roles_of(speaker, candidate):
        if fold(head) in _ANYBODY and rest and all(term.matches(key_set(role)) for term in rest):
            return True
        if not keys_of(head).isdisjoint(_nouns(role)):
            known = article.sentence_keys(sentence)
            if not _of_another(role):
                known |= article.lead_keys | candidate.surroundings
            if all(term.matches(known) for term in rest):
                return True
    return False


def _of_another(role: str) -> bool:
    """Whether a description says by name whose it is: the director of Brightwater is not the rowing club's."""
    whose = _QUALIFIED.split(role, maxsplit=1)[1:]
    return any(term.is_name or term.surface[0].isupper() for part in whose for term in terms_of(part))


def _same_description(asked: str, speaker: str, candidate: Candidate) -> bool:
    """Whether a speaker without a name is the one who is asked for: the same noun, and the rest of what is asked in the
    article's description or the words around the quotation."""
    head = _head(asked)
    if head is None or _head(speaker) is None or keys_of(head).isdisjoint(keys_of(_head(speaker) or "")):
        return False
    known = key_set(speaker) | candidate.keys
    return all(term.matches(known) for term in terms_of(asked))


def _head(description: str) -> str | None:
    """The noun that says what somebody is: "spokesman" of "spokesman for the bank" and of "the bank's spokesman"."""
    words = _QUALIFIED.split(description.strip(), maxsplit=1)[0].split()
    return words[-1] if words else None


def _speaks_for(asked: str, speaker: str, candidate: Candidate) -> bool:
    if any(_is_part_of_name(word, candidate) for word in asked.split()):
        return False
    body = [term for term in terms_of(asked) if term.surface[0].isupper()]
    for role, _ in _roles_of(speaker, candidate):
        whose = _QUALIFIED.split(role, maxsplit=1)
        if len(whose) == 2 and not _nouns(role).isdisjoint(key_set(" ".join(_MOUTHPIECES))):
            keys = key_set(re.split(r",|\swho\s", whose[1])[0])
            if body and all(term.matches(keys) for term in body):
                return True
    return False


def _roles_of(speaker: str, candidate: Candidate) -> list[tuple[str, int]]:
    """What stands beside the speaker's name in the article, as descriptions, each with its sentence's number."""
    reading, text = candidate.reading, candidate.article.text
    sentences = reading.analysis.sentences
    found: list[tuple[str, int]] = []
    places = (
        (m.start, m.end)
        for m in reading.analysis.mentions
        if m.kind == "name" and fold(m.name) == fold(speaker)
    )
    number = 0
    for start, end in places:
        while number + 1 < len(sentences) and sentences[number + 1].start <= start:
            number += 1
        sentence = sentences[number]
        if after := _AFTER.match(text[end : min(sentence.end, end + BESIDE_CHARS)]):
            found.append((after["role"], number))
        if before := _BEFORE.search(text[max(sentence.start, start - BESIDE_CHARS) : start]):
            found.append((before["role"], number))
    return found


def _nouns(role: str) -> frozenset[str]:
    """The keys of the noun phrase a description begins with: "the secretary" of "the secretary of the trust"."""
    first = re.split(r",", _QUALIFIED.split(role, maxsplit=1)[0])[0]
    return key_set(first)


def _is_part_of_name(word: str, candidate: Candidate) -> bool:
    return any(
        fold(word) in fold(mention.name).split()
        for mention in candidate.reading.analysis.mentions
        if mention.kind == "name"
    )
