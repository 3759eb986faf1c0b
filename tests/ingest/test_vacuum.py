"""After a vacuum no byte of the folder holds a removed word, and everything else is what it was."""

from __future__ import annotations

import base64
import multiprocessing
import re
import zlib
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from ingest import chroma, vacuum
from ingest.errors import IndexMissing, SettingsError, UpstreamRefused, UpstreamUnavailable
from ingest.packed import PackedArticle
from ingest.settings import IngestSettings
from ingest.vacuum import compact
from service.opening import open_services
from service.settings import ServiceSettings
from service.vacuuming import vacuum as vacuum_all
from tests.ingest.test_store import open_store, prepared

TOKEN = "Zyxquorbline"


@pytest.fixture
def settings(tmp_path: Path) -> IngestSettings:
    settings = IngestSettings(data_dir=tmp_path)
    with open_store(settings) as store:
        store.write([prepared(number) for number in range(12)])
    return settings


def packed_documents(settings: IngestSettings) -> dict[str, dict[str, object]]:
    """Every article with all that is kept of it, by id."""
    with open_store(settings, create=False) as store:
        return {one.record.article_id: one.document() for one in store.packed()}


def files_with(folder: Path, word: str) -> Iterator[Path]:
    """The files that hold a word in any form in which Dateline, Chroma or tantivy write it: as it is, in lower case, in
    base64 at any alignment, and deflated, which is undone."""
    plain = [word.encode(), word.lower().encode()]
    aligned = [base64.b64encode(b" " * shift + word.encode())[4:-4] for shift in range(3)]
    for path in folder.rglob("*"):
        content = path.read_bytes() if path.is_file() else b""
        inflated = b"".join(_inflated(content))
        if any(form in content for form in (*plain, *aligned)) or any(form in inflated for form in plain):
            yield path.relative_to(folder)


def _inflated(content: bytes) -> Iterator[bytes]:
    """What is deflated and in base64: packed metadata begin with eAE (level 1)."""
    for found in re.finditer(rb"eAE[A-Za-z0-9+/]+", content):
        packed = found.group()
        with suppress(ValueError, zlib.error):
            yield zlib.decompressobj().decompress(base64.b64decode(packed[: len(packed) - len(packed) % 4]))


def test_everything_is_what_it_was_and_the_generation_moves_on(settings: IngestSettings) -> None:
    before = packed_documents(settings)
    with open_store(settings, create=False) as store:
        generation, chunk_ids = store.generation, [chunk.chunk_id for chunk in store.all_chunks()]
        nearest = store.nearest(prepared(3).vectors[0], 5)
    told: list[tuple[int, int]] = []
    done = compact(settings, lambda count, total: told.append((count, total)))
    assert len(done.versions) == 12
    assert told[-1] == (12, 12)
    assert packed_documents(settings) == before
    with open_store(settings, create=False) as store:
        assert store.generation > generation
        assert [chunk.chunk_id for chunk in store.all_chunks()] == chunk_ids
        assert dict(store.nearest(prepared(3).vectors[0], 5)) == pytest.approx(dict(nearest))
        store.write([prepared(99)])
        assert len(store.catalogue()) == 13


def test_a_rebuilt_index_leaves_no_folder_behind(settings: IngestSettings) -> None:
    folder = settings.data_dir / chroma.EMBEDDED_FOLDER
    lost = folder / "0b9d1ec6-0000-4000-8000-000000000000"
    lost.mkdir()
    (lost / "data_level0.bin").write_bytes(b"old")
    compact(settings)
    assert not lost.exists()
    assert not list(settings.data_dir.glob("vacuum-*"))


@pytest.mark.parametrize("place", ["write_apart", "_settle", "_take_place"])
def test_a_failure_on_the_way_leaves_the_old_index(
    settings: IngestSettings, place: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = packed_documents(settings)

    def fail(*_: object) -> None:
        raise OSError("the disk is gone")

    monkeypatch.setattr(vacuum, place, fail)
    with pytest.raises(UpstreamUnavailable, match="the one in use is whole"):
        compact(settings)
    assert packed_documents(settings) == before
    assert not list(settings.data_dir.glob("vacuum-*"))


def test_a_copy_that_differs_is_not_taken(settings: IngestSettings, monkeypatch: pytest.MonkeyPatch) -> None:
    before = packed_documents(settings)
    monkeypatch.setattr(
        PackedArticle, "digest", lambda _: "that of another"
    )  # in this process, not in the writer's
    with pytest.raises(UpstreamRefused, match="is not what was written"):
        compact(settings)
    assert packed_documents(settings) == before


def test_a_writer_that_dies_is_told(settings: IngestSettings, monkeypatch: pytest.MonkeyPatch) -> None:
    before = packed_documents(settings)

    def die(count: int, _total: int) -> None:
        if count == 5:
            (writer,) = multiprocessing.active_children()
            writer.kill()
            writer.join()

    with pytest.raises(UpstreamUnavailable, match="ended"):
        compact(settings, die)
    assert packed_documents(settings) == before
    assert not list(settings.data_dir.glob("vacuum-*"))


def test_no_index_a_server_and_no_room(
    settings: IngestSettings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(IndexMissing):
        compact(IngestSettings(data_dir=tmp_path / "none"))
    with pytest.raises(SettingsError, match="restore into it"):
        compact(IngestSettings(data_dir=tmp_path, chroma_url="http://127.0.0.1:1"))
    monkeypatch.setattr("shutil.disk_usage", lambda _: type("Usage", (), {"free": 1000}))
    with pytest.raises(SettingsError, match="MB are free"):
        compact(settings)


def test_no_byte_of_a_removed_article_is_left(tmp_path: Path) -> None:
    news = tmp_path / "news"
    news.mkdir()
    (news / "ferry.txt").write_text(
        f"Ferry named\n\nMayor Ida Holm said the {TOKEN} would sail in May. “The {TOKEN} is ours,” she said.\n"
    )
    (news / "harbour.txt").write_text("Harbour opens\n\nThe harbour opened on Monday, Mayor Ida Holm said.\n")
    settings = ServiceSettings(data_dir=tmp_path / "index")
    with open_services(settings, create=True) as services:
        services.ingest([news])
        assert TOKEN in services.ask(f"What did Ida Holm say about the {TOKEN}?").answer
        gone, kept = (services.article(name).record for name in ("ferry.txt", "harbour.txt"))
        for record in (gone, kept):
            text = settings.data_dir / "maps" / f"{record.article_id}.{record.version}" / "a.json"
            text.parent.mkdir(parents=True)
            text.write_text(TOKEN if record is gone else "kept")
        services.remove(gone.article_id)
    left_by_deletion = list(files_with(settings.data_dir, TOKEN))
    assert Path("chroma/chroma.sqlite3") in left_by_deletion, "the test would prove nothing"
    vacuum_all(settings)
    assert not list(files_with(settings.data_dir, TOKEN))
    assert not list(files_with(settings.data_dir, gone.article_id))
    assert len(list(settings.data_dir.glob("maps/*/a.json"))) == 1
    with open_services(settings) as services:
        assert services.ask("When did the harbour open?").citations[0].source == "harbour.txt"
        assert services.article("harbour.txt").record == kept
