"""What is said to Dateline and not asked of the articles: "hello", "thanks", "what can I ask?", "how many articles?"

Such words were looked for in the articles, and "thanks" found a minister who thanked somebody. They get a sentence
about what is here, and no statement: nothing of it is the articles' own.
"""

from __future__ import annotations

import re

from service.answers import Answer
from service.concluding import told_only
from service.follow_ups import is_courtesy
from service.shelf import Shelf

MOST_OUTLETS = 8
_ABOUT = re.compile(
    r"^(?:(?:so|and|please|hi|hello|hey|ok)[,\s]+)*(?:"
    r"(?:who|what)\s+are\s+you|what\s+is\s+this(?:\s+(?:for|bot|page|chat))?|help(?:\s+me)?"
    r"|(?:what|how)\s+(?:(?:can|do|does|could|should)\s+)?(?:i|you|we|this|it|one)\s+(?:(?:can|could)\s+)?"
    r"(?:ask|do|help|work|use\s+(?:this|you|it)|know|answer)(?:\s+(?:you|me|here|about|for\s+me))*"
    r"|how\s+many\s+(?:articles|stories|documents|files|sources|outlets)(?:\s+(?:do\s+you\s+(?:have|know)|are\s+(?:there|here)))?"
    r"|(?:which|what)\s+(?:outlets|sources|newspapers|articles|publications|documents)"
    r"\s+(?:do\s+you\s+(?:have|know|use|cover|read)|are\s+(?:there|here|available))"
    r")[\s?.!]*$",
    re.IGNORECASE,
)


def is_small_talk(text: str) -> bool:
    """Whether nothing is asked of the articles: a courtesy, or a question about Dateline itself."""
    return bool(text.strip()) and (is_courtesy(text) or _ABOUT.match(" ".join(text.split())) is not None)


def told_of_archive(text: str, shelf: Shelf) -> Answer:
    """What is here, as an abstention: how many articles, of which outlets, from when to when."""
    reason = f"Ask about the articles. {_what_is_here(shelf)}"
    return told_only(text, reason, reason)


def _what_is_here(shelf: Shelf) -> str:
    records = list(shelf.records.values())
    if not records:
        return "There are none yet: `dateline ingest FOLDER`."
    outlets = sorted({record.outlet for record in records if record.outlet})
    days = sorted(record.published_at[:10] for record in records if record.published_at)
    told = f"There are {len(records):,}" if len(records) > 1 else "There is one"
    if outlets:
        more = len(outlets) - MOST_OUTLETS
        named = [
            *outlets[:MOST_OUTLETS],
            *([f"{more} other outlets" if more > 1 else "another outlet"] if more > 0 else []),
        ]
        told += f", by {_listed(named)}"
    if days:
        told += f", published {days[0]}" if days[0] == days[-1] else f", published {days[0]} to {days[-1]}"
    return f"{told}."


def _listed(words: list[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"


__all__ = ["is_small_talk", "told_of_archive"]
