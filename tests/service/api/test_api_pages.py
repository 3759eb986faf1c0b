"""The readable pages: exact text, escaped, with the cited words marked."""

from __future__ import annotations

import html
import re
from html.parser import HTMLParser

import pytest
from fastapi.testclient import TestClient
from hypothesis import given
from hypothesis import strategies as st

from ingest.articles import Span
from service.api.pages import blocks, day_in_words, web_address
from tests.service.api.fakes import HARBOUR, FakeServices, harbour, stored

EVIL = """<script>alert(1)</script> & <img src=x onerror="alert(1)">"""


class Paragraphs(HTMLParser):
    """Reads the elements with `data-start` back: their offsets, their text, and the marked text."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[tuple[int, str]] = []
        self.marked: list[str] = []
        self.anchors: list[str] = []
        self._inside = self._mark = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = dict(attrs)
        if "data-start" in named:
            self._inside = True
            self.found.append((int(named["data-start"] or 0), ""))
        if tag == "mark":
            self._mark = True
            self.marked.append("")
            if "id" in named:
                self.anchors.append(named["id"] or "")

    def handle_endtag(self, tag: str) -> None:
        self._inside = self._inside and tag != "p"
        self._mark = self._mark and tag != "mark"

    def handle_data(self, data: str) -> None:
        if self._inside:
            start, text = self.found[-1]
            self.found[-1] = (start, text + data)
        if self._mark:
            self.marked[-1] += data


def read(page: str) -> Paragraphs:
    """The paragraphs of a page."""
    found = Paragraphs()
    found.feed(page)
    return found


def test_a_page_shows_the_article_and_where_it_comes_from(client: TestClient) -> None:
    reply = client.get(f"/articles/{harbour().article.article_id}")
    assert reply.status_code == 200
    page = reply.text
    assert "<h1>Ferry talks resume</h1>" in page
    assert "Harbour Post" in page
    assert "By Nils Berg" in page
    assert '<time datetime="2024-04-10">10 April 2024</time>' in page
    assert 'href="https://harbour.example/ferry"' in page
    for start, text in read(page).found:
        assert HARBOUR[start : start + len(text)] == text
    folded = re.search(r"<details.*?</details>", page, re.DOTALL)
    assert folded
    assert "Sign up for our letter" in folded.group()
    assert " open" not in folded.group()


def test_pages_forbid_everything_but_their_own_files(client: TestClient) -> None:
    for path in ("/", f"/articles/{harbour().article.article_id}"):
        reply = client.get(path)
        policy = reply.headers["content-security-policy"]
        assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'")
        assert "unsafe" not in policy
        assert reply.headers["x-content-type-options"] == "nosniff"
        assert reply.headers["referrer-policy"] == "no-referrer"
        assert not re.search(r"<script(?! src=)|<style| style=| on\w+=", reply.text)
        for address in re.findall(r'(?:src|href)="(/static/[^"]+)"', reply.text):
            assert client.get(address).status_code == 200


def test_article_text_and_metadata_are_escaped(client: TestClient, services: FakeServices) -> None:
    item = stored(
        f"{EVIL}.txt",
        f"{EVIL}\n",
        title=EVIL,
        outlet=EVIL,
        authors=(EVIL,),
        published_at='2024-04-10"><script>',
        url="javascript:alert(1)",
    )
    services.shelf[item.article.article_id] = item
    for path in (f"/articles/{item.article.article_id}?start=0&end=8", "/"):
        page = client.get(path).text
        assert "<script>" not in page
        assert "<img" not in page
        assert "javascript:" not in page
    assert read(client.get(f"/articles/{item.article.article_id}").text).found == [(0, EVIL)]


def test_the_query_marks_a_span_across_paragraphs(client: TestClient) -> None:
    start, end = HARBOUR.index("talks"), HARBOUR.index(" said")
    path = f"/articles/{harbour().article.article_id}"
    found = read(client.get(path, params={"start": start, "end": end}).text)
    assert "\n".join(found.marked) == HARBOUR[start:end]
    assert found.anchors == [f"c{start}-{end}"]
    footer = HARBOUR.index("Sign up")
    page = client.get(path, params={"start": footer, "end": footer + 4}).text
    assert '<details class="boilerplate" open>' in page


@pytest.mark.parametrize("query", ["", "start=5", "start=9&end=9", "start=9&end=2", "start=99999&end=100000"])
def test_a_span_that_is_not_there_marks_nothing(client: TestClient, query: str) -> None:
    reply = client.get(f"/articles/{harbour().article.article_id}?{query}")
    assert reply.status_code == 200
    assert read(reply.text).marked == []


def test_an_end_beyond_the_text_marks_to_the_end(client: TestClient) -> None:
    page = client.get(f"/articles/{harbour().article.article_id}?start=0&end=100000").text
    assert "\n".join(read(page).marked).split() == HARBOUR.split()


UNHOLDABLE = {"\0": "\ufffd", "\ud800": "\ufffd", "\r": " "}
texts = st.text(st.sampled_from("ab <&\"'\n\r\t\0é東😀\ud800\x0c\u2028"), max_size=60)


@given(texts, st.data())
def test_paragraphs_hold_the_text_one_character_for_one(text: str, data: st.DataObject) -> None:
    edges = st.integers(0, len(text))

    def span() -> Span:
        first, second = sorted((data.draw(edges), data.draw(edges)))
        return Span(first, second)

    cited = span()
    made = blocks(text, [span()], cited)
    anchors = []
    for paragraph in (paragraph for block in made for paragraph in block.paragraphs):
        shown = "".join(run.text for run in paragraph.runs)
        original = text[paragraph.start : paragraph.start + len(shown)]
        assert shown == "".join(UNHOLDABLE.get(character, character) for character in original)
        at = paragraph.start
        for run in paragraph.runs:
            inside = cited.start <= at and at + len(run.text) <= cited.end
            assert run.cited == (inside and bool(run.text))
            at += len(run.text)
            anchors += [run.anchor] if run.anchor else []
    assert len(anchors) <= 1
    covered = {
        place
        for block in made
        for paragraph in block.paragraphs
        for place in range(paragraph.start, paragraph.start + sum(len(run.text) for run in paragraph.runs))
    }
    assert all(place in covered or not text[place].strip() for place in range(len(text)))


def test_lines_wrapped_at_a_fixed_width_stay_together() -> None:
    (block,) = blocks("The ferry\nwill sail.\n\nIt did.\n", [], None)
    assert [paragraph.wrapped for paragraph in block.paragraphs] == [True, False, False]
    (block,) = blocks("One paragraph.\nAnother paragraph.\n", [], None)
    assert [paragraph.wrapped for paragraph in block.paragraphs] == [False, False]


def test_the_index_lists_articles_in_pages(client: TestClient, services: FakeServices) -> None:
    assert "Ferry talks resume" in client.get("/").text
    for number in range(150):
        item = stored(f"wire-{number:03}.txt", "Words.")
        services.shelf[item.article.article_id] = item
    first = client.get("/").text
    assert "1–100 of 151 articles" in first
    second = client.get(html.unescape(re.findall(r'href="(/\?offset=\d+)" rel="next"', first)[0])).text
    assert "101–151 of 151" in second
    assert 'rel="prev"' in second
    assert 'rel="next"' not in second
    assert "nothing on this page" in client.get("/?offset=5000").text
    services.shelf.clear()
    assert "dateline ingest FOLDER" in client.get("/").text


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://a.example/x", True),
        ("HTTP://a.example", True),
        ("javascript:alert(1)", False),
        ("data:text/html,x", False),
        ("//a.example", False),
        ("https:///x", False),
        ("http://[", False),
        (None, False),
    ],
)
def test_only_web_addresses_are_linked(url: str | None, shown: bool) -> None:
    assert (web_address(url) == url and url is not None) == shown


@pytest.mark.parametrize(
    ("moment", "words"),
    [
        ("2024-04-10", "10 April 2024"),
        ("2024-04-10T09:05:00Z", "10 April 2024, 09:05 UTC"),
        ("2024-04-10T09:05:00-04:00", "10 April 2024, 09:05 -0400"),
        ("2024-04-10T09:05", "10 April 2024, 09:05"),
        ("spring", "spring"),
    ],
)
def test_dates_read_well(moment: str, words: str) -> None:
    assert day_in_words(moment) == words


def test_headings_of_markdown_look_like_headings_and_keep_their_signs() -> None:
    text = "# Ferry talks\n\nThe talks\n## resume\n\n#ferry is no heading\n"
    found = [paragraph for block in blocks(text, (), None, markdown=True) for paragraph in block.paragraphs]
    assert [(paragraph.runs[0].text, paragraph.heading) for paragraph in found] == [
        ("# Ferry talks", True),
        ("The talks", False),
        ("## resume", True),
        ("#ferry is no heading", False),
    ]
    plain = [paragraph for block in blocks(text, (), None) for paragraph in block.paragraphs]
    assert not any(paragraph.heading for paragraph in plain)


def test_pages_carry_the_widget_and_a_button_for_it(client: TestClient, services: FakeServices) -> None:
    item = stored("2024/a b#1.txt", "Words.\n", title='The "ferry"')
    services.shelf[item.article.article_id] = item
    page = client.get(f"/articles/{item.article.article_id}").text
    assert '<script src="/widget.js" async></script>' in page
    button = re.search(r"<button[^>]*data-dateline-open[^>]*>", page)
    assert button
    assert 'data-dateline-source="2024/a b#1.txt"' in button.group()
    assert html.unescape(button.group()).count('data-dateline-label="The "ferry""') == 1
    front = client.get("/")
    assert '<script src="/widget.js" async></script>' in front.text
    assert "connect-src 'self'" in front.headers["content-security-policy"]
