"""Words and marks by which the pieces of a news sentence are told apart, for `service.summary_pieces`.

General knowledge of the language: what a finite verb looks like, what opens a phrase, where a sentence ends.
"""

from __future__ import annotations

import re

from ingest.irregular_pasts import IRREGULAR_PASTS
from ingest.speech_words import SAYING

AUXILIARIES = (
    r"is|are|was|were|has|had|have|will|would|can|could|may|might|must|shall|should|does|did|do|isn[’']t|aren[’']t"
    r"|wasn[’']t|weren[’']t|hasn[’']t|hadn[’']t|won[’']t|wouldn[’']t|couldn[’']t|doesn[’']t|didn[’']t|cannot|can[’']t"
)
PRESENTS = (
    r"says|tells|wants|expects|hopes|seeks|aims|makes|takes|gives|shows|comes|goes|remains|faces|includes|needs|keeps"
    r"|holds|leads|runs|warns|argues|believes|thinks|adds|notes|claims|lives|offers|means|brings|puts|sets|becomes"
    r"|appears|seems|denies|supports|opposes|allows|begins|cut|put|set"
)
FINITE = (
    r"(?:(?:also|later|then|now|once|recently|already|still|\w+ly)\s)?"
    rf"(?:{AUXILIARIES}|{PRESENTS}|{'|'.join(sorted(IRREGULAR_PASTS))}|\w{{2,}}ed)\b"
)
VERB = re.compile(rf"(?<![\w-]){FINITE}")
IN = r"[^,;:()–—?!.]"
"""Inside a piece; full stops of abbreviations and commas of figures are hidden before (`masked`)."""
END = r"(?:(?=\.(?:$|\s))|(?<=\x02)(?=\s*$))"
SPEECH = rf"\b(?:{'|'.join(sorted(SAYING))}|according)\b"

CLEAR_VERB = re.compile(rf"\b(?:{AUXILIARIES}|{PRESENTS}|{'|'.join(sorted(IRREGULAR_PASTS))})\b")
HANGS = re.compile(r"\b(?:who|whom|whose|which|that|what|where|when|as|how|while|after|before|because)\b")
OPENS_PHRASE = re.compile(
    r"\W*(?:(?:and|but|so|yet|or)\s)?(?:in|on|at|with|during|amid|under|for|from|by|of|among|following|after|before|through"
    r"|despite|like|unlike|to|since|as|while|when|if|though|although|because|once|until|without|within|over|across|between"
    r"|alongside|asked)\b",
    re.IGNORECASE,
)
"""Opens a phrase or clause that is not yet the sentence's own."""


def has_verb(text: str) -> bool:
    """Whether there is a finite verb outside quotation marks."""
    return VERB.search(masked(text)) is not None


_HIDDEN = re.compile(
    r"“[^”]*(?:”|$)|^[^“]*”|\"[^\"]*(?:\"|$)|(?<!\w)‘[^‘]*?’(?!\w)|(?<!\w)'[^']*?'(?!\w)", re.DOTALL
)
_BRACKETS = re.compile(r"\[[^\[\]]*\]")
_ABBREVIATION = re.compile(
    r"\b(?:(?:[A-Z]\.)+|(?:Mr|Mrs|Ms|Dr|Prof|Gen|Adm|Maj|Sen|Rep|Gov|Lt|Col|Sgt|Capt|Rev|Hon|St|Jr|Sr|No|vs|Inc|Corp|Co|Ltd|Jan|Feb"
    r"|Aug|Sept|Oct|Nov|Dec|a\.m|p\.m|e\.g|i\.e)\.)(?=\s*\S)|(?<=\d)[.,:](?=\d)"
)


def masked(text: str) -> str:
    """The text with quotations, brackets and marks that end or divide nothing made unrecognizable; the same length."""
    hidden = _HIDDEN.sub(lambda match: "\x02" * len(match.group()), text)
    hidden = _BRACKETS.sub(lambda match: "\x03" * len(match.group()), hidden)
    return _ABBREVIATION.sub(lambda match: re.sub(r"[.,:]", "\x01", match.group()), hidden)


def sentences_in(text: str, hidden: str) -> list[tuple[int, int]]:
    """Where each sentence of `text`, which is masked in `hidden`, starts and ends."""
    ends = [
        match.end()
        for match in re.finditer(r"[.?!]\s+|\x02\s+(?=[A-Z\x02“])", hidden)
        if match.group()[0] != "\x02" or text[match.start() - 1] in ".?!…"
    ]
    return list(zip([0, *ends], [*ends, len(text)], strict=True))
