"""What a model wrote about single articles, kept on disk, so that summarizing an archive again asks only about what has
changed.

Beside the derived indexes lies one folder for each version of an article, with a small file for each text. The files
hold the model's words as it wrote them, and these are verified anew each time they are used, so that a file which
somebody has changed shows nothing that the article does not bear out. An article that goes, or gets another version,
takes its folder with it: a text about it must not outlive it.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import shutil
import tempfile
import threading
import weakref
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from ingest.derived_index import UNREADABLE, replace_file
from service.llm import FinishReason

FOLDER = "maps"
MOST_BYTES = 64 * 1024 * 1024
"""Some 40,000 texts. Those used longest ago go first."""
KEPT_SHARE = 0.9
"""Of `MOST_BYTES`, that is left when some had to go, so that this does not happen with every text."""

_FINISHES: tuple[FinishReason, ...] = ("stop", "length", "other")
_log = logging.getLogger("dateline.summaries")


@dataclass(frozen=True, slots=True)
class KeptText:
    """A text as the model wrote it, and why it ended."""

    text: str
    finish: FinishReason


class MapCache:
    """Texts by article, version and key. Threads may share it; one process owns the folder."""

    def __init__(
        self,
        folder: Path | None,
        versions: Callable[[], Mapping[str, str]],
        *,
        most_bytes: int = MOST_BYTES,
    ) -> None:
        """Nothing is looked at or made yet.

        Args:
            folder: None takes a temporary one, which goes with this object.
            versions: the version of every article of the index, by id.
        """
        self._folder = folder
        self._versions = versions
        self._most_bytes = most_bytes
        self._lock = threading.Lock()
        self._bytes: int | None = None

    def get(self, article_id: str, version: str, key: str) -> KeptText | None:
        """The text, if it is there and whole."""
        if self._folder is None:
            return None
        path = _path(self._folder, article_id, version, key)
        try:
            kept = _parsed(path.read_bytes())
            os.utime(path)
        except FileNotFoundError:
            return None
        except UNREADABLE:
            with suppress(OSError):
                path.unlink()
            return None
        return kept

    def put(self, article_id: str, version: str, key: str, kept: KeptText) -> None:
        """Keep a text, unless its article has gone meanwhile. A disk that takes nothing costs only the next request."""
        content = json.dumps(
            {"text": kept.text, "finish": kept.finish, "sha256": _digest(kept.text)}, ensure_ascii=False
        ).encode("utf-8", "surrogatepass")
        with self._lock:
            if self._versions().get(article_id) != version:
                return
            try:
                path = _path(self._place(), article_id, version, key)
                path.parent.mkdir(parents=True, exist_ok=True)
                known = path.stat().st_size if path.exists() else 0
                if self._bytes is None:
                    self._bytes = sum(size for _, size, _ in self._files())
                replace_file(path, content)
                self._bytes += len(content) - known
                if self._bytes > self._most_bytes:
                    self._evict(path)
            except OSError as error:
                self._bytes = None
                _log.warning("a summary's text could not be kept in %s: %s", self._folder, error)

    def sweep(self) -> None:
        """Remove what is about no article of the index as it is now, and what a process that died left half written."""
        if self._folder is None or not self._folder.is_dir():
            return
        with self._lock:
            current = {_name(article_id, version) for article_id, version in self._versions().items()}
            try:
                for place in list(self._folder.iterdir()):
                    if place.name not in current:
                        shutil.rmtree(place) if place.is_dir() else place.unlink()
                    else:
                        for draft in place.glob("*.new"):
                            draft.unlink(missing_ok=True)
            except OSError as error:
                _log.warning("%s could not be cleared; remove it by hand: %s", self._folder, error)
            self._bytes = None

    @contextmanager
    def forgetting(self) -> Iterator[None]:
        """A change of the index, be it whole or broken off, after which nothing is left of what has gone."""
        try:
            yield
        finally:
            self.sweep()

    def _place(self) -> Path:
        if self._folder is None:
            self._folder = Path(tempfile.mkdtemp(prefix="dateline-maps-"))
            weakref.finalize(self, shutil.rmtree, self._folder, ignore_errors=True)
        return self._folder

    def _files(self) -> list[tuple[float, int, Path]]:
        """When each file was last used, its size in bytes, and where it is."""
        found = []
        for path in self._place().glob("*/*.json"):
            stat = path.stat()
            found.append((stat.st_mtime, stat.st_size, path))
        return found

    def _evict(self, newest: Path) -> None:
        files = sorted(self._files(), key=lambda one: one[0])
        left = sum(size for _, size, _ in files)
        for _, size, path in files:
            if left <= KEPT_SHARE * self._most_bytes:
                break
            if path != newest:
                path.unlink(missing_ok=True)
                left -= size
        self._bytes = left


def _name(article_id: str, version: str) -> str:
    return f"{article_id}.{version}"


def _path(folder: Path, article_id: str, version: str, key: str) -> Path:
    return folder / _name(article_id, version) / f"{key}.json"


def _parsed(content: bytes) -> KeptText:
    """Raises one of `UNREADABLE` for what `put` has not written."""
    document = json.loads(content)
    text, finish = document["text"], document["finish"]
    if document["sha256"] != _digest(text) or finish not in _FINISHES:
        raise ValueError("the text is not the one that was kept")
    return KeptText(text, finish)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


__all__ = ["FOLDER", "KeptText", "MapCache"]
