"""The clause that a verb of saying reports: where "that he was ready" begins, if anything is reported at all.

A clause needs "that" (or whether, how, …), or a verb that does without it and a finite verb of its own ("said he was
ready", not "said no").
"""

from __future__ import annotations

import re

from ingest.irregular_pasts import IRREGULAR_PASTS
from ingest.noun_phrases import Token
from ingest.speech_words import (
    BARE_CLAUSE,
    BOUNDARIES,
    DAYS,
    DETERMINERS,
    LISTENERS,
    MONTHS,
    OBJECT_REPORTS,
    PREPOSITIONS,
    PRONOUNS,
    QUOTATION_ONLY,
    SAYING,
)

_PASTS = "|".join(sorted(IRREGULAR_PASTS))
_FINITE = re.compile(
    r"\b(?:is|are|was|were|has|have|had|will|would|could|can|should|may|might|must|do|does|did|won[’']t|isn[’']t|"
    r"aren[’']t|wasn[’']t|didn[’']t|doesn[’']t|don[’']t|can[’']t|\w+[’'](?:s|re|m|ve|d|ll)|\w{2,}ed|\w{2,}s|"
    rf"{_PASTS}|want|need|believe|think|hope|know|see|feel)\b"
)
_SURELY_FINITE = re.compile(
    r"\b(?:is|are|was|were|has|have|had|will|would|could|can|should|may|might|must|do|does|did|\w+n[’']t|"
    r"(?:he|she|it|they|we|you|I|there|that)[’'](?:s|re|m|ve|d|ll))\b"
)
_UP_TO_RELATIVE = re.compile(r"(?:(?! (?:who|which|that|whose|where) ).)*", re.DOTALL)
_HAS_VERB = re.compile(
    r"\b(?:is|are|was|were|has|have|had|will|would|could|can|should|may|might|must|do|does|did|[a-z]{2,}ed|"
    r"\w+[’'](?:s|re|m|ve|d|ll)|[a-z]+n[’']t|[a-z]{3,}s|"
    rf"{_PASTS})\b"
)
_AFTER_FINAL_VERB = frozenset(", in on at to during as".split())
_PLAIN_VERBS = frozenset("said say says saying told".split())


def clause_of(tokens: list[Token], i: int, last: int) -> tuple[int, int] | None:
    """The clause that the verb `tokens[i..last]` reports, up to the sentence's end."""
    verb, k = tokens[i].text, last + 1
    if verb in QUOTATION_ONLY and not (verb in SAYING and k < len(tokens) and tokens[k].text == "that"):
        return None
    if verb in LISTENERS:
        k = _after_listener(tokens, k)
        if k < 0:
            return None
    end = tokens[-1].end
    if k >= len(tokens):
        return None
    word = tokens[k].text.lower()
    if word in {"that", "whether", "if", "how", "why", "what"}:
        begin = k + 1 if word == "that" else k
        return (
            (tokens[begin].start, end)
            if begin < len(tokens) - 2 and not _only_quotation(tokens, begin)
            else None
        )
    if word in {"on", "in", "at", "during", "to", ",", "via", "through"} or word in DAYS or word in MONTHS:
        for at in range(k, min(len(tokens) - 3, k + 14)):
            if tokens[at].is_quotation or tokens[at].text in ".;:—":
                break
            if tokens[at].text == "that" and (
                tokens[at - 1].text == "," or (word != "," and tokens[at - 1].is_word)
            ):
                return (tokens[at + 1].start, end) if not _only_quotation(tokens, at + 1) else None
        if word in DAYS and k + 1 < len(tokens) and verb in BARE_CLAUSE:
            k += 1
            word = tokens[k].text.lower()
        elif verb not in {"hinted"}:
            return None
    if not tokens[k].is_word or len(tokens) - k < 3:
        return None
    if verb in BARE_CLAUSE and verb not in LISTENERS and tokens[k].text.islower() and word not in DETERMINERS:
        between = [token.text for token in tokens[k : k + 9]]
        if "that" in between and not _SURELY_FINITE.search(" ".join(between[: between.index("that")])):
            begin = k + between.index("that") + 1  # "said afterwards on the radio that"
            return (tokens[begin].start, end) if begin < len(tokens) - 1 else None
    if (
        verb in BARE_CLAUSE
        and word not in PREPOSITIONS
        and word not in BOUNDARIES - set(PRONOUNS) - {"there", "what"}
    ):
        rest = [token.text for token in tokens[k : k + 22]]
        main = _UP_TO_RELATIVE.match(" ".join(rest))
        finite = _FINITE if verb in _PLAIN_VERBS else _SURELY_FINITE
        if main and finite.search(main[0], len(rest[0])) and not _is_gerund(word):
            return (tokens[k].start, end)
    if verb in OBJECT_REPORTS and word not in BOUNDARIES and not word.endswith("ly"):
        return (tokens[k].start, end)
    return None


