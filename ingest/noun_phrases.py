"""The words of a sentence, and the noun phrases in it that can say something.

`subject` walks backwards from a verb of saying to whoever says it: over adverbs, over an apposition ("Ann Lee, a
pilot from Oslo, said"), and through prepositions to the head ("officials of both states said").
"""

from __future__ import annotations

import re
from typing import NamedTuple

from ingest.quotations import BLANK
from ingest.speech_words import (
    BOUNDARIES,
    CONNECTORS,
    DAYS,
    DETERMINERS,
    MONTHS,
    NOT_ADVERBS,
    PREPOSITIONS,
    PRONOUNS,
    SKIPPED_BEFORE_VERB,
    SPEAKER_NOUNS,
)

_TOKEN = re.compile(
    rf"{BLANK}+|(?:[A-Z]\.-?)+(?:S\.)?|(?:Mr|Mrs|Ms|Dr|Sen|Rep|Gov|Gen|Jr|Sr|Prof|St|Lt|Col|Sgt|Capt)\.|"
    r"[^\W_]+(?:[-’'&./][^\W_]+)*|[^\s\0]"
)
_MAX_PHRASE_TOKENS = 14


class Token(NamedTuple):
    """A word, a mark, or a blanked quotation, with its offsets."""

    text: str
    start: int
    end: int

    @property
    def is_quotation(self) -> bool:
        return self.text[0] == BLANK

    @property
    def is_word(self) -> bool:
        return self.text[0].isalnum()

    @property
    def may_end_clause(self) -> bool:
        return self.is_word or self.is_quotation or self.text in "%)"

    @property
    def is_capitalised(self) -> bool:
        return self.text[0].isupper() and self.text.lower() not in BOUNDARIES


def tokens_of(prose: str, start: int, end: int) -> list[Token]:
    """The words, marks and blanked quotations of `prose[start:end]`."""
    return [Token(m[0], m.start(), m.end()) for m in _TOKEN.finditer(prose, start, end)]


def is_speaker_noun(word: str) -> bool:
    lowered = word.lower()
    for form in (
        lowered,
        lowered.removesuffix("s"),
        lowered.removesuffix("ies") + "y",
        lowered.removesuffix("es"),
    ):
        if form in SPEAKER_NOUNS:
            return True
    return lowered in {"men", "women"} or (
        lowered.endswith(("people", "man", "woman")) and lowered != "human"
    )


def subject(tokens: list[Token], j: int) -> tuple[int, int, int] | None:
    """(first, last of the head, last) token of the subject that ends at `j` or before an apposition that does."""
    if j < 0:
        return None
    token = tokens[j]
    if token.text == ")":
        while j >= 0 and tokens[j].text != "(":
            j -= 1
        return subject(tokens, j - 1) if j > 0 else None
    if token.text in {",", "—", "–"}:
        return _before_apposition(tokens, j, token.text)
    lowered = token.text.lower()
    if lowered in PRONOUNS:
        return j, j, j
    if lowered == "who":
        j -= 1
        if j >= 0 and tokens[j].text == ",":
            j -= 1
        return _noun_phrase(tokens, j)
    return _noun_phrase(tokens, j)


def _before_apposition(tokens: list[Token], j: int, mark: str) -> tuple[int, int, int] | None:
    """The subject of "Ann Lee, a pilot from Oslo, said": the name before the comma that opens the apposition."""
    for k in range(j - 1, max(-1, j - 45), -1):
        if tokens[k].is_quotation or tokens[k].text in ";:":
            break
        if tokens[k].text != mark or k == 0 or k + 1 == j:
            continue
        named = capitals_after(tokens, k + 1)
        if (
            named is not None
            and named[1] == j - 1
            and tokens[k - 1].text.islower()
            and is_speaker_noun(tokens[k - 1].text)
        ):
            return named[0], named[1], named[1]  # "Its chief executive, Ann Lee, said"
        phrase = _noun_phrase(tokens, k - 1)
        if phrase is None or tokens[phrase[1]].text.lower() in DAYS | MONTHS:
            continue
        first = phrase[0]
        if first and tokens[first - 1].text in PREPOSITIONS:
            continue
        if (
            first > 1
            and tokens[first - 1].text == mark
            and tokens[first].text.islower()
            and tokens[k + 1].text == "which"
        ):
            inner = _noun_phrase(tokens, first - 2)  # "Ann Lee, the head of the bank, which …, said"
            if inner is not None and tokens[inner[1]].is_capitalised:
                return inner
        return phrase
    return None


