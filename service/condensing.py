"""Follow-ups made into questions that stand alone, by a model, and checked before anything is looked for.

A model reads references that rules cannot; it also answers, invents and obeys. So its rewriting counts only when it is
one question of the same kind that keeps the names and numbers of what was typed, takes numbers and claims from the
reader's own messages only, and names from the conversation only. In every other case, and whenever the model fails, the
rules' question (`service.follow_ups`) stands.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Protocol

from ingest.errors import DatelineError
from service.answers import Usage
from service.conversation import Turn
from service.discourse import Company, IsPerson, mentions_in_question, question_of
from service.follow_ups import MAX_TURN_CHARS, MAX_TURNS, Standalone, asks, is_courtesy, standalone
from service.llm import ChatMessage, LanguageModel
from service.quarantine import quarantined, released
from service.question_patterns import EMPTY_TOPIC, KIND_WORDS, QUESTION_WORDS, Kind
from service.terms import fold, key_set, terms_of
from service.values import values_of

MAX_TOKENS = 80
MAX_CHARS = 300
SHOWN_TURNS = 6
SHOWN_CHARS = 600
"""Of each message, the beginning: what is referred to stands there, and a small model has a small context."""
SHORT_WORDS = 3
"""Content words up to which a question without a name is shown to the model although the rules find it complete."""
MOST_BORROWED = 2
"""Words of an answer, within "the …", by which "it" may be named."""

_LABEL = re.compile(
    r"^(?:(?:rewritten|standalone|stand-alone|last)?\s*question|q|rewritten)\s*[:꞉]\s*", re.IGNORECASE
)
_QUOTES = " \t\"'“”‘’`*"
_NEGATION = re.compile(r"\b(?:not|never|no|none|nobody|without)\b|n['’]t\b", re.IGNORECASE)
_FIXED_KINDS = frozenset(
    {Kind.WHEN, Kind.WHERE, Kind.WHY, Kind.COUNT, Kind.AMOUNT, Kind.PERCENT, Kind.WHO, Kind.WHO_SAID}
)
_QUESTION_VOCABULARY = EMPTY_TOPIC | QUESTION_WORDS | frozenset().union(*KIND_WORDS.values())


class CondensePrompt(Protocol):
    """The prompt that asks for a rewriting (`service.templates.Prompt`), with `question` and the prepared `history`."""

    def render(self, **values: str | int) -> tuple[ChatMessage, ...]: ...


def condense(
    question: str,
    history: Sequence[Turn],
    model: LanguageModel,
    prompt: CondensePrompt,
    *,
    is_person: IsPerson | None = None,
) -> Standalone:
    """Make a question stand alone; like `follow_ups.standalone`, and never worse.

    The model is not asked where there is nothing to rewrite: without history, and for a question that says all it
    needs. A model that fails raises nothing here: the rules' result is given.
    """
    by_rules = standalone(question, history, is_person=is_person)
    turns = [turn for turn in history[-MAX_TURNS:] if turn.content.strip()]
    if not turns or is_courtesy(question) or not (by_rules.dependent or _is_short(question)):
        return by_rules
    try:
        written, usage = _written(question, turns, model, prompt)
    except DatelineError:
        return by_rules
    text = accepted(written, question, turns)
    if text is None or fold(text) == fold(by_rules.text):
        return replace(by_rules, usage=usage)
    own = key_set(question)
    uses = tuple(term.surface for term in terms_of(text) if not term.matches(own))
    return Standalone(text, text != question, uses, by_rules.dependent, usage=usage)


def accepted(written: str, question: str, history: Sequence[Turn]) -> str | None:
    """What a model wrote, as a question, if it passes every check; else None.

    Pure: `written` is the model's text as it came, `question` what was typed, `history` what came before.
    """
    lines = [line for line in released(written).splitlines() if line.strip()]
    if len(lines) != 1:
        return None
    text = " ".join(_LABEL.sub("", lines[0].strip(_QUOTES)).strip(_QUOTES).split())
    if not text or len(text) > MAX_CHARS or text.count("?") > 1 or text.rstrip("?").count("?"):
        return None
    if not text.endswith("?") and (question.rstrip().endswith("?") or not asks(question)):
        return None
    if not asks(text) or not _keeps(text, question) or not _takes_only(text, question, history):
        return None
    return text


def _keeps(text: str, question: str) -> bool:
    """Whether the names, values and kind of what was typed are those of the rewriting."""
    keys = key_set(text)
    if any(term.is_name and not term.matches(keys) for term in terms_of(question)):
        return False
    values = values_of(text)
    if any(not any(value.agrees(other) for other in values) for value in values_of(question)):
        return False
    asked = question_of(question).kind
    return asked not in _FIXED_KINDS or question_of(text).kind in (asked, Kind.SPEECH)


def _takes_only(text: str, question: str, history: Sequence[Turn]) -> bool:
    """Whether every word comes from where it may: claims and numbers from the reader, names from anybody."""
    by_reader = [question, *(turn.content[:MAX_TURN_CHARS] for turn in history if turn.role == "user")]
    by_anybody = [*by_reader, *(turn.content[:MAX_TURN_CHARS] for turn in history)]
    known = [value for words in by_reader for value in values_of(words)]
    if any(not any(value.agrees(other) for other in known) for value in values_of(text)):
        return False
    if _NEGATION.search(text) and not any(_NEGATION.search(words) for words in by_reader):
        return False
    readers: set[str] = set().union(*(key_set(words) for words in by_reader))
    anybodys: set[str] = set().union(*(key_set(words) for words in by_anybody))
    things = [
        m for m in mentions_in_question(question_of(text), Company()) if fold(m.words).startswith("the ")
    ]
    borrowed = 0
    for term in terms_of(text):
        if term.matches(readers) or fold(term.surface) in _QUESTION_VOCABULARY:
            continue
        if not term.matches(anybodys):
            return False
        if term.surface[0].isupper():
            continue
        borrowed += 1
        if borrowed > MOST_BORROWED or not any(m.start <= term.start < m.end for m in things):
            return False
    return True


def _written(
    question: str, turns: Sequence[Turn], model: LanguageModel, prompt: CondensePrompt
) -> tuple[str, Usage]:
    """What the model writes, asked with as many of the last turns as its context takes, and what that took."""
    shown = list(turns[-SHOWN_TURNS:])
    messages = prompt.render(question=question, history=_told(shown))
    room = model.context_tokens - MAX_TOKENS
    while len(shown) > 1 and sum(model.count_tokens(message.content) for message in messages) > room:
        del shown[0]
        messages = prompt.render(question=question, history=_told(shown))
    pieces: list[str] = []
    with model.stream(messages, max_tokens=MAX_TOKENS, temperature=0.0) as generation:
        for piece in generation:
            pieces.append(piece)
            if len("".join(pieces)) > 2 * MAX_CHARS:
                break
    return "".join(pieces), generation.usage


def _told(turns: Sequence[Turn]) -> str:
    """The conversation as the prompt's `history`: a line a message, each delimited and escaped."""
    names = {"user": "reader", "assistant": "dateline"}
    return "\n".join(f"{names[turn.role]}: {quarantined(turn.content[:SHOWN_CHARS])}" for turn in turns)


def _is_short(question: str) -> bool:
    terms = terms_of(question)
    return len(terms) <= SHORT_WORDS and not any(term.is_name for term in terms)
