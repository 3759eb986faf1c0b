"""Readers of a server, in a process of their own: `python -m eval.benchmarks.load_driver REQUEST`.

A closed loop is a number of readers of whom each asks, waits for the answer, perhaps thinks, and asks again: a server
that is slow is asked less. An open loop is readers who come whatever happens to those before them: at random moments
(a Poisson process), as news readers do. What became of each question is written to a file of arrays.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import sys
import time
from array import array
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from itertools import accumulate
from pathlib import Path
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    import aiohttp

UNANSWERED = 0
"""The status of a question whose connection failed, or that was not answered in time."""
ZIPF_EXPONENT = 1.0
"""How unequally questions are asked: the k-th most frequent one 1/k as often as the first (Breslau et al. 1999 found
0.64 to 0.83 for pages of the web; 1 is Zipf's law itself)."""

Popularity = Literal["distinct", "zipf"]


@dataclass(frozen=True, slots=True)
class Stretch:
    """Some seconds of load: `readers` in a closed loop who think `think_s` on average, or, where `readers` is 0,
    `per_s` arrivals a second."""

    seconds: float
    readers: int = 0
    think_s: float = 0.0
    per_s: float = 0.0


@dataclass(frozen=True, slots=True)
class DriveRequest:
    """What to do: the stretches one after the other, without a pause.

    `questions` is a file with a JSON list. Distinct ones are taken in turn from number `first`, again from the front
    when they are through. `api_key_env` names the variable with the API key.
    """

    url: str
    questions: str
    samples: str
    stretches: tuple[Stretch, ...]
    popularity: Popularity = "distinct"
    first: int = 0
    seed: int = 0
    api_key_env: str | None = None
    timeout_s: float = 60.0

    def as_json(self) -> dict[str, object]:
        """The request as `main` takes it."""
        return asdict(self)


class Notes:
    """What became of each question: when it was asked (seconds from the start), how long it took, its status, whether
    the answer was one that the server had kept, and in which stretch it was asked."""

    def __init__(self) -> None:
        self.begun_s, self.took_s = array("d"), array("d")
        self.status, self.kept, self.stretch = array("h"), array("b"), array("b")

    def add(self, begun_s: float, took_s: float, status: int, kept: bool, stretch: int) -> None:
        """Note one."""
        self.begun_s.append(begun_s)
        self.took_s.append(took_s)
        self.status.append(status)
        self.kept.append(kept)
        self.stretch.append(stretch)

    def save(self, file: Path) -> None:
        """Write them as arrays."""
        import numpy as np

        np.savez(
            file,
            begun_s=np.array(self.begun_s),
            took_s=np.array(self.took_s),
            status=np.array(self.status),
            kept=np.array(self.kept).astype(bool),
            stretch=np.array(self.stretch),
        )


def choices(questions: list[str], popularity: Popularity, first: int, chance: random.Random) -> Iterator[str]:
    """Questions without end. Their order, and which are frequent, depends on the seed of `chance` alone."""
    mixed = questions[:]
    random.Random(0).shuffle(mixed)
    if popularity == "zipf":
        weights = list(accumulate(1 / rank**ZIPF_EXPONENT for rank in range(1, len(mixed) + 1)))
        while True:
            yield from chance.choices(mixed, cum_weights=weights, k=1000)
    while True:
        yield mixed[first % len(mixed)]
        first += 1


class Driver:
    """One run over one client."""

    def __init__(self, client: aiohttp.ClientSession, request: DriveRequest, coming: Iterator[str]) -> None:
        self._client = client
        self._request = request
        self._coming = coming
        self._chance = random.Random(request.seed + 1)
        self._began = time.perf_counter()
        self.notes = Notes()

    async def run(self) -> None:
        """Every stretch, and the answers to what was asked in them."""
        under_way: set[asyncio.Task[None]] = set()
        ends = self._began
        for number, stretch in enumerate(self._request.stretches):
            ends += stretch.seconds
            if stretch.readers:
                readers = (self._reader(stretch, number, ends) for _ in range(stretch.readers))
                await asyncio.gather(*readers)
            else:
                await self._arrivals(stretch, number, ends, under_way)
        if under_way:
            await asyncio.wait(under_way)

    async def _reader(self, stretch: Stretch, number: int, ends: float) -> None:
        if stretch.think_s:
            await self._think(self._chance.uniform(0, stretch.think_s), ends)
        while time.perf_counter() < ends:
            await self._ask(number)
            if stretch.think_s:
                await self._think(self._chance.expovariate(1 / stretch.think_s), ends)

    async def _think(self, seconds: float, ends: float) -> None:
        await asyncio.sleep(max(0.0, min(seconds, ends - time.perf_counter())))

    async def _arrivals(
        self, stretch: Stretch, number: int, ends: float, under_way: set[asyncio.Task[None]]
    ) -> None:
        due = time.perf_counter()
        while (due := due + self._chance.expovariate(stretch.per_s)) < ends:
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
            task = asyncio.create_task(self._ask(number))
            under_way.add(task)
            task.add_done_callback(under_way.discard)
        await asyncio.sleep(max(0.0, ends - time.perf_counter()))

    async def _ask(self, number: int) -> None:
        import aiohttp

        body = {"question": next(self._coming), "engine": "extractive"}
        begun, status, content = time.perf_counter(), UNANSWERED, b""
        try:
            async with self._client.post(f"{self._request.url}/v1/ask", json=body) as reply:
                content = await reply.read()
                status = reply.status
        except (aiohttp.ClientError, TimeoutError, OSError):
            pass
        took_s = time.perf_counter() - begun
        self.notes.add(begun - self._began, took_s, status, status == 200 and is_kept(content), number)


def is_kept(content: bytes) -> bool:
    """Whether a server gave an answer again: nothing was worked out for it (`service.kept_answers.NO_WORK`)."""
    try:
        timings = json.loads(content)["timings_ms"]
        return not any(timings.values())
    except (ValueError, KeyError, TypeError, AttributeError):
        return False


async def drive(request: DriveRequest) -> Notes:
    """Ask, and note what became of it."""
    import aiohttp

    questions = json.loads(Path(request.questions).read_text(encoding="utf-8"))
    coming = choices(questions, request.popularity, request.first, random.Random(request.seed))
    key = os.environ.get(request.api_key_env, "") if request.api_key_env else ""
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    async with aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=0),
        timeout=aiohttp.ClientTimeout(total=request.timeout_s),
        headers=headers,
    ) as client:
        driver = Driver(client, request, coming)
        await driver.run()
        return driver.notes


def main(arguments: list[str], tell: Callable[[str], object] = print) -> None:
    """Do what the JSON request says; the last line says how many questions were asked."""
    given = json.loads(arguments[0])
    request = DriveRequest(**given | {"stretches": tuple(Stretch(**one) for one in given["stretches"])})
    notes = asyncio.run(drive(request))
    notes.save(Path(request.samples))
    tell(json.dumps({"asked": len(notes.status)}))


if __name__ == "__main__":
    main(sys.argv[1:])
