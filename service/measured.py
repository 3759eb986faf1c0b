"""Ages, lengths, sizes and shares: whether words hold the measure that a question asks for. Pure functions."""

from __future__ import annotations

import re

from service.candidates import Candidate
from service.questions import Question
from service.terms import keys_of, terms_of


def asks_age(question: Question) -> bool:
    """Whether the question asks how old somebody is who is named in it, and nothing else."""
    return _AGE_ASKED.match(question.text) is not None and all(term.is_name for term in question.topic)


def asks_share(question: Question) -> bool:
    """Whether "how much of" something is asked, which a fraction answers, too."""
    return _SHARE_ASKED.search(question.text) is not None


def has_fraction(text: str) -> bool:
    """Whether the text tells a share in words: "two thirds of the cost"."""
    return _FRACTION.search(text) is not None


def measure_fit(question: Question, text: str, *, has_number: bool) -> float | None:
    """How far the text holds the measure that is asked for (how long, old, heavy, big), 0..1;
    None when none is asked."""
    if _SIZE_ASKED.search(question.text) and _SIZE.search(text):
        return 1.0
    measured = _MEASURED.search(question.text)
    if measured is None:
        return None
    in_units = _MEASURES[measured[1].lower()].search(text) is not None
    worded = 0.7 if measured[1].lower() in ("long", "often") else 0.0  # "take months", "every year"
    return (1.0 if has_number else worded) if in_units else 0.35 if has_number else 0.0


_SIZE_ASKED = re.compile(r"\bhow\s+(?:big|large|small)\b|\bwhat\s+(?:is\s+the\s+)?size\b", re.IGNORECASE)
_SIZE = re.compile(r"\bthe\s+size\s+of\b|\bas\s+(?:big|large|small)\s+as\b", re.IGNORECASE)
_SHARE_ASKED = re.compile(r"\bhow\s+much\s+of\b", re.IGNORECASE)
_FRACTION = re.compile(
    r"\b(?:half|(?:a|one|two|three)[\s-](?:thirds?|quarters?|fifths?)|(?:a|one)\s+(?:tenth|sixth|eighth)|most|all|none)\s+(?:of|the)\b",
    re.IGNORECASE,
)
_AGED = re.compile(
    r"^(?:,?\s+(?:aged?|who\s+(?:is|was|turned|turns)|is|was|turned|turns)\s+|,\s+|\s+\()(?:now\s+)?\d{1,3}(?=[,.;)]|\s+(?:and|now"
    r"|years?|when|last|this|next)\b|$)"
)


_AGE_ASKED = re.compile(r"(?:and\s+)?(?:how\s+old|what\s+(?:is|was)\s+.*\bage)\b", re.IGNORECASE)
_AGE_SAID = re.compile(r"\b\d{1,3}[\s-]years?[\s-]old\b|\bage\s+of\s+\d|\baged\s+\d")


def age_fit(question: Question, candidate: Candidate) -> float:
    """Whether the candidate tells the age of whom the question names: "Ruth Ames, 71," or "She is 71", said of her."""
    text = candidate.text
    last = question.topic[-1] if question.topic else None
    for said in _AGE_SAID.finditer(text):
        owner = _aged(candidate, said.start(), said.end())
        if owner is None or last is None or last.matches(keys_of(owner.split()[-1])):
            return 1.0
    ends = [term.end for term in terms_of(text) if last is not None and term.matches(last.keys)]
    ends += [
        mention.end - candidate.start
        for mention in candidate.mentions
        if last is not None and last.matches(keys_of(mention.name.split()[-1]))
    ]
    return 1.0 if any(_AGED.match(text[end : end + 60]) for end in ends) else 0.0


def _aged(candidate: Candidate, start: int, end: int) -> str | None:
    """Whose age stands at `start..end` of the candidate's text: who is named right behind it ("23-year-old Ana Lee"),
    else who was named last before it; None where nobody is named."""
    behind = candidate.start + end
    before: str | None = None
    for mention in sorted(candidate.mentions, key=lambda one: one.start):
        between = candidate.article.text[behind : mention.start] if mention.start >= behind else None
        if (
            between is not None
            and len(between.split()) <= _WORDS_BETWEEN
            and not _ENDS_PHRASE.search(between)
        ):
            return mention.name
        if mention.end <= candidate.start + start:
            before = mention.name
    return before


_WORDS_BETWEEN = 3
"""Of an occupation: "the 23-year-old Danish pole vaulter Ana Lee"."""
_ENDS_PHRASE = re.compile(r"[,.;:()]")
_MEASURED = re.compile(r"\bhow\s+(often|long|old|high|tall|deep|wide|fast|heavy)\b", re.IGNORECASE)
_LENGTH = re.compile(
    r"\b(?:miles?|kilomet\w+|met(?:re|er)s?|feet|foot|inch\w*|km|cm|mm|yards?|storeys?|stories)\b|\d\s?m\b",
    re.IGNORECASE,
)
_MEASURES = {
    "often": re.compile(r"\b(?:times|once|twice|daily|weekly|monthly|annual\w*|every|each)\b", re.IGNORECASE),
    "long": re.compile(
        rf"\b(?:seconds?|minutes?|hours?|days?|weeks?|months?|years?|decades?|centur\w+)\b|{_LENGTH.pattern}",
        re.IGNORECASE,
    ),
    "old": re.compile(r"\b(?:years?|aged?|months?|centur\w+)\b|, \d{1,3},", re.IGNORECASE),
    "fast": re.compile(r"\b(?:mph|km/h|knots|per hour|an hour|a second|minutes?|seconds?)\b", re.IGNORECASE),
    "heavy": re.compile(r"\b(?:kilo\w*|kg|tons?|tonnes?|pounds?|grams?)\b", re.IGNORECASE),
    **dict.fromkeys(("high", "tall", "deep", "wide"), _LENGTH),
}
