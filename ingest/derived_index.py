"""What the indexes made of the store share: the key that binds them to it, and the folder that they lie in.

Such an index is no source of truth. It is bound to the key of a state of the store, and one that is missing, damaged or
bound to another key says so (`stale`) and is brought up to date from the store. Its folder
holds one sub-folder with its files and `key.json`, which names that sub-folder and is replaced atomically, last.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import tempfile
import threading
import uuid
import weakref
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Self, TypeVar

from ingest.errors import UpstreamRefused

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

S = TypeVar("S")

KEY_FILE = "key.json"
UNREADABLE = (OSError, ValueError, KeyError, TypeError, IndexError)
"""What reading files that are missing, damaged or of another shape raises."""

_ORDINAL = re.compile(r"[0-9]{5}|[1-9][0-9]{5,8}")
"""As `ingest.articles.chunk_id_of` writes it."""


def index_key(fingerprint: str, generation: int, origin: str = "") -> str:
    """What an index is bound to: a state of the store, and what made its vectors.

    Generations are counted anew where a database is made anew, and from where it stood where one is put back from a
    copy. `origin` tells such states apart: `ingest.layout.Pointer.key` says what it is made of.
    """
    return f"{fingerprint}@{generation}" + (f":{origin}" if origin else "")


def fingerprint_of(key: str) -> str:
    """The fingerprint that a key is made of."""
    return key.rpartition("@")[0]


def generation_of(key: str) -> int:
    """The generation that a key is made of."""
    return int(key.rpartition("@")[2].partition(":")[0])


def same_fingerprint(key: str, other: str) -> bool:
    """Whether two keys are of one fingerprint: an article's version and that decide what an index holds of it, in
    whichever database the article lies."""
    return fingerprint_of(key) == fingerprint_of(other)


@lru_cache(maxsize=4096)
def ordinal_of(digits: str) -> int | None:
    """The ordinal at the end of a chunk's id; None for what `ingest.articles.chunk_id_of` does not write."""
    return int(digits) if _ORDINAL.fullmatch(digits) else None


class BoundIndex:
    """An index and the key that it is bound to. One process writes it, one thread at a time holds `_writing`."""

    def __init__(self, expected_key: str) -> None:
        """An index that is bound to nothing yet."""
        self._expected_key = expected_key
        self._key: str | None = None
        self._writing = threading.Lock()

    @property
    def key(self) -> str | None:
        """The key this index is bound to; None when it is missing, damaged or half written."""
        return self._key

    @property
    def stale(self) -> bool:
        """Whether the index must be brought up to date: it is not bound to the key last expected of it."""
        return self._key is None or self._key != self._expected_key

    def expect(self, key: str) -> bool:
        """Say what the store's key is now; whether the index is bound to it."""
        self._expected_key = key
        return not self.stale

    def _bound(self, key: str) -> bool:
        """Whether what the index holds counts under `key`, whichever state of whichever database it was bound to."""
        return self._key is not None and same_fingerprint(self._key, key)


class FolderIndex(BoundIndex):
    """An index that is always in a folder, if only a temporary one: its files are mapped into memory."""

    NOUN: ClassVar[str]
    """What the index is called in messages, and by its temporary folder."""

    def __init__(self, folder: Path, expected_key: str) -> None:
        """Use `open`."""
        super().__init__(expected_key)
        self._folder = folder

    @classmethod
    def open(cls, folder: Path | None, key: str) -> Self:
        """The index in `folder`, never an error for what is found there.

        None means a temporary folder, which goes with the object. `key` is what the index should be bound to, an
        `index_key`.

        Raises:
            UpstreamRefused: there is no place for a temporary folder.
        """
        if folder is not None:
            opened = cls(folder, key)
            opened._load()
            return opened
        try:
            temporary = Path(tempfile.mkdtemp(prefix=f"dateline-{cls.NOUN.replace(' ', '-')}-"))
        except OSError as error:
            raise UpstreamRefused(f"there is no place for the {cls.NOUN}: {error}") from error
        opened = cls(temporary, key)
        weakref.finalize(opened, shutil.rmtree, temporary, ignore_errors=True)
        return opened

    def _load(self) -> None:
        """Take in what the folder holds, if it is whole."""
        raise NotImplementedError


def read_key_file(folder: Path, version: str | int) -> dict[str, Any]:
    """What the key file says of an index whose files are of this `version`.

    Raises one of `UNREADABLE` when there is no such index; so may looking into what is returned.
    """
    recorded: dict[str, Any] = json.loads((folder / KEY_FILE).read_text(encoding="utf-8"))
    if recorded["version"] != version:
        raise ValueError(f"{folder / KEY_FILE} is of version {recorded['version']}, not {version}")
    return recorded


def read_state(folder: Path, version: str | int, state_of: Callable[..., S]) -> tuple[Path, S, str]:
    """The sub-folder that the key file names, how much of its files counts, and the key. Raises as `read_key_file`."""
    recorded = read_key_file(folder, version)
    fields = recorded["state"]
    state = state_of(**{**fields, "dead": tuple(fields["dead"])})
    return folder / recorded["place"], state, str(recorded["key"])


def write_state(place: Path, version: str | int, state: DataclassInstance, key: str) -> None:
    """Record in the folder of `place` what `read_state` gives. Raises as `write_key_file`."""
    recorded = {"version": version, "key": key, "place": place.name, "state": asdict(state)}
    write_key_file(place.parent, recorded)


def write_key_file(folder: Path, recorded: Mapping[str, object]) -> None:
    """Replace the key file atomically: from now on the index is what it says.

    Raises:
        OSError: the folder cannot be written.
    """
    replace_file(folder / KEY_FILE, json.dumps(recorded).encode())


def replace_file(path: Path, content: bytes) -> None:
    """Write a file so that, whatever happens, it is the old one or the new one, whole.

    Raises:
        OSError: the folder cannot be written.
    """
    draft = path.with_name(f"{path.name}.new")
    with draft.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)


@contextmanager
def new_place(folder: Path) -> Iterator[Path]:
    """A sub-folder, not made yet, for an index's next files; what is in it goes when writing them fails."""
    place = folder / f"index-{uuid.uuid4().hex[:8]}"
    try:
        yield place
    except BaseException:
        shutil.rmtree(place, ignore_errors=True)
        raise


def remove_others(folder: Path, place: Path) -> None:
    """Remove the sub-folders that the index no longer uses, and those that a process died in the middle of."""
    for other in folder.glob("index-*"):
        if other != place:
            shutil.rmtree(other, ignore_errors=True)
