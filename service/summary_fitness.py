"""Whether a sentence belongs in a summary by its form alone: no questions, no appeals to the reader, nothing that hangs
on words the reader does not see; and how much worse one is that is mostly quotation or figures.

The factors were set by reading summaries of samples and of a news archive. Each is a share of the weight that is left.
"""

from __future__ import annotations

import re

from ingest.articles import Quotation
from service.candidates import Candidate

LEAST_WORDS = 5
"""Shorter ones are remarks: "She declined to comment"."""
LONG_WORDS, LONG = 45, 0.8
SHORT_WORDS, SHORT = 8, 0.7
MOST_FIGURES, FIGURES = 5, 0.6
"""A list of results says little to who has not followed them."""
QUOTED = 0.3
"""For one that is wholly direct speech, which colours a story rather than tells it; less for less of it."""
UNATTRIBUTED, MUCH_QUOTED = 0.3, 0.3
"""For direct speech of nobody knows whom, where it is this share of the sentence."""
BROKEN = 0.5
CONNECTED = 0.7
WIDENED = 0.8
"""For one that needs the sentence before it to be understood."""
DANGLING = 0.25
ANAPHORIC = 0.7
"""For "The company ...": which one stands in a sentence before."""
LABELLED = 0.3
PERSONAL = 0.5
UNTOLD = 0.3
"""For who said nothing."""

_QUESTION = re.compile(r"\?[\"'”’)\]]*$")
_APPEAL = re.compile(
    r"\b(?:click (?:here|on)|read (?:more|also|our|the full)|sign up|subscribe|follow us|share this|log ?in"
    r"|(?:here(?:’|')?s|here (?:is|are)) (?:what|how|why|everything|the)|what you need to know|scroll down"
    r"|see (?:also|below)|more on this|stay tuned|learn more|find out (?:more|how)|newsletter|cookies?"
    r"|this (?:story|article|post|page)|all rights reserved|photo(?:graph)? by|getty images|advertisement"
    r"|affiliate|promo code|editor(?:’|')s note)\b",
    re.IGNORECASE,
)
_CONNECTIVE = re.compile(
    r"^(?:but|and|or|so|yet|however|meanwhile|also|then|thus|therefore|instead|still|nevertheless|nonetheless|moreover"
    r"|furthermore|additionally|besides|otherwise|though|similarly|likewise|consequently|accordingly|indeed|after all"
    r"|for (?:example|instance)|in (?:addition|contrast|other words|turn|fact|short)|on the other hand|as a result"
    r"|other than (?:this|that)|that said|even so|of course|to (?:that|this) end|not only that)\b",
    re.IGNORECASE,
)
_POINTING = re.compile(
    r"^(?:it|this|that|these|those|they|such|both|here|there|he|she|his|her|their|its|one|another|others|some|neither"
    r"|the (?:latter|former|same|other)|which|who)\b",
    re.IGNORECASE,
)
_SELF_CONTAINED = re.compile(
    r"^(?:there (?:is|are|was|were|has|have|will)|it (?:is|was) \w+ (?:that|to)|one of|some of|both the)\b",
    re.IGNORECASE,
)
_LABEL = re.compile(r"^[A-Z][A-Z ’'-]{3,}:|^(?:[A-Z][\w’'-]+ ){1,4}[|•]")
"""The caption of a list's item: "LAST WEEK: ..."."""
_ANAPHORIC = re.compile(
    r"^(?:(?:On|In|At|By|For|After|Since|Last) [^,]{2,24}, )?(?:the|this|that) (?:company|firm|group|team|club|agency"
    r"|report|study|survey|move|decision|plan|deal|announcement|agreement|event|incident|case|site|platform|app|game"
    r"|show|film|couple|duo|player|star|singer|actor|suspect|man|woman|official|statement|product|device|feature)\b",
    re.IGNORECASE,
)
_UNTOLD = re.compile(
    r"\b(?:declined\s+to\s+(?:comment|say|answer|discuss)|(?:did|has|have|had)\s*(?:not|n[’']t)\s+(?:immediately\s+)?"
    r"(?:respond\w*|repl\w+|return\w*)|could\s+not\s+(?:immediately\s+)?be\s+reached)\b"
)
_PERSON = re.compile(r"\b(?:I|I’m|I've|my|me|we|we’re|our|us|you|your|you’re)\b")
_DIRECT = re.compile(r"“[^”]*”|\"[^\"]*\"|(?<!\w)‘[^’]*(?:’\w[^’]*)*’(?!\w)")
_FIGURE = re.compile(r"\d[\d.,]*")


def fitness(candidate: Candidate, text: str) -> float:
    """How fit a candidate is, 0 (not at all) to 1; `text` is what would be shown (`service.summary_text.shown`)."""
    words = text.split()
    own = candidate.focus_text.strip()
    bare = _DIRECT.sub(" ", text)
    if len(words) < LEAST_WORDS or _QUESTION.search(text) or _QUESTION.search(own):
        return 0.0
    if _APPEAL.search(bare) or not re.search(r"[.!…][\"'”’)\]]*$", text) or own[:1].islower():
        return 0.0
    fit = 1.0
    if len(words) > LONG_WORDS:
        fit *= LONG * LONG_WORDS / len(words)
    elif len(words) < SHORT_WORDS:
        fit *= SHORT
    if len(_FIGURE.findall(text)) > MOST_FIGURES:
        fit *= FIGURES
    if "[…]" in text:
        fit *= BROKEN
    if _CONNECTIVE.match(text):
        fit *= CONNECTED
    if _hangs(candidate, text):
        fit *= DANGLING
    if _LABEL.match(text):
        fit *= LABELLED
    if _ANAPHORIC.match(text):
        fit *= ANAPHORIC
    if candidate.first < candidate.focus:
        fit *= WIDENED
    if _UNTOLD.search(bare):
        fit *= UNTOLD
    if _PERSON.search(bare):
        fit *= PERSONAL
    return fit * _quoted(candidate)


def _hangs(candidate: Candidate, text: str) -> bool:
    """Whether the first words point at something before that no bracket explains."""
    match = _POINTING.match(text.lstrip("“\"‘'"))
    if match is None or _SELF_CONTAINED.match(text) or text.startswith(("“", '"', "‘")):
        return False
    return not text[match.end() :].startswith(" [")


def _quoted(candidate: Candidate) -> float:
    direct = [one for one in candidate.quotations if one.kind == "direct"]
    share = min(1.0, sum(_length(candidate, one) for one in direct) / max(1, candidate.end - candidate.start))
    unattributed = any(one.speaker is None for one in direct)
    return (1 - (1 - QUOTED) * share) * (UNATTRIBUTED if unattributed and share >= MUCH_QUOTED else 1.0)


def _length(candidate: Candidate, quotation: Quotation) -> int:
    return max(0, min(quotation.end, candidate.end) - max(quotation.start, candidate.start))


__all__ = ["fitness"]
