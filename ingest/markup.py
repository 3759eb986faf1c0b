"""HTML inside a JSON field becomes plain paragraphs; words outside tags are kept in order.

News APIs deliver bodies as `<p>…</p>` runs. Tags are found by one linear scan: the standard library's parser takes
time quadratic in the length of hostile markup (`<a <a <a …`), and such a field comes from outside.
"""

from __future__ import annotations

import html
import re

_BLOCKS = frozenset(
    "address article aside blockquote dd div dl dt figcaption figure footer h1 h2 h3 h4 h5 h6 header hr li main nav "
    "ol p pre section table tr ul".split()
)
# Elements whose content is not shown.
_UNSEEN = frozenset(("script", "style", "noscript", "template", "iframe", "svg", "head"))
_KNOWN_TAGS = "p|br|div|span|a|b|i|em|strong|h[1-6]|ul|ol|li|blockquote|figure|img|section|article|table|hr"
_CLOSING = re.compile(rf"</(?:{_KNOWN_TAGS})\s*>|<(?:p|br|hr)\s*/?>", re.IGNORECASE)
_BEGINS = re.compile(rf"\s*<(?:{_KNOWN_TAGS})\b[^<>]*>", re.IGNORECASE)
# Possessive (*+), and never past the next "<": linear in the length of the text.
_TAG = re.compile(
    r"<!--|<[!?][^<>]*>|<(/?)([a-zA-Z][a-zA-Z0-9]*)\b(?:(?:[^<>\"']|\"[^\"<]*\"|'[^'<]*')*+|[^<>]*)>"
)
_SEARCHED_CHARS = 200_000


def looks_like_markup(text: str) -> bool:
    """Whether `text` is HTML rather than prose that mentions a tag: it begins with a known tag that a later one
    matches, or holds at least two closing (or paragraph-breaking) tags."""
    if "<" not in text:
        return False
    found = len(_CLOSING.findall(text, 0, _SEARCHED_CHARS))
    return found >= 2 or (found == 1 and _BEGINS.match(text) is not None)


def plain_text(markup: str) -> str:
    """The words of `markup`: blocks separated by a blank line, `<br>` as a line break, scripts and styles left out."""
    blocks: list[str] = []
    current: list[str] = []

    def end_block() -> None:
        lines = (line.strip(" ") for line in html.unescape("".join(current)).split("\n"))
        if block := re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip():
            blocks.append(block)
        current.clear()

    for words, tag in _pieces(markup):
        # A blank line between words parts paragraphs in feeds that break them by line ends; other white space is one.
        for number, part in enumerate(re.split(r"\n[ \t]*\n\s*", words)):
            current.append("\n\n" if number else "")
            current.append(re.sub(r"[ \t\n\r\f]+", " ", part))
        if tag == "br":
            current.append("\n")
        elif tag in _BLOCKS:
            end_block()
    end_block()
    return "\n\n".join(blocks)


def _pieces(markup: str) -> list[tuple[str, str]]:
    """Words, and the lower-case name of the tag that ends them ("" at the end), content of unseen elements skipped."""
    pieces: list[tuple[str, str]] = []
    absent: set[str] = (
        set()
    )  # endings known not to come any more, so that each is searched for in vain only once
    lowered = markup.lower()
    if len(lowered) != len(markup):  # a few letters change length in lower case; offsets must not
        lowered = markup
    start = 0
    while found := _TAG.search(markup, start):
        name = (found[2] or "").lower()
        pieces.append((markup[start : found.start()], name))
        start = found.end()
        ending = "-->" if found[0] == "<!--" else f"</{name}" if name in _UNSEEN and not found[1] else ""
        if ending and ending not in absent:
            position = lowered.find(ending, start)
            if position < 0:
                absent.add(ending)
            else:
                start = position + (len(ending) if ending == "-->" else 0)
    pieces.append((markup[start:], ""))
    return pieces
