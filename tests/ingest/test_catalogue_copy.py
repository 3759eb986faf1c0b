"""The copy of the catalogue: that it gives what it was given, and that nothing a crash or damage leaves is believed."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest import catalogue_copy, derived_index
from ingest.catalogue_copy import COPY_VERSION, RECORDS, CatalogueCopy
from ingest.derived_index import KEY_FILE, index_key
from ingest.errors import UpstreamRefused
from ingest.records import ArticleRecord
from ingest.settings import IngestSettings
from ingest.store import ArticleStore
from tests.ingest.test_store import DIMENSION, prepared

K1, K2, K3 = (index_key("a1/fingerprint", generation) for generation in (1, 2, 3))


class Crash(BaseException):
    """Stands for the death of the process: nothing in the copy may catch it."""


def record(number: int, version: str = "v1") -> ArticleRecord:
    """One that has nothing that may be absent for odd numbers, and everything for even ones."""
    bare = ArticleRecord(
        article_id=f"{number:016x}",
        source=f"{number % 7}/{number:04d}.txt",
        title=None,
        outlet=None,
        authors=(),
        published_at=None,
        url=None,
        version=version,
        root="upload:",
        chunk_count=number % 4,
        characters=number,
        ingested_at="2024-04-10T08:00:00+00:00",
    )
    if number % 2:
        return bare
    return replace(
        bare,
        title="“Zürich”\n\u2028 \ud800 同盟",
        outlet="The Post",
        authors=("Ann", "Bob"),
        published_at="2024-04-10",
        url="https://example.org/a",
        signature=bytes(range(256)) + bytes([number % 256]),
        file_mtime_ns=1_700_000_000_123_456_789,
        file_size=2**40,
        file_sha="ab",
    )


def by_source(records: Sequence[ArticleRecord]) -> list[ArticleRecord]:
    return sorted(records, key=lambda one: (one.source, one.article_id))


RECORDS_10 = by_source([record(number) for number in range(10)])


def filled(folder: Path, records: Sequence[ArticleRecord] = RECORDS_10, key: str = K1) -> CatalogueCopy:
    copy = CatalogueCopy.open(folder, key)
    copy.sync(records, key)
    return copy


def test_a_reader_sees_exactly_what_chroma_holds(tmp_path: Path) -> None:
    settings = IngestSettings(data_dir=tmp_path / "index")
    with ArticleStore.open(settings, fingerprint="one", dimension=DIMENSION, create=True) as store:
        store.write([prepared(number) for number in range(12)])
        copy = CatalogueCopy.open(tmp_path / "copy", K1)
        assert copy.records() is None
        copy.sync(store.catalogue(), K1)
        store.write([prepared(3, "Something else was said. Sign up!"), prepared(40)])
        store.delete([store.catalogue()[0].article_id])
        assert copy.sync(store.catalogue(), K2) == 2
    with ArticleStore.open(settings, fingerprint="one", dimension=DIMENSION, create=False) as store:
        assert CatalogueCopy.open(tmp_path / "copy", K2).records() == store.catalogue() == copy.records()


def test_another_generation_collection_or_embedder_gives_nothing(tmp_path: Path) -> None:
    filled(tmp_path)
    for key in (K2, index_key("b2/fingerprint", 1), index_key("a1/other", 1)):
        copy = CatalogueCopy.open(tmp_path, key)
        assert copy.stale
        assert copy.records() is None
    copy = CatalogueCopy.open(tmp_path, K1)
    assert copy.records() == RECORDS_10
    assert not copy.expect(K2)
    assert copy.records() is None


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-1])


def flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


@pytest.mark.parametrize("damage", [cut, flip, Path.unlink])
@pytest.mark.parametrize("name", [RECORDS, KEY_FILE])
def test_damage_is_noticed_and_mended(tmp_path: Path, damage: Callable[[Path], None], name: str) -> None:
    copy = filled(tmp_path)
    (path,) = tmp_path.rglob(name)
    damage(path)
    opened = CatalogueCopy.open(tmp_path, K1)
    assert opened.records() in (None, RECORDS_10)  # a bit of the key file may be one that says nothing
    if name == RECORDS:
        assert opened.records() is None
    for one in (opened, copy):  # one that had read the file before must not add to it either
        one.sync([*RECORDS_10, record(50)], K2)
        assert CatalogueCopy.open(tmp_path, K2).records() == by_source([*RECORDS_10, record(50)])


def test_a_copy_of_another_version_is_stale(tmp_path: Path) -> None:
    filled(tmp_path)
    recorded = json.loads((tmp_path / KEY_FILE).read_text())
    assert recorded["version"] == COPY_VERSION
    recorded["version"] = COPY_VERSION.replace("file_sha", "sha")
    (tmp_path / KEY_FILE).write_text(json.dumps(recorded))
    assert CatalogueCopy.open(tmp_path, K1).records() is None


def test_a_crash_before_the_key_leaves_the_old_copy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    copy = filled(tmp_path)

    def crash(*_: object) -> None:
        raise Crash

    with monkeypatch.context() as patched:
        patched.setattr(derived_index, "write_state", crash)
        for changed in ([*RECORDS_10, record(50)], [record(60)]):  # appended, and written anew
            with pytest.raises(Crash):
                copy.sync(changed, K2)
            assert CatalogueCopy.open(tmp_path, K1).records() == RECORDS_10
            assert CatalogueCopy.open(tmp_path, K2).records() is None
    again = CatalogueCopy.open(tmp_path, K2)
    again.sync([*RECORDS_10, record(51)], K2)
    assert CatalogueCopy.open(tmp_path, K2).records() == by_source([*RECORDS_10, record(51)])
    assert len(list(tmp_path.glob("index-*"))) == 1


def test_a_few_changes_are_appended_and_many_written_anew(tmp_path: Path) -> None:
    many = [record(number) for number in range(100)]
    copy = filled(tmp_path, many)
    (file,) = tmp_path.rglob(RECORDS)
    size = file.stat().st_size
    assert copy.sync([*many[2:], record(0, "v2")], K2) == 1
    assert file.stat().st_size - size == len(catalogue_copy._line(record(0, "v2")))
    assert copy.sync([*many[2:], record(0, "v2")], K3) == 0
    assert copy.sync(many[60:], K1) == 40
    assert not file.exists()
    assert CatalogueCopy.open(tmp_path, K1).records() == by_source(many[60:])


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    copy = CatalogueCopy.open(tmp_path / "file" / "copy", K1)
    with pytest.raises(UpstreamRefused, match="copy of the catalogue"):
        copy.sync(RECORDS_10, K1)
    assert copy.records() is None


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.dictionaries(st.integers(0, 12), st.sampled_from(["v1", "v2"])), min_size=1, max_size=5),
    st.booleans(),
)
def test_whatever_changes_the_copy_is_the_catalogue(states: list[dict[int, str]], reopened: bool) -> None:
    with tempfile.TemporaryDirectory() as folder:
        copy = CatalogueCopy.open(Path(folder), K1)
        for generation, state in enumerate(states):
            key = index_key("a1/fingerprint", generation)
            if reopened:
                copy = CatalogueCopy.open(Path(folder), key)
            wanted = by_source([record(number, version) for number, version in state.items()])
            copy.sync(wanted, key)
            assert copy.records() == wanted
            assert CatalogueCopy.open(Path(folder), key).records() == wanted
