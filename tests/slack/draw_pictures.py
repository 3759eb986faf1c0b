"""Draws the pictures of docs/slack: `python -m tests.slack.draw_pictures` (needs chromium at /usr/bin/chromium).

What the bot sends about the sample articles is laid out on a page that looks like Slack. It is a likeness: Slack's own
programs are not involved.
"""

from __future__ import annotations

import html
import re
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from playwright.sync_api import sync_playwright

from service.opening import open_services
from service.settings import ServiceSettings
from service.slack.answer_blocks import answer_view
from service.slack.buttons import answer_messages
from service.slack.commenting import comment_view
from service.slack.parts import Message
from service.slack.quotations import places_of, places_value, quotations_view, quoted
from service.slack.summary_blocks import summary_view
from service.summaries import SummaryRequest
from service.wiring import Services
from tests.slack.block_rules import PUBLIC_URL

ROOT = Path(__file__).parents[2]
PICTURES = ROOT / "docs" / "slack"
WIDTH_PX = 760
CHROMIUM = [
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
]
STYLE = """
body { margin: 0; padding: 18px 20px 14px; width: 720px; background: #fff; color: #1d1c1d;
       font: 15px/1.46668 Lato, "Noto Sans", "DejaVu Sans", Arial, sans-serif; }
.message { display: flex; gap: 10px; margin-bottom: 16px; }
.face { flex: 0 0 36px; height: 36px; border-radius: 8px; color: #fff; font-weight: 700; text-align: center;
        line-height: 36px; background: #7a5195; }
.bot .face { background: #14532d; }
.body { flex: 1; min-width: 0; }
.name { font-weight: 900; } .app { background: #eee; color: #616061; font-size: 10px; font-weight: 700;
        padding: 1px 4px; border-radius: 2px; vertical-align: 2px; } .time { color: #616061; font-size: 12px; }
.only { color: #616061; font-size: 12px; margin-bottom: 2px; }
a { color: #1264a3; text-decoration: none; }
p { margin: 4px 0; white-space: pre-line; } ul { margin: 4px 0; padding-left: 24px; }
blockquote { margin: 4px 0; padding-left: 12px; border-left: 4px solid #ddd; }
.context { color: #616061; font-size: 13px; line-height: 1.38; margin: 8px 0 4px; white-space: pre-line; }
.actions { display: flex; flex-wrap: wrap; gap: 8px; margin: 8px 0 4px; }
.actions span { border: 1px solid #bbb; border-radius: 4px; padding: 0 12px; font-size: 13px; font-weight: 700;
                line-height: 28px; }
.mention { background: #e8f5fa; color: #1264a3; border-radius: 3px; padding: 0 2px; }
.modal { border: 1px solid #ccc; border-radius: 8px; box-shadow: 0 4px 14px #0003; padding: 14px 20px; width: 520px; }
.field { border: 1px solid #bbb; border-radius: 4px; padding: 8px 12px; height: 60px; color: #868686; }
.modal .actions { justify-content: flex-end; margin-top: 16px; } .modal .send { background: #007a5a; color: #fff; }
.modal h1 { font-size: 20px; margin: 0 0 10px; }
"""


def element(part: Mapping[str, Any]) -> str:
    """One element of a rich text."""
    match part["type"]:
        case "rich_text_section":
            return f"<p>{inner(part)}</p>"
        case "rich_text_quote":
            return f"<blockquote>{inner(part)}</blockquote>"
        case "rich_text_list":
            return f"<ul>{''.join(f'<li>{inner(item)}</li>' for item in part['elements'])}</ul>"
        case "link":
            return f"<a href='#'>{html.escape(part['text'])}</a>"
        case "user":
            return "<span class=mention>@Mara</span>"
    text = html.escape(part["text"])
    style = part.get("style", {})
    text = f"<b>{text}</b>" if style.get("bold") else text
    return f"<i>{text}</i>" if style.get("italic") else text


def inner(part: Mapping[str, Any]) -> str:
    """Everything in an element."""
    return "".join(element(one) for one in part["elements"])


