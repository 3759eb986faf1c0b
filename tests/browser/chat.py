"""The widget as a reader meets it: what a test does with it, and what it sees of it."""

from __future__ import annotations

import re

from playwright.sync_api import Locator, Page, expect

AUKUS = "What did Biden say about AUKUS?"
TROOPS = "How many American troops are based in Japan?"
MARCH = "How many people marched against the sale of Calder Vale?"
TIKTOK = "What did Biden say about TikTok?"
MARCOS = "What did Marcos describe the partnership as?"


class Chat:
    """The widget of a page."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.widget = page.locator("dateline-chat")
        self.launcher = page.locator("dateline-chat .launcher")
        self.panel = page.locator("dateline-chat .panel")
        self.input = page.get_by_label("Your question")
        self.turn = page.locator("dateline-chat .turn").last
        self.reply = self.turn.locator(".reply")
        self.statements = self.turn.locator(".statement")
        self.chips = self.turn.locator(".chip")
        self.card = page.locator("dateline-chat .card")
        self.trouble = page.locator("dateline-chat .trouble")
        self.heard = page.locator("dateline-chat [role=status]")

    def button(self, name: str | re.Pattern[str]) -> Locator:
        """A button by what it is called."""
        return self.widget.get_by_role("button", name=name, exact=isinstance(name, str))

    def open(self) -> Chat:
        """Open the panel with its button."""
        self.launcher.click()
        expect(self.panel).to_be_visible()
        return self

    def send(self, question: str) -> None:
        """Type a question and send it, without waiting for the answer."""
        self.input.fill(question)
        self.input.press("Enter")
        expect(self.turn.locator(".question")).to_have_text(question)

    def ask(self, question: str) -> None:
        """Ask, and wait until nothing more comes."""
        self.send(question)
        self.settled()

    def settled(self) -> None:
        """Wait until nothing more comes."""
        expect(self.turn).to_be_visible()
        expect(self.turn.locator("[aria-busy]")).to_have_count(0)
        expect(self.turn.locator(".status")).to_have_count(0)
