"""Files made to hurt whoever reads them, and what reading them is expected to give."""

from __future__ import annotations

import zlib
from pathlib import Path

from ingest.articles import RawDocument
from ingest.errors import UnreadableArticle
from ingest.readers import ReadOptions, read

PROSE = (
    "The council said on Monday that the bridge would be closed for two weeks in spring, and then repaired. "
)
PARAGRAPH = f"<p>{PROSE * 3}</p>"
MAX_FILE_MB = 20.0


def readings(path: Path, options: ReadOptions | None = None) -> list[RawDocument | UnreadableArticle]:
    """Everything that reading the file gives."""
    return list(read(path, path.name, options or ReadOptions()))


def refusal(path: Path, options: ReadOptions | None = None) -> str:
    """The one reason why the file could not be read."""
    (item,) = readings(path, options)
    assert isinstance(item, UnreadableArticle), item
    return str(item)


def article(path: Path, options: ReadOptions | None = None) -> RawDocument:
    """The one article of the file."""
    (item,) = readings(path, options)
    assert isinstance(item, RawDocument), item
    return item


def put(path: Path, content: str | bytes) -> Path:
    """The file with this content."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.encode("utf-8", "surrogatepass") if isinstance(content, str) else content)
    return path


def page(body: str) -> str:
    """A page whose article is followed by `body`."""
    return f"<html><head><title>T</title></head><body><article>{PARAGRAPH}{body}"


def many_attributes(number: int) -> str:
    """A page with an element of so many attributes, each of which libxml2 compares with all before it: 20,000 take
    seconds, 200,000 minutes."""
    return page(f"<p {' '.join(f'a{n}=x' for n in range(number))}>words</p>{PARAGRAPH}")


def pdf(stream: bytes, filters: str = "/FlateDecode", pages: int = 1) -> bytes:
    """A PDF whose pages all show one stream."""
    bodies = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Kids [{'4 0 R ' * pages}] /Count {pages} >>".encode(),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 5 0 R "
        b"/Resources << /Font << /F1 3 0 R >> >> >>",
        f"<< /Length {len(stream)} /Filter [{filters}] >>\nstream\n".encode() + stream + b"\nendstream",
    ]
    out, offsets = b"%PDF-1.4\n", []
    for number, body in enumerate(bodies, start=1):
        offsets.append(len(out))
        out += f"{number} 0 obj\n".encode() + body + b"\nendobj\n"
    table = "".join(f"{offset:010d} 00000 n \n" for offset in offsets)
    end = f"trailer\n<< /Size 6 /Root 1 0 R >>\nstartxref\n{len(out)}\n%%EOF\n"
    return out + f"xref\n0 6\n0000000000 65535 f \n{table}{end}".encode()


def shown(words: str) -> bytes:
    """A PDF stream that shows these words."""
    return f"BT /F1 12 Tf 72 720 Td ({words}) Tj ET\n".encode("latin-1")


def flate(content: bytes) -> bytes:
    """The content, compressed as far as it goes."""
    return zlib.compress(content, 9)
