"""What docker-compose.yml and a load balancer run, as processes of this machine: a Chroma server, replicas, nginx.

`scripts/topology` shows it to a person; tests and load runs break its parts. Each part writes a log into the folder
of the topology, and all of them listen on loopback only.
"""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

import httpx

from ingest.errors import SettingsError, UpstreamUnavailable

START_TIMEOUT_S = 60.0
STOP_TIMEOUT_S = 20.0
NGINX_SITE = Path(__file__).resolve().parent.parent.parent / "deploy" / "nginx" / "dateline.conf"

_NGINX = """\
worker_processes 1;
daemon off;
pid {folder}/nginx.pid;
error_log {folder}/nginx-error.log warn;
events {{ worker_connections 1024; }}
http {{
    access_log off;
    client_body_temp_path {folder}/nginx-body;
    proxy_temp_path {folder}/nginx-proxy;
    fastcgi_temp_path {folder}/nginx-fastcgi;
    uwsgi_temp_path {folder}/nginx-uwsgi;
    scgi_temp_path {folder}/nginx-scgi;
    upstream dateline {{
        least_conn;
{servers}
    }}
    server {{
        listen 127.0.0.1:{port};
        include {site};
    }}
}}
"""


@dataclass(slots=True)
class Part:
    """One process: how it is started, and where it answers once it is ready."""

    name: str
    command: Sequence[str]
    environment: Mapping[str, str]
    ready_url: str
    log: Path
    process: subprocess.Popen[bytes] | None = None
    patience_s: float = START_TIMEOUT_S

    def start(self) -> None:
        """Start it, and wait until it answers.

        Raises:
            UpstreamUnavailable: it ended, or did not answer in time; the message ends with its last words.
        """
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                self.command, env=dict(self.environment), stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )
        deadline = time.monotonic() + self.patience_s
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                raise UpstreamUnavailable(f"{self.name} ended with {self.process.returncode}: {self.said()}")
            try:
                if httpx.get(self.ready_url, timeout=2.0, trust_env=False).status_code < 500:
                    return
            except httpx.HTTPError:
                pass
            time.sleep(0.1)
        raise UpstreamUnavailable(f"{self.name} was not ready after {self.patience_s:g} s: {self.said()}")

    def stop(self) -> None:
        """End it in good order: SIGTERM, and SIGKILL where that does not help."""
        if self.process is None or self.process.poll() is not None:
            return
        self.process.terminate()
        try:
            self.process.wait(STOP_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            self.kill()

    def kill(self) -> None:
        """End it as a crash would: SIGKILL."""
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait()

    def restart(self) -> None:
        """Stop it in good order, then start it again at the same address."""
        self.stop()
        self.start()

    def said(self) -> str:
        """The last lines of its log."""
        return " / ".join(self.log.read_text(encoding="utf-8", errors="replace").splitlines()[-5:])


class Topology:
    """A Chroma server, replicas of the service over it, and nginx before them. A context manager."""

    def __init__(
        self,
        folder: Path,
        *,
        replicas: int = 2,
        balanced: bool = True,
        settings: Mapping[str, str] | None = None,
    ) -> None:
        """`folder` takes the data and the logs. `settings` are further environment variables of the replicas.
        Without `balanced` there is no nginx.

        Raises:
            SettingsError: nginx is wanted and not installed.
        """
        if balanced and shutil.which("nginx") is None:
            raise SettingsError("nginx is not installed: apt-get install nginx, or do without it")
        self.folder = folder.resolve()
        self.folder.mkdir(parents=True, exist_ok=True)
        ports = _free_ports(replicas + 2)
        self.chroma_url = f"http://127.0.0.1:{ports[0]}"
        self.environment = {
            **{
                name: value
                for name, value in os.environ.items()
                if not name.startswith(("DATELINE_", "OPENAI_"))
            },
            "DATELINE_CHROMA_URL": self.chroma_url,
            **_kept("DATELINE_CACHE_DIR"),
            **(settings or {}),
        }
        self.chroma = self._chroma(ports[0])
        self.replicas = [self._replica(number, port) for number, port in enumerate(ports[2:], start=1)]
        self.balancer = self._balancer(ports[1], ports[2:]) if balanced else None
        self.url = f"http://127.0.0.1:{ports[1] if balanced else ports[2]}"

    def __enter__(self) -> Self:
        try:
            for part in self.parts():
                part.start()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def parts(self) -> list[Part]:
        """Every part, in the order in which they are started."""
        return [self.chroma, *self.replicas, *([self.balancer] if self.balancer else [])]

    def close(self) -> None:
        """Stop every part, the last first."""
        for part in reversed(self.parts()):
            part.stop()

    def dateline(self, *arguments: str, data_dir: str = "command") -> subprocess.CompletedProcess[str]:
        """Run a `dateline` command over the same Chroma server, as another machine would."""
        return subprocess.run(
            [sys.executable, "-m", "service.cli", "--data-dir", str(self.folder / data_dir), *arguments],
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )

    def _chroma(self, port: int) -> Part:
        program = Path(sys.executable).with_name("chroma")
        command = [str(program), "run", "--path", str(self.folder / "chroma"), "--port", str(port)]
        return Part(
            "chroma",
            command,
            self.environment,
            f"{self.chroma_url}/api/v2/heartbeat",
            self.folder / "chroma.log",
        )

    def _replica(self, number: int, port: int) -> Part:
        name = f"replica-{number}"
        command = [sys.executable, "-m", "service.cli", "--data-dir", str(self.folder / name), "serve"]
        command += ["--port", str(port)]
        url = f"http://127.0.0.1:{port}/healthz"
        return Part(name, command, self.environment, url, self.folder / f"{name}.log")

    def _balancer(self, port: int, replica_ports: Sequence[int]) -> Part:
        servers = "\n".join(f"        server 127.0.0.1:{replica} max_fails=0;" for replica in replica_ports)
        configuration = self.folder / "nginx.conf"
        configuration.write_text(
            _NGINX.format(folder=self.folder, servers=servers, port=port, site=NGINX_SITE), encoding="utf-8"
        )
        command = [
            "nginx",
            "-p",
            str(self.folder),
            "-c",
            str(configuration),
            "-e",
            str(self.folder / "nginx.log"),
        ]
        url = f"http://127.0.0.1:{port}/healthz"
        return Part("nginx", command, self.environment, url, self.folder / "nginx.log")


def show(folder: Path, replicas: int, tell: Callable[[str], None]) -> None:
    """Run a topology until Ctrl-C, saying where its parts are."""
    with Topology(folder, replicas=replicas) as topology:
        tell(f"Chroma     {topology.chroma_url}")
        for part in topology.replicas:
            tell(f"{part.name}  {part.ready_url.removesuffix('/healthz')}")
        tell(f"nginx      {topology.url}")
        tell(
            f"Ingest with: DATELINE_CHROMA_URL={topology.chroma_url} dateline ingest FOLDER   (Ctrl-C stops all)"
        )
        signal.pause()


def _free_ports(count: int) -> list[int]:
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [opened.getsockname()[1] for opened in sockets]
    for opened in sockets:
        opened.close()
    return ports


def _kept(name: str) -> dict[str, str]:
    return {name: os.environ[name]} if name in os.environ else {}
