"""What a folder may hold besides files, and what a file may be called: nothing leads out, nothing blocks."""

from __future__ import annotations

import os
import socket
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.articles import RawDocument
from ingest.discovery import discover
from ingest.errors import InvalidRequest
from ingest.file_names import shown_name, trouble_with_name
from ingest.readers import ReadOptions, read, readable
from service.opening import open_services
from service.settings import ServiceSettings
from tests.security.hostile import PROSE, put

SECRET = "The key of the safe is 4711, and nobody else may know it, said the director on Monday."
posix = pytest.mark.skipif(os.name != "posix", reason="needs a POSIX file system")
linux = pytest.mark.skipif(sys.platform != "linux", reason="file names are bytes on Linux only")


def reason(path: Path, within: Path | None = None) -> str:
    (item,) = read(path, path.name, ReadOptions(), within=within)
    assert not isinstance(item, RawDocument), item
    return str(item)


@posix
def test_links_lead_nowhere_else(tmp_path: Path) -> None:
    secret = put(tmp_path / "outside/secret.txt", SECRET)
    root = tmp_path / "in"
    put(root / "good.txt", PROSE)
    (root / "file.txt").symlink_to(secret)
    (root / "relative.txt").symlink_to("../outside/secret.txt")
    (root / "folder").symlink_to(secret.parent)
    (root / "chain.txt").symlink_to("relative.txt")
    (root / "self.txt").symlink_to("self.txt")
    (root / "gone.txt").symlink_to("nowhere.txt")
    (root / "passwd.txt").symlink_to("/etc/passwd")
    (root / "tree").symlink_to("/")
    found = discover([root], readable)
    assert [file.relative for file in found.files] == ["good.txt"]
    assert len([note for note in found.notes if "leads out of the folder" in note]) == 6
    # Named, a link is what its owner asks for: followed.
    assert [file.relative for file in discover([root / "file.txt"], readable).files] == ["file.txt"]
    assert [file.relative for file in discover([root / "folder"], readable).files] == ["secret.txt"]


@posix
def test_a_link_put_there_after_the_look_is_refused(tmp_path: Path) -> None:
    secret = put(tmp_path / "outside/a.txt", SECRET)
    root = (tmp_path / "in").resolve()
    path = put(root / "sub/a.txt", PROSE)
    (file,) = discover([root], readable).files
    assert not file.named
    path.unlink()
    path.symlink_to(secret)
    assert "leads out of the folder" in reason(file.path, Path(file.root))
    path.unlink()
    path.parent.rmdir()
    path.parent.symlink_to(secret.parent)  # the folder itself, this time
    assert "leads out of the folder" in reason(file.path, Path(file.root))
    (named,) = read(secret, "a.txt", ReadOptions())
    assert isinstance(named, RawDocument)


@posix
def test_pipes_sockets_and_devices_are_no_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    os.mkfifo(tmp_path / "pipe.txt")
    os.mkfifo(tmp_path / "pipe.jsonl")
    (tmp_path / "zero.txt").symlink_to("/dev/zero")
    (tmp_path / "full.txt").symlink_to("/dev/full")
    with socket.socket(socket.AF_UNIX) as listener:
        monkeypatch.chdir(tmp_path)  # the address of a socket may have 107 bytes
        listener.bind("socket.txt")
        put(tmp_path / "good.txt", PROSE)
        assert [file.relative for file in discover([tmp_path], readable).files] == ["good.txt"]
        for name in ("pipe.txt", "pipe.jsonl", "zero.txt", "full.txt", "socket.txt"):
            with pytest.raises(InvalidRequest, match="neither a file nor a folder"):
                discover([tmp_path / name], readable)
            # and when one takes a file's place after the look
            assert "cannot be opened" in (said := reason(tmp_path / name)) or "not a file" in said


@linux
def test_files_of_the_kernel_are_read_no_further_than_the_limit(tmp_path: Path) -> None:
    """They say that they have 0 bytes."""
    (tmp_path / "status.txt").symlink_to("/proc/self/status")
    (tmp_path / "memory.txt").symlink_to("/proc/self/mem")
    assert "more than the 0.0001 MB" in str(
        next(read(tmp_path / "status.txt", "status.txt", ReadOptions(max_file_mb=0.0001)))
    )
    assert "cannot be opened" in reason(tmp_path / "memory.txt")
    root = tmp_path / "in"
    put(root / "good.txt", PROSE)
    (root / "proc").symlink_to("/proc/self")
    assert [file.relative for file in discover([root], readable).files] == ["good.txt"]


@posix
@pytest.mark.skipif(hasattr(os, "geteuid") and os.geteuid() == 0, reason="root may open everything")
def test_folders_that_may_not_be_opened_are_named(tmp_path: Path) -> None:
    put(tmp_path / "closed/a.txt", PROSE)
    put(tmp_path / "open/a.txt", PROSE)
    (tmp_path / "closed").chmod(0)
    try:
        found = discover([tmp_path], readable)
    finally:
        (tmp_path / "closed").chmod(0o700)
    assert [file.relative for file in found.files] == ["open/a.txt"]
    assert found.failed[0].source == "closed"


@linux
def test_names_that_cannot_be_shown_are_failures(tmp_path: Path) -> None:
    bad = [
        b"line\nbreak.txt",
        b"esc\x1b[2J.txt",
        b"caf\xe9.txt",
        "turned\u202etxt.md".encode(),
        "nel\x85.txt".encode(),
    ]
    good = [
        "a" * 251 + ".txt",
        "ä" * 125 + ".txt",
        "CASE.txt",
        "case.txt",
        "Case.txt",
        " leading.txt",
        "-n.txt",
        "$(id).txt",
    ]
    for raw in bad:
        put(tmp_path / os.fsdecode(raw), PROSE)
    for name in good:
        put(tmp_path / name, f"{name[:20]} was here. {PROSE}")
    put(tmp_path / os.fsdecode(b"fol\nder/inside.txt"), PROSE)
    put(tmp_path / os.fsdecode(b"kind.\x1b[31m"), PROSE)
    found = discover([tmp_path], readable)
    assert sorted(file.relative for file in found.files) == sorted(good)
    assert len(found.failed) == len(bad) + 1
    for failed in found.failed:
        assert failed.reason.endswith("rename the file")
    for words in (*found.notes, *(failed.source for failed in found.failed)):
        assert words.isprintable()
        words.encode("utf-8")


@linux
def test_names_that_differ_in_case_only_are_two_articles(tmp_path: Path) -> None:
    put(tmp_path / "in/Case.txt", f"One was here.\n\n{PROSE}")
    put(tmp_path / "in/case.txt", f"Two was here.\n\n{PROSE}")
    with open_services(ServiceSettings(data_dir=tmp_path / "index"), role="tests", create=True) as services:
        assert sorted(services.ingest([tmp_path / "in"]).added) == ["Case.txt", "case.txt"]
        assert "One" in services.article("Case.txt").article.text
        assert "Two" in services.article("case.txt").article.text


@given(st.text())
def test_a_shown_name_is_fit_to_be_shown(name: str) -> None:
    shown = shown_name(name)
    assert trouble_with_name(shown) is None
    assert trouble_with_name(name) is not None or shown == name
