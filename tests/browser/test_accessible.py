"""axe-core finds nothing to object to, in any state, light and dark, on a desktop and on a phone."""

from __future__ import annotations

from collections.abc import Callable
from importlib.resources import files

import pytest
from playwright.sync_api import Page, expect

from tests.browser.chat import AUKUS, MARCH, MARCOS, TIKTOK, TROOPS, Chat
from tests.browser.sites import Faults

AXE = files("axe_playwright_python").joinpath("axe.min.js").read_text("utf-8")
RUN = """async () => {
  const found = await axe.run(document, {resultTypes: ["violations"]});
  return found.violations.flatMap((rule) =>
    rule.nodes.map((node) => `${rule.id}: ${node.html} ${node.failureSummary}`));
}"""


def check(page: Page) -> None:
    """No violation of any rule, those of good practice included."""
    if not page.evaluate("typeof axe === 'object'"):
        page.evaluate(AXE)
    page.evaluate(
        "Promise.all(document.getAnimations({subtree: true}).map((each) => each.finished.catch(() => 0)))"
    )
    found = page.evaluate(RUN)
    assert found == [], "\n".join(found)


SCREENS = {
    "desktop": {},
    "phone": {"viewport": {"width": 360, "height": 700}, "has_touch": True, "is_mobile": True},
}


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("screen", SCREENS)
def test_every_state(
    page_with: Callable[..., Page], host: str, faults: Faults, scheme: str, screen: str
) -> None:
    page = page_with(color_scheme=scheme, reduced_motion="reduce", **SCREENS[screen])
    page.goto(host)
    chat = Chat(page)
    expect(chat.launcher).to_be_visible()
    check(page)  # closed
    chat.open()
    expect(chat.panel.locator(".questions")).to_be_visible()
    check(page)  # greeting
    faults.hold_after = 2
    chat.send(TROOPS)
    expect(chat.statements).to_have_count(1)
    check(page)  # under way
    faults.release()
    chat.settled()
    chat.ask(MARCOS)
    expect(chat.panel.locator(".next .questions")).to_be_visible()
    chat.chips.first.click()
    expect(chat.card).to_be_visible()
    check(page)  # an answer and a card
    chat.ask(MARCH)
    chat.button("Helpful").last.click()
    expect(chat.panel.get_by_label("Anything to add?")).to_be_visible()
    check(page)  # a disagreement and a verdict
    chat.ask(TIKTOK)
    check(page)  # an abstention
    faults.refusals.append(("/v1/ask", 429, "rate-limited", {"retry-after": "600"}))
    chat.ask(AUKUS)
    expect(chat.trouble).to_be_visible()
    check(page)  # a failure that counts seconds


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_pages(page_with: Callable[..., Page], host: str, scheme: str) -> None:
    page = page_with(color_scheme=scheme)
    page.goto(f"{host}/articles/aukus.md#c460-694")
    expect(page.locator("mark")).to_be_visible()
    expect(page.get_by_role("button", name="Ask about this article")).to_be_visible()
    check(page)
    page.goto(f"{host}/articles/none")
    check(page)


def test_right_to_left(page: Page, allowed_origin: str, embedded: Callable[..., str]) -> None:
    page.goto(
        allowed_origin
        + embedded("<main><h1>News</h1></main>", attributes='data-lang="ar" data-accent="#fd0"')
    )
    chat = Chat(page)
    chat.launcher.click()
    expect(chat.panel.locator(".questions")).to_be_visible()
    check(page)
