"""One process owns an embedded index: real processes, real kills."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from ingest.errors import IndexOwned, SettingsError
from ingest.ownership import LOCK_FILE, Ownership, owner

ROOT = Path(__file__).parents[2]
HOLD = """
import sys
from pathlib import Path
from ingest.ownership import Ownership
with Ownership.acquire(Path(sys.argv[1]), role=sys.argv[2]) as held:
    if sys.argv[3]:
        held.announce(sys.argv[3])
    print("held", flush=True)
    sys.stdin.read()
"""


@contextmanager
def holder(data_dir: Path, role: str, url: str = "") -> Iterator[subprocess.Popen[str]]:
    """Another process that holds the index until it is killed or the block ends."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(data_dir), role, url],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    )
    with process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        try:
            yield process
        finally:
            process.kill()


def test_the_owner_is_readable_and_gone_after_release(tmp_path: Path) -> None:
    assert owner(tmp_path) is None
    with Ownership.acquire(tmp_path, role="ingest"):
        mine = owner(tmp_path)
        assert mine is not None
        assert (mine.pid, mine.role, mine.url) == (os.getpid(), "ingest", None)
    assert owner(tmp_path) is None


def test_the_folder_is_made(tmp_path: Path) -> None:
    with Ownership.acquire(tmp_path / "new" / "data", role="ingest"):
        assert (tmp_path / "new" / "data").is_dir()


def test_a_second_acquire_in_this_process_is_refused(tmp_path: Path) -> None:
    with Ownership.acquire(tmp_path, role="serve"), pytest.raises(IndexOwned, match=str(os.getpid())):
        Ownership.acquire(tmp_path, role="ingest")


def test_release_twice_leaves_the_next_owner_alone(tmp_path: Path) -> None:
    first = Ownership.acquire(tmp_path, role="ingest")
    first.release()
    with Ownership.acquire(tmp_path, role="serve"):
        first.release()
        held = owner(tmp_path)
        assert held is not None
        assert held.role == "serve"


def test_another_process_is_named_with_its_role(tmp_path: Path) -> None:
    with holder(tmp_path, "ingest") as process:
        with pytest.raises(IndexOwned) as caught:
            Ownership.acquire(tmp_path, role="ask")
        assert str(process.pid) in str(caught.value)
        assert "dateline ingest" in str(caught.value)
        assert caught.value.owner_url is None


def test_a_server_is_named_with_its_url(tmp_path: Path) -> None:
    with holder(tmp_path, "serve", "http://127.0.0.1:8321") as process:
        with pytest.raises(IndexOwned) as caught:
            Ownership.acquire(tmp_path, role="ingest")
        assert caught.value.owner_url == "http://127.0.0.1:8321"
        assert "http://127.0.0.1:8321" in str(caught.value)
        held = owner(tmp_path)
        assert held is not None
        assert (held.pid, held.url) == (process.pid, "http://127.0.0.1:8321")


def test_kill_9_releases_and_what_it_wrote_is_not_believed(tmp_path: Path) -> None:
    with holder(tmp_path, "serve", "http://127.0.0.1:8321") as process:
        process.kill()
        process.wait()
    assert (tmp_path / "owner.json").exists()
    assert owner(tmp_path) is None
    with Ownership.acquire(tmp_path, role="ingest"):
        held = owner(tmp_path)
        assert held is not None
        assert held.pid == os.getpid()


def test_an_owner_that_has_said_nothing_yet_still_owns(tmp_path: Path) -> None:
    with Ownership.acquire(tmp_path, role="serve"):
        (tmp_path / "owner.json").write_text("{", encoding="utf-8")
        with pytest.raises(IndexOwned, match="another process"):
            Ownership.acquire(tmp_path, role="ingest")


def test_a_data_folder_that_cannot_be_is_a_settings_error(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("", encoding="utf-8")
    with pytest.raises(SettingsError, match="cannot be written"):
        Ownership.acquire(blocked, role="ingest")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_read_only_folder_is_a_settings_error(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    try:
        with pytest.raises(SettingsError, match="cannot be written"):
            Ownership.acquire(tmp_path, role="ingest")
    finally:
        tmp_path.chmod(0o700)


def test_asking_for_the_owner_makes_nothing(tmp_path: Path) -> None:
    assert owner(tmp_path / "absent") is None
    assert not (tmp_path / "absent").exists()
    assert not (tmp_path / LOCK_FILE).exists()
