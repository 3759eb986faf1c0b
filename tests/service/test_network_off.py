"""With no key and no network everything works, and nothing tries to call out: neither Dateline nor what it is made of.

The work is done in a process of its own that ends at the first address that is not loopback (Python's audit events see
every socket, whoever opens it), in a network namespace without any network where the system lets one be made.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TIMEOUT_S = 240

OFFLINE = """
import ipaddress, os, socket, sys

def watch(event, arguments):
    if event == "socket.connect":
        address = arguments[1]
        host = address[0] if isinstance(address, tuple) else "127.0.0.1"  # a path is a local socket
    elif event in ("socket.getaddrinfo", "socket.gethostbyname"):
        host = arguments[0]
    elif event == "socket.sendto":
        host = arguments[1][0] if isinstance(arguments[1], tuple) else "127.0.0.1"
    else:
        return
    host = host.decode() if isinstance(host, bytes) else host
    if host in (None, "", "localhost"):
        return
    try:
        if ipaddress.ip_address(host).is_loopback or host in ("0.0.0.0", "::"):
            return
    except ValueError:
        pass
    os.write(2, f"called out: {event} {host}".encode())
    os._exit(9)

sys.addaudithook(watch)

from pathlib import Path
import llama_index.core
from openai import OpenAI
from service.conversation import Turn
from service.llama_retriever import DatelineRetriever
from service.opening import open_services
from service.settings import ServiceSettings
from service.summaries import SummaryRequest
from tests.service.api.serving import served

settings = ServiceSettings.load(data_dir=Path(sys.argv[1]) / "index")
with open_services(settings, role="test", create=True) as services:
    report = services.ingest([Path("samples/articles")])
    assert not report.failed, report.failed
    first = services.ask("What did Biden say about AUKUS?")
    assert (first.status, first.engine) == ("answered", "extractive")
    history = [Turn("user", "What did Biden say about AUKUS?"), Turn("assistant", first.answer)]
    assert services.ask("And what did Kishida say?", history=history).question
    assert services.search("flood barrier")
    assert services.quotes(speaker="Biden")
    assert services.summarize(SummaryRequest(topic="AUKUS")).status == "summarized"
    assert DatelineRetriever(services).retrieve("AUKUS")
    with served(services) as address, OpenAI(base_url=f"{address}/v1", api_key="none") as client:
        reply = client.chat.completions.create(
            model="dateline", messages=[{"role": "user", "content": "What did Biden say about AUKUS?"}]
        )
        assert "[1]" in reply.choices[0].message.content
print("worked")
"""


@pytest.fixture(scope="module")
def isolated() -> list[str]:
    """What to put before a command to take the network away from it; nothing where that is not allowed."""
    command = [
        "unshare",
        "--map-root-user",
        "--net",
        "sh",
        "-c",
        'ip link set lo up 2>/dev/null; exec "$@"',
        "sh",
    ]
    try:
        probe = subprocess.run(
            [*command, sys.executable, "-c", "import socket; socket.create_server(('127.0.0.1', 0)).close()"],
            capture_output=True,
            check=False,
        )
    except OSError:
        return []
    works = probe.returncode == 0 and _has_loopback(command)
    return command if works else []


def _has_loopback(command: list[str]) -> bool:
    """`ip` may be missing, and then loopback is down in a new namespace."""
    connect = (
        "import socket; s = socket.create_server(('127.0.0.1', 0)); "
        "socket.create_connection(s.getsockname(), 2).close()"
    )
    done = subprocess.run([*command, sys.executable, "-c", connect], capture_output=True, check=False)
    return done.returncode == 0


def test_without_key_and_network_everything_works_and_nothing_calls_out(
    tmp_path: Path, isolated: list[str]
) -> None:
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("DATELINE_", "OPENAI_")) and "TELEMETRY" not in name
    }
    done = subprocess.run(
        [*isolated, sys.executable, "-c", OFFLINE, str(tmp_path)],
        cwd=ROOT,
        env=kept | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=TIMEOUT_S,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    assert done.stdout.strip().endswith("worked")


def test_the_watch_sees_what_calls_out(tmp_path: Path) -> None:
    watched = OFFLINE.split("from pathlib import Path")[0]
    calling = "\nimport socket\nsocket.create_connection(('192.0.2.1', 80), 1)"
    done = subprocess.run(
        [sys.executable, "-c", watched + calling], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 9
    assert "called out" in done.stderr
