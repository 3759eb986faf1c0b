"""That no derived index of another database is taken for current, whichever generation that one had reached."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path

import pytest

from ingest import layout
from ingest.derived_index import KEY_FILE, generation_of
from ingest.store import ArticleStore
from service.derived_indexes import KEYWORD_FOLDER, SENTENCE_FOLDER, VECTOR_FOLDER
from service.library import CATALOGUE_FOLDER, Library
from service.opening import open_services
from service.settings import ServiceSettings
from tests.ingest.test_store import DIMENSION, TEXT
from tests.service.test_library_catalogue import library_of, made, opened

FOLDERS = (KEYWORD_FOLDER, VECTOR_FOLDER, SENTENCE_FOLDER, CATALOGUE_FOLDER)

BRIDGE = "The bridge in Lyon opened on May 3, 2024, and cars may cross it at no charge.\n"
FERRY = "The ferry to Corsica sank on May 9, 2024, and all 40 passengers were saved.\n"


def ingested(settings: ServiceSettings, folder: Path, words: str) -> int | None:
    """Ingest one article, in whose place nothing was before; the generation that the index is at."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    (folder / "news.txt").write_text(words)
    with open_services(settings, create=True) as services:
        services.ingest([folder])
        return services.ready().generation


def answered(settings: ServiceSettings, question: str) -> str | None:
    with open_services(settings) as services:
        answer = services.ask(question)
    return answer.answer if answer.status == "answered" else None


def test_what_was_made_of_a_database_that_is_gone_answers_nothing_about_the_next(tmp_path: Path) -> None:
    settings = ServiceSettings(data_dir=tmp_path / "index")
    first = ingested(settings, tmp_path / "news", BRIDGE)
    assert "May 3, 2024" in (answered(settings, "When did the bridge in Lyon open?") or "")
    shutil.rmtree(settings.data_dir / "chroma")
    assert ingested(settings, tmp_path / "news", FERRY) == first
    assert "40 passengers" in (answered(settings, "How many passengers were on the ferry to Corsica?") or "")
    assert answered(settings, "When did the bridge in Lyon open?") is None


def test_nor_does_what_was_made_of_a_database_before_its_copy_was_put_back(tmp_path: Path) -> None:
    settings = ServiceSettings(data_dir=tmp_path / "index")
    ingested(settings, tmp_path / "first", "The harbour of Genoa closed on May 1, 2024.\n")
    database, copy = settings.data_dir / "chroma", tmp_path / "copy"
    shutil.copytree(database, copy)
    went_on = ingested(settings, tmp_path / "second", BRIDGE)
    assert "May 3, 2024" in (answered(settings, "When did the bridge in Lyon open?") or "")
    shutil.rmtree(database)
    shutil.copytree(copy, database)
    shutil.rmtree(tmp_path / "second")
    assert ingested(settings, tmp_path / "third", FERRY) == went_on  # the same collections, too
    assert "40 passengers" in (answered(settings, "How many passengers were on the ferry to Corsica?") or "")
    assert answered(settings, "When did the bridge in Lyon open?") is None


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The ids of the articles whose chunks, vectors or sentences were read from the store."""
    asked: list[str] = []

    def noting(name: str) -> None:
        read: Callable[..., Iterator[object]] = getattr(ArticleStore, name)

        def noted(self: ArticleStore, ids: list[str], *others: int) -> object:
            asked.extend(ids)
            return read(self, ids, *others)

        monkeypatch.setattr(ArticleStore, name, noted)

    for name in ("chunks", "article_vectors", "article_sentences"):
        noting(name)
    return asked


def found_by(library: Library, number: int) -> list[set[str]]:
    """The articles that the words and the vectors of an article find first, and those that sentences are known of."""
    item = made(number)
    words = library.keywords().search(f"Biden agreed {item.article.title or ''}", 50)
    near = library.vectors().nearest_chunks(item.vectors[:1], 50)
    known = [chunk for chunk in item.chunks if library.evidence().sentences(chunk.chunk_id)]
    return [
        {chunk_id.partition(".")[0] for chunk_id, _ in words},
        {chunk_id.partition(".")[0] for chunk_id in near},
        {chunk.article_id for chunk in known},
    ]


def test_indexes_of_a_dateline_that_bound_them_to_less_are_kept(tmp_path: Path, reads: list[str]) -> None:
    with opened(tmp_path) as store:
        store.write([made(number) for number in range(4)])
        library = library_of(store, tmp_path)
        library.refresh()
        before = found_by(library, 1)
        library.close()
        pointer = layout.read_pointer(store._client)
        assert pointer is not None
        written = {**asdict(pointer)}
        del written["change"]
        with store._lock:  # as that Dateline left the pointer and the keys
            store._client.get_collection(layout.POINTER, embedding_function=None).modify(metadata=written)
    keys = {KEYWORD_FOLDER: "one@1", VECTOR_FOLDER: "one@1", SENTENCE_FOLDER: "one@1"}
    for folder, key in {**keys, CATALOGUE_FOLDER: f"{pointer.active}/one@1"}.items():
        file = tmp_path / folder / KEY_FILE
        file.write_text(json.dumps({**json.loads(file.read_text()), "key": key}))
    with opened(tmp_path) as store:
        library = library_of(store, tmp_path)
        reads.clear()
        assert found_by(library, 1) == before
        assert [one for one in reads if "." not in one] == []  # a chunk is read ahead to wake Chroma
        assert all(len(found) >= 1 for found in before)
        library.close()
        for folder in FOLDERS:
            assert json.loads((tmp_path / folder / KEY_FILE).read_text())["key"] == store.state


def test_a_process_sees_that_the_database_behind_it_is_another(tmp_path: Path) -> None:
    """As where a server's address leads to another database: the same generation, the fingerprint, other articles."""
    with opened(tmp_path / "first") as first, opened(tmp_path / "second") as second:
        first.write([made(1)])
        second.write([made(2)])
        assert first.generation == second.generation
        library = library_of(first, None)
        library.refresh()
        gone, here = made(1).article.article_id, made(2).article.article_id
        assert found_by(library, 1)[0] == {gone}
        first._client, second._client = second._client, first._client
        library.refresh()
        assert list(library.shelf().records) == [here]
        assert found_by(library, 2) == [{here}, {here}, {here}]
        assert found_by(library, 1)[2] == set()
        library.close()
        first._client, second._client = second._client, first._client


def test_every_change_leads_to_a_state_of_its_own(tmp_path: Path) -> None:
    with opened(tmp_path) as store:
        states, generations = [store.state], [store.generation]
        changes: list[Callable[[], None]] = [
            lambda: store.write([made(1)]),
            lambda: store.write([made(1, TEXT.upper())]),
            lambda: store.delete([made(1).article.article_id]),
            lambda: store.outlive(40),
        ]
        for change in changes:
            change()
            states.append(store.state)
            generations.append(store.generation)
        rebuilt = store.rebuild("one", DIMENSION)
        rebuilt.write([made(3)])
        rebuilt.activate()
        states.append(store.state)
        generations.append(store.generation)
    assert len(set(states)) == len(states)
    assert [generation_of(state) for state in states] == generations == sorted(set(generations))
