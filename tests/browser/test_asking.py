"""A reader asks, reads, checks a quotation, and goes on asking: against the real application over the samples."""

from __future__ import annotations

import json
import re
from collections.abc import Callable

from playwright.sync_api import Page, expect

from service.feedback_log import FeedbackLog
from tests.browser.chat import AUKUS, MARCH, MARCOS, TIKTOK, TROOPS, Chat
from tests.browser.sites import FIRST_QUESTIONS, NEXT_QUESTIONS, Faults

LANDED = """() => {
  const marks = [...document.querySelectorAll("#text mark")];
  const box = marks[0].getBoundingClientRect();
  return {
    text: marks.map((mark) => mark.textContent).join(""),
    inView: box.height > 0 && box.top >= 0 && box.bottom <= innerHeight,
    focused: document.activeElement === marks[0],
  };
}"""


def bodies(page: Page, path: str) -> list[dict[str, object]]:
    """The JSON bodies that the page will have posted to a path."""
    found: list[dict[str, object]] = []

    def note(request: object) -> None:
        url, method, data = request.url, request.method, request.post_data  # type: ignore[attr-defined]
        if url.endswith(path) and method == "POST" and data:
            found.append(json.loads(data))

    page.on("request", note)
    return found


def test_an_open_panel_greets_with_what_can_be_asked(chat: Chat) -> None:
    chat.open()
    expect(chat.panel.get_by_role("heading", name="Ask the archive")).to_be_visible()
    expect(chat.panel.get_by_text("Articles searched: 20, up to April 13, 2024")).to_be_visible()
    for question in FIRST_QUESTIONS:
        expect(chat.button(question)).to_be_visible()
    chat.button(FIRST_QUESTIONS[0]).click()
    chat.settled()
    expect(chat.statements).to_contain_text("exploring how Japan can join our work")


def test_from_a_question_to_the_highlighted_words(chat: Chat) -> None:
    chat.open().ask(AUKUS)
    expect(chat.statements).to_have_count(1)
    chip = chat.chips.first
    expect(chip).to_have_accessible_name("Source 1: Pacific Courier, April 11, 2024")
    chip.click()
    expect(chat.card).to_be_visible()
    quote = chat.card.locator("blockquote").inner_text()
    assert "exploring how Japan can join our work" in quote
    expect(chat.card).to_contain_text("Pacific Courier")
    expect(chat.card).to_contain_text("April 11, 2024")
    expect(chat.card).to_contain_text("Said by Joe Biden")
    with chat.page.context.expect_page() as opened:
        chat.card.get_by_role("link", name="Read it in the article").click()
    source = opened.value
    source.wait_for_load_state()
    expect(source.locator("#text mark").first).to_be_visible()
    assert source.evaluate(LANDED) == {"text": quote, "inView": True, "focused": True}


def test_statements_are_shown_as_they_come(chat: Chat, faults: Faults) -> None:
    faults.hold_after = 2  # passages and the first statement
    chat.open().send(TROOPS)
    expect(chat.statements).to_have_count(1)
    expect(chat.reply).to_have_attribute("aria-busy", "true")
    expect(chat.turn.locator(".status")).to_contain_text("Reading the archive")
    expect(chat.turn.locator(".status span")).not_to_be_empty()  # the outlets of the passages
    chat.chips.first.hover()  # what has come can be checked already
    expect(chat.card.locator("blockquote")).to_contain_text("54,000")
    faults.release()
    chat.settled()
    expect(chat.statements).to_have_count(2)


def test_a_card_opens_on_hover_and_stays_under_the_pointer(chat: Chat) -> None:
    chat.open().ask(MARCOS)
    chat.chips.first.hover()
    expect(chat.card).to_be_visible()
    chat.card.hover()
    expect(chat.card).to_be_visible()
    also = chat.card.get_by_role("link", name="trilateral-meridian.txt")
    expect(also).to_have_attribute("href", re.compile(r"/articles/trilateral-meridian\.txt$"))
    chat.input.hover()
    expect(chat.card).to_be_hidden()


