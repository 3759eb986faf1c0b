"""Markup in every field of an article, on every page that shows it: parsed as a browser would, none of it is markup."""

from __future__ import annotations

import json
from urllib.parse import quote

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from lxml import html

from ingest.articles import article_id_of
from service.wiring import Services

MARK = "zqx"
PAYLOADS = [
    f"<script>{MARK}()</script>",
    f"<img src=x onerror={MARK}()>",
    f'"><svg onload={MARK}()>',
    f"' onmouseover='{MARK}()' x='",
    f"</title><script>{MARK}()</script>",
    f"</p></article></main><iframe srcdoc='{MARK}'></iframe>",
    f"<!--{MARK}--><base href=//{MARK}.example>",
    f"{{{{ {MARK} }}}}{{% raw %}}",
    f"</script><meta http-equiv=refresh content='0;url=//{MARK}.example'>",
    f"<style>@import '//{MARK}.example'</style><link rel=stylesheet href=//{MARK}.example>",
    f"&lt;script&gt;{MARK}()&lt;/script&gt; &#60;b&#62;",
    f"\u202e{MARK}\u2066<b>",
    f"<form action=//{MARK}.example><button formaction=javascript:{MARK}()>",
]
ADDRESSES = [
    f"javascript:{MARK}()",
    f"JaVaScRiPt://a.example/%0a{MARK}()",
    f"data:text/html,<script>{MARK}()</script>",
    f'https://a.example/"><script>{MARK}()</script>',
    f"https://a.example/' onclick='{MARK}()",
    f"https://{MARK}@a.example\\@b.example",
    "vbscript:x",
    "//b.example/x",
]
FRAME = {"script", "style", "iframe", "svg", "img", "form", "base", "object", "embed", "meta", "link"}


def leads_astray(name: str, value: str) -> bool:
    """Whether an attribute is an address that is neither of this site nor of the web."""
    address = value.strip().lower()
    if name not in ("href", "src", "action"):
        return False
    return address.startswith("//") or not address.startswith(("/", "#", "http://", "https://"))


def dangers(page: str) -> list[str]:
    """Everything in a page that runs, loads or leads somewhere, and is not Dateline's own."""
    found = []
    for element in html.document_fromstring(page).iter():
        if not isinstance(element.tag, str):
            found.append(f"a comment: {element.text}") if MARK in (element.text or "") else None
            continue
        for name, value in element.attrib.items():
            if (
                name.startswith("on")
                or name in ("srcdoc", "formaction", "style")
                or leads_astray(name, value)
            ):
                found.append(f"{element.tag} {name}={value}")
        if element.tag in FRAME:
            source = element.get("src") or element.get("href") or ""
            own = element.tag in ("script", "link") and source.startswith("/") and not source.startswith("//")
            if not own and not (element.tag == "meta" and element.get("http-equiv") is None):
                found.append(html.tostring(element, encoding="unicode")[:100])
        if element.tag == "script" and (element.text or "").strip():
            found.append(f"an inline script: {element.text}")
    return found


@pytest.fixture(scope="module")
def client(real_app: FastAPI) -> TestClient:
    """A caller."""
    return TestClient(real_app, client=("127.0.0.1", 50000), base_url="http://127.0.0.1:8765")


def test_a_danger_is_seen_as_one() -> None:
    for payload in PAYLOADS[:7]:
        assert dangers(f"<html><head></head><body><p class='{payload}'>{payload}</p></body></html>"), payload
    assert not dangers(
        "<html><head><script src=/widget.js></script></head><body><a href=/x>y</a></body></html>"
    )


@pytest.mark.parametrize("number", range(len(PAYLOADS)))
def test_no_field_becomes_markup(client: TestClient, changing_services: Services, number: int) -> None:
    payload = PAYLOADS[number]
    name = f"{number} {payload.replace('/', '∕')}"
    source = f"{name}.json"
    # As an export would hold it, past the checks of the API's own form of an article.
    record = {
        "title": f"Harbour {payload}",
        "source": f"Outlet {payload}",
        "authors": [f"Ida {payload}", payload],
        "published_at": "2024-04-10",
        "url": ADDRESSES[number % len(ADDRESSES)],
        "text": f"The harbour {payload} was closed on Monday, the mayor said.\n\n"
        f"“It {payload} opens in May,” said Ida Holm.",
    }
    content = json.dumps(record, ensure_ascii=False).encode()
    if "\u202e" in name:
        refused = client.post("/v1/articles", files={"files": (source, content)})
        assert refused.status_code == 422
        name, source = str(number), f"{number}.json"
    report = changing_services.add(source, content)
    assert not report.failed
    article_id = article_id_of(source)
    key = quote(article_id)
    text = changing_services.article(article_id).article.text
    pages = [
        "/",
        f"/articles/{key}",
        f"/articles/{key}?start=0&end={len(text)}",
        f"/articles/{key}?start=3&end=30",
        f"/articles/{quote(source)}",
    ]
    try:
        for path in pages:
            response = client.get(path, headers={"accept": "text/html"})
            assert response.status_code == 200, path
            assert response.headers["content-type"].startswith("text/html")
            assert "script-src 'self'" in response.headers["content-security-policy"]
            assert dangers(response.text) == [], path
        shown = html.document_fromstring(client.get(f"/articles/{key}").text)
        words = shown.get_element_by_id("text").text_content()
        assert all(line in words for line in text.split("\n") if line.strip())
        for path in (f"/v1/articles/{key}", "/v1/articles?limit=200", f"/v1/quotes?source={quote(source)}"):
            answer = client.get(path)
            assert answer.status_code == 200
            assert answer.headers["content-type"] == "application/json"
            assert answer.headers["x-content-type-options"] == "nosniff"
    finally:
        changing_services.remove(article_id)


@pytest.mark.parametrize("payload", PAYLOADS)
def test_what_is_asked_for_in_vain_is_not_shown_as_markup(client: TestClient, payload: str) -> None:
    for path in (
        f"/articles/{quote(payload, safe='')}",
        f"/{quote(payload, safe='')}",
        f"/?offset={quote(payload, safe='')}",
    ):
        response = client.get(path, headers={"accept": "text/html"})
        assert 400 <= response.status_code < 500
        assert dangers(response.text) == []
