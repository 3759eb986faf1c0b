"""The server that a load run asks: the real one in a process of its own, or one that runs elsewhere."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import numpy as np

from eval.benchmarks.load_figures import Floats
from eval.benchmarks.topology import Part
from ingest.errors import PermanentError

SAMPLE_EVERY_S = 1.0
START_S = 300.0
SETTLE_S = 120.0
"""A server that is still busy with itself after this is measured as it is."""
IDLE_SHARE = 0.05
_RESIDENT = re.compile(rb"^process_resident_memory_bytes (\S+)", re.MULTILINE)


@contextmanager
def own_server(index: Path, log: Path, settings: Mapping[str, str]) -> Iterator[tuple[str, int]]:
    """Serve an index with these settings (environment variables), and no others; gives the address and the process id.

    Raises:
        UpstreamUnavailable: it did not start.
    """
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    command = [sys.executable, "-m", "service.cli", "--data-dir", str(index), "serve", "--port", str(port)]
    environment = clean_environment() | dict(settings)
    part = Part("the server", command, environment, f"{url}/healthz", log, patience_s=START_S)
    try:
        part.start()
        assert part.process is not None
        _settled(part.process.pid)
        yield url, part.process.pid
    finally:
        part.stop()


def make_index(index: Path, articles: Path) -> None:
    """Ingest `articles` as `dateline ingest` does; what is there already stays.

    Raises:
        PermanentError: it failed; the message has its last words.
    """
    command = [sys.executable, "-m", "service.cli", "--data-dir", str(index), "ingest", str(articles)]
    done = subprocess.run(command, env=clean_environment(), capture_output=True, text=True, check=False)
    if done.returncode:
        said = (done.stderr.strip().splitlines() or ["it said nothing"])[-1]
        raise PermanentError(f"ingest of {articles} failed: {said}")


def clean_environment() -> dict[str, str]:
    """This process's environment without settings of Dateline or a model, save where assembled graphs are kept."""
    return {
        name: value
        for name, value in os.environ.items()
        if name == "DATELINE_CACHE_DIR" or not name.startswith(("DATELINE_", "OPENAI_", "OTEL_"))
    }


def resident_mb(pid: int) -> float | None:
    """Memory that a process of this machine has in RAM, in MB (10^6 bytes); None where it cannot be known."""
    try:
        status = Path(f"/proc/{pid}/status").read_text(encoding="ascii", errors="replace")
    except OSError:
        return None
    found = re.search(r"^VmRSS:\s+(\d+) kB", status, re.MULTILINE)
    return int(found[1]) * 1024 / 1e6 if found else None


def resident_mb_at(url: str, api_key: str | None) -> float | None:
    """The same of a server elsewhere, as it tells Prometheus; None where it does not tell us."""
    headers = {"Authorization": f"Bearer {api_key}"} if api_key else {}
    try:
        reply = httpx.get(f"{url}/metrics", headers=headers, timeout=5.0)
    except httpx.HTTPError:
        return None
    found = _RESIDENT.search(reply.content) if reply.is_success else None
    return float(found[1]) / 1e6 if found else None


@dataclass(slots=True)
class Memory:
    """Samples of a server's memory: seconds from the first, and MB."""

    times_s: list[float] = field(default_factory=list)
    mb: list[float] = field(default_factory=list)

    def second_half(self) -> tuple[Floats, Floats]:
        """The later half, when caches are as full as they get soon."""
        start = len(self.times_s) // 2
        return np.array(self.times_s[start:]), np.array(self.mb[start:])


@contextmanager
def sampled(resident: Callable[[], float | None]) -> Iterator[Memory]:
    """While the block runs, look once a second."""
    memory, stop, begun = Memory(), threading.Event(), time.monotonic()

    def look() -> None:
        while True:
            found = resident()
            if found is not None:
                memory.times_s.append(time.monotonic() - begun)
                memory.mb.append(found)
            if stop.wait(SAMPLE_EVERY_S):
                return

    thread = threading.Thread(target=look, daemon=True)
    thread.start()
    try:
        yield memory
    finally:
        stop.set()
        thread.join()


def _settled(pid: int) -> None:
    """Wait until a server that has just started is done with preparing articles and suggestions."""
    ends, quiet = time.monotonic() + SETTLE_S, 0
    before = _processor_s(pid)
    while before is not None and quiet < 3 and time.monotonic() < ends:
        time.sleep(1.0)
        now = _processor_s(pid)
        quiet = quiet + 1 if now is not None and now - before < IDLE_SHARE else 0
        before = now


def _processor_s(pid: int) -> float | None:
    """Processor time that a process has taken, in seconds (Linux)."""
    try:
        fields = (
            Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace").rpartition(")")[2].split()
        )
    except OSError:
        return None
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
