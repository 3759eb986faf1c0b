"""Text in and out of Slack: what articles and people write never becomes markup, a mention or a link.

Answers are shown in `rich_text` blocks, whose words are literal by construction. Slack's own notation, mrkdwn, is left
for small print (sources) and for the text of notifications; there `literal` makes foreign words inert.
https://docs.slack.dev/messaging/formatting-message-text: only `&`, `<` and `>` are escaped, and `*_~` has no escape.
"""

from __future__ import annotations

import re
from urllib.parse import quote, urlsplit

_STEERING = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
_MARK = re.compile(r"(?<![^\W_])[*_~]|[*_~](?![^\W_])|`")
_EMOJI = re.compile(r":(?=[a-z0-9_+'-]*[a-z][a-z0-9_+'-]*:)")
_LOOKALIKES = {"*": "∗", "_": "＿", "~": "∼", "`": "ˋ"}
_ENTITY = re.compile(r"<([^<>]*)>")


def one_line(text: str) -> str:
    """`text` on one line, without characters that would hide or turn what is written."""
    return _STEERING.sub("\ufffd", " ".join(text.split()))


def escaped(text: str) -> str:
    """The three characters that Slack's notation gives a meaning, as entities."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def literal(text: str) -> str:
    """Foreign words for mrkdwn, on one line: no mention, link, emphasis or emoji can come of them.

    A mark that could begin or end emphasis becomes a character that looks like it, as Slack has no way to escape one;
    marks inside a word (`budget_2024.txt`) mean nothing to Slack and stay.
    """
    inert = _MARK.sub(lambda found: _LOOKALIKES[found[0]], one_line(text))
    return escaped(_EMOJI.sub("∶", inert))


def shortened(text: str, max_chars: int) -> str:
    """`text`, cut at a word with an ellipsis where it is longer than `max_chars`."""
    if len(text) <= max_chars:
        return text
    head = text[: max_chars - 1]
    cut = head.rfind(" ")
    return head[: cut if cut > max_chars // 2 else len(head)].rstrip(" ,;:") + "…"


def web_address(url: str, public_url: str = "") -> str | None:
    """An address that Slack can open, or None: `url` itself, or a path of Dateline's below `public_url`."""
    if url.startswith("/") and not url.startswith("//"):
        url = public_url.rstrip("/") + url
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        return None
    return quote(url, safe="/:?#[]@!$&'()*+,;=%~-._")


def link(url: str, label: str) -> str:
    """A link in mrkdwn; `label` is foreign text."""
    return f"<{escaped(url)}|{literal(label)}>"


def readable(text: str, bot_user_id: str | None = None) -> str:
    """What somebody wrote, as they see it: entities undone, links as their labels, mentions of people and of the bot
    gone (an id like U024BE7LH says nothing to an archive)."""

    def shown(found: re.Match[str]) -> str:
        body, _, label = found[1].partition("|")
        if body.startswith("@"):
            return "" if body[1:] == bot_user_id else label
        if body.startswith(("#", "!")):
            return label.lstrip("@#") if body.startswith("#") else ""
        return label or body.removeprefix("mailto:")

    plain = _ENTITY.sub(shown, text)
    for entity, character in (("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&")):
        plain = plain.replace(entity, character)
    return one_line(plain)
