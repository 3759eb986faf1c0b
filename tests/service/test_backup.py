"""Backups: whole while somebody writes, the same when restored, and refused when anything about them is wrong."""

from __future__ import annotations

import hashlib
import io
import json
import sqlite3
import stat
import tarfile
import threading
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from ingest.chroma import DATABASE_FILE, EMBEDDED_FOLDER
from ingest.errors import DatelineError, IndexDamaged, IndexMissing, IndexOwned, InvalidRequest
from ingest.ownership import Ownership
from ingest.settings import IngestSettings
from ingest.snapshot import copy_database
from ingest.store import ArticleStore
from service.backup_format import kind_of
from service.backup_reading import check_backup
from service.backup_restoring import restore
from service.backup_writing import back_up
from service.feedback import Feedback
from service.feedback_log import FeedbackLog
from service.opening import open_services
from service.settings import ServiceSettings
from service.wiring import Services
from tests.ingest.test_store import open_store, prepared
from tests.ingest.test_store_network import chroma_server

QUESTION = "What did Biden say about AUKUS?"


def documents(settings: IngestSettings) -> dict[str, dict[str, object]]:
    """Every article with all that is kept of it, by id."""
    with ArticleStore.open(settings, fingerprint=None, dimension=None, create=False) as store:
        return {one.record.article_id: one.document() for one in store.packed()}


@pytest.fixture
def index(tmp_path: Path) -> IngestSettings:
    settings = IngestSettings(data_dir=tmp_path / "index")
    with open_store(settings) as store:
        store.write([prepared(number) for number in range(40)])
    return settings


def test_a_damaged_article_is_not_backed_up(index: IngestSettings, tmp_path: Path) -> None:
    file = tmp_path / "backup.tar"
    back_up(index, file)
    good = file.read_bytes()
    with closing(sqlite3.connect(index.data_dir / EMBEDDED_FOLDER / DATABASE_FILE)) as connection:
        connection.execute(
            "UPDATE embedding_metadata SET string_value = 'x' || substr(string_value, 2) WHERE key = 'text'"
            " AND id = (SELECT max(id) FROM embedding_metadata WHERE key = 'text')"
        )
        connection.commit()
    with pytest.raises(IndexDamaged, match=r"00\d\d\.txt damaged.*dateline articles remove"):
        back_up(index, file, force=True)
    assert file.read_bytes() == good


@pytest.mark.parametrize("ending", [".tar", ".tar.gz", ".tar.zst"])
def test_a_served_index_restored_elsewhere_answers_the_same(
    sample_services: Services, tmp_path: Path, ending: str
) -> None:
    if ending == ".tar.zst":
        pytest.importorskip("zstandard")
    file = tmp_path / f"backup{ending}"
    written = back_up(sample_services.settings, file)  # while this process owns and serves it
    assert written.articles == sample_services.articles()[0]
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    settings = ServiceSettings(data_dir=tmp_path / "restored")
    restored = restore(settings, file)
    assert (restored.articles, restored.chunks) == (written.articles, written.chunks)
    with open_services(settings) as services:
        assert services.articles()[1] == sample_services.articles()[1]
        mine, theirs = services.ask(QUESTION), sample_services.ask(QUESTION)
        assert (mine.answer, mine.citations) == (theirs.answer, theirs.citations)
        ids = [chunk.chunk_id for chunk in sample_services._store.all_chunks()]
        ours, others = services._store.vectors_of(ids), sample_services._store.vectors_of(ids)
        assert all((ours[one] == others[one]).all() for one in ids)


def test_a_backup_while_a_thread_writes_is_one_committed_state(tmp_path: Path) -> None:
    settings = IngestSettings(data_dir=tmp_path / "index")
    stop = threading.Event()
    states: list[frozenset[str]] = []
    with open_store(settings) as store:
        store.write([prepared(number) for number in range(60)])

        def write() -> None:
            for number in range(60, 400):
                if stop.is_set():
                    return
                store.write([prepared(number), prepared(number - 60, f"It changed in round {number}. " * 30)])
                store.delete([prepared(number - 30).article.article_id])

        states.append(frozenset(record.article_id for record in store.catalogue()))
        writer = threading.Thread(target=write)
        writer.start()
        try:
            for number in range(2):
                file = tmp_path / f"{number}.tar"
                back_up(settings, file)
                contents = check_backup(
                    file
                )  # every article is there, whole, in the version of the catalogue
                target = IngestSettings(data_dir=tmp_path / f"restored-{number}")
                restore(target, file)
                assert {one: fields["record"]["version"] for one, fields in documents(target).items()} == {  # type: ignore[index]
                    one: version for one, (version, _) in contents.catalogue.items()
                }
        finally:
            stop.set()
            writer.join()


