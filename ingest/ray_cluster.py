"""A connection to a Ray cluster: one that runs already, or a small one on this machine for the time of an ingest.

The cluster on this machine listens on the loopback interface only, asks for a token that nobody else has, shows no
dashboard, reports no usage to anybody, keeps its logs in a folder that goes with it, and ends with this process, also
with one that is killed. A cluster that runs already keeps the settings it was started with.
"""

from __future__ import annotations

import logging
import os
import secrets
import shutil
import socket
import tempfile
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from ingest.errors import SettingsError, UpstreamUnavailable

log = logging.getLogger(__name__)

LOCAL = "local"
"""The address that stands for a cluster of one's own, on this machine."""

OBJECT_STORE_BYTES = 256_000_000
"""What a local cluster keeps of files and results on their way; more goes to disk."""

REACH_TIMEOUT_S = 10.0

EVERYWHERE: Mapping[str, str] = {
    "RAY_USAGE_STATS_ENABLED": "0",  # no telemetry
    "RAY_ENABLE_UV_RUN_RUNTIME_ENV": "0",  # under `uv run` Ray would send the working folder to every worker
}
LOCALLY: Mapping[str, str] = {
    "RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0",  # Ray's switch for one machine only: everything binds to loopback
    "RAY_AUTH_MODE": "token",
}
"""What Ray reads from the environment, when it is imported and in the processes it starts."""

_SHORT_TEMP = Path("/tmp")  # sockets lie in it, and their paths may have 107 characters


def require_ray() -> None:
    """Raises SettingsError where Ray is not installed. It is not imported: that takes a second."""
    if find_spec("ray") is None:
        raise SettingsError(
            "--engine ray needs the package ray: pip install 'dateline[ray]', here and on every machine of the cluster"
        )


class RayCluster:
    """A connection, from `connect` to `close`.

    Ray's processes on this machine end with the *thread* that started them, so that a thread that lasts as long as
    the connection starts and stops them.
    """

    def __init__(self, address: str | None, workers: int) -> None:
        """`address` None means RAY_ADDRESS, else a cluster on this machine with `workers` cores (0: all)."""
        self.address = address or os.environ.get("RAY_ADDRESS") or LOCAL
        self._workers = workers
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="ingest-ray")
        self._folder: Path | None = None
        self._connected = False

    def connect(self) -> Any:
        """Ray's module, connected. Ray has to be installed (`require_ray`).

        Raises:
            UpstreamUnavailable: the cluster cannot be reached or started.
        """
        return self._thread.submit(self._connect).result()

    def close(self) -> None:
        """Leave the cluster; one on this machine ends. Waits for a `connect` under way."""
        self._thread.submit(self._disconnect).result()
        self._thread.shutdown()

    def _connect(self) -> Any:
        os.environ.update(EVERYWHERE)
        if self.address == LOCAL:
            os.environ.update(LOCALLY)
            os.environ.setdefault("RAY_AUTH_TOKEN", secrets.token_hex(32))
        else:
            _reach(self.address)
        import ray  # after the environment, which it reads now

        if ray.is_initialized():  # by a program that uses Dateline as a library: its connection, its settings
            return ray
        try:
            if self.address == LOCAL:
                self._folder = Path(tempfile.mkdtemp(prefix="dateline-ray-", dir=_temp()))
                ray.init(
                    address=LOCAL,
                    num_cpus=self._workers or None,
                    num_gpus=0,
                    include_dashboard=False,
                    object_store_memory=OBJECT_STORE_BYTES,
                    log_to_driver=False,
                    logging_level=logging.ERROR,
                    _temp_dir=str(self._folder),
                )
            else:
                ray.init(address=self.address, log_to_driver=False, logging_level=logging.ERROR)
        except Exception as error:  # ConnectionError, RuntimeError, ValueError and Ray's own share no class
            self._forget_folder()
            raise UpstreamUnavailable(_no_cluster(self.address, error)) from error
        self._connected = True
        _tell_on_stdout(ray, False)
        return ray

    def _disconnect(self) -> None:
        if self._connected:
            import ray

            ray.shutdown()
            _tell_on_stdout(ray, True)
            self._connected = False
        self._forget_folder()

    def _forget_folder(self) -> None:
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)
            self._folder = None


def _reach(address: str) -> None:
    """Raises UpstreamUnavailable where nobody listens at HOST:PORT: Ray itself would go on trying for many minutes."""
    host, _, port = address.removeprefix("ray://").rpartition(":")
    if not (host and port.isdigit()):
        return  # `auto`, and whatever else Ray may know
    try:
        socket.create_connection((host.strip("[]"), int(port)), timeout=REACH_TIMEOUT_S).close()
    except (OSError, OverflowError) as error:
        raise UpstreamUnavailable(_no_cluster(address, error)) from error


def _tell_on_stdout(ray: Any, wanted: bool) -> None:
    """Whether Ray may print what happens to workers, on stdout, where programs read a report. Ray has no setting for
    it; its debugger uses the same switch."""
    ray._private.worker._worker_logs_enabled = wanted


def _temp() -> str | None:
    return str(_SHORT_TEMP) if _SHORT_TEMP.is_dir() else None


def _no_cluster(address: str, error: Exception) -> str:
    reason = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
    if address == LOCAL:
        return f"no Ray cluster could be started on this machine: {reason}"
    return (
        f"the Ray cluster at {address} cannot be reached: {reason}. Is it running, with the same versions of Python "
        "and Ray, and is this its address? Without an address (--ray-address, RAY_ADDRESS) one is started here"
    )


__all__ = ["LOCAL", "RayCluster", "require_ray"]