def test_disagreements_stand_side_by_side(chat: Chat) -> None:
    chat.open().ask(MARCH)
    expect(chat.turn.get_by_text("The sources disagree")).to_be_visible()
    sides = chat.turn.locator(".side")
    expect(sides).to_have_count(2)
    expect(sides.nth(0)).to_contain_text("8,000")
    expect(sides.nth(1)).to_contain_text("2,500")
    first, second = sides.nth(0).bounding_box(), sides.nth(1).bounding_box()
    assert first
    assert second
    assert first["y"] == second["y"]
    assert second["x"] >= first["x"] + first["width"]
    expect(chat.statements).to_have_count(2)  # what is a side is not said twice


def test_an_abstention_says_why_and_what_was_closest(chat: Chat) -> None:
    chat.open().ask(TIKTOK)
    expect(chat.turn).to_contain_text("The archive does not answer this")
    expect(chat.turn).to_contain_text("No article that was found mentions TikTok.")
    expect(chat.turn.get_by_text("What came closest")).to_be_visible()
    expect(chat.turn.locator(".closest blockquote").first).to_contain_text("Most members of both parties")
    expect(chat.statements).to_have_count(0)
    expect(chat.heard).to_contain_text("The archive does not answer this")


def test_a_follow_up_takes_the_conversation_along(chat: Chat) -> None:
    asked = bodies(chat.page, "/v1/ask")
    chat.open().ask(AUKUS)
    for question in NEXT_QUESTIONS:
        expect(chat.button(question)).to_be_visible()
    chat.button(NEXT_QUESTIONS[0]).click()
    chat.settled()
    expect(chat.turn.locator(".question")).to_have_text(NEXT_QUESTIONS[0])
    expect(chat.statements.first).to_contain_text("nuclear-powered submarines")
    assert asked[0]["history"] == []
    history = asked[1]["history"]
    assert isinstance(history, list)
    assert [turn["role"] for turn in history] == ["user", "assistant"]
    assert history[0]["content"] == AUKUS
    assert "exploring how Japan can join our work" in history[1]["content"]


def test_an_answer_is_copied_with_its_sources(chat: Chat, host: str) -> None:
    chat.page.context.grant_permissions(["clipboard-read", "clipboard-write"], origin=host)
    chat.open().ask(AUKUS)
    chat.button("Copy with sources").click()
    expect(chat.button("Copied")).to_be_visible()
    text = chat.page.evaluate("navigator.clipboard.readText()")
    assert text.startswith(f"{AUKUS}\n\nBiden said that")
    assert "autonomous systems. [1]" in text
    assert "[1] Pacific Courier, April 11, 2024: AUKUS partners weigh a door for Japan" in text
    assert re.search(re.escape(host) + r"/articles/[0-9a-f]+#c\d+-\d+", text)


def test_a_verdict_is_kept_once_with_its_word(chat: Chat, verdicts: FeedbackLog) -> None:
    before = len(list(verdicts.read()))
    chat.open().ask(AUKUS)
    chat.button("Not helpful").click()
    expect(chat.button("Not helpful")).to_have_attribute("aria-pressed", "true")
    word = chat.panel.get_by_label("Anything to add?")
    expect(word).to_be_focused()
    word.fill("Too short")
    word.press("Enter")
    expect(chat.turn.get_by_text("Thank you")).to_be_visible()
    expect(chat.heard).to_contain_text("Thank you")
    chat.ask(TIKTOK)  # which sends what is left to send
    kept = list(verdicts.read())[before:]
    assert [(item.question, item.verdict, item.comment) for item in kept] == [(AUKUS, "down", "Too short")]
    assert [item.source for item in kept[0].citations] == ["aukus.md"]


def test_a_verdict_without_a_word_goes_off_with_the_next_question(chat: Chat, verdicts: FeedbackLog) -> None:
    before = len(list(verdicts.read()))
    chat.open().ask(AUKUS)
    chat.button("Helpful").click()
    with chat.page.expect_response("**/v1/feedback"):
        chat.ask(TIKTOK)
    kept = list(verdicts.read())[before:]
    assert [(item.verdict, item.comment) for item in kept] == [("up", None)]


