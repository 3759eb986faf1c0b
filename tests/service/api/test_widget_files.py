"""The widget's script and words as files: names that change with them, compression, caches, and what joining leaves."""

from __future__ import annotations

import gzip
import json
import re
from importlib.resources import files

import pytest
from fastapi.testclient import TestClient
from hypothesis import given
from hypothesis import strategies as st

from service.api.routes.widget_files import names, takes_gzip
from service.widget.script import PARTS, compact_css, compact_js, widget_script, widget_words

ROOM = files("service.widget")


def test_the_script_is_sent_compressed_to_those_who_take_it(client: TestClient) -> None:
    plain = client.get("/widget.js", headers={"accept-encoding": "identity"})
    small = client.get("/widget.js", headers={"accept-encoding": "br, gzip;q=0.8"})
    for reply in (plain, small):
        assert reply.status_code == 200
        assert reply.headers["content-type"] == "text/javascript; charset=utf-8"
        assert reply.headers["cross-origin-resource-policy"] == "cross-origin"
        assert reply.headers["x-content-type-options"] == "nosniff"
        assert reply.headers["cache-control"] == "public, max-age=3600, stale-while-revalidate=86400"
        assert reply.headers["vary"] == "Accept-Encoding"
        assert not reply.headers["etag"].startswith("W/")
    assert "content-encoding" not in plain.headers
    assert small.headers["content-encoding"] == "gzip"
    assert plain.content == small.content == widget_script().plain
    assert int(small.headers["content-length"]) < len(plain.content) / 3
    assert plain.headers["etag"] != small.headers["etag"]  # other bytes, so another strong tag


@pytest.mark.parametrize("path", ["/widget.js", "/widget/words/de.json"])
def test_a_copy_that_is_current_is_not_sent_again(client: TestClient, path: str) -> None:
    tag = client.get(path).headers["etag"]
    again = client.get(path, headers={"if-none-match": f'"other", W/{tag}'})
    assert again.status_code == 304
    assert again.content == b""
    assert again.headers["etag"] == tag
    assert client.get(path, headers={"if-none-match": '"other"'}).status_code == 200
    assert client.head(path).headers["etag"] == tag


def test_any_page_may_read_the_words(client: TestClient) -> None:
    reply = client.get("/widget/words/de.json", headers={"origin": "https://news.example"})
    assert reply.headers["access-control-allow-origin"] == "*"
    assert reply.json()["close"] == "Schließen"
    for missing in ("xx", "en", "..%2fwidget", "de.json"):
        assert client.get(f"/widget/words/{missing}.json").status_code == 404


@pytest.mark.parametrize(
    ("header", "taken"),
    [
        ("gzip", True),
        ("deflate, GZIP;q=0.5, br", True),
        ("*", True),
        ("x-gzip", True),
        ("", False),
        ("br", False),
        ("gzip;q=0", False),
        ("gzip;q=0.000, br", False),
        ("notgzip", False),
        ("gzip;q=a", False),
    ],
)
def test_accept_encoding(header: str, taken: bool) -> None:
    assert takes_gzip(header) is taken


@given(st.text())
def test_headers_of_any_kind_are_harmless(header: str) -> None:
    assert takes_gzip(header) in (True, False)
    assert names(header, '"tag"') is ('"tag"' in header and names(header, '"tag"')) or "*" in header


def test_every_part_is_joined_and_nothing_else() -> None:
    room = {file.name for file in ROOM.iterdir() if file.name.endswith(".js")}
    assert room - set(PARTS) == {"types.js"}  # only types, for editors
    script = widget_script()
    assert gzip.decompress(script.compressed) == script.plain
    assert script.digest != widget_words()["de"].digest


def test_no_part_reads_a_string_as_markup_or_code() -> None:
    text = "".join(ROOM.joinpath(name).read_text("utf-8") for name in PARTS)
    for sink in (
        "innerHTML",
        "outerHTML",
        "insertAdjacentHTML",
        "document.write",
        "eval(",
        "new Function",
        "srcdoc",
    ):
        assert sink not in text
    assert not re.search(r"\.style\s*=|cssText|setAttribute\(\s*[\"']style", text)


def test_every_language_says_everything() -> None:
    english = dict(re.findall(r'^  (\w+):\s*"((?:[^"\\]|\\.)*)"', _english(), re.MULTILINE))
    assert len(english) > 40
    offered = set(re.findall(r'"(\w+)"', re.search(r"LANGUAGES = \[(.*?)\]", _words())[1]))  # type: ignore[index]
    assert set(widget_words()) == offered
    for language, file in widget_words().items():
        words = json.loads(file.plain)
        assert list(words) == list(english), language
        for key, phrase in english.items():
            assert set(re.findall(r"\{\w+\}", words[key])) == set(re.findall(r"\{\w+\}", phrase)), (
                language,
                key,
            )
            assert words[key].strip()


def test_compacting_takes_comments_and_space_only() -> None:
    text = """// what it is for
/** @param {string} a "quoted" */
const f = (a) => {
  const url = "https://a.example//b"; // why
  return /** @type {any} */ (a) + `// ${url} /* kept */`;
};
/* one */
"""
    assert compact_js(text) == (
        'const f = (a) => {\nconst url = "https://a.example//b";\nreturn (a) + `// ${url} /* kept */`;\n};'
    )
    assert compact_css("/* a */\n.a > .b ,\n.c { margin: 0 -1px; color: rgb(0 0 0 / 0.5); }\n") == (
        ".a > .b,.c{margin: 0 -1px;color: rgb(0 0 0 / 0.5)}"
    )


def _words() -> str:
    return ROOM.joinpath("words.js").read_text("utf-8")


def _english() -> str:
    found = re.search(r"const ENGLISH = \{(.*?)\n\};", _words(), re.DOTALL)
    assert found
    return found[1]
