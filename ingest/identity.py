"""Which article a file is: the same file keeps its source, and with it its ids, from one ingest to the next.

A source is the file's path inside the ingested folder. Where another folder's file already has that source, it is
lengthened by the folder's own name, then by that folder's parent, until it is free; so a source is always the tail
of the file's absolute path, and the path can be found again from a record's root and source. A source whose file no
longer exists (the folder was moved, or is mounted elsewhere) is taken over by the file that has it now.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Container, Iterable, Sequence
from pathlib import Path

from ingest.discovery import FoundFile, is_gone
from ingest.records import ArticleRecord

UPLOAD_ROOT = "upload:"
"""The root of articles that were uploaded rather than found in a folder. They have no file to look at."""

_RECORD = re.compile(r"(.*)#\d+", re.DOTALL)


def source_file_of(source: str) -> str:
    """The file part of a source: `feed.jsonl` for `feed.jsonl#12`."""
    match = _RECORD.fullmatch(source)
    return match[1] if match else source


def path_of(root: str, source: str) -> Path | None:
    """The file an article came from, or None for an upload. It need not exist any more."""
    if root == UPLOAD_ROOT:
        return None
    parts = source_file_of(source).split("/")
    folders = root.split("/")
    candidates = [
        Path(root, *parts[shared:])
        for shared in range(min(len(parts), len(folders)))
        if shared == 0 or folders[-shared:] == parts[:shared]
    ]
    if len(candidates) > 1:  # a folder inside a folder of the same name: believe the disk
        candidates.sort(key=is_gone)
    return candidates[0]


class KnownArticles:
    """The catalogue as it stood when the run began, by article, by file and by content."""

    def __init__(self, records: Sequence[ArticleRecord]) -> None:
        self.records: dict[str, ArticleRecord] = {record.article_id: record for record in records}
        self.by_version: dict[str, ArticleRecord] = {record.version: record for record in records}
        self.paths: dict[str, Path | None] = {
            record.article_id: path_of(record.root, record.source) for record in records
        }
        self._by_path: dict[Path, list[ArticleRecord]] = defaultdict(list)
        self._holders: dict[str, tuple[str, Path | None]] = {}
        for record in records:
            path = self.paths[record.article_id]
            if path is not None:
                self._by_path[path].append(record)
            self._holders[source_file_of(record.source)] = (record.root, path)
        self._taken_over: set[str] = set()

    def of_file(self, path: Path) -> list[ArticleRecord]:
        """The articles that came from the file at this absolute path."""
        return self._by_path.get(path, [])

    def file_paths(self) -> set[Path]:
        """Every file that some article came from."""
        return set(self._by_path)

    def under(self, folder: Path) -> list[ArticleRecord]:
        """The articles whose files are, or were, inside this folder, whichever way they were once named."""
        return [
            self.records[article_id]
            for article_id, path in self.paths.items()
            if path is not None and path.is_relative_to(folder)
        ]

    def claim(self, file: FoundFile) -> tuple[str, str]:
        """The (root, source) under which this file's articles are kept, reserved for it for the rest of the run."""
        for record in self.of_file(file.path):
            return record.root, source_file_of(record.source)
        folders = [part for part in file.root.split("/") if part]
        source = file.relative
        for source in _lengthened(file.relative, folders):
            if self._is_free(source):
                break
        self._holders[source] = (file.root, file.path)
        for record in self.records.values():
            if source_file_of(record.source) == source:
                self.paths[record.article_id] = file.path
        return file.root, source

    def left_behind(self, seen: Container[str]) -> dict[str, int]:
        """Of folders that are gone and some of whose files were taken over: how many articles were not, by root."""
        return Counter(
            record.root
            for record in self.records.values()
            if record.root in self._taken_over
            and record.article_id not in seen
            and self.paths[record.article_id] == path_of(record.root, record.source)
        )

    def claim_upload(self, name: str) -> str:
        """The source under which an upload of this name is kept. The same name again is the same upload."""
        for source in _lengthened(name, ["upload"] * 8):
            if self._holders.get(source, ("", None))[0] == UPLOAD_ROOT or self._is_free(source):
                break
        self._holders[source] = (UPLOAD_ROOT, None)
        return source

    def _is_free(self, source: str) -> bool:
        holder = self._holders.get(source)
        if holder is None:
            return True
        root, path = holder
        if path is None or not is_gone(path):
            return False
        self._taken_over.add(root)
        return True


def _lengthened(source: str, folders: Sequence[str]) -> Iterable[str]:
    """The source, then the source with one more folder in front each time."""
    yield source
    for count in range(1, len(folders) + 1):
        yield "/".join([*folders[-count:], source])
