"""Readers: every format, every way a file can be bad, and text that is never altered."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.articles import RawDocument, Span
from ingest.decoding import decode
from ingest.errors import UnreadableArticle
from ingest.readers import ReadOptions, read, readable

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


def pdf(*pages: str | None, info: str = "") -> bytes:
    """A minimal PDF; None is a page without a text layer."""
    bodies: list[bytes] = []
    kids = " ".join(f"{4 + 2 * n} 0 R" for n in range(len(pages)))
    bodies.append(b"<< /Type /Catalog /Pages 2 0 R >>")
    bodies.append(f"<< /Type /Pages /Kids [{kids}] /Count {len(pages)} >>".encode())
    bodies.append(b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>")
    for number, words in enumerate(pages):
        drawn = f"BT /F1 12 Tf 72 720 Td ({words}) Tj ET" if words else "0 0 100 100 re f"
        bodies.append(
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents {5 + 2 * number} 0 R "
            "/Resources << /Font << /F1 3 0 R >> >> >>".encode()
        )
        bodies.append(f"<< /Length {len(drawn)} >>\nstream\n{drawn}\nendstream".encode())
    bodies.append(f"<< {info} >>".encode())
    out, offsets = b"%PDF-1.4\n", []
    for number, body in enumerate(bodies, start=1):
        offsets.append(len(out))
        out += f"{number} 0 obj\n".encode() + body + b"\nendobj\n"
    table = "".join(f"{offset:010d} 00000 n \n" for offset in offsets)
    start = len(out)
    out += f"xref\n0 {len(bodies) + 1}\n0000000000 65535 f \n{table}".encode()
    return out + (
        f"trailer\n<< /Size {len(bodies) + 1} /Root 1 0 R /Info {len(bodies)} 0 R "
        f">>\nstartxref\n{start}\n%%EOF\n".encode()
    )


# ---- text ----------------------------------------------------------------------------------------------------


@given(st.text())
def test_decoding_changes_nothing_but_line_ends(text: str) -> None:
    try:
        decoded = decode(text.encode("utf-8", "surrogatepass"), "a.txt")
    except UnreadableArticle:
        return
    assert decoded == text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")


@given(st.text(st.characters(min_codepoint=32, exclude_categories=("Cs", "Cc")), min_size=1))
def test_text_with_words_is_always_read(text: str) -> None:
    words = f"words {text}"
    assert decode(words.encode(), "a.txt") == words


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-32"])
def test_byte_order_mark_is_dropped(tmp_path: Path, encoding: str) -> None:
    assert only(save(tmp_path / "a.txt", "Été — “oui”\r\nnon".encode(encoding))).text == "Été — “oui”\nnon"


def test_windows_1252_is_recognised(tmp_path: Path) -> None:
    words = (
        "The president said “we will not yield” — a phrase repeated all day. The café "
        "owner’s reply was naïve. " * 3
    )
    assert only(save(tmp_path / "a.txt", words.encode("cp1252"))).text == words


def test_other_alphabets_are_recognised(tmp_path: Path) -> None:
    words = "Президент заявил вчера вечером, что реформа необходима для страны и её граждан. " * 4
    assert only(save(tmp_path / "a.txt", words.encode("cp1251"))).text == words


@pytest.mark.parametrize("content", [b"", b" \r\n\t ", b"\xef\xbb\xbf", "\ufeff\n".encode("utf-16")])
def test_empty_files_are_refused(tmp_path: Path, content: bytes) -> None:
    message = refusal(save(tmp_path / "a.txt", content))
    assert message.startswith("a.txt: it is empty")
    assert "remove it" in message


@pytest.mark.parametrize(
    "content", [b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", bytes(range(1, 256)) * 10, b"ab\x01\x02\x03\x04" * 20]
)
def test_binary_files_are_refused(tmp_path: Path, content: bytes) -> None:
    assert "a.txt: it is binary" in refusal(save(tmp_path / "a.txt", content))


def test_damaged_utf8_is_refused_with_its_line(tmp_path: Path) -> None:
    message = refusal(save(tmp_path / "a.txt", "café\ncafé\n".encode() * 5 + b"caf\xe9 \n"))
    assert "line 11" in message
    assert "UTF-8" in message


def test_a_large_file_is_refused_unread(tmp_path: Path) -> None:
    path = tmp_path / "big.txt"
    with path.open("wb") as file:
        file.truncate(50_000_000)
    message = refusal(path, ReadOptions(max_file_mb=20))
    assert "50.0 MB" in message
    assert "limit of 20 MB" in message
    assert "DATELINE_MAX_FILE_MB" in message


def test_missing_and_unknown_files_are_reported(tmp_path: Path) -> None:
    assert "cannot be opened" in refusal(tmp_path / "gone.txt")
    assert "cannot be opened" in refusal(tmp_path / "gone.jsonl")
    assert "no reader for .docx" in refusal(save(tmp_path / "a.docx", "x"))


def test_readable_goes_by_suffix() -> None:
    known = ".txt .text .md .markdown .html .htm .json .jsonl .ndjson .pdf .TXT .Html".split()
    assert all(readable(Path(f"a{suffix}")) for suffix in known)
    assert not any(readable(Path(name)) for name in ("a.docx", "a", ".txt", "a.csv"))


# ---- Markdown ------------------------------------------------------------------------------------------------


def test_front_matter_is_metadata_and_boilerplate(tmp_path: Path) -> None:
    head = (
        '---\ntitle: "A: B"\nsource: The Echo\nauthors: [Ann Lee, Bo Ray]\npublished: 2024-04-10\n'
        "url: https://e.example/a\n---\n"
    )
    document = only(save(tmp_path / "a.md", head + "\nBody.\n"))
    assert document.text == head + "\nBody.\n"
    assert document.boilerplate == (Span(0, len(head)),)
    assert (document.title, document.outlet, document.authors) == ("A: B", "The Echo", ("Ann Lee", "Bo Ray"))
    assert (document.published_at, document.url) == ("2024-04-10", "https://e.example/a")


@pytest.mark.parametrize(
    "head",
    [
        "---\ntitle: [unclosed\n---\n",
        "---\nno yaml here\n---\n",
        "---\na: &x [1]\nb: *x\n---\n",
        "---\ntitle: A\n",
        f"---\na: {'[' * 9000}\n---\n",
    ],
)
def test_malformed_front_matter_is_just_text(tmp_path: Path, head: str) -> None:
    document = only(save(tmp_path / "a.md", head + "Body of the text.\n"))
    assert document.text == head + "Body of the text.\n"
    assert document.title is None
    assert document.boilerplate == ()


# ---- HTML ----------------------------------------------------------------------------------------------------

PAGE = """<!doctype html><html><head><title>Bridge opens | The Echo</title>
<meta property="og:site_name" content="The Echo"><meta name="author" content="Ann Lee">
{extra}<link rel="canonical" href="https://echo.example/bridge"></head>
<body><nav><a href="/">Home</a> <a href="/sport">Sport</a></nav>
<article><h1>Bridge opens</h1>{time}
<p>The new bridge over the river opened on Monday after eleven years of work, and the mayor crossed it first.</p>
<p>“It is wide enough for everyone,” she said, before a crowd that filled both banks and a good part of the roadway.</p>
<h2>What comes next</h2>
<p>The old bridge will be taken down in the spring, and its stones will be used for a wall along the harbour.</p>
</article><footer>© 2023 The Echo</footer></body></html>"""


def page(extra: str = "", time: str = "") -> str:
    return PAGE.replace("{extra}", extra).replace("{time}", time)


def test_html_body_and_metadata(tmp_path: Path) -> None:
    linked = json.dumps({"@type": "NewsArticle", "datePublished": "2023-05-04T09:00:00+02:00"})
    script = f'<script type="application/ld+json">{linked}</script>'
    document = only(save(tmp_path / "a.html", page(script)))
    assert document.title == "Bridge opens"
    assert document.outlet == "The Echo"
    assert document.authors == ("Ann Lee",)
    assert document.published_at == "2023-05-04T09:00:00+02:00"
    assert document.url == "https://echo.example/bridge"
    paragraphs = document.text.split("\n\n")
    assert any(paragraph.startswith("The new bridge") for paragraph in paragraphs)
    assert "What comes next" in paragraphs
    assert "Sport" not in document.text


@pytest.mark.parametrize(
    ("extra", "time", "expected"),
    [
        ("", "", None),
        ('<meta property="article:published_time" content="2023-05-04">', "", "2023-05-04"),
        ("", '<time datetime="2023-05-04T10:00:00Z">4 May</time>', "2023-05-04T10:00:00+00:00"),
        ("", "<p>Updated <time datetime='2023-05-04'>4 May</time></p>", None),
        ('<meta property="article:modified_time" content="2023-05-04">', "", None),
        ('<meta name="date" content="today">', "", None),
        ('<meta name="date" content="04/05/2023">', "", None),
    ],
)
def test_html_date_is_only_what_the_page_declares(
    tmp_path: Path, extra: str, time: str, expected: str | None
) -> None:
    assert only(save(tmp_path / "2021-03-02-a.html", page(extra, time))).published_at == expected


def test_html_charset_declaration_is_obeyed(tmp_path: Path) -> None:
    markup = page('<meta charset="windows-1250">').replace("the mayor", "starosta Žižková řekla, že")
    document = only(save(tmp_path / "a.html", markup.encode("cp1250")))
    assert "starosta Žižková řekla, že" in document.text


@pytest.mark.parametrize(
    "markup",
    [
        "<html><body><nav><a href='/a'>A</a></nav></body></html>",
        "<html><head><script>var x = 1;</script></head><body></body></html>",
        "<!-- -->",
        "<div>" * 20_000 + "deep" + "</div>" * 20_000,
    ],
)
def test_html_without_an_article_is_refused(tmp_path: Path, markup: str) -> None:
    assert "no article body" in refusal(save(tmp_path / "a.html", markup))


# ---- PDF -----------------------------------------------------------------------------------------------------


def test_pdf_text_layer(tmp_path: Path) -> None:
    data = pdf("First page words.", None, "Third page words.",
               info="/Title (Bridge opens) /Author (Ann Lee) /CreationDate (D:20240410120000Z)")  # fmt: skip
    document = only(save(tmp_path / "a.pdf", data))
    assert document.text == "First page words.\n\nThird page words."
    assert (document.title, document.authors, document.published_at) == ("Bridge opens", ("Ann Lee",), None)


def test_pdf_title_of_a_word_processor_is_ignored(tmp_path: Path) -> None:
    assert (
        only(save(tmp_path / "a.pdf", pdf("Words.", info="/Title (Microsoft Word - bridge.docx)"))).title
        is None
    )


def test_pdf_without_text_is_refused(tmp_path: Path) -> None:
    message = refusal(save(tmp_path / "a.pdf", pdf(None, None)))
    assert "no text layer" in message
    assert "OCR" in message


@pytest.mark.parametrize("content", [b"", b"not a pdf", b"%PDF-1.4\n", pdf("Words.")[:300]])
def test_damaged_pdf_is_refused(tmp_path: Path, content: bytes) -> None:
    assert refusal(save(tmp_path / "a.pdf", content)).startswith("a.pdf: ")


def test_encrypted_pdf_is_refused(tmp_path: Path) -> None:
    from pypdf import PdfReader, PdfWriter

    writer = PdfWriter(clone_from=PdfReader(save(tmp_path / "plain.pdf", pdf("Secret words."))))
    writer.encrypt("password", algorithm="RC4-128")
    writer.write(tmp_path / "a.pdf")
    assert "encrypted" in refusal(tmp_path / "a.pdf")
