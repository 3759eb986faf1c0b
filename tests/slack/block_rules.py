"""Slack's rules for messages and modals, as far as they are documented, and Dateline's own: no markup in which an
article could stand may mention anybody, or lead elsewhere than to the archive.

Counts and lengths: https://docs.slack.dev/reference/block-kit.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

PUBLIC_URL = "https://news.example"
MOST_TOGETHER = 12_000
"""Characters of all blocks of a message as JSON; Slack refuses some above 11,000 characters of text."""

_BLOCK_FIELDS = {
    "rich_text": {"type", "block_id", "elements"},
    "section": {"type", "block_id", "text", "fields", "accessory"},
    "context": {"type", "block_id", "elements"},
    "actions": {"type", "block_id", "elements"},
    "divider": {"type", "block_id"},
    "header": {"type", "block_id", "text"},
    "input": {"type", "block_id", "label", "element", "optional", "hint", "dispatch_action"},
}
_VIEW_FIELDS = {"type", "callback_id", "private_metadata", "title", "submit", "close", "blocks"}
_LINK = re.compile(r"<(https?://[^|>]+)\|([^<>]*)>")


def message_problems(text: str, blocks: Sequence[Mapping[str, Any]]) -> list[str]:
    """What is wrong with a message; nothing when Slack would take it."""
    found = [] if 0 < len(text) <= 4000 else [f"text has {len(text)} characters"]
    found += list(_markup_problems(text, "text"))
    found += list(_blocks_problems(blocks, 50))
    size = len(json.dumps(blocks, ensure_ascii=False))
    if size > MOST_TOGETHER:
        found.append(f"the blocks have {size} characters together")
    return found


def view_problems(view: Mapping[str, Any]) -> list[str]:
    """What is wrong with a modal."""
    found = [] if view.get("type") == "modal" else ["it is no modal"]
    for name in ("title", "close"):
        found += list(_plain_problems(view.get(name, {}), 24, name))
    inputs = [block for block in view.get("blocks", []) if block.get("type") == "input"]
    if inputs or "submit" in view:
        found += list(_plain_problems(view.get("submit", {}), 24, "submit"))
        if not 0 < len(view.get("callback_id", "")) <= 255:
            found.append("a modal that is sent back, without callback id")
    if len(view.get("private_metadata", "")) > 3000:
        found.append(f"private metadata of {len(view['private_metadata'])} characters")
    if set(view) - _VIEW_FIELDS:
        found.append(f"unknown fields {set(view) - _VIEW_FIELDS}")
    found += list(_blocks_problems(view.get("blocks", []), 100, more=frozenset({"input"})))
    return found


def _blocks_problems(
    blocks: Sequence[Mapping[str, Any]], most: int, more: frozenset[str] = frozenset()
) -> Iterator[str]:
    """`more` are types that may stand here and not in messages, as Dateline writes them."""
    if not 0 < len(blocks) <= most:
        yield f"{len(blocks)} blocks"
    ids = [block["block_id"] for block in blocks if "block_id" in block]
    if len(ids) != len(set(ids)):
        yield "a block id stands twice"
    action_ids = [element.get("action_id") for block in blocks for element in block.get("elements", ())]
    named = [one for one in action_ids if one is not None]
    if len(named) != len(set(named)):
        yield "an action id stands twice"
    for number, block in enumerate(blocks):
        where = f"block {number} ({block.get('type')})"
        allowed = _BLOCK_FIELDS.get(str(block.get("type")))
        if allowed is None or set(block) - allowed or (block["type"] == "input" and "input" not in more):
            yield f"{where}: unknown type or fields"
            continue
        if not 0 < len(block.get("block_id", "x")) <= 255:
            yield f"{where}: block id"
        for problem in _OF_TYPE[block["type"]](block):
            yield f"{where}: {problem}"


def _rich_text(block: Mapping[str, Any]) -> Iterator[str]:
    if not block["elements"]:
        yield "no elements"
    total = 0
    for part in block["elements"]:
        match part["type"]:
            case "rich_text_section" | "rich_text_quote":
                leaves = part["elements"]
            case "rich_text_list":
                if part.get("style") not in ("bullet", "ordered") or not part["elements"]:
                    yield "list without style or items"
                leaves = []
                for item in part["elements"]:
                    if item["type"] != "rich_text_section" or not item["elements"]:
                        yield "an item is no section, or empty"
                    leaves += item["elements"]
            case other:
                yield f"element {other}"
                continue
        if not leaves:
            yield "an empty part"
        for leaf in leaves:
            total += len(leaf.get("text", ""))
            yield from _leaf(leaf)
    if total > 3000:
        yield f"{total} characters"


def _leaf(leaf: Mapping[str, Any]) -> Iterator[str]:
    match leaf["type"]:
        case "text":
            if not leaf["text"] or set(leaf) - {"type", "text", "style"}:
                yield "an empty text, or unknown fields"
        case "link":
            if (
                not leaf["text"]
                or not leaf["url"].startswith(PUBLIC_URL + "/articles/")
                or len(leaf["url"]) > 3000
            ):
                yield f"a link to {leaf['url']}"
        case "user":
            if not re.fullmatch(r"[UW][A-Z0-9]+", leaf["user_id"]):
                yield "a user without id"
        case other:
            yield f"leaf {other}"


def _context(block: Mapping[str, Any]) -> Iterator[str]:
    if not 0 < len(block["elements"]) <= 10:
        yield f"{len(block['elements'])} elements"
    for element in block["elements"]:
        if element["type"] != "mrkdwn" or element.get("verbatim") is not True:
            yield "small print that Slack would look for links in"
        if not 0 < len(element["text"]) <= 3000:
            yield f"{len(element['text'])} characters"
        yield from _markup_problems(element["text"], "small print")


def _actions(block: Mapping[str, Any]) -> Iterator[str]:
    if not 0 < len(block["elements"]) <= 25:
        yield f"{len(block['elements'])} elements"
    for button in block["elements"]:
        if button["type"] != "button" or not 0 < len(button["action_id"]) <= 255:
            yield "no button, or without action id"
        if not 0 < len(button["value"]) <= 2000:
            yield f"a value of {len(button['value'])} characters"
        yield from _plain_problems(button["text"], 75, "button")


def _input(block: Mapping[str, Any]) -> Iterator[str]:
    yield from _plain_problems(block["label"], 2000, "label")
    element = block["element"]
    if element["type"] != "plain_text_input" or not 0 < len(element["action_id"]) <= 255:
        yield "no text field, or without action id"
    if not 0 < element.get("max_length", 3000) <= 3000:
        yield f"a text field of {element['max_length']} characters"
    if "placeholder" in element:
        yield from _plain_problems(element["placeholder"], 150, "placeholder")


def _other(block: Mapping[str, Any]) -> Iterator[str]:
    yield f"Dateline does not use {block['type']}"


_OF_TYPE = {
    "rich_text": _rich_text,
    "context": _context,
    "actions": _actions,
    "input": _input,
    "section": _other,
    "divider": _other,
    "header": _other,
}


def _plain_problems(text: Mapping[str, Any], most: int, what: str) -> Iterator[str]:
    if text.get("type") != "plain_text" or not 0 < len(text.get("text", "")) <= most:
        yield f"{what}: {text}"


def _markup_problems(text: str, what: str) -> Iterator[str]:
    """Markup in mrkdwn other than links into the archive, and bold citation numbers."""
    for address, _ in _LINK.findall(text):
        if not address.startswith(PUBLIC_URL + "/articles/"):
            yield f"{what}: a link to {address}"
    rest = _LINK.sub(r"\2", text)
    if "<" in rest or ">" in rest:
        yield f"{what}: a bare bracket in {rest!r}"
    if re.search(r"&(?!(?:amp|lt|gt);)", rest):
        yield f"{what}: a bare & in {rest!r}"
    if what == "small print" and re.search(r"(?:^|[^\w])[*_~](?=\w)|`", re.sub(r"\*\[\d+\]\*", "", rest)):
        yield f"{what}: emphasis in {rest!r}"
