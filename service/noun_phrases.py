"""The noun phrases of a question, cut by a few rules of English word order.

"When did the council approve the barrier?" holds "the council" and "the barrier": what stands between them is its
verb, which the auxiliary before the subject gives away. Questions are short and mostly written plainly; a phrase too
long or too short costs a worse rewriting, not a wrong answer.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

from service.equivalents import FUNCTION_WORDS, IRREGULAR
from service.follow_up_patterns import AUXILIARIES, COMMON_VERBS, DETERMINERS, MODALS, VERBS_OF_SPEECH
from service.question_patterns import QUESTION_WORDS
from service.terms import fold

Kind = Literal["person", "place", "group", "name", "time", "thing"]
"""What a phrase names; "name" is a name that may be of anything."""

_TOKEN = re.compile(r"(?:[A-Za-z]\.){2,}|[^\W_](?:[\w’'&.,-]*\w)?(?:['’](?=\s|$))?|[£$€]\S*\d|[^\w\s]")
_CONTRACTED = re.compile(r"(?:n['’]t|['’](?:s|re|ll|d|ve|m))$")
_INDEFINITE = frozenset(
    "anything something everything nothing anyone someone everyone nobody anybody else".split()
)
_NOT_CONTENT = _INDEFINITE | FUNCTION_WORDS | QUESTION_WORDS | VERBS_OF_SPEECH | MODALS | AUXILIARIES
_ADVERB = re.compile(
    r"(?!(?:family|assembly|supply|rally|ally|reply|monopoly|fly|anomaly|homily|bully)$)[a-z]{2,}ly$"
)
_BEFORE_VERB = frozenset("who i you he she it they we".split())


@dataclass(frozen=True, slots=True)
class Mention:
    """A phrase at `text[start:end]` of the question it stands in (0..0 for one of an answer)."""

    words: str
    kind: Kind
    start: int = 0
    end: int = 0
    gender: str | None = None
    is_plural: bool = False
    is_name: bool = False
    is_asked: bool = False  # "which company", "how many gates": describes the answer
    is_subject: bool = False
    after: str = ""  # the lower-case word before it


def phrases(text: str) -> Iterator[Mention]:
    """Noun phrases: a determiner and the content words after it, cut at verbs where word order shows them."""
    run: list[re.Match[str]] = []
    before = ""
    asked = inverted = False
    for token in [*_TOKEN.finditer(text), None]:
        word = fold(token.group()) if token is not None else ""
        opens = word in DETERMINERS
        inside = bool(run) and not asked and (word == "of" or (opens and fold(run[-1].group()) == "of"))
        if token is not None and (_is_content(token.group()) or inside or (opens and not run)):
            run.append(token)
            continue
        speech = word in VERBS_OF_SPEECH
        ended = "verb" if speech or word in AUXILIARIES or word in MODALS else "determiner" if opens else ""
        yield from _cut(text, _Run(run, before, asked, inverted, ended))
        if opens and token is not None:
            before, run = fold(run[-1].group()), [token]
            asked = inverted = False
            continue
        if run and word not in ("and", "or"):
            asked = inverted = False
        run, before = [], run[-1].group() if run and word in ("and", "or") and inverted else word
        if word in MODALS or word in AUXILIARIES:
            asked, inverted = False, True
        elif word in QUESTION_WORDS or (asked and word in ("many", "much")):
            asked = word not in ("who", "when", "where", "why")


class _Run(NamedTuple):
    """Words that stand together, with the word before them and what ended them."""

    tokens: list[re.Match[str]]
    before: str
    asked: bool
    inverted: bool
    ended: str


def _cut(text: str, run: _Run) -> Iterator[Mention]:
    """The phrases of one run of words, its verb left out."""
    tokens = list(run.tokens)
    while tokens and fold(tokens[-1].group()) in (*DETERMINERS, "of"):
        tokens.pop()
    head = 1 if tokens and fold(tokens[0].group()) in DETERMINERS else 0
    words = [token.group() for token in tokens[head:]]
    if not words:
        return
    verb = _verb_at(words, run, described=head > 0)
    if verb is None:
        yield _phrase(text, tokens, run)
        return
    if verb:
        yield _phrase(text, tokens[: head + verb], run._replace(inverted=True))
    if tokens[head + verb + 1 :]:
        yield from _cut(text, _Run(tokens[head + verb + 1 :], "", False, False, ""))


def _verb_at(words: Sequence[str], run: _Run, *, described: bool) -> int | None:
    """Which of the words is a verb: the one after "who", "they" or "to", or the last of a subject's words."""
    lower = [n for n, word in enumerate(words) if not word[0].isupper() and word != "of"]
    begins_lower = bool(lower) and lower[0] == 0 and not described
    if begins_lower and run.before in _BEFORE_VERB | (
        {"what"} if _looks_like_participle(words[0]) else set()
    ):
        return 0
    if begins_lower and run.before == "to" and not words[0].endswith("s"):
        return 0
    if begins_lower and run.before in AUXILIARIES and _looks_like_participle(words[0]):
        return 0
    if begins_lower and len(words) == 1 and run.before in MODALS and run.ended != "verb":
        return 0
    if (
        begins_lower
        and len(words) == 1
        and run.before in ("many", "much")
        and _looks_like_participle(words[0])
    ):
        return 0
    if (
        run.ended == "verb"
        or not lower
        or (not run.inverted and (run.ended != "determiner" or len(words) == 1))
    ):
        return None
    modal = run.before not in AUXILIARIES
    if not begins_lower and not described:
        return lower[0] if modal or _looks_like_participle(words[lower[0]]) else None
    stop = words.index("of") - 1 if "of" in words else len(words)
    within = [n for n in lower if 0 < n < max(stop, 1)]
    if not within:
        return None
    known = next((n for n in within if words[n] in COMMON_VERBS), None)
    before_name = next((n for n in within if n + 1 < len(words) and words[n + 1][0].isupper()), within[-1])
    at = known if known is not None and modal else before_name
    return at if modal or _looks_like_participle(words[at]) else None


def _phrase(text: str, tokens: Sequence[re.Match[str]], run: _Run) -> Mention:
    start, end = tokens[0].start(), tokens[-1].end()
    heads = [token.group() for token in tokens]
    last = heads[heads.index("of") - 1] if "of" in heads[1:] else heads[-1]
    return Mention(text[start:end], "thing", start, end, is_name=last[0].isupper() or last[0].isdigit(),
                   is_asked=run.asked, is_subject=run.inverted, after=run.before)  # fmt: skip


def _is_content(word: str) -> bool:
    folded = fold(word)
    if word in ("US", "IT"):
        return True
    if _CONTRACTED.sub("", folded) in _NOT_CONTENT or folded in _NOT_CONTENT:
        return False
    return (word[0].isalnum() or word[0] in "£$€") and not _ADVERB.match(word)


def _looks_like_participle(word: str) -> bool:
    lowered = word.lower()
    return lowered.endswith(("ed", "ing")) or lowered in IRREGULAR
