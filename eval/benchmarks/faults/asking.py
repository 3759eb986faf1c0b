"""Readers who keep asking a server while something is broken, and what they were told."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx

from eval.benchmarks.faults.trials import Trial
from eval.benchmarks.faults.truth import Truth, wrong

REPLY_LIMIT_S = 120.0
PAUSE_S = 0.05


@dataclass(slots=True)
class Told:
    """What readers were told: right answers, clear refusals (503 with a problem document), and everything else."""

    right: int = 0
    refused: int = 0
    lost: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    unexplained: list[str] = field(default_factory=list)

    def count(self, trial: Trial) -> None:
        """Put it into a trial."""
        trial.asked += self.right + self.refused + len(self.lost) + len(self.wrong) + len(self.unexplained)
        trial.refused += self.refused
        trial.mistake(*self.wrong)
        trial.puzzle(*self.unexplained)
        trial.lose(*self.lost)


class Readers:
    """Threads that ask the questions of a truth in turn, at one address, until they are stopped.

    Every other reader has its answer as events. `editions` are those an answer may be of.
    """

    def __init__(self, url: str, truth: Truth, editions: Sequence[int], readers: int) -> None:
        self.told = Told()
        self._url = url
        self._truth = truth
        self._texts = [truth.clean[edition].texts for edition in editions]
        self._stop = threading.Event()
        self._counting = threading.Lock()
        self._threads = [
            threading.Thread(target=self._ask_on, args=(number,), daemon=True) for number in range(readers)
        ]

    @contextmanager
    def asking(self) -> Iterator[Told]:
        """Readers ask while the block runs; what they were told is whole at its end."""
        for thread in self._threads:
            thread.start()
        try:
            yield self.told
        finally:
            self._stop.set()
            for thread in self._threads:
                thread.join(REPLY_LIMIT_S)

    def wait_for_right(self, more: int, limit_s: float) -> bool:
        """Wait until so many more right answers have come; whether they have."""
        wanted, deadline = self.told.right + more, time.monotonic() + limit_s
        while self.told.right < wanted and time.monotonic() < deadline:
            time.sleep(PAUSE_S)
        return self.told.right >= wanted

    def _ask_on(self, number: int) -> None:
        turn = number
        with httpx.Client(timeout=REPLY_LIMIT_S, trust_env=False) as client:
            while not self._stop.is_set():
                self._ask(client, turn % len(self._truth.cases), as_events=bool(number % 2))
                turn += 1
                time.sleep(PAUSE_S)

    def _ask(self, client: httpx.Client, number: int, *, as_events: bool) -> None:
        case = self._truth.cases[number]
        try:
            status, document = _reply(client, f"{self._url}/v1/ask", case.question, as_events=as_events)
        except (httpx.HTTPError, ValueError) as error:
            with self._counting:
                self.told.lost.append(f"{case.id}: no reply ({type(error).__name__}: {error})")
            return
        with self._counting:
            if status == 200:
                fault = wrong(case, document, self._texts)
                if fault:
                    self.told.wrong.append(fault)
                else:
                    self.told.right += 1
            elif status == 503 and document.get("detail"):
                self.told.refused += 1
            else:
                self.told.unexplained.append(f"{case.id}: status {status}: {document.get('detail')}")


def _reply(client: httpx.Client, url: str, question: str, *, as_events: bool) -> tuple[int, dict[str, Any]]:
    """Status and document of an answer. Of events, those of the last one, which is the whole answer or an error.

    Raises:
        ValueError: the events end without either.
    """
    if not as_events:
        reply = client.post(url, json={"question": question})
        document: dict[str, Any] = reply.json() if reply.content else {}
        return reply.status_code, document
    with client.stream("POST", url, json={"question": question, "stream": True}) as reply:
        if reply.status_code != 200:
            reply.read()
            return reply.status_code, reply.json() if reply.content else {}
        name = ""
        for line in reply.iter_lines():
            field_name, _, value = line.partition(": ")
            if field_name == "event":
                name = value
            elif field_name == "data" and name in ("done", "error"):
                document = json.loads(value)
                return (200 if name == "done" else int(document.get("status", 500))), document
    raise ValueError("the events end without an answer or an error")
