"""Whole pieces of a news sentence that can be left out of it: what remains is grammatical and says nothing else.

News sentences carry what a summary has no room for: asides, who somebody is, what happened meanwhile. Leaving out whole
constituents, and never a single word, keeps a sentence grammatical (Jing 2000, Sentence Reduction for Automatic Text
Summarization, ANLP; the kinds of pieces are those of Dorr, Zajic and Schwartz 2003, Hedge Trimmer, and of Siddharthan,
Nenkova and McKeown 2004, Syntactic Simplification for Improving Content Selection, COLING). There is no parser here, so
that a piece counts only where punctuation and the words around it leave no doubt.

What bears on whether the rest is true stays: negations, conditions, concessions, who says so, and what makes a claim
less certain. Nothing inside quotation marks is ever cut. Pure functions; every pattern is bounded.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from ingest.irregular_pasts import IRREGULAR_PASTS
from service import summary_piece_checks as checks
from service.summary_piece_words import END, FINITE, IN, masked, sentences_in

Kind = Literal[
    "parenthesis",
    "aside",
    "relative",
    "apposition",
    "participle",
    "adverbial",
    "opening",
    "clause",
    "setting",
]


@dataclass(frozen=True, slots=True)
class Piece:
    """`text[start:end]` may be left out, the marks and white space before and after it included."""

    start: int
    end: int
    kind: Kind


_SUBJECT = (
    r"(?:the|a|an|its|his|her|their|this|that|these|those|he|she|it|they|we|both|some|many|several|more|most|two|three"
    r"|four|five|\d|[A-Z\x02“\"$£€])"
)
_OPENER = (
    r"(?:In addition|At the same time|In the meantime|In recent (?:days|weeks|months)|Of course"
    rf"|In an? (?:\w+\s){{1,3}}(?:move|step|sign|twist|gesture|bid|effort|attempt)(?:\s{IN}{{3,90}})?"
    r"|On (?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day(?:\s(?:morning|afternoon|evening|night))?"
    rf"|At (?:a|the)\s(?:\w+\s){{0,3}}(?:conference|meeting|summit|ceremony|briefing|event|dinner)(?:\s{IN}{{3,90}})?"
    rf"|(?:During|Following|After|Amid|Ahead of|Speaking|Standing|While|As|With)\s{IN}{{3,110}})"
)
_CIRCUMSTANCE = (
    r"(?:(?:\w+\s(?:days?|weeks?|months?|years?|hours?)\s)?(?:after|before|since)|as\swell\sas"
    r"|(?:particularly|especially|notably|in\sone\sof)|as(?!\s(?:well|long|soon|far|if|though|of|many|much|little|few|to|for|such)\b)|while|following|amid|during"
    r"|so\sthat|with|along\swith|alongside|in\sorder\sto|in\san?\s(?:bid|move|effort|attempt)\sto|in\saddition\sto|ahead"
    r"\sof|at\sa\stime\swhen|as\spart\sof|in\sthe\swake\sof)"
)
_HANGING = (
    r"(?:amid|at\sa\stime\swhen|in\sthe\swake\sof|in\san?\s(?:bid|move|effort|attempt)\sto|as\spart\sof"
    r"|in\sthe\sface\sof|in\sorder\sto)"
)
_NO_PARTICIPLE = (
    r"(?:during|according|regarding|concerning|excluding|nothing|something|everything|anything|morning|evening|spring"
    r"|king|being|bring|thing|depending|assuming|citing|quoting|pending|providing)"
)


_Fits = Callable[[str, int, int], bool]
_LIST = rf"(?:{IN}|,(?!\s(?:who|which|but|though|although|while|he|she|it|they)\b))"
_PATTERNS: tuple[tuple[Kind, re.Pattern[str], _Fits], ...] = (
    ("parenthesis", re.compile(r"(?P<piece>\s\([^()]{1,140}\))"), checks.anywhere),
    (
        "aside",
        re.compile(
            rf"(?<![–—])(?<=\w)(?P<piece>\s?[–—]\s?{IN}{{8,140}}[–—]\s?)(?=(?:{FINITE})|(?:to|of|in|for|with)\s)"
        ),
        checks.anywhere,
    ),
    (
        "relative",
        re.compile(rf"(?P<piece>,\s(?:who|which|whose|whom|where)\s{IN}{{4,120}},\s)(?={FINITE})"),
        checks.between_subject_and_verb,
    ),
    (
        "relative",
        re.compile(rf"(?P<piece>,\s(?:who|which|whose|whom|where)\s{_LIST}{{4,220}}){END}"),
        checks.with_verb,
    ),
    (
        "apposition",
        re.compile(
            rf"(?<=[\w\x03])(?P<piece>,\s(?:an?|the|its|his|her|their|one\sof)\s{IN}{{2,90}},\s)(?={FINITE})"
        ),
        checks.apposition,
    ),
    (
        "apposition",
        re.compile(rf"(?P<piece>,\s(?:an?|the|its|one\sof)\s{IN}{{8,140}}){END}"),
        checks.without_verb,
    ),
    (
        "aside",
        re.compile(rf"^[^–—]+(?P<piece>\s[–—]\s(?:an?|the|its|including)\s{IN}{{8,140}}){END}"),
        checks.without_verb,
    ),
    (
        "adverbial",
        re.compile(rf"(?P<piece>,\sto\s(?!(?:be|the|an?)\b)\w+\s{IN}{{6,160}}){END}"),
        checks.purpose,
    ),
    (
        "clause",
        re.compile(
            rf"(?P<piece>\sand\s(?:{'|'.join(sorted(IRREGULAR_PASTS))}|\w{{2,}}ed)\s"
            rf"(?=(?:the|an?|his|her|its|their|to|in|on|at|for|with|of|that|it|them|more|\d|[A-Z£$€\x02]){IN}*){IN}{{4,160}}){END}"
        ),
        checks.second_predicate,
    ),
    (
        "setting",
        re.compile(
            rf",\s(?:{IN}{{2,60}}\s)?(?:said|says)(?P<piece>\s(?:in|at|during|on|while|from|after)\s(?!\w+day\.){_LIST}{{6,200}}){END}"
        ),
        checks.trailing_setting,
    ),
    (
        "participle",
        re.compile(
            rf"(?P<piece>,\s(?:\w{{2,}}ed|\w{{3,}}ing|known|built|led|born|held|made|sent|found|including)\s{IN}{{3,100}},\s)"
            rf"(?={FINITE})"
        ),
        checks.between_subject_and_verb,
    ),
    (
        "participle",
        re.compile(
            rf"(?P<piece>,\s(?:\w+ly\s|thus\s|thereby\s)?(?!{_NO_PARTICIPLE}\b)\w{{2,}}ing\s{_LIST}{{6,220}}){END}"
        ),
        checks.participle,
    ),
    ("adverbial", re.compile(rf"(?P<piece>,\s{_CIRCUMSTANCE}\s{_LIST}{{4,220}}){END}"), checks.circumstance),
    ("adverbial", re.compile(rf"(?P<piece>\s{_HANGING}\s{IN}{{4,140}}){END}"), checks.no_scope),
    ("opening", re.compile(rf"^(?P<piece>{_OPENER},\s)(?={_SUBJECT})"), checks.opening),
    (
        "clause",
        re.compile(
            rf"(?P<piece>,\sand\s(?:also\s)?(?:he|she|it|they|that)\s(?:{FINITE})?{_LIST}{{4,220}}){END}"
        ),
        checks.second_clause,
    ),
    ("clause", re.compile(rf"(?P<piece>,?\sand\s\x02+){END}"), checks.second_quotation),
    (
        "setting",
        re.compile(
            rf"^\W*\x02+\s(?:{IN}{{2,70}}\s)?(?:said|says|added|told\sreporters)\s?(?:{IN}{{2,60}}?)??"
            rf"(?P<piece>\s(?:in|at|during|on|while|as|from|ahead\sof|after)\s{IN}{{4,160}}){END}"
        ),
        checks.setting,
    ),
    (
        "setting",
        re.compile(
            r"\b(?:said|told\sreporters|announced|warned|stressed|confirmed|added)"
            rf"(?P<piece>\s(?:in|at|during|on)\s{IN}{{3,80}}?)(?=\sthat\s)"
        ),
        checks.setting,
    ),
)
"""For each kind, how it looks in a masked sentence, and what else has to hold of the sentence and where it lies."""


def pieces(sentence: str) -> list[Piece]:
    """What may be left out of a sentence of one line, first to last; pieces may overlap or lie in one another.

    Square brackets hold what Dateline has added. Of a text of several sentences, the pieces of each.
    """
    hidden = masked(sentence)
    found: dict[tuple[int, int], Piece] = {}
    for start, end in sentences_in(sentence, hidden):
        own = hidden[start:end]
        for kind, pattern, fits in _PATTERNS:
            for match in pattern.finditer(own):
                at, to = match.span("piece")
                if not checks.whole(sentence[start + at : start + to], own[at:to]) or not fits(own, at, to):
                    continue
                found.setdefault((start + at, start + to), Piece(start + at, start + to, kind))
    return sorted(found.values(), key=lambda piece: (piece.start, piece.end))


__all__ = ["Kind", "Piece", "pieces"]
