"""The workers of one ingest on a Ray cluster: jobs go to the one with the fewest, and survive the loss of any.

Ray starts a lost worker anew and repeats what it was doing, `RAY_RETRIES` times. What has been lost oftener is run by a
worker of its own, so that a job that ends its workers is told from those that happened to wait behind it.
"""

from __future__ import annotations

import logging
import threading
import time
from typing import Any

import numpy as np

from ingest.embedding import Embedder
from ingest.errors import DatelineError, SettingsError, UpstreamUnavailable
from ingest.ray_cluster import RayCluster
from ingest.ray_worker import PROBE, Worker, WorkerFacts, WorkTerms, code_digest

log = logging.getLogger(__name__)

RAY_RETRIES = 2
ALONE_ATTEMPTS = 2
ATTEMPTS = 1 + RAY_RETRIES + ALONE_ATTEMPTS
START_TIMEOUT_S = 300.0
"""For the first worker. A cluster that is scaled by demand takes minutes for a new machine."""

JOB_TIMEOUT_S = 900.0
"""A job, the wait for its turn included, that takes longer is taken for lost: the longest seen is seconds."""

SAME_PROBE = 1e-3
"""How far the cosine of two vectors of one text may be from 1: rounding on other processors, not another model."""


class WorkerLost(Exception):
    """A job ended every worker it was given to; one that caught it has somebody else to blame than the cluster."""


class Job:
    """Something a worker was asked for. `what` names it for people."""

    __slots__ = ("arguments", "losses", "method", "ref", "what", "worker")

    def __init__(self, what: str, method: str, arguments: tuple[Any, ...]) -> None:
        self.what = what
        self.method = method
        self.arguments = arguments
        self.worker = -1
        self.ref: Any = None
        self.losses = 0


