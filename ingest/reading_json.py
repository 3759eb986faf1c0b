"""JSON and JSON Lines exports of news APIs: every record an article, found under the names such APIs use.

JSON Lines is streamed: memory is bounded by one record, so an archive of many gigabytes reads like a small one.
"""

from __future__ import annotations

import codecs
import json
from collections.abc import Iterable, Iterator, Mapping
from typing import BinaryIO

from ingest.articles import RawDocument, digest
from ingest.decoding import BYTES_PER_MB, check_size, decode
from ingest.errors import UnreadableArticle
from ingest.json_records import document_from
from ingest.opening import read_whole

Readings = Iterator[RawDocument | UnreadableArticle]

# Objects that hold the articles under one of these keys; nested at most MAX_WRAPPERS deep (NYT: response.docs).
WRAPPER_NAMES = (
    "articles",
    "data",
    "items",
    "results",
    "hits",
    "docs",
    "documents",
    "stories",
    "entries",
    "records",
    "news",
    "response",
)
MAX_WRAPPERS = 3
MAX_JSON_VALUES = 1_000_000
"""In one JSON value. Python makes some 200 bytes of each, so that 20 MB of `[],[],[]` would take a gigabyte."""

BODY_HINTS = ("body", "content", "text", "article", "full_text", "description")


def read_json(data: bytes, source: str, field_map: Mapping[str, str]) -> Readings:
    """The articles of a JSON file: an object, an array of objects, or either inside `{"articles": …}` and its like.

    An object that is an article by itself has neither key nor position; records of a list have both. Yields
    UnreadableArticle for a record, raises it when the file as a whole is not JSON.
    """
    text = decode(data, source)
    try:
        value = _parsed(text, source)
    except UnreadableArticle:
        if _holds_lines(text):
            yield from _documents(_text_lines(text, source), source, field_map)
            return
        raise
    records = _records(value, field_map)
    if records is None:
        if not isinstance(value, Mapping):
            raise UnreadableArticle(
                f"{source}: a {_kind(value)}, not an article; write an object or an array of objects"
            )
        yield _alone(value, source, field_map)
        return
    if not records:
        raise UnreadableArticle(
            f"{source}: it holds an empty list of articles; export it again, or remove it"
        )
    yield from _documents(enumerate(records, start=1), source, field_map)


def read_json_lines(
    file: BinaryIO, source: str, max_file_mb: float, field_map: Mapping[str, str]
) -> Readings:
    """The articles of a JSON Lines file, one a line, streamed; `max_file_mb` bounds one record. Blank lines are
    skipped. A file that is one indented JSON value is read as JSON."""
    mark = file.read(4)
    wide = mark.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    start = len(codecs.BOM_UTF8) if mark.startswith(codecs.BOM_UTF8) else 0
    file.seek(start)
    if wide or _first_line(file) in (b"[", b"{"):
        file.seek(0)
        yield from read_json(read_whole(file, source, max_file_mb), source, field_map)
        return
    file.seek(start)
    found = False
    for item in _documents(_lines(file, source, max_file_mb), source, field_map):
        found = True
        yield item
    if not found:
        raise UnreadableArticle(f"{source}: it is empty; remove it, or export it again with its text")


def _documents(records: Iterable[tuple[int, object]], source: str, field_map: Mapping[str, str]) -> Readings:
    """One document a record. A key met before in the file gets `#2`, `#3`…, so no record hides another."""
    seen: dict[str, int] = {}
    for number, record in records:
        if isinstance(record, UnreadableArticle):
            yield record
            continue
        try:
            if not isinstance(record, Mapping):
                raise UnreadableArticle(
                    f"{source}#{number}: a {_kind(record)}, not an article; every record must be an object"
                )
            document, key = document_from(record, source, f"{source}#{number}", number, field_map)
        except UnreadableArticle as error:
            yield error
            continue
        except RecursionError:
            yield _too_deep(f"{source}#{number}")
            continue
        short = digest(key)
        seen[short] = seen.get(short, 0) + 1
        yield document(key if seen[short] == 1 else f"{key}#{seen[short]}")


