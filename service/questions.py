"""What a question asks, read from its words alone: the kind of answer, whose words, about what.

No model is needed and nothing is guessed: what a rule does not recognize is an open question whose every content word
counts. The archive's outlets are passed in, so that "according to The Harbour Post" limits the search to it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise

from service.equivalents import FUNCTION_WORDS
from service.outlet_questions import means_outlet, without_outlets, without_reporting
from service.outlets import OutletMention, OutletNames
from service.preambles import without_orders
from service.question_patterns import (
    ACCORDING,
    ASKED_NOUN,
    COUNTED_END,
    DESCRIBED,
    EMPHASIS,
    EMPTY_TOPIC,
    JOINT,
    KIND_WORDS,
    KINDS,
    QUESTION_WORDS,
    SPEECH,
    TALK,
    TITLES,
    WHO_SAID,
    Kind,
)
from service.terms import Term, fold, terms_of
from service.values import Value, values_of


@dataclass(frozen=True)
class Question:
    """A question, understood.

    `speaker` is whose words are asked for, as written and without titles that precede a name; `topic` holds the
    content words that an answer has to be about (speaker and question verbs left out); `counted` the words of the
    thing that "how many" counts; `values` the dates and numbers the question itself names; `mentions` where it
    names outlets of the archive.
    """

    text: str
    kind: Kind
    speaker: str | None
    topic: tuple[Term, ...]
    counted: tuple[Term, ...]
    values: tuple[Value, ...]
    mentions: tuple[OutletMention, ...]

    @property
    def outlets(self) -> tuple[str, ...]:
        """The outlets it names, as metadata writes them."""
        return tuple(dict.fromkeys(name for mention in self.mentions for name in sorted(mention.outlets)))

    @cached_property
    def keys(self) -> frozenset[str]:
        """Every key of every word of the topic."""
        return frozenset(key for term in self.topic for key in term.keys)

    @property
    def names(self) -> tuple[Term, ...]:
        """The topic words that are written as names."""
        return tuple(term for term in self.topic if term.is_name)


def understand(text: str, outlets: OutletNames | None = None) -> Question:
    """Read a question. `outlets` are the archive's own outlets; those the question names are recognized."""
    asked = without_orders(" ".join(text.split()))
    plainly = EMPHASIS.sub(" ", asked)
    names = outlets.names if outlets is not None else ()
    mentions = outlets.mentions(asked) if outlets is not None else ()
    body = plainly
    speaker, said_of, kind = None, None, None
    according = ACCORDING.search(body)
    if according:
        who = according["s"].strip()
        if not any(fold(name) in fold(who) or fold(who) in fold(name) for name in names) and _is_named(who):
            speaker = who
            body = (body[: according.start()] + " " + body[according.end() :]).strip(" ,")
            said_of = body
    who_said = WHO_SAID.match(body)
    if who_said and speaker is None:
        kind, said_of = Kind.WHO_SAID, (who_said["t"] if who_said["t"] is not None else who_said["u"])
    elif speaker is None:
        for pattern in SPEECH:
            match = pattern.match(body.rstrip("?!. "))
            if match and means_outlet(match["s"], mentions):
                said_of = match["t"] or ""
                break
            if match and _could_speak(match["s"]) and not _only_talk(match):
                kind, speaker, said_of = Kind.SPEECH, match["s"].strip(), match["t"] or ""
                break
    if kind is None:
        kind = next((kind for kind, pattern in KINDS if pattern.search(body)), Kind.OPEN)
        if (offered := _offered(body)) and kind in (Kind.OPEN, Kind.YES_NO, Kind.WHICH, offered[1]):
            body, kind = offered
        if speaker and kind in (Kind.OPEN, Kind.YES_NO):
            kind = Kind.SPEECH
    about = said_of if said_of is not None else without_reporting(body, mentions)
    about = without_outlets(about, mentions)
    topic = tuple(_with_first_name(term, about) for term in terms_of(about) if _is_topic(term, kind))
    if kind in (Kind.WHICH, Kind.WHO, Kind.WHERE):
        topic = _without_asked_names(topic, about)
    counted = _counted(about) if kind in (Kind.COUNT, Kind.PERCENT) else ()
    values = tuple(value for value in values_of(about) if value.kind != "words")
    return Question(asked, kind, bare_speaker(speaker) if speaker else None, topic, counted, values, mentions)


_LEAST_PART_WORDS = 3


def as_plain(question: Question) -> Question | None:
    """The same question with a speaker who is only described ("the auditors") as part of what it is about; None when
    nobody's words, or those of somebody named or in office, are asked for."""
    speaker = question.speaker
    if speaker is None or _is_named(speaker) or any(fold(word) in TITLES for word in speaker.split()):
        return None
    kind = next((kind for kind, pattern in KINDS if pattern.search(question.text)), Kind.OPEN)
    if kind is Kind.OPEN:
        return None  # "What did the fans say?" is answered with their words or not at all
    topic = tuple(term for term in terms_of(question.text) if _is_topic(term, kind))
    return replace(question, kind=kind, speaker=None, topic=topic)