class RayPool:
    """Connects when it is made. Safe to share between threads; each job's result is fetched once."""

    def __init__(self, cluster: RayCluster, terms: WorkTerms, embedder: Embedder, workers: int) -> None:
        """`workers` 0 means one for each core of the cluster; `embedder` is what theirs have to agree with.

        Raises:
            SettingsError: Ray is not installed, or the workers have another Dateline or embedder.
            UpstreamUnavailable: no cluster, or no worker on it within `START_TIMEOUT_S`.
        """
        self._ray = cluster.connect()
        self._terms = terms
        self._embedder = embedder
        self._where = f"the Ray cluster ({cluster.address})"
        self._lock = threading.Lock()
        self._probe = embedder.embed([PROBE])[0]
        cores = int(self._ray.cluster_resources().get("CPU", 0))
        self.size = workers or cores
        if self.size < 1:
            raise UpstreamUnavailable(f"{self._where} has no cores for workers")
        if self.size > cores:
            log.warning(
                "%s has %d cores for %d workers; those without one wait", self._where, cores, self.size
            )
        made = [self._new_worker(1.0) for _ in range(self.size)]
        self._coming = {worker.facts.remote(): worker for worker in made}
        self._workers: list[Any] = []
        self._load: list[int] = []
        self.rounded_otherwise: set[str] = set()
        """Hosts whose processors give vectors that are the same but for rounding."""
        self._admit(START_TIMEOUT_S)

    def submit(self, what: str, method: str, *arguments: Any) -> Job:
        """Give a job to the worker with the fewest. Does not wait."""
        job = Job(what, method, arguments)
        with self._lock:
            if self._coming:
                self._admit(0)
            job.worker = min(range(len(self._load)), key=self._load.__getitem__)
            self._load[job.worker] += 1
            job.ref = getattr(self._workers[job.worker], method).remote(*arguments)
        return job

    def result(self, job: Job) -> Any:
        """What came of it; waits.

        Raises:
            WorkerLost: the job ended its workers, again and again, also one that had nothing else to do.
            DatelineError: what the worker raised; UpstreamUnavailable too when the cluster is lost.
        """
        try:
            return self._fetch(job.ref, job.what)
        except WorkerLost:
            log.warning("the worker of %s was lost; it is done again", job.what)
        finally:
            with self._lock:
                self._load[job.worker] -= 1
        for _ in range(ALONE_ATTEMPTS):
            job.losses += 1
            worker = self._new_worker(0.0)
            try:
                self._agrees(self._started(worker.facts.remote()))
                return self._fetch(getattr(worker, job.method).remote(*job.arguments), job.what)
            except WorkerLost:
                continue
            finally:
                self._ray.kill(worker)
        raise WorkerLost(job.what)

    def process_ids(self) -> list[int]:
        """Of the workers that are running, for whoever wants to watch them."""
        with self._lock:
            workers = list(self._workers)
        return [self._fetch(worker.facts.remote(), "a worker").process_id for worker in workers]

    def close(self) -> None:
        """End the workers, whatever they are doing."""
        with self._lock:
            workers = [*self._workers, *self._coming.values()]
        for worker in workers:
            self._ray.kill(worker)

    def _new_worker(self, cores: float) -> Any:
        """A worker with this many cores reserved; 0 finds a place on a full cluster, too."""
        retries = RAY_RETRIES if cores else 0
        remote = self._ray.remote(num_cpus=cores, max_restarts=-1 if cores else 0, max_task_retries=retries)
        return remote(Worker).remote(self._terms)

    def _admit(self, timeout_s: float) -> None:
        """Take on workers that have started; with a time-out, wait for the first."""
        ready, _ = self._ray.wait(list(self._coming), num_returns=1, timeout=timeout_s)
        if not ready and not self._workers:
            raise UpstreamUnavailable(
                f"{self._where} started no worker in {timeout_s:.0f} s: are its cores in use? "
                "Run again when it has some free"
            )
        others, _ = self._ray.wait(list(self._coming), num_returns=len(self._coming), timeout=0)
        for ref in dict.fromkeys([*ready, *others]):
            self._agrees(self._started(ref))
            self._workers.append(self._coming.pop(ref))
            self._load.append(0)

    def _started(self, ref: Any) -> WorkerFacts:
        """Who a new worker is."""
        try:
            facts = self._fetch(ref, "a worker that starts")
        except WorkerLost as error:
            raise UpstreamUnavailable(
                f"{self._where} cannot start a worker: {error}. Is Dateline installed on every machine of it?"
            ) from error
        assert isinstance(facts, WorkerFacts)
        return facts

    def _agrees(self, facts: WorkerFacts) -> None:
        """Raises SettingsError where a worker would make something else of an article than this process."""
        if facts.code != code_digest():
            raise SettingsError(
                f"{facts.host} has another version of Dateline than this machine; install the same on all of them"
            )
        cosine = float(np.dot(facts.probe, self._probe)) if facts.probe.shape == self._probe.shape else 0.0
        if facts.fingerprint != self._embedder.fingerprint or abs(1 - cosine) > SAME_PROBE:
            raise SettingsError(
                f"the embedder on {facts.host} ({facts.fingerprint}) gives other vectors than the one here "
                f"({self._embedder.fingerprint})"
            )
        if not np.array_equal(facts.probe, self._probe):
            self.rounded_otherwise.add(facts.host)

    def _fetch(self, ref: Any, what: str) -> Any:
        """A job's value. Raises as `result`, WorkerLost at the first loss."""
        errors = self._ray.exceptions
        started = time.monotonic()
        try:
            return self._ray.get(ref, timeout=JOB_TIMEOUT_S)
        except errors.RayTaskError as error:
            cause = error.cause
            if isinstance(cause, DatelineError):
                raise cause from None
            raise UpstreamUnavailable(f"{what} failed in a worker: {cause}") from error
        except (
            errors.RayActorError,
            errors.WorkerCrashedError,
            errors.NodeDiedError,
            errors.ObjectLostError,
            errors.OutOfMemoryError,
            errors.GetTimeoutError,
        ) as error:
            log.info("%s: lost after %.0f s: %s", what, time.monotonic() - started, error)
            raise WorkerLost(_first_line(error)) from error
        except errors.RayError as error:
            raise UpstreamUnavailable(
                f"{self._where} is lost: {_first_line(error)}; what was committed is kept, run the same command again"
            ) from error


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0]


__all__ = ["ATTEMPTS", "Job", "RayPool", "WorkerLost"]
