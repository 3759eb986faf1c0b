"""Whom "he" means and what "it" means, in a question that follows others.

The latest exchange that names something of the right kind decides: what the reader asked about before what was
answered, a name before a description. A pronoun that its own question explains is left alone.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from service import follow_up_patterns as patterns
from service.discourse import Company, main_thing, mentions_in_question, question_of, stands_in_place
from service.noun_phrases import Mention
from service.questions import Question
from service.terms import fold

MOST_PHRASES = 3
"""Phrases before a pronoun, from which on it is taken to mean one of them."""


@dataclass(slots=True)
class Exchange:
    """One question, made to stand alone, and the names in the answer to it."""

    question: Question
    mentions: list[Mention]
    answered: list[Mention] = field(default_factory=list)


def with_names(text: str, exchanges: Sequence[Exchange], company: Company) -> tuple[str, list[str]]:
    """The question with names in place of its pronouns and short descriptions, and the words that were taken."""
    uses: list[str] = []
    pieces: list[str] = []
    position = 0
    own = mentions_in_question(question_of(text), company)
    given: dict[str, Mention] = {}
    for match in patterns.PRONOUN.finditer(text):
        word = match.group().lower()
        if not refers(text, match, own):
            continue
        group = patterns.PERSON_PRONOUNS.get(word) or ("they" if word in patterns.GROUP_PRONOUNS else word)
        found = given.get(group) or _antecedent(word, text, exchanges, [m.words for m in given.values()])
        if found is None or (group not in given and fold(found.words) in fold(text)):
            continue
        if group in given and word not in patterns.POSSESSIVES and word != "her":
            continue  # "what did he say when he left": named once
        given[group] = found
        words = found.words
        end = match.end()
        if _is_possessive(word, text, end):
            words += "’" if words.endswith("s") and found.is_plural else "’s"
        before = text[position : match.start()]
        if word == "there":
            before = re.sub(r"\b(?:over|out|up|down|in)\s+$", "", before, flags=re.IGNORECASE)
            joint = "in" if stands_in_place(found) else "at"
            if not re.search(r"\b(?:from|to|near)\s+$", before, re.IGNORECASE):
                words = f"{joint} {words}"
        pieces += [before, words]
        position = end
        uses.append(found.words)
    text = "".join([*pieces, text[position:]])
    if not uses and (fuller := _described(text, own, exchanges)):
        mention, words = fuller
        return text[: mention.start] + words + text[mention.end :], [words]
    return text, uses


def _is_possessive(word: str, text: str, end: int) -> bool:
    if word in patterns.POSSESSIVES:
        return True
    return (
        word == "her"
        and re.match(r"\s+(?!to\b|about\b|in\b|on\b|at\b|for\b|with\b|and\b)[a-z]", text[end:], re.I)
        is not None
    )


def refers(text: str, match: re.Match[str], own: Sequence[Mention]) -> bool:
    """Whether the pronoun means something that its own question does not name before it."""
    word = match.group().lower()
    before = [m for m in own if m.end <= match.start() and not _asked_of(m, text[m.end : match.start()])]
    previous = text[: match.start()].split()[-1:] or [""]
    if len(before) >= MOST_PHRASES:
        return False
    if word in patterns.OBJECT_PRONOUNS and len(before) == 1 and before[0].is_subject:
        between = text[before[0].end : match.start()]
        possessive = word == "her" and _is_possessive(word, text, match.end())
        if not possessive and not patterns.CLAUSE.search(between):
            return True  # "Does Kishida agree with him?" asks about somebody else
    if word in patterns.PERSON_PRONOUNS:
        gender = patterns.PERSON_PRONOUNS[word]
        return not any(
            m.kind in ("person", "name") and not m.is_plural and m.gender in (None, gender) for m in before
        )
    if any(match.start() >= m.start() and match.end() <= m.end() for m in patterns.EXPLETIVE.finditer(text)):
        return False
    if word == "there":
        existential = fold(previous[0]) in patterns.EXISTENTIAL_BEFORE
        return not existential and not patterns.EXISTENTIAL_AFTER.match(text, match.end()) and not any(
            stands_in_place(m) for m in before
        )  # fmt: skip
    said = word in ("this", "that", "it") and patterns.SAID_IT.search(text[: match.start()])
    if said and not text[match.end() :].strip(" ?.!"):
        return False  # "When did he say that?": the topic follows
    if word in ("this", "that", "these", "those"):
        alone = patterns.DEMONSTRATIVE_ALONE.match(text, match.end()) is not None
        return alone and fold(previous[0]) in patterns.BEFORE_DEMONSTRATIVE and not before
    if word in patterns.GROUP_PRONOUNS:
        joined = len(before) > 1
        return not (joined or any(m.is_plural or m.kind in ("group", "place", "name") for m in before))
    return not any(m.kind not in ("person", "time") and not m.is_plural for m in before)


def _asked_of(mention: Mention, between: str) -> bool:
    """Whether the phrase is what is asked of the pronoun: "which gates does it have", "what time it opens"."""
    words = between.split()
    return mention.is_asked and (
        all(fold(word) in patterns.MODALS | patterns.AUXILIARIES for word in words)
        or fold(mention.words) in patterns.TIME_NOUNS
    )


def _antecedent(word: str, text: str, exchanges: Sequence[Exchange], taken: Sequence[str]) -> Mention | None:
    """Whom or what a pronoun means: the latest exchange that names something of the right kind."""
    replies = patterns.REPLIES.search(text) is not None
    for exchange in reversed(exchanges):
        asked = [m for m in exchange.mentions if not m.is_asked and m.words not in taken]
        found: Mention | None
        if word in patterns.PERSON_PRONOUNS:
            found = person_of(patterns.PERSON_PRONOUNS[word], exchange, replies=replies)
        elif word == "there":
            found = next((m for m in reversed(asked) if stands_in_place(m)), None)
            found = found or main_thing(m for m in asked if m.kind == "thing" and not m.is_subject)
        elif word in patterns.GROUP_PRONOUNS:
            counted = [m for m in exchange.mentions if m.is_asked and m.is_plural]
            found = _pair(exchange.question.text, asked) or next(iter(counted), None)
            found = found or main_thing(asked, plural=True)
            found = found or next((m for m in asked if m.kind in ("group", "place")), None)
            found = found or _only_group(exchange)
        else:
            held = [m for m in asked if m.kind != "person"]
            inert = [m for m in held if m.kind != "group" or m.is_name]
            found = main_thing(inert, plural=False) or main_thing(held, plural=False) or main_thing(held)
            found = found or _only_group(exchange)
        if found is not None:
            return found
    return None


def _only_group(exchange: Exchange) -> Mention | None:
    """The one company, council or pact that an answer names."""
    groups = [m for m in exchange.answered if m.kind == "group"]
    return groups[0] if len(groups) == 1 else None


def _pair(text: str, mentions: Sequence[Mention]) -> Mention | None:
    """Two names joined by "and", as one."""
    for first, second in pairwise(mentions):
        if first.is_name and second.is_name and text[first.end : second.start].strip() in ("and", "or", "&"):
            return Mention(text[first.start : second.end], "person", is_plural=True, is_name=True)
    return None


def person_of(gender: str | None, exchange: Exchange, *, replies: bool) -> Mention | None:
    """The person of an exchange that "he" or "she" means: named in the question, in the answer, then described."""
    asked = [m for m in exchange.mentions if m.kind in ("person", "name") and not m.is_asked]
    if replies:
        others = [m for m in asked if not m.is_subject]
        asked = others or asked
    named = [m for m in asked if m.is_name]
    answered = [m for m in exchange.answered if m.kind == "person"]
    described = [m for m in asked if not m.is_name and not m.is_plural]
    sure = [m for m in answered if gender is not None and m.gender == gender]
    for group in ([m for m in named if m.kind == "person"], sure, named, answered, described):
        fitting = [m for m in group if gender is None or m.gender == gender] or [
            m for m in group if m.gender is None
        ]
        if fitting:
            return fitting[0]
    return None


def _described(
    text: str, own: Sequence[Mention], exchanges: Sequence[Exchange]
) -> tuple[Mention, str] | None:
    """ "the company" as it was called before, in a question that names nothing."""
    if any(m.is_name and not m.is_asked for m in own):
        return None
    alone = sum(not m.is_asked for m in own) == 1
    for mention in own:
        article, _, noun = mention.words.partition(" ")
        if (
            article.lower() not in ("the", "that", "this")
            or not noun
            or " " in noun
            or mention.kind == "person"
        ):
            continue
        if patterns.COMPLEMENT.match(text, mention.end):
            continue  # "the meeting with the president" says which
        for exchange in reversed(exchanges):
            for other in reversed(exchange.mentions):
                words = fold(other.words).split()
                described = len(words) > 1 + (words[0] in patterns.DETERMINERS)
                if words[-1] == fold(noun) and described:
                    return mention, re.sub(r"^(?:(?:the|an?)\s+)?", "the ", other.words, flags=re.IGNORECASE)
            if fold(noun) in patterns.GROUP_NOUNS and alone:
                named = [*reversed(exchange.mentions), *exchange.answered]
                group = next((m for m in named if m.is_name and m.kind in ("group", "name")), None)
                if group is not None:
                    return mention, group.words
    return None
