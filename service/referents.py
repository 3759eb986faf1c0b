"""Statements that can be read on their own: who "he" is, and who is speaking, in square brackets.

Brackets are the newsroom's mark for "not in the original". They are added outside quotation marks only, so that a
quotation stays the speaker's own words.
"""

from __future__ import annotations

import re

from ingest.articles import Mention, Quotation
from service.candidates import Candidate
from service.markdown_marks import without_marks
from service.reference_checks import is_certain, is_possible
from service.terms import fold

_CONTRACTED = re.compile(r"['’](?:ll|ve|re|d|s)\b", re.IGNORECASE)
"""What belongs to the pronoun in front: "He’ll [Carl Boyd] step down", not "He [Carl Boyd]’ll"."""
_SPACES = re.compile(r"\s+")
_MARKS = ("“", "”", '"', "‘", "’")
_SPEAKING_PRONOUNS = frozenset({"he", "she", "they"})
_POSSESSIVE_PRONOUNS = frozenset({"his", "her", "hers"})


def readable(candidate: Candidate, *, every_speaker: bool = False) -> str:
    """The candidate's words on one line, with `[Name]` after a pronoun or title that nothing before explains, and
    `[Name:]` in front of quoted words whose speaker is named outside the candidate. Marks of Markdown are left out.

    `every_speaker` names whoever speaks, too, where another person was named just before ("the mayor thanked Ruth Ames.
    “We will see,” he [Carl Boyd] said").
    """
    text = candidate.article.text
    pieces: list[str] = []
    position = candidate.start
    explained = _surnames_in_names(candidate)
    opener = _opening_speaker(candidate)
    spoken = _surrounding_quotation(candidate)
    if opener:
        pieces.append(f"[{opener}:] ")
        explained.add(_surname(opener))
    if spoken is not None and not candidate.text.startswith(_MARKS):
        pieces.append("“")
    for mention in _referring(candidate):
        if mention.kind == "name" or _in_quotation(candidate, mention):
            continue
        if _surname(mention.name) in explained and not (every_speaker and _speaks(candidate, mention)):
            continue
        words = text[mention.start : mention.end]
        if fold(words) in fold(mention.name) or fold(mention.name) in fold(words):
            continue
        if not (is_possible if every_speaker else is_certain)(candidate, mention):
            continue
        suffix = "’s" if fold(words) in _POSSESSIVE_PRONOUNS else ""
        contracted = (
            _CONTRACTED.match(text, mention.end, candidate.end) if mention.kind == "pronoun" else None
        )
        end = contracted.end() if contracted else mention.end
        pieces.append(text[position:end] + f" [{mention.name}{suffix}]")
        position = end
        explained.add(_surname(mention.name))
    pieces.append(text[position : candidate.end])
    if spoken is not None and not candidate.text.endswith(_MARKS):
        pieces.append("”")
    return _closed(without_marks(_SPACES.sub(" ", "".join(pieces)).strip()))


def _opening_speaker(candidate: Candidate) -> str | None:
    """Who says the direct words of the candidate, when the candidate itself does not tell."""
    direct = [
        quotation for quotation in candidate.quotations if quotation.kind == "direct" and quotation.speaker
    ]
    if not direct or any(_tells_speaker(candidate, quotation) for quotation in direct):
        return None
    first = direct[0]
    outside = candidate.article.text[candidate.start : max(candidate.start, first.start)].strip(" \n“\"‘'")
    return first.speaker if not outside else None


def _surrounding_quotation(candidate: Candidate) -> Quotation | None:
    """The direct quotation that the whole candidate lies in, without holding either of its marks."""
    return next(
        (
            quotation
            for quotation in candidate.quotations
            if quotation.kind == "direct"
            and quotation.start <= candidate.start
            and candidate.end <= quotation.end
        ),
        None,
    )


def _tells_speaker(candidate: Candidate, quotation: Quotation) -> bool:
    return (
        quotation.speaker_start is not None
        and quotation.speaker_end is not None
        and candidate.start <= quotation.speaker_start
        and quotation.speaker_end <= candidate.end
    )


def _referring(candidate: Candidate) -> list[Mention]:
    """The mentions of people in order, and the pronouns behind which the article has a speaker without a name."""
    found = list(candidate.mentions)
    taken = {mention.start for mention in found}
    for quotation in candidate.quotations:
        start, end, speaker = quotation.speaker_start, quotation.speaker_end, quotation.speaker
        if start is None or end is None or speaker is None or start in taken or speaker[:1].isupper():
            continue
        pronoun = fold(candidate.article.text[start:end]) in _SPEAKING_PRONOUNS
        if (
            pronoun
            and candidate.start <= start
            and end <= candidate.end
            and fold(speaker) not in fold(candidate.text)
        ):
            found.append(Mention(start, end, speaker, "pronoun"))
            taken.add(start)
    return sorted(found, key=lambda mention: mention.start)


def _speaks(candidate: Candidate, mention: Mention) -> bool:
    return any(
        (quotation.speaker_start, quotation.speaker_end) == (mention.start, mention.end)
        for quotation in candidate.quotations
    )


def _in_quotation(candidate: Candidate, mention: Mention) -> bool:
    return any(
        quotation.kind == "direct" and quotation.start <= mention.start < quotation.end
        for quotation in candidate.reading.analysis.quotations
    )


def _surnames_in_names(candidate: Candidate) -> set[str]:
    return {_surname(mention.name) for mention in candidate.mentions if mention.kind == "name"}


def _surname(name: str) -> str:
    words = [word for word in name.split() if fold(word).strip(".") not in ("jr", "sr", "ii", "iii")]
    return fold(words[-1]) if words else fold(name)


def _closed(text: str) -> str:
    """Close a quotation that goes on in the article, marking that it does."""
    if text.count("“") > text.count("”"):
        return text + (" […]”" if not text.endswith("…") else "”")
    if text.count("”") > text.count("“"):
        return "“[…] " + text
    return text
