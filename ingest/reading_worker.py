"""The process that reads HTML and PDF files for Dateline, one after another, within limits the system enforces.

It is given bytes and a name, and gives back text and metadata: it opens no file, and its environment holds no secret.
It ends when its standard input does, after a while without work, and when a file has left it too large.
"""

from __future__ import annotations

import importlib
import os
import signal
import sys
from typing import Any, BinaryIO

from ingest.articles import RawDocument
from ingest.errors import UnreadableArticle
from ingest.reading_limits import (
    BYTES_PER_MB,
    ReadLimits,
    confine_for_file,
    confine_for_good,
    own_size_bytes,
    peak_size_bytes,
    release_after_file,
)
from ingest.reading_wire import BrokenWire, header_of, receive, send

IDLE_S = 60.0
"""Without work for so long, it ends; the next file starts another."""

PARSERS = {"html": ("ingest.reading_html", "read_html"), "pdf": ("ingest.reading_pdf", "read_pdf")}
"""What to call for each kind of file: a function of its bytes and its name."""

MAX_CONTENT_BYTES = 1 << 31

MUCH = 0.5
"""The share of its memory above which a file has needed much: parsers double their buffers, so that the next step
would have been beyond the limit."""


def main() -> None:
    """Read frames from standard input, and answer each on standard output, until there are no more."""
    signal.signal(
        signal.SIGINT, signal.SIG_IGN
    )  # Ctrl-C reaches the whole group; whoever started this one decides
    # Whatever a parser prints must not get between the frames.
    output = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    confine_for_good()
    serve(sys.stdin.buffer, output)


def serve(requests: BinaryIO, replies: BinaryIO) -> None:
    """Answer requests until they end, or until it is better to begin anew."""
    while _has_work(requests):
        try:
            header, content = receive(requests, MAX_CONTENT_BYTES)
        except BrokenWire:
            return
        limits = ReadLimits(**header["limits"])
        module, function = PARSERS[header["kind"]]
        parse = getattr(importlib.import_module(module), function)
        _prepare(header["kind"])
        before_bytes = own_size_bytes()
        confine_for_file(limits)
        reply, text = _reply(parse, content, header["source"], limits)
        release_after_file()
        # What a file leaves behind would count for the next one's; besides, its peak could not be told from this one's.
        leaving = peak_size_bytes() - before_bytes > limits.memory_mb * BYTES_PER_MB * MUCH
        if leaving and reply.get("failure") == "unreadable":
            reply = {
                "failure": "memory"
            }  # libxml2 says of memory it is refused only that the page is no page
        leaving = leaving or reply.get("failure") == "memory"
        send(replies, {**reply, "leaving": leaving}, text)
        if leaving:
            return


def _reply(parse: Any, content: bytes, source: str, limits: ReadLimits) -> tuple[dict[str, Any], bytes]:
    try:
        document: RawDocument = parse(content, source)
        text = document.text.encode("utf-8", "surrogatepass")
        if len(text) > limits.max_text_mb * BYTES_PER_MB:
            return {"failure": "text"}, b""
        return {"document": header_of(document)}, text
    except UnreadableArticle as error:
        return {"failure": "unreadable", "message": str(error)}, b""
    except MemoryError:
        return {"failure": "memory"}, b""
    except Exception as error:  # noqa: BLE001 - whatever a parser raises is that file's failure
        return {"failure": "error", "message": f"{type(error).__name__}: {error}"[:500]}, b""


def _prepare(kind: str) -> None:
    """Load the parser before it is limited: its own code counts for no file."""
    importlib.import_module({"html": "trafilatura", "pdf": "pypdf"}[kind])


def _has_work(requests: BinaryIO) -> bool:
    if sys.platform == "win32":  # pipes cannot be waited for there
        return True
    import select

    ready, _, _ = select.select([requests], [], [], IDLE_S)
    return bool(ready)