def capitals_after(tokens: list[Token], k: int) -> tuple[int, int] | None:
    """(first, last) of a name of two or more words that stands at `k` and ends at a mark."""
    last = k
    while last < len(tokens) and tokens[last].is_word and tokens[last].is_capitalised:
        last += 1
    ends = last >= len(tokens) or not tokens[last].is_word
    return (k, last - 1) if last - k >= 2 and ends else None


def _noun_phrase(tokens: list[Token], j: int) -> tuple[int, int, int] | None:
    """(first, last of the head, last) of the noun phrase that ends at `j`, if it can speak."""
    simple = _simple_phrase(tokens, j)
    if simple is None:
        return None
    first, head = simple, j
    speaks = can_speak(tokens, first, head)
    k = first - 1  # "ministers of Norway, Sweden and Denmark"
    while (
        k > 0
        and tokens[k].text == ","
        and tokens[k - 1].is_capitalised
        and "and" in (t.text for t in tokens[first:j])
    ):
        k -= 1
        while k > 0 and tokens[k].is_capitalised:
            k -= 1
    if 0 < k < first - 1 and tokens[k].text == "of":
        first = k + 1
    while first >= 2 and tokens[first - 1].text in PREPOSITIONS and j - first < _MAX_PHRASE_TOKENS:
        outer = _simple_phrase(tokens, first - 2)
        if outer is None or not can_speak(tokens, outer, first - 2):
            break
        if tokens[first - 2].is_capitalised and tokens[first - 1].text not in {
            "of",
            "for",
            "at",
            "from",
            "with",
        }:
            break  # "Last Light in an area"
        first, head, speaks = outer, first - 2, True
    if tokens[j].text == "|":
        return None
    return (first, head, j) if speaks else None


def _simple_phrase(tokens: list[Token], j: int) -> int | None:
    """The first token of the phrase without prepositions that ends at `j`; capitals may be joined by "of", "and"."""
    if j < 0 or not tokens[j].is_word or tokens[j].text.lower() in BOUNDARIES | PREPOSITIONS | DETERMINERS:
        return None
    first = j
    if tokens[j].is_capitalised:
        while first > 0 and j - first < _MAX_PHRASE_TOKENS:
            previous = tokens[first - 1]
            if previous.is_word and previous.is_capitalised and previous.text.lower() not in DETERMINERS:
                first -= 1
                continue
            k = first - 1
            while k > 0 and tokens[k].text in CONNECTORS and first - k < 3:
                k -= 1
            if (
                k < first - 1
                and k >= 0
                and tokens[k].is_word
                and tokens[k].is_capitalised
                and (tokens[first - 1].text not in {"in", "on", "at", "to"})
                and tokens[k].text.lower() not in DAYS | MONTHS | DETERMINERS
            ):
                first = k
                continue
            break
        while first > 0 and tokens[first - 1].text.islower() and is_speaker_noun(tokens[first - 1].text):
            first -= 1
    else:
        while (
            first > 0
            and j - first < 7
            and tokens[first - 1].is_word
            and tokens[first - 1].text.lower() not in BOUNDARIES | PREPOSITIONS | DETERMINERS | DAYS
        ):
            first -= 1
    while first > 0 and tokens[first - 1].text.lower() in DETERMINERS:
        first -= 1
    return first


def can_speak(tokens: list[Token], first: int, last: int) -> bool:
    """Whether the phrase is a name, or a noun of those who speak."""
    final = tokens[last]
    if final.text.lower() in DAYS | MONTHS or final.text[0].isdigit():
        return False
    if final.is_capitalised:
        return True
    return any(is_speaker_noun(token.text) for token in tokens[first : last + 1])


def skip_adverbs(tokens: list[Token], j: int) -> int:
    """The index of the token before the verb's adverbs, auxiliaries and days."""
    while j >= 0:
        lowered = tokens[j].text.lower()
        if (lowered in SKIPPED_BEFORE_VERB and not tokens[j].text[0].isupper()) or (
            lowered.endswith("ly")
            and len(lowered) > 4
            and lowered not in NOT_ADVERBS
            and tokens[j].text[0].islower()
        ):
            j -= 1
        elif lowered in DAYS:
            j -= 2 if j and tokens[j - 1].text == "on" else 1
        elif (
            lowered.isdigit()
            and j >= 2
            and (tokens[j - 1].text.lower() in MONTHS or tokens[j - 1].text == "in")
        ):
            j -= 3 if tokens[j - 2].text == "on" else 2
        else:
            break
    return j
