"""Words as matchable terms: stemmed, folded, and widened by what `service.equivalents` knows.

The answer composer and the verifier both ask "is this word of the question in those words of the article?"; this is
the one place that decides what counts as the same word.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

from ingest.keywords import analyze_terms
from service.equivalents import EXTRA_KEYS, FUNCTION_WORDS, IRREGULAR, PHRASES

_WORD = re.compile(
    r"(?:[A-Za-z]\.){2,}"  # U.S., a.m.
    r"|\d+(?:[.,]\d+)*"
    r"|[^\W\d_]+(?:['’][^\W\d_]+)*(?:-(?=[^\W\d_])[^\W\d_]+(?:['’][^\W\d_]+)*)*",
)
_POSSESSIVE = re.compile(r"['’](?:s|S)?$")


@dataclass(frozen=True, slots=True)
class Term:
    """One content word at `text[start:end]`. Two terms match when their `keys` meet.

    `is_name` says that the word is written as a name: a capital that its place in the sentence does not explain,
    or an acronym.
    """

    start: int
    end: int
    surface: str
    keys: frozenset[str]
    is_name: bool

    def matches(self, keys: frozenset[str] | set[str]) -> bool:
        """Whether any key of this term is among `keys`."""
        return not self.keys.isdisjoint(keys)


@lru_cache(maxsize=1 << 16)
def stem(word: str) -> str:
    """The stem of one lower-case word, the same one the keyword index uses."""
    stems = analyze_terms(word)
    return stems[0] if stems else word


def fold(text: str) -> str:
    """Lower case without accents: "São" and "sao" are one word. May change the length; use it on words only."""
    if text.isascii():
        return text.casefold()
    decomposed = unicodedata.normalize("NFKD", text.replace("’", "'"))
    return "".join(character for character in decomposed if not unicodedata.combining(character)).casefold()


@lru_cache(maxsize=1 << 16)
def keys_of(surface: str) -> frozenset[str]:
    """Every key under which a word can be found. `US` is a country, `us` is not."""
    if surface in ("US", "U.S.", "U.S", "USA", "U.S.A."):
        return frozenset({"unitedstates", "us"})
    if surface in ("UK", "U.K.", "U.K"):
        return frozenset({"unitedkingdom", "uk"})
    word = (
        _POSSESSIVE.sub("", fold(surface)).replace(".", "")
        if not surface[0].isdigit()
        else surface.replace(",", "")
    )
    keys = {"establish"} if word == "founded" else {stem(word)}  # and not a form of "find"
    if word in IRREGULAR:
        keys.add(stem(IRREGULAR[word]))
    for extra in EXTRA_KEYS.get(word, ()):
        keys |= {extra, stem(extra)}
    if "-" in word:
        for part in word.split("-"):
            if len(part) > 1 and part not in FUNCTION_WORDS:
                keys |= keys_of(part)
    return frozenset(keys)


@lru_cache(maxsize=1 << 15)
def terms_of(text: str) -> tuple[Term, ...]:
    """The content words of `text`, in order, function words left out."""
    words = list(_WORD.finditer(text))
    terms: list[Term] = []
    lowered = [_POSSESSIVE.sub("", word.group().lower()) for word in words]
    index = 0
    while index < len(words):
        length = _phrase_length(lowered, index) if lowered[index] in _PHRASE_OPENERS else 0
        if length:
            start, end = words[index].start(), words[index + length - 1].end()
            parts = frozenset().union(*(keys_of(words[index + n].group()) for n in range(length)))
            key = PHRASES[tuple(lowered[index : index + length])]
            keys = frozenset({key}) if key in _COUNTRY_KEYS else parts | {key}
            terms.append(Term(start, end, text[start:end], keys, text[start].isupper()))
            index += length
            continue
        word = words[index]
        if lowered[index] not in FUNCTION_WORDS or word.group() in ("US", "IT", "WHO"):
            surface = word.group()
            terms.append(Term(word.start(), word.end(), surface, keys_of(surface), _is_name(text, word)))
        index += 1
    return tuple(terms)


def key_set(text: str) -> frozenset[str]:
    """Every key of every content word of `text`."""
    return frozenset().union(*(term.keys for term in terms_of(text))) if text else frozenset()


_COUNTRY_KEYS = frozenset({"unitedstates", "unitedkingdom", "inexchange"})
"""Phrases whose single words must not match: the United Kingdom is not the United States, and nobody who gives
something in return goes back."""
_PHRASE_OPENERS = frozenset(phrase[0] for phrase in PHRASES)


def _phrase_length(lowered: list[str], index: int) -> int:
    for length in (3, 2):
        if index + length <= len(lowered) and tuple(lowered[index : index + length]) in PHRASES:
            return length
    return 0


_SENTENCE_OPENERS = "\"'“‘([«—–-"


def _is_name(text: str, word: re.Match[str]) -> bool:
    surface = word.group()
    if not surface[0].isupper():
        return False
    if len(surface) > 1 and surface.replace(".", "").isupper():
        return True
    before = text[: word.start()].rstrip(_SENTENCE_OPENERS + " \t\n")
    return bool(before) and before[-1] not in ".?!:…\n"
