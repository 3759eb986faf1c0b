"""Takes the pictures of `docs/widget.md` and the README: the real application over the samples, in chromium.

python scripts/screenshots.py

Where it is installed, Charis SIL stands for Charter, which it was drawn after, so that the pictures look as on most
readers' machines (Debian: apt-get install chromium fonts-sil-charis fonts-noto-core).
"""

from __future__ import annotations

import io
import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, FloatRect, Page, expect, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

IMAGES = ROOT / "docs" / "images"
LIMIT_BYTES = 150_000
SCALE = 2
AROUND_PX = 18
STAND_INS = {"Charter": "Charis SIL"}
FONTS = """<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig><include ignore_missing="yes">/etc/fonts/fonts.conf</include>{matches}</fontconfig>"""
MATCH = (
    '<match target="pattern"><test name="family"><string>{asked}</string></test>'
    '<edit name="family" mode="assign" binding="strong"><string>{given}</string></edit></match>'
)


def main() -> None:
    """Ask, look, write."""
    from tests.browser.conftest import FLAGS

    IMAGES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        fonts = Path(folder) / "fonts.conf"
        matches = "".join(MATCH.format(asked=asked, given=given) for asked, given in STAND_INS.items())
        fonts.write_text(FONTS.format(matches=matches))
        environment = {**os.environ, "FONTCONFIG_FILE": str(fonts)}
        with _application(Path(folder)) as host, sync_playwright() as playwright:
            browser = playwright.chromium.launch(
                executable_path="/usr/bin/chromium",
                args=[*FLAGS, "--font-render-hinting=none"],
                env=environment,  # type: ignore[arg-type]
            )
            for scheme in ("light", "dark"):
                _desktop(browser, host, scheme)
                _phone(browser, host, scheme)
            _beside_an_article(browser, host)
            browser.close()


@contextmanager
def _application(folder: Path) -> Iterator[str]:
    from service.api.app import create_app
    from service.feedback_log import FeedbackLog
    from service.opening import open_services
    from service.settings import ServiceSettings
    from tests.browser.sites import listening

    with open_services(ServiceSettings(data_dir=folder / "index"), role="pictures", create=True) as services:
        services.ingest([ROOT / "samples" / "articles"])
        app = create_app(services, suggestions=_Questions(), feedback=FeedbackLog(folder / "verdicts"))
        with listening(app) as port:
            yield f"http://127.0.0.1:{port}"


class _Questions:
    def first(self, limit: int) -> list[str]:
        return [
            "What did Biden say about AUKUS?",
            "How much will the flood barrier cost?",
            "Who sang after the state dinner?",
            "Which places will the Luzon Economic Corridor join?",
        ][:limit]

    def following(self, asked: object, sources: object, limit: int) -> list[str]:
        return [
            "What did Marcos tell reporters about the summit?",
            "What warning did Kishida give about Ukraine?",
        ]


def _desktop(browser: Browser, host: str, scheme: str) -> None:
    from tests.browser.chat import AUKUS, MARCH, MARCOS, TIKTOK, Chat

    page = _page(browser, scheme, {"width": 1080, "height": 760})
    page.goto(host)
    chat = Chat(page).open()
    expect(chat.panel.locator(".questions")).to_be_visible()
    _write(page, f"widget-panel-{scheme}.png", _around(page, ".panel"))
    chat.ask(MARCOS)
    expect(chat.panel.locator(".next .questions")).to_be_visible()
    chat.chips.first.click()
    chat.page.mouse.move(0, 0)
    _write(page, f"widget-answer-{scheme}.png", _around(page, ".panel"))
    page.keyboard.press("Escape")
    chat.ask(TIKTOK)
    _write(page, f"widget-abstention-{scheme}.png", _around(page, ".panel"))
    chat.ask(MARCH)
    _write(page, f"widget-disagreement-{scheme}.png", _around(page, ".panel"))
    chat.button("New conversation").click()
    chat.ask(AUKUS)
    address = chat.turn.locator(".sources a").first.get_attribute("href") or ""
    chat.button("Close").click()
    page.goto(address)
    expect(page.locator("mark").first).to_be_visible()
    page.evaluate("document.activeElement.blur(); scrollTo(0, 0)")
    expect(chat.launcher).to_be_visible()
    _write(page, f"source-page-{scheme}.png")
    page.context.close()


def _beside_an_article(browser: Browser, host: str) -> None:
    from tests.browser.chat import AUKUS, Chat

    page = _page(browser, "light", {"width": 1480, "height": 800}, scale=1.5)
    page.goto(host)
    chat = Chat(page).open()
    chat.ask(AUKUS)
    page.goto(chat.turn.locator(".sources a").first.get_attribute("href") or "")
    expect(page.locator("mark").first).to_be_visible()
    page.evaluate("document.activeElement.blur(); scrollTo(0, 0)")
    expect(chat.panel).to_be_visible()  # as it was on the page before
    expect(chat.panel.get_by_text("Articles searched")).to_be_visible()
    expect(chat.button("Helpful")).to_be_visible()
    _write(page, "widget-on-a-page.png")
    page.context.close()


def _phone(browser: Browser, host: str, scheme: str) -> None:
    from tests.browser.chat import TROOPS, Chat

    page = _page(browser, scheme, {"width": 390, "height": 760}, has_touch=True, is_mobile=True)
    page.goto(host)
    chat = Chat(page).open()
    chat.ask(TROOPS)
    _write(page, f"widget-phone-{scheme}.png")
    page.context.close()


def _page(
    browser: Browser, scheme: str, viewport: dict[str, int], scale: float = SCALE, **options: bool
) -> Page:
    context = browser.new_context(
        viewport=viewport,  # type: ignore[arg-type]
        color_scheme=scheme,  # type: ignore[arg-type]
        device_scale_factor=scale,
        reduced_motion="reduce",
        locale="en-GB",
        **options,  # type: ignore[arg-type]
    )
    return context.new_page()


def _around(page: Page, selector: str) -> FloatRect:
    box = page.locator(f"dateline-chat {selector}").bounding_box()
    assert box
    return {
        "x": box["x"] - AROUND_PX,
        "y": box["y"] - AROUND_PX,
        "width": box["width"] + 2 * AROUND_PX,
        "height": box["height"] + 2 * AROUND_PX,
    }


def _write(page: Page, name: str, clip: FloatRect | None = None) -> None:
    """With as many colours as fit the limit: few are needed for text."""
    taken = Image.open(io.BytesIO(page.screenshot(clip=clip, animations="disabled"))).convert("RGB")
    for colours in (192, 96, 48, 24):
        written = io.BytesIO()
        taken.quantize(colours, dither=Image.Dither.NONE).save(written, "PNG", optimize=True)
        if written.tell() < LIMIT_BYTES:
            break
    (IMAGES / name).write_bytes(written.getvalue())
    sys.stdout.write(f"{name}: {written.tell() / 1000:.0f} kB, {colours} colours\n")


if __name__ == "__main__":
    main()
