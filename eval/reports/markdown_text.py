"""Words of articles and models inside Markdown, where they must do nothing but be read.

GitHub and GitLab make links, mentions, emoji and formulas of plain text after Markdown has been rendered, so that an
escaped `@name` still calls somebody. A zero-width space after the character that begins such a thing stops it; a dollar
sign stands in a `<span>`, as GitHub's documentation has it for those that begin no formula.
"""

from __future__ import annotations

import re

from eval.reports.words import clipped, plain_line

_PUNCTUATION = re.compile(r"([\\`*_\[\]#|~^])")
_BEGINS_A_BLOCK = re.compile(r"^([-+=](?=[-+=\s]|$)|\d{1,9}(?=[.)](?:\s|$)))")
_BEGINS = re.compile(r"([@#!~%&])(?=[\w\"'\[{<])|(:)(?=//|[\w+-]+:)|(\bwww|\bGH)(?=[.-])", re.IGNORECASE)
_COMMIT = re.compile(r"\b([0-9a-f]{6})(?=[0-9a-f]{1,34}\b)", re.IGNORECASE)
_BREAK = "\u200b"


def text(words: str) -> str:
    """Words on one line, as Markdown that shows them and nothing else; fit for the cell of a table."""
    broken = _BEGINS.sub(lambda found: found.group() + _BREAK, plain_line(words))
    broken = _COMMIT.sub(lambda found: found.group() + _BREAK, broken)
    parts = broken.split("&")
    escaped = "&amp;".join(_PUNCTUATION.sub(r"\\\1", part) for part in parts)
    escaped = _BEGINS_A_BLOCK.sub(lambda found: found.group() + _BREAK, escaped)
    return escaped.replace("<", "&lt;").replace(">", "&gt;").replace("$", "<span>$</span>")


def short(words: str, chars: int) -> str:
    """The same of the first `chars` characters of the words."""
    return text(clipped(words, chars))


def code(words: str) -> str:
    """Words as code, fit for the cell of a table: nothing in it is linked or rendered."""
    return "`" + plain_line(words).replace("`", "'").replace("|", "¦") + "`"