def test_the_conversation_survives_navigation_and_ends_when_told(chat: Chat, host: str) -> None:
    chat.open().ask(AUKUS)
    chat.page.get_by_role("link", name="Three leaders, one sea: Washington backs Manila").click()
    expect(chat.page.get_by_role("heading", name="Three leaders, one sea")).to_be_visible()
    expect(chat.panel).to_be_visible()
    expect(chat.statements).to_contain_text("exploring how Japan can join our work")
    assert chat.page.evaluate(
        "document.activeElement === document.body"
    )  # the page is what the reader went to
    chat.chips.first.click()
    expect(chat.card).to_contain_text("Pacific Courier")
    chat.button("New conversation").click()
    expect(chat.panel.get_by_text("What would you like to know?")).to_be_visible()
    chat.page.reload()
    expect(chat.panel).to_be_visible()
    expect(chat.panel.locator(".turn")).to_have_count(0)


def test_an_answer_can_be_stopped_and_asked_again(chat: Chat, faults: Faults) -> None:
    faults.hold_after = 2
    chat.open().send(TROOPS)
    expect(chat.statements).to_have_count(1)
    chat.button("Stop").click()
    chat.settled()
    expect(chat.trouble).to_contain_text("You stopped this answer.")
    expect(chat.statements).to_have_count(1)  # what had come was checked, and stays
    faults.release()
    chat.button("Try again").click()
    chat.settled()
    expect(chat.trouble).to_have_count(0)
    expect(chat.statements).to_have_count(2)


def test_a_question_about_one_article(page: Page, host: str) -> None:
    asked = bodies(page, "/v1/ask")
    page.goto(f"{host}/articles/aukus.md")
    chat = Chat(page)
    page.get_by_role("button", name="Ask about this article").click()
    expect(chat.panel).to_contain_text(
        "Only in “AUKUS partners weigh a door for Japan, but not a fourth seat”"
    )
    chat.ask("What did Anthony Albanese tell reporters?")
    expect(chat.statements.first).to_be_visible()
    assert asked[0]["filters"] == {"sources": ["aukus.md"]}
    chat.button("Ask all articles instead").click()
    chat.ask(AUKUS)
    assert "filters" not in asked[1]


def test_a_page_opens_it_with_a_button_of_its_own(
    page: Page, allowed_origin: str, embedded: Callable[..., str]
) -> None:
    path = embedded(
        f'<button data-dateline-open data-dateline-question="{AUKUS}" hidden>Ask our archive</button>',
        attributes='data-launcher="none"',
    )
    page.goto(allowed_origin + path)
    chat = Chat(page)
    page.get_by_role("button", name="Ask our archive").click()
    chat.settled()
    expect(chat.statements).to_contain_text("exploring how Japan can join our work")
    chat.button("Close").click()
    expect(page.get_by_role("button", name="Ask our archive")).to_be_focused()
    expect(chat.launcher).to_be_hidden()


def test_it_stays_when_a_site_replaces_its_body(
    page: Page, allowed_origin: str, embedded: Callable[..., str]
) -> None:
    page.goto(allowed_origin + embedded())
    chat = Chat(page).open()
    chat.ask(AUKUS)
    replaced = """() => {
      const body = document.createElement("body");
      body.append(Object.assign(document.createElement("h1"), {textContent: "Sports"}));
      document.documentElement.replaceChild(body, document.body);
    }"""
    page.evaluate(replaced)
    expect(page.get_by_role("heading", name="Sports")).to_be_visible()
    expect(chat.panel).to_be_visible()
    expect(chat.statements).to_contain_text("exploring how Japan can join our work")
    chat.button("Close").click()
    page.evaluate(replaced)
    chat.open()
    chat.chips.first.click()
    expect(chat.card).to_be_visible()


def test_a_suggestion_does_not_cost_what_is_being_written(chat: Chat) -> None:
    chat.open()
    chat.input.fill("What about")
    chat.button(FIRST_QUESTIONS[0]).click()
    chat.settled()
    expect(chat.input).to_have_value("What about")
