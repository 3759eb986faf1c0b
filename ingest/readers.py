"""A path becomes raw documents: the one door into ingest, which sends each suffix to the room that reads it.

Whatever is wrong with a file or record is *yielded* as an `UnreadableArticle` (never raised), so that one bad file
of an archive does not hide the others.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from ingest.articles import RawDocument
from ingest.errors import InvalidRequest, UnreadableArticle

# What `--map` may name, and the field of RawDocument (or `id`) that each stands for.
MAPPABLE_FIELDS = {
    "title": "title",
    "text": "text",
    "body": "text",
    "outlet": "outlet",
    "source": "outlet",
    "authors": "authors",
    "author": "authors",
    "published_at": "published_at",
    "date": "published_at",
    "url": "url",
    "id": "id",
}

Readings = Iterator[RawDocument | UnreadableArticle]


@dataclass(frozen=True)
class ReadOptions:
    """How to read. `max_file_mb` (1 MB = 10^6 bytes) bounds a file, or one record of a JSON Lines file.

    `field_map` says under which JSON name (dots for nested objects) a field stands, e.g. `{"text": "fields.main"}`;
    a mapped field is looked up there and nowhere else. Raises InvalidRequest for a field that does not exist.
    """

    max_file_mb: float = 20.0
    field_map: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        canonical: dict[str, str] = {}
        for name, json_name in self.field_map.items():
            target = MAPPABLE_FIELDS.get(name)
            if target is None or not json_name.strip():
                known = ", ".join(MAPPABLE_FIELDS)
                raise InvalidRequest(f"--map {name}={json_name}: write field=name with a field among {known}")
            canonical[target] = json_name
        object.__setattr__(self, "field_map", canonical)


def readable(path: Path) -> bool:
    """Whether the suffix is one that `read` knows (case does not matter). Nothing is opened."""
    return path.suffix.lower() in _READERS


def read(path: Path, source: str, options: ReadOptions) -> Readings:
    """Every article of the file at `path`, one at a time, or in its place the reason why it could not be read.

    `source` is what the articles are called (the path relative to the ingested folder). Readers never raise for
    what is in a file; each message names the file, the line where there is one, the reason and what to do.
    """
    reader = _READERS.get(path.suffix.lower())
    if reader is None:
        known = " ".join(_READERS)
        yield UnreadableArticle(
            f"{source}: no reader for {path.suffix or 'a file without suffix'}; known are {known}"
        )
        return
    try:
        yield from reader(path, source, options)
    except UnreadableArticle as error:
        yield error


def _text(path: Path, source: str, options: ReadOptions) -> Readings:
    from ingest.reading_text import read_text

    yield read_text(path, source, options.max_file_mb)


def _html(path: Path, source: str, options: ReadOptions) -> Readings:
    from ingest.reading_html import read_html

    yield read_html(path, source, options.max_file_mb)


def _pdf(path: Path, source: str, options: ReadOptions) -> Readings:
    from ingest.reading_pdf import read_pdf

    yield read_pdf(path, source, options.max_file_mb)


def _json(path: Path, source: str, options: ReadOptions) -> Readings:
    from ingest.reading_json import read_json

    yield from read_json(path, source, options.max_file_mb, options.field_map)


def _json_lines(path: Path, source: str, options: ReadOptions) -> Readings:
    from ingest.reading_json import read_json_lines

    yield from read_json_lines(path, source, options.max_file_mb, options.field_map)


_READERS: Mapping[str, Callable[[Path, str, ReadOptions], Readings]] = {
    ".txt": _text,
    ".text": _text,
    ".md": _text,
    ".markdown": _text,
    ".html": _html,
    ".htm": _html,
    ".json": _json,
    ".jsonl": _json_lines,
    ".ndjson": _json_lines,
    ".pdf": _pdf,
}
