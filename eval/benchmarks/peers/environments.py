"""Makes a virtual environment for each peer with pip, once, and finds it again.

Peers pin what Dateline must not have (torch, other versions of the same libraries), so each lives apart. Versions are
pinned here: a figure is of one version, and the next run should be of the same. `torch` is named first and pinned in
every environment so that no other package chooses it.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from ingest.errors import InvalidRequest, PermanentError

TORCH = "torch==2.13.0"
SENTENCE_TRANSFORMERS = "sentence-transformers==6.2.0"
INTERPRETERS = ("python3.13", "python3.12")
"""What a newer Python is called, best first; what is newer still lacks wheels of some peers."""

_STAMP = "requirements.sha256"
_PIP_TIMEOUT_S = 3600


@dataclass(frozen=True, slots=True)
class Environment:
    """What one peer needs; the first requirement is installed before the others. `python` is the oldest version it
    installs on, (major, minor)."""

    name: str
    requirements: tuple[str, ...]
    python: tuple[int, int] = (3, 11)


LLAMA_INDEX = Environment(
    "llama-index",
    (
        TORCH,
        SENTENCE_TRANSFORMERS,
        "llama-index-core==0.14.25",
        "llama-index-vector-stores-chroma==0.6.0",
        "llama-index-embeddings-huggingface==0.8.0",
        "chromadb==1.5.9",
    ),
)
TXTAI = Environment("txtai", (TORCH, "txtai==9.14.0", "chonkie==1.7.0"))
HAIKU_RAG = Environment(
    "haiku-rag",
    (
        TORCH,
        SENTENCE_TRANSFORMERS,
        "haiku.rag-slim[docling]==0.101.1",
        "pydantic-ai-slim[sentence-transformers]",
    ),
    python=(3, 12),
)


def interpreter() -> Path:
    """The Python that runs this, where Dateline and its dependencies are."""
    return Path(sys.executable)


def prepare(environment: Environment, root: Path, *, newer_python: Path | None) -> Path:
    """The Python of the peer's environment below `root`, made now, in minutes, unless an earlier run made the same one.

    Args:
        newer_python: used for a peer that this interpreter is too old for; None looks for one.

    Raises:
        InvalidRequest: no Python is new enough.
        PermanentError: pip could not install it; the message has the last lines it printed.
    """
    folder = root.absolute() / environment.name
    python = folder / "bin" / "python"
    base = _interpreter(environment, newer_python)
    stamp = hashlib.sha256(" ".join((str(base), *environment.requirements)).encode()).hexdigest()
    kept = folder / _STAMP
    if kept.is_file() and kept.read_text(encoding="ascii") == stamp and python.exists():
        return python
    shutil.rmtree(folder, ignore_errors=True)
    _run([str(base), "-m", "venv", str(folder)], environment)
    pip = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    # torch alone, before what depends on it: where pip is offered a build without CUDA, it then stays.
    for requirements in (environment.requirements[:1], environment.requirements):
        if requirements:
            _run([*pip, *requirements], environment)
    kept.write_text(stamp, encoding="ascii")
    return python


def _interpreter(environment: Environment, newer_python: Path | None) -> Path:
    if sys.version_info[:2] >= environment.python:
        return interpreter()
    if newer_python is not None:
        return newer_python
    for candidate in _newer_interpreters():
        if _version(candidate) >= environment.python:
            return candidate
    wanted = ".".join(str(part) for part in environment.python)
    raise InvalidRequest(
        f"{environment.name} needs Python {wanted} or newer and none was found (looked on the PATH and among pyenv's "
        f"for {', '.join(INTERPRETERS)}): name one with --newer-python"
    )


def _newer_interpreters() -> Iterator[Path]:
    pyenv = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv") / "versions"
    for name in INTERPRETERS:
        found = shutil.which(name)
        if found is not None:
            yield Path(found)
        yield from sorted(pyenv.glob(f"*/bin/{name}"), reverse=True)


def _version(python: Path) -> tuple[int, ...]:
    """The version of a Python; () when it does not run, as a shim of pyenv's for a version that is not chosen."""
    program = "import sys; print(*sys.version_info[:2])"
    try:
        done = subprocess.run(
            [str(python), "-c", program], capture_output=True, text=True, timeout=60, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return ()
    return tuple(int(part) for part in done.stdout.split()) if done.returncode == 0 else ()


def _run(command: Sequence[str], environment: Environment) -> None:
    clean = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "PYTHONHOME")}
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, env=clean, timeout=_PIP_TIMEOUT_S, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise PermanentError(f"{environment.name} could not be installed: {error}") from error
    if done.returncode != 0:
        lines = [line for line in (done.stderr + done.stdout).splitlines() if not line.startswith("WARNING")]
        raise PermanentError(f"{environment.name} could not be installed: {' | '.join(lines[-4:])}")


__all__ = ["HAIKU_RAG", "LLAMA_INDEX", "TXTAI", "Environment", "interpreter", "prepare"]
