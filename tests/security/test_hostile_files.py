"""Files that unfold, nest, or are not what they say: each is an article or one reason why not, and soon."""

from __future__ import annotations

import gzip
import io
import json
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from ingest.articles import RawDocument
from ingest.errors import UnreadableArticle
from ingest.readers import MAX_FAILURES, ReadOptions, read_content
from tests.security.hostile import PARAGRAPH, PROSE, flate, page, pdf, put, readings, refusal, shown

Content = Callable[[], str | bytes]

PAGES: dict[str, Content] = {
    "nested": lambda: f"<html><body>{'<div>' * 200_000}{PARAGRAPH}",
    "nested tables": lambda: f"<html><body>{'<table><tr><td>' * 20_000}{PARAGRAPH}",
    "unfinished tags": lambda: page("<a " * 200_000),
    "unfinished comments": lambda: page("<!--" * 200_000),
    "angle brackets": lambda: page("<" * 1_000_000),
    "a word of 5 MB": lambda: page(f"<p>{'a' * 5_000_000}"),
    "5 MB of blanks": lambda: page(f"<p>a{' ' * 5_000_000}b"),
    "entities of entities": lambda: (
        "<!DOCTYPE x [<!ENTITY a 'aaaa'><!ENTITY b '&a;&a;&a;&a;'><!ENTITY c '&b;&b;&b;&b;'>]>"
        + page("&c;" * 1000)
    ),
    "an outside entity": lambda: (
        "<!DOCTYPE x [<!ENTITY a SYSTEM 'file:///etc/passwd'>]>" + page(f"<p>{PROSE} &a;</p>")
    ),
    "nested JSON-LD": lambda: page(f"<script type='application/ld+json'>{'[' * 200_000}</script>"),
    "a long date": lambda: page(f"<meta name=date content='{'1 ' * 100_000}'>"),
    "nested inline elements": lambda: page("<p>" + "<b><i>" * 100_000 + "words"),
    "null bytes": lambda: page(f"<p>{PROSE}\x00\x00</p>"),
}

PDFS: dict[str, Content] = {
    "a flate bomb": lambda: pdf(flate(b" " * 300_000_000)),
    "a bomb in a bomb": lambda: pdf(flate(flate(b" " * 300_000_000)), "/FlateDecode /FlateDecode"),
    "run lengths": lambda: pdf(b"80" * 2_000_000, "/ASCIIHexDecode /RunLengthDecode"),
    "nested arrays": lambda: pdf(flate(b"[" * 2_000_000)),
    "nested dictionaries": lambda: pdf(flate(b"<<" * 500_000)),
    "a table that refers to itself": lambda: b"%PDF-1.4\ntrailer<</Root 1 0 R/Prev 9>>startxref\n9\n%%EOF",
    "a page tree that is its own branch": lambda: pdf(flate(shown("words"))).replace(
        b"/Kids [4 0 R ]", b"/Kids [2 0 R ]"
    ),
    "cut short": lambda: pdf(flate(shown("words")))[:300],
    "only a name": lambda: b"%PDF-1.7\n",
}

JSONS: dict[str, Content] = {
    "nested lists": lambda: "[" * 1_000_000,
    "nested objects": lambda: '{"a":' * 100_000 + "1" + "}" * 100_000,
    "a nested body": lambda: '{"text":' + "[" * 900 + '"x"' + "]" * 900 + "}",
    "millions of lists": lambda: "[" + "[]," * 3_000_000 + "[]]",
    "a long number": lambda: '{"text": "words", "id": ' + "9" * 100_000 + "}",
    "a number beyond all": lambda: '{"text": "words", "id": 1e400, "published_at": -1e400}',
    "no number": lambda: '{"text": "words", "id": NaN, "published_at": Infinity}',
    "equal keys": lambda: '{"text": "one", "text": "words", "id": 1, "id": 2}',
    "half a surrogate pair": lambda: '{"text": "words \\ud83d", "title": "\\udc00"}',
    "null characters": lambda: '{"text": "words \\u0000", "title": "\\u0000"}',
    "bidi controls": lambda: json.dumps({"text": "words \u202etxt.exe\u2066", "title": "\u202ea"}),
    "unfinished tags": lambda: json.dumps({"text": "<p></p></p>" + "<a '" * 200_000}),
    "entities": lambda: json.dumps({"text": "<p></p></p>" + "&amp" * 500_000}),
    "a long address": lambda: json.dumps({"text": "words", "url": "http://" + "a" * 1_000_000}),
    "many authors": lambda: json.dumps({"text": "words", "author": "A B and " * 50_000}),
    "a list of dates": lambda: json.dumps({"text": "words", "published_at": [["2024"]] * 10_000}),
}

