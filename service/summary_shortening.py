"""Shorter forms of a sentence: the sentence without some of its whole pieces, and a mark where they were.

Every word that remains is the article's, in its order; a form cites the whole sentence. A mark (…) stands where
words were left out in the middle or at the end. One that would stand first is not set: as in print, the sentence then
begins with a capital.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import combinations, pairwise

from service.candidates import Candidate
from service.summary_piece_words import has_verb
from service.summary_pieces import Piece, pieces
from service.terms import fold

MARK = "…"
MOST_PIECES = 4
"""Of one sentence, the longest ones first; all their combinations are looked at."""
MOST_FORMS = 5
LEAST_WORDS = 7
LEAST_SHARE = 0.35
"""Of the words, that has to remain: less is a scrap."""
LEAST_SAVED = 3
"""Words between two forms of one sentence."""

_PERSONAL = re.compile(r"\b(?:he|she|him|her|his|hers|they|them|their|theirs)\b", re.IGNORECASE)
_SINGULAR = re.compile(r"\b(?:he|she|him|his|her)\b(?! \[)")
_NAME = re.compile(r"(?<=\s)[A-Z][a-z]")
_PRONOUN = re.compile(
    r"(?:he|she|they|it|this|that|these|those|his|her|their|its|such|both)\b(?! \[)", re.IGNORECASE
)


def shortened(candidate: Candidate, text: str) -> list[str]:
    """The shorter forms of `text`, which is what is shown of the candidate (`service.summary_text.shown`), longest
    first; none where nothing can be left out."""
    words = len(text.split())
    usable = [piece for piece in pieces(text) if not _explains(candidate, text, piece)]
    usable = sorted(usable, key=lambda piece: piece.start - piece.end)[:MOST_PIECES]
    forms: dict[str, int] = {}
    for size in range(1, len(usable) + 1):
        for chosen in combinations(usable, size):
            if _apart(chosen):
                form = without(text, chosen)
                length = len(form.split())
                if length >= max(LEAST_WORDS, LEAST_SHARE * words) and _reads(form):
                    forms.setdefault(form, length)
    kept: list[str] = []
    least = words
    for form, length in sorted(forms.items(), key=lambda item: -item[1]):
        if least - length >= LEAST_SAVED and len(kept) < MOST_FORMS:
            kept.append(form)
            least = length
    return kept


def without(text: str, left_out: Sequence[Piece]) -> str:
    """The text without these pieces, which do not overlap."""
    result, position = "", 0
    for piece in sorted(left_out, key=lambda piece: piece.start):
        result = _joined(result, text[position : piece.start])
        position = piece.end
    return _joined(result, text[position:], closing=True)


def _joined(left: str, right: str, *, closing: bool = False) -> str:
    if not left:
        return right[:1].upper() + right[1:] if closing or right else right
    if closing and not right.strip(" ."):
        return left.rstrip(" ,;:–—") + MARK
    if right.startswith("."):
        return left.rstrip(" ,") + MARK + right[1:]
    between = "" if right.startswith((",", ";", ":")) else " "
    return left.rstrip(" ,;:–—") + MARK + between + right.lstrip(" –—")


def _apart(chosen: Sequence[Piece]) -> bool:
    """Whether none of the pieces meets another: two that touch would share a comma."""
    ordered = sorted(chosen, key=lambda piece: piece.start)
    return all(one.end < other.start for one, other in pairwise(ordered))


def _reads(form: str) -> bool:
    return has_verb(form) and not re.search(r"[,;:]…|…\s*…", form)


def _explains(candidate: Candidate, text: str, piece: Piece) -> bool:
    """Whether a name in the piece says whom a later pronoun, title or surname means, or an opening what the subject
    of the sentence means."""
    own, later = text[piece.start : piece.end], text[piece.end :]
    before = text[: piece.start]
    names = {mention.name for mention in candidate.mentions if mention.kind == "name"}
    for name in names:
        surname = fold(name).split()[-1]
        introduced = surname in fold(own) and surname not in fold(before)
        if introduced and (surname in fold(later) or _PERSONAL.search(later)):
            return True
    if piece.kind == "opening" and _NAME.search(own) and _SINGULAR.search(later):
        return True
    return not before.strip() and _PRONOUN.match(later.lstrip()) is not None


__all__ = ["MARK", "shortened", "without"]
