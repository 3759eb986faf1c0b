"""A real Redis server for tests, and servers that only pretend to be one: on loopback, with a folder of their own."""

from __future__ import annotations

import contextlib
import re
import shutil
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Self
from urllib.parse import quote

import pytest

PROGRAM = shutil.which("redis-server")
START_TIMEOUT_S = 30.0

needs_redis = [
    pytest.mark.topology,
    pytest.mark.skipif(PROGRAM is None, reason="redis-server is not installed"),
]


class RedisServer:
    """One server. What it was given survives `kill` and `start`. A context manager."""

    def __init__(self, folder: Path, *, password: str = "") -> None:
        self.folder = folder
        self.password = password
        self.port = free_port()
        self.socket = folder / "redis.sock"
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Its address, with the password."""
        return f"redis://:{quote(self.password, safe='')}@127.0.0.1:{self.port}/0"

    def patient_url(self, timeout_s: int = 30) -> str:
        """The same for tests in which a machine that is busy must not be taken for a server that is gone."""
        return f"{self.url}?socket_timeout={timeout_s}&socket_connect_timeout={timeout_s}"

    def start(self) -> None:
        """Start it, and wait until it answers."""
        assert PROGRAM is not None
        command = [PROGRAM, "--bind", "127.0.0.1", "--port", str(self.port), "--dir", str(self.folder)]
        command += ["--appendonly", "yes", "--appendfsync", "always", "--save", ""]
        command += ["--unixsocket", str(self.socket)]
        command += ["--requirepass", self.password] if self.password else []
        with (self.folder / "redis.log").open("ab") as log:
            self._process = subprocess.Popen(command, stdout=log, stderr=log)
        deadline = time.monotonic() + START_TIMEOUT_S
        while time.monotonic() < deadline:
            with (
                contextlib.suppress(OSError),
                socket.create_connection(("127.0.0.1", self.port), 1) as opened,
            ):
                opened.sendall(b"PING\r\n")
                if opened.recv(100)[:5] in (b"+PONG", b"-NOAU"):
                    return
            time.sleep(0.02)
        raise AssertionError((self.folder / "redis.log").read_text("utf-8"))

    def kill(self) -> None:
        """End it as a crash would."""
        if self._process is not None:
            self._process.send_signal(signal.SIGCONT)
            self._process.kill()
            self._process.wait()
            self._process = None

    def stop_answering(self) -> None:
        """Let connections come about and nothing come back."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)

    def answer_again(self) -> None:
        """Go on."""
        assert self._process is not None
        self._process.send_signal(signal.SIGCONT)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()


class PretendedServer:
    """Speaks Redis's protocol without being one: what it replies to a command is in `replies`, OK to all others; once
    `silent`, nothing comes back. `commands` has the names of all it was sent. A context manager."""

    def __init__(self, replies: Mapping[str, bytes] | None = None, *, silent: bool = False) -> None:
        self.replies = dict(replies or {})
        self.silent = silent
        self.commands: list[str] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._opened: list[socket.socket] = []
        self.url = f"redis://:hunter2@127.0.0.1:{self._listener.getsockname()[1]}/0"
        self._thread = threading.Thread(target=self._accept, daemon=True)

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                opened, _ = self._listener.accept()
                self._opened.append(opened)
                threading.Thread(target=self._converse, args=(opened,), daemon=True).start()

    def _converse(self, opened: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while packet := opened.recv(65536):
                for name in re.findall(rb"\*\d+\r\n\$\d+\r\n([A-Z]+)", packet):
                    self.commands.append(name.decode())
                    if not self.silent:
                        opened.sendall(self.replies.get(name.decode(), b"+OK\r\n"))

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join()
        for opened in self._opened:
            opened.close()


class Interrupted:
    """Passes on what is said to a server and what it replies, and cuts the first connection whose packet holds `marked`
    once the server has done it, before the reply. A context manager."""

    def __init__(self, port: int, marked: bytes) -> None:
        self.cuts = 0
        self._port = port
        self._marked = marked
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._thread = threading.Thread(target=self._accept, daemon=True)

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                opened, _ = self._listener.accept()
                threading.Thread(target=self._pass_on, args=(opened,), daemon=True).start()

    def _pass_on(self, opened: socket.socket) -> None:
        with (
            contextlib.suppress(OSError),
            opened,
            socket.create_connection(("127.0.0.1", self._port)) as server,
        ):
            while packet := opened.recv(65536):
                server.sendall(packet)
                reply = server.recv(65536)
                if self._marked in packet and not self.cuts:
                    self.cuts += 1
                    return
                opened.sendall(reply)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join()


def free_port() -> int:
    """A port of loopback that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as opened:
        port: int = opened.getsockname()[1]
        return port


def eventually(condition: Callable[[], bool]) -> None:
    """Return as soon as it is true."""
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline, "it never came about"
        time.sleep(0.02)
