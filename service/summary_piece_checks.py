"""Whether a piece of a sentence may be left out: what has to hold of it and of the words around it.

Each check takes the masked sentence and where the piece lies in it. What bears on whether the rest is true stays:
negations, conditions, concessions, hedges, sources.
"""

from __future__ import annotations

import re

from ingest.irregular_pasts import IRREGULAR_PASTS
from service.summary_piece_words import (
    AUXILIARIES,
    CLEAR_VERB,
    FINITE,
    HANGS,
    OPENS_PHRASE,
    PRESENTS,
    SPEECH,
    VERB,
)

LEAST_WORDS = 3
"""A piece of fewer words is not worth the mark that it leaves."""
LEAST_LEFT = 6
"""Words outside the piece."""
CHARS_A_WORD = 6
"""Of quotations, whose words are hidden."""

STAYS = re.compile(
    r"\b(?:not|never|no|nor|neither|none|nobody|nothing|without|unless|if|except|only|until|till|provided|providing"
    r"|depending|assuming|barring|pending|allegedly|alleged|reportedly|apparently|purportedly|supposedly|purported"
    r"|presumably|according|citing|quoting|so-called|however|but|yet|although|though|whether|despite|rather|instead|unlike"
    r"|as\s+long\s+as|so\s+long\s+as|in\s+case|hardly|barely|rarely|otherwise|even|expected|likely|unlikely|in\s+theory"
    r"|subject\s+to)\b|n[’']t\b",
    re.IGNORECASE,
)
"""A piece with one of these stays: negations, conditions, concessions, hedges, sources."""
SCOPE = re.compile(
    r"\b(?:not|never|no|nor|neither|none|without|unless|if|except|only|until|refus\w+|den(?:y|ied|ies)|fail\w*|whether"
    r"|few|little|hardly|rarely|every|all|any|each|more|less|most|least|because|than)\b|n[’']t\b",
    re.IGNORECASE,
)
"""Before what hangs on a clause without a comma, these may say something about it."""

_TIMES = re.compile(
    r"\d|\b(?:last|next|ago|year|years|month|months|week|weeks|decade|century|January|February|March|April|May|June|July"
    r"|August|September|October|November|December|future|past|current|currently|today|tomorrow|now|since|far)\b"
)
"""An opening with one of these says when it holds."""
_QUANTITY = re.compile(
    r"\d\s?%|\bper\s?cent\b|\b(?:all|most|every|only|no|average|half|third|quarter)\b|[£$€]\s?\d"
)
"""After an opening: it may say of what these are a share."""
_NOT_SETTINGS = re.compile(
    r"\b(?:view|views|opinion|statement|interview|speech|remarks?|report|letter|post|testimony|account|words|terms|case"
    r"|event|principle|absence|exchange|return|response|reply|particular|eyes|plan|agreement|deal|law|rules?|scenario"
    r"|best|worst|least|first|price|cost|rate|average|survey|poll|study|total|contrast|fact|effect|said|says)\b",
    re.IGNORECASE,
)


_NOUN_PHRASE = re.compile(
    r"(?:\b[A-Z][\w’'.\x01-]*|\x03)$|\b(?:[Tt]he|[Aa]n?|[Hh]is|[Hh]er|[Ii]ts|[Tt]heir|[Tt]his|[\w-]+['’]s?)\s[^,]*$"
)
"""Ends in a name, or in a noun with its article."""


def whole(words: str, masked: str) -> bool:
    """Whether a piece has some words, and neither what has to stay nor half a quotation."""
    return (
        len(words.split()) >= LEAST_WORDS
        and STAYS.search(masked) is None
        and words.count("“") == words.count("”")
        and words.count('"') % 2 == 0
    )


def anywhere(own: str, at: int, to: int) -> bool:
    rest = own[:at] + " " + own[to:]
    return len(rest.split()) + rest.count("\x02") // CHARS_A_WORD >= LEAST_LEFT


def between_subject_and_verb(own: str, at: int, to: int) -> bool:
    """Between a subject and its verb: the verb follows, no list is under way before, and what stands before is no
    opening phrase, after which the subject would be in the piece."""
    before = own[:at]
    clause = re.split(r"\b(?:that|because|whether)\b|[;:\x02]|,\s(?:and|but|while|as)\b", before)[-1]
    return (
        anywhere(own, at, to)
        and re.search(r",\s(?:[A-Z][\w’'-]*\s?){1,3}$", before) is None
        and not (OPENS_PHRASE.match(before) and "," not in before)
        and VERB.search(HANGS.split(clause)[0]) is None
    )


def apposition(own: str, at: int, to: int) -> bool:
    """The same for appositions: to a name or a noun with its article, and without a verb but that of a clause that
    hangs on them."""
    own_words, before = HANGS.split(own[at:to])[0], own[:at]
    return (
        between_subject_and_verb(own, at, to)
        and CLEAR_VERB.search(own_words) is None
        and _NOUN_PHRASE.search(before) is not None
    )


def after_clause(own: str, at: int, to: int) -> bool:
    """At the end of a sentence that is one without it; further commas inside divide no clauses."""
    before, piece = own[:at], own[at:to]
    later = piece.split(",")[2:]
    return (
        anywhere(own, at, to)
        and VERB.search(before) is not None
        and not re.search(r"\b(?:and|or|of|to|that|the|a|an|with|by|in|on|for|from|as|who|which)$", before)
        and not any(VERB.search(part) for part in later)
        and not re.search(rf",[^,]*{SPEECH}", piece[1:])
        and _complete(before)
    )


