"""When not to answer, and how to say so.

Each candidate is held against what the question turns on: the speaker, the people, places and things it names, the
dates and numbers it names, the kind of value it asks for, and enough of its words and meaning. A candidate with an
objection is not said; when every candidate has one, Dateline abstains and gives the reason that tells readers most.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from service.candidates import Candidate
from service.deeds import is_reaction_of_another, only_verb_met, verb_met
from service.equivalents import COUNTRY_KEYS
from service.fitness import ANYBODY, fitness
from service.question_patterns import Kind
from service.questions import Question
from service.relations import is_reversed, says_opposite
from service.scoring import Parts
from service.values import Value, values_of

Considered = Sequence[tuple[Candidate, Parts]]

LEAST_EVIDENCE = 0.44
LEAST_EVIDENCE_SPOKEN = 0.34
"""What `Parts.evidence` must reach. Words by the very speaker who was asked about need less: speaker and topic together
are already much to agree on."""
LEAST_TITLED = 0.4
"""The same, where the title of the article names all that the question names: whoever speaks there speaks of it."""
LEAST_DIRECT = 0.25
"""Share of the topic that the candidate itself must hold, unless its meaning is close."""
LEAST_DIRECT_BESIDE, BESIDE_FIT, BESIDE_COVERAGE = 0.02, 0.8, 0.5
"""The value asked for often stands in the sentence after the one that has the topic: "The vote was 31 to 17." """
TOUCHED = 0.3
"""Evidence below which the articles do not even touch on the question."""
CONTRARY = 0.7
"""Evidence from which a best candidate that tells the contrary means that nothing else answers."""
_NEGATED = re.compile(
    r"\b(?:did|does|do|has|had|have)(?:n['’]t|\s+not)\b|\bnot\s+(?:say|mention|tell)\b", re.IGNORECASE
)
LEAST_SHARE = 0.55
"""Of the strongest candidate's evidence."""
STRONG_MEANING = 0.60
MEANING_FOR_UNKNOWN = 0.50
MEANING_WITHOUT_MATTER = 0.66
"""Where a candidate shares only names with the question, meaning has to vouch for the rest."""
LEAST_MEANING_TO_DEFINE = 0.33


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why nothing is said, in a sentence for readers, and a stable code for tests and metrics."""

    code: str
    reason: str


_LEAST_FIT = {
    Kind.COUNT: 0.5,
    Kind.AMOUNT: 0.5,
    Kind.PERCENT: 0.9,
    Kind.WHEN: 0.5,
    Kind.WHO_SAID: 0.9,
    Kind.WHO: 0.3,
    Kind.WHICH: 0.3,
    Kind.DEFINE: 0.4,
    Kind.WHY: 0.5,
    Kind.WHERE: 0.5,
    Kind.NAME: 0.6,
}
_WANTED = {
    Kind.COUNT: "gives that number",
    Kind.AMOUNT: "gives that amount",
    Kind.PERCENT: "gives that percentage",
    Kind.WHEN: "says when",
    Kind.WHO_SAID: "quotes anybody on it",
    Kind.WHO: "says who",
    Kind.WHICH: "says which",
    Kind.DEFINE: "says what that is",
    Kind.WHY: "says why",
    Kind.WHERE: "says where",
    Kind.NAME: "gives that name",
}


def objection(
    question: Question,
    candidate: Candidate,
    parts: Parts,
    strongest: float = 0.0,
    unknown: Collection[str] = (),
) -> Refusal | None:
    """Why this candidate must not be given as an answer, or None. `strongest` is the best evidence of any candidate:
    where one that lacks the asked value is far closer to the question, another that has some value is about
    something else. `unknown` are words of the question that the archive nowhere has: then meaning has to vouch."""
    if question.speaker is not None and parts.fit == 0:
        return Refusal("speaker-silent", f"No article that was found quotes {question.speaker} on this.")
    if parts.names_absent:
        return Refusal(
            "name-missing", f"No article that was found says this about {listed(parts.names_absent)}."
        )
    off_topic = _off_topic(question)
    if question.speaker is None and _other_country(question, candidate):
        return off_topic
    if parts.names_far:
        return off_topic
    if question.speaker is None and (is_reversed(question, candidate) or _instead(question, candidate)):
        return off_topic
    if is_reaction_of_another(question, candidate):
        return off_topic
    if parts.fit < _LEAST_FIT.get(question.kind, 0.0) and question.speaker is None:
        return Refusal("kind-missing", f"The articles touch on this, but none {_WANTED[question.kind]}.")
    if question.speaker is None and parts.matter == 0 and parts.meaning < MEANING_WITHOUT_MATTER:
        return off_topic
    defined = parts.fit == 1.0 and parts.direct == 1.0
    if question.kind is Kind.DEFINE and parts.meaning < LEAST_MEANING_TO_DEFINE and not defined:
        return off_topic
    absent = [value.written for value in question.values if not _holds(value, candidate)]
    if absent:
        return Refusal("value-missing", f"Nothing found speaks of {listed(absent)} in this connection.")
    titled = (
        question.speaker is not None and _is_titled(question, candidate) and parts.evidence >= LEAST_TITLED
    )
    beside = parts.fit >= BESIDE_FIT and parts.coverage >= BESIDE_COVERAGE and question.kind in _LEAST_FIT
    least_direct = LEAST_DIRECT_BESIDE if beside else LEAST_DIRECT
    if question.topic and parts.direct < least_direct and parts.meaning < STRONG_MEANING and not titled:
        return off_topic
    if question.kind is Kind.WHO and not verb_met(question, candidate) and parts.meaning < STRONG_MEANING:
        return off_topic
    if question.kind is Kind.WHO and only_verb_met(question, candidate) and parts.meaning < STRONG_MEANING:
        return off_topic
    if question.kind is Kind.WHICH and parts.fit < BESIDE_FIT and not _noun_met(question, candidate):
        return Refusal("kind-missing", f"The articles touch on this, but none {_WANTED[question.kind]}.")
    if question.kind is Kind.COUNT and not _undergone(question, candidate, parts.meaning):
        return off_topic
    asked_for = MEANING_WITHOUT_MATTER if _deed_asked(question) in unknown else MEANING_FOR_UNKNOWN
    if unknown and question.speaker is None and parts.meaning < asked_for:
        return Refusal("word-missing", f"No article that was found speaks of “{listed(sorted(unknown))}”.")
    least = LEAST_EVIDENCE if question.speaker is None else LEAST_EVIDENCE_SPOKEN
    if question.topic and (parts.evidence < least or parts.evidence < LEAST_SHARE * strongest):
        return off_topic
    return None


def has_kind(question: Question, candidate: Candidate) -> bool:
    """Whether the candidate holds the kind of answer that is asked for, as far as an objection would be raised."""
    return fitness(question, candidate) >= _LEAST_FIT.get(question.kind, 0.0)


def refuse(question: Question, considered: Considered, unknown: Collection[str] = ()) -> Refusal | None:
    """The reason to say nothing at all, given candidates best first; None when one of them may be said."""
    if not question.topic and not question.values and question.speaker is None:
        return Refusal("nothing-asked", "The question names nothing that could be looked for.")
    if question.speaker is not None and _NEGATED.search(question.text):
        return Refusal("negated", "Articles tell what was said, not what was left unsaid.")
    if not considered:
        return Refusal("nothing-found", "No article says anything about this.")
    strongest = max(parts.evidence for _, parts in considered)
    if question.speaker is None and any(
        parts.evidence >= max(CONTRARY, strongest)
        and (is_reversed(question, candidate) or _instead(question, candidate))
        for candidate, parts in considered
    ):
        return _off_topic(question)
    objections = [
        objection(question, candidate, parts, strongest, unknown) for candidate, parts in considered
    ]
    if any(found is None for found in objections):
        return None
    missing = [
        term.surface
        for term in question.names
        if not any(candidate.reading.has_somewhere(term) for candidate, _ in considered)
    ]
    if missing:
        return Refusal("name-missing", f"No article that was found mentions {listed(missing)}.")
    spoken = [found for found, (_, parts) in zip(objections, considered, strict=True) if parts.fit > 0]
    if question.speaker is not None and spoken:
        return spoken[0]
    if strongest < TOUCHED and question.speaker is None:
        return Refusal("nothing-found", "No article says anything about this.")
    return objections[0]


def listed(words: Sequence[str]) -> str:
    """ "A", "A and B", "A, B and C"; each once."""
    unique = list(dict.fromkeys(words))
    return unique[0] if len(unique) == 1 else ", ".join(unique[:-1]) + " and " + unique[-1]


def _off_topic(question: Question) -> Refusal:
    if question.speaker is not None:
        return Refusal("speaker-elsewhere", f"{question.speaker} is quoted, but not on this.")
    return Refusal("weak-evidence", "The articles touch on this, but nothing in them answers it.")


def _other_country(question: Question, candidate: Candidate) -> bool:
    """Whether the question asks about a country and the candidate speaks of others and not of it."""
    asked = question.keys & COUNTRY_KEYS
    told = candidate.keys & COUNTRY_KEYS
    if question.kind in (Kind.COUNT, Kind.AMOUNT, Kind.PERCENT) and asked - told and told - asked:
        return True
    return bool(asked and told and not asked & told)


def _instead(question: Question, candidate: Candidate) -> bool:
    """Whether the candidate tells the contrary of what is asked about; to "did …?" that is an answer."""
    return question.kind is not Kind.YES_NO and says_opposite(question, candidate)


def _noun_met(question: Question, candidate: Candidate) -> bool:
    """Whether the candidate speaks of the kind of thing that "which" asks for: the first word of the topic."""
    noun = question.topic[0] if question.topic else None
    return noun is None or noun.is_name or noun.matches(candidate.keys)


def _undergone(question: Question, candidate: Candidate, meaning: float) -> bool:
    """Whether what "how many people were arrested" asks about was done to anybody in the candidate. Of people in
    general there is always some number; a thing that is counted and a close meaning vouch for each other."""
    found = _DONE_TO.search(question.text)
    anybody = bool(question.counted) and question.counted[-1].surface.lower() in ANYBODY
    if found is None:
        told = candidate.keys | candidate.surroundings
        others = [term for term in question.topic if not term.is_name and term.surface.lower() not in ANYBODY]
        return not anybody or not others or any(term.matches(told) for term in others)
    deed = next((term for term in question.topic if term.surface == found["deed"]), None)
    return deed is None or (not anybody and meaning >= STRONG_MEANING) or deed.matches(candidate.keys)


def _deed_asked(question: Question) -> str | None:
    """The word that says what was done in "What did Ruth Ames wear to the ball?"."""
    found = _DEED.match(question.text[:1].lower() + question.text[1:]) if question.kind is Kind.OPEN else None
    return found["deed"] if found else None


def _is_titled(question: Question, candidate: Candidate) -> bool:
    """Whether the article's title names what the question names, as its subject and not one of several, and the
    candidate points at it: "the pact"."""
    title, names = candidate.article.title or "", question.names
    if not names or _LISTED.search(title) or not _DEFINITE.search(candidate.text):
        return False
    return all(term.matches(candidate.reading.title_keys) for term in names)


_LISTED = re.compile(r"\w, \w[^,]*(?:,| and )")
_DEFINITE = re.compile(r"\b(?:the|this|that)\s+[a-z]+\b|\bit\b")
_DONE_TO = re.compile(
    r"\bhow\s+many\s+[^?]*?\b(?:were|was|are|have\s+been|has\s+been|had\s+been|will\s+be)\s+(?P<deed>\w+(?:ed|en|wn|lt|ld|ght))\b",
    re.IGNORECASE,
)
_DEED = re.compile(
    r"what\s+(?:did|does|do|will|would)\s+(?:(?:he|she|they|it)|(?:the\s+)?[A-Z][\w’'.-]*(?:\s+[A-Z][\w’'.-]*)*)\s+(?P<deed>[a-z]+)\b",
)


def _holds(value: Value, candidate: Candidate) -> bool:
    """Whether the candidate, its title or its day speaks of that date or number."""
    article = candidate.article
    day = (article.published_at or "")[:10]
    known = (*values_of(candidate.text), *values_of(article.title or ""), *values_of(day))
    return any(value.agrees(other) or other.agrees(value) for other in known)
