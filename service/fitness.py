"""Whether a candidate holds the kind of answer that was asked for: a number of the right thing, a date, a name, the
words of the right speaker. Pure functions over words."""

from __future__ import annotations

import re
from itertools import pairwise

from service.candidates import Candidate
from service.question_patterns import Kind
from service.questions import Question
from service.spoken import spoken_by
from service.terms import Term, fold, keys_of, terms_of
from service.values import Value, values_of

_TIME_WORDS = re.compile(
    r"\b(?:last|next|this|later|earlier|past|coming|previous)\s+(?:\w+\s+)?(?:week|month|year|night|day|summer|winter|spring|autumn|fall|weekend|decade|season)s?\b"
    r"|\b(?:today|tonight|yesterday|tomorrow|midnight|noon|ago|overnight|century)\b|\b\d{1,2}(?::\d\d)?\s?[ap]\.?m\b",
    re.IGNORECASE,
)
_PLACE = re.compile(
    r"\b(?:in|at|near|on|to|from|off|outside|inside|across|through|over|around|along|into)\s+(?:the\s+|a\s+)?(?:\w+\s+)?[A-Z]\w+"
)
_REASON = re.compile(
    r"\b(?:because|since|due to|owing to|in order to|so that|so as to|as a result|thanks to|amid|in response"
    r"|in the face of|aim(?:s|ed|ing)?|goal|purpose|reason|driven by|caused?|prompt(?:s|ed)|counter(?:s|ing)?"
    r"|deter(?:s|rence|ring)?|response to|worr(?:y|ies|ied)|concern(?:s|ed)?|fear(?:s|ed)?|meant to|intended to"
    r"|designed to|seek(?:s|ing)?|effort to|therefore|hence|blamed?|comes? as|came as)\b",
    re.IGNORECASE,
)


def fitness(question: Question, candidate: Candidate) -> float:
    """How well the candidate holds the kind of answer asked for, 0..1."""
    kind = question.kind
    if question.speaker is not None:
        return 1.0 if spoken_by(question.speaker, candidate) else 0.0
    if kind is Kind.WHO_SAID:
        return 1.0 if any(quotation.speaker for quotation in candidate.quotations) else 0.0
    text = candidate.text
    if kind in (Kind.COUNT, Kind.PERCENT, Kind.AMOUNT):
        return _quantity_fit(question, text, values_of(text))
    if kind is Kind.WHEN:
        if any(value.kind in ("date", "weekday", "year") for value in values_of(text)):
            return 1.0
        return 0.8 if _TIME_WORDS.search(text) else 0.0
    if kind is Kind.DEFINE:
        return _defines(question, text)
    if kind is Kind.WHERE:
        if _PLACE.search(text):
            return 1.0
        return 0.6 if _new_name(question, candidate) >= 0.7 else 0.2
    if kind is Kind.WHY:
        return 1.0 if _REASON.search(text) else 0.4
    if kind is Kind.WHO and _ROLE_ASKED.match(question.text):
        return _role_fit(question, candidate)
    if kind is Kind.NAME:
        if not _PERSON.search(question.text):
            return _new_name(question, candidate)
        asked = question.keys
        named = [mention for mention in candidate.mentions if mention.kind == "name"]
        return 1.0 if any(keys_of(mention.name.split()[-1]).isdisjoint(asked) for mention in named) else 0.3
    if kind is Kind.WHO:
        return _new_name(question, candidate)
    if kind is Kind.WHICH:
        return 1.0 if _new_name(question, candidate) >= 0.7 else 0.3
    return 0.7


_ROLE_ASKED = re.compile(
    r"^(?:and\s+|so\s+)?who(?:\s+(?:is|are|was|were)|['’]s)\s+(?:the\s+|a\s+|[\w.-]+['’]s?\s+)", re.IGNORECASE
)


def _role_fit(question: Question, candidate: Candidate) -> float:
    """Whether the candidate gives somebody the asked role: its words side by side with a name that is not in the
    question ("Defense Secretary Lloyd Austin", "Lloyd Austin, the defense secretary")."""
    role = [term for term in question.topic if not term.is_name][-2:]
    asked = question.keys
    terms = terms_of(candidate.text)
    if len(role) == 2:
        held = [
            two for one, two in pairwise(terms) if one.matches(role[0].keys) and two.matches(role[1].keys)
        ]
    else:
        held = [term for term in terms if role and term.matches(role[0].keys)]
    for term in held:
        start, end = candidate.start + term.start, candidate.start + term.end
        for mention in candidate.mentions:
            after, before = mention.start - end, start - mention.end
            beside = 0 <= after <= 4 or 0 <= before <= 28
            if mention.kind == "name" and beside and keys_of(mention.name.split()[-1]).isdisjoint(asked):
                return 1.0
    kin = any(fold(term.surface) in _KIN for term in role)
    return 0.6 if held and not kin and _new_name(question, candidate) >= 0.7 else 0.2


_KIN = frozenset(
    "wife husband spouse partner son daughter mother father brother sister parents children".split()
)
_PERSON = re.compile(
    r"\b(?:astronaut|official|diplomat|minister|president|man|woman|person|player|coach|officer|doctor|scientist|author"
    r"|wife|husband|son|daughter|leader)s?\b",
    re.IGNORECASE,
)


def _new_name(question: Question, candidate: Candidate) -> float:
    """Whether the candidate names somebody (1.0), or at least something (0.7), that the question does not."""
    asked = question.keys
    if any(keys_of(mention.name.split()[-1]).isdisjoint(asked) for mention in candidate.mentions):
        return 1.0
    new = any(term.is_name and term.keys.isdisjoint(asked) for term in terms_of(candidate.text))
    return 0.7 if new else 0.3


