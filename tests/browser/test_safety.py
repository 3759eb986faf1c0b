"""Whatever articles, answers and policies hold: text stays text, and nothing needs a hole in a policy."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, Route, expect

from service.api.app import create_app
from service.opening import open_services
from service.settings import ServiceSettings
from tests.browser.chat import AUKUS, Chat
from tests.browser.sites import OtherSite, listening

MARKUP = '<script>window.hacked = 1</script><img src="x" onerror="window.hacked = 2">'
ARTICLE = {
    "title": f"{MARKUP} Harbour opens",
    "outlet": f"{MARKUP}Post",
    "authors": [f"{MARKUP}Berg"],
    "published_at": "2024-04-10",
    "url": "javascript:window.hacked=3",
    "text": f"The harbour of Lindmouth opened on Wednesday, the mayor said. {MARKUP}\n\nThe harbour of Lindmouth "
    f"cost 31 million crowns, said Berta Holm, its engineer {MARKUP}.\n",
}
STRICT = (
    "default-src 'none'; script-src {script}; connect-src {host}; base-uri 'none'; form-action 'none'; "
    "require-trusted-types-for 'script'; trusted-types 'none'"
)
VIOLATIONS = """addEventListener("securitypolicyviolation", (event) => {
  (window.violations ??= []).push(`${event.effectiveDirective} ${event.blockedURI}`);
});"""


@pytest.fixture(scope="module")
def hostile_host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The real application over one article that is full of markup."""
    folder = tmp_path_factory.mktemp("hostile")
    articles = folder / "articles"
    articles.mkdir()
    (articles / "harbour.json").write_text(json.dumps(ARTICLE), "utf-8")
    settings = ServiceSettings(data_dir=folder / "index")
    with open_services(settings, role="tests", create=True) as services:
        assert not services.ingest([Path(articles)]).failed
        with listening(create_app(services)) as port:
            yield f"http://127.0.0.1:{port}"


def test_markup_in_an_article_does_nothing(page: Page, hostile_host: str) -> None:
    page.goto(hostile_host)
    expect(page.get_by_role("link", name="Harbour opens")).to_be_visible()
    chat = Chat(page).open()
    chat.ask("What did Berta Holm say about the harbour?")
    expect(chat.statements.first).to_contain_text("31 million crowns")
    expect(chat.button("Copy with sources")).to_be_visible()
    expect(chat.button("Helpful")).to_have_count(0)  # this host keeps no verdicts
    chat.chips.first.click()
    expect(chat.card).to_contain_text("<script>window.hacked = 1</script>")
    expect(chat.widget.locator("img, script, iframe")).to_have_count(0)
    with page.context.expect_page() as opened:
        chat.card.get_by_role("link", name="Read it in the article").click()
    source = opened.value
    expect(source.locator("#text mark").first).to_be_visible()
    expect(source.locator("main img, main script")).to_have_count(0)
    expect(source.get_by_role("link", name="Original")).to_have_count(0)
    assert source.locator("[href^='javascript']").count() == 0
    source.get_by_role("button", name="Ask about this article").click()
    expect(Chat(source).panel).to_contain_text("Harbour opens")
    for each in (page, source):
        assert each.evaluate("typeof window.hacked") == "undefined"


@pytest.mark.parametrize(
    "url",
    ["javascript:window.hacked=1", " JaVaScRiPt:window.hacked=1", "data:text/html,x", "blob:x", "http://", 7],
)
def test_only_web_addresses_become_links(chat: Chat, url: object) -> None:
    citation = {
        "id": 1,
        "source": "a.txt",
        "quote": MARKUP,
        "start": 0,
        "end": 1,
        "url": url,
        "title": MARKUP,
    }
    answer = {
        "status": "answered",
        "answer": MARKUP,
        "statements": [{"text": MARKUP, "citations": [1]}],
        "citations": [citation],
        "disagreements": [],
    }

    def reply(route: Route) -> None:
        route.fulfill(content_type="text/event-stream", body=f"event: done\ndata: {json.dumps(answer)}\n\n")

    chat.page.route("**/v1/ask", reply)
    chat.open().ask(AUKUS)
    expect(chat.statements).to_contain_text(MARKUP)
    chat.chips.first.click()
    expect(chat.card.locator("blockquote")).to_have_text(MARKUP)
    expect(chat.turn.locator("a[href]")).to_have_count(0)
    assert chat.page.evaluate("typeof window.hacked") == "undefined"