TEXTS: dict[str, Content] = {
    "aliases of aliases": lambda: (
        "---\na: &a [x, x, x]\n"
        + "".join(
            f"{name}: &{name} [*{last}, *{last}, *{last}]\n"
            for last, name in zip("abcdefgh", "bcdefghi", strict=True)
        )
        + f"---\n{PROSE}"
    ),
    "nested lists of YAML": lambda: f"---\n{'- ' * 9_000}x\n---\n{PROSE}",
    "nested maps of YAML": lambda: "---\n" + "".join(f"{' ' * n}a:\n" for n in range(150)) + f"---\n{PROSE}",
    "a Python object in YAML": lambda: f"---\ntitle: !!python/object/apply:os.system [id]\n---\n{PROSE}",
    "a million beginnings": lambda: "---\n" * 1_000_000,
    "a word of 10 MB": lambda: "a" * 10_000_000,
    "bidi controls": lambda: f"\u202e{PROSE}\u2066\u2069",
    "UTF-16 without its end": lambda: "words and words".encode("utf-16")[:-1],
    "half a pair in UTF-16": lambda: b"\xff\xfea\x00\x3d\xd8b\x00",
    "two byte order marks": lambda: b"\xef\xbb\xbf\xef\xbb\xbf" + PROSE.encode(),
    "a surrogate in UTF-8": lambda: PROSE.encode() * 3 + b"\xed\xa0\xbd",
    "null bytes": lambda: PROSE.encode() + b"\x00" * 10,
    "escape sequences": lambda: f"{PROSE}\x1b[2J\x1b]0;owned\x07",
    "no letters": lambda: "“" * 500_000,
}

CASES = [
    *(("html", name, content) for name, content in PAGES.items()),
    *(("pdf", name, content) for name, content in PDFS.items()),
    *(("json", name, content) for name, content in JSONS.items()),
    *(("jsonl", name, content) for name, content in JSONS.items()),
    *(("md", name, content) for name, content in TEXTS.items()),
]


@pytest.fixture(scope="module")
def options() -> ReadOptions:
    """One for all, as in an ingest: what one file did must not hurt the next."""
    return ReadOptions()


@pytest.mark.parametrize(
    ("suffix", "content"), [pytest.param(kind, made, id=f"{kind}: {name}") for kind, name, made in CASES]
)
def test_it_is_an_article_or_a_reason(suffix: str, content: Content, options: ReadOptions) -> None:
    made = content()
    name = f"a.{suffix}"
    data = made if isinstance(made, bytes) else made.encode()
    items = list(read_content(data, name, options))
    assert 1 <= len(items) <= MAX_FAILURES + 1
    for item in items:
        if isinstance(item, UnreadableArticle):
            assert str(item).startswith(name)
            assert len(str(item)) < 1000
        else:
            item.text.encode("utf-8")
            assert "root:" not in item.text
            assert "\x00" not in item.text


def test_aliases_leave_the_words_and_say_nothing(tmp_path: Path) -> None:
    made = TEXTS["aliases of aliases"]()
    (item,) = readings(put(tmp_path / "a.md", made))
    assert isinstance(item, RawDocument)
    assert item.title is None
    assert item.text == made


def test_a_million_bad_records_are_a_thousand_reasons(tmp_path: Path) -> None:
    items = readings(put(tmp_path / "a.jsonl", '{"a": 1}\n' * 5_000 + '{"text": "words"}\n'))
    failures = [str(item) for item in items if isinstance(item, UnreadableArticle)]
    assert len(failures) == MAX_FAILURES + 1
    assert failures[-1].startswith("a.jsonl: 4,000 further records could not be read")
    assert sum(isinstance(item, RawDocument) for item in items) == 1


def test_a_line_without_end_is_met_in_pieces(tmp_path: Path) -> None:
    path = put(
        tmp_path / "a.jsonl", '{"text": "First."}\n{"text": "' + "x" * 3_000_000 + '"}\n{"text": "Last."}'
    )
    first, long, last = readings(path, ReadOptions(max_file_mb=1))
    assert isinstance(first, RawDocument)
    assert isinstance(last, RawDocument)
    assert "a.jsonl: line 2: 3.0 MB is over the limit of 1 MB" in str(long)


def test_an_article_of_nothing_but_lines_is_refused(tmp_path: Path) -> None:
    assert "more than 300,000 lines" in refusal(put(tmp_path / "a.txt", "a\n" * 400_000))


def _zipped() -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.txt", PROSE)
    return file.getvalue()


@pytest.mark.parametrize("made", [gzip.compress(PROSE.encode() * 100), _zipped()], ids=["gzip", "zip"])
@pytest.mark.parametrize("name", ["a.gz", "a.zip", "a.txt.gz", "a.tgz", "a.txt", "a.html", "a.json", "a.pdf"])
def test_archives_are_not_unpacked(tmp_path: Path, name: str, made: bytes) -> None:
    reason = refusal(put(tmp_path / name, made))
    assert any(words in reason for words in ("no reader for", "it is binary", "not a readable PDF"))
