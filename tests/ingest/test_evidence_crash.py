"""The files of the sentence evidence index: that nothing a crash or damage leaves is believed."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

from ingest import evidence_files
from ingest.errors import UpstreamRefused
from ingest.evidence import KEY_FILE, EvidenceIndex
from ingest.sentence_codes import ArticleSentences
from ingest.vectors import index_key
from tests.ingest.test_evidence import (
    ARTICLES,
    K1,
    K2,
    Store,
    article,
    built,
    check_all,
    count_tokens,
    synced,
)


class Crash(BaseException):
    """Stands for the death of the process: nothing in the index may catch it."""


def dying(self: Path, target: Path) -> Path:
    raise Crash


def test_a_crash_leaves_the_old_index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    index = built(ARTICLES, tmp_path)
    fresh = [*ARTICLES, article("whole", (4, 1, 2))]

    def half(article_ids: Sequence[str]) -> Iterator[ArticleSentences]:
        yield article("half", (5, 5, 5))
        raise Crash

    versions = Store(fresh).versions
    changes: list[Callable[[], object]] = [
        lambda: index.sync(versions, half, count_tokens, K2),
        lambda: index.sync(versions, half, count_tokens, index_key("other", 2)),
    ]
    for change in changes:
        with pytest.raises(Crash):
            change()
        assert index.stale
        check_all(index, ARTICLES)
    for key in (K2, index_key("other", 2)):  # all rows written, and the key not
        with monkeypatch.context() as patch:
            patch.setattr(Path, "replace", dying)
            with pytest.raises(Crash):
                synced(index, fresh[1:], key)
    old = EvidenceIndex.open(tmp_path, K1)
    assert not old.stale
    check_all(old, ARTICLES)
    assert EvidenceIndex.open(tmp_path, K2).stale
    assert synced(old, fresh, K2) == ["whole"]
    check_all(EvidenceIndex.open(tmp_path, K2), fresh)
    assert len(list(tmp_path.glob("index-*"))) == 1


DAMAGE = (
    *(f"{how} {name}" for name in evidence_files.FILES for how in ("short", "lost")),
    *(f"other {name}" for name in evidence_files.CHECKED),
    *("key", "no key", "version", "shape", "state"),
)


@pytest.mark.parametrize("damage", DAMAGE)
def test_a_damaged_folder_is_stale_and_is_made_anew(tmp_path: Path, damage: str) -> None:
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
    index = EvidenceIndex.open(tmp_path, K1)
    assert index.stale
    assert len(synced(index, ARTICLES, K1)) == len(ARTICLES)
    again = EvidenceIndex.open(tmp_path, K1)
    assert not again.stale
    check_all(again, ARTICLES)


@pytest.mark.parametrize(
    ("name", "damage"),
    [
        *((name, how) for name in evidence_files.FILES for how in ("cut", "lost")),
        *((name, "other") for name in evidence_files.CHECKED),
    ],
)
def test_damage_behind_an_open_index_is_noticed_by_the_next_sync(
    tmp_path: Path, name: str, damage: str
) -> None:
    index = built(ARTICLES, tmp_path)
    (place,) = tmp_path.glob("index-*")
    content = (place / name).read_bytes()
    (place / name).unlink()  # what is mapped stays as it was
    if damage == "cut":
        (place / name).write_bytes(content[:-1])
    elif damage == "other":
        (place / name).write_bytes(bytes([content[0] ^ 1]) + content[1:])
    fresh = [*ARTICLES, article("whole")]
    assert len(synced(index, fresh, K2)) == len(fresh)
    check_all(index, fresh)


def test_a_sync_that_fails_leaves_no_rows_behind(tmp_path: Path) -> None:
    index = built(ARTICLES, tmp_path)
    before = list(tmp_path.glob("index-*"))

    def failing(article_ids: Sequence[str]) -> Iterator[ArticleSentences]:
        yield article("half", (5, 5, 5))
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        index.sync(Store(ARTICLES).versions, failing, count_tokens, index_key("other", 2))
    assert list(tmp_path.glob("index-*")) == before
    check_all(EvidenceIndex.open(tmp_path, K1), ARTICLES)


def test_dead_rows_are_cleared_away(tmp_path: Path) -> None:
    index = built(ARTICLES, tmp_path)
    (before,) = tmp_path.glob("index-*")
    synced(index, ARTICLES[:3], K2)
    (after,) = tmp_path.glob("index-*")
    assert after != before
    again = EvidenceIndex.open(tmp_path, K2)
    assert not again.stale
    check_all(again, ARTICLES[:3])


def test_a_folder_that_cannot_be_written_is_an_error_of_ours(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("")
    with pytest.raises(UpstreamRefused):
        built(ARTICLES, blocked / "sentences")


def test_a_temporary_index_goes_with_its_object() -> None:
    index = built(ARTICLES)
    folder = index._folder
    assert folder.is_dir()
    del index
    assert not folder.exists()
