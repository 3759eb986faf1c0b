"""Questions about what an outlet says: "What did the Pacific Courier article say about AUKUS?"

An outlet is nobody whose words an article quotes: what it says is what its articles tell. Such a question is asked of
the outlet's articles, with no speaker, and its own verb ("say", "write", "cover") is no part of what it is about.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from service.equivalents import FUNCTION_WORDS
from service.outlet_context import REPORTING_NOUN
from service.outlets import OutletMention
from service.terms import fold

_WORD = re.compile(r"[^\W_]+")
_JOINING = frozenset("both either neither s".split())
"""Beside function words: what stands around names of outlets, the "s" of a possessive among them."""
_NOUN = re.compile(REPORTING_NOUN, re.IGNORECASE)
_VERB = (
    r"(?:write|writes|wrote|written|cover|covers|covered|covering|publish|publishes|published|carry|carries|carried"
    r"|print|prints|printed|tell|tells|told|have\s+to\s+say)"
)
_BEHIND = rf"['’]?s?[\"'”’»]?\s+(?:{REPORTING_NOUN}\s+)?(?:(?:also|ever|already|recently)\s+)?{_VERB}\b"


def means_outlet(words: str, mentions: Sequence[OutletMention]) -> bool:
    """Whether `words`, which stand before a verb of speech, name outlets or what they print, and nobody else: "The
    Verge", "the TechCrunch article", "both the Post and the Herald", not "the editor of the Post"."""
    rest = without_outlets(words, mentions)
    return rest != words and all(
        fold(word) in FUNCTION_WORDS | _JOINING or _NOUN.fullmatch(word) for word in _WORD.findall(rest)
    )


def without_reporting(text: str, mentions: Sequence[OutletMention]) -> str:
    """`text` without the verbs by which the outlets it names report something: "write" in "does the Post write"."""
    for words in dict.fromkeys(mention.words for mention in mentions):
        text = re.sub(
            rf"({re.escape(words)}){_BEHIND}", lambda found: found[1] + " ", text, flags=re.IGNORECASE
        )
    return text


def without_outlets(text: str, mentions: Sequence[OutletMention]) -> str:
    """`text` with a blank for each outlet's name."""
    for words in dict.fromkeys(mention.words for mention in mentions):
        text = re.sub(rf"(?<!\w){re.escape(words)}(?!\w)", " ", text)
    return text


__all__ = ["means_outlet", "without_outlets", "without_reporting"]
