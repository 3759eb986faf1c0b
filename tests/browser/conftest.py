"""One browser for these tests, the real application over the samples, and another site whose pages embed its widget."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from service.api.access.limits import AccessLimits
from service.api.access.origins import AllowedOrigins
from service.api.access.policy import Access
from service.api.app import create_app
from service.feedback_log import FeedbackLog
from service.wiring import Services
from tests.browser.chat import Chat
from tests.browser.sites import Faults, KnownQuestions, OtherSite, listening

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
]
PATIENCE_MS = 20_000
"""Only how long a test waits before it fails: nothing is measured."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Whatever stands in this folder needs a browser."""
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """Debian's chromium. Without one the tests fail in CI, which must have it, and are skipped elsewhere."""
    found = shutil.which("chromium")
    if found is None:
        missing = "this test needs a browser: no `chromium` on the PATH (Debian: apt-get install chromium)"
        if os.environ.get("CI"):
            pytest.fail(missing)
        pytest.skip(missing)
    expect.set_options(timeout=PATIENCE_MS)
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=found, args=FLAGS)
        yield opened
        opened.close()


@pytest.fixture(scope="package")
def verdicts(tmp_path_factory: pytest.TempPathFactory) -> FeedbackLog:
    """Where readers' verdicts go."""
    return FeedbackLog(tmp_path_factory.mktemp("verdicts"))


@pytest.fixture(scope="package")
def _other() -> Iterator[tuple[OtherSite, int]]:
    site = OtherSite()
    with listening(site) as port:
        yield site, port


@pytest.fixture(scope="package")
def _application(
    sample_services: Services, verdicts: FeedbackLog, _other: tuple[OtherSite, int]
) -> Iterator[tuple[Faults, str]]:
    unlimited = AccessLimits.parsed(api="none", visitor="none", address="none", sessions="none")
    origins = AllowedOrigins.parsed(f"http://127.0.0.1:{_other[1]}")
    app = create_app(
        sample_services,
        access=Access(origins=origins, limits=unlimited),
        suggestions=KnownQuestions(),
        feedback=verdicts,
    )
    faults = Faults(app)
    with listening(faults) as port:
        yield faults, f"http://127.0.0.1:{port}"


@pytest.fixture
def host(_application: tuple[Faults, str]) -> str:
    """The application's address."""
    return _application[1]


@pytest.fixture
def faults(_application: tuple[Faults, str]) -> Iterator[Faults]:
    """What can be made to go wrong on the way to the application; mended afterwards."""
    found = _application[0]
    found.mend()
    yield found
    found.mend()


@pytest.fixture
def other(_other: tuple[OtherSite, int]) -> OtherSite:
    """Another site, without pages at first."""
    site, _ = _other
    site.pages, site.headers = {}, {}
    return site


@pytest.fixture
def allowed_origin(_other: tuple[OtherSite, int]) -> str:
    """That site's address, which the application allows."""
    return f"http://127.0.0.1:{_other[1]}"


@pytest.fixture
def foreign_origin(_other: tuple[OtherSite, int]) -> str:
    """The same site under a name that the application does not allow."""
    return f"http://localhost:{_other[1]}"


PageMaker = Callable[..., Page]


@pytest.fixture
def page_with(browser: Browser) -> Iterator[PageMaker]:
    """Makes pages in contexts of their own, and sees that no script of theirs failed."""
    contexts = []
    errors: list[str] = []

    def make(**options: object) -> Page:
        context = browser.new_context(**{"viewport": {"width": 1100, "height": 800}, **options})  # type: ignore[arg-type]
        context.set_default_timeout(PATIENCE_MS)
        contexts.append(context)
        context.on("weberror", lambda error: errors.append(str(error.error)))
        return context.new_page()

    yield make
    for context in contexts:
        context.close()
    assert errors == []


@pytest.fixture
def page(page_with: PageMaker) -> Page:
    """A page of a desktop screen, of a reader who wants no motion: what is measured stands still."""
    return page_with(reduced_motion="reduce")


@pytest.fixture
def phone(page_with: PageMaker) -> Page:
    """A page of a narrow touch screen."""
    screen = {"width": 320, "height": 640}
    return page_with(viewport=screen, has_touch=True, is_mobile=True, reduced_motion="reduce")


@pytest.fixture
def chat(page: Page, host: str) -> Chat:
    """The widget of the application's own first page, not opened yet."""
    page.goto(host)
    return Chat(page)


@pytest.fixture
def embedded(other: OtherSite, host: str) -> Callable[..., str]:
    """Writes a page of the other site that embeds the widget, and gives its path."""

    def write(
        body: str = "<h1>News</h1>", *, head: str = "", attributes: str = "", path: str = "/page"
    ) -> str:
        script = f'<script src="{host}/widget.js" async {attributes}></script>'
        other.pages[path] = (
            f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>News</title>'
            f'<meta name="viewport" content="width=device-width, initial-scale=1">{head}{script}</head>'
            f"<body>{body}</body></html>"
        )
        return path

    return write
