"""The Ray engine makes the plain engine's index, to the bit, whatever becomes of its workers.

The tests of the first half need no Ray. Those of the second start a real cluster of two workers on this machine;
they are skipped where Ray is not installed (`make test-ray` says how).
"""

from __future__ import annotations

import hashlib
import json
import os
import pickle
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from ingest import pipeline, ray_cluster, ray_pool
from ingest.embedding import Embedder, open_embedder
from ingest.errors import InvalidRequest, SettingsError, UpstreamUnavailable
from ingest.ray_cluster import RayCluster, require_ray
from ingest.ray_engine import RayWorkforce, open_ray
from ingest.ray_worker import Worker, WorkTerms
from ingest.report import IngestReport
from ingest.settings import IngestSettings
from ingest.store import ArticleStore
from service.index_fingerprint import index_fingerprint
from service.settings import ServiceSettings
from tests.ingest.ingest_bench import age, record_lines, story

PROJECT = Path(__file__).resolve().parents[2]
PATIENCE_S = 150.0
ARCHIVE = "DATELINE_TEST_ARCHIVE"
Rows = dict[str, tuple[Any, ...]]

with_ray = pytest.mark.skipif(
    find_spec("ray") is None, reason="ray is not installed: pip install 'dateline[ray]'"
)


class Place:
    """A folder of articles and an index of it."""

    def __init__(self, folder: Path, data_dir: Path, embedder: Embedder) -> None:
        self.folder = folder
        self.settings = IngestSettings(data_dir=data_dir, ray_workers=2)
        self.embedder = embedder
        self.workforce: RayWorkforce | None = None

    def open(self) -> ArticleStore:
        return ArticleStore.open(
            self.settings,
            fingerprint=index_fingerprint(self.embedder),
            dimension=self.embedder.dimension,
            create=True,
        )

    def plain(self) -> IngestReport:
        with self.open() as store:
            return pipeline.ingest([self.folder], store, self.embedder, self.settings)

    def ray(self, should_stop: Callable[[], bool] | None = None) -> IngestReport:
        with self.open() as store, open_ray(self.embedder, self.settings, {}) as workforce:
            self.workforce = workforce
            return pipeline.ingest(
                [self.folder],
                store,
                self.embedder,
                self.settings,
                workforce=workforce,
                should_stop=should_stop,
            )

    def rows(self) -> Rows:
        """Everything the index holds of each article, vectors and sentence codes by their bits."""
        found: Rows = {}
        with self.open() as store:
            for record in store.catalogue():
                bits = hashlib.sha256()
                vectors = store.vectors_of(record.chunk_ids)
                for chunk_id in record.chunk_ids:
                    bits.update(vectors[chunk_id].tobytes())
                (sentences,) = store.article_sentences([record.article_id])
                bits.update(sentences.codes.codes.tobytes() + sentences.codes.scales.tobytes())
                stored = store.get([record.article_id])[record.article_id]
                found[record.article_id] = (
                    record.source,
                    record.version,
                    record.root,
                    tuple(record.chunk_ids),
                    record.signature,
                    (record.file_mtime_ns, record.file_size),
                    stored.article.text,
                    stored.analysis,
                    bits.hexdigest(),
                )
        return found


@pytest.fixture(scope="module")
def embedder() -> Embedder:
    return open_embedder(IngestSettings(embed_threads=2))


@pytest.fixture
def places(tmp_path: Path, embedder: Embedder, samples: Path) -> tuple[Place, Place]:
    """One folder with all there is to trip over, and two indexes: for the plain engine, and for Ray."""
    folder = tmp_path / "archive"
    shutil.copytree(samples, folder)
    (folder / "empty.txt").write_text("", encoding="utf-8")
    (folder / "broken.html").write_bytes(b"\x00\x01\x02")
    (folder / "bad.jsonl").write_text(record_lines(4) + "{not json\n" + record_lines(2), encoding="utf-8")
    (folder / "copy.txt").write_text(story("bridges"), encoding="utf-8")
    (folder / "original.txt").write_text(story("bridges"), encoding="utf-8")
    for path in folder.rglob("*"):
        age(path)
    return Place(folder, tmp_path / "plain", embedder), Place(folder, tmp_path / "ray", embedder)


def comparable(report: IngestReport) -> Mapping[str, Any]:
    """A report without what time has to do with."""
    return {name: getattr(report, name) for name in IngestReport.__slots__ if name != "elapsed_s"}


# ---- what needs no Ray


def test_without_ray_installed_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ray_cluster, "find_spec", lambda _: None)
    with pytest.raises(SettingsError, match=r"pip install 'dateline\[ray\]'"):
        require_ray()


def test_no_secret_is_sent_to_workers(tmp_path: Path) -> None:
    settings = ServiceSettings.model_validate({"openai_api_key": "sk-very-secret", "data_dir": tmp_path})
    sent = pickle.dumps(WorkTerms.of(settings, {"text": "body"}))
    assert b"sk-very-secret" not in sent
    assert pickle.loads(sent).settings().embedder == settings.embedder


