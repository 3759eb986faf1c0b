"""Two replicas over one Chroma server behind nginx answer as one embedded index does, and survive what breaks.

Everything is real: the servers are the programs that docker-compose.yml runs. `make test-topology`.
"""

from __future__ import annotations

import shutil
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest

from eval.benchmarks.topology import Topology
from eval.gold import load
from service.wiring import Services
from tests.conftest import SAMPLES

pytestmark = [
    pytest.mark.topology,
    pytest.mark.skipif(shutil.which("nginx") is None, reason="nginx is not installed"),
]

QUESTION = "What did Biden say about AUKUS?"
GOLD = Path(__file__).parent.parent.parent / "eval" / "gold" / "samples.yaml"


@pytest.fixture(scope="module")
def topology(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Topology]:
    # Several ask without a pause, and all of them from the address of one load balancer.
    settings = {"DATELINE_ADDRESS_LIMITS": "none"}
    with Topology(tmp_path_factory.mktemp("topology"), settings=settings) as running:
        done = running.dateline("ingest", str(SAMPLES))
        assert done.returncode == 0, done.stderr
        yield running


def asked(url: str, question: str, client: httpx.Client | None = None) -> dict[str, Any]:
    post = client.post if client else httpx.post
    reply = post(f"{url}/v1/ask", json={"question": question}, timeout=60.0)
    assert reply.status_code == 200, reply.text
    answer: dict[str, Any] = reply.json()
    return answer


def shown(answer: dict[str, Any]) -> tuple[str, list[tuple[str, int, int]]]:
    cited = [(citation["source"], citation["start"], citation["end"]) for citation in answer["citations"]]
    return answer["answer"], cited


def test_replicas_answer_as_the_embedded_index_does(topology: Topology, sample_services: Services) -> None:
    for case in load(GOLD).cases:
        embedded = sample_services.ask(case.question).model_dump(mode="json")
        for replica in topology.replicas:
            remote = asked(replica.ready_url.removesuffix("/healthz"), case.question)
            assert remote["status"] == embedded["status"], case.id
            assert shown(remote) == shown(embedded), case.id


def test_an_article_ingested_elsewhere_is_answered_from_within_five_seconds(
    topology: Topology, tmp_path: Path
) -> None:
    article = tmp_path / "tram.txt"
    article.write_text(
        "The Harrow tram line will reopen on June 12 after repairs that cost 3.4 million pounds, "
        "Mayor Petra Quillfeather said on Friday.\n",
        encoding="utf-8",
    )
    question = "When will the Harrow tram line reopen?"
    assert asked(topology.url, question)["status"] == "abstained"
    stop = threading.Event()
    failures: list[str] = []

    def keep_asking() -> None:
        while not stop.is_set():
            if "exploring" not in asked(topology.url, QUESTION)["answer"]:
                failures.append("a wrong answer while another process ingested")

    asker = threading.Thread(target=keep_asking)
    asker.start()
    done = topology.dateline("ingest", str(article))
    committed = time.monotonic()
    stop.set()
    asker.join()
    assert done.returncode == 0, done.stderr
    for replica in topology.replicas:
        answer = asked(replica.ready_url.removesuffix("/healthz"), question)
        assert "June 12" in answer["answer"]
    assert time.monotonic() - committed < 5.0
    assert not failures


def test_a_rolling_restart_loses_no_question(topology: Topology) -> None:
    stop = threading.Event()
    answers: list[str] = []

    def keep_asking() -> None:
        with httpx.Client() as client:
            while not stop.is_set():
                answers.append(asked(topology.url, QUESTION, client)["answer"])

    with ThreadPoolExecutor(4) as pool:
        askers = [pool.submit(keep_asking) for _ in range(4)]
        for replica in topology.replicas:
            replica.restart()
        stop.set()
        for asker in askers:
            asker.result()
    assert len(answers) > 20
    assert len(set(answers)) == 1


def test_a_replica_killed_under_load_costs_no_question(topology: Topology) -> None:
    stop = threading.Event()
    answers: list[str] = []

    def keep_asking() -> None:
        with httpx.Client() as client:
            while not stop.is_set():
                answers.append(asked(topology.url, QUESTION, client)["answer"])

    victim = topology.replicas[0]
    with ThreadPoolExecutor(4) as pool:
        askers = [pool.submit(keep_asking) for _ in range(4)]
        while len(answers) < 10:
            time.sleep(0.05)
        victim.kill()
        enough = len(answers) + 20
        while len(answers) < enough:
            time.sleep(0.05)
        stop.set()
        for asker in askers:
            asker.result()
    victim.start()
    assert len(set(answers)) == 1


def test_without_its_store_a_replica_says_so_and_recovers(topology: Topology) -> None:
    topology.chroma.kill()
    try:
        reply = httpx.post(f"{topology.url}/v1/search", json={"query": "AUKUS"}, timeout=60.0)
        if reply.status_code != 200:
            assert reply.status_code == 503
            assert reply.headers["content-type"].startswith("application/problem+json")
    finally:
        topology.chroma.start()
    deadline = time.monotonic() + 30.0
    while True:
        reply = httpx.post(f"{topology.url}/v1/ask", json={"question": QUESTION}, timeout=60.0)
        if reply.status_code == 200 or time.monotonic() > deadline:
            break
        time.sleep(0.2)
    assert reply.status_code == 200, reply.text
    assert "exploring" in reply.json()["answer"]
