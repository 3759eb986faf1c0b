"""The labels by which a model cites: "[3.2]", and every other way in which models have been seen to write one."""

from __future__ import annotations

import re

# Possessive (`*+`) and atomic (`(?>…)`) throughout: an unclosed bracket of many numbers would otherwise be tried in
# every way of dividing its spaces, which takes time that doubles with each.
_KIND = (
    r"(?>(?:articles?|sources?|sentences?|passages?|evidence|citations?|refs?|see|cf)\.?\s*+(?:[:#]\s*+)?)"
)
_NUMBER = r"\^?#?\d{1,2}(?:\.\d{1,3}){0,2}"
_JOIN = r"\s*+(?>,\s*+and\b|,|;|\||&|/|-|–|—|\band\b|\bto\b)\s*+"
_LIST = rf"{_KIND}?{_NUMBER}(?:{_JOIN}{_KIND}?{_NUMBER})*+"
_DOTTED = rf"{_KIND}?\d{{1,2}}\.\d{{1,3}}(?:{_JOIN}{_KIND}?\d{{1,2}}\.\d{{1,3}})*+"
_NAMED = rf"{_KIND}{_NUMBER}(?:{_JOIN}{_KIND}?{_NUMBER})*+"
# In round brackets a bare number is a number: only "(3.2)" and "(Article 3)" are labels there.
LABEL = re.compile(
    rf"\[{{1,2}}\s*{_LIST}\s*\]{{1,2}}|【\s*{_LIST}[^】\n]{{0,20}}】|\(\s*(?:{_DOTTED}|{_NAMED})\s*\)",
    re.IGNORECASE,
)
"""One citation as written, with its brackets."""
OPEN_LABEL = re.compile(r"[\[(【][^\])】\n]{0,60}$")
"""The end of a text in which a bracket is still open, so that it may yet become a label."""

_PART = re.compile(r"(\d{1,2})(?:\.(\d{1,3}))?(?:\.\d{1,3})?")
_RANGE = re.compile(r"^\s*(?:-|–|—|\bto\b)\s*$", re.IGNORECASE)
LONGEST_RANGE = 8
"""Sentences that one "[3.2-3.9]" may name; of a longer range only the ends count."""


def labels_in(written: str) -> tuple[str, ...]:
    """The labels in one `LABEL` match, in order, each once: "3.2" for a sentence, "3" for an article as a whole.

    A range inside one article is spelled out: "[3.2-3.4]" and "[3.2-4]" name three sentences.
    """
    found: list[str] = []
    before: re.Match[str] | None = None
    for match in _PART.finditer(written):
        article, sentence = match[1], match[2]
        is_range = before is not None and _RANGE.match(written[before.end() : match.start()]) is not None
        if is_range and before is not None and before[2]:
            first = int(before[2])
            last = int(sentence) if sentence else int(article)
            same = sentence is None or article == before[1]
            if same and first < last <= first + LONGEST_RANGE:
                found += [f"{int(before[1])}.{number}" for number in range(first + 1, last + 1)]
                before = match
                continue
        found.append(f"{int(article)}.{int(sentence)}" if sentence else f"{int(article)}")
        before = match
    return tuple(dict.fromkeys(found))
