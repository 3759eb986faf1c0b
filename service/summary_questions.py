"""Questions that ask for a summary: "Summarize the news about AUKUS", "Give me an overview of the summit".

Whoever types into a chat asks for a summary where they would ask a question. Pure rules over words; what is made of
such a request is the matter of `service.summary_answering`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from service.preambles import without_orders

_POLITE = (
    r"(?:(?:please|now|ok|okay|hi|hello|hey|so|and|can|could|would|will|you|i|i['’]d|we|want|need|like|to|kindly)"
    r"[,\s]+)*"
)
_NOUN = (
    r"(?:summary|summaries|overview|recap|digest|rundown|round-?up|synopsis|gist|brief(?:ing)?|news|highlights"
    r"|takeaways|(?:main|key)\s+points)"
)
_OF = r"(?:of|on|about|for|from|regarding|in)"
_REQUEST = re.compile(
    rf"^{_POLITE}(?:"
    r"(?:summari[sz]e|sum\s+up|recap|tl;?\s?dr:?)(?:\s+(?:for\s+)?(?:me|us))?\b"
    r"|(?:(?:give|show|write|make|get|have|tell)(?:\s+(?:me|us))?\s+|what(?:\s+(?:is|are)|['’]s)\s+)?"
    rf"(?:(?:a|an|the|your|some|any)\s+)?(?:[\w-]+\s+)?{_NOUN}(?:\s+{_OF}\b|(?=\s*$))"
    r")[:,]?\s*(?P<topic>.*)$",
    re.IGNORECASE | re.DOTALL,
)
_EVENT = re.compile(
    r"^what(?:['’]s|\s+(?:is|was|has|have))?\s+(?:been\s+)?(?:happen(?:ed|s|ing)|going\s+on|new)\s+(?:at|in|with|to|during|on|about)\b\s*",
    re.IGNORECASE,
)
"""Words before a topic that only say that it is wanted: "what happened at"."""
_MATERIAL = (
    r"(?:(?:all|everything|news|articles?|stor(?:y|ies)|coverage|reports?|reporting|pieces?|headlines?|texts?|archive"
    r"|files?)\b)"
)
_LEADING = re.compile(
    rf"^(?:(?:all|of|the|these|those|this|that|your|my|our|latest|recent|today['’]s|whole)\s+)*{_MATERIAL}"
    r"(?:\s+(?:about|on|of|regarding|concerning|covering|from|in|that\s+(?:is|are|was|were)\s+about)\b)?\s*",
    re.IGNORECASE,
)
_TRAILING = re.compile(
    rf"(?:\s+{_MATERIAL}|,?\s+(?:please|for\s+(?:me|us)|thanks?|thank\s+you|briefly|quickly"
    r"|in\s+(?:brief|short|a\s+(?:few|couple\s+of)\s+(?:words|sentences)|one\s+(?:sentence|paragraph))))+$",
    re.IGNORECASE,
)
_ASKS = re.compile(r"^(?:what|who|whom|whose|which|when|where|why|how|if|whether)\b", re.IGNORECASE)
_AROUND = " ?!.,:\"“”‘’'"
_REFERENCE = frozenset("it that this them these those him her".split())


@dataclass(frozen=True, slots=True)
class SummaryAsked:
    """That a summary is wanted: of a topic, or (None) of all that there is."""

    topic: str | None


def summary_asked(text: str) -> SummaryAsked | None:
    """What a summary is asked of; None where `text` asks for none, for one of what was said before ("Summarize that"),
    or for what somebody said or did, which is a question like any other ("Summarize what Biden said about AUKUS")."""
    found = _REQUEST.match(without_orders(" ".join(text.split())).strip(" ?!."))
    if found is None:
        return None
    topic = _EVENT.sub("", found["topic"].strip(_AROUND))
    if _ASKS.match(topic) or topic.casefold() in _REFERENCE:
        return None
    topic = _TRAILING.sub("", " " + _LEADING.sub("", topic + " ").strip()).strip()
    topic = re.sub(r"^(?:the|a|an)\s+", "", topic, flags=re.IGNORECASE)
    return SummaryAsked(topic.strip(_AROUND) or None)


__all__ = ["SummaryAsked", "summary_asked"]
