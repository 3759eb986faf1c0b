"""Block Kit's parts as functions, and Slack's limits on them.

Lengths are in characters. https://docs.slack.dev/reference/block-kit/blocks names 50 blocks a message, 100 a modal,
3,000 characters a text, 2,000 a button's value. Slack also refuses a message whose blocks are too long together
(`msg_blocks_too_long`), somewhere above 11,000 characters of text (bolt-js issues 2509 and 2867): `MOST_JSON_CHARS`
keeps well below.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from service.slack.mrkdwn import one_line, shortened

Block = dict[str, Any]
Element = dict[str, Any]

MOST_BLOCKS = 50
MOST_VIEW_BLOCKS = 100
MOST_TEXT_CHARS = 3000
MOST_VALUE_CHARS = 2000
MOST_JSON_CHARS = 9_000
"""Of all blocks of a message, as JSON."""
MOST_FALLBACK_CHARS = 3000
"""Of the text that notifications and screen readers use."""

_SENTENCE_END = re.compile(r"[.!?][”’\"]?\s+")


@dataclass(frozen=True, slots=True)
class Message:
    """What one message of Slack holds: `text` for notifications, `blocks` for the screen."""

    text: str
    blocks: tuple[Block, ...]


def words(text: str, *, bold: bool = False, italic: bool = False) -> Element:
    """Literal words in a rich text."""
    style = {name: True for name, wanted in (("bold", bold), ("italic", italic)) if wanted}
    return {"type": "text", "text": text, **({"style": style} if style else {})}


def anchor(url: str, text: str) -> Element:
    """A link in a rich text."""
    return {"type": "link", "url": url, "text": text}


def person(user_id: str) -> Element:
    """A person of the workspace, by id. Slack tells them that they were named."""
    return {"type": "user", "user_id": user_id}


def line(*elements: Element) -> Element:
    """One paragraph of a rich text."""
    return {"type": "rich_text_section", "elements": list(elements)}


def quotation(*elements: Element) -> Element:
    """A quotation with a bar at its side."""
    return {"type": "rich_text_quote", "elements": list(elements)}


def bullets(lines: Iterable[Element]) -> Element:
    """A list with dots."""
    return {"type": "rich_text_list", "style": "bullet", "indent": 0, "elements": list(lines)}


def rich_text(*parts: Element, block_id: str | None = None) -> Block:
    """A block of literal text."""
    found: Block = {"type": "rich_text", "elements": list(parts)}
    return found | {"block_id": block_id} if block_id else found


def small_print(mrkdwn: str) -> Block:
    """A context block; `verbatim` keeps Slack from making links and mentions of what looks like them."""
    return {"type": "context", "elements": [{"type": "mrkdwn", "text": mrkdwn, "verbatim": True}]}


def button(label: str, action_id: str, value: str) -> Element:
    """A button; `value` is what its press brings back."""
    return {
        "type": "button",
        "text": {"type": "plain_text", "text": label, "emoji": True},
        "action_id": action_id,
        "value": value,
    }


def actions(buttons: Sequence[Element]) -> Block:
    """A row of buttons."""
    return {"type": "actions", "elements": list(buttons)}


def length_of(element: Element) -> int:
    """Characters that an element shows."""
    own = len(element.get("text", "")) if isinstance(element.get("text"), str) else 0
    return own + sum(length_of(part) for part in element.get("elements", ()))


def text_blocks(lines: Sequence[Element], *, listed: bool) -> list[Block]:
    """Rich text of these lines, as one list or as paragraphs, in as many blocks as the limit asks for.

    A block ends between two lines; a line that alone is too long is cut between sentences, or else between words.
    """
    groups: list[list[Element]] = []
    room = 0
    for whole in lines:
        for piece in _pieces(whole):
            needed = length_of(piece) + 1
            if not groups or needed > room:
                groups.append([])
                room = MOST_TEXT_CHARS
            groups[-1].append(piece)
            room -= needed
    return [rich_text(bullets(group)) if listed else rich_text(*_spaced(group)) for group in groups]


def pages(text: str, blocks: Sequence[Block]) -> tuple[Message, ...]:
    """The blocks as messages within Slack's limits; only the first has the whole `text`."""
    found: list[list[Block]] = [[]]
    room = MOST_JSON_CHARS
    for block in blocks:
        needed = len(json.dumps(block, ensure_ascii=False)) + 2
        if found[-1] and (needed > room or len(found[-1]) >= MOST_BLOCKS):
            found.append([])
            room = MOST_JSON_CHARS
        found[-1].append(block)
        room -= needed
    first = shortened(text, MOST_FALLBACK_CHARS)
    return tuple(
        Message(first if number == 0 else "… continued", tuple(page)) for number, page in enumerate(found)
    )


def joined(lines: Iterable[str], max_chars: int = MOST_TEXT_CHARS) -> list[str]:
    """Lines of mrkdwn packed into texts of at most `max_chars`; a line is never cut in two."""
    texts: list[str] = []
    for one in lines:
        if texts and len(texts[-1]) + 1 + len(one) <= max_chars:
            texts[-1] += "\n" + one
        else:
            texts.append(one)
    return texts


def _spaced(lines: Sequence[Element]) -> list[Element]:
    """Paragraphs with an empty line between each two: Slack puts none there."""
    spaced = []
    for number, one in enumerate(lines):
        last = number == len(lines) - 1 or one["type"] != "rich_text_section"
        spaced.append(one if last else one | {"elements": [*one["elements"], words("\n\n")]})
    return spaced


def _pieces(whole: Element) -> list[Element]:
    """The line itself, or parts of it that each fit. Only its texts are cut; room for links is left."""
    most = MOST_TEXT_CHARS - 100
    if length_of(whole) <= most:
        return [whole]
    found: list[list[Element]] = [[]]
    room = most
    for element in whole["elements"]:
        rest = element
        while length_of(rest) > room and rest["type"] == "text":
            cut = _cut(rest["text"], room)
            if cut:
                found[-1].append(rest | {"text": rest["text"][:cut].rstrip()})
                rest = rest | {"text": rest["text"][cut:].lstrip()}
            found.append([])
            room = most
        if length_of(rest) > room and found[-1]:
            found.append([])
            room = most
        found[-1].append(rest)
        room -= length_of(rest)
    return [whole | {"elements": piece} for piece in found if piece]


def _cut(text: str, most: int) -> int:
    """Where to cut so that at most `most` characters come before: after a sentence, else a word, else anywhere. 0 when
    the text had better begin elsewhere."""
    ends = [found.end() for found in _SENTENCE_END.finditer(text[: most + 1]) if found.end() <= most]
    if ends:
        return ends[-1]
    space = text.rfind(" ", 0, most + 1)
    if space > 0:
        return space
    return most if most >= MOST_TEXT_CHARS // 2 else 0


def plain(text: str) -> str:
    """Foreign words for a rich text: on one line, never empty."""
    return one_line(text) or "–"
