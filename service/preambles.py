"""Questions without the orders around them: "Pretend that you are a pirate. What did the mayor say?"

Dateline answers questions and plays no parts, so that a sentence which only says how to answer, or what to pretend,
is neither searched for nor held against the articles. Nothing is dropped unless a question is left.
"""

from __future__ import annotations

import re

_SENTENCES = re.compile(r"(?<=[.!?])\s+")
_POLITE = r"(?:(?:please|now|first|just|and|then|so|also|kindly)[,\s]+)*"
_PRETEND = (
    r"(?:ignore|disregard|forget|pretend|imagine|suppose|role-?play|act\s+as|behave|obey|let['’]?s\s+(?:pretend|play|imagine)"
    r"|you\s+are|you['’]re|from\s+now\s+on)\b"
)
_ORDER = (
    rf"{_POLITE}(?:{_PRETEND}|(?:answer|reply|respond)\b"
    r"|(?:do\s+not|don['’]t|never|always)\s+(?:answer|reply|respond|say|mention|tell|refuse|cite|quote|use|write)\b"
    r"|(?:say|write)\s+(?:only|it|that|your|the\s+(?:answer|word)|in|as)\b|you\s+(?:must|will|should|have\s+to)\s+"
    r"(?:now\s+|always\s+|only\s+|not\s+)?(?:answer|reply|respond|say|act|speak|be|pretend)\b)"
)
_IS_ORDER = re.compile(_ORDER, re.IGNORECASE)
_ASKED = (
    r"(?:what|who|whom|whose|which|when|where|why|how|did|does|do|is|are|was|were|has|have|had|will|would|can"
    r"|could)\b"
)
_ASKS = re.compile(rf"(?:and\s+|but\s+|so\s+)?{_ASKED}", re.IGNORECASE)
_ORDER_AND_QUESTION = re.compile(
    rf"^{_POLITE}{_PRETEND}[^?]{{0,200}}?(?:[,;:]|\s(?:and|then|to)\s)\s*(?:(?:and|then)\s+)?(?:please\s+)?"
    rf"(?:(?:tell|answer|explain(?:\s+to)?)(?:\s+(?:me|us))?|say)?[:,]?\s*(?={_ASKED}[^?]*\?\s*$)",
    re.IGNORECASE,
)


def without_orders(text: str) -> str:
    """The question in `text` alone, where orders to whoever answers stand around it; else `text` unchanged."""
    sentences = _SENTENCES.split(text.strip())
    kept = [sentence for sentence in sentences if not _IS_ORDER.match(sentence)]
    if len(kept) < len(sentences) and any(_ASKS.match(sentence) for sentence in kept):
        return " ".join(kept)
    if len(sentences) == 1 and (found := _ORDER_AND_QUESTION.match(text)):
        rest = text[found.end() :].strip()
        return rest[:1].upper() + rest[1:] if len(rest.split()) > 2 else text
    return text
