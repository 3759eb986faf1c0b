"""Output that nobody reads, that does not fit, or that has no place to go: real processes and real file descriptors."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from hashlib import sha256
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
FULL = "error: the output could not be written: No space left on device\n"
posix = pytest.mark.skipif(os.name != "posix", reason="needs a POSIX shell")
linux = pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
pytestmark = [posix, linux]

COMMANDS = ["--help", "--version", "keys list", "keys list --json"]


@pytest.fixture(scope="module")
def entries(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A file of so many keys that their list does not fit into a pipe."""
    lines = [
        f"reader-{number}:read:{sha256(bytes([number % 256, number // 256])).hexdigest()}"
        for number in range(2_000)
    ]
    file = tmp_path_factory.mktemp("keys") / "keys"
    file.write_text("\n".join(lines))
    return f"file:{file}"


def shell(line: str, entries: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run a line of shell in which `$D` is dateline; what it leaves as `$?` is the exit code."""
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith(("DATELINE_", "PYTHON"))
    }
    return subprocess.run(
        ["sh", "-c", line],
        cwd=folder,
        env=environment
        | {"PYTHONPATH": str(ROOT), "D": f"{sys.executable} -m service.cli", "DATELINE_API_KEYS": entries},
        capture_output=True,
        text=True,
        timeout=280,
        check=False,
    )


@pytest.mark.parametrize("command", COMMANDS)
def test_a_full_disk_is_said_in_a_sentence(command: str, entries: str, tmp_path: Path) -> None:
    for buffered in ("", "PYTHONUNBUFFERED=1 "):
        done = shell(f"{buffered}$D {command} > /dev/full", entries, tmp_path)
        assert (done.returncode, done.stderr) == (3, FULL)


@pytest.mark.parametrize("command", ["keys list", "keys list --json"])
def test_a_reader_who_leaves_is_no_failure(command: str, entries: str, tmp_path: Path) -> None:
    done = shell(f"{{ $D {command}; echo code $? >&2; }} | head -1", entries, tmp_path)
    assert done.stderr == "code 0\n"
    assert done.stdout.count("\n") == 1


@pytest.mark.parametrize("command", COMMANDS)
def test_a_closed_stream_is_as_if_nobody_read(command: str, entries: str, tmp_path: Path) -> None:
    done = shell(f"$D {command} >&-", entries, tmp_path)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


@pytest.mark.parametrize("place", ["/dev/full", "&-"])
def test_remarks_that_cannot_be_told_change_nothing(place: str, entries: str, tmp_path: Path) -> None:
    done = shell(f"$D show nothing.md 2>{place}", entries, tmp_path)
    assert (done.returncode, done.stdout, done.stderr) == (3, "", "")
    listed = shell(f"$D keys list 2>{place}", entries, tmp_path)
    assert (listed.returncode, listed.stdout.count("\n")) == (0, 2_000)


def test_json_steers_no_terminal_and_says_the_same(tmp_path: Path) -> None:
    """C1 controls, overrides of direction and halves of pairs are legal in JSON; a terminal obeys the first two."""
    words = "a\x1b[2J\x9b2J\x85\u202e\u2066\u2028\u200f\ufeff\x7f\ud800 “ä” 😀"
    program = (
        "import json, sys\n"
        "from service.commands.session import print_json\n"
        f"print_json({{'text': {words!r}}})\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=ROOT,
        env=os.environ | {"PYTHONIOENCODING": "utf-8"},
        capture_output=True,
        check=True,
        timeout=280,
    )
    import json

    shown = done.stdout.decode()
    assert json.loads(shown) == {"text": words}
    assert not re.search(r"[^\n\x20-\x7e“ä”😀]", shown)
