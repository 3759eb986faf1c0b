"""One question made into another that asks something else of the same thing. Pure functions over words.

"Did the council approve the barrier?" asked "when?" is "When did the council approve the barrier?". English word order
is kept where a rule can keep it; where none can, the words of the old question stay, since what is looked for in the
articles are its words.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

from service.discourse import Company, is_place, main_thing, mentions_in_question, question_of, topic_phrase
from service.follow_up_patterns import ATTRIBUTES, MODALS, ORDINAL, ORDINALS
from service.noun_phrases import Mention
from service.question_patterns import AUX, SAY
from service.questions import Question
from service.terms import fold
from service.values import values_of

_YES_NO = re.compile(rf"^(?P<aux>{AUX})\s+(?P<rest>.+)$", re.IGNORECASE)
_ASKED = re.compile(
    r"^(?:and\s+|but\s+|so\s+)?(?P<wh>(?:(?:in|at|on|to|from|by|with|for|of|against|under)\s+)?(?:how\s+(?:many|much)"
    r"|which|what|whose)(?:\s+(?!(?:else|all)\b)(?P<n>(?!AUX\b)[\w’'-]+(?:\s+(?!AUX\b)[\w’'-]+){0,3}?))?"
    r"|(?:by\s+|with\s+|to\s+)?whom?|what\s+else|when|where|why|how(?:\s+(?:long|old|far|often|tall|big))?)\s+"
    r"(?P<aux>AUX)\s+(?P<rest>.+)$".replace("AUX", AUX),
    re.IGNORECASE,
)
_SUBJECT = re.compile(
    r"^(?:and\s+|but\s+|so\s+)?(?P<wh>who|what|which|how\s+many)\s+(?P<rest>.+)$", re.IGNORECASE
)
_PARTICIPLE = re.compile(
    r"^(?:been\s+|being\s+|to\s+|not\s+)?\w+(?:ed|ing|en)\b|^(?:to|in|at|on|there)\b", re.IGNORECASE
)
_PLURAL = {"is": "are", "was": "were", "has": "have", "does": "do"}
_SAME = {"how come": "why", "what for": "why", "why not": "why", "who from": "from whom", "who for": "for whom",
         "who with": "with whom", "who by": "by whom", "who to": "to whom"}  # fmt: skip
_ANYONE = re.compile(r"^(?:anyone|anybody|someone|somebody)\s+", re.IGNORECASE)
_ABOUT = r"(?:about|on|of|to|in|at|for|with|over|regarding|concerning)"


def recast(question: str, asked: str) -> str:
    """The question with another question word: `asked` is "when", "how much", "by whom"."""
    body = _bare(question)
    asked = _capital(_SAME.get(asked.lower(), asked.lower()))
    if match := _YES_NO.match(body):
        rest = match["rest"]
        counted = re.match(r"(?:the\s+)?(?P<n>[a-z]\w*s|people)\s+(?P<v>.+)$", rest)
        if asked == "How many" and counted:
            return f"How many {counted['n']} {match['aux'].lower()} {counted['v']}?"
        if asked == "Who":
            rest = _ANYONE.sub("", rest)
        return f"{asked} {match['aux'].lower()} {rest}?"
    if body.lower().startswith("what happened"):
        return f"{asked} did it happen{body[len('what happened') :]}?"
    if match := _ASKED.match(body):
        aux, rest, noun = match["aux"].lower(), match["rest"], match["n"]
        if noun and aux not in MODALS and _PARTICIPLE.match(rest):
            return f"{asked} {aux} {noun} {rest}?"
        spoken = re.match(rf"(?P<s>.+?\b(?:{SAY}))\b(?P<t>(?:\s+{_ABOUT}\b.*)?)$", rest, re.IGNORECASE)
        if spoken and match["wh"].lower().startswith(("what", "how")) and not noun:
            return f"{asked} {aux} {spoken['s']} that{spoken['t']}?"
        return f"{asked} {aux} {rest}{' ' + noun if noun else ''}?"
    if match := _SUBJECT.match(body):
        first, _, others = match["rest"].partition(" ")
        if match["wh"].lower() in ("who", "what"):
            verb = _PLURAL.get(first.lower(), first)
            if first.lower() in ("is", "are", "was", "were"):
                return f"{asked} {first.lower()} {others}?"
            return f"{asked} did those who {verb}{' ' + others if others else ''} do so?"
        return f"{asked} was it that {match['rest']}?"
    return f"{asked}: {body}?"


def who_said(question: Question, topic: str | None) -> str:
    """Who said what the question asks about."""
    if question.speaker is not None or question.kind == "who_said":
        return f"Who said something about {topic}?" if topic else question.text
    body = _bare(question.text)
    if match := _YES_NO.match(body):
        aux, rest = match["aux"].lower(), match["rest"]
        if aux in ("did", "does", "do"):
            return f"Who said that {rest}?"
        subject = re.match(r"(?:(?:the|a|an)\s+)?\S+", rest)
        cut = subject.end() if subject else 0
        return f"Who said that {rest[:cut]} {aux}{rest[cut:]}?"
    return f"Who said something about {topic}?" if topic else question.text


def more(question: Question) -> str:
    """Everything else that is told on the question."""
    if question.speaker is not None and re.match(r"what\s+(?!else\b)", question.text, re.IGNORECASE):
        return re.sub(r"^what\s+", "What else ", question.text, flags=re.IGNORECASE)
    return question.text


def swapped(question: Question, words: str, company: Company) -> tuple[str, str]:
    """The question with `words` ("Albanese", "in 2023", "about Gaza", "the second one") in the place of what is of the
    same kind in it, and what was left of the old question, for the record."""
    text = question.text
    mentions = mentions_in_question(question, company)
    topic = topic_phrase(question, mentions)
    about = re.match(r"^(?P<p>about|on|regarding|concerning)\s+(?P<x>.+)$", words, re.IGNORECASE)
    bare = about["x"] if about else re.sub(r"^(?:by|from|with|to|for|in|at)\s+(?!\d)(?=[A-Z])", "", words)
    times = [value for value in values_of(words) if value.kind in ("date", "year", "weekday")]
    if times and not about and len(words.split()) <= 5:
        return _with_time(text, words, times[0].start, times[-1].end), text
    led = re.match(r"^(?:by|from|with|to|for|in|at|on|after|before|under|during|against|without)\s", words)
    if led and not about and (not bare[0].isupper() or company.kind_of(bare) != "place" or bare == words):
        return f"{_bare(text)} {words}?", text
    source = re.search(r"\baccording to\s+[^,?]+", text, re.IGNORECASE)
    if words.lower().startswith("according to "):
        return (_put(text, *source.span(), words) if source else f"{_bare(text)} {words}?"), text
    if ordinal := ORDINAL.match(bare):
        found = _with_ordinal(text, ordinal["o"].lower(), mentions)
        if found:
            return found, text
    speaker = _speaker(question)
    if about and speaker is not None:
        return _with_topic(text, question, bare, topic), text
    target = _target(bare, question, mentions, company)
    if target is not None:
        return _put(text, target.start, target.end, bare), text
    plain = fold(re.sub(r"^(?:the|a|an)\s+", "", bare))
    if speaker is not None and company.kind_of(bare, speaks=bare[0].isupper()) == "person":
        return _put(text, *speaker, bare), text
    if speaker is not None:
        return _with_topic(text, question, bare, topic), text
    thing = main_thing(mentions)
    if plain.split()[-1] in ATTRIBUTES and thing is not None and plain not in fold(thing.words):
        return f"What is {bare if bare.lower().startswith('the ') else 'the ' + bare} of {thing.words}?", text
    if thing is not None and not bare[0].isupper():
        return _put(text, thing.start, thing.end, bare), text
    return f"{_bare(text)}, in {bare}?" if topic else f"What about {bare}?", text


def with_topic(text: str, topic: str, joint: str) -> str:
    """The question with "about AUKUS" at its end, or "(AUKUS)" where no word can be said to join them."""
    return f"{_bare(text)} {joint} {topic}?" if joint else f"{_bare(text)} ({topic})?"


def _target(words: str, question: Question, mentions: Sequence[Mention], company: Company) -> Mention | None:
    """The phrase of the question that `words` can stand in for: of the same kind, a speaker before others."""
    speaker = _speaker(question)
    name = re.sub(r"^the\s+(?=[A-Z])", "", words)
    if not name[0].isupper():
        typed_low = speaker is not None and question.text[1:] == question.text[1:].lower()
        if not (typed_low and _may_be_name(words)):
            return _described_target(words, mentions, speaker)
    kind = company.kind_of(name)
    named = [m for m in mentions if m.is_name and not m.is_asked]
    spoken = [m for m in named if speaker is not None and m.start >= speaker[1]]
    if kind == "place":
        same = [m for m in (spoken or named) if m.kind == "place"] or [m for m in named if m.kind == "place"]
        return same[0] if same else None
    if kind in ("group", "name"):
        exact = [m for m in spoken or named if m.kind == kind and kind == "group"]
        if exact:
            return exact[0]
    if speaker is not None and kind != "group":
        return next((m for m in mentions if m.start <= speaker[0] < m.end), None) or Mention(
            question.text[speaker[0] : speaker[1]], "person", speaker[0], speaker[1]
        )
    same = [m for m in named if m.kind == kind or {m.kind, kind} <= {"person", "name"}]
    same = same or [m for m in named if "name" in (m.kind, kind) and m.kind not in ("place", "time")]
    if not same and question.kind == "define":
        same = named
    return same[0] if same else None


def _may_be_name(words: str) -> bool:
    """Whether a word typed without capitals, after a speaker typed without them, is likelier another speaker."""
    lowered = words.lower()
    return (
        " " not in lowered
        and not lowered.endswith("s")
        and lowered not in ATTRIBUTES
        and not is_place(lowered)
    )


def _described_target(
    words: str, mentions: Sequence[Mention], speaker: tuple[int, int] | None
) -> Mention | None:
    """What "the senator" stands in for: another person who is described, or the speaker."""
    described = mentions_in_question(question_of(f"Who is {words}?"), Company())
    if not described or described[-1].kind != "person":
        return None
    persons = [m for m in mentions if m.kind == "person" and not m.is_asked]
    if speaker is not None:
        return next((m for m in persons if m.start <= speaker[0] < m.end), None) or (
            Mention("", "person", speaker[0], speaker[1])
        )
    return persons[0] if persons else None


def _speaker(question: Question) -> tuple[int, int] | None:
    """Where the speaker stands in the question."""
    if question.speaker is None:
        return None
    at = question.text.find(question.speaker)
    return (at, at + len(question.speaker)) if at >= 0 else None


def _with_topic(text: str, question: Question, words: str, topic: str | None) -> str:
    if topic and topic in text:
        at = text.rfind(topic)
        return _put(text, at, at + len(topic), words)
    return with_topic(text, words, "about")


def _with_time(text: str, words: str, first: int, last: int) -> str:
    old = [value for value in values_of(text) if value.kind in ("date", "year", "weekday")]
    if not old:
        return f"{_bare(text)} {words}?"
    start, end = old[0].start, old[-1].end
    lead = re.search(r"\b(?:in|on|by|since|until|before|after|during)\s+$", text[:start], re.IGNORECASE)
    if lead and first > 0:
        start = lead.start()
        return _put(text, start, end, words)
    return _put(text, start, end, words[first:last])


def _with_ordinal(text: str, ordinal: str, mentions: Sequence[Mention]) -> str | None:
    """ "the first pillar" becomes "the second pillar"; of two things joined by "and", one is picked."""
    match = re.search(rf"\b(?:{'|'.join(ORDINALS)}|last|other)\b", text, re.IGNORECASE)
    if match and ordinal not in ("former", "latter"):
        return _put(text, *match.span(), ordinal)
    index = {"former": 0, "latter": 1, "last": -1, "other": 1}.get(ordinal)
    index = ORDINALS.index(ordinal) if index is None else index
    pairs = [(a, b) for a, b in pairwise(mentions) if text[a.end : b.start].strip(" ,") == "and"]
    if not pairs or not -1 <= index <= 1:
        return None
    first, second = pairs[0]
    return _put(text, first.start, second.end, (first, second)[index].words)


def _put(text: str, start: int, end: int, words: str) -> str:
    before = text[:start]
    named = words[0].isupper() and not text[start].isupper()
    if before.lower().endswith("the ") and (named or re.match(r"(?:the|a|an)\s", words, re.IGNORECASE)):
        before = before[:-4]
    possessive = "’s" if re.search(r"['’]s$", text[start:end]) and not re.search(r"['’]s$", words) else ""
    return f"{before}{words}{possessive}{text[end:]}"


def _bare(text: str) -> str:
    return text.strip().rstrip("?.! ")


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]
