"""Verdicts of several replicas are in one place; none is lost while that place is gone, and none is told twice."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from ingest.errors import UpstreamUnavailable
from service.api.app import create_app
from service.embedded_store import EmbeddedStore
from service.feedback import Feedback, given_now
from service.feedback_log import FEEDBACK_FOLDER, FeedbackLog, found_by
from service.redis_store import RedisStore
from service.shared_feedback import KEY, WAITING_FOLDER, SharedFeedback, open_feedback
from tests.service.api.fakes import FakeServices
from tests.service.redis_server import eventually, free_port

UP = {"question": "Who is the mayor?", "answer": "Ida Holm is. [1]", "verdict": "up"}


class Common(EmbeddedStore):
    """One store that replicas share, as far as they are in one process; it can go, and lose replies."""

    shared = True
    gone = False
    loses_replies = False

    def append(self, key: str, value: bytes, most: int) -> None:
        if self.gone:
            raise UpstreamUnavailable("gone")
        super().append(key, value, most)
        if self.loses_replies:
            raise UpstreamUnavailable("no reply")

    def entries(self, key: str) -> list[bytes]:
        if self.gone:
            raise UpstreamUnavailable("gone")
        return super().entries(key)


def replica(store: Common, folder: Path, **settings: float) -> SharedFeedback:
    """The verdicts of the replica whose data folder this is."""
    return SharedFeedback(store, folder / FEEDBACK_FOLDER, try_again_s=settings.get("try_again_s", 0.01))


def question(number: int) -> Feedback:
    return Feedback(question=f"question {number}", answer="", verdict="up")


def waiting(folder: Path) -> list[str]:
    """Questions of the verdicts that wait in a data folder."""
    return [kept.question for kept in FeedbackLog(folder / FEEDBACK_FOLDER / WAITING_FOLDER).read()]


def test_every_replica_reads_the_verdicts_of_all(tmp_path: Path) -> None:
    store = Common(tmp_path / "store")
    with closing(replica(store, tmp_path / "1")) as one, closing(replica(store, tmp_path / "2")) as other:
        ids = [keeper.add(question(number)) for number, keeper in enumerate((one, other, one, other))]
        for keeper in (one, other):
            assert [kept.id for kept in keeper.read()] == ids
            assert keeper.torn == 0
        assert not (tmp_path / "1").exists()
        assert other.forget(ids[0])
        assert not one.forget(ids[0])
        assert [kept.id for kept in one.read()] == ids[1:]
        assert found_by(one, ids[1][:8]).question == "question 1"


def test_a_verdict_waits_while_the_store_is_gone_and_is_handed_over(tmp_path: Path) -> None:
    store = Common(tmp_path / "store")
    with closing(replica(store, tmp_path / "1")) as one, closing(replica(store, tmp_path / "2")) as other:
        client = TestClient(create_app(FakeServices(), feedback=one))
        store.gone = True
        assert client.post("/v1/feedback", json=UP).status_code == 201
        ids = [one.add(question(number)) for number in range(3)]
        assert len(waiting(tmp_path / "1")) == 4
        with pytest.raises(UpstreamUnavailable):
            list(one.read())  # not only a part of them, as if it were all
        store.gone = False
        eventually(lambda: not waiting(tmp_path / "1"))
        assert [kept.id for kept in other.read()][1:] == ids
        store.gone = True
        one.add(question(9))
        store.gone = False
        eventually(lambda: "question 9" in [kept.question for kept in other.read()])


def test_what_waited_when_the_process_ended_is_handed_over_by_the_next(tmp_path: Path) -> None:
    store = Common(tmp_path / "store")
    store.gone = True
    with closing(replica(store, tmp_path, try_again_s=3600)) as one:
        kept_id = one.add(question(1))
    assert waiting(tmp_path) == ["question 1"]
    store.gone = False
    with closing(replica(store, tmp_path)) as again:
        assert [kept.id for kept in again.read()] == [kept_id]  # also while it waits
        again.hand_over()
        eventually(lambda: not waiting(tmp_path))
        assert [kept.id for kept in again.read()] == [kept_id]


def test_a_verdict_that_was_handed_over_twice_is_read_once_and_forgotten_wholly(tmp_path: Path) -> None:
    store = Common(tmp_path / "store")
    store.loses_replies = True
    with closing(replica(store, tmp_path)) as one:
        kept_id = one.add(question(1))
        store.loses_replies = False
        eventually(lambda: not waiting(tmp_path))
        assert len(store.entries(KEY)) >= 2
        assert [kept.id for kept in one.read()] == [kept_id]
        assert one.forget(kept_id)
        assert store.entries(KEY) == []


def test_verdicts_from_before_stay_where_they_were_and_are_read_with_the_others(tmp_path: Path) -> None:
    log = FeedbackLog(tmp_path / FEEDBACK_FOLDER)
    before = [log.add(question(number)) for number in range(2)]
    files = {path: path.read_bytes() for path in (tmp_path / FEEDBACK_FOLDER).glob("*.jsonl")}
    store = Common(tmp_path / "store")
    with closing(replica(store, tmp_path)) as one:
        one.hand_over()
        after = one.add(question(2))
        assert [kept.id for kept in one.read()] == [*before, after]
        assert {path: path.read_bytes() for path in files} == files
        assert one.forget(before[0])
        assert [kept.id for kept in log.read()] == before[1:]


def test_the_oldest_go_when_there_are_too_many_and_what_is_torn_is_counted(tmp_path: Path) -> None:
    store = Common(tmp_path / "store")
    with closing(SharedFeedback(store, tmp_path, most=3)) as one:
        for number in range(5):
            one.add(question(number))
        assert [kept.question for kept in one.read()] == ["question 2", "question 3", "question 4"]
        store.append(KEY, given_now(question(5)).line[:20], most=3)
        assert [kept.question for kept in one.read()] == ["question 3", "question 4"]
        assert one.torn == 1


def test_where_neither_takes_it_the_reader_is_told(tmp_path: Path) -> None:
    (tmp_path / FEEDBACK_FOLDER).write_text("a file is in the way", "utf-8")
    with closing(RedisStore(f"redis://:hunter2@127.0.0.1:{free_port()}", try_again_s=3600)) as store:
        client = TestClient(create_app(FakeServices(), feedback=open_feedback(store, tmp_path)))
        reply = client.post("/v1/feedback", json=UP)
    assert reply.status_code == 503
    assert "could not be kept" in reply.json()["detail"]
    assert "hunter2" not in reply.text


def test_where_nothing_is_shared_they_stay_in_their_files(tmp_path: Path) -> None:
    keeper = open_feedback(EmbeddedStore(tmp_path), tmp_path)
    assert isinstance(keeper, FeedbackLog)
    keeper.add(question(1))
    assert (tmp_path / FEEDBACK_FOLDER / "feedback.jsonl").is_file()
    assert isinstance(open_feedback(Common(tmp_path), tmp_path), SharedFeedback)
