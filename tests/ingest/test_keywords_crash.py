"""The files of the keyword index: that nothing a crash or damage leaves is believed."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from ingest.errors import UpstreamRefused
from ingest.keywords import KEY_FILE, VERSIONS_FILE, IndexedChunk, KeywordIndex
from tests.ingest.test_keywords import CHUNKS, fill, ids, piece
from tests.ingest.test_keywords_sync import EVERYTHING, K1, K2, K9, built


class Crash(BaseException):
    """Stands for the death of the process: nothing in the index may catch it."""


def crashing() -> Iterator[IndexedChunk]:
    yield piece("half", 0, "Half written.")
    raise Crash


def test_a_crash_in_an_update_shows_as_stale(tmp_path: Path) -> None:
    index = KeywordIndex.open(tmp_path, "g1")
    fill(index, CHUNKS, "g1")
    with pytest.raises(Crash):
        index.sync({"aukus": "v1", "half": "v1"}, lambda _: crashing(), "g2")
    assert index.stale
    for key in ("g1", "g2"):
        assert KeywordIndex.open(tmp_path, key).stale
    fill(index, CHUNKS, "g2")
    assert not KeywordIndex.open(tmp_path, "g2").stale


def test_a_crash_in_a_rebuild_leaves_the_old_index(tmp_path: Path) -> None:
    index = KeywordIndex.open(tmp_path, "g1")
    fill(index, CHUNKS, "g1")
    with pytest.raises(Crash):
        index.sync({"half": "v1"}, lambda _: crashing(), "g2")
    assert KeywordIndex.open(tmp_path, "g2").stale
    old = KeywordIndex.open(tmp_path, "g1")
    assert not old.stale
    assert ids(old, "half") == []
    fill(old, CHUNKS, "other@2")
    assert len(list(tmp_path.glob("index-*"))) == 1


@pytest.mark.parametrize(
    "damage", ["cut", "lost", "emptied", "key", "no key", "version", "shape", "versions", "no versions"]
)
def test_a_damaged_folder_is_stale_and_can_be_rebuilt(tmp_path: Path, damage: str) -> None:
    fill(KeywordIndex.open(tmp_path, "g1"), CHUNKS, "g1")
    key_file, (place,) = tmp_path / KEY_FILE, tmp_path.glob("index-*")
    part = next(iter(sorted(place.glob("*.store"))))
    recorded = json.loads(key_file.read_text())
    if damage == "cut":
        part.write_bytes(part.read_bytes()[:-7])
    elif damage == "lost":
        part.unlink()
    elif damage == "emptied":
        (place / "meta.json").write_text("")
    elif damage == "key":
        key_file.write_text('{"key": "g1", "pla')
    elif damage == "no key":
        key_file.unlink()
    elif damage == "version":
        key_file.write_text(json.dumps({**recorded, "version": -1}))
    elif damage == "versions":  # as long as before
        content = (place / VERSIONS_FILE).read_bytes()
        (place / VERSIONS_FILE).write_bytes(content.replace(b"v1", b"v2"))
    elif damage == "no versions":
        (place / VERSIONS_FILE).unlink()
    else:
        key_file.write_text("[1]")
    index = KeywordIndex.open(tmp_path, "g1")
    assert index.stale
    fill(index, CHUNKS, "g1")
    assert ids(KeywordIndex.open(tmp_path, "g1"), "frost") == ["orchard.v1.00000"]


def test_a_folder_that_cannot_be_written_is_an_error_of_ours(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("")
    with pytest.raises(UpstreamRefused):
        fill(KeywordIndex.open(blocked / "keywords", "g1"), CHUNKS, "g1")


def test_a_crash_in_a_sync_has_everything_read_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    index, store = built(tmp_path)
    store.articles["aukus"] = ("v2", ["Japan and an apple"])

    def half(article_ids: Sequence[str] | None) -> Iterator[IndexedChunk]:
        yield from store.read(article_ids)
        raise Crash

    with pytest.raises(Crash):
        index.sync(store.versions, half, K2)
    assert index.stale
    for key in (K1, K2):
        assert KeywordIndex.open(tmp_path, key).stale
    assert store.sync(KeywordIndex.open(tmp_path, K2), K2) == [EVERYTHING]
    store.articles["aukus"] = ("v3", ["The apple of Japan"])
    index, written, replaced = KeywordIndex.open(tmp_path, K9), [], Path.replace

    def dying(self: Path, target: Path) -> Path:
        written.append(self.name)
        if written.count(f"{KEY_FILE}.new") == 2:  # all is written, and the new key not
            raise Crash
        return replaced(self, target)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", dying)
        with pytest.raises(Crash):
            index.sync(store.versions, store.read, K9)
    assert KeywordIndex.open(tmp_path, K9).key is None
    assert store.sync(index, K9) == [EVERYTHING]
    assert store.sync(KeywordIndex.open(tmp_path, K9), K9) == []


def test_a_crash_in_a_sync_that_changes_nothing_costs_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    index, store = built(tmp_path)
    left, replaced = ["the first"], Path.replace

    def dying(self: Path, target: Path) -> Path:
        if left:
            left.pop()
            return replaced(self, target)
        raise Crash

    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", dying)
        with pytest.raises(Crash):
            index.sync(store.versions, store.read, K2)
    assert store.sync(KeywordIndex.open(tmp_path, K2), K2) == []


@pytest.mark.parametrize("damage", ["cut", "lost", "folder"])
def test_damage_behind_an_open_index_is_noticed_by_the_next_sync(tmp_path: Path, damage: str) -> None:
    index, store = built(tmp_path)
    (place,) = tmp_path.glob("index-*")
    part = next(iter(sorted(place.glob("*.store"))))
    content = part.read_bytes()
    part.unlink()
    if damage == "cut":
        part.write_bytes(content[:-7])
    elif damage == "folder":
        shutil.rmtree(place)
    store.articles["new"] = ("v1", ["A new ferry"])
    assert store.sync(index, K2) == [EVERYTHING]
    assert store.sync(KeywordIndex.open(tmp_path, K2), K2) == []


def test_a_rebuild_that_fails_leaves_nothing_behind(tmp_path: Path) -> None:
    index, store = built(tmp_path)
    before = list(tmp_path.glob("index-*"))
    with pytest.raises(ZeroDivisionError):
        index.sync({"a": "v1"}, lambda _: (piece("a", one, str(1 // one)) for one in (1, 0)), K2)
    assert list(tmp_path.glob("index-*")) == before
    assert store.sync(KeywordIndex.open(tmp_path, K1), K1) == []
