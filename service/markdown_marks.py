"""What a reader should see of words that an article marks up in Markdown: the words, without the marks.

A citation keeps every character of its article, marks included, since it is verbatim; a statement is read. Plain text
has the same marks often enough, and words that only look marked are rare, so all articles are treated alike.
"""

from __future__ import annotations

import re

_IMAGE = re.compile(r"!\[[^\[\]]*\]\([^()\s]*(?:\s+\"[^\"]*\")?\)")
_LINK = re.compile(
    r"\[((?:[^\[\]]|\[[^\[\]]*\])+)\]"
    r"\((?:[a-z][a-z0-9+.-]*:|/|#|\.)[^()\s]*(?:\([^()\s]*\)[^()\s]*)*(?:\s+\"[^\"]*\")?\)",
    re.IGNORECASE,
)
"""A link's words may hold a name in brackets of ours; its target has to look like one, for "[sic](of 1923)" is none."""
_STRONG = re.compile(r"(?<!\\)(\*\*|__)(?=\S)((?:(?!\1).)+)(?<=[^\s\\])\1")
_EMPHASIS = re.compile(r"(?<![\w*_\\])([*_])(?=[^\s*_])([^*_]*[^\s*_\\])\1(?![\w*_])")
_CODE = re.compile(r"(?<!`)`([^`]+)`(?!`)")
_HEADING = re.compile(r"^\s*#{1,6}\s+")
_QUOTE = re.compile(r"^\s*(?:>\s+)+")
_ITEM = re.compile(r"^\s*[-*+]\s+(?=\S)")
_ESCAPE = re.compile(r"\\([!-/:-@\[-`{-~])")


def without_marks(text: str) -> str:
    """`text` (one line) without marks of emphasis, links, images, code, headings, items, quoted blocks and escapes."""
    for opening in (_HEADING, _QUOTE, _ITEM, _IMAGE):
        text = opening.sub("", text)
    text = _CODE.sub(r"\1", _LINK.sub(r"\1", text))
    text = _EMPHASIS.sub(r"\2", _STRONG.sub(r"\2", text))
    return _ESCAPE.sub(r"\1", text).strip()
