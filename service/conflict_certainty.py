"""One source tells as done or settled what another says is only considered, possible or denied.

How far a verb has come is read by `service.support_modality`; here it is made sure that both speak of the same act: the
same verb with the same object, and no later one than the other, since what may happen on Monday may have happened by
Wednesday.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from service.same_telling import Telling
from service.support_modal_words import CLAUSAL, CONDITIONS, HEDGES, MODALS, POSSIBLE, governors
from service.support_modality import unrealised
from service.terms import Term, keys_of, stem, terms_of

OBJECT_TERMS = 7
OBJECT_SHARE = 0.45
OBJECT_LEAST = 2

LEAST_SHARE = 0.35
"""Least share of the words, weighed by rarity, of one sentence that the other has."""

_WORD = re.compile(r"[A-Za-z]+(?:['’][a-z]+)?")
_STOP = re.compile(r"[.;:?!]|,\s+(?:but|while|although|who|which|where)\b")
_COMMON = frozenset(
    stem(word)
    for word in "have do make take get go come be say give see want need use keep let put set work look know think"
    " help continue begin start end play win lose face beat score lead run turn feel show find try call ask bring"
    " follow happen become remain stay move leave return expect hope allow include provide offer change grow rise fall"
    " increase".split()
)
"""Verbs that say too little for two sentences with one of them to tell of the same act."""


@dataclass(frozen=True, slots=True)
class Settled:
    """A claim: the verb, and the claiming sentence's words from it to the last that the other sentence has, at
    `start..end`."""

    verb: str
    start: int
    end: int
    object_terms: tuple[Term, ...]


def is_open(text: str) -> bool:
    """Whether a sentence leaves an act open, by any of its words: a quick look before the thorough one. What only holds
    under a condition says nothing of whether it is so."""
    words = _WORD.findall(text.lower())
    if not CONDITIONS.isdisjoint(words):
        return False
    return any(
        MODALS.get(word) == POSSIBLE
        or word in HEDGES
        or word in CLAUSAL
        or governors().get(word, governors().get(stem(word))) == POSSIBLE
        for word in words
    )


def settled(claim: Telling, open_one: Telling) -> Settled | None:
    """What `claim` tells as done or coming that `open_one` tells as possible or denied; None if there is nothing."""
    if max(claim.share_in(open_one), open_one.share_in(claim)) < LEAST_SHARE:
        return None
    if not any(term.is_name and term.matches(open_one.keys) for term in claim.terms):
        return None
    if not any(term.matches(open_one.keys) for term, _ in claim.content):
        return None
    for verb in unrealised(claim.own_words, (open_one.text,)):
        if (
            not verb.islower()
            or not _COMMON.isdisjoint(keys_of(verb))
            or not _only_possible(verb, open_one.text)
        ):
            continue
        found = _claim(claim.text, verb)
        if found is None or not _same_object(found, open_one) or not _same_subject(claim, found, open_one):
            continue
        last = max(term.end for term in found.object_terms if term.matches(open_one.keys))
        return replace(found, end=last)
    return None


def _same_subject(claim: Telling, found: Settled, other: Telling) -> bool:
    """Whether the name before the verb in the open sentence is in the claim before its verb; or, where the claim has
    no name there ("the two countries"), in what a reader has just read."""
    verb = keys_of(found.verb)
    terms = terms_of(other.text)
    place = next((term.start for term in terms if not verb.isdisjoint(term.keys)), None)
    subjects = [
        term for term in terms if place is not None and term.end <= place and _names(other.text, term)
    ]
    if not subjects:
        return False
    own = [term for term in terms_of(claim.text) if term.end <= found.start and _names(claim.text, term)]
    known = frozenset().union(*(term.keys for term in own)) if own else claim.sentence.candidate.surroundings
    return subjects[-1].matches(known)


def _names(text: str, term: Term) -> bool:
    """Whether a term is a name, the first word of the sentence included if it is no common one."""
    return term.is_name or (term.surface[0].isupper() and not text[: term.start].strip(" “\"‘'"))


def leaves_open(verb: str, telling: Telling) -> bool:
    """Whether the sentence tells the act of this verb as possible or denied."""
    return _only_possible(verb, telling.text)


def _only_possible(verb: str, text: str) -> bool:
    """Whether the sentence has the verb, and not even as planned."""
    return bool(unrealised(f"It will {verb.lower()}.", (text,)))


def _claim(text: str, verb: str) -> Settled | None:
    place = re.search(rf"(?<![\w-]){re.escape(verb)}(?![\w-])", text)
    if place is None:
        return None
    stop = _STOP.search(text, place.end())
    end = stop.start() if stop is not None else len(text)
    terms = [term for term in terms_of(text[:end]) if term.start >= place.end()][:OBJECT_TERMS]
    return Settled(verb, place.start(), terms[-1].end, tuple(terms)) if terms else None


def _same_object(claim: Settled, other: Telling) -> bool:
    """Whether enough of the claim's object, a name among it, is in the other sentence."""
    shared = [term for term in claim.object_terms if term.matches(other.keys)]
    if len(shared) < OBJECT_LEAST or not any(term.is_name for term in shared):
        return False
    return len(shared) >= OBJECT_SHARE * len(claim.object_terms)
