"""What the screen shows: light and dark, any accent, narrow screens, right to left, and pages that fight back."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.chat import AUKUS, MARCH, MARCOS, TIKTOK, Chat

COLOURS = """(element) => {
  const numbers = (colour) => {
    const context = document.createElement("canvas").getContext("2d", {willReadFrequently: true});
    context.fillStyle = colour;
    context.fillRect(0, 0, 1, 1);
    return [...context.getImageData(0, 0, 1, 1).data].slice(0, 3);
  };
  const light = (parts) => {
    const [r, g, b] = parts.map((part) => {
      const value = part / 255;
      return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  let ground = element;
  while (/^rgba.*, 0\\)|transparent/.test(getComputedStyle(ground).backgroundColor)) ground = ground.parentElement;
  const pair = [getComputedStyle(element).color, getComputedStyle(ground).backgroundColor];
  const [a, b] = pair.map((colour) => light(numbers(colour))).sort((x, y) => y - x);
  return (a + 0.05) / (b + 0.05);
}"""
NO_SIDEWAYS = """() => {
  const root = document.querySelector("dateline-chat").shadowRoot;
  const log = root.querySelector(".log");
  const wide = [...root.querySelectorAll(".panel *")].filter((element) => {
    const box = element.getBoundingClientRect();
    return box.width > 1 && (box.right > innerWidth + 0.5 || box.left < -0.5);
  });
  return [log.scrollWidth - log.clientWidth, wide.map((element) => element.className || element.tagName)];
}"""
SMALL_TARGETS = """() => {
  const root = document.querySelector("dateline-chat").shadowRoot;
  return [...root.querySelectorAll("button, a, input, textarea")]
    .filter((element) => element.checkVisibility())
    .map((element) => [element.getBoundingClientRect(), element])
    .filter(([box]) => box.width < 24 || box.height < 24)
    .map(([box, element]) => `${element.className} ${element.textContent} ${box.width} x ${box.height}`);
}"""
ABOVE_QUESTION = """() => {
  const root = document.querySelector("dateline-chat").shadowRoot;
  const heading = [...root.querySelectorAll(".question")].at(-1);
  return heading.getBoundingClientRect().top - root.querySelector(".log").getBoundingClientRect().top;
}"""
ACCENTS = ["#ffe600", "#000", "white", "rgb(120 120 120)", "oklch(0.7 0.25 145)", "#c8102e", "not a colour"]
REPLACED = """async ([theme, accent]) => {
  document.querySelector("dateline-chat").remove();
  const widget = document.createElement("dateline-chat");
  Object.assign(widget.dataset, {theme, accent});
  document.body.append(widget);
  await widget.open();
  const link = document.createElement("a");  // text in the accent's colour
  link.append("link");
  widget.shadowRoot.querySelector(".head > div").append(link);
  widget.close();
}"""
PICTURE = """() => {
  const frame = document.querySelector("dateline-chat").shadowRoot.querySelector(".frame");
  return [...frame.querySelectorAll("*")].map((element) => {
    const {x, y, width, height} = element.getBoundingClientRect();
    const style = getComputedStyle(element);
    const box = [x, y, width, height].map(Math.round).join(" ");
    return [element.className.baseVal ?? element.className, box, style.font, style.color, style.letterSpacing,
      style.textTransform, style.direction, style.visibility].join(" ");
  });
}"""
HOSTILE = {
    "unset": "* { all: unset !important; } dateline-chat { display: none !important; }",
    "huge": """html { font-size: 90px !important; filter: blur(0); }
      * { font: italic 900 64px/3 fantasy !important; letter-spacing: 1em !important; color: lime !important;
          text-transform: uppercase !important; direction: rtl !important; visibility: hidden;
          box-sizing: content-box !important; padding: 40px !important; }
      button, textarea, dialog { display: none !important; } [popover] { display: none !important; }""",
    "z-index": """body { transform: translateX(300px) scale(0.5); opacity: 0.3; overflow: hidden; contain: strict; }
      #war { position: fixed; inset: 0; z-index: 2147483647; background: red; }
      dateline-chat { position: static !important; z-index: -1 !important; pointer-events: none !important; }""",
}


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_scheme_of_the_reader_is_followed(page_with: Callable[..., Page], host: str, scheme: str) -> None:
    page = page_with(color_scheme=scheme)
    page.goto(host)
    chat = Chat(page).open()
    ground = {"light": "rgb(253, 252, 250)", "dark": "rgb(26, 26, 25)"}
    expect(chat.panel).to_have_css("background-color", ground[scheme])
    page.emulate_media(color_scheme="light" if scheme == "dark" else "dark")  # and changes are
    expect(chat.panel).to_have_css("background-color", ground["light" if scheme == "dark" else "dark"])


def test_a_site_may_choose_the_scheme(page: Page, allowed_origin: str, embedded: Callable[..., str]) -> None:
    page.goto(allowed_origin + embedded(attributes='data-theme="dark" data-title="Ask the Echo"'))
    chat = Chat(page)
    expect(chat.launcher).to_have_text("Ask the Echo")
    chat.open()
    expect(chat.panel).to_have_css("background-color", "rgb(26, 26, 25)")
    expect(chat.panel.get_by_role("heading", name="Ask the Echo")).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_any_accent_can_be_read(
    page: Page, allowed_origin: str, embedded: Callable[..., str], scheme: str
) -> None:
    page.goto(allowed_origin + embedded(attributes=f'data-theme="{scheme}"'))
    chat = Chat(page)
    expect(chat.launcher).to_be_visible()
    for accent in ACCENTS:
        page.evaluate(REPLACED, [scheme, accent])
        expect(chat.launcher).to_be_visible()
        assert chat.launcher.evaluate(COLOURS) >= 4.5, accent
        chat.open()
        expect(chat.panel.locator(".questions")).to_be_visible()
        assert chat.widget.locator("button.send").evaluate(COLOURS) >= 4.5, accent
        assert chat.widget.locator(".head a").evaluate(COLOURS) >= 4.5, accent


def test_a_site_may_choose_everything_else_with_properties(
    page: Page, allowed_origin: str, embedded: Callable[..., str]
) -> None:
    style = """<style>dateline-chat { --dateline-accent: #0a7d33; --dateline-paper: #fff8e7; --dateline-radius: 2px;
      --dateline-width: 500px; --dateline-offset-y: 80px; --dateline-font: "DejaVu Sans"; }</style>"""
    page.goto(allowed_origin + embedded(head=style, attributes='data-position="left"'))
    chat = Chat(page)
    expect(chat.launcher).to_have_css("background-color", "rgb(10, 125, 51)")
    chat.open()
    expect(chat.panel).to_have_css("background-color", "rgb(255, 248, 231)")
    expect(chat.panel).to_have_css("border-top-left-radius", "2px")
    box = chat.panel.bounding_box()
    assert box
    assert (box["x"], box["width"]) == (20, 500)
    assert box["y"] + box["height"] == 800 - 80


def test_320_pixels_are_enough(phone: Page, host: str) -> None:
    phone.goto(host)
    chat = Chat(phone).open()
    assert phone.evaluate(NO_SIDEWAYS) == [0, []]
    for question in (MARCOS, TIKTOK, MARCH):
        chat.ask(question)
        assert phone.evaluate(NO_SIDEWAYS) == [0, []]
    first, second = (chat.turn.locator(".side").nth(n).bounding_box() for n in (0, 1))
    assert first
    assert second
    assert second["y"] > first["y"]  # one below the other, where two would not fit
    chat.chips.first.tap()
    expect(chat.card).to_be_visible()
    box = chat.card.bounding_box()
    assert box
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= 320
    assert box["y"] >= 0
    assert box["y"] + box["height"] <= 640
    assert phone.evaluate(NO_SIDEWAYS) == [0, []]
    chat.turn.locator(".question").tap()  # a tap elsewhere closes it
    expect(chat.card).to_be_hidden()


def test_targets_are_large_enough(phone: Page, host: str) -> None:
    """WCAG 2.2, 2.5.8: 24 by 24 pixels."""
    phone.goto(host)
    chat = Chat(phone).open()
    expect(chat.panel.locator(".questions")).to_be_visible()
    assert phone.evaluate(SMALL_TARGETS) == []
    for question in (MARCOS, TIKTOK, MARCH):
        chat.ask(question)
        assert phone.evaluate(SMALL_TARGETS) == []
    chat.chips.first.tap()
    expect(chat.card).to_be_visible()
    assert phone.evaluate(SMALL_TARGETS) == []


def test_a_zoom_of_200_percent(page_with: Callable[..., Page], host: str) -> None:
    """A window of 1280 by 800 has 640 by 400 pixels of the page then."""
    page = page_with(viewport={"width": 640, "height": 400}, device_scale_factor=2)
    page.goto(host)
    chat = Chat(page).open()
    chat.ask(AUKUS)
    assert page.evaluate(NO_SIDEWAYS) == [0, []]
    log = chat.panel.locator(".log").bounding_box()
    assert log
    assert log["height"] > 200
    expect(chat.input).to_be_in_viewport(ratio=1)


def test_right_to_left(page: Page, allowed_origin: str, embedded: Callable[..., str]) -> None:
    page.goto(allowed_origin + embedded(attributes='data-lang="ar"'))
    chat = Chat(page)
    expect(chat.launcher).to_have_text("اسأل الأرشيف")
    box = chat.launcher.bounding_box()
    assert box
    assert box["x"] == 20
    chat.launcher.click()
    field = chat.panel.get_by_label("سؤالك")
    expect(field).to_be_focused()
    field.fill(AUKUS)
    field.press("Enter")
    chat.settled()
    expect(chat.statements).to_have_css("direction", "ltr")  # the article's own language
    expect(chat.turn.get_by_role("heading", name="المصادر")).to_be_visible()
    chat.chips.first.click()
    expect(chat.card).to_have_css("direction", "rtl")
    expect(chat.card.locator("blockquote")).to_have_css("direction", "ltr")
    page.keyboard.press("Escape")
    send, field_box = chat.widget.locator("button.send").bounding_box(), field.bounding_box()
    assert send
    assert field_box
    assert send["x"] < field_box["x"]


def test_another_language(page: Page, allowed_origin: str, embedded: Callable[..., str]) -> None:
    page.goto(allowed_origin + embedded(attributes='data-lang="de-AT"'))
    chat = Chat(page)
    chat.launcher.click()
    expect(chat.panel.get_by_text("Durchsuchte Artikel: 20, bis 13. April 2024")).to_be_visible()


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_styles_do_not_come_in(
    page_with: Callable[..., Page], allowed_origin: str, embedded: Callable[..., str], name: str
) -> None:
    page = page_with(color_scheme="light", reduced_motion="reduce")
    quiet, hostile = (
        embedded(path="/quiet"),
        embedded(
            '<h1>News</h1><div id="war"></div>', head=f"<style>{HOSTILE[name]}</style>", path="/hostile"
        ),
    )
    pictures = []
    for path in (quiet, hostile):
        page.goto(allowed_origin + path)
        chat = Chat(page)
        chat.open()
        chat.ask(AUKUS)
        chat.chips.first.click()  # a real click: whatever covers it would take it
        expect(chat.card).to_be_visible()
        pictures.append(page.evaluate(PICTURE))
        chat.button("New conversation").click()
        chat.button("Close").click()
        expect(chat.launcher).to_be_visible()
    assert len(pictures[0]) > 40
    assert pictures[1] == pictures[0]


def test_nothing_leaks_into_the_page(page: Page, allowed_origin: str, embedded: Callable[..., str]) -> None:
    body = '<h1>News</h1><p class="statement card chip">Text</p><button class="launcher">B</button><dialog>d</dialog>'
    styles = """() => [...document.querySelectorAll("h1, p, button, dialog, body, html")].map((element) => {
      const style = getComputedStyle(element);
      return [...style].map((name) => `${name}: ${style.getPropertyValue(name)}`).join("; ");
    })"""
    page.route("**/widget.js", lambda route: route.fulfill(body="", content_type="text/javascript"))
    page.goto(allowed_origin + embedded(body))
    before = page.evaluate(styles)
    names = page.evaluate("Object.keys(window).sort()")
    page.unroute("**/widget.js")
    page.reload()
    chat = Chat(page).open()
    chat.ask(AUKUS)
    chat.button("Close").click()
    assert page.evaluate(styles) == before
    assert page.evaluate("Object.keys(window).sort()") == names
    assert page.evaluate("document.head.querySelectorAll('style').length") == 0


def test_no_motion_for_readers_who_want_none(page_with: Callable[..., Page], host: str) -> None:
    page = page_with(reduced_motion="reduce")
    page.goto(host)
    chat = Chat(page).open()
    expect(chat.panel).to_have_css("animation-name", "none")
    expect(chat.launcher).to_have_css("transition-duration", re.compile("^0s"))


@pytest.mark.parametrize("motion", ["no-preference", "reduce"])
def test_the_question_is_brought_to_the_top(page_with: Callable[..., Page], host: str, motion: str) -> None:
    page = page_with(reduced_motion=motion)
    page.goto(host)
    chat = Chat(page).open()
    for question in (MARCOS, TIKTOK, AUKUS):
        chat.ask(question)
        for _ in range(100):  # the page's policy forbids Playwright's own way of waiting for a function
            if 0 <= page.evaluate(ABOVE_QUESTION) < 30:
                break
            page.evaluate("new Promise((done) => setTimeout(done, 50))")
        assert 0 <= page.evaluate(ABOVE_QUESTION) < 30
