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
from ingest.derived_index import index_key
from ingest.errors import DatelineError, IndexMismatch, IndexMissing
from ingest.layout import Index, Pointer, is_committed, text_id
from ingest.packed import PackedArticle
from ingest.records import ArticleRecord, PreparedArticle, StoredArticle
from ingest.sentence_codes import ArticleSentences
from ingest.settings import IngestSettings
from ingest.vector_table import ArticleVectors

if TYPE_CHECKING:
    from chromadb.api.client import Client

THIS_PROCESS = secrets.token_hex(8)
"""Marks a write in progress as this process's own; the mark of another process is one that a crash left."""


class ArticleStore:
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
        self._client = client
        self._expected = fingerprint
        self._lock = lock or threading.RLock()
        self._owns_client = building is None
        self._building = building
        with chroma.chroma_errors("ask Chroma for its batch limit"):
            self._limit = client.get_max_batch_size()
        self._index = layout.open_index(client, (building or self._pointer()).active)

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
                pointer = Pointer(secrets.token_hex(4), 0, fingerprint, dimension)
                layout.create_index(client, pointer.active)
                layout.create_pointer(client, pointer)
            elif path is not None and pointer.writer not in ("", THIS_PROCESS):
                mending.mend(client, path, pointer)
            return cls(client, fingerprint)
        except BaseException:
            chroma.close_client(client)
            raise

    # ---- the pointer

    @property
    def fingerprint(self) -> str:
        """Of the embedder and chunker that filled this index."""
        return (self._building or self._pointer()).fingerprint

    @property
    def dimension(self) -> int:
        """The length of its vectors."""
        return (self._building or self._pointer()).dimension

    @property
    def generation(self) -> int:
        """A number that grows with every committed change; read from Chroma each time."""
        return self._pointer().generation

    @property
    def state(self) -> str:
        """Names what is committed: the collections, the fingerprint and the generation, which alone could be those of
        an index that was here before. Read from Chroma each time."""
        pointer = self._building or self._pointer()
        return index_key(f"{pointer.active}/{pointer.fingerprint}", pointer.generation)

    def _pointer(self) -> Pointer:
        """The pointer as it stands, checked against the fingerprint this store was opened with."""
        pointer = layout.read_pointer(self._client)
        if pointer is None:
            raise IndexMissing("the index is gone: run `dateline ingest FOLDER`")
        if self._building is None and self._expected not in (None, pointer.fingerprint):
            raise IndexMismatch(
                f"the index was built with {pointer.fingerprint} and the embedder is now {self._expected}: "
                "run `dateline ingest --rebuild FOLDER`"
            )
        return pointer

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
            pointer = replace(
                self._pointer(), generation=pointer.generation + 1, writer=THIS_PROCESS if old else ""
            )
            layout.write_pointer(self._client, pointer)
            index.catalogue = (pointer.generation, records)
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

    def _current(self) -> tuple[Index, int]:
        """The index the pointer names now (a rebuild may have moved it), and the generation."""
        pointer = self._pointer()
        if self._building is None and pointer.active != self._index.suffix:
            with self._lock:
                self._index = layout.open_index(self._client, pointer.active)
        return self._index, pointer.generation

    # ---- reading

    def _records(self) -> tuple[Index, dict[str, ArticleRecord]]:
        """The committed records by article id, cached for as long as the generation stands."""
        index, generation = self._current()
        cached = index.catalogue
        if cached is None or cached[0] != generation:
            cached = (generation, {record.article_id: record for record in layout.read_records(index)})
            index.catalogue = cached
        return index, cached[1]

    def catalogue(self) -> list[ArticleRecord]:
        """Every committed article, sorted by source."""
        return sorted(self._records()[1].values(), key=lambda record: (record.source, record.article_id))

    def recall(self, state: str, catalogue: Sequence[ArticleRecord]) -> None:
        """Take `catalogue` for what is committed at `state`, which a derived copy holds, instead of reading it from
        Chroma; nothing happens when the index is in another state by now."""
        with self._lock:
            index, generation = self._current()
            unread = index.catalogue is None or index.catalogue[0] != generation
            if unread and state == self.state:
                index.catalogue = (generation, {record.article_id: record for record in catalogue})

    def get(self, article_ids: Sequence[str]) -> dict[str, StoredArticle]:
        """These articles whole, in the order asked for; ids that are not committed are absent."""
        found = self._get(article_ids)
        if any(stored is None for stored in found.values()):
            with self._lock:  # a writer removed a version between two reads: wait for it and look again
                self._index.catalogue = None
                found = self._get(article_ids)
        return {article_id: stored for article_id, stored in found.items() if stored is not None}

    def _get(self, article_ids: Sequence[str]) -> dict[str, StoredArticle | None]:
        """The committed ones of these articles; None for one whose text is gone."""
        index, records = self._records()
        wanted = [records[article_id] for article_id in dict.fromkeys(article_ids) if article_id in records]
        by_text = {text_id(record): record for record in wanted}
        stored = {
            row_id: encoding.stored_from(by_text[row_id], metadata)
            for rows in chroma.get(index.texts, self._limit, list(by_text), ["metadatas"])
            for row_id, metadata in zip(rows["ids"], rows["metadatas"], strict=True)
        }
        return {record.article_id: stored.get(row_id) for row_id, record in by_text.items()}

    def chunks(self, chunk_ids: Sequence[str]) -> dict[str, Chunk]:
        """These chunks, in the order asked for; unknown ids are absent."""
        unique = list(dict.fromkeys(chunk_ids))
        try:  # where they lay a moment ago: asking Chroma where that is takes as long as reading a few of them
            found = self._chunks(self._index, unique)
        except DatelineError:
            found = {}
        if len(found) < len(unique):  # unknown, or a rebuild has moved the index
            found = self._chunks(self._current()[0], unique)
        return {chunk_id: found[chunk_id] for chunk_id in unique if chunk_id in found}

    def _chunks(self, index: Index, chunk_ids: Sequence[str]) -> dict[str, Chunk]:
        """Those of these chunks that the collections hold, in any order."""
        return {
            chunk_id: encoding.chunk_from(chunk_id, metadata)
            for rows in chroma.get(index.chunks, self._limit, chunk_ids, ["metadatas"])
            for chunk_id, metadata in zip(rows["ids"], rows["metadatas"], strict=True)
        }

    def vectors_of(self, chunk_ids: Sequence[str]) -> dict[str, NDArray[np.float32]]:
        """The vectors of these chunks, each (dimension,); unknown ids are absent."""
        index, _ = self._current()
        return {
            chunk_id: np.asarray(vector, dtype=np.float32)
            for rows in chroma.get(index.chunks, self._limit, list(dict.fromkeys(chunk_ids)), ["embeddings"])
            for chunk_id, vector in zip(rows["ids"], rows["embeddings"], strict=True)
        }

    def article_vectors(
        self, article_ids: Sequence[str] | None = None, at_once: int = 200
    ) -> Iterator[ArticleVectors]:
        """The chunk vectors of these articles (None: of all), boilerplate left out, read `at_once` articles a time.

        They come from beside the texts, so that Chroma need not load its own vector index. Articles that are not
        committed are absent.
        """
        dimension = self.dimension
        for record, metadata in self._texts(article_ids, at_once):
            yield encoding.searched_vectors_from(record, metadata, dimension)

    def article_sentences(
        self, article_ids: Sequence[str] | None = None, at_once: int = 200
    ) -> Iterator[ArticleSentences]:
        """The sentences of these articles (None: of all) and their vectors, read `at_once` articles a time.

        They, too, come from beside the texts. Articles that are not committed are absent; those ingested by an embedder
        without sentence vectors have no codes.
        """
        dimension = self.dimension
        for record, metadata in self._texts(article_ids, at_once):
            yield encoding.sentences_from(record, metadata, dimension)

    def _texts(
        self, article_ids: Sequence[str] | None, at_once: int
    ) -> Iterator[tuple[ArticleRecord, encoding.Metadata]]:
        """The committed ones of these articles (None: all), each with what lies beside its text."""
        index, records = self._records()
        ids = [record.article_id for record in self.catalogue()] if article_ids is None else article_ids
        by_text = {text_id(records[one]): records[one] for one in ids if one in records}
        for rows in chroma.get(index.texts, min(at_once, self._limit), list(by_text), ["metadatas"]):
            for row_id, metadata in zip(rows["ids"], rows["metadatas"], strict=True):
                yield by_text[row_id], metadata

    def nearest(self, vector: NDArray[np.float32], limit: int) -> list[tuple[str, float]]:
        """The `limit` chunks nearest to `vector` (dimension,) as (chunk id, cosine similarity), best first.

        Only chunks of committed versions: where others are in the way, more are asked for.
        """
        index, records = self._records()
        asked = limit
        while limit > 0:
            with chroma.chroma_errors("search the index"):
                rows = index.chunks.query(
                    query_embeddings=np.asarray(vector, dtype=np.float32).reshape(1, -1),
                    n_results=asked,
                    include=["distances"],
                )
            ids, distances = rows["ids"][0], (rows["distances"] or [[]])[0]
            hits = [
                (chunk_id, 1.0 - float(distance))
                for chunk_id, distance in zip(ids, distances, strict=True)
                if is_committed(chunk_id, records)
            ]
            if len(hits) >= limit:
                return hits[:limit]
            index, latest = self._records()
            if latest is records and len(ids) < asked:
                return hits
            if latest is records:
                asked *= 2
            records = latest  # else a writer has replaced versions meanwhile: search again among the new ones
        return []

    def all_chunks(self, batch_size: int = 2000) -> Iterator[Chunk]:
        """Every committed chunk, article by article in the order of the catalogue."""
        ids = [chunk_id for record in self.catalogue() for chunk_id in record.chunk_ids]
        for start in range(0, len(ids), batch_size):
            yield from self.chunks(ids[start : start + batch_size]).values()

    def packed(self, article_ids: Sequence[str] | None = None, at_once: int = 32) -> Iterator[PackedArticle]:
        """These articles (None: all) with all that was computed of them, read `at_once` a time. Articles that are not
        committed are absent, and so is one that a writer replaces this moment."""
        for record, metadata in self._texts(article_ids, at_once):
            yield PackedArticle(record, metadata)

    def count_chunks(self) -> int:
        """How many chunks Chroma holds, those that nobody owns included."""
        index, _ = self._current()
        with chroma.chroma_errors(f"count {index.chunks.name}"):
            return index.chunks.count()

    # ---- writing

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
            layout.write_pointer(self._client, replace(self._building, generation=generation, writer=""))
            self._building = None
            layout.drop_others(self._client, {self._index.suffix})

    def outlive(self, generation: int) -> None:
        """Move on to a generation after `generation`, that of another index whose place this one takes."""
        with self._lock:
            pointer = self._pointer()
            later = max(pointer.generation, generation) + 1
            layout.write_pointer(self._client, replace(pointer, generation=later))

    def close(self) -> None:
        """Release Chroma's client. A rebuilt index shares that of the store it was begun from."""
        if self._owns_client:
            chroma.close_client(self._client)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
