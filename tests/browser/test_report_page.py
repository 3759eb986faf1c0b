"""The page of an evaluation in a real browser: no request, no overflow, no complaint, and usable by keyboard."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from eval.comparison import compare
from eval.gate import judge
from eval.reports import html
from eval.thresholds import Thresholds
from tests.browser.test_accessible import check
from tests.eval.reports.shown_runs import before, hostile_case, shown_run

WIDTHS = [360, 1280]
Opened = Callable[..., Page]


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The address of a page with a comparison, over cases of every kind."""
    run = shown_run(hostile_case())
    old = before(run)
    comparison = compare(old, run)
    limits = Thresholds(fail_under={"correct": 0.9, "latency_p95_ms": 500}, max_regression={"correct": 0.1})
    file = tmp_path_factory.mktemp("report") / "report.html"
    file.write_text(html.render(run, judge(run, limits, comparison), comparison, old), encoding="utf-8")
    return file.as_uri()


@pytest.fixture
def opened(browser: Browser, report: str) -> Iterator[Opened]:
    """Opens the page; afterwards nothing may have been complained of or asked for."""
    complaints: list[str] = []
    asked: list[str] = []
    contexts = []

    def open_page(width: int, scheme: str = "light", anchor: str = "", scripts: bool = True) -> Page:
        context = browser.new_context(
            viewport={"width": width, "height": 800},
            color_scheme=scheme,  # type: ignore[arg-type]
            java_script_enabled=scripts,
        )
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("dialog", lambda dialog: complaints.append(dialog.message))
        page.on("request", lambda request: asked.append(request.url))
        page.goto(report + anchor)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert complaints == []
    assert {url.partition("#")[0] for url in asked if not url.startswith("data:")} <= {report}


def overflow(page: Page) -> int:
    found: int = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
    return found


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", WIDTHS)
def test_it_fits_and_is_accessible_closed_and_open(opened: Opened, width: int, scheme: str) -> None:
    page = opened(width, scheme)
    expect(page.get_by_role("heading", level=1)).to_contain_text("The gate is NOT met")
    assert overflow(page) <= 0
    page.evaluate("document.querySelectorAll('details').forEach((each) => { each.open = true; })")
    assert overflow(page) <= 0
    check(page)


@pytest.mark.parametrize("width", WIDTHS)
def test_cases_are_filtered_by_words_cause_and_state(opened: Opened, width: int) -> None:
    page = opened(width)
    cases = page.locator("details.case:visible")
    expect(cases).to_have_count(4)  # all but the right one
    page.get_by_label("Show").select_option("")
    expect(cases).to_have_count(5)
    page.get_by_label("Text").fill("FERRY stopped")
    expect(cases).to_have_count(1)
    page.get_by_label("Text").fill("no such words")
    expect(page.get_by_text("No case is like that.")).to_be_visible()
    page.get_by_role("button", name="Reset").click()
    expect(cases).to_have_count(4)
    page.get_by_role("link", name="error no answer came back").click()
    expect(cases).to_have_count(1)
    expect(page.get_by_role("status")).to_have_text("1 of 5 cases")


def test_the_keyboard_opens_a_case(opened: Opened) -> None:
    page = opened(1280)
    case = page.locator("#case-made-unsaid")
    page.get_by_role("button", name="Close all").click()
    case.locator("summary").first.focus()
    page.keyboard.press("Enter")
    expect(case.get_by_text("Where the words stand")).to_be_visible()


def test_a_link_to_a_case_opens_it_whatever_the_filter(opened: Opened) -> None:
    page = opened(1280, anchor="#case-made-right")
    expect(page.locator("#case-made-right .answer")).to_be_in_viewport()


def test_without_scripts_every_case_is_there(opened: Opened) -> None:
    page = opened(360, scripts=False)
    expect(page.locator("details.case:visible")).to_have_count(5)
    expect(page.locator(".filters")).to_be_hidden()
