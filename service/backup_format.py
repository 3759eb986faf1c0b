"""What a backup is: a tar of JSON Lines, the same for an embedded index and a Chroma server, and for every Chroma.

    dateline-backup.json        format and version; the embedder's fingerprint and dimension; when; by which Dateline
    articles/000000.jsonl …     packed articles (`ingest.packed`), a line each; later lines replace earlier ones
    catalogue/000000.jsonl …    `[id, version, SHA-256 of the packed article]` of every article that counts, a line each
    feedback/NAME.jsonl …       readers' verdicts, as they lie in the data folder
    secrets/widget.key          only with `--with-secrets`
    manifest.json               last: length and SHA-256 of every member before it, and what they add up to

Derived indexes are left out, since they are made again from this. The checksums find damage, not forgery: whoever can
write to a backup can make new ones.
"""

from __future__ import annotations

import json
import re
from dataclasses import asdict, dataclass
from typing import Any

from ingest.errors import InvalidRequest

FORMAT = "dateline-backup"
VERSION = 1
HEADER, MANIFEST = "dateline-backup.json", "manifest.json"
SECRET = "secrets/widget.key"
PART_BYTES = 8_000_000
"""A member with articles ends after this much; a single article may be longer."""
MOST_LINE_BYTES = 512_000_000
MOST_SMALL_BYTES = 64_000_000
"""Of members that are read whole."""

_PART = re.compile(r"(articles|catalogue)/[0-9]{6}\.jsonl")
_FEEDBACK = re.compile(r"feedback/feedback(-[0-9]{1,12})?\.jsonl")


@dataclass(frozen=True, slots=True)
class Header:
    """The first member: what index this is of. `created_at` is ISO 8601 in UTC."""

    fingerprint: str
    dimension: int
    created_at: str
    dateline: str

    def content(self) -> bytes:
        """As it is written."""
        return _json({"format": FORMAT, "version": VERSION, **asdict(self)})


@dataclass(frozen=True, slots=True)
class Totals:
    """What the last member says of the whole."""

    articles: int
    chunks: int
    feedback_files: int
    secrets: bool


def header_from(content: bytes) -> Header:
    """The inverse of `Header.content`.

    Raises:
        InvalidRequest: it is no header, or of a later version.
    """
    document = _parsed(content, HEADER)
    if document.get("format") != FORMAT:
        raise InvalidRequest(f"this is no backup of Dateline: its {HEADER} is of another format")
    if document.get("version") != VERSION:
        raise InvalidRequest(
            f"the backup has format version {document.get('version')} and this Dateline reads {VERSION}: "
            "restore it with the Dateline that made it, or a later one"
        )
    try:
        header = Header(*(document[name] for name in ("fingerprint", "dimension", "created_at", "dateline")))
    except KeyError as error:
        raise InvalidRequest(f"the backup is damaged: {HEADER} lacks {error}") from error
    if (
        not isinstance(header.fingerprint, str)
        or not isinstance(header.dimension, int)
        or header.dimension < 1
    ):
        raise InvalidRequest(f"the backup is damaged: {HEADER} does not say which embedder filled the index")
    return header


def manifest_content(members: dict[str, tuple[int, str]], totals: Totals) -> bytes:
    """The last member: length in bytes and SHA-256 (hex) of each before it, by name."""
    return _json({"members": {name: list(of) for name, of in members.items()}, **asdict(totals)})


def manifest_from(content: bytes) -> tuple[dict[str, tuple[int, str]], Totals]:
    """The inverse.

    Raises:
        InvalidRequest: it is damaged.
    """
    document = _parsed(content, MANIFEST)
    try:
        members = {
            str(name): (int(size), str(digest)) for name, (size, digest) in document["members"].items()
        }
        articles, chunks, files = (int(document[name]) for name in ("articles", "chunks", "feedback_files"))
        return members, Totals(articles, chunks, files, bool(document["secrets"]))
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise InvalidRequest(f"the backup is damaged: {MANIFEST} cannot be read") from error


def part_name(kind: str, number: int) -> str:
    """The name of the `number`th part of the articles or the catalogue."""
    return f"{kind}/{number:06}.jsonl"


def kind_of(name: str) -> str | None:
    """What a member is: `header`, `articles`, `catalogue`, `feedback`, `secret` or `manifest`; None for what belongs to
    no backup, such as a path that leads out of the folder."""
    fixed = {HEADER: "header", MANIFEST: "manifest", SECRET: "secret"}
    if name in fixed:
        return fixed[name]
    part = _PART.fullmatch(name)
    if part is not None:
        return part[1]
    return "feedback" if _FEEDBACK.fullmatch(name) else None


def _json(document: dict[str, Any]) -> bytes:
    return json.dumps(document, indent=1, ensure_ascii=True).encode("ascii") + b"\n"


def _parsed(content: bytes, name: str) -> dict[str, Any]:
    try:
        document = json.loads(content)
    except ValueError as error:
        raise InvalidRequest(f"the backup is damaged: {name} cannot be read") from error
    if not isinstance(document, dict):
        raise InvalidRequest(f"the backup is damaged: {name} cannot be read")
    return document
