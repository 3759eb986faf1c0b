"""Reading a backup from front to back: what is in it, and whether it is whole and unaltered.

Nothing of an archive is ever unpacked by the name it gives itself: members that belong to no backup are an error, and
so are links, folders, and lines that no article could fill.
"""

from __future__ import annotations

import hashlib
import json
import tarfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from ingest.errors import InvalidRequest
from ingest.packed import MALFORMED, PackedArticle, packed_from
from service import backup_files, backup_format
from service.backup_format import MOST_LINE_BYTES, MOST_SMALL_BYTES, Header, Totals, kind_of


@dataclass(slots=True)
class Contents:
    """What a backup that was read to its end holds. `catalogue` has version and digest of each article by id."""

    header: Header | None = None
    catalogue: dict[str, tuple[str, str]] = field(default_factory=dict)
    feedback: dict[str, bytes] = field(default_factory=dict)
    secret: bytes | None = None
    totals: Totals | None = None


class BackupReader:
    """One reading of an archive. Iterating gives its packed articles; `contents` is complete after the last."""

    def __init__(self, archive: tarfile.TarFile) -> None:
        self.contents = Contents()
        self._archive = archive
        self._members: dict[str, tuple[int, str]] = {}

    def header(self) -> Header:
        """The first member. Call it first.

        Raises:
            InvalidRequest: this is no backup that can be read.
        """
        member = self._archive.next()
        if member is None or kind_of(member.name) != "header":
            raise InvalidRequest("this is no backup of Dateline: it does not begin with dateline-backup.json")
        self.contents.header = backup_format.header_from(self._small(member))
        return self.contents.header

    def __iter__(self) -> Iterator[PackedArticle]:
        """Every packed article, in the order written; then everything is held against the manifest.

        Raises:
            InvalidRequest: something is missing, damaged, or belongs to no backup.
        """
        while (member := self._archive.next()) is not None:
            kind = kind_of(member.name)
            if kind is None or kind == "header" or not member.isreg():
                raise InvalidRequest(
                    f"the archive holds {member.name!r}, which belongs to no backup: nothing was read"
                )
            if self.contents.totals is not None:
                raise InvalidRequest("the backup is damaged: something follows its manifest")
            if kind == "articles":
                yield from self._articles(member)
                continue
            content = self._small(member)
            if kind == "catalogue":
                self._catalogue(content)
            elif kind == "feedback":
                self.contents.feedback[member.name.rpartition("/")[2]] = content
            elif kind == "secret":
                self.contents.secret = content
            else:
                self._check(content)
        if self.contents.totals is None:
            raise InvalidRequest("the backup is cut off: its manifest, which comes last, is missing")

    def _articles(self, member: tarfile.TarInfo) -> Iterator[PackedArticle]:
        size, digest = 0, hashlib.sha256()
        for line in _lines(self._file(member), member.name):
            size += len(line)
            digest.update(line)
            try:
                yield packed_from(json.loads(line))
            except MALFORMED as error:
                raise InvalidRequest(
                    f"the backup is damaged: an article in {member.name} cannot be read"
                ) from error
        self._members[member.name] = size, digest.hexdigest()

    def _catalogue(self, content: bytes) -> None:
        try:
            for line in content.splitlines():
                article_id, version, digest = json.loads(line)
                self.contents.catalogue[str(article_id)] = str(version), str(digest)
        except (ValueError, TypeError) as error:
            raise InvalidRequest("the backup is damaged: its catalogue cannot be read") from error

    def _check(self, manifest: bytes) -> None:
        """Hold what was read against the manifest."""
        listed, totals = backup_format.manifest_from(manifest)
        self._members.pop(backup_format.MANIFEST, None)
        for name in sorted(listed.keys() | self._members.keys()):
            if listed.get(name) != self._members.get(name):
                raise InvalidRequest(f"the backup is damaged: {name} is not what was written")
        if totals.articles != len(self.contents.catalogue):
            raise InvalidRequest("the backup is damaged: its catalogue has another number of articles")
        self.contents.totals = totals

    def _small(self, member: tarfile.TarInfo) -> bytes:
        """A member that is read whole."""
        if not member.isreg() or member.size > MOST_SMALL_BYTES:
            raise InvalidRequest(f"the archive's {member.name} is not what a backup holds")
        content = self._file(member).read()
        self._members[member.name] = len(content), hashlib.sha256(content).hexdigest()
        return content

    def _file(self, member: tarfile.TarInfo) -> IO[bytes]:
        if member.name in self._members:
            raise InvalidRequest(f"the backup is damaged: it has {member.name} twice")
        file = self._archive.extractfile(member)
        if file is None:
            raise InvalidRequest(f"the archive's {member.name} is not what a backup holds")
        return file


@contextmanager
def opened_backup(path: Path) -> Iterator[BackupReader]:
    """A backup to read.

    Raises:
        InvalidRequest: there is none, or it is cut or damaged.
    """
    try:
        with backup_files.reading(path) as archive:
            yield BackupReader(archive)
    except zlib.error as error:
        raise InvalidRequest(f"{path} is damaged: {error}") from error


def check_backup(path: Path) -> Contents:
    """Read a backup to its end, every byte of it; what it holds.

    Raises:
        InvalidRequest: it is not whole, or an article of its catalogue is not in it as it was written.
    """
    digests: dict[str, tuple[str, str]] = {}
    with opened_backup(path) as reader:
        reader.header()
        for article in reader:
            digests[article.record.article_id] = article.record.version, article.digest()
        contents = reader.contents
    for article_id, listed in contents.catalogue.items():
        if digests.get(article_id) != listed:
            raise InvalidRequest(f"the backup is damaged: the article {article_id} is not what was written")
    return contents


def _lines(file: IO[bytes], name: str) -> Iterator[bytes]:
    while line := file.readline(MOST_LINE_BYTES):
        if not line.endswith(b"\n"):
            raise InvalidRequest(f"the backup is damaged: a line of {name} does not end")
        yield line


__all__ = ["BackupReader", "Contents", "check_backup", "opened_backup"]
