"""How much time and memory a file may take to become text, and what is said of one that takes more.

A process of its own is held to these by the operating system, since parsers written in C cannot be interrupted from
within: Linux enforces processor time and address space, macOS the time only, Windows neither. Everywhere the clock
is watched from outside, so that no file takes for ever; `unenforced` says in words what is missing.
"""

from __future__ import annotations

import re
import signal
import sys
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from ingest.errors import UnreadableArticle

BYTES_PER_MB = 1_000_000
CLOCK_FACTOR = 3.0
"""A busy machine gives a process a fraction of a core: by the clock, a file may take so many times its time limit."""

_OWN_SIZE = Path("/proc/self/statm")


@dataclass(frozen=True)
class ReadLimits:
    """Of one file: seconds of processor time (and `CLOCK_FACTOR` times as many by the clock), and MB (10^6 bytes) of
    memory besides what the parser itself takes. `max_text_mb` bounds the text that comes out."""

    timeout_s: float = 10.0
    memory_mb: float = 1000.0
    max_text_mb: float = 20.0

    @property
    def clock_s(self) -> float:
        """Seconds by the clock after which a file is given up."""
        return self.timeout_s * CLOCK_FACTOR


def unenforced() -> str | None:
    """What this platform does not enforce, in words; None when everything is."""
    platform: str = sys.platform
    if platform == "linux":
        return None
    if platform == "win32":
        return "Windows: HTML and PDF files are limited in time by the clock only, and not in memory"
    return f"{platform}: HTML and PDF files are limited in time, and not in memory"


def confine_for_good() -> None:
    """What this process never needs: it may write no file, leave no core dump, and is the first to go when the
    machine runs out of memory. Does what the platform can."""
    if sys.platform == "win32":
        return
    import resource

    if sys.platform == "linux":
        with suppress(OSError):
            Path("/proc/self/oom_score_adj").write_text("1000")
    for kind in (resource.RLIMIT_CORE, resource.RLIMIT_FSIZE):
        resource.setrlimit(kind, (0, 0))


def confine_for_file(limits: ReadLimits) -> None:
    """Allow this process, for the next file, `limits` beyond what it takes now. Exceeding the time ends it with
    SIGPROF; exceeding the memory raises MemoryError."""
    if sys.platform == "win32":
        return
    import resource

    signal.setitimer(
        signal.ITIMER_PROF, limits.timeout_s
    )  # finer than RLIMIT_CPU, which counts whole seconds
    if sys.platform == "linux":
        hard = resource.getrlimit(resource.RLIMIT_AS)[1]
        soft = own_size_bytes() + int(limits.memory_mb * BYTES_PER_MB)
        resource.setrlimit(
            resource.RLIMIT_AS, (soft if hard == resource.RLIM_INFINITY else min(soft, hard), hard)
        )


def release_after_file() -> None:
    """The file is read: what follows is not counted."""
    if sys.platform != "win32":
        signal.setitimer(signal.ITIMER_PROF, 0)


def own_size_bytes() -> int:
    """The address space of this process; 0 where it is not known."""
    if sys.platform != "linux":
        return 0
    import resource

    return int(_OWN_SIZE.read_text().split()[0]) * resource.getpagesize()


def peak_size_bytes() -> int:
    """The most that the address space of this process has ever been; 0 where it is not known."""
    try:
        status = Path("/proc/self/status").read_text()
    except OSError:
        return 0
    found = re.search(r"^VmPeak:\s+(\d+) kB", status, re.MULTILINE)
    return int(found[1]) * 1024 if found else 0


def too_slow(source: str, timeout_s: float) -> UnreadableArticle:
    """The error for a file that ran out of time."""
    return UnreadableArticle(
        f"{source}: took longer than {timeout_s:g} s to read; save its text as .txt, or raise read_timeout_s "
        "(DATELINE_READ_TIMEOUT_S)"
    )


def too_large(source: str, memory_mb: float) -> UnreadableArticle:
    """The error for a file that ran out of memory."""
    return UnreadableArticle(
        f"{source}: needs more than {memory_mb:g} MB to read; save its text as .txt, or raise read_memory_mb "
        "(DATELINE_READ_MEMORY_MB)"
    )


def too_much_text(source: str, max_text_mb: float) -> UnreadableArticle:
    """The error for a small file that unfolds to more text than any file may hold."""
    return UnreadableArticle(
        f"{source}: unfolds to more than {max_text_mb:g} MB of text; split it, or raise max_file_mb "
        "(DATELINE_MAX_FILE_MB)"
    )