def _is_gerund(word: str) -> bool:
    return word.endswith("ing") and word not in {
        "nothing",
        "something",
        "anything",
        "everything",
        "king",
        "beijing",
    }


def _after_listener(tokens: list[Token], k: int) -> int:
    """The token after whoever is told: "told reporters that", "told Ann Lee on Monday that", "told the BBC he"."""
    for at in range(k, min(len(tokens) - 1, k + 16)):
        word = tokens[at].text.lower()
        if tokens[at].is_quotation or word in ".;:":
            break
        if word == "that":
            return at
        if (
            at > k
            and word in DETERMINERS | set(PRONOUNS)
            and tokens[at - 1].text not in PREPOSITIONS | {"and"}
        ):
            break
    if k >= len(tokens) - 1 or not tokens[k].is_word:
        return -1
    if tokens[k].text.lower() in DETERMINERS:
        k += 1
    capitals = tokens[k].is_capitalised
    k += 1
    while k < len(tokens) and capitals and tokens[k].is_capitalised:
        k += 1
    return k if k < len(tokens) else -1


def _only_quotation(tokens: list[Token], begin: int) -> bool:
    """Whether nothing but a quotation follows."""
    return tokens[begin].is_quotation and not any(token.is_word for token in tokens[begin + 1 :])


def clause_before(tokens: list[Token], first: int, last: int) -> tuple[int, int] | None:
    """The clause of "The work is done, the council said in a report": what stands before the subject `first` and
    its comma, if it has a verb of its own and nothing is reported after the verb `last`."""
    if first < 2 or tokens[first - 1].text != "," or tokens[first - 2].is_quotation:
        return None
    after = tokens[last + 1].text if last + 1 < len(tokens) else "."
    at_end = after == "." or after in DAYS
    if not at_end and (tokens[last].text not in {"said", "says", "say"} or after not in _AFTER_FINAL_VERB):
        return None
    words = [token.text for token in tokens[: first - 1] if token.is_word]
    if len(words) < 4 or not _HAS_VERB.search(" ".join(words)):
        return None
    return tokens[0].start, tokens[first - 2].end


def clause_stop(tokens: list[Token], begin: int, stop: int, opens: bool) -> int:
    """Where a reported clause from `begin` ends, at `stop` or earlier: at "as" after a quotation, at a lone dash,
    and, in a sentence that opens with "While Lee said …, …", at its first comma."""
    inside = [i for i, token in enumerate(tokens) if begin < token.start < stop]
    for i in inside:
        if (
            tokens[i].text == "as"
            and tokens[i - 1].is_quotation
            and not tokens[min(i + 1, len(tokens) - 1)].is_quotation
        ):
            stop = tokens[i].start
            break
    dashes = [tokens[i].start for i in inside if tokens[i].text in "–—"]
    if len(dashes) == 1:
        stop = min(stop, dashes[0])
    if opens and tokens[0].text in {"While", "Although", "Though", "As", "After", "When", "If"}:
        commas = [tokens[i].start for i in inside if tokens[i].text == ","]
        stop = min([stop, *commas[:1]])
    return stop