def test_a_source_without_title_or_outlet_is_named_once(chat: Chat) -> None:
    citation = {
        "id": 1,
        "source": "a/b.txt",
        "quote": "Words.",
        "start": 0,
        "end": 6,
        "url": "/articles/1#c0-6",
    }
    citation |= {"title": None, "outlet": None, "published_at": "2024-04-11"}
    answer = {
        "status": "answered",
        "answer": "Words. [1]",
        "statements": [{"text": "Words.", "citations": [1]}],
        "citations": [citation],
        "disagreements": [],
    }

    def reply(route: Route) -> None:
        route.fulfill(content_type="text/event-stream", body=f"event: done\ndata: {json.dumps(answer)}\n\n")

    chat.page.route("**/v1/ask", reply)
    chat.open().ask(AUKUS)
    listed = chat.turn.locator(".sources li")
    expect(listed.locator("a")).to_contain_text("a/b.txt")
    expect(listed.locator(".quiet")).to_have_text("April 11, 2024")


@pytest.mark.parametrize(
    "kept",
    [
        "not json",
        "[]",
        "null",
        '{"turns": 3}',
        '{"turns": [null, 1, {"question": 2}, {"question": "q"}, {"question": "q", "answer": {"statements": 5}}]}',
        json.dumps(
            {"turns": [{"question": MARKUP, "answer": {"statements": [{"text": MARKUP}]}, "state": "x"}]}
        ),
    ],
)
def test_whatever_was_kept_for_the_tab_does_no_harm(chat: Chat, host: str, kept: str) -> None:
    expect(chat.launcher).to_be_visible()
    chat.page.evaluate("([key, value]) => sessionStorage.setItem(key, value)", [f"dateline:{host}/", kept])
    chat.page.reload()
    chat.open()
    chat.ask(AUKUS)
    expect(chat.statements).to_contain_text("exploring how Japan can join our work")
    assert chat.page.evaluate("typeof window.hacked") == "undefined"


@pytest.mark.parametrize("way", ["host", "nonce"])
def test_a_strict_policy_needs_no_exception(
    page: Page, other: OtherSite, allowed_origin: str, embedded: Callable[..., str], host: str, way: str
) -> None:
    script = host if way == "host" else "'nonce-abc123'"
    other.headers["content-security-policy"] = STRICT.format(script=script, host=host)
    page.add_init_script(VIOLATIONS)
    page.goto(allowed_origin + embedded(attributes='nonce="abc123" data-accent="teal" data-lang="fr"'))
    chat = Chat(page)
    chat.launcher.click()
    field = page.get_by_label("Votre question")
    field.fill(AUKUS)
    field.press("Enter")
    chat.settled()
    expect(chat.statements).to_contain_text("exploring how Japan can join our work")
    chat.chips.first.click()
    expect(chat.card).to_be_visible()
    assert page.evaluate("window.violations ?? []") == []


def test_a_browser_without_storage_has_a_conversation_all_the_same(page: Page, host: str) -> None:
    page.add_init_script(
        "Object.defineProperty(window, 'sessionStorage', {get() { throw new DOMException('no', 'SecurityError'); }});"
    )
    page.goto(host)
    chat = Chat(page).open()
    chat.ask(AUKUS)
    expect(chat.statements).to_contain_text("exploring how Japan can join our work")


def test_nothing_but_the_conversation_is_kept(chat: Chat, host: str) -> None:
    chat.open().ask(AUKUS)
    assert chat.page.context.cookies() == []
    assert chat.page.evaluate("Object.keys(localStorage)") == []
    assert chat.page.evaluate("Object.keys(sessionStorage)") == [f"dateline:{host}/"]
    kept = chat.page.evaluate("Object.values(sessionStorage)")[0]
    assert set(json.loads(kept)) == {"open", "turns"}
    assert "token" not in kept
