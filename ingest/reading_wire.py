"""What passes between Dateline and the process that reads a file for it: one frame each way, JSON and bytes.

JSON, and never pickle: a parser that a hostile page has taken over can then send a wrong article, and nothing else.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Mapping
from dataclasses import asdict
from typing import IO, Any

from ingest.articles import RawDocument

_LENGTHS = struct.Struct(">II")
HEADER_LIMIT_BYTES = 1_000_000
_PIECE_BYTES = 1 << 20


class BrokenWire(Exception):
    """The other side is gone, or does not keep to the form."""


def send(pipe: IO[bytes], header: Mapping[str, object], content: bytes = b"") -> None:
    """Write one frame. Raises BrokenWire."""
    words = json.dumps(header).encode("ascii")
    try:
        for part in (_LENGTHS.pack(len(words), len(content)) + words, content):
            rest = memoryview(part)
            while rest:  # an unbuffered pipe takes what it has room for
                rest = rest[pipe.write(rest) :]
        pipe.flush()
    except (OSError, ValueError) as error:
        raise BrokenWire(str(error)) from error


def receive(pipe: IO[bytes], max_content_bytes: int) -> tuple[dict[str, Any], bytes]:
    """Read one frame, whose content may have so many bytes. Raises BrokenWire, also at the end of the pipe."""
    try:
        header_bytes, content_bytes = _LENGTHS.unpack(_exactly(pipe, _LENGTHS.size))
        if header_bytes > HEADER_LIMIT_BYTES or content_bytes > max_content_bytes:
            raise BrokenWire("a frame larger than agreed")
        header = json.loads(_exactly(pipe, header_bytes))
        content = _exactly(pipe, content_bytes)
    except (OSError, ValueError, RecursionError) as error:
        raise BrokenWire(str(error)) from error
    if not isinstance(header, dict):
        raise BrokenWire("a frame without a header")
    return header, content


def header_of(document: RawDocument) -> dict[str, object]:
    """Everything of a document but its text."""
    header = asdict(document)
    del header["text"]
    return header


def document_of(header: Mapping[str, Any], content: bytes, source: str) -> RawDocument:
    """The document of a frame; it is called `source`, whatever the frame says. Raises BrokenWire."""
    try:
        return RawDocument(
            source=source,
            text=content.decode("utf-8", "surrogatepass"),
            media_type=str(header["media_type"]),
            authors=tuple(str(author) for author in header["authors"]),
            title=_words(header["title"]),
            outlet=_words(header["outlet"]),
            published_at=_words(header["published_at"]),
            url=_words(header["url"]),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise BrokenWire("a document that is none") from error


def _words(value: object) -> str | None:
    return None if value is None else str(value)


def _exactly(pipe: IO[bytes], size_bytes: int) -> bytes:
    content = bytearray()
    while len(content) < size_bytes:
        piece = pipe.read(min(size_bytes - len(content), _PIECE_BYTES))
        if not piece:
            raise BrokenWire("the end of the pipe")
        content += piece
    return bytes(content)
