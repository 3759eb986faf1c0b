"""Follow-ups made into questions that stand alone, by rules: "And what did Kishida say?" said of what was asked before.

Retrieval is done anew for every question, so what is needed of a conversation is only what the question leaves out. It
is taken from the user's own earlier questions. An assistant's message may come from anybody: it can say whom "she"
means, and nothing else of it gets into a question. A question that says all it needs is left as it is.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from service import follow_up_patterns as patterns
from service import rephrasing
from service.answers import NOTHING_USED, Usage
from service.antecedents import Exchange, person_of, refers, with_names
from service.conversation import Turn
from service.discourse import (
    Company,
    IsPerson,
    main_thing,
    mentions_in_answer,
    mentions_in_question,
    question_of,
    topic_phrase,
)
from service.noun_phrases import Mention
from service.questions import Question
from service.terms import fold, terms_of

MAX_TURNS = 10
MAX_TURN_CHARS = 4_000
MAX_STANDALONE_CHARS = 600
"""A question does not grow beyond this by what it takes from others; then it is left as it was."""
MOST_CHARS = 300
"""Of a message that can be a follow-up; a longer one is a question of its own."""
MOST_WORDS = 12
"""Content words beyond which a question is taken to explain its own pronouns."""
MOST_SWAPPED_WORDS = 8
"""Words after "what about" that can still be one phrase."""
MOST_BARE_WORDS = 3
"""Words of a message like "Edith Pomfret?" that is put in the place of another name."""
FEW_WORDS = 2
"""Content words up to which a question without a name, opened with "and", is taken to lean on the one before."""


@dataclass(frozen=True, slots=True)
class Standalone:
    """A question that can be asked without its conversation.

    `changed`: `text` is not what was typed. `uses`: the words taken from earlier messages, in order. `dependent`: the
    question leans on what came before; with `changed` False, what it means was not found. `claims`: content words of
    what the reader states in passing ("So Biden refused, when?"); words that answer it have to hold them all.
    `usage`: what a model took for it, where one was asked (`service.condensing`).
    """

    text: str
    changed: bool
    uses: tuple[str, ...] = ()
    dependent: bool = False
    claims: tuple[str, ...] = ()
    usage: Usage = NOTHING_USED


def standalone(question: str, history: Sequence[Turn], *, is_person: IsPerson | None = None) -> Standalone:
    """Make a question stand alone.

    Args:
        history: earlier messages, oldest first; the last `MAX_TURNS` are read, `MAX_TURN_CHARS` of each.
        is_person: whether a name is a person's, where the caller knows (the archive's speakers, say).

    Never raises; a question whose reference is not found comes back as it was, with `dependent` set.
    """
    company = Company(is_person)
    exchanges: list[Exchange] = []
    for turn in history[-MAX_TURNS:]:
        content = turn.content[:MAX_TURN_CHARS]
        if not content.strip():
            continue
        if turn.role == "assistant":
            named = mentions_in_answer(content, company)
            if exchanges:
                exchanges[-1].answered += named
            continue
        asked = _resolved(content, exchanges, company)
        if not is_courtesy(asked.text):
            read = question_of(asked.text)
            exchanges.append(Exchange(read, mentions_in_question(read, company)))
    return _resolved(question, exchanges, company)


def _resolved(typed: str, exchanges: Sequence[Exchange], company: Company) -> Standalone:
    plainly = " ".join(typed.split())
    text = _without_courtesy(plainly)
    if is_courtesy(text):
        return Standalone(typed, changed=False)
    if exchanges and _is_short(text):
        found = _replaced(text, exchanges, company) or _completed(text, exchanges, company)
        if found is not None and len(found.text) <= MAX_STANDALONE_CHARS:
            return found
    if text == plainly:
        return Standalone(typed, changed=False, dependent=_leans(text))
    return Standalone(text, changed=True, dependent=_leans(text))


def _replaced(text: str, exchanges: Sequence[Exchange], company: Company) -> Standalone | None:
    """What a message of few words makes of the question before it; None for a message that asks by itself."""
    last = exchanges[-1]
    before = last.question
    topic = topic_phrase(before, last.mentions)
    if patterns.DOUBT.match(text):
        return _made(before.text, before.text)
    if patterns.MORE.match(text):
        return _made(rephrasing.more(before), before.text)
    if patterns.WHO_SAID_THAT.match(text):
        return _made(rephrasing.who_said(before, topic), topic or before.text)
    if patterns.WHO_IS_THAT.match(text):
        person = person_of(None, last, replies=False)
        return _made(f"Who is {person.words}?", person.words) if person else _made(before.text, before.text)
    if patterns.WHO_ELSE.match(text):
        again = re.sub(r"^who\b(?:\s+else)?", "Who else", before.text, flags=re.IGNORECASE)
        return _made(
            again if again != before.text else rephrasing.recast(before.text, "who else"), before.text
        )
    if bare := patterns.BARE.match(text):
        return _made(rephrasing.recast(before.text, " ".join(bare["w"].split())), before.text)
    for pattern, most_words in (
        (patterns.CORRECTION if patterns.CORRECTS.match(text) else patterns.SWAP, MOST_SWAPPED_WORDS),
        (patterns.BARE_PHRASE, MOST_BARE_WORDS),
    ):
        match = pattern.match(text)
        if match and len(match["x"].split()) <= most_words and not patterns.HAS_VERB.search(match["x"]):
            return _swapped(match["x"], exchanges, company)
    return None


def _swapped(words: str, exchanges: Sequence[Exchange], company: Company) -> Standalone:
    before = exchanges[-1].question
    words = words.strip(" ,")
    bare = re.sub(r"^(?:about|on)\s+", "", words, flags=re.IGNORECASE).lower()
    if bare in patterns.THING_PRONOUNS | patterns.GROUP_PRONOUNS:
        return _made(rephrasing.more(before), before.text)
    words, named = with_names(words, exchanges, company)
    text, used = rephrasing.swapped(before, words, company)
    return _made(text, used, *named)


def _made(text: str, *used: str) -> Standalone:
    return Standalone(text, changed=True, uses=used, dependent=True)


def _completed(text: str, exchanges: Sequence[Exchange], company: Company) -> Standalone | None:
    """The question with its pronouns named and its topic added; None when nothing was missing or found."""
    last = exchanges[-1]
    if trailing := patterns.TRAILING.match(text):
        text_asked = f"{trailing['w'].capitalize()} was it that {trailing['c']}?"
        claims = tuple(term.surface for term in terms_of(trailing["c"]))
    else:
        text_asked, claims = text, ()
    named, uses = with_names(text_asked, exchanges, company)
    read = question_of(named)
    opened = patterns.OPENER.match(text) is not None or trailing is not None
    added = _missing(read, mentions_in_question(read, company), last, opened=opened, referred=bool(uses))
    if added is not None:
        named, used = added
        uses.append(used)
    if not uses:
        return None if text_asked == text else Standalone(text_asked, changed=True, claims=claims)
    stripped = patterns.OPENER.sub("", named)
    text = stripped[:1].upper() + stripped[1:]
    return Standalone(text, changed=True, uses=tuple(uses), dependent=True, claims=claims)


def _missing(
    read: Question, own: Sequence[Mention], last: Exchange, *, opened: bool, referred: bool
) -> tuple[str, str] | None:
    """The question with the topic of the one before, where it has none of its own."""
    topic = topic_phrase(last.question, last.mentions)
    if topic is None or read.values or fold(topic) in fold(read.text):
        return None
    speech = read.kind in ("speech", "who_said")
    content = [
        term for term in read.topic if read.speaker is None or fold(term.surface) not in fold(read.speaker)
    ]
    if speech and not content:
        spoken_to = read.speaker is not None and fold(read.speaker) not in fold(last.question.text)
        if referred and spoken_to and patterns.REPLIED.search(read.text):
            return None  # whom the answer named, and what was put to him is what he replied to
        related = last.question.kind in ("speech", "who_said")
        described = read.speaker is not None and f" the {fold(read.speaker)}" in fold(read.text)
        carried = opened or referred or related or described
        return (rephrasing.with_topic(read.text, topic, "about"), topic) if carried else None
    names = [term for term in content if term.is_name]
    common = len(content) - len(names)
    if read.kind == "why" and (opened or referred) and common <= 1 and len(names) <= 1:
        return rephrasing.with_topic(read.text, topic, ""), topic
    agreeing = any(fold(term.surface) in patterns.AGREEMENT for term in content)
    if agreeing and common <= 1 and len(names) <= 2 and read.text.rstrip("? ").split()[-1][:1].isalpha():
        return rephrasing.with_topic(read.text, topic, "about"), topic
    if (
        opened
        and not referred
        and common <= 1
        and len(names) <= 1
        and read.text.startswith("When was it that")
    ):
        return rephrasing.with_topic(read.text, topic, ""), topic
    if names or speech or referred or read.kind == "define":
        return None
    if not content or len(content) > (FEW_WORDS if opened else 1) or not asks(read.text):
        return None
    stated = [m for m in own if not m.is_asked]
    if not opened and stated and not (len(stated) == 1 and _is_short_subject(stated[0])):
        return None  # "What happened at the port?" names its own subject
    dangling = re.search(
        r"\b(?:against|for|with|to|from|of|about|on|by|in|at)[?\s]*$", read.text, re.IGNORECASE
    )
    thing = main_thing([m for m in last.mentions if m.kind != "person"]) or main_thing(last.mentions)
    words = thing.words if thing is not None and not speech else topic
    if dangling:
        return f"{read.text.rstrip('?. ')} {words}?", words
    return rephrasing.with_topic(read.text, words, ""), words


def _is_short_subject(mention: Mention) -> bool:
    """ "When is the vote?": a thing with "the" that the question before must have told of."""
    return mention.is_subject and mention.words.lower().startswith("the ") and len(mention.words.split()) == 2


def asks(text: str) -> bool:
    """Whether the words begin as a question does."""
    return patterns.ASKS.match(text) is not None


def _is_short(text: str) -> bool:
    return len(text) <= MOST_CHARS and len(terms_of(text)) <= MOST_WORDS


def _leans(text: str) -> bool:
    """Whether a question that was not changed seems to lean on something all the same."""
    alone = (
        patterns.BARE,
        patterns.DOUBT,
        patterns.MORE,
        patterns.WHO_ELSE,
        patterns.WHO_SAID_THAT,
        patterns.WHO_IS_THAT,
    )
    if any(pattern.match(text) for pattern in alone):
        return True
    swap = patterns.SWAP.match(text)
    if (swap and not patterns.HAS_VERB.search(swap["x"])) or patterns.CORRECTS.match(text):
        return True
    if not _is_short(text):
        return False
    own = mentions_in_question(question_of(text), Company())
    return any(refers(text, match, own) for match in patterns.PRONOUN.finditer(text))


def is_courtesy(text: str) -> bool:
    """Whether a message asks nothing: "Thanks!"."""
    return not patterns.COURTESY.sub("", text).strip()


def _without_courtesy(text: str) -> str:
    """The message without "Thanks." in front, where something follows it."""
    rest = patterns.COURTESY.sub("", text)
    return rest[:1].upper() + rest[1:] if rest.strip() and rest != text else text
