"""What a disk changed behind Dateline's back is noticed when it is read, whatever was changed."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest import chroma, encoding
from ingest.articles import Analysis, Article, Chunk, Sentence, Span, article_id_of, chunk_id_of
from ingest.chroma import EMBEDDED_FOLDER
from ingest.errors import DatelineError, IndexDamaged, SettingsError, UpstreamUnavailable
from ingest.integrity import checksum, of_unit_length
from ingest.records import ArticleRecord, PreparedArticle
from ingest.settings import IngestSettings
from ingest.store import ArticleStore

DIMENSION = 8
TEXT = "The ferry left at nine.\nPetra Quillfeather waved.\n"


def prepared() -> PreparedArticle:
    source = "ferry.txt"
    article = Article(
        article_id_of(source),
        source,
        TEXT,
        title="The ferry",
        outlet="Harbour Post",
        boilerplate=(Span(0, 3),),
    )
    cut = TEXT.index("\n") + 1
    spans = ((0, cut), (cut, len(TEXT)))
    chunks = tuple(
        Chunk(chunk_id_of(article.article_id, article.version, n), article.article_id, n, a, b, TEXT[a:b])
        for n, (a, b) in enumerate(spans)
    )
    vectors = np.eye(2, DIMENSION, dtype=np.float32)
    analysis = Analysis(sentences=tuple(Sentence(a, b - 1, n) for n, (a, b) in enumerate(spans)))
    return PreparedArticle(article, analysis, chunks, vectors, "harbour")


def record() -> ArticleRecord:
    return encoding.record_of(prepared(), "2026-01-01T00:00:00+00:00")


def test_what_was_written_is_read() -> None:
    kept, one = encoding.text_metadata(prepared()), record()
    assert encoding.stored_from(one, kept).article == prepared().article
    assert encoding.searched_vectors_from(one, kept, DIMENSION).vectors.shape == (2, DIMENSION)
    assert encoding.sentences_from(one, kept, DIMENSION).text == TEXT


@given(st.integers(0, len(TEXT) - 1), st.characters(codec="utf-8"))
def test_a_changed_letter_of_a_text_is_noticed(place: int, letter: str) -> None:
    changed = TEXT[:place] + letter + TEXT[place + 1 :]
    kept = {**encoding.text_metadata(prepared()), "text": changed}
    if changed == TEXT:
        return
    with pytest.raises(IndexDamaged, match=r"ferry\.txt.*dateline articles remove 'ferry\.txt'"):
        encoding.stored_from(record(), kept)
    with pytest.raises(IndexDamaged):
        encoding.sentences_from(record(), kept, DIMENSION)


@pytest.mark.parametrize(
    "changed",
    [
        replace(record(), title="The fairy"),
        replace(record(), outlet=None),
        replace(record(), published_at="2011-11-11"),
        replace(record(), version="0123456789abcdef"),
    ],
)
def test_a_changed_record_is_noticed(changed: ArticleRecord) -> None:
    with pytest.raises(IndexDamaged):
        encoding.stored_from(changed, encoding.text_metadata(prepared()))


@given(st.sampled_from(["analysis", "chunks", "vectors"]), st.data())
def test_changed_bytes_beside_a_text_are_noticed_or_harmless(name: str, data: st.DataObject) -> None:
    kept, one = encoding.text_metadata(prepared()), record()
    field = kept[name]
    place = data.draw(st.integers(0, len(field) - 1))
    damaged = {**kept, name: field[:place] + data.draw(st.sampled_from("Aa9+/=!\x00é")) + field[place + 1 :]}
    for reading in (
        lambda: encoding.stored_from(one, damaged),
        lambda: encoding.searched_vectors_from(one, damaged, DIMENSION),
        lambda: encoding.sentences_from(one, damaged, DIMENSION),
    ):
        try:
            reading()
        except IndexDamaged as error:
            assert "dateline" in str(error)  # noqa: PT017  anything else that is raised fails the test


@given(st.data())
def test_a_changed_chunk_is_noticed(data: st.DataObject) -> None:
    chunk, one = prepared().chunks[1], record()
    kept = encoding.chunk_metadata(chunk, one)
    assert encoding.chunk_from(chunk.chunk_id, kept) == chunk
    content = kept["_node_content"]
    place = data.draw(st.integers(0, len(content) - 1))
    changed = content[:place] + data.draw(st.sampled_from('xX1"{ ')) + content[place + 1 :]
    try:
        found = encoding.chunk_from(chunk.chunk_id, {**kept, "_node_content": changed})
    except IndexDamaged:
        return
    assert found == chunk


def test_a_chunk_of_before_there_were_checksums_is_read() -> None:
    chunk = prepared().chunks[0]
    kept = encoding.chunk_metadata(chunk, record())
    node = json.loads(kept["_node_content"])
    del node["metadata"]["crc32"]
    assert encoding.chunk_from(chunk.chunk_id, {**kept, "_node_content": json.dumps(node)}) == chunk


def test_vectors_have_a_length() -> None:
    assert of_unit_length(np.eye(3, 4, dtype=np.float32))
    assert of_unit_length(np.zeros((0, 4), dtype=np.float32))
    assert of_unit_length(np.zeros((1, 4), dtype=np.float32))
    for strange in (2.0, np.nan, np.inf, 1e-3):
        assert not of_unit_length(np.array([[strange, 0, 0, 0]], dtype=np.float32))
    assert checksum(0, 1, "a", "") != checksum(0, 1, "", "a")


def test_letters_changed_in_the_database_are_never_shown(tmp_path: Path) -> None:
    settings = IngestSettings(data_dir=tmp_path)
    with ArticleStore.open(settings, fingerprint="f", dimension=DIMENSION, create=True) as store:
        store.write([prepared()])
    database = tmp_path / EMBEDDED_FOLDER / chroma.DATABASE_FILE
    with closing(sqlite3.connect(database)) as connection:
        for key in ("text", "_node_content"):
            connection.execute(
                "UPDATE embedding_metadata SET string_value = replace(string_value, 'waved', 'slept') WHERE key = ?",
                (key,),
            )
        connection.commit()
    with ArticleStore.open(settings, fingerprint="f", dimension=None, create=False) as store:
        (one,) = store.catalogue()
        for reading in (
            lambda: store.get([one.article_id]),
            lambda: list(store.article_sentences()),
            lambda: store.chunks(one.chunk_ids),
        ):
            with pytest.raises(IndexDamaged, match="ferry"):
                reading()
        store.delete([one.article_id])
        store.write([prepared()])
        assert store.get([one.article_id])[one.article_id].article.text == TEXT


@pytest.mark.parametrize(
    ("said", "kind", "told"),
    [
        ("database disk image is malformed", IndexDamaged, "dateline restore"),
        ("(code: 13) database or disk is full", UpstreamUnavailable, "make room"),
        ("Failed to apply logs to the metadata segment", UpstreamUnavailable, "make room"),
        ("Failed to receive response", IndexDamaged, "rm -r"),
        ("Error sending backfill request to compactor: Failed to send request", IndexDamaged, "rm -r"),
        ("Error executing plan: Internal error: Error finding id", IndexDamaged, "dateline restore"),
        ("Failed to pull logs from the log store", IndexDamaged, "dateline restore"),
        ("Something unforeseen happened", UpstreamUnavailable, "dateline doctor"),
        ("attempt to write a readonly database", SettingsError, "cannot be written"),
    ],
)
def test_what_chroma_says_of_a_disk_becomes_what_to_do(
    said: str, kind: type[DatelineError], told: str
) -> None:
    from chromadb.errors import InternalError

    with pytest.raises(kind, match=told), chroma.chroma_errors("write"):
        raise InternalError(said)
