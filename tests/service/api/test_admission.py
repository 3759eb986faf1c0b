"""The lines before what takes long: who begins, who waits, who is told to come back."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest
from fastapi import Request
from hypothesis import given
from hypothesis import strategies as st

from ingest.errors import Overloaded, UpstreamUnavailable
from service.api.admission import Admission, Allowance, Line, Place
from service.cancellation import Cancellation
from service.events import AskEvent
from service.telemetry import Metrics
from tests.service.api.fakes import FakeServices
from tests.service.api.serving import served

ASK = {"question": "When does the ferry sail?"}


class Sender:
    """Somebody who sent a request, and may leave."""

    def __init__(self) -> None:
        self.gone = asyncio.Event()
        scope = {"type": "http", "method": "POST", "path": "/v1/ask", "headers": []}
        self.request = Request(scope, self._receive)

    async def _receive(self) -> dict[str, Any]:
        await self.gone.wait()
        return {"type": "http.disconnect"}


async def waiting(line: Line, count: int) -> None:
    while line.waiting != count:
        await asyncio.sleep(0)


def test_places_are_given_in_the_order_of_coming() -> None:
    async def play() -> list[int]:
        line, begun = Line("questions", Allowance(1, 3, 5.0)), list[int]()
        first = await line.place(Sender().request)

        async def ask(number: int) -> None:
            with await line.place(Sender().request):
                begun.append(number)

        tasks = []
        for number in range(3):
            tasks.append(asyncio.create_task(ask(number)))
            await waiting(line, number + 1)
        with pytest.raises(Overloaded, match="too many questions at once: try again in"):
            await line.place(Sender().request)
        first.release()
        first.release()
        await asyncio.gather(*tasks)
        assert (line.running, line.waiting) == (0, 0)
        return begun

    assert asyncio.run(play()) == [0, 1, 2]


def test_nobody_waits_longer_than_allowed() -> None:
    async def play() -> None:
        line = Line("questions", Allowance(1, 3, 0.01))
        with await line.place(Sender().request):
            with pytest.raises(Overloaded):
                await line.place(Sender().request)
            assert (line.running, line.waiting) == (1, 0)

    asyncio.run(play())


@pytest.mark.parametrize("how", ["left", "cancelled"])
def test_who_leaves_the_line_makes_room(how: str) -> None:
    async def play() -> None:
        line, sender = Line("questions", Allowance(1, 1, 5.0)), Sender()
        place = await line.place(Sender().request)
        task = asyncio.create_task(line.place(sender.request))
        await waiting(line, 1)
        if how == "left":
            sender.gone.set()
            with pytest.raises(UpstreamUnavailable):
                await task
        else:
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
        assert line.waiting == 0
        place.release()
        assert line.running == 0

    asyncio.run(play())


def test_a_place_given_to_somebody_who_is_leaving_goes_to_the_next() -> None:
    async def play() -> None:
        line, sender = Line("questions", Allowance(1, 2, 5.0)), Sender()
        place = await line.place(Sender().request)
        leaving = asyncio.create_task(line.place(sender.request))
        await waiting(line, 1)
        staying = asyncio.create_task(line.place(Sender().request))
        await waiting(line, 2)
        sender.gone.set()
        place.release()  # hands it to the one who leaves this moment
        with pytest.raises(UpstreamUnavailable):
            await leaving
        (await staying).release()
        assert (line.running, line.waiting) == (0, 0)

    asyncio.run(play())


@given(
    at_once=st.integers(1, 3),
    room=st.integers(0, 3),
    steps=st.lists(st.sampled_from(["come", "done", "leave"]), max_size=40),
)
def test_no_place_is_lost_and_none_is_made(at_once: int, room: int, steps: list[str]) -> None:
    async def play() -> None:
        line = Line("questions", Allowance(at_once, room, 60.0))
        places: list[Place] = []
        tasks: dict[asyncio.Task[None], Sender] = {}

        async def come(sender: Sender) -> None:
            places.append(await line.place(sender.request))

        async def settle() -> None:
            for _ in range(8):
                await asyncio.sleep(0)

        for step in steps:
            if step == "come":
                sender = Sender()
                tasks[asyncio.create_task(come(sender))] = sender
            elif step == "done" and places:
                places.pop(0).release()
            elif step == "leave":
                waiters = [task for task in tasks if not task.done()]
                if waiters:
                    tasks[waiters[-1]].gone.set()
            await settle()
            assert line.running == len(places) <= at_once
            assert line.waiting == sum(not task.done() for task in tasks) <= room
            assert not line.waiting or line.running == at_once
        while places:
            places.pop().release()
            await settle()
        results = await asyncio.gather(*tasks, return_exceptions=True)
        assert {type(one) for one in results} <= {type(None), Overloaded, UpstreamUnavailable}
        assert (line.running, line.waiting) == (0, 0)

    asyncio.run(play())


def test_retry_after_grows_with_the_line() -> None:
    async def play() -> list[int]:
        now = [0.0]
        line = Line("questions", Allowance(2, 20, 60.0), clock=lambda: now[0])
        told = [line.retry_after_s()]
        place = await line.place(Sender().request)
        now[0] += 3.0
        place.release()
        places = [await line.place(Sender().request) for _ in range(2)]
        told.append(line.retry_after_s())
        tasks = [asyncio.create_task(line.place(Sender().request)) for _ in range(6)]
        await waiting(line, 6)
        told.append(line.retry_after_s())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for place in places:
            place.release()
        return told

    assert asyncio.run(play()) == [1, 3, 12]


class Busy(FakeServices):
    """Answers when told to."""

    def __init__(self) -> None:
        super().__init__()
        self.go = threading.Event()
        self.at_work = threading.Semaphore(0)

    def ask_events(self, question: str, **options: Any) -> Iterator[AskEvent]:
        self.at_work.release()
        self.go.wait(20)
        yield from super().ask_events(question, **options)

    def search(self, query: str, **options: Any) -> Any:
        self.at_work.release()
        self.go.wait(20)
        return super().search(query, **options)


def small(metrics: Metrics | None = None, waiting_s: float = 20.0) -> Admission:
    return Admission.of(Allowance(1, 1, waiting_s), Allowance(1, 0, waiting_s), metrics)


def eventually(holds: Callable[[], bool]) -> None:
    ends = time.monotonic() + 20
    while not holds():
        assert time.monotonic() < ends
        time.sleep(0.005)


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/v1/ask", ASK),
        ("/v1/ask", ASK | {"stream": True}),
        ("/v1/search", {"query": "ferry"}),
        ("/v1/chat/completions", {"model": "dateline", "messages": [{"role": "user", "content": "Ferry?"}]}),
    ],
)
def test_beyond_the_line_there_is_503_and_cheap_routes_answer(path: str, body: dict[str, Any]) -> None:
    services, metrics = Busy(), Metrics()
    admission = small(metrics)
    line = admission.questions
    with (
        served(services, admission=admission, metrics=metrics) as address,
        ThreadPoolExecutor(2) as pool,
        httpx.Client(base_url=address, timeout=20.0) as client,
    ):
        first = pool.submit(client.post, path, json=body)
        assert services.at_work.acquire(timeout=20)
        second = pool.submit(client.post, path, json=body)
        eventually(lambda: line.waiting == 1)
        refused = client.post(path, json=body)
        assert refused.status_code == 503
        assert refused.headers["Retry-After"] == "1"
        document = refused.json()
        if "chat" in path:
            assert document["error"]["code"] == "overloaded"
            assert document["error"]["type"] == "server_error"
        else:
            assert document["type"] == "urn:dateline:problem:overloaded"
        for cheap in ("/healthz", "/readyz", "/metrics", "/", "/widget.js"):
            assert client.get(cheap).status_code == 200, cheap
        told = client.get("/metrics").text
        assert 'dateline_line_places{line="questions",state="running"} 1.0' in told
        assert 'dateline_line_places{line="questions",state="waiting"} 1.0' in told
        assert f'dateline_shed_requests_total{{reason="full",route="{path}"}} 1.0' in told
        services.go.set()
        assert first.result().status_code == second.result().status_code == 200
        eventually(lambda: line.running == 0)


def test_summaries_have_a_line_of_their_own() -> None:
    services = Busy()
    admission = small()
    with (
        served(services, admission=admission) as address,
        ThreadPoolExecutor(1) as pool,
        httpx.Client(base_url=address, timeout=20.0) as client,
    ):
        asking = pool.submit(client.post, "/v1/ask", json=ASK)
        assert services.at_work.acquire(timeout=20)
        assert client.post("/v1/summarize", json={"topic": "ferry"}).status_code == 200
        services.go.set()
        assert asking.result().status_code == 200


def test_a_stream_keeps_its_place_until_its_work_has_ended() -> None:
    services = FakeServices(endless=True)
    admission = small(waiting_s=0.01)
    line = admission.questions
    with (
        served(services, admission=admission) as address,
        httpx.Client(base_url=address, timeout=60.0) as client,
    ):
        with client.stream("POST", "/v1/ask", json=ASK | {"stream": True}) as reply:
            assert reply.status_code == 200
            pieces = reply.iter_text()  # letting go of it would close the connection
            next(pieces)
            assert line.running == 1
            assert client.post("/v1/ask", json=ASK).status_code == 503
        assert services.closed.wait(20)
        eventually(lambda: line.running == 0)


def test_who_hangs_up_while_waiting_leaves_the_line() -> None:
    services = Busy()
    admission = small()
    line = admission.questions
    with served(services, admission=admission) as address, ThreadPoolExecutor(1) as pool:
        first = pool.submit(httpx.post, f"{address}/v1/ask", json=ASK, timeout=20.0)
        assert services.at_work.acquire(timeout=20)
        with pytest.raises(httpx.ReadTimeout):
            httpx.post(f"{address}/v1/ask", json=ASK, timeout=0.2)
        eventually(lambda: line.waiting == 0)
        services.go.set()
        assert first.result().status_code == 200
    assert len(services.calls) == 1


def test_an_answer_that_was_kept_waits_for_nobody() -> None:
    class Keeping(Busy):
        def recall(self, question: str, **_: Any) -> list[AskEvent] | None:
            events = FakeServices().ask_events(question, cancellation=Cancellation())
            return list(events) if question == "Kept?" else None

    services = Keeping()
    with (
        served(services, admission=small()) as address,
        ThreadPoolExecutor(1) as pool,
        httpx.Client(base_url=address, timeout=20.0) as client,
    ):
        first = pool.submit(client.post, "/v1/ask", json=ASK)
        assert services.at_work.acquire(timeout=20)
        kept = client.post("/v1/ask", json={"question": "Kept?"})
        assert kept.json()["status"] == "answered"
        streamed = client.post("/v1/ask", json={"question": "Kept?", "stream": True})
        assert [line for line in streamed.text.splitlines() if line.startswith("event:")] == [
            "event: passages",
            "event: statement",
            "event: done",
        ]
        services.go.set()
        assert first.result().status_code == 200
