"""The store: every article, chunk and vector, in Chroma, behind one class.

The pointer (see `ingest.layout`) names a suffix; three collections carry it:

- `dateline-<suffix>-articles`, the catalogue: one record an article, metadata only. An article exists when
  its record is here, in the version the record names: writing it is the commit.
- `dateline-<suffix>-texts`, id `<article_id>.<version>`: text, analysis, boilerplate marks, chunk spans, and the
  vectors of chunks and sentences.
- `dateline-<suffix>-chunks`, id = chunk id: the vector, and the chunk as llama-index's `ChromaVectorStore` reads
  it, so that a `VectorStoreIndex` over this collection gives TextNodes.

Ids carry the version, so a changed article is written beside its old self, then committed, then its old
version is removed. What a crash leaves is either complete or unowned; `sweep` removes what nobody owns.
"""

from __future__ import annotations

import secrets
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Self

import numpy as np
from numpy.typing import NDArray

from ingest import chroma, encoding, layout, mending
from ingest.articles import Chunk
from ingest.batch_checks import check_batch
from ingest.errors import IndexMissing
from ingest.layout import Index, Pointer, is_committed, text_id
from ingest.packed import PackedArticle
from ingest.records import ArticleRecord, PreparedArticle
from ingest.settings import IngestSettings
from ingest.stored_articles import StoredArticles

if TYPE_CHECKING:
    from chromadb.api.client import Client

THIS_PROCESS = secrets.token_hex(8)
"""Marks a write in progress as this process's own; the mark of another process is one that a crash left."""