def test_a_database_that_changes_all_the_time_is_copied_all_the_same(
    index: IngestSettings, tmp_path: Path
) -> None:
    stop = threading.Event()
    with open_store(index) as store:

        def write() -> None:
            for number in range(400):
                if not stop.is_set():
                    store.write([prepared(7, f"Round {number}.")])

        writer = threading.Thread(target=write)
        writer.start()
        try:
            for number in range(3):
                copy_database(
                    index.data_dir / "chroma/chroma.sqlite3", tmp_path / f"{number}.db", pages_at_once=20
                )
        finally:
            stop.set()
            writer.join()


def test_from_an_embedded_index_to_a_chroma_server_and_back(index: IngestSettings, tmp_path: Path) -> None:
    file, again = tmp_path / "one.tar.gz", tmp_path / "two.tar.gz"
    back_up(index, file)
    (tmp_path / "server").mkdir()
    with chroma_server(tmp_path / "server") as url:
        remote = IngestSettings(data_dir=tmp_path / "unused", chroma_url=url)
        restore(remote, file)
        assert documents(remote) == documents(index)
        with pytest.raises(InvalidRequest, match="--replace"):
            restore(remote, file)
        back_up(remote, again)
    target = IngestSettings(data_dir=tmp_path / "target")
    restore(target, again)
    assert documents(target) == documents(index)


def test_what_is_there_is_replaced_only_when_asked(index: IngestSettings, tmp_path: Path) -> None:
    file = tmp_path / "b.tar"
    back_up(index, file)
    with open_store(index) as store:
        store.write([prepared(77)])
    now = documents(index)
    with pytest.raises(InvalidRequest, match="41 articles"):
        restore(index, file)
    assert documents(index) == now
    assert restore(index, file, replace=True).articles == 40
    assert len(documents(index)) == 40
    with Ownership.acquire(index.data_dir, role="serve"), pytest.raises(IndexOwned, match="stop it"):
        restore(index, file, replace=True)


def test_feedback_comes_along_and_secrets_only_when_asked(index: IngestSettings, tmp_path: Path) -> None:
    FeedbackLog(index.data_dir / "feedback").add(Feedback(question="Why?", answer="So.", verdict="up"))
    (index.data_dir / "widget.key").write_text("k" * 43)
    (index.data_dir / "server.token").write_text("secret of a server")
    plain, full = tmp_path / "plain.tar", tmp_path / "full.tar"
    back_up(index, plain)
    assert back_up(index, full, with_secrets=True).secrets
    assert b"k" * 43 not in plain.read_bytes()
    assert b"secret of a server" not in full.read_bytes()
    target = IngestSettings(data_dir=tmp_path / "target")
    restored = restore(target, full)
    assert restored.secrets
    assert stat.S_IMODE((target.data_dir / "widget.key").stat().st_mode) == 0o600
    kept = list(FeedbackLog(target.data_dir / "feedback").read())
    assert [one.question for one in kept] == ["Why?"]
    restore(target, plain, replace=True)
    assert list(FeedbackLog(target.data_dir / "feedback").read()) == kept


def test_no_file_is_replaced_or_left_half_written(index: IngestSettings, tmp_path: Path) -> None:
    file = tmp_path / "b.tar"
    file.write_text("precious")
    with pytest.raises(InvalidRequest, match="exists already"):
        back_up(index, file)
    with pytest.raises(InvalidRequest, match=r"NAME\.tar"):
        back_up(index, tmp_path / "b.zip")
    with pytest.raises(IndexMissing):
        back_up(IngestSettings(data_dir=tmp_path / "none"), tmp_path / "c.tar")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["b.tar", "index"]
    assert file.read_text() == "precious"
    back_up(index, file, force=True)
    check_backup(file)


# ---- archives that are not what they should be


def members_of(file: Path) -> dict[str, bytes]:
    with tarfile.open(file) as archive:
        return {one.name: archive.extractfile(one).read() for one in archive}  # type: ignore[union-attr]


def write_members(file: Path, members: dict[str, bytes]) -> None:
    with tarfile.open(file, "w") as archive:
        for name, content in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))


def resealed(members: dict[str, bytes]) -> dict[str, bytes]:
    """With a manifest that fits what somebody changed."""
    manifest = json.loads(members["manifest.json"])
    manifest["members"] = {
        name: [len(content), hashlib.sha256(content).hexdigest()]
        for name, content in members.items()
        if name != "manifest.json"
    }
    last = json.dumps(manifest).encode()
    return {name: content for name, content in members.items() if name != "manifest.json"} | {
        "manifest.json": last
    }


def drop_articles(members: dict[str, bytes]) -> dict[str, bytes]:
    return resealed({name: content for name, content in members.items() if not name.startswith("articles/")})


