"""The audit of dependencies: it believes a service only after a test question, and never takes silence for an answer.

pip-audit is real; the server that knows vulnerabilities stands on loopback and speaks OSV's API.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("pip_audit", reason="of the dev group")

from deploy.audit import CLEAN, KNOWN_BAD, UNKNOWN, VULNERABLE, audit

LOCK = "\n".join(f"{name} --hash=sha256:{'0' * 64}" for name in ("good==1.0", "bad==2.0")) + "\n"


def against(package: str, version: str) -> dict[str, Any]:
    """What OSV says about a package that is vulnerable up to this version."""
    return {
        "vulns": [
            {
                "id": "GHSA-test",
                "summary": "It falls over.",
                "affected": [
                    {
                        "package": {"name": package, "ecosystem": "PyPI"},
                        "ranges": [
                            {"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": version}]}
                        ],
                    }
                ],
            }
        ]
    }


@contextmanager
def osv(answer: Callable[[str], dict[str, Any]]) -> Iterator[str]:
    """A server that answers for each package by its name."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            body = json.dumps(answer(asked["package"]["name"])).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/v1/query"
        finally:
            server.shutdown()
            thread.join()


@pytest.fixture
def lock(tmp_path: Path) -> Path:
    """A lock of two packages."""
    path = tmp_path / "requirements.lock"
    path.write_text(LOCK)
    return path


def knowing(*packages: str) -> Callable[[str], dict[str, Any]]:
    """A service that knows something against these, and against what it is tested with."""
    return lambda name: against(name, "9.0") if name in (*packages, KNOWN_BAD.partition("==")[0]) else {}


def test_nothing_is_known(lock: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with osv(knowing()) as url:
        assert audit([lock, lock], url) == CLEAN
    assert capsys.readouterr().out == f"2 packages, 0 known vulnerabilities (asked: {url})\n"


def test_something_is_known(lock: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with osv(knowing("bad")) as url:
        assert audit([lock], url) == VULNERABLE
    first, second = capsys.readouterr().out.splitlines()
    assert first == "bad 2.0: GHSA-test, mended in 9.0"
    assert second.startswith("2 packages, 1 known vulnerabilities")


def test_a_service_that_knows_nothing_is_not_believed(lock: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with osv(lambda _: {}) as url:
        assert audit([lock], url) == UNKNOWN
    said = capsys.readouterr()
    assert "NOT AUDITED" in said.err
    assert f"knows of nothing against {KNOWN_BAD}" in said.err
    assert "0 known" not in said.out


def test_a_service_that_is_not_there_is_no_clean_bill(lock: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert audit([lock], "http://127.0.0.1:9/v1/query") == UNKNOWN
    assert "NOT AUDITED" in capsys.readouterr().err
