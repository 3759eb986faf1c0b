"""Whether a candidate holds the kind of answer that was asked for: a number of the right thing, a date, a name, the
words of the right speaker. Pure functions over words."""

from __future__ import annotations

import re
from itertools import pairwise

from service.candidates import Candidate
from service.equivalents import COUNTRY_KEYS
from service.measured import age_fit, asks_age, asks_share, has_fraction, measure_fit
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
    r"\b(?:in|at|near|on|to|from|off|outside|inside|across|through|over|around|along|into)\s+(?:the\s+|a\s+)?(?:\w+\s+)?"
    r"(?P<name>[A-Z]\w+)"
)
_CALENDAR = re.compile(
    r"(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day$|(?:January|February|March|April|May|June|July|August|September|October"
    r"|November|December)$"
)
_REASON = re.compile(
    r"\b(?:because|since(?!\s+(?:the\s+)?(?:\d|last|then|early|late|(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)\w*\b))"
    r"|due to|owing to|in order to|so that|so as to|as a result|thanks to|amid|in response"
    r"|in the face of|aim(?:s|ed|ing)?|goal|purpose|reason|driven by|caused?|prompt(?:s|ed)|counter(?:s|ing)?"
    r"|deter(?:s|rence|ring)?|response to|worr(?:y|ies|ied)|concern(?:s|ed)?|fear(?:s|ed)?|meant to|intended to"
    r"|in protest|to (?:demand|protest|oppose|avoid|prevent|protect|stop|replace|ensure|make room|save|help|reduce|end)"
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
        if asks_age(question):
            return age_fit(question, candidate)
        return _quantity_fit(question, text, values_of(text))
    if kind is Kind.WHEN:
        if any(value.kind in ("date", "weekday", "year") for value in values_of(text)):
            return 1.0
        return 0.8 if _TIME_WORDS.search(text) else 0.0
    if kind is Kind.DEFINE:
        return _defines(question, text)
    if kind is Kind.WHERE:
        if any(_is_place(question, match) for match in _PLACE.finditer(text)):
            return 1.0
        return 0.6 if _names_other_than_days(question, candidate) else 0.2
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


def _names_other_than_days(question: Question, candidate: Candidate) -> bool:
    return _new_name(question, candidate) == 1.0 or any(
        term.is_name
        and term.keys.isdisjoint(question.keys)
        and not _CALENDAR.match(term.surface)
        and not _is_nationality(term)
        for term in terms_of(candidate.text)
    )


def _is_nationality(term: Term) -> bool:
    """Whether the word says from which country something is, and is no place: "Danish"."""
    word = fold(term.surface)
    return word not in COUNTRY_KEYS and term.matches(COUNTRY_KEYS) and word.endswith(_OF_A_COUNTRY)


_OF_A_COUNTRY = ("ish", "ese", "an", "ans", "ch", "ss", "i", "is")


def _is_place(question: Question, found: re.Match[str]) -> bool:
    """Whether what follows the preposition could be the place asked for: no day or month, and not of the question."""
    return not _CALENDAR.match(found["name"]) and keys_of(found["name"]).isdisjoint(question.keys)


_ROLE_ASKED = re.compile(
    r"^(?:and\s+|so\s+)?who(?:\s+(?:is|are|was|were)|['’]s)\s+(?:the\s+|a\s+|[\w.-]+['’]s?\s+)", re.IGNORECASE
)


def _role_fit(question: Question, candidate: Candidate) -> float:
    """Whether the candidate gives somebody the asked role: its words side by side with a name that is not in the
    question ("Defense Secretary Lloyd Austin", "Lloyd Austin, the defense secretary")."""
    named_role = _OF.split(question.text[_asked_end(question) :], maxsplit=1)[0]
    role = [term for term in question.topic if not term.is_name and term.surface in named_role][-2:]
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


_OF = re.compile(r"\s+(?:of|for|at|in|on|from|behind|to|who|that|which)\s+", re.IGNORECASE)


def _asked_end(question: Question) -> int:
    found = _ROLE_ASKED.match(question.text)
    return found.end() - 1 if found else 0


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
        if any(value.kind == "percent" for value in values):
            return 1.0
        return 0.9 if has_fraction(text) else 0.0
    if question.kind is Kind.AMOUNT:
        if asks_share(question) and (has_fraction(text) or any(value.kind == "percent" for value in values)):
            return 1.0
        sums = any(value.kind == "money" or _is_sum(question, value) for value in values)
        if sums or _WORDED_MONEY.search(text):
            return 1.0
        if _PRICE_ASKED.search(question.text):
            return 0.0
        return 0.5 if any(value.kind in ("number", "percent", "words") for value in values) else 0.0
    if _PAIR_ASKED.search(question.text):
        return 1.0 if _PAIR.search(text) else 0.0
    numbers = [value for value in values if value.kind in ("number", "words")]
    measured = measure_fit(question, text, has_number=bool(numbers))
    if measured is not None:
        return measured
    if asked_values(question, text):
        return 1.0 if _counts_things(question) else 0.9
    if any(value.kind == "percent" for value in values) or (numbers and _NUMBER_OF.search(text)):
        return 0.6
    return 0.35 if numbers else 0.0


def asks_for_value(question: Question) -> bool:
    """Whether only a number, a sum or a percentage can answer."""
    return question.kind in _VALUE_KINDS and not asks_share(question)


def asked_values(question: Question, text: str) -> tuple[Value, ...]:
    """The values of `text` that could answer the question: of the asked kind, and of the counted thing if any."""
    kinds = _VALUE_KINDS.get(question.kind, frozenset())
    values = [
        value
        for value in values_of(text)
        if (value.kind in kinds or _is_sum(question, value)) and not _ORDINAL.search(value.written)
    ]
    if _counts_things(question):
        values = [value for value in values if counts(question, text, value)]
    elif question.counted:
        values = [value for value in values if not _UNIT.match(text, value.end)]
    return tuple(values)


def _is_sum(question: Question, value: Value) -> bool:
    """Whether a large number can be a sum in a currency that is not known: "a budget of 412 million marks"."""
    large = value.kind == "number" and re.search(r"illion\b", value.written) is not None
    return large and question.kind is Kind.AMOUNT and _SIZE_OF_SUM.search(question.text) is not None


_SIZE_OF_SUM = re.compile(r"\bhow\s+(?:big|large|high|small|low)\b", re.IGNORECASE)
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
    return bool(question.counted) and question.counted[-1].surface.lower() not in ANYBODY


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
ANYBODY = frozenset("people persons individuals times things percent points".split())


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
