"""What a model wraps around a statement, and sentences that are none: questions, apologies, talk about its task.

Verification tells whether words stand in their source. It cannot tell that "I cannot answer that" or "Subscribe now" is
no answer, so that is decided here, by form alone.
"""

from __future__ import annotations

import re

_THING = (
    r"(?:articles?|contexts?|texts?|evidence|passages?|sources?|sentences?|excerpts?|documents?|information|"
    r"reports?)"
)
_WHICH = (
    r"(?:(?:the|this|these|those|all|an?|both)\s+)?"
    r"(?:(?:provided|given|above|supplied|numbered|cited|news|following)\s+)*"
)
_NUMBERED = r"(?:\s+\d{1,2}(?:\.\d{1,3})?)?(?:\s+(?:provided|given|above|supplied))?"
_LEAD_IN = re.compile(
    rf"^(?:according\s+to|based\s+on|as\s+(?:stated|reported|mentioned|described|noted|said)\s+in|in|from|per)\s+{_WHICH}{_THING}"
    rf"{_NUMBERED}\s*,\s*",
    re.IGNORECASE,
)
_REPORTING = re.compile(
    rf"^{_WHICH}{_THING}{_NUMBERED}\s+(?:also\s+)?(?:says?|states?|reports?|mentions?|notes?|explains?|adds?|describes?|"
    r"indicates?|confirms?)\s+that\s+",
    re.IGNORECASE,
)
_NOTE = re.compile(
    r"\s*\((?:speaker|he|she|they|his|her|their|the president|the prime minister):\s[^()]{1,80}\)",
    re.IGNORECASE,
)

_TASK = re.compile(
    rf"\b(?:(?:the|these|this|those)\s+(?:provided\s+|given\s+|above\s+|supplied\s+|numbered\s+|cited\s+)*"
    r"(?:articles?|contexts?|prompts?|passages?|excerpts?|evidence|system\s+prompt)"
    rf"|(?:provided|given|supplied|numbered)\s+{_THING}|articles?\s+\d{{1,2}}(?:\.\d{{1,3}})?(?![\w.])"
    r"|(?:article|context|text)\s+(?:does|do|did)(?:n['’]t|\s+not))\b",
    re.IGNORECASE,
)
_FIRST_PERSON = re.compile(
    r"\bI(?:['’](?:m|ve|ll|d)|\s+(?:am|was|have|had|can|cannot|can['’]t|could|couldn['’]t|will|would|do|don['’]t|did|apologi[sz]e|"
    r"hope|think|believe|must|need|want|understand|found|find|see|shall|follow|may|should))\b"
    r"|\b(?:as\s+an?\s+(?:ai|assistant|language\s+model)|my\s+(?:instructions?|prompt|rules|apologies|answer|training))\b"
    r"|^(?:sorry|apologies|unfortunately,\s+(?:there|the|no)|sure|certainly|of\s+course|okay|ok|hello|hi)\b[\s,!.—-]",
    re.IGNORECASE,
)
_INSTRUCTION = re.compile(
    r"^(?:please|ignore|disregard|click|visit|subscribe|sign\s+up|note\s+that|note:|remember|let\s+me|let['’]s|see\s+also|"
    r"here\s+(?:is|are)|feel\s+free|in\s+(?:summary|conclusion),?\s+(?:the\s+)?(?:articles?|context)|"
    r"(?:do\s+not|don['’]t|never|always)\s)",
    re.IGNORECASE,
)
_QUOTED = re.compile(r"“[^”]*”|\"[^\"]*\"")
_JOINT = re.compile(r"\s*[;:]\s+|,?\s+(?:and|but|while|whereas|although|though)\s+")
_LETTER = re.compile(r"[^\W\d_]")
LEAST_WORDS = 3


def bare(text: str) -> str:
    """The statement without what talks about its sources ("According to the articles,", "Article 3 says that") and
    without notes copied from the evidence; what remains begins with a capital."""
    text = _NOTE.sub("", text)
    shorter = _REPORTING.sub("", _LEAD_IN.sub("", text))
    if shorter == text:
        return text
    return shorter[:1].upper() + shorter[1:]


def off_topic_words(text: str, source: str) -> str | None:
    """The words by which `text` is no statement about the news; None when it is one.

    Words between quotation marks may say anything, and so may words that stand in `source`, what the statement cites:
    "the articles of impeachment".
    """
    own = _QUOTED.sub("“”", text).strip()
    told = source.casefold()
    if own.rstrip(" ”\"'’)").endswith("?"):
        return text[-60:]
    if own.endswith(":"):
        return text[-60:]
    for pattern in (_FIRST_PERSON, _INSTRUCTION, _TASK):
        for match in pattern.finditer(own):
            if match.group().strip(" ,.!—-").casefold() not in told:
                return match.group().strip()
    return None


def clauses(text: str) -> list[tuple[str, str]]:
    """The statement in two, in every way in which both parts may stand alone: at "and", "but", "while" and semicolons
    outside quotations."""
    hidden = _QUOTED.sub(lambda match: "x" * len(match.group()), text)
    pairs = [(text[: match.start()], text[match.end() :]) for match in _JOINT.finditer(hidden)]
    return [(left, right) for left, right in pairs if not is_too_short(left) and not is_too_short(right)]


def is_too_short(text: str) -> bool:
    """Whether this is a scrap: fewer than three words."""
    return sum(bool(_LETTER.search(word) or word[:1].isdigit()) for word in text.split()) < LEAST_WORDS


def ended(text: str) -> str:
    """The statement with a final mark, so that statements can stand one behind the other."""
    stripped = text.rstrip(" ,;")
    return f"{stripped}." if is_unended(stripped) else stripped


def is_unended(text: str) -> bool:
    """Whether the text has no final mark."""
    return _FINAL.search(text) is None


_FINAL = re.compile(r"[.!?…][\"”’»)\]]*\s*$")
