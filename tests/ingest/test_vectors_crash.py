"""The files of the vector index: that nothing a crash or damage leaves is believed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from ingest.errors import InvalidRequest, UpstreamRefused
from ingest.vector_files import CHECKED, FILES, VECTORS
from ingest.vector_table import ArticleVectors
from ingest.vectors import KEY_FILE, Read, VectorIndex, index_key
from tests.ingest.test_store import unit_vectors
from tests.ingest.test_vectors import ARTICLES, K1, K2, K3, article, brute, built, fill, same


class Crash(BaseException):
    """Stands for the death of the process: nothing in the index may catch it."""


def crashing() -> Iterator[ArticleVectors]:
    yield article("half", 9)
    raise Crash


def failing() -> Iterator[ArticleVectors]:
    yield article("half", 9)
    raise ZeroDivisionError


def test_a_crash_while_rows_are_written_leaves_the_old_index(tmp_path: Path) -> None:
    index = built(ARTICLES, tmp_path)
    query = unit_vectors([3], 1)
    before = index.search(query, 50)
    changed = {one.article_id: one.version for one in ARTICLES[1:]} | {"half": "v1"}
    for key in (K2, index_key("other", 2)):  # added to the rows there are, and in their place
        with pytest.raises(Crash):
            index.sync(changed, lambda _: crashing(), key)
        assert VectorIndex.open(tmp_path, K2).stale
        old = VectorIndex.open(tmp_path, K1)
        assert not old.stale
        assert old.search(query, 50) == before
    fill(index, [*ARTICLES, article("whole", 4)], K2)
    again = VectorIndex.open(tmp_path, K2)
    assert same(again.search(query, 50)[0], brute([*ARTICLES, article("whole", 4)], query[0], 50))
    fill(again, ARTICLES, index_key("other", 3))
    assert len(list(tmp_path.glob("index-*"))) == 1


def test_a_crash_between_the_rows_and_the_key_leaves_the_old_index(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    index = built(ARTICLES, tmp_path)
    query = unit_vectors([3], 1)
    before = index.search(query, 50)

    def die(self: Path, target: Path) -> Path:
        raise Crash

    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", die)
        with pytest.raises(Crash):
            fill(index, [*ARTICLES[1:], article("whole", 4)], K2)
    assert index.stale
    old = VectorIndex.open(tmp_path, K1)
    assert not old.stale
    assert old.search(query, 50) == before
    fill(old, [*ARTICLES, article("other", 6)], K3)
    again = VectorIndex.open(tmp_path, K3)
    assert same(again.search(query, 50)[0], brute([*ARTICLES, article("other", 6)], query[0], 50))


@pytest.mark.parametrize(
    "damage",
    [
        *("short vectors", "short codes", "short chunks", "short articles", "lost vectors", "lost mean"),
        *("other codes", "other chunks", "other articles", "key", "no key", "version", "shape", "state"),
    ],
)
def test_a_damaged_folder_is_stale_and_can_be_rebuilt(tmp_path: Path, damage: str) -> None:
    built(ARTICLES, tmp_path).close()
    key_file, (place,) = tmp_path / KEY_FILE, tmp_path.glob("index-*")
    recorded = json.loads(key_file.read_text())
    what, _, name = damage.partition(" ")
    if what == "short":
        (place / name).write_bytes((place / name).read_bytes()[:-1])
    elif what == "lost":
        (place / name).unlink()
    elif what == "other":
        content = bytearray((place / name).read_bytes())
        content[3] ^= 1
        (place / name).write_bytes(content)
    elif damage == "no key":
        key_file.unlink()
    else:
        broken = {
            "key": '{"key": "g1", "pla',
            "version": json.dumps({**recorded, "version": -1}),
            "shape": "[1]",
            "state": json.dumps({**recorded, "state": {}}),
        }
        key_file.write_text(broken[damage])
    index = VectorIndex.open(tmp_path, K1)
    assert index.stale
    fill(index, ARTICLES, K1)
    assert not VectorIndex.open(tmp_path, K1).stale


@pytest.mark.parametrize(
    ("name", "damage"),
    [*((name, how) for name in FILES for how in ("cut", "lost")), *((name, "other") for name in CHECKED)],
)
def test_damage_behind_an_open_index_is_noticed_before_it_is_written_to(
    tmp_path: Path, name: str, damage: str
) -> None:
    index, fresh = built(ARTICLES, tmp_path), article("whole", 4)
    (place,) = tmp_path.glob("index-*")
    if damage == "cut":
        (place / name).write_bytes((place / name).read_bytes()[:-1])
    elif damage == "lost":
        (place / name).unlink()
    else:
        content = (place / name).read_bytes()
        (place / name).write_bytes(bytes([content[0] ^ 1]) + content[1:])
    source = {one.article_id: one for one in [*ARTICLES, fresh]}
    versions = {one.article_id: one.version for one in source.values()}
    assert index.sync(versions, lambda wanted: (source[one] for one in wanted), K2) == len(source)
    again, query = VectorIndex.open(tmp_path, K2), unit_vectors([3], 1)
    assert same(again.search(query, 50)[0], brute(list(source.values()), query[0], 50))


def test_a_rebuild_that_fails_leaves_no_rows_behind(tmp_path: Path) -> None:
    index = built(ARTICLES, tmp_path)
    before = list(tmp_path.glob("index-*"))
    trouble: list[tuple[Read, type[BaseException]]] = [
        (lambda _: failing(), ZeroDivisionError),
        (lambda _: crashing(), Crash),
        (lambda _: [article("a", 3), article("b", 3, dimension=9)], InvalidRequest),
    ]
    for read, error in trouble:
        with pytest.raises(error):
            index.sync({"a": "v1", "b": "v1"}, read, index_key("other", 2))
        assert list(tmp_path.glob("index-*")) == before
    assert not VectorIndex.open(tmp_path, K1).stale


def test_dead_rows_are_cleared_away(tmp_path: Path) -> None:
    index = built(ARTICLES, tmp_path)
    (before,) = tmp_path.glob("index-*")
    size = (before / VECTORS).stat().st_size
    fill(index, [one for one in ARTICLES if one.article_id != "orchard"], K2)
    (after,) = tmp_path.glob("index-*")
    assert (after / VECTORS).stat().st_size < size
    assert not VectorIndex.open(tmp_path, K2).stale


def test_a_folder_that_cannot_be_written_is_an_error_of_ours(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("")
    with pytest.raises(UpstreamRefused):
        fill(VectorIndex.open(blocked / "vectors", K1), ARTICLES, K1)
