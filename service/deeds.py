"""What was done, in questions and in candidates: the verb that "who" asks about, the deed that "what did … do" names.

A verb is more than its stem. With a particle it is another verb, alone it says nothing of what it was done to, and a
reaction is somebody's own. Pure functions over words.
"""

from __future__ import annotations

import re

from service.candidates import Candidate
from service.questions import Question
from service.terms import Term, terms_of


def deed(question: Question) -> Term | None:
    """The word of the topic that says what was done, in "What did Ruth Ames wear to the ball?"; None where the question
    is put otherwise."""
    text = question.text[:1].lower() + question.text[1:]
    found = _DEED.search(text)
    if found is None:
        return None
    return next((term for term in question.topic if term.surface == found["deed"]), None)


def verb_met(question: Question, candidate: Candidate) -> bool:
    """Whether what "who" did is in the candidate: the first word of the topic, unless that is a name. A verb that means
    something else with a particle has to stand there with it: a tide that comes once came up with nothing."""
    first = question.topic[0] if question.topic else None
    if first is None or first.is_name:
        return True
    particle = re.search(
        rf"\b{re.escape(first.surface)}\s+(?P<word>{_PARTICLES})\b", question.text, re.IGNORECASE
    )
    if particle is None:
        return first.matches(candidate.keys)
    text = candidate.text
    return any(
        re.match(rf"\s(?:\w+\s+){{0,3}}?{particle['word']}\b", text[term.end :], re.IGNORECASE)
        for term in terms_of(text)
        if term.matches(first.keys)
    )


def only_verb_met(question: Question, candidate: Candidate) -> bool:
    """Whether the candidate has what "who" did and nothing of what it was done to, nor a word that points at it: "We
    stopped arguing" does not tell who stopped the train."""
    first, *others = question.topic
    if not others or first.is_name or any(term.matches(candidate.keys) for term in others):
        return False
    return _POINTING.search(candidate.text) is None


def is_reaction_of_another(question: Question, candidate: Candidate) -> bool:
    """Whether "How did Norway react to …?" meets with words of somebody else, in a sentence that is not about Norway
    from its start: Sweden's concerns about Norway are no reaction of Norway's."""
    found = _REACTION.match(question.text) if question.speaker is None else None
    speakers = [quotation.speaker for quotation in candidate.quotations if quotation.speaker]
    if found is None or not speakers:
        return False
    asked = terms_of(found["who"])[-1:]
    opening = terms_of(candidate.text)[: len(asked) + 2]
    reacts = [*opening, *(term for speaker in speakers for term in terms_of(speaker))]
    return bool(asked) and not any(asked[0].matches(term.keys) for term in reacts)


_DEED = re.compile(
    r"\b(?:what|how\s+(?:much|many)(?:\s+[\w’'-]+)?)\s+(?:did|does|do|will|would|has|have|had)\s+.+?\s+(?P<deed>[a-z]+)"
    r"(?=\s*(?:[?.]|$)|\s+(?:for|from|at|in|on|of|to|about|after|before|during|with|by|the|a|an|this|that|last|next)\b"
    r"|\s+[A-Z])"
)
_REACTION = re.compile(
    r"(?:and\s+)?how\s+(?:did|does|do|has|have)\s+(?P<who>.+?)\s+(?:react|reacted|respond|responded|reply|replied)\s+to\b",
    re.IGNORECASE,
)
_PARTICLES = "up|out|off|down|over|away|back|forward|along|through|together|apart|aside"
_POINTING = re.compile(r"\b(?:it|them|this|that|these|those|its|their|him|her)\b", re.IGNORECASE)
