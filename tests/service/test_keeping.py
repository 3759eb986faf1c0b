"""`articles remove`, `rebuild`, `backup`, `restore` and `vacuum` as commands, alone and beside a running server."""

from __future__ import annotations

import json
import signal
from pathlib import Path

import pytest

from tests.service.test_cli_end_to_end import TIMEOUT_S, Folder

TOKEN = "Zyxquorbline"
pytestmark = pytest.mark.slow


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    news = tmp_path / "news"
    news.mkdir()
    for name, words in (
        ("ferry", f"The {TOKEN} sails in May."),
        ("harbour", "The harbour opened on Monday."),
    ):
        (news / f"{name}.txt").write_text(f"{name.title()} news\n\nMayor Ida Holm spoke. {words}\n")
    made = Folder(tmp_path)
    assert made.run("ingest", "news").returncode == 0
    return made


def sources(folder: Folder) -> list[str]:
    return [one["source"] for one in folder.json("articles")["articles"]]


def test_removed_vacuumed_and_back_from_a_backup(folder: Folder) -> None:
    assert folder.json("backup", "all.tar.gz")["articles"] == 2
    assert folder.run("backup", "all.tar.gz").returncode == 3
    near = folder.run("articles", "remove", "ferry")
    assert (near.returncode, "did you mean ferry.txt" in near.stderr) == (3, True)
    done = folder.run("articles", "remove", "ferry.txt")
    assert (done.stdout, done.returncode) == ("removed ferry.txt\n", 0)
    assert "dateline vacuum" in done.stderr
    assert sources(folder) == ["harbour.txt"]
    assert folder.json("vacuum")["articles"] == 1
    data = folder.path / ".dateline"
    assert not [path for path in data.rglob("*") if path.is_file() and TOKEN.encode() in path.read_bytes()]
    refused = folder.run("restore", "all.tar.gz")
    assert (refused.returncode, "--replace" in refused.stderr) == (3, True)
    assert folder.json("restore", "all.tar.gz", "--replace")["articles"] == 2
    assert sources(folder) == ["ferry.txt", "harbour.txt"]
    assert folder.json("rebuild")["articles"] == 2
    assert folder.json("search", TOKEN)["passages"][0]["source"] == "ferry.txt"
    assert folder.json("doctor")["healthy"]


def test_beside_a_running_server(folder: Folder) -> None:
    with folder.start("serve", "--port", "0") as server:
        assert server.stdout is not None
        try:
            assert "listening" in server.stdout.readline()
            assert folder.json("backup", "all.tar")["articles"] == 2  # read beside it
            assert folder.json("rebuild")["articles"] == 2  # done by it
            assert folder.json("articles", "remove", "ferry.txt")["removed"][0]["source"] == "ferry.txt"
            assert sources(folder) == ["harbour.txt"]
            for command in (("vacuum",), ("restore", "all.tar", "--replace")):
                done = folder.run(*command)
                assert (done.returncode, "stop it for the time of" in done.stderr) == (3, True)
            assert json.loads(folder.run("doctor", "--json").stdout)["healthy"]
        finally:
            server.send_signal(signal.SIGTERM)
            server.communicate(timeout=TIMEOUT_S)
    assert folder.json("restore", "all.tar", "--replace")["articles"] == 2