def _alone(
    record: Mapping[str, object], source: str, field_map: Mapping[str, str]
) -> RawDocument | UnreadableArticle:
    try:
        document, _ = document_from(record, source, source, None, field_map)
    except UnreadableArticle as error:
        return error
    except RecursionError:
        return _too_deep(source)
    return document(None)


def _records(value: object, field_map: Mapping[str, str]) -> list[object] | None:
    """The list of records in `value`; None when it is not a list and wraps none."""
    for _ in range(MAX_WRAPPERS + 1):
        if isinstance(value, list):
            return value
        if not isinstance(value, Mapping):
            return None
        if any(isinstance(value.get(name), str) for name in BODY_HINTS) or field_map.get("text") in value:
            return None
        wrapped = [value[name] for name in WRAPPER_NAMES if isinstance(value.get(name), (list, Mapping))]
        if not wrapped:
            return None
        value = wrapped[0]
    return None


def _parsed(text: str, where: str, line: int | None = None) -> object:
    if text.count(",") + text.count("[") + text.count("{") > MAX_JSON_VALUES:
        place = f": line {line}" if line else ""
        raise UnreadableArticle(
            f"{where}{place}: more than {MAX_JSON_VALUES:,} values in one piece of JSON; split it, or write one "
            "article a line as .jsonl"
        )
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        place = f"line {line or error.lineno}, column {error.colno}"
        raise UnreadableArticle(
            f"{where}: {place}: not valid JSON ({error.msg}); repair that line or export the file again"
        ) from error
    except (RecursionError, ValueError) as error:
        raise _too_deep(f"{where}: line {line}" if line else where) from error


def _too_deep(where: str) -> UnreadableArticle:
    return UnreadableArticle(
        f"{where}: JSON nested too deeply or with a number too long; export it with plain fields"
    )


def _holds_lines(text: str) -> bool:
    """Whether a `.json` file is JSON Lines under another name: its first line is an object by itself."""
    first, _, rest = text.strip().partition("\n")
    if not rest.strip() or not first.startswith("{"):
        return False
    try:
        return isinstance(json.loads(first), dict)
    except (ValueError, RecursionError):
        return False


def _text_lines(text: str, source: str) -> Iterator[tuple[int, object]]:
    for number, line in enumerate(text.split("\n"), start=1):
        if line.strip():
            yield number, _line_value(line, source, number)


def _lines(file: BinaryIO, source: str, max_file_mb: float) -> Iterator[tuple[int, object]]:
    """The value of each line, or the reason why it has none. No more than the limit is ever held in memory."""
    limit_bytes = int(max_file_mb * BYTES_PER_MB)
    number = 0
    while line := file.readline(limit_bytes + 1):
        number += 1
        where = f"{source}: line {number}"
        if len(line) > limit_bytes and not line.endswith(b"\n"):
            size_bytes = len(line)
            while rest := file.readline(limit_bytes + 1):
                size_bytes += len(rest)
                if rest.endswith(b"\n"):
                    break
            try:
                check_size(size_bytes, where, max_file_mb)
            except UnreadableArticle as error:
                yield number, error
            continue
        if not line.strip():
            continue
        try:
            text = decode(line, where)
        except UnreadableArticle as error:
            yield number, error
            continue
        yield number, _line_value(text, source, number)


def _line_value(line: str, source: str, number: int) -> object:
    try:
        return _parsed(line, source, number)
    except UnreadableArticle as error:
        return error


def _first_line(file: BinaryIO) -> bytes:
    """The first line that is not blank, at most 64 characters of it."""
    while line := file.readline(65):
        if line.strip():
            return line.strip() if line.endswith(b"\n") else line
    return b""


def _kind(value: object) -> str:
    names = {str: "string", bool: "boolean", int: "number", float: "number", list: "list", type(None): "null"}
    return names.get(type(value), type(value).__name__)