def _complete(before: str) -> bool:
    """Whether what stands before a piece at the end has its main clause: no subordinate opening whose main clause
    would follow, and no subject whose verb would."""
    if OPENS_PHRASE.match(before):
        return "," in before and VERB.search(before.rsplit(",", 1)[1]) is not None
    if "," in before:
        first, last = before.split(",", 1)[0], before.rsplit(",", 1)[1]
        return VERB.search(first) is not None or VERB.search(last) is not None
    return True


def with_verb(own: str, at: int, to: int) -> bool:
    return after_clause(own, at, to) and VERB.search(own[at:to]) is not None


def without_verb(own: str, at: int, to: int) -> bool:
    """An apposition at the end: nothing in it could be a clause or the end of a list, but for clauses that hang on
    its noun."""
    before, piece = own[:at], own[at:to]
    bare = HANGS.split(piece)[0]
    return (
        after_clause(own, at, to)
        and re.search(rf"\b(?:{AUXILIARIES}|{PRESENTS})\b|{SPEECH}", bare) is None
        and CLEAR_VERB.search(bare) is None
        and re.search(SPEECH, piece) is None
        and re.search(r"\band\b|\bor\b", re.split(r"\bbetween\b|\bof\b", bare)[0]) is None
        and re.search(r",\s[^,]{1,40}$", before) is None
    )


def purpose(own: str, at: int, to: int) -> bool:
    """What something is done for, not what somebody is asked or wants to do: no comma before parts verb and object."""
    return after_clause(own, at, to) and "," not in own[:at] and re.search(SPEECH, own[at:to]) is None


def second_predicate(own: str, at: int, to: int) -> bool:
    """A second verb of the same subject: the first one is a past form, too, and there is no third."""
    before, piece = own[:at], own[at:to]
    rest = HANGS.split(re.sub(r"^\sand\s\S+", "", piece))[0]
    return (
        after_clause(own, at, to)
        and "," not in before
        and re.search(rf"\b(?:{'|'.join(sorted(IRREGULAR_PASTS))}|\w{{2,}}ed)\b", before) is not None
        and re.search(r"\b(?:who|which|that|whose|between|both|either)\b", before) is None
        and VERB.search(rest) is None
        and SCOPE.search(before) is None
    )


def trailing_setting(own: str, at: int, to: int) -> bool:
    """Where and when it was said, after a clause and its speaker: not what was said."""
    piece = own[at:to]
    return (
        anywhere(own, at, to)
        and re.search(rf"\bthat\b|{SPEECH}", piece) is None
        and not any(
            VERB.search(HANGS.split(part)[0])
            for part in piece.split(",")[1:]
            if not re.match(r"\s\w+ed\b", part)
        )
        and VERB.search(own[:at].rsplit(",", 1)[0]) is not None
    )


def no_scope(own: str, at: int, to: int) -> bool:
    """Hanging on the clause without a comma: nothing before says something about it."""
    return (
        after_clause(own, at, to)
        and SCOPE.search(own[:at]) is None
        and re.search(SPEECH, own[at:to]) is None
        and re.search(
            r"\b(?:came|comes?|coming|is|are|was|were|be|been|being|happened|occurred|place)$", own[:at]
        )
        is None
    )


def circumstance(own: str, at: int, to: int) -> bool:
    """What happened meanwhile; not "as he put it", nor what a coming act waits for."""
    piece = own[at:to]
    if re.search(SPEECH, piece) or re.match(
        r",\sas\s\S+\s(?:put|has|have|did|does|do|was|were|is|are)\b", piece
    ):
        return False
    if re.match(r",\s(?:as|while)\b", piece) and VERB.search(piece) is None:
        return False
    if re.match(r",\s(?:after|before|following)\b", piece) and re.search(
        r"\b(?:will|would|shall|to)\b", own[:at]
    ):
        return False
    return after_clause(own, at, to)


def participle(own: str, at: int, to: int) -> bool:
    """No subject of a verb that follows, and no member of a list."""
    before = own[:at].split()
    bare = HANGS.split(own[at:to])[0]
    return (
        after_clause(own, at, to)
        and not (before and before[-1].endswith("ing"))
        and re.search(rf"\b(?:{AUXILIARIES})\b", bare) is None
    )


def second_clause(own: str, at: int, to: int) -> bool:
    """A clause joined by "and" that has a subject of its own."""
    return after_clause(own, at, to) and re.search(rf"{SPEECH}\W*$", own[at:to]) is None


def second_quotation(own: str, at: int, to: int) -> bool:
    """The second of two quotations, of which the first can stand alone."""
    return (
        anywhere(own, at, to) and own[:at].rstrip(" ,").endswith("\x02") and VERB.search(own[:at]) is not None
    )


def opening(own: str, at: int, to: int) -> bool:
    """Before a clause with subject and verb, and silent on when it holds, on what condition and who says so."""
    piece, rest = own[at:to], own[to:]
    first = rest.split(",")[0]
    return (
        anywhere(own, at, to)
        and _TIMES.search(piece) is None
        and _QUANTITY.search(rest) is None
        and _NOT_SETTINGS.search(piece) is None
        and re.search(rf"{SPEECH}|\b(?:mentioned|put|shown|seen|feared|hoped|discussed)\b", piece) is None
        and VERB.search(first) is not None
        and re.search(rf"^\W*(?:{FINITE}|(?:and|or|but|who|which|where|when)\b)", first) is None
    )


def setting(own: str, at: int, to: int) -> bool:
    return anywhere(own, at, to) and re.search(SPEECH, own[at:to]) is None
