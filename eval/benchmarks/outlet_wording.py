"""Words an outlet's name stands among in a question, and the question rewritten without the name.

Names have been replaced by a mark before; what is left is to make a sentence of it: "the ▮ article" is "an article",
"as reported by ▮" is nothing, "does ▮ suggest" is "does an article suggest".
"""

from __future__ import annotations

import re

ONE = "\ue000"
"""Stands for an outlet's name."""

_SEVERAL = "\ue001"
"""Stands for several names in a list."""

_A = "\ue002"
"""Stands for "a" or "an" until the next word is known."""

DOCUMENT = (
    r"(?:article|report|piece|story|post|review|column|editorial|feature|interview|publication|guide|roundup|blog|"
    r"newsletter|analysis|update|essay|podcast|write-up|account|study|source|item)"
)
DOCUMENTS = (
    r"(?:articles|reports|pieces|stories|posts|reviews|columns|editorials|features|interviews|publications|guides|"
    r"analyses|updates|sources)"
)
SPEECH = (
    r"(?:report|describ|suggest|claim|stat(?:e|ing)|sa(?:y|id)|mention|indicat|discuss|not(?:e|ing)|highlight|detail|"
    r"cover|publish|impl[iy]|argu|focus|attribut|portray|present|assert|mak(?:e|ing)|announc|cit(?:e|ing)|explain|"
    r"emphasi|characteri|depict|credit|predict|provid|identif|outlin|express|offer|list|recommend|reveal|address|"
    r"acknowledg|critici[sz]|prais|writ(?:e|ing)|convey|contradict|associat|advis|warn|call|allege|agree|maintain)\w*"
)
"""What outlets and articles do, in any form."""

FUNCTION_WORD = (
    r"(?:an?|the|and|or|on|in|of|for|to|that|which|who|whose|did|do|does|is|was|are|were|has|have|had|by|from|with|"
    r"about|as|after|before|while|also|both|not|it|its|at|than|but)"
)
_SAID = (
    r"(?:reported|described|mentioned|covered|noted|stated|detailed|discussed|featured|highlighted|published|outlined|"
    r"cited|claimed|suggested|indicated|portrayed|presented|depicted|characterized|reviewed|seen|written|identified|"
    r"quoted|recommended|explained|announced|implied|predicted|revealed|documented|listed|told|said|referenced|"
    r"recognized|analyzed|given)"
)
_DETERMINER = (
    r"(?:another|other|one|this|that|each|every|either|neither|first|second|third|last|latest|later|earlier|previous|"
    r"subsequent|same|separate|different|recent|single|any|no|initial|following)"
)
_ANY = f"[{ONE}{_SEVERAL}]"
_THE = r"(?:\b[Tt]he\s+)?"
_BOTH_THE = rf"(?:both\s+)?{_THE}"
_ADVERBS = r"(?:\w+ly\s+|also\s+|both\s+)*"
_AS_SAID_BY = rf"as\s+{_ADVERBS}{_SAID}\s+(?:by|in|on|from|to)"
_CLAUSE = r"(?:and|or|but|which|who|whose|what|where|when|while|with|without|did|does|do|has|in)"
_MODIFIERS = rf"(?:(?!{SPEECH}\b|{FUNCTION_WORD}\b)[\w'’-]+\s+){{0,3}}?"
_ITS_DOCUMENT = rf"(?:['’]s)?\s+(?={_MODIFIERS}{DOCUMENT}\b)"
_AND = r"(?:and|or|&)\s+"
_LISTED = re.compile(
    rf"{ONE}(?:\s*,\s*(?:{_AND})?{_BOTH_THE}{ONE}|\s+{_AND}{_THE}{ONE})+(?!['’]s)(?!\s+{DOCUMENT}\b)"
)
_REWRITES: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern), replacement)
    for pattern, replacement in (
        # "does ▮ report a loss": the verb. "does ▮ report suggest", "… report on X suggest": the noun.
        (
            rf"(?i:\b(did|does|do))\s+{_ANY}\s+"
            rf"(?={DOCUMENT}\b(?!['’]|\s+{SPEECH}|\s+on\b.*?\b(?:suggest|claim|indicat)))",
            r"\1 an article ",
        ),
        (
            rf"\b(which|that|as|what)\s+{ONE}\s+(?=(?:reports|reviews|features|posts|updates|guides)\b)",
            r"\1 an article ",
        ),
        # "another ▮ article", "the ▮ article", "▮'s article", "the ▮ articles"
        (rf"\b({_DETERMINER})\s+{_ANY}{_ITS_DOCUMENT}", r"\1 "),
        (rf"(?:\b(?:[Tt]he|[Aa]n?)\s+)?{_ANY}{_ITS_DOCUMENT}", f"{_A} "),
        (rf"{_THE}{_ANY}(?:['’]s)?\s+(?={_MODIFIERS}{DOCUMENTS}\b)", ""),
        # "▮'s claims", "the ▮ reporting", "▮ coverage"
        (
            rf"{_THE}{_ANY}['’]s\s+|\b[Tt]he\s+{_ANY}\s+(?=reporting\b)|{_THE}{_ANY}\s+(?=coverage\b)",
            "the ",
        ),
        # "as reported by ▮", ", reported by ▮,", "according to ▮", "from ▮"
        (rf",\s*(?:{_AS_SAID_BY}|[Aa]ccording\s+to)\s+{_BOTH_THE}{_ANY}\s*,(?!\s+{_CLAUSE}\b)", ""),
        (rf",?\s*\b{_AS_SAID_BY}\s+{_BOTH_THE}{_ANY}", ""),
        (rf",\s*{_ADVERBS}{_SAID}\s+(?:by|in|on|from)\s+{_BOTH_THE}{_ANY}(?:\s*,|(?=\s*[?.;]))", ""),
        (rf",?\s*\b(?:[Aa]ccording\s+to|[Aa]s\s+per|[Pp]er|[Vv]ia)\s+{_BOTH_THE}{_ANY}", ""),
        (rf"\s+(?:by|from|in|on|of|at)\s+{_BOTH_THE}{_ANY}", ""),
        (rf"\s*\({_ANY}(?:\s*/\s*{_ANY})*\)", ""),
        # Any other: what is said of the outlet is said of an article.
        (rf"\b([Bb])oth\s+{_THE}{_SEVERAL}", r"\1oth articles"),
        (rf"{_THE}{_SEVERAL}", "articles"),
        (rf"(?:\b(?:[Tt]he|[Aa]n?)\s+)?{ONE}(?:['’]s)?", "an article"),
        (f"{_A} (?=[aeiouAEIOU])", "an "),
        (f"{_A} ", "a "),
        # White space and commas that are left over.
        (r"\s+", " "),
        (r"\s+(?=[,.;?])", ""),
        (r"(?:,\s*)+(?=[,.;?])", ""),
        (r"^[\s,;]+", ""),
    )
)


def rewritten(marked: str) -> str:
    """The question with every `ONE` written away."""
    text = _LISTED.sub(_SEVERAL, marked)
    for pattern, replacement in _REWRITES:
        text = pattern.sub(replacement, text)
    text = text.strip()
    return text[:1].upper() + text[1:]