def alter_text(members: dict[str, bytes]) -> dict[str, bytes]:
    return resealed(
        members
        | {"articles/000000.jsonl": members["articles/000000.jsonl"].replace(b"The Post", b"The Past", 1)}
    )


def without_manifest(members: dict[str, bytes]) -> dict[str, bytes]:
    return {name: content for name, content in members.items() if name != "manifest.json"}


def add(name: str) -> Callable[[dict[str, bytes]], dict[str, bytes]]:
    return lambda members: resealed(
        {**without_manifest(members), name: b"x", "manifest.json": members["manifest.json"]}
    )


def later_version(members: dict[str, bytes]) -> dict[str, bytes]:
    header = json.loads(members["dateline-backup.json"]) | {"version": 2}
    return resealed(members | {"dateline-backup.json": json.dumps(header).encode()})


@pytest.mark.parametrize(
    "change",
    [
        drop_articles,
        alter_text,
        without_manifest,
        later_version,
        add("../../outside.txt"),
        add("/etc/outside"),
        add("feedback/../../outside.jsonl"),
        add("feedback/other.txt"),
        lambda members: members | {"manifest.json": b"{}"},
        lambda members: members | {"dateline-backup.json": b"[]"},
        lambda members: members | {"articles/000000.jsonl": b'{"id": 1}\n'},
        lambda members: members | {"catalogue/000000.jsonl": b"[1]\n"},
        lambda _: {"something.txt": b"else"},
    ],
)
def test_an_altered_backup_is_refused_and_nothing_is_touched(
    index: IngestSettings, tmp_path: Path, change: Callable[[dict[str, bytes]], dict[str, bytes]]
) -> None:
    file, bad = tmp_path / "good.tar", tmp_path / "bad.tar"
    back_up(index, file)
    write_members(bad, change(members_of(file)))
    before = documents(index)
    with pytest.raises(InvalidRequest):
        restore(index, bad, replace=True)
    assert documents(index) == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["bad.tar", "good.tar", "index"]


@pytest.mark.parametrize("ending", [".tar", ".tar.gz", ".tar.zst"])
def test_cut_and_flipped_files_are_refused(index: IngestSettings, tmp_path: Path, ending: str) -> None:
    if ending == ".tar.zst":
        pytest.importorskip("zstandard")
    file, bad = tmp_path / f"good{ending}", tmp_path / f"bad{ending}"
    back_up(index, file)
    content = file.read_bytes()
    payload = len(content) if ending != ".tar" else content.rfind(b"}") + 1  # then tar's own empty blocks
    for share in (0.0, 0.01, 0.3, 0.7, 0.95, 0.999):
        bad.write_bytes(content[: int(payload * share)])
        with pytest.raises(InvalidRequest):
            check_backup(bad)
    good = check_backup(file)
    for share in (0.02, 0.2, 0.4, 0.6, 0.8, 0.9):
        at = int(payload * share)
        bad.write_bytes(content[:at] + bytes([content[at] ^ 0x55]) + content[at + 1 :])
        try:
            assert (
                check_backup(bad).catalogue == good.catalogue
            )  # a byte that says nothing, such as an owner's number
        except InvalidRequest:
            continue
    with pytest.raises(InvalidRequest, match="no file"):
        check_backup(tmp_path / f"none{ending}")


def test_links_and_folders_in_an_archive_are_refused(index: IngestSettings, tmp_path: Path) -> None:
    file, bad = tmp_path / "good.tar", tmp_path / "bad.tar"
    back_up(index, file)
    members = members_of(file)
    with tarfile.open(bad, "w") as archive:
        first = tarfile.TarInfo("dateline-backup.json")
        first.size = len(members["dateline-backup.json"])
        archive.addfile(first, io.BytesIO(members["dateline-backup.json"]))
        link = tarfile.TarInfo("feedback/feedback.jsonl")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        archive.addfile(link)
    with pytest.raises(InvalidRequest, match="belongs to no backup"):
        check_backup(bad)


def test_an_interrupted_restore_leaves_the_old_index(
    index: IngestSettings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "b.tar"
    back_up(index, file)
    before = documents(index)
    done: list[int] = []

    def interrupt(count: int, _total: int) -> None:
        done.append(count)
        if count == 35:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        restore(index, file, replace=True, on_article=interrupt)
    assert documents(index) == before

    def differing(*_: object) -> None:
        raise DatelineError("differs")

    monkeypatch.setattr("service.backup_restoring.check_copy", differing)
    with pytest.raises(DatelineError, match="differs"):
        restore(index, file, replace=True)
    assert documents(index) == before


@pytest.mark.parametrize(
    "name",
    ["../manifest.json", "articles/1.jsonl", "articles/000000.jsonl/..", "feedback/.jsonl", "", "secrets/x"],
)
def test_only_names_of_a_backup_are_known(name: str) -> None:
    assert kind_of(name) is None
