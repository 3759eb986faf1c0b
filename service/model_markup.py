"""What models put around their sentences and nobody is shown: bullets, emphasis, headings, fences, "Answer:"."""

from __future__ import annotations

import re

from service.labels import LABEL

REFUSAL = "not in the articles"
"""What a prompt tells a model to write when the evidence does not answer."""

_SPECIAL = re.compile(r"<\|[^|<>\n]{1,40}\|>|</?s>|</?(?:answer|response|output)>", re.IGNORECASE)
_DOUBLED = re.compile(r"\*\*|__|`+|~~")
_EMPHASIS = re.compile(r"(?<![\w*])[*_](?=[^\s*_])|(?<=[^\s*_])[*_](?![\w*])")
_LINE_OPENING = re.compile(
    r"\s*(?:(?:[-*•‣◦·–—+>]|\(?\d{1,2}[.)]|\(?[a-z]\))\s+)*"
    r"(?:(?:the\s+|final\s+|short\s+)?(?:answers?|response|summary|output|a|statements?(?:\s+\d{1,2})?)\s*:\s*)?",
    re.IGNORECASE,
)
_HEADING = re.compile(r"\s*#{1,6}\s")
_BOLD_LINE = re.compile(r"\s*(?:\*\*|__)[^*_\n]{1,80}(?:\*\*|__)\s*:?\s*$")
_FENCE = re.compile(r"\s*(?:`{3,}|~{3,})[\w-]*\s*$")
_RULE = re.compile(r"[\s*_=-]*$")
_BLOCK_HEADER = re.compile(r"\s*article \d{1,2} \|", re.IGNORECASE)


def unmarked(line: str) -> tuple[str, list[int]]:
    """`line` without labels, the white space before them, emphasis and special tokens; and where each character of the
    result stood."""
    hidden = bytearray(len(line))
    for pattern in (LABEL, _SPECIAL, _DOUBLED, _EMPHASIS):
        for match in pattern.finditer(line):
            start = match.start()
            while pattern is LABEL and start > 0 and line[start - 1] in " \t":
                start -= 1
            hidden[start : match.end()] = b"\x01" * (match.end() - start)
    places = [place for place in range(len(line)) if not hidden[place]]
    return "".join(line[place] for place in places), places


def words_of(written: str, *, line_begins: bool) -> str:
    """The words of a statement on one line, without labels and markup."""
    masked, _ = unmarked(written)
    if line_begins:
        opening = _LINE_OPENING.match(masked)
        masked = masked[opening.end() :] if opening else masked
    text = " ".join(masked.split())
    return re.sub(r"\s+([.,;!?])(?=\s|$)", r"\1", text).strip()


def leads_with_label(line: str) -> bool:
    """Whether the line begins with a label, so that labels stand in front of their statements."""
    opening = _LINE_OPENING.match(line)
    return LABEL.match(line, opening.end() if opening else 0) is not None


def is_markup(line: str) -> bool:
    """A heading, a fence or a ruler is no statement."""
    bare = line.strip()
    if _BLOCK_HEADER.match(bare):
        return True
    if LABEL.search(bare) or refuses(words_of(bare, line_begins=True)):
        return False
    is_title = _BOLD_LINE.match(bare) is not None and not re.search(r"[.!?][*_]*$", bare)
    return bool(_HEADING.match(bare) or _FENCE.match(bare) or _RULE.match(bare) or is_title)


def refuses(text: str) -> bool:
    """The marker, alone or followed by an explanation that punctuation sets apart."""
    bare = text.strip(" \"'“”‘’.!*:;").casefold()
    return bare == REFUSAL or re.match(rf"{REFUSAL}\s*[:;,.(–—-]", bare) is not None
