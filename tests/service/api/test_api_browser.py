"""The page's script in a real browser: it marks exactly the cited characters, scrolls to them and focuses them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ingest.articles import Span
from tests.service.api.browser import Browser
from tests.service.api.fakes import FakeServices, stored
from tests.service.api.serving import served

pytestmark = pytest.mark.browser

HEAD = "Reaktion auf 😀😀 die Fähre: 𝔣erry talks\n<script>window.hacked = 1</script> & <b>bold</b>\n\n"
FILLER = "".join(f"Paragraph {number} of a long article, which fills the page.\n\n" for number in range(80))
CAPTION = "A 📷 caption\nof two lines\n"
TAIL = "“It will sail in May,” said 👩‍👩‍👧 Mayor Holm.\nNobody\tobjected.  At all.\nThe end."
TEXT = HEAD + FILLER + CAPTION + TAIL
CAPTION_AT = TEXT.index(CAPTION)
ITEM = stored(
    "ferry.txt", TEXT, title="Ferry", boilerplate=(Span(CAPTION_AT, CAPTION_AT + len(CAPTION) - 1),)
)

STATE = """(() => {
  const marks = [...document.querySelectorAll("#text mark")];
  const box = marks.length ? marks[0].getBoundingClientRect() : null;
  return {
    texts: marks.map((mark) => mark.textContent),
    ids: marks.map((mark) => mark.id),
    focused: marks.indexOf(document.activeElement),
    visible: box !== null && box.top >= 0 && box.bottom <= innerHeight && box.height > 0,
    scrolled: scrollY,
    notice: document.getElementById("notice").hidden ? null : document.getElementById("notice").textContent,
    hacked: typeof window.hacked,
    whole: [...document.querySelectorAll("#text [data-start]")].map((p) => p.textContent).join("\\n"),
  };
})()"""


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    services = FakeServices()
    services.shelf[ITEM.article.article_id] = ITEM
    with served(services) as found:
        yield f"{found}/articles/{ITEM.article.article_id}"


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    opened = Browser(profile(tmp_path_factory))
    yield opened
    opened.close()


def profile(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder for one browser."""
    return tmp_path_factory.mktemp("chromium")


def place(words: str) -> tuple[int, int]:
    """Where these words stand."""
    start = TEXT.index(words)
    return start, start + len(words)


def check_marks(state: dict[str, Any], start: int, end: int) -> None:
    """The marks hold the span's characters, line ends aside, and the reader is taken to them."""
    assert "".join(state["texts"]) == TEXT[start:end].replace("\n", "")
    assert state["ids"] == [f"c{start}-{end}", *[""] * (len(state["ids"]) - 1)]
    assert state["focused"] == 0
    assert state["visible"]
    assert state["notice"] is None
    assert state["hacked"] == "undefined"
    assert state["whole"].split() == TEXT.split()


@pytest.mark.parametrize(
    "words",
    [
        "It will sail in May",
        "😀 die Fähre: 𝔣",
        "script>window.hacked = 1</script> &",
        "👩‍👩‍👧 Mayor Holm.\nNobody\tobjected.  At",
        "Paragraph 40 of",
        "page.\n\nParagraph 78 of a long article, which fills the page.\n\nParagraph 79",
        "The end.",
        "📷 caption\nof two",
        "lines\n“It",
    ],
)
def test_the_fragment_is_marked(browser: Browser, address: str, words: str) -> None:
    start, end = place(words)
    browser.open(f"{address}#c{start}-{end}")
    check_marks(browser.evaluate(STATE), start, end)


def test_a_far_span_is_scrolled_to(browser: Browser, address: str) -> None:
    start, end = place("It will sail")
    browser.open(f"{address}#c{start}-{end}")
    assert browser.evaluate(STATE)["scrolled"] > 600


def test_a_new_fragment_replaces_the_marks(browser: Browser, address: str) -> None:
    first, second = place("Paragraph 3 of"), place("graph 3 of a long")
    browser.open(f"{address}#c{first[0]}-{first[1]}")
    for start, end in (second, first, second):
        browser.evaluate(
            "new Promise((done) => { addEventListener('hashchange', () => setTimeout(done), {once: true}); "
            f"location.hash = '#c{start}-{end}'; }})"
        )
        check_marks(browser.evaluate(STATE), start, end)


def test_marks_of_the_server_are_used(browser: Browser, address: str) -> None:
    start, end = place("Mayor Holm.\nNobody")
    browser.open(f"{address}?start={start}&end={end}#c{start}-{end}")
    check_marks(browser.evaluate(STATE), start, end)


def test_a_fragment_of_another_version_is_told(browser: Browser, address: str) -> None:
    browser.open(f"{address}#c999999-1000000")
    state = browser.evaluate(STATE)
    assert state["texts"] == []
    assert "this version of the article does not have" in state["notice"]


def test_without_a_fragment_nothing_is_marked(browser: Browser, address: str) -> None:
    browser.open(address)
    state = browser.evaluate(STATE)
    assert (state["texts"], state["notice"], state["scrolled"]) == ([], None, 0)
    assert browser.evaluate("document.querySelector('details').open") is False


CONTRAST = """(() => {
  const light = (colour) => {
    const parts = colour.match(/[\\d.]+/g).slice(0, 3).map((part) => {
      const value = part / 255;
      return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2];
  };
  const ground = (element) => {
    for (; element; element = element.parentElement) {
      const colour = getComputedStyle(element).backgroundColor;
      if (!/, 0\\)$/.test(colour)) return colour;
    }
  };
  return [...document.querySelectorAll("p, h1, a:not(.skip), mark, summary, time, span")].map((element) => {
    const [a, b] = [light(getComputedStyle(element).color), light(ground(element))].sort((x, y) => y - x);
    return (a + 0.05) / (b + 0.05);
  });
})()"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_stands_out_from_its_ground(browser: Browser, address: str, scheme: str) -> None:
    """WCAG 2.2, 1.4.3: a contrast of 4.5 to 1 for text, in both colour schemes."""
    start, end = place("Paragraph 3 of")
    browser.set_media(scheme)
    browser.open(f"{address}#c{start}-{end}")
    ratios = browser.evaluate(CONTRAST)
    assert len(ratios) > 80
    assert min(ratios) >= 4.5
    assert browser.evaluate("getComputedStyle(document.body).backgroundColor") == (
        "rgb(253, 252, 250)" if scheme == "light" else "rgb(23, 23, 22)"
    )