_APPOSITION = re.compile(
    r"^[\w\s’'”\"-]{0,14}(?:,|–|—|-|\()\s*(?:a|an|the|who|which)\b|^\s+(?:is|was|are|were)\s+(?:a|an|the)\b|^\s+of\s"
)


def _defines(question: Question, text: str) -> float:
    """How far the text says what the asked name is: "X, a scholar at…", "the pact X", "X is the…"."""
    head = question.topic[-1] if question.topic else None
    if head is None:
        return 0.0
    named = [term for term in terms_of(text) if term.matches(head.keys)]
    if not named:
        return 0.0
    return 1.0 if any(_APPOSITION.search(text[term.end : term.end + 40]) for term in named) else 0.5


def _quantity_fit(question: Question, text: str, values: tuple[Value, ...]) -> float:
    if question.kind is Kind.PERCENT:
        return 1.0 if any(value.kind == "percent" for value in values) else 0.0
    if question.kind is Kind.AMOUNT:
        if any(value.kind == "money" for value in values) or _WORDED_MONEY.search(text):
            return 1.0
        if _PRICE_ASKED.search(question.text):
            return 0.0
        return 0.5 if any(value.kind in ("number", "percent", "words") for value in values) else 0.0
    if _PAIR_ASKED.search(question.text):
        return 1.0 if _PAIR.search(text) else 0.0
    numbers = [value for value in values if value.kind in ("number", "words")]
    measured = _MEASURED.search(question.text)
    if measured:
        in_units = _MEASURES[measured[1].lower()].search(text) is not None
        worded = 0.7 if measured[1].lower() in ("long", "often") else 0.0  # "take months", "every year"
        return (1.0 if numbers else worded) if in_units else 0.35 if numbers else 0.0
    if asked_values(question, text):
        return 1.0 if _counts_things(question) else 0.9
    if any(value.kind == "percent" for value in values) or (numbers and _NUMBER_OF.search(text)):
        return 0.6
    return 0.35 if numbers else 0.0


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


def asks_for_value(question: Question) -> bool:
    """Whether only a number, a sum or a percentage can answer."""
    return question.kind in _VALUE_KINDS


def asked_values(question: Question, text: str) -> tuple[Value, ...]:
    """The values of `text` that could answer the question: of the asked kind, and of the counted thing if any."""
    kinds = _VALUE_KINDS.get(question.kind, frozenset())
    values = [
        value for value in values_of(text) if value.kind in kinds and not _ORDINAL.search(value.written)
    ]
    if _counts_things(question):
        values = [value for value in values if counts(question, text, value)]
    elif question.counted:
        values = [value for value in values if not _UNIT.match(text, value.end)]
    return tuple(values)


_VALUE_KINDS: dict[Kind, frozenset[str]] = {
    Kind.COUNT: frozenset({"number", "words"}),
    Kind.AMOUNT: frozenset({"money"}),
    Kind.PERCENT: frozenset({"percent"}),
}
_NUMBER_OF = re.compile(r"\b(?:numbers?|total|figure|count)\s+of\b", re.IGNORECASE)
_UNIT = re.compile(
    r"\s?(?:%|percent|per cent|seconds?|minutes?|hours?|days?|weeks?|months?|years?|decades?|miles?|kilomet\w+"
    r"|met(?:re|er)s?|feet|km|tons?|tonnes?|dollars|pounds|euros|yen|times|[ap]\.?m)\b",
    re.IGNORECASE,
)
_ORDINAL = re.compile(r"\d(?:st|nd|rd|th)$")


def _counts_things(question: Question) -> bool:
    """Whether "how many" names what it counts, other than people in general, who are counted in many words."""
    return bool(question.counted) and question.counted[-1].surface.lower() not in _ANYBODY


_WORDED_MONEY = re.compile(
    r"\b(?:hundred|thousand|million|billion|trillion)s?\s+(?:of\s+)?(?:dollars|pounds|euros|yen|yuan|rupees)\b",
    re.IGNORECASE,
)
_PRICE_ASKED = re.compile(
    r"\b(?:costs?|price|money|cash|pay|paid|pays|worth|fee|fine|fund(?:s|ing|ed)?|fares?|budget)\b",
    re.IGNORECASE,
)
_PAIR_ASKED = re.compile(r"\b(?:score|vote|margin)\b", re.IGNORECASE)
_PAIR = re.compile(r"\b\d+\s?(?:-|–|to|against)\s?\d+\b|\bunanim", re.IGNORECASE)
_ANYBODY = frozenset("people persons individuals times things percent points".split())


def counts(question: Question, text: str, value: Value, reach_words: int = 5) -> bool:
    """Whether `value` counts what the question counts: its noun follows within a few words, or stands just before, and
    no name between them makes it another thing ("54,000 U.S. troops" are no Japanese troops)."""
    head = question.counted[-1]
    asked = frozenset().union(*(term.keys for term in question.counted))
    after = " ".join(text[value.end : value.end + 90].split()[:reach_words])
    before = " ".join(text[max(0, value.start - 60) : value.start].split()[-3:])
    for window in (after, before):
        terms = terms_of(window)
        place = next((number for number, term in enumerate(terms) if term.matches(head.keys)), None)
        if place is None:
            continue
        between = terms[:place] if window is after else terms[place + 1 :]
        named = any(_is_capital(term) for term in question.counted)
        if not named or not any(_is_capital(term) and term.keys.isdisjoint(asked) for term in between):
            return True
    return False


def _is_capital(term: Term) -> bool:
    return term.surface[0].isupper()
