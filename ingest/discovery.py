"""Which files an ingest looks at: paths become a sorted list of files, with a note on everything passed over.

A folder is walked whole. Hidden entries, project papers (README, LICENSE, CHANGELOG) and links that lead out of
the folder are passed over; a file that is named by itself is always taken.
"""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Callable, Container, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from ingest.errors import InvalidRequest
from ingest.file_names import shown_name, trouble_with_name
from ingest.report import FailedFile

_PAPER = re.compile(
    r"(?i:readme|licen[cs]e|changelog)(?:\.[^.]+)?|(?:README|LICEN[CS]E|CHANGELOG)[-_.].*"
)  # `license-to-drill.txt` may well be an article; `LICENSE-MIT.txt` is not


MAX_KINDS = 12
"""Suffixes that one note names."""


@dataclass(frozen=True, slots=True)
class FoundFile:
    """One file to look at: absolute `path`, the folder it was found from, and its POSIX path inside that folder.

    `named`: it was given by itself, so it is read wherever a link leads; one found in a folder never leads out of it.
    """

    path: Path
    root: str
    relative: str
    named: bool = field(default=False, compare=False)


@dataclass(slots=True)
class Discovery:
    """Everything found. `folders` are the folders that were given (absolute), not those met on the way."""

    files: list[FoundFile] = field(default_factory=list)
    folders: list[Path] = field(default_factory=list)
    failed: list[FailedFile] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def discover(
    paths: Sequence[Path], readable: Callable[[Path], bool], known: Container[Path] = frozenset()
) -> Discovery:
    """The files under `paths`, each once, in the order of the paths and sorted by name inside a folder.

    `readable` says whether a file's suffix is one that can be read. A README or LICENSE whose path is in `known`
    (it was once named by itself) is taken like any other file.

    Raises:
        InvalidRequest: a path does not exist or cannot be opened; the message names it.
    """
    found = Discovery()
    taken: set[Path] = set()
    for given in paths:
        path = _absolute(given)
        try:
            if path.is_dir():
                resolved = path.resolve()
                with os.scandir(resolved):
                    pass
                found.folders.append(resolved)
                files = _walk(resolved, readable, known, found)
            else:
                path.stat()
                if not path.is_file():
                    raise InvalidRequest(f"{given} is neither a file nor a folder")
                files = [FoundFile(path, path.parent.as_posix(), path.name, named=True)]
        except FileNotFoundError as error:
            raise InvalidRequest(f"{given} does not exist; give a file or a folder of articles") from error
        except OSError as error:
            raise InvalidRequest(f"{given} cannot be opened: {error.strerror or error}") from error
        for file in files:
            if file.path in taken:
                continue
            taken.add(file.path)
            if trouble := trouble_with_name(file.relative):
                found.failed.append(FailedFile(shown_name(file.relative), f"{trouble}; rename the file"))
            else:
                found.files.append(file)
    return found


def is_hidden(relative: str) -> bool:
    """Whether any part of a POSIX path is hidden (begins with a dot)."""
    return any(part.startswith(".") for part in relative.split("/"))


def is_gone(path: Path) -> bool:
    """Whether there is surely no file at `path`. One that cannot be looked at is not gone."""
    try:
        path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return True
    except OSError:
        return False
    return False


def _absolute(path: Path) -> Path:
    """Absolute and without links in its folders, but with its own name, which becomes the source."""
    path = path.expanduser()
    return path.resolve() if path.name in ("", ".", "..") else path.parent.resolve() / path.name


def _walk(
    root: Path, readable: Callable[[Path], bool], known: Container[Path], found: Discovery
) -> list[FoundFile]:
    """The files under one folder, sorted by their path inside it; notes and failures go to `found`."""
    plain: dict[Path, str] = {}
    links: list[tuple[Path, str]] = []
    others: Counter[str] = Counter()

    def unreadable(error: OSError) -> None:
        where = Path(error.filename).relative_to(root).as_posix() if error.filename else str(root)
        found.failed.append(
            FailedFile(shown_name(where), f"the folder cannot be opened: {error.strerror or error}")
        )

    for folder, names, files in os.walk(root, onerror=unreadable):
        here = Path(folder)
        for name in sorted(names):
            if (here / name).is_symlink() and not name.startswith("."):
                _note_if_outside(here / name, root, found)
        names[:] = sorted(
            name for name in names if not name.startswith(".") and not (here / name).is_symlink()
        )
        for name in files:
            path = here / name
            if name.startswith("."):
                continue
            relative = path.relative_to(root).as_posix()
            if not readable(path):
                others[path.suffix.lower() or "without suffix"] += 1
            elif _PAPER.fullmatch(name) and path not in known:
                found.notes.append(f"skipped {shown_name(relative)}: not an article; name it to ingest it")
            elif path.is_symlink():
                links.append((path, relative))
            elif path.is_file():
                plain[path] = relative
    for path, relative in links:
        target = Path(os.path.realpath(path))
        if _note_if_outside(path, root, found) or target in plain or not target.is_file():
            continue
        plain[path] = relative
    if others:
        kinds = ", ".join(
            f"{shown_name(kind)} {count}" for kind, count in sorted(others.most_common(MAX_KINDS))
        )
        if len(others) > MAX_KINDS:
            kinds += f" and {len(others) - MAX_KINDS} more"
        found.notes.append(
            f"skipped {_count(sum(others.values()), 'file')} of other kinds in {root.name}: {kinds}"
        )
    files_found = [FoundFile(path, root.as_posix(), relative) for path, relative in plain.items()]
    return sorted(files_found, key=lambda file: file.relative)


def _note_if_outside(link: Path, root: Path, found: Discovery) -> bool:
    """Whether a link leads out of `root`; if so, noted."""
    if Path(os.path.realpath(link)).is_relative_to(root):  # Path.resolve() raises on a loop of links
        return False
    found.notes.append(
        f"skipped {shown_name(link.relative_to(root).as_posix())}: a link that leads out of the folder"
    )
    return True


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
