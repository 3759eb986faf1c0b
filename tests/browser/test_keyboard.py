"""Without a mouse, and without a screen: keys, focus, and what is announced."""

from __future__ import annotations

from playwright.sync_api import Locator, Page, expect

from tests.browser.chat import AUKUS, TIKTOK, TROOPS, Chat
from tests.browser.sites import FIRST_QUESTIONS, Faults

FOCUSED = """() => {
  let found = document.activeElement;
  while (found?.shadowRoot?.activeElement) found = found.shadowRoot.activeElement;
  return found === document.body ? "" : found.getAttribute("aria-label") || found.textContent || found.tagName;
}"""


def tab_to(page: Page, target: Locator, key: str = "Tab") -> None:
    """Press Tab until the element has the focus."""
    for _ in range(60):
        if target.evaluate("(element) => element.getRootNode().activeElement === element"):
            return
        page.keyboard.press(key)
    raise AssertionError(f"{target} cannot be reached with {key}")


def test_everything_with_the_keyboard_alone(chat: Chat) -> None:
    page = chat.page
    expect(chat.launcher).to_be_visible()
    tab_to(page, chat.launcher)
    page.keyboard.press("Enter")
    expect(chat.input).to_be_focused()
    page.keyboard.type(AUKUS)
    page.keyboard.press("Enter")
    chat.settled()
    expect(chat.input).to_be_focused()  # the answer does not take it away
    expect(chat.chips).to_have_count(1)

    tab_to(page, chat.chips.first, "Shift+Tab")
    expect(chat.card).to_be_visible()
    expect(chat.chips.first).to_have_attribute("aria-expanded", "true")
    expect(chat.chips.first).to_have_accessible_description(chat.card.locator("blockquote").inner_text())
    page.keyboard.press("Tab")
    expect(chat.card.get_by_role("link", name="Read it in the article")).to_be_focused()
    page.keyboard.press("Escape")
    expect(chat.card).to_be_hidden()
    expect(chat.chips.first).to_be_focused()
    page.keyboard.press("Enter")
    expect(chat.card).to_be_visible()
    page.keyboard.press("Enter")
    expect(chat.card).to_be_hidden()

    tab_to(page, chat.button("Helpful"))
    page.keyboard.press("Space")
    expect(chat.panel.get_by_label("Anything to add?")).to_be_focused()
    page.keyboard.press("Escape")
    expect(chat.panel).to_be_hidden()
    expect(chat.launcher).to_be_focused()


def test_the_focus_never_gets_lost(chat: Chat, faults: Faults) -> None:
    page = chat.page
    chat.open()
    suggestion = chat.button(FIRST_QUESTIONS[0])
    suggestion.focus()
    page.keyboard.press("Enter")  # the button goes away
    chat.settled()
    expect(chat.input).to_be_focused()
    faults.hold_after = 2
    chat.send(TROOPS)
    stop = chat.button("Stop")
    stop.focus()
    page.keyboard.press("Enter")
    chat.settled()
    assert page.evaluate(FOCUSED) == "Ask"  # the same button, which asks again now
    faults.release()
    retry = chat.button("Try again")
    retry.focus()
    page.keyboard.press("Enter")
    chat.settled()
    expect(chat.input).to_be_focused()
    chat.button("New conversation").focus()
    page.keyboard.press("Enter")
    expect(chat.input).to_be_focused()


def test_beside_the_page_the_panel_is_not_modal(chat: Chat) -> None:
    chat.open()
    assert chat.panel.get_attribute("aria-modal") is None
    chat.page.get_by_role("link", name="Classrooms and laboratories get a share of the summit").focus()
    expect(chat.panel).to_be_visible()
    chat.page.keyboard.press("Escape")  # belongs to the page
    expect(chat.panel).to_be_visible()


def test_on_a_phone_it_is_modal_and_keeps_the_focus(phone: Page, host: str) -> None:
    phone.goto(host)
    chat = Chat(phone).open()
    box = chat.panel.bounding_box()
    assert box == {"x": 0, "y": 0, "width": 320, "height": 640}
    expect(
        chat.panel.get_by_role("heading", name="Ask the archive")
    ).to_be_focused()  # no keyboard in the way
    expect(chat.button(FIRST_QUESTIONS[0])).to_be_visible()
    met = set()
    for _ in range(16):
        phone.keyboard.press("Tab")
        met.add(phone.evaluate(FOCUSED))
    assert {"Close", "Your question", "Ask", *FIRST_QUESTIONS} <= met
    page_links = phone.locator("main a").all_inner_texts()
    assert not met & set(page_links)
    phone.keyboard.press("Escape")
    expect(chat.panel).to_be_hidden()
    expect(chat.launcher).to_be_focused()


def test_turning_the_phone_keeps_the_panel_and_the_focus(page: Page, host: str) -> None:
    page.goto(host)
    chat = Chat(page).open()
    chat.input.fill("What did")
    modal = "(dialog) => dialog.matches(':modal')"
    assert not chat.panel.evaluate(modal)
    page.set_viewport_size({"width": 360, "height": 700})
    expect(chat.panel).to_have_class("panel full")
    assert chat.panel.evaluate(modal)
    expect(chat.input).to_be_focused()
    expect(chat.input).to_have_value("What did")
    page.set_viewport_size({"width": 1000, "height": 700})
    expect(chat.panel).to_have_class("panel")
    assert not chat.panel.evaluate(modal)
    expect(chat.input).to_be_focused()


def test_statements_are_announced_politely_and_once(chat: Chat) -> None:
    chat.open().ask(TROOPS)
    heard = chat.heard.locator("p").all_inner_texts()
    assert heard[0] == "Reading the archive"
    assert sum("54,000" in line for line in heard) == 1
    assert sum("50,000" in line for line in heard) == 1
    assert heard[-2:] == ["The sources disagree", "The answer is complete. Sources: 2."]
    expect(chat.heard).to_have_role("status")  # polite by definition


def test_a_line_break_and_an_empty_question_are_not_sent(chat: Chat, faults: Faults) -> None:
    chat.open()
    chat.input.press("Enter")
    chat.input.fill("   ")
    chat.input.press("Enter")
    chat.input.fill("What did Biden say")
    chat.input.press("Shift+Enter")
    chat.input.press_sequentially("about TikTok?")
    expect(chat.input).to_have_value("What did Biden say\nabout TikTok?")
    assert "POST /v1/ask" not in faults.seen
    chat.input.press("Enter")
    chat.settled()
    assert faults.seen.count("POST /v1/ask") == 1
    chat.ask(TIKTOK)