def block(one: Mapping[str, Any]) -> str:
    """One block."""
    if one["type"] == "rich_text":
        return "".join(element(part) for part in one["elements"])
    if one["type"] == "input":
        field = one["element"]["placeholder"]["text"]
        label = f"{html.escape(one['label']['text'])} <span class=context>(optional)</span>"
        return f"<p><b>{label}</b></p><div class=field>{html.escape(field)}</div>"
    if one["type"] == "context":
        texts = (mrkdwn(part["text"]) for part in one["elements"])
        return f"<div class=context>{' '.join(texts)}</div>"
    labels = (html.escape(button["text"]["text"]) for button in one["elements"])
    return f"<div class=actions>{''.join(f'<span>{label}</span>' for label in labels)}</div>"


def mrkdwn(text: str) -> str:
    """Slack's notation, as far as the bot uses it: links and bold numbers. Its entities are HTML's."""
    linked = re.sub(r"<[^|>]+\|([^>]*)>", r"<a href='#'>\1</a>", text)
    return re.sub(r"\*(\[\d+\])\*", r"<b>\1</b>", linked)


def modal(view: Mapping[str, Any]) -> str:
    """A window, with its buttons where it is sent back."""
    row = ""
    if "submit" in view:
        labels = (html.escape(view[name]["text"]) for name in ("close", "submit"))
        row = "<div class=actions><span>{}</span><span class=send>{}</span></div>".format(*labels)
    return f"<div class=modal><h1>{view['title']['text']}</h1>{blocks(view['blocks'])}{row}</div>"


def person(text: str) -> str:
    """What somebody wrote."""
    shown = html.escape(text).replace("@Dateline", "<span class=mention>@Dateline</span>")
    return framed("Mara", "", "M", f"<p>{shown}</p>")


def bot(messages: Sequence[Message], *, private: bool = False) -> str:
    """What the bot answered."""
    only = "<div class=only>👁 Only visible to you</div>" if private else ""
    return "".join(
        framed("Dateline", "<span class=app>APP</span>", "D", only + blocks(message.blocks), "bot")
        for message in messages
    )


def framed(name: str, badge: str, letter: str, body: str, kind: str = "person") -> str:
    """A message with its sender."""
    head = f"<span class=name>{name}</span> {badge} <span class=time>10:42</span>"
    return (
        f"<div class='message {kind}'><div class=face>{letter}</div><div class=body>{head}{body}</div></div>"
    )


def blocks(found: Iterable[Mapping[str, Any]]) -> str:
    """All blocks of a message."""
    return "".join(block(one) for one in found)


def scenes(services: Services) -> dict[str, str]:
    """The body of each picture by name, from what the bot sends."""

    def answered(question: str, *, private: bool = False) -> tuple[Message, ...]:
        view = answer_view(services.ask(question), PUBLIC_URL)
        return answer_messages(
            view, "0" * 12, question, may_rate=True, may_share=True, shown_question=private
        )

    aukus = "What did Biden say about AUKUS?"
    cost = "How much will the flood barrier cost?"
    mars = "What is the price of bitcoin on Mars?"
    timeline = services.summarize(SummaryRequest(topic="AUKUS", style="timeline", max_words=110))
    digest = answer_messages(
        summary_view(timeline, PUBLIC_URL),
        "0" * 12,
        "Summarize AUKUS",
        may_rate=True,
        may_share=True,
        shown_question=True,
    )
    cited = services.ask(aukus).citations
    places = places_of(places_value(cited))
    window = quotations_view([quoted(one, services.article(one.article_id)) for one in places])
    return {
        "answer": person(f"@Dateline {aukus}") + bot(answered(aukus)),
        "disagreement": person(f"@Dateline {cost}") + bot(answered(cost)),
        "abstention": person(f"@Dateline {mars}") + bot(answered(mars)),
        "timeline": bot(digest, private=True),
        "comment": modal(comment_view("0" * 16, aukus)),
        "quotations": modal(window),
    }


def main() -> None:
    """Draw them all."""
    with tempfile.TemporaryDirectory() as folder:
        settings = ServiceSettings(data_dir=Path(folder), public_url=PUBLIC_URL)
        with open_services(settings, role="pictures", create=True) as services:
            services.ingest([ROOT / "samples" / "articles"])
            pages = scenes(services)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=CHROMIUM)
        page = browser.new_page(viewport={"width": WIDTH_PX, "height": 200}, device_scale_factor=1.5)
        for name, body in pages.items():
            page.set_content(f"<meta charset=utf-8><style>{STYLE}</style>{body}")
            page.screenshot(path=PICTURES / f"{name}.png", full_page=True)
        browser.close()


if __name__ == "__main__":
    main()