def test_a_mapping_of_unknown_fields_is_refused_before_a_cluster_is_started(
    embedder: Embedder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ingest.ray_engine.require_ray", lambda: None)
    with (
        pytest.raises(InvalidRequest, match="nonsense"),
        open_ray(embedder, IngestSettings(), {"nonsense": "x"}),
    ):
        pass


def test_a_run_with_nothing_new_needs_no_cluster(
    tmp_path: Path, embedder: Embedder, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("a cluster was asked for")

    folder = tmp_path / "archive"
    folder.mkdir()
    (folder / "a.txt").write_text(story("bridges"), encoding="utf-8")
    (folder / "feed.jsonl").write_text(record_lines(3), encoding="utf-8")
    for path in folder.iterdir():
        age(path)
    place = Place(folder, tmp_path / "index", embedder)
    assert len(place.plain().added) == 4
    monkeypatch.setattr("ingest.ray_engine.require_ray", lambda: None)
    monkeypatch.setattr(RayCluster, "connect", refuse)
    report = place.ray()
    assert len(report.unchanged) == 4
    assert report.chunks_embedded == 0


def test_a_cluster_that_nobody_runs_is_said_at_once() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{free.getsockname()[1]}"
    cluster = RayCluster(address, 0)
    try:
        with pytest.raises(UpstreamUnavailable, match="cannot be reached"):
            cluster.connect()
    finally:
        cluster.close()


# ---- what does


@pytest.fixture(scope="module")
def cluster() -> Iterator[RayCluster]:
    """A cluster on this machine, which every workforce of these tests finds connected."""
    before = dict(os.environ)
    os.environ.pop("RAY_ADDRESS", None)
    cluster = RayCluster(None, 2)
    try:
        cluster.connect()
        yield cluster
    finally:
        cluster.close()
        os.environ.clear()
        os.environ.update(before)


@with_ray
@pytest.mark.slow
def test_the_index_and_the_report_are_the_plain_engines(
    cluster: RayCluster, places: tuple[Place, Place]
) -> None:
    plain, ray = places
    assert comparable(ray.ray()) == comparable(plain.plain())
    assert ray.rows() == plain.rows()

    again = ray.ray()
    assert again.chunks_embedded == 0
    assert not again.added + again.changed
    plain.plain()

    changed = plain.folder / "copy.txt"
    changed.write_text(story("bridges") + "\n\nA paragraph was added to this one.\n", encoding="utf-8")
    (plain.folder / "original.txt").rename(plain.folder / "renamed.txt")
    age(changed)
    ours, theirs = comparable(ray.ray()), comparable(plain.plain())
    assert ours == theirs
    assert ours["chunks_reused"] > 0
    assert ray.rows() == plain.rows()


@with_ray
@pytest.mark.slow
@pytest.mark.timeout(3600)
@pytest.mark.skipif(
    ARCHIVE not in os.environ, reason=f"{ARCHIVE} names no archive of one's own to compare on"
)
def test_an_archive_of_ones_own_is_the_same_though_a_worker_is_killed_midway(
    cluster: RayCluster, tmp_path: Path, embedder: Embedder
) -> None:
    archive = Path(os.environ[ARCHIVE])
    plain, ray = Place(archive, tmp_path / "plain", embedder), Place(archive, tmp_path / "ray", embedder)
    asked, killed = [0], list[int]()

    def kill_one_midway() -> bool:
        asked[0] += 1
        assert ray.workforce is not None
        if not killed and asked[0] > 100:
            killed.append(ray.workforce.pool().process_ids()[0])
            os.kill(killed[0], signal.SIGKILL)
        return False

    report = ray.ray(kill_one_midway)
    assert comparable(report) == comparable(plain.plain())
    assert killed
    assert ray.rows() == plain.rows()


@with_ray
@pytest.mark.slow
def test_killed_workers_lose_nothing(
    cluster: RayCluster, places: tuple[Place, Place], capsys: pytest.CaptureFixture[str]
) -> None:
    plain, ray = places
    for number in range(30):
        path = plain.folder / f"more{number}.txt"
        path.write_text(story(f"bridge {number}"), encoding="utf-8")
        age(path)
    killed: list[int] = []

    def kill_one() -> bool:
        """Asked before each article: the worker that is killed has others under way."""
        assert ray.workforce is not None
        if not killed:
            killed.append(ray.workforce.pool().process_ids()[0])
            os.kill(killed[0], signal.SIGKILL)
        return False

    report = ray.ray(kill_one)
    assert killed
    assert not capsys.readouterr().out  # where `ingest --json` writes its report
    assert comparable(report) == comparable(plain.plain())
    assert ray.rows() == plain.rows()


@with_ray
@pytest.mark.slow
def test_an_article_that_ends_every_worker_is_a_failure_of_its_own(
    cluster: RayCluster, places: tuple[Place, Place], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fragile() -> type[Worker]:
        class Fragile(Worker):
            def read(self, content: bytes, *given: Any) -> Any:
                if b"POISON" in content:
                    os._exit(9)
                return super().read(content, *given)

        return Fragile

    plain, ray = places
    plain.plain()
    monkeypatch.setattr(ray_pool, "Worker", fragile())
    (ray.folder / "d-poison.txt").write_text("POISON. " + story("poison"), encoding="utf-8")
    report = ray.ray()
    assert [failed.reason for failed in report.failed if failed.source == "d-poison.txt"] == [
        "it ended the 5 worker processes that tried to read it (out of memory, or out of time); try it with the plain "
        "engine, or save its text as .txt"
    ]
    assert ray.rows() == plain.rows()


@with_ray
@pytest.mark.slow
def test_workers_with_another_embedder_are_refused(
    cluster: RayCluster, places: tuple[Place, Place], monkeypatch: pytest.MonkeyPatch
) -> None:
    _, ray = places
    monkeypatch.setattr(ray_pool, "PROBE", "Another text altogether.")
    with pytest.raises(SettingsError, match="gives other vectors"):
        ray.ray()
    monkeypatch.undo()
    monkeypatch.setattr(ray_pool, "code_digest", lambda: "another")
    with pytest.raises(SettingsError, match="another version of Dateline"):
        ray.ray()
    assert not ray.rows()


@with_ray
@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_the_local_cluster_is_private_and_reports_nothing(cluster: RayCluster) -> None:
    children = descendants(os.getpid())
    raylet = next(one for one in children if Path(f"/proc/{one}/comm").read_text().strip() == "raylet")
    environment = Path(f"/proc/{raylet}/environ").read_bytes().split(b"\0")
    assert b"RAY_USAGE_STATS_ENABLED=0" in environment
    assert b"RAY_AUTH_MODE=token" in environment
    listening = listeners({os.getpid(), *children})
    assert listening
    assert {address for address in listening if not address.endswith("127.0.0.1")} == set()


@with_ray
@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL])
def test_stopped_midway_the_index_is_readable_and_no_process_is_left(
    places: tuple[Place, Place], how: signal.Signals
) -> None:
    plain, ray = places
    lines = [json.dumps({"id": f"m{n}", "body": story(f"harbour {n}") * 3}) for n in range(600)]
    (plain.folder / "many.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    age(plain.folder / "many.jsonl")
    settings = ray.settings
    command = [
        "--data-dir",
        str(settings.data_dir),
        "ingest",
        str(ray.folder),
        "--engine",
        "ray",
        "--ray-workers",
        "2",
    ]
    with subprocess.Popen(
        [sys.executable, "-m", "service.cli", *command],
        cwd=PROJECT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(PROJECT)},
        preexec_fn=hear_interrupts,
    ) as process:
        assert process.stderr is not None
        family: set[int] = set()
        for line in process.stderr:
            done = line.split()[0]
            if done.isdigit() and int(done) >= 60:  # more than one commit: the first has been written
                family = descendants(process.pid)
                break
        assert family
        process.send_signal(how)
        if how is signal.SIGINT:
            assert b"stopped:" in process.stderr.read()
        code = process.wait(PATIENCE_S)
    assert code == (130 if how is signal.SIGINT else -signal.SIGKILL)
    deadline = time.monotonic() + PATIENCE_S
    while family and time.monotonic() < deadline:
        family = {one for one in family if alive(one)}
        time.sleep(0.2)
    assert not family

    kept = ray.rows()
    plain.plain()
    whole = plain.rows()
    assert kept
    assert len(kept) < len(whole)
    assert all(whole[article_id] == row for article_id, row in kept.items())
    ray.plain()
    assert ray.rows() == whole


def hear_interrupts() -> None:
    """A shell's background job ignores Ctrl-C, and what it starts does so too."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def descendants(process_id: int) -> set[int]:
    """The ids of all processes below this one."""
    parents: dict[int, int] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                status = (entry / "stat").read_text()
            except OSError:
                continue
            parents[int(entry.name)] = int(status.rpartition(")")[2].split()[1])
    found: set[int] = {process_id}
    while more := {child for child, parent in parents.items() if parent in found} - found:
        found |= more
    return found - {process_id}


def alive(process_id: int) -> bool:
    try:
        status = Path(f"/proc/{process_id}/stat").read_text()
    except OSError:
        return False
    return status.rpartition(")")[2].split()[0] != "Z"


def listeners(processes: set[int]) -> set[str]:
    """The addresses on which these processes accept TCP connections."""
    inodes = set()
    for process_id in processes:
        try:
            for handle in Path(f"/proc/{process_id}/fd").iterdir():
                target = os.readlink(handle)  # noqa: PTH115 - it is no path
                if target.startswith("socket:["):
                    inodes.add(target[8:-1])
        except OSError:
            continue
    found = set()
    for table, family in (("tcp", socket.AF_INET), ("tcp6", socket.AF_INET6)):
        for row in Path(f"/proc/net/{table}").read_text().splitlines()[1:]:
            columns = row.split()
            if columns[3] == "0A" and columns[9] in inodes:
                words = bytes.fromhex(columns[1].partition(":")[0])
                packed = b"".join(words[at : at + 4][::-1] for at in range(0, len(words), 4))
                found.add(socket.inet_ntop(family, packed))
    return found
