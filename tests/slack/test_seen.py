"""An event is answered once, whichever replica Slack sends its copies to, and rather twice than never."""

from __future__ import annotations

import asyncio
from contextlib import closing
from pathlib import Path

from ingest.errors import UpstreamUnavailable
from service.embedded_store import EmbeddedStore
from service.redis_store import RedisStore
from service.slack.seen import InMemory, Seen, Shared, seen_in
from tests.service.redis_server import PretendedServer, free_port


class Common(EmbeddedStore):
    """One store that replicas share, as far as they are in one process."""

    shared = True
    gone = False

    def first(self, key: str, for_s: float) -> bool:
        if self.gone:
            raise UpstreamUnavailable("gone")
        return super().first(key, for_s)


async def firsts(replicas: list[Seen], key: str, copies: int) -> int:
    """How many of so many copies, dealt to the replicas in turn at one moment, came first."""
    asked = (replicas[number % len(replicas)].first(key) for number in range(copies))
    return sum(await asyncio.gather(*asked))


def test_twenty_copies_of_an_event_over_two_replicas_come_first_once(tmp_path: Path) -> None:
    store = Common(tmp_path)
    assert asyncio.run(firsts([Shared(store), Shared(store)], "event:Ev1", 20)) == 1
    assert asyncio.run(firsts([Shared(store), Shared(store)], "event:Ev1", 20)) == 0
    assert asyncio.run(firsts([Shared(store), Shared(store)], "event:Ev2", 20)) == 1


def test_without_its_store_a_replica_remembers_by_itself(tmp_path: Path) -> None:
    store = Common(tmp_path)
    one, other = Shared(store), Shared(store)
    store.gone = True
    assert asyncio.run(firsts([one], "event:Ev1", 20)) == 1
    assert asyncio.run(firsts([other], "event:Ev1", 20)) == 1
    store.gone = False
    assert asyncio.run(firsts([one, other], "event:Ev1", 20)) == 0
    assert asyncio.run(firsts([one, other], "event:Ev2", 20)) == 1


def test_a_server_that_is_gone_or_silent_keeps_no_event_from_being_answered() -> None:
    with closing(RedisStore(f"redis://127.0.0.1:{free_port()}", try_again_s=3600)) as store:
        assert asyncio.run(firsts([Shared(store)], "event:Ev1", 20)) == 1
    with (
        PretendedServer(silent=True) as server,
        closing(RedisStore(server.url, timeout_s=0.05, try_again_s=3600)) as store,
    ):
        assert asyncio.run(firsts([Shared(store)], "event:Ev1", 20)) == 1


def test_where_nothing_is_shared_memory_does(tmp_path: Path) -> None:
    assert isinstance(seen_in(EmbeddedStore(tmp_path)), InMemory)
    assert isinstance(seen_in(Common(tmp_path)), Shared)
