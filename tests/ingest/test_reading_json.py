"""JSON and JSON Lines: the shapes that news APIs deliver, and what is said of records that are no articles."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ingest.articles import RawDocument
from ingest.errors import InvalidRequest, UnreadableArticle
from ingest.readers import ReadOptions, read

SMALL = ReadOptions(max_file_mb=1.0)


def readings(path: Path, options: ReadOptions = SMALL) -> list[RawDocument | UnreadableArticle]:
    return list(read(path, path.name, options))


def only(path: Path, options: ReadOptions = SMALL) -> RawDocument:
    (item,) = readings(path, options)
    assert isinstance(item, RawDocument), item
    return item


def refusal(path: Path, options: ReadOptions = SMALL) -> str:
    (item,) = readings(path, options)
    assert isinstance(item, UnreadableArticle), item
    return str(item)


def save(path: Path, content: str | bytes) -> Path:
    path.write_bytes(content.encode("utf-8") if isinstance(content, str) else content)
    return path


def test_json_field_names_of_news_apis(tmp_path: Path) -> None:
    records = [
        {
            "title": "A",
            "content": "Body A.",
            "source": {"id": None, "name": "The Echo"},
            "author": "By Ann Lee and Bo Ray",
            "publishedAt": "2024-04-10T08:00:00Z",
            "url": "https://e.example/a",
        },
        {
            "headline": {"main": "B"},
            "description": "Teaser.",
            "full_text": "Body B.",
            "publisher": "Wire",
            "byline": [{"name": "Cy Day"}],
            "pubDate": "Wed, 10 Apr 2024 12:00:00 GMT",
            "link": "javascript:alert(1)",
        },
        {
            "title": {"rendered": "C &amp; D"},
            "content": {"rendered": "<p>One.</p><p>Two<br>three &#8212; four.</p>"},
            "id": 7,
            "date": "04/05/2024",
        },
    ]
    a, b, c = readings(save(tmp_path / "a.json", json.dumps({"status": "ok", "articles": records})))
    assert isinstance(a, RawDocument)
    assert (a.title, a.text, a.outlet, a.authors) == ("A", "Body A.", "The Echo", ("Ann Lee", "Bo Ray"))
    assert (a.published_at, a.record_key, a.record_line) == (
        "2024-04-10T08:00:00+00:00",
        "https://e.example/a",
        1,
    )
    assert isinstance(b, RawDocument)
    assert (b.title, b.text, b.outlet, b.authors) == ("B", "Body B.", "Wire", ("Cy Day",))
    assert (b.url, b.published_at) == (None, "2024-04-10T12:00:00+00:00")
    assert isinstance(c, RawDocument)
    assert (c.title, c.text, c.record_key) == ("C & D", "One.\n\nTwo\nthree — four.", "7")
    assert c.published_at is None


@pytest.mark.parametrize(
    "value",
    [
        [{"body": "One."}, {"body": "Two."}],
        {"data": [{"body": "One."}, {"body": "Two."}]},
        {"response": {"docs": [{"body": "One."}, {"body": "Two."}]}},
        {"hits": {"hits": [{"_id": "1", "_source": {"body": "One."}}, {"_source": {"body": "Two."}}]}},
    ],
)
def test_json_wrappers(tmp_path: Path, value: object) -> None:
    found = readings(save(tmp_path / "a.json", json.dumps(value)))
    assert [item.text for item in found if isinstance(item, RawDocument)] == ["One.", "Two."]


def test_a_single_json_article_has_no_key(tmp_path: Path) -> None:
    document = only(save(tmp_path / "a.json", '{"id": 3, "body": "One."}'))
    assert (document.record_key, document.record_line) == (None, None)


def test_json_lines_go_on_after_a_bad_line(tmp_path: Path) -> None:
    lines = [
        '{"id": 1, "body": "One."}',
        '{"id": 2, "body": "Two}',
        "",
        '{"title": "no body"}',
        "[1]",
        '{"body": "Six."}',
    ]
    path = save(
        tmp_path / "a.jsonl", "\n".join(lines).encode() + b"\n" + b"\xff\x00\xfe\n" + b'{"body": "Last."}'
    )
    items = readings(path)
    assert [(item.text, item.record_line) for item in items if isinstance(item, RawDocument)] == [
        ("One.", 1),
        ("Six.", 6),
        ("Last.", 8),
    ]
    malformed, bodiless, listed, binary = (str(item) for item in items if isinstance(item, UnreadableArticle))
    assert "a.jsonl: line 2, column" in malformed
    assert "a.jsonl#4: no body; its fields are: title" in bodiless
    assert "a.jsonl#5: a list" in listed
    assert "a.jsonl: line 7" in binary


def test_json_line_over_the_limit_is_skipped(tmp_path: Path) -> None:
    long = json.dumps({"body": "x" * 30_000})
    items = readings(
        save(tmp_path / "a.jsonl", f'{{"body": "A."}}\n{long}\n{{"body": "B."}}\n'),
        ReadOptions(max_file_mb=0.01),
    )
    first, refused, last = items
    assert isinstance(first, RawDocument)
    assert isinstance(last, RawDocument)
    assert (last.text, last.record_line) == ("B.", 3)
    assert isinstance(refused, UnreadableArticle)
    assert "a.jsonl: line 2: 0.0 MB" in str(refused)


def test_equal_keys_are_told_apart(tmp_path: Path) -> None:
    lines = "\n".join(json.dumps({"id": "x", "body": body}) for body in ("One.", "Two.", "Three."))
    items = readings(save(tmp_path / "a.jsonl", lines))
    assert [item.record_key for item in items if isinstance(item, RawDocument)] == ["x", "x#2", "x#3"]


def test_a_record_without_id_is_known_by_its_body(tmp_path: Path) -> None:
    first = readings(save(tmp_path / "a.jsonl", '{"body": "One."}\n{"body": "Two."}'))
    swapped = readings(save(tmp_path / "a.jsonl", '{"body": "Two."}\n{"body": "One."}'))
    keys = [item.record_key for item in first if isinstance(item, RawDocument)]
    assert keys == [item.record_key for item in reversed(swapped) if isinstance(item, RawDocument)]
    assert None not in keys


def test_json_under_the_other_suffix_is_still_read(tmp_path: Path) -> None:
    lines = save(tmp_path / "lines.json", '{"body": "One."}\n{"body": "Two."}\n')
    indented = save(tmp_path / "indented.jsonl", json.dumps([{"body": "One."}, {"body": "Two."}], indent=2))
    for path in (lines, indented):
        assert [item.text for item in readings(path) if isinstance(item, RawDocument)] == ["One.", "Two."]


def test_mapped_fields(tmp_path: Path) -> None:
    record = {
        "fields": {"main": "Words.", "kicker": "Head"},
        "issued": "10 avril 2024",
        "created_at": "2020-01-01",
        "body": "no",
    }
    options = ReadOptions(field_map={"text": "fields.main", "title": "fields.kicker", "date": "issued"})
    document = only(save(tmp_path / "a.json", json.dumps(record)), options)
    assert (document.text, document.title, document.published_at) == ("Words.", "Head", "2024-04-10")
    missing = refusal(save(tmp_path / "b.json", '{"body": "x"}'), options)
    assert "'fields.main'" in missing
    with pytest.raises(InvalidRequest, match="--map headline=x"):
        ReadOptions(field_map={"headline": "x"})


@pytest.mark.parametrize("content", ['{"body": ', "[" * 100_000, "[]", '"words"', '{"body": "  "}'])
def test_bad_json_is_refused(tmp_path: Path, content: str) -> None:
    assert refusal(save(tmp_path / "a.json", content)).startswith("a.json")


def test_prose_that_mentions_tags_is_not_markup(tmp_path: Path) -> None:
    words = "She typed <b> and 3 < 4, then left & came back."
    assert only(save(tmp_path / "a.json", json.dumps({"body": words}))).text == words


@pytest.mark.parametrize(
    ("markup", "words"),
    [
        ("<p>One &amp; two.</p>\n<p>Three<br/>four <b>five</b>.</p>", "One & two.\n\nThree\nfour five."),
        ('<p>See <a title="a > b" href="x">this</a>.</p><p>End.</p>', "See this.\n\nEnd."),
        ("<p>A<script>var p = '<p>';</script>B</p><!-- <p>no</p> --><p>C</p>", "AB\n\nC"),
        ("First paragraph.\n\nSecond <em>one</em>, <em>two</em>.", "First paragraph.\n\nSecond one, two."),
        ("<ul><li>One</li><li>Two</li></ul>", "One\n\nTwo"),
        ("<p>Ends in a tag", "Ends in a tag"),
    ],
)
def test_markup_in_a_body_becomes_paragraphs(tmp_path: Path, markup: str, words: str) -> None:
    markup += "<p></p>"
    assert only(save(tmp_path / "a.json", json.dumps({"body": markup}))).text == words


@pytest.mark.parametrize("piece", ["<a ", "<!--", "<script>", "</", "<![CDATA[", "&#", "<a b='", '<a b="'])
def test_hostile_markup_costs_no_more_than_its_length(tmp_path: Path, piece: str) -> None:
    document = only(save(tmp_path / "a.json", json.dumps({"body": "<p>Words.</p>" + piece * 40_000})))
    assert document.text.startswith("Words.")
