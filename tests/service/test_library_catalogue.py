"""The library over its copy of the catalogue: Chroma stays what counts, and is read only where it must be."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from ingest import layout
from ingest.catalogue_copy import RECORDS
from ingest.records import ArticleRecord, PreparedArticle
from ingest.settings import IngestSettings
from ingest.store import ArticleStore
from service.library import CATALOGUE_FOLDER, Library
from tests.ingest.test_store import DIMENSION, TEXT, prepared


def made(number: int, text: str = TEXT) -> PreparedArticle:
    return replace(prepared(number, text), signature=None)


def opened(folder: Path) -> ArticleStore:
    settings = IngestSettings(data_dir=folder)
    return ArticleStore.open(settings, fingerprint="one", dimension=DIMENSION, create=True)


def library_of(store: ArticleStore, folder: Path | None) -> Library:
    return Library(store, folder, lambda texts: [len(text.split()) for text in texts])


def seen(folder: Path) -> tuple[list[ArticleRecord], list[ArticleRecord]]:
    """What the shelf of a reader that opens now holds, and what Chroma does."""
    with opened(folder) as store:
        library = library_of(store, folder)
        records = list(library.shelf().records.values())
        assert {one.record.article_id for one in store.get([one.article_id for one in records]).values()} == {
            one.article_id for one in records
        }
        return records, sorted(
            layout.read_records(store._index), key=lambda one: (one.source, one.article_id)
        )


@pytest.fixture
def chroma_reads(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many records each reading of the catalogue from Chroma gave."""
    reads: list[int] = []
    read = layout.read_records

    def counted(index: layout.Index) -> list[ArticleRecord]:
        records = read(index)
        reads.append(len(records))
        return records

    monkeypatch.setattr("ingest.store.layout.read_records", counted)
    return reads


def test_a_reader_with_a_good_copy_does_not_read_the_catalogue(
    tmp_path: Path, chroma_reads: list[int]
) -> None:
    with opened(tmp_path) as store:
        library = library_of(store, tmp_path)
        store.write([made(number) for number in range(5)])
        library.refresh()
        store.write([made(7)])
        library.refresh()
        library.close()
    chroma_reads.clear()
    with opened(tmp_path) as store:
        library = library_of(store, tmp_path)
        assert len(library.shelf().records) == 6
        article = next(iter(library.shelf().records))
        assert library.article(article).record.article_id == article
        store.delete([article])
        library.refresh()
        assert article not in library.shelf().records
        assert chroma_reads == []
        library.close()
    found, held = seen(tmp_path)
    assert found == held
    assert len(found) == 5


def test_writes_that_the_copy_missed_are_seen(tmp_path: Path) -> None:
    with opened(tmp_path) as store:
        store.write([made(number) for number in range(5)])
        library_of(store, tmp_path).shelf()
    with opened(tmp_path) as store:
        store.write([made(2, "Another text altogether. Sign up!"), made(9)])
    for _ in range(2):  # as it was left, and as the first reader brought it up to date
        found, held = seen(tmp_path)
        assert found == held
        assert len(found) == 6


def test_the_copy_of_an_index_that_was_here_before_is_not_believed(tmp_path: Path) -> None:
    with opened(tmp_path) as store:
        store.write([made(1)])
        library_of(store, tmp_path).shelf()
    shutil.rmtree(tmp_path / "chroma")
    with opened(tmp_path) as store:  # the same fingerprint and generation, other articles
        store.write([made(2)])
    found, held = seen(tmp_path)
    assert found == held
    assert [one.source for one in found] == ["0002.txt"]


def test_a_truncated_copy_and_a_folder_in_its_place_do_no_harm(tmp_path: Path) -> None:
    with opened(tmp_path) as store:
        store.write([made(1), made(2)])
        library_of(store, tmp_path).shelf()
    (file,) = (tmp_path / CATALOGUE_FOLDER).rglob(RECORDS)
    file.write_bytes(file.read_bytes()[:-10])
    found, held = seen(tmp_path)
    assert found == held
    assert len(found) == 2
    shutil.rmtree(tmp_path / CATALOGUE_FOLDER)
    (tmp_path / CATALOGUE_FOLDER).write_bytes(b"not a folder")
    assert seen(tmp_path)[0] == held


def test_a_rebuilt_index_is_seen(tmp_path: Path) -> None:
    with opened(tmp_path) as store:
        store.write([made(1), made(2)])
        library = library_of(store, tmp_path)
        library.shelf()
        target = store.rebuild("one", DIMENSION)
        target.write([made(3)])
        target.activate()
        library.refresh()
        assert [one.source for one in library.shelf().records.values()] == ["0003.txt"]
        library.close()
    found, held = seen(tmp_path)
    assert found == held
    assert len(found) == 1
