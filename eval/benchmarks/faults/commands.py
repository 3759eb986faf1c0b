"""Running `dateline` as its users do, in processes of their own, and judging how those end."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from multiprocessing.context import ForkServerProcess
from pathlib import Path

from eval.benchmarks.faults import warm
from eval.benchmarks.own_process import PROJECT

LIMIT_S = 600.0
GONE_WITHIN_S = 5.0
EXPLAINED = (0, 1, 3)
"""Exit codes that a command may end with: done, abstained, failed with the reason on stderr."""
COMMAND_LINE = "service.cli"
_UNEXPLAINED = re.compile(r"Traceback \(most recent call last\)|error: unexpected ")
"""A line of Chroma's Rust half that it panicked may stand before an error that explains what to do."""


@dataclass(frozen=True, slots=True)
class Ended:
    """How a command ended; `code` is negative for a signal, None for one that did not end in time."""

    arguments: tuple[str, ...]
    code: int | None
    stdout: str
    stderr: str
    seconds: float

    @property
    def name(self) -> str:
        """The command, without its options."""
        return next((one for one in self.arguments if one[:1].isalpha()), "the look at the index")

    @property
    def said(self) -> str:
        """Its last line on stderr."""
        return (self.stderr.strip().splitlines() or ["it said nothing"])[-1]

    def unexplained(self) -> str | None:
        """What explains nothing about how it ended: a traceback, a crash, silence. None where all is told."""
        if self.code is None:
            return f"{self.name} did not end within {LIMIT_S:.0f} s: {self.said}"
        if self.code not in EXPLAINED:
            how = f"signal {-self.code}" if self.code < 0 else f"code {self.code}"
            return f"{self.name} ended with {how}: {self.said}"
        if _UNEXPLAINED.search(self.stderr):
            return f"{self.name} showed a traceback: {self.said}"
        if self.code == 3 and "error: " not in self.stderr and self.name != "doctor":
            return f"{self.name} failed without a reason: {self.said}"
        return None


@dataclass(slots=True)
class Dateline:
    """The command line with settings of its own; nothing of the caller's environment reaches it but the cache."""

    data_dir: Path
    settings: Mapping[str, str] = field(default_factory=dict)
    plain: bool = False
    """Whether permissions hold although the caller is root; not together with `cold`."""
    cold: bool = False
    """Whether processes are started by `python -m`, as those with a preloaded library have to be."""

    def environment(self) -> dict[str, str]:
        """What a process is started with."""
        kept = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("DATELINE_", "OPENAI_", "SLACK_")) or name == "DATELINE_CACHE_DIR"
        }
        return {**kept, "PYTHONPATH": str(PROJECT), "PYTHONUTF8": "1", "COLUMNS": "400", **self.settings}

    def start(self, *arguments: str, module: str = COMMAND_LINE) -> Running:
        """Start a command and give its process."""
        out = Path(tempfile.mkdtemp(prefix="dateline-said-"))
        given = ("--data-dir", str(self.data_dir), *arguments)
        process: subprocess.Popen[bytes] | ForkServerProcess
        if not self.cold:
            process = warm.started(module, given, self.environment(), PROJECT, out, self.plain)
            return Running(process, arguments, out, time.monotonic())
        with (out / "stdout").open("wb") as stdout, (out / "stderr").open("wb") as stderr:
            process = subprocess.Popen(
                [sys.executable, "-m", module, *given],
                stdin=subprocess.DEVNULL,
                stdout=stdout,
                stderr=stderr,
                env=self.environment(),
                cwd=PROJECT,
                start_new_session=True,
            )
        return Running(process, arguments, out, time.monotonic())

    def run(self, *arguments: str, module: str = COMMAND_LINE) -> Ended:
        """Run a command to its end."""
        return self.start(*arguments, module=module).ended()


@dataclass(slots=True)
class Running:
    """A command under way, in a session of its own."""

    process: subprocess.Popen[bytes] | ForkServerProcess
    arguments: tuple[str, ...]
    out: Path
    started: float

    @property
    def pid(self) -> int:
        """Of its process."""
        return self.process.pid or 0

    def code(self) -> int | None:
        """Its exit code; None while it runs."""
        if isinstance(self.process, subprocess.Popen):
            return self.process.poll()
        return self.process.exitcode

    def wait(self, limit_s: float) -> int | None:
        """Its exit code, waited for; None if it still runs."""
        if not isinstance(self.process, subprocess.Popen):
            self.process.join(limit_s)
            return self.process.exitcode
        try:
            return self.process.wait(limit_s)
        except subprocess.TimeoutExpired:
            return None

    def ended(self, limit_s: float = LIMIT_S) -> Ended:
        """Wait for its end; one that does not come is killed. To be called once."""
        code = self.wait(limit_s)
        if code is None:
            self.process.kill()
            self.wait(LIMIT_S)
        stdout, stderr = self._text("stdout"), self._text("stderr")
        shutil.rmtree(self.out, ignore_errors=True)
        return Ended(self.arguments, code, stdout, stderr, time.monotonic() - self.started)

    def said(self) -> str:
        """What it has said on stdout and stderr so far."""
        return self._text("stdout") + self._text("stderr")

    def kill_after(self, delay_s: float) -> bool:
        """`kill -9` after a while, counted from its start; whether it was still at work."""
        self.wait(max(0.0, self.started + delay_s - time.monotonic()))
        at_work = self.code() is None
        self.process.kill()
        self.wait(LIMIT_S)
        return at_work

    def orphans(self) -> int:
        """How many processes it has left behind a few seconds after its end; they are killed."""
        deadline = time.monotonic() + GONE_WITHIN_S
        while left := in_session(self.pid):
            if time.monotonic() > deadline:
                for pid in left:
                    os.kill(pid, signal.SIGKILL)
                return len(left)
            time.sleep(0.05)
        return 0

    def _text(self, name: str) -> str:
        try:
            return (self.out / name).read_text(encoding="utf-8", errors="replace")
        except OSError:
            return ""


def in_session(session: int) -> list[int]:
    """The processes of a session, zombies left out, as Linux tells them; none elsewhere."""
    found = []
    for place in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = place.read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
        except OSError:
            continue
        if fields[0] != "Z" and int(fields[3]) == session:
            found.append(int(place.parent.name))
    return found
