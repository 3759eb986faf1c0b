"""A path or an upload becomes raw documents: the one door into ingest, which sends each suffix to the room for it.

Whatever is wrong with a file or record is *yielded* as an `UnreadableArticle` (never raised), so that one bad file
of an archive does not hide the others. HTML and PDF, whose parsers a file can make hang or swell, are read in a
process of their own (`reading_apart.py`); text, Markdown and JSON take time and memory in proportion to their size.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, BinaryIO

from ingest.articles import RawDocument
from ingest.decoding import cannot_open
from ingest.errors import InvalidRequest, UnreadableArticle
from ingest.opening import open_regular, read_whole
from ingest.reading_apart import ReadingApart
from ingest.reading_limits import ReadLimits

if TYPE_CHECKING:
    from ingest.settings import IngestSettings

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

MAX_LINES = 300_000
"""Of one article. Every line is looked at for what it may be (a headline, a byline, a caption), so that millions of
empty ones would take minutes."""

MAX_FAILURES = 1000
"""Of one file that are told one by one: a file of a million bad records must not become a report of that size."""

Readings = Iterator[RawDocument | UnreadableArticle]


@dataclass(frozen=True)
class ReadOptions:
    """How to read. `max_file_mb` (1 MB = 10^6 bytes) bounds a file, or one record of a JSON Lines file.

    HTML and PDF files may take `timeout_s` seconds of processor time and `memory_mb` MB each. The process that reads
    them is started when it is first needed and belongs to these options: keep them for all files of a run.

    `field_map` says under which JSON name (dots for nested objects) a field stands, e.g. `{"text": "fields.main"}`;
    a mapped field is looked up there and nowhere else. Raises InvalidRequest for a field that does not exist.
    """

    max_file_mb: float = 20.0
    field_map: Mapping[str, str] = field(default_factory=dict)
    timeout_s: float = 10.0
    memory_mb: float = 1000.0
    apart: ReadingApart = field(default_factory=ReadingApart, repr=False, compare=False)

    def __post_init__(self) -> None:
        canonical: dict[str, str] = {}
        for name, json_name in self.field_map.items():
            target = MAPPABLE_FIELDS.get(name)
            if target is None or not json_name.strip():
                known = ", ".join(MAPPABLE_FIELDS)
                raise InvalidRequest(f"--map {name}={json_name}: write field=name with a field among {known}")
            canonical[target] = json_name
        object.__setattr__(self, "field_map", canonical)

    @classmethod
    def of(cls, settings: IngestSettings, field_map: Mapping[str, str] | None = None) -> ReadOptions:
        """As the settings say. Raises InvalidRequest as above."""
        return cls(
            max_file_mb=settings.max_file_mb,
            field_map=field_map or {},
            timeout_s=settings.read_timeout_s,
            memory_mb=settings.read_memory_mb,
        )

    @property
    def limits(self) -> ReadLimits:
        """What one HTML or PDF file may take."""
        return ReadLimits(self.timeout_s, self.memory_mb, self.max_file_mb)


def readable(path: PurePath) -> bool:
    """Whether the suffix is one that `read` knows (case does not matter). Nothing is opened."""
    return path.suffix.lower() in _READERS


def read(path: Path, source: str, options: ReadOptions, *, within: Path | None = None) -> Readings:
    """Every article of the file at `path`, one at a time, or in its place the reason why it could not be read.

    `source` is what the articles are called (the path relative to the ingested folder). `within` is a folder that no
    link may lead out of, absolute and without links. Readers never raise for what is in a file; each message names
    the file, the line where there is one, the reason and what to do.
    """
    yield from _bounded(_read(path, source, options, within), source)


def read_content(content: bytes, source: str, options: ReadOptions) -> Readings:
    """The same for a file that has only a name, whose suffix says how to read it: an upload."""

    def articles() -> Readings:
        try:
            yield from _reader_of(PurePath(source), source)(BytesIO(content), source, options)
        except UnreadableArticle as error:
            yield error

    yield from _bounded(articles(), source)


def _read(path: Path, source: str, options: ReadOptions, within: Path | None) -> Readings:
    try:
        reader = _reader_of(path, source)
        with open_regular(path, source, within) as file:
            yield from reader(file, source, options)
    except UnreadableArticle as error:
        yield error
    except OSError as error:
        yield cannot_open(source, error)


def _reader_of(path: PurePath, source: str) -> _Reader:
    reader = _READERS.get(path.suffix.lower())
    if reader is None:
        known = " ".join(_READERS)
        raise UnreadableArticle(
            f"{source}: no reader for {path.suffix[:40] or 'a file without suffix'}; known are {known}"
        )
    return reader


def _bounded(readings: Readings, source: str) -> Readings:
    """The same, without articles of too many lines, and after `MAX_FAILURES` failures only the number of the others."""
    failures = 0
    for read in readings:
        item = _of_bearable_length(read)
        failures += isinstance(item, UnreadableArticle)
        if failures <= MAX_FAILURES or not isinstance(item, UnreadableArticle):
            yield item
    if failures > MAX_FAILURES:
        yield UnreadableArticle(
            f"{source}: {failures - MAX_FAILURES:,} further records could not be read; mend those named above first"
        )


def _of_bearable_length(item: RawDocument | UnreadableArticle) -> RawDocument | UnreadableArticle:
    if isinstance(item, UnreadableArticle) or item.text.count("\n") < MAX_LINES:
        return item
    where = item.source if item.record_line is None else f"{item.source}#{item.record_line}"
    return UnreadableArticle(f"{where}: more than {MAX_LINES:,} lines; split it into articles")


def _text(file: BinaryIO, source: str, options: ReadOptions) -> Readings:
    from ingest.reading_text import read_text

    yield read_text(read_whole(file, source, options.max_file_mb), source, markdown=False)


def _markdown(file: BinaryIO, source: str, options: ReadOptions) -> Readings:
    from ingest.reading_text import read_text

    yield read_text(read_whole(file, source, options.max_file_mb), source, markdown=True)


def _html(file: BinaryIO, source: str, options: ReadOptions) -> Readings:
    yield options.apart.read("html", read_whole(file, source, options.max_file_mb), source, options.limits)


def _pdf(file: BinaryIO, source: str, options: ReadOptions) -> Readings:
    yield options.apart.read("pdf", read_whole(file, source, options.max_file_mb), source, options.limits)


def _json(file: BinaryIO, source: str, options: ReadOptions) -> Readings:
    from ingest.reading_json import read_json

    yield from read_json(read_whole(file, source, options.max_file_mb), source, options.field_map)


def _json_lines(file: BinaryIO, source: str, options: ReadOptions) -> Readings:
    from ingest.reading_json import read_json_lines

    yield from read_json_lines(file, source, options.max_file_mb, options.field_map)


_Reader = Callable[[BinaryIO, str, ReadOptions], Readings]

_READERS: Mapping[str, _Reader] = {
    ".txt": _text,
    ".text": _text,
    ".md": _markdown,
    ".markdown": _markdown,
    ".html": _html,
    ".htm": _html,
    ".json": _json,
    ".jsonl": _json_lines,
    ".ndjson": _json_lines,
    ".pdf": _pdf,
}