def parts_of(text: str) -> tuple[str, ...]:
    """The questions inside a compound one, in order: "Who won, and what did the loser say?" is two.

    A part of fewer than three words ("and why?") cannot stand alone and stays with the part before it.
    """
    parts: list[str] = []
    for piece in JOINT.split(without_orders(" ".join(text.split()))):
        if parts and len(piece.split()) < _LEAST_PART_WORDS:
            parts[-1] = f"{parts[-1]} and {piece}"
        else:
            parts.append(piece)
    return tuple(part.strip(" ,") for part in parts if part.strip(" ,"))


def bare_speaker(written: str) -> str:
    """A speaker without titles before the name: "President Joe Biden" is "Joe Biden"; "the president", "president"."""
    words = re.sub(r"^(?:and|but|so)\s+", "", written.strip(" ,"), flags=re.IGNORECASE).split()
    if len(words) > 1 and fold(words[0]) in ("its", "his", "her", "their"):
        words = words[1:]
    kept = list(words)
    while len(kept) > 1 and fold(kept[1]) not in ("of", "for") and fold(kept[0].rstrip(".,")) in TITLES:
        rest = [word for word in kept[1:] if fold(word.rstrip(".,")) not in TITLES]
        if not rest and fold(kept[0]) not in ("the", "a", "an"):
            break
        kept = kept[1:]
    return re.sub(r"['’]s$", "", " ".join(kept))


def _offered(body: str) -> tuple[str, Kind] | None:
    """A question that offers values to choose from ("£3 million or £4 million?"), without them, and the kind of answer
    it asks for; None when it offers none. Which of them is right, if any, is for the articles to say."""
    values = [value for value in values_of(body) if value.kind in _KIND_OF_OFFER]
    for left, right in pairwise(values):
        between = body[left.end : right.start]
        if left.kind == right.kind and _OR.fullmatch(between):
            return body[: left.start] + body[right.end :], _KIND_OF_OFFER[left.kind]
    return None


_OR = re.compile(r",?\s+or\s+(?:rather\s+)?(?:(?:in|on|at|about|by|to)\s+)?", re.IGNORECASE)
_KIND_OF_OFFER = {
    "money": Kind.AMOUNT,
    "percent": Kind.PERCENT,
    "number": Kind.COUNT,
    "date": Kind.WHEN,
    "year": Kind.WHEN,
    "weekday": Kind.WHEN,
}


def _only_talk(match: re.Match[str]) -> bool:
    """ "Did the two leaders talk about Gaza?" asks for what was discussed: nobody's own words are wanted."""
    verb = match.groupdict().get("v")
    return verb is not None and verb.lower() in TALK and not _is_named(match["s"])


def _is_named(words: str) -> bool:
    """Whether somebody in particular is meant: "Gregory Poling", "kishida", "the White House", not "the auditors"."""
    last = words.rstrip(" ,.?").split()[-1:]
    return not last or fold(last[0]) not in DESCRIBED


def _could_speak(words: str) -> bool:
    """Whether the words before a verb of speech can be a speaker: short, and not only function words."""
    content = [word for word in words.split() if word.lower() not in FUNCTION_WORDS | QUESTION_WORDS]
    return bool(content) and len(words.split()) <= 9


_OF_DEEDS = frozenset({Kind.COUNT})
"""Kinds of answer to which speaking is a deed like any other: "How long did she speak?"; "when did they last talk?" is
answered by calls and meetings, too."""


def _is_topic(term: Term, kind: Kind) -> bool:
    word = fold(term.surface)
    if word in TALK and kind in _OF_DEEDS:
        return True
    return word not in EMPTY_TOPIC | QUESTION_WORDS and word not in KIND_WORDS.get(kind, ())


def _with_first_name(term: Term, text: str) -> Term:
    """A capital at the very start is a name unless the word is a common one; question words are already gone."""
    if term.is_name or not term.surface[0].isupper() or (term.start > 0 and text[: term.start].strip()):
        return term
    return Term(term.start, term.end, term.surface, term.keys, is_name=True)


def _without_asked_names(topic: tuple[Term, ...], text: str) -> tuple[Term, ...]:
    """In "which European country", European describes the answer and need not stand beside it."""
    asked = ASKED_NOUN.search(text)
    if not asked:
        return topic
    return tuple(
        Term(term.start, term.end, term.surface, term.keys, is_name=False)
        if asked.start() <= term.start < asked.end()
        else term
        for term in topic
    )


def _counted(text: str) -> tuple[Term, ...]:
    match = re.search(
        r"\b(?:how\s+many|number\s+of|percentage\s+of|share\s+of)\s+(?P<n>[^?]+)", text, re.IGNORECASE
    )
    if not match:
        return ()
    terms = terms_of(COUNTED_END.split(match["n"], maxsplit=1)[0])
    verb = next((n for n, term in enumerate(terms) if n and term.surface.endswith(("ed", "ing"))), len(terms))
    return terms[:verb]