class ArticleStore(StoredArticles):
    """All articles, each whole or absent. Safe to share between threads.

    One process may write at a time; an embedded index may be open in one process at all (`ingest.ownership`).
    """

    def __init__(
        self,
        client: Client,
        fingerprint: str | None,
        lock: threading.RLock | None = None,
        building: Pointer | None = None,
    ) -> None:
        """For `open` and `rebuild`. With `building`, an index that the pointer does not name yet."""
        super().__init__(client, fingerprint, lock, building)
        self._owns_client = building is None

    @classmethod
    def open(
        cls, settings: IngestSettings, *, fingerprint: str | None, dimension: int | None, create: bool
    ) -> Self:
        """Open the index; with `create`, make an empty one where there is none.

        `fingerprint` is the embedder's; None skips the check, for reading without embedding. `dimension` is
        the length of its vectors. Creating needs both.

        Raises:
            IndexMissing: there is no index, and none may or can be created.
            IndexMismatch: the index was built with another fingerprint, or has another layout.
            SettingsError: the folder or the server's URL cannot be used.
            UpstreamUnavailable: the Chroma server does not answer, or the database cannot be opened.
        """
        path = chroma.embedded_path(settings)
        missing = (
            f"there is no index in {path or settings.chroma_url} yet: run `dateline ingest FOLDER` first"
        )
        if not create and path is not None and not (path / chroma.DATABASE_FILE).exists():
            raise IndexMissing(missing)
        client = chroma.open_client(settings)
        try:
            pointer = layout.read_pointer(client)
            if pointer is None:
                if not create or fingerprint is None or dimension is None:
                    raise IndexMissing(missing)
                pointer = Pointer(secrets.token_hex(4), 0, fingerprint, dimension).changed(0)
                layout.create_index(client, pointer.active)
                layout.create_pointer(client, pointer)
            elif path is not None and pointer.writer not in ("", THIS_PROCESS):
                mending.mend(client, path, pointer)
            return cls(client, fingerprint)
        except BaseException:
            chroma.close_client(client)
            raise

    def write(self, batch: Sequence[PreparedArticle]) -> None:
        """Write these articles, each whole or not at all; an older version of one is then removed.

        Raises:
            InvalidRequest: an article comes twice, or its chunks or vectors do not fit; nothing is written.
        """
        if not batch:
            return
        check_batch(batch, self.dimension)
        now = datetime.now(UTC).isoformat(timespec="seconds")
        fresh = [encoding.record_of(prepared, now) for prepared in batch]
        by_id = {record.article_id: record for record in fresh}
        self._write(
            fresh,
            [encoding.text_metadata(prepared) for prepared in batch],
            [(chunk, by_id[chunk.article_id]) for prepared in batch for chunk in prepared.chunks],
            [prepared.vectors for prepared in batch],
        )

    def write_packed(self, batch: Sequence[PackedArticle]) -> None:
        """The same for articles that `packed` gave, of this store or another one with the same fingerprint: with all
        that was computed of them, and when they were ingested."""
        if not batch:
            return
        dimension = self.dimension
        self._write(
            [packed.record for packed in batch],
            [dict(packed.text) for packed in batch],
            [
                (one, packed.record)
                for packed in batch
                for one in encoding.chunks_from(packed.record, packed.text)
            ],
            [encoding.vectors_from(packed.text, dimension) for packed in batch],
        )

    def _write(
        self,
        fresh: Sequence[ArticleRecord],
        texts: Sequence[encoding.Metadata],
        chunks: Sequence[tuple[Chunk, ArticleRecord]],
        vectors: Sequence[NDArray[np.float32]],
    ) -> None:
        """Write articles: their chunks with the vectors of each article, their texts, and last their records."""
        with self._writing() as (index, records):
            if chunks:
                chroma.upsert(
                    index.chunks,
                    self._limit,
                    ids=[chunk.chunk_id for chunk, _ in chunks],
                    embeddings=np.concatenate(vectors),
                    metadatas=[encoding.chunk_metadata(chunk, record) for chunk, record in chunks],
                )
            chroma.upsert(
                index.texts,
                self._limit,
                ids=[text_id(record) for record in fresh],
                embeddings=layout.no_vectors(len(fresh)),
                metadatas=list(texts),
            )
            chroma.upsert(
                index.articles,
                self._limit,
                ids=[record.article_id for record in fresh],
                embeddings=layout.no_vectors(len(fresh)),
                metadatas=[encoding.record_metadata(record) for record in fresh],
            )
            records.update({record.article_id: record for record in fresh})

    def delete(self, article_ids: Sequence[str]) -> None:
        """Remove these articles; ids that are not committed are ignored."""
        _, known = self._records()
        if not any(article_id in known for article_id in article_ids):
            return
        with self._writing() as (index, records):
            gone = [
                records.pop(article_id) for article_id in dict.fromkeys(article_ids) if article_id in records
            ]
            chroma.delete(index.articles, self._limit, [record.article_id for record in gone])

    def sweep(self) -> int:
        """Remove what a crash left: chunks and texts of no committed record, and abandoned rebuilds.

        Returns how many chunks were removed. Call it before writing; nobody else may be writing.
        """
        with self._lock:
            index, records = self._records()
            chunk_ids, text_ids = chroma.all_ids(index.chunks), chroma.all_ids(index.texts)
            lost = [chunk_id for chunk_id in chunk_ids if not is_committed(chunk_id, records)]
            owned = {text_id(record) for record in records.values()}
            unowned = [text_id for text_id in text_ids if text_id not in owned]
            if lost or unowned:
                with self._writing():
                    chroma.delete(index.chunks, self._limit, lost)
                    chroma.delete(index.texts, self._limit, unowned)
            layout.drop_others(self._client, {self._pointer().active, index.suffix})
            return len(lost)

    @contextmanager
    def _writing(self) -> Iterator[tuple[Index, dict[str, ArticleRecord]]]:
        """Hold the mark of a writer around a change of the index.

        Gives the index, and the committed records for the block to bring up to date as it commits. Then the
        generation moves on, so that readers turn to the new versions, and only then are those that nobody
        owns any more removed. An error leaves the mark: the next write of this process takes it off, and the
        next process mends (`ingest.mending`).
        """
        with self._lock:
            index, before = self._records()
            records = dict(before)
            pointer = replace(self._pointer(), writer=THIS_PROCESS)
            layout.write_pointer(self._client, pointer)
            try:
                yield index, records
            except BaseException:
                index.catalogue = None
                raise
            old = [record for article_id, record in before.items() if records.get(article_id) is not record]
            pointer = self._pointer().changed(pointer.generation + 1, THIS_PROCESS if old else "")
            layout.write_pointer(self._client, pointer)
            index.catalogue = (pointer.key, records)
            if old:
                kept = [records[record.article_id] for record in old if record.article_id in records]
                self._forget(index, old, kept)
                layout.write_pointer(self._client, replace(pointer, writer=""))

    def _forget(self, index: Index, old: Sequence[ArticleRecord], kept: Sequence[ArticleRecord]) -> None:
        """Remove the texts and chunks of `old` records that no record of `kept` owns."""
        owned = {key for record in kept for key in (text_id(record), *record.chunk_ids)}
        chunk_ids = [chunk_id for record in old for chunk_id in record.chunk_ids if chunk_id not in owned]
        text_ids = [text_id(record) for record in old if text_id(record) not in owned]
        chroma.delete(index.chunks, self._limit, chunk_ids)
        chroma.delete(index.texts, self._limit, text_ids)

    def rebuild(self, fingerprint: str, dimension: int) -> ArticleStore:
        """An empty index beside this one, with the same API; readers see it once it is activated."""
        with self._lock:
            building = replace(
                self._pointer(), active=secrets.token_hex(4), fingerprint=fingerprint, dimension=dimension
            )
            layout.create_index(self._client, building.active)
            return ArticleStore(self._client, fingerprint, self._lock, building)

    def activate(self) -> None:
        """Make a rebuilt index the one everybody reads, in one write, then remove the one before it.

        Nothing happens on an index that is active already.
        """
        with self._lock:
            if self._building is None:
                return
            generation = self._pointer().generation + 1
            layout.write_pointer(self._client, self._building.changed(generation))
            self._building = None
            layout.drop_others(self._client, {self._index.suffix})

    def outlive(self, generation: int) -> None:
        """Move on to a generation after `generation`, that of another index whose place this one takes."""
        with self._lock:
            pointer = self._pointer()
            later = max(pointer.generation, generation) + 1
            layout.write_pointer(self._client, pointer.changed(later, pointer.writer))

    def close(self) -> None:
        """Release Chroma's client. A rebuilt index shares that of the store it was begun from."""
        if self._owns_client:
            chroma.close_client(self._client)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
