"""The store and the network: silent when embedded, and the same over a real Chroma server."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from ingest.errors import IndexMissing, SettingsError, UpstreamUnavailable
from ingest.settings import IngestSettings
from tests.ingest.test_store import TEXT, open_store, prepared

ROOT = Path(__file__).parents[2]

QUIET = """
import socket, sys
from pathlib import Path
def refuse(self, address):
    sys.stderr.write(f"tried {address}")
    sys.exit(9)
def refuse_lookup(*names, **_):
    sys.stderr.write(f"looked up {names}")
    sys.exit(9)
socket.socket.connect = socket.socket.connect_ex = refuse
socket.getaddrinfo = refuse_lookup
import ingest.store
assert "chromadb" not in sys.modules, "importing the store imported Chroma"
from tests.ingest.test_store import *
with open_store(IngestSettings(data_dir=Path(sys.argv[1]))) as store:
    store.write([prepared(1)])
    assert store.nearest(prepared(1).vectors[0], 1)
"""


def test_importing_is_light_and_nothing_goes_over_the_network(tmp_path: Path) -> None:
    environment = {key: value for key, value in os.environ.items() if "TELEMETRY" not in key}
    done = subprocess.run(
        [sys.executable, "-c", QUIET, str(tmp_path)],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr


@contextmanager
def chroma_server(folder: Path) -> Iterator[str]:
    """A real Chroma server on a free loopback port; gives its URL."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    executable = Path(sys.executable).with_name("chroma")
    command = [str(executable), "run", "--path", str(folder), "--host", "127.0.0.1", "--port", str(port)]
    with subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=folder
    ) as process:
        try:
            for _ in range(600):
                with socket.socket() as client:
                    if client.connect_ex(("127.0.0.1", port)) == 0:
                        break
                time.sleep(0.05)
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()


def test_the_same_store_over_a_chroma_server(tmp_path: Path) -> None:
    with chroma_server(tmp_path) as url:
        remote = IngestSettings(data_dir=tmp_path / "unused", chroma_url=url)
        with pytest.raises(IndexMissing, match=url):
            open_store(remote, create=False)
        with open_store(remote) as store, open_store(remote, create=False) as reader:
            store.write([prepared(number) for number in range(5)])
            assert (
                reader.get([prepared(2).article.article_id])[prepared(2).article.article_id].article.text
                == TEXT
            )
            assert reader.nearest(prepared(2).vectors[1], 1)[0][0] == prepared(2).chunks[1].chunk_id
            store.delete([prepared(2).article.article_id])
            assert len(reader.catalogue()) == 4
        assert not remote.data_dir.exists()
    with pytest.raises(UpstreamUnavailable, match=url):
        open_store(remote)


def test_a_server_url_that_is_none(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="http://host:8000"):
        open_store(IngestSettings(data_dir=tmp_path, chroma_url="localhost:8000"))
