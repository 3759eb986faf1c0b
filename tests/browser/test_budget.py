"""What the widget costs the page that carries it: bytes, requests, and not one pixel of movement."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable

from playwright.sync_api import Page, Request, expect

from service.widget.script import widget_script
from tests.browser.chat import AUKUS, Chat

BUDGET_BYTES = 20_000
SHIFTS = """(() => {
  window.shifts = [];
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) {
      // What grows inside the panel is its own affair: nodes of its shadow tree are not in the document.
      const moved = entry.sources.filter(({node}) => node && document.contains(node));
      window.shifts.push(...moved.map(({node}) => node.nodeName));
    }
  }).observe({ type: "layout-shift", buffered: true });
})();"""


def test_the_script_is_small() -> None:
    script = widget_script()
    assert len(script.compressed) <= BUDGET_BYTES
    assert gzip.decompress(script.compressed) == script.plain


def test_what_travels_is_compressed(page: Page, allowed_origin: str, embedded: Callable[..., str]) -> None:
    with page.expect_response("**/widget.js") as found:
        page.goto(allowed_origin + embedded())
    reply = found.value
    assert reply.headers["content-encoding"] == "gzip"
    assert reply.request.sizes()["responseBodySize"] <= BUDGET_BYTES
    assert reply.headers["cross-origin-resource-policy"] == "cross-origin"


def test_a_shift_would_be_noticed(page: Page, allowed_origin: str, embedded: Callable[..., str]) -> None:
    page.add_init_script(SHIFTS)
    page.goto(allowed_origin + embedded("<h1>News</h1><p>Paragraph</p>"))
    expect(Chat(page).launcher).to_be_visible()
    page.evaluate("document.body.prepend(Object.assign(document.createElement('h2'), {textContent: 'late'}))")
    for _ in range(100):
        if page.evaluate("window.shifts.length"):
            break
        page.evaluate("new Promise((done) => requestAnimationFrame(done))")
    assert "H1" in page.evaluate("window.shifts")


def test_the_page_does_not_move(page: Page, allowed_origin: str, embedded: Callable[..., str]) -> None:
    page.add_init_script(SHIFTS)
    text = "".join(f"<p>Paragraph {n} of the news of the day.</p>" for n in range(60))
    page.goto(allowed_origin + embedded(f"<h1>News</h1>{text}"))
    chat = Chat(page)
    expect(chat.launcher).to_be_visible()
    height = page.evaluate("document.documentElement.scrollHeight")
    chat.open().ask(AUKUS)
    chat.chips.first.click()
    expect(chat.card).to_be_visible()
    chat.button("Close").click()
    assert page.evaluate("document.documentElement.scrollHeight") == height
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert page.evaluate("new Promise((done) => requestAnimationFrame(() => done(window.shifts)))") == []


def test_our_own_pages_do_not_move(page: Page, host: str) -> None:
    page.add_init_script(SHIFTS)
    for path in ("/", "/articles/aukus.md"):
        page.goto(host + path)
        expect(Chat(page).launcher).to_be_visible()
        expect(page.locator("[data-dateline-open]")).to_be_visible()
        assert page.evaluate("new Promise((done) => requestAnimationFrame(() => done(window.shifts)))") == []


def test_nothing_is_asked_before_the_reader_asks(
    page: Page, allowed_origin: str, embedded: Callable[..., str], host: str
) -> None:
    sent: list[str] = []

    def note(request: Request) -> None:
        if request.url.startswith(host):
            sent.append(f"{request.method} {request.url.removeprefix(host)}")

    page.on("request", note)
    page.goto(allowed_origin + embedded())
    chat = Chat(page)
    expect(chat.launcher).to_be_visible()
    page.wait_for_load_state("networkidle")
    assert sent == ["GET /widget.js"]  # one script, and the button is there
    chat.open()
    expect(chat.panel.locator(".questions")).to_be_visible()
    assert [line for line in sent if not line.startswith("OPTIONS")] == [
        "GET /widget.js",
        "POST /v1/widget/session",
    ]


def test_the_button_works_as_soon_as_the_script_has_run(
    page: Page, allowed_origin: str, embedded: Callable[..., str]
) -> None:
    """The page may still be loading: a picture that never comes does not keep the button waiting."""
    page.route("**/slow.png", lambda route: None)
    page.goto(allowed_origin + embedded('<h1>News</h1><img src="/slow.png" alt="">'), wait_until="commit")
    chat = Chat(page).open()
    expect(chat.input).to_be_focused()
    assert page.evaluate("document.readyState") != "complete"
    page.unroute("**/slow.png")


def test_a_second_script_tag_changes_nothing(
    page: Page, allowed_origin: str, embedded: Callable[..., str], host: str
) -> None:
    page.goto(allowed_origin + embedded(f'<h1>News</h1><script src="{host}/widget.js"></script>'))
    expect(Chat(page).launcher).to_be_visible()
    page.wait_for_load_state("networkidle")
    expect(page.locator("dateline-chat")).to_have_count(1)


def test_the_conversation_kept_for_the_tab_stays_small(chat: Chat) -> None:
    chat.open().ask(AUKUS)
    kept = json.loads(chat.page.evaluate("Object.values(sessionStorage)[0]"))
    turn = kept["turns"][0]
    kept["turns"] = [turn] * 40
    chat.page.evaluate(
        "(value) => sessionStorage.setItem(Object.keys(sessionStorage)[0], value)", json.dumps(kept)
    )
    chat.page.reload()
    expect(chat.panel.locator(".turn").first).to_be_visible()
    chat.ask(AUKUS)
    again = json.loads(chat.page.evaluate("Object.values(sessionStorage)[0]"))
    assert len(again["turns"]) == 20
