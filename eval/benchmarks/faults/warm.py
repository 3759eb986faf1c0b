"""Processes that begin with Dateline's libraries imported already, so that trials take a third of the time and random
moments fall into the work rather than into imports.

Python's fork server imports them once; each command is then a process of its own, with its own environment, working
folder and session, that runs what the command line runs.
"""

from __future__ import annotations

import ctypes
import multiprocessing
import os
import sys
from collections.abc import Mapping, Sequence
from multiprocessing.context import ForkServerProcess
from pathlib import Path

IMPORTED = (
    "chromadb",
    "onnxruntime",
    "tantivy",
    "tokenizers",
    "service.cli",
    "service.opening",
    "service.intake",
    "service.remote",
    "ingest.pipeline",
    "ingest.workforce",
    "eval.benchmarks.faults.doomed",
    "eval.benchmarks.faults.examining",
)

_processes = multiprocessing.get_context("forkserver")


def started(
    module: str,
    arguments: Sequence[str],
    environment: Mapping[str, str],
    folder: Path,
    out: Path,
    plain: bool,
) -> ForkServerProcess:
    """Start `main()` of a module as if by `python -m MODULE ARGUMENTS`; stdout and stderr go to files in `out`.

    `plain` takes root's right away to write what permissions forbid.
    """
    _processes.set_forkserver_preload([*IMPORTED])
    process = _processes.Process(
        target=_become, args=(module, tuple(arguments), dict(environment), str(folder), str(out), plain)
    )
    process.start()
    return process


def _become(
    module: str,
    arguments: Sequence[str],
    environment: Mapping[str, str],
    folder: str,
    out: str,
    plain: bool,
) -> None:
    import importlib

    os.setsid()
    for number, name in ((1, "stdout"), (2, "stderr")):
        os.dup2(os.open(Path(out) / name, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), number)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(folder)
    if plain:
        _give_up_override()
    sys.argv = [module, *arguments]
    importlib.import_module(module).main()


CAPABILITY_VERSION = 0x20080522
OVERRIDES = 0b110
"""CAP_DAC_OVERRIDE and CAP_DAC_READ_SEARCH (capabilities(7)) as a mask."""


def _give_up_override() -> None:
    """Let permissions hold for this process although it is root's (capset(2)); nothing happens for others."""
    if os.geteuid() != 0:
        return
    libc = ctypes.CDLL(None, use_errno=True)
    header = (ctypes.c_uint32 * 2)(CAPABILITY_VERSION, 0)
    held = (ctypes.c_uint32 * 6)()  # effective, permitted, inheritable; twice
    if libc.capget(header, held) != 0:
        raise OSError(ctypes.get_errno(), "capget")
    held[0] &= ~OVERRIDES
    held[1] &= ~OVERRIDES
    if libc.capset(header, held) != 0:
        raise OSError(ctypes.get_errno(), "capset")
