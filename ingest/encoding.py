"""How articles lie in Chroma's metadata: flat, typed, without None, and compact.

Chroma metadata holds strings, numbers and booleans and refuses None, so an absent field is an absent key.
What people filter by (source, outlet, date) is a plain key; structure that only Dateline reads (analysis,
chunk spans) is one JSON string each, arrays rather than objects, because it is most of what a read parses.
"""

from __future__ import annotations

import base64
import json
import zlib
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ingest.analysis_encoding import analysis_fields, analysis_from
from ingest.articles import Article, Chunk, Sentence, Span
from ingest.chunk_sentences import sentence_spans
from ingest.integrity import checksum, damaged, noticing_damage, of_unit_length
from ingest.records import ArticleRecord, PreparedArticle, StoredArticle
from ingest.sentence_codes import ArticleSentences, SentenceCodes
from ingest.vector_table import ArticleVectors

Metadata = Mapping[str, Any]

_NODE_SOURCE = "1"
"""llama-index's `NodeRelationship.SOURCE`: the document a node is cut from."""
_UNSHOWN_KEYS = ["article_id", "boilerplate", "context", "crc32"]


def record_of(prepared: PreparedArticle, ingested_at: str) -> ArticleRecord:
    """The catalogue record of an article about to be written."""
    article = prepared.article
    return ArticleRecord(
        article_id=article.article_id,
        source=article.source,
        title=article.title,
        outlet=article.outlet,
        authors=article.authors,
        published_at=article.published_at,
        url=article.url,
        version=article.version,
        root=prepared.root,
        chunk_count=len(prepared.chunks),
        characters=len(article.text),
        ingested_at=ingested_at,
        signature=prepared.signature,
        file_mtime_ns=prepared.file_mtime_ns,
        file_size=prepared.file_size,
        file_sha=prepared.file_sha,
    )


def record_metadata(record: ArticleRecord) -> dict[str, Any]:
    """A catalogue record as Chroma metadata (the article id is the record's id, not metadata)."""
    return _present(
        {
            "source": record.source,
            "title": record.title,
            "outlet": record.outlet,
            "authors": _compact(record.authors) if record.authors else None,
            "published_at": record.published_at,
            "url": record.url,
            "version": record.version,
            "root": record.root,
            "chunk_count": record.chunk_count,
            "characters": record.characters,
            "ingested_at": record.ingested_at,
            "signature": None if record.signature is None else base64.b64encode(record.signature).decode(),
            "file_mtime_ns": record.file_mtime_ns,
            "file_size": record.file_size,
            "file_sha": record.file_sha,
        }
    )


def record_from(article_id: str, metadata: Metadata) -> ArticleRecord:
    """The inverse of `record_metadata`."""
    signature = metadata.get("signature")
    authors = metadata.get("authors")
    return ArticleRecord(
        article_id=article_id,
        source=metadata["source"],
        title=metadata.get("title"),
        outlet=metadata.get("outlet"),
        authors=tuple(json.loads(authors)) if authors else (),
        published_at=metadata.get("published_at"),
        url=metadata.get("url"),
        version=metadata["version"],
        root=metadata["root"],
        chunk_count=metadata["chunk_count"],
        characters=metadata["characters"],
        ingested_at=metadata["ingested_at"],
        signature=None if signature is None else base64.b64decode(signature),
        file_mtime_ns=metadata.get("file_mtime_ns"),
        file_size=metadata.get("file_size"),
        file_sha=metadata.get("file_sha"),
    )


def text_metadata(prepared: PreparedArticle) -> dict[str, Any]:
    """An article's text, and packed beside it boilerplate, analysis, chunk spans, and the vectors of its chunks and
    sentences.

    The text is metadata and not a document because Chroma builds a trigram index of every document, which
    nothing here asks and which takes 0.8 ms for 1,000 characters. The vectors are here too, in Chroma's
    transactional half, because its vector index is written in place and a process killed meanwhile leaves it
    torn: from here it is made again without the embedder, bit for bit.
    """
    spans = [[span.start, span.end] for span in prepared.article.boilerplate]
    chunks = [[chunk.start, chunk.end, chunk.context, int(chunk.boilerplate)] for chunk in prepared.chunks]
    return _present(
        {
            "text": prepared.article.text,
            "analysis": _pack(_compact([spans, *analysis_fields(prepared.analysis)]).encode()),
            "chunks": _pack(_compact(chunks).encode()),
            "vectors": base64.b64encode(prepared.vectors.astype("<f4").tobytes()).decode(),
            "sentences": _sentence_field(prepared.sentences) if prepared.sentences else None,
        }
    )


def stored_from(record: ArticleRecord, metadata: Metadata) -> StoredArticle:
    """The article that `record` describes, from what `text_metadata` kept.

    Raises:
        IndexDamaged: it is not what was written.
    """
    with noticing_damage(record.source):
        spans, *analysis = json.loads(_unpack(metadata["analysis"]))
        return StoredArticle(record, _article(record, metadata, spans), analysis_from(analysis))


def _article(record: ArticleRecord, metadata: Metadata, spans: Sequence[Sequence[int]]) -> Article:
    """The article, checked against its version, which is a digest of all that a reader can see of it."""
    article = Article(
        article_id=record.article_id,
        source=record.source,
        text=metadata["text"],
        title=record.title,
        outlet=record.outlet,
        authors=record.authors,
        published_at=record.published_at,
        url=record.url,
        boilerplate=tuple(Span(start, end) for start, end in spans),
    )
    if article.version != record.version:
        raise damaged(record.source)
    return article


def chunks_from(record: ArticleRecord, metadata: Metadata) -> list[Chunk]:
    """The article's chunks, made again from its text and the spans kept beside it."""
    text = metadata["text"]
    return [
        Chunk(chunk_id, record.article_id, ordinal, start, end, text[start:end], context, bool(boilerplate))
        for ordinal, (chunk_id, (start, end, context, boilerplate)) in enumerate(
            zip(record.chunk_ids, json.loads(_unpack(metadata["chunks"])), strict=True)
        )
    ]


def vectors_from(metadata: Metadata, dimension: int) -> NDArray[np.float32]:
    """The article's chunk vectors, (chunks, dimension), as `text_metadata` kept them."""
    kept = np.frombuffer(base64.b64decode(metadata["vectors"]), dtype="<f4")
    return kept.reshape(-1, dimension).astype(np.float32)


def searched_vectors_from(record: ArticleRecord, metadata: Metadata, dimension: int) -> ArticleVectors:
    """The same for the vector index: without boilerplate, which is never to be found.

    Raises:
        IndexDamaged: it is not what was written.
    """
    with noticing_damage(record.source):
        boilerplate = [flag for *_, flag in json.loads(_unpack(metadata["chunks"]))]
        ordinals = np.flatnonzero(np.logical_not(boilerplate)).astype(np.int32)
        kept = vectors_from(metadata, dimension)
        if len(kept) != record.chunk_count or not of_unit_length(kept):
            raise damaged(record.source)
        return ArticleVectors(record.article_id, record.version, ordinals, kept[ordinals])


def sentences_from(record: ArticleRecord, metadata: Metadata, dimension: int) -> ArticleSentences:
    """The article's sentences, made again from its analysis and chunk spans, and the codes kept beside them.

    Raises:
        IndexDamaged: it is not what was written.
    """
    with noticing_damage(record.source):
        marked, sentences, *_ = json.loads(_unpack(metadata["analysis"]))
        chunks = chunks_from(record, metadata)
        return ArticleSentences(
            article_id=record.article_id,
            version=record.version,
            text=_article(record, metadata, marked).text,
            chunk_ids=tuple(chunk.chunk_id for chunk in chunks),
            boilerplate=tuple(chunk.boilerplate for chunk in chunks),
            spans=sentence_spans([Sentence(*fields) for fields in sentences], chunks),
            codes=_sentence_codes(metadata.get("sentences", ""), dimension),
        )


def chunk_metadata(chunk: Chunk, record: ArticleRecord) -> dict[str, Any]:
    """A chunk as Chroma metadata, in llama-index's own layout: a TextNode, text included, and keys to filter by.

    The text is in the node and not in Chroma's document for the reason given at `text_metadata`: the trigram
    index would take longer than the vectors and the metadata together. `ChromaVectorStore` reads it from here.
    """
    filterable = _present(
        {
            "article_id": chunk.article_id,
            "source": record.source,
            "outlet": record.outlet,
            "published_at": record.published_at,
            "boilerplate": chunk.boilerplate,
        }
    )
    node = {
        "id_": chunk.chunk_id,
        "text": chunk.text,
        "start_char_idx": chunk.start,
        "end_char_idx": chunk.end,
        "metadata": _present(
            {
                **filterable,
                "title": record.title,
                "context": chunk.context or None,
                "crc32": checksum(chunk.start, chunk.end, chunk.text, chunk.context),
            }
        ),
        "excluded_llm_metadata_keys": _UNSHOWN_KEYS,
        "excluded_embed_metadata_keys": _UNSHOWN_KEYS,
        "relationships": {_NODE_SOURCE: {"node_id": chunk.article_id, "class_name": "RelatedNodeInfo"}},
    }
    return {**filterable, "_node_content": _compact(node), "_node_type": "TextNode"}


def chunk_from(chunk_id: str, metadata: Metadata) -> Chunk:
    """The inverse of `chunk_metadata`.

    Raises:
        IndexDamaged: it is not what was written. Chunks of before there were checksums are taken as they are.
    """
    with noticing_damage(str(metadata.get("source"))):
        node = json.loads(metadata["_node_content"])
        chunk = Chunk(
            chunk_id=chunk_id,
            article_id=metadata["article_id"],
            ordinal=int(chunk_id.rpartition(".")[2]),
            start=node["start_char_idx"],
            end=node["end_char_idx"],
            text=node["text"],
            context=node["metadata"].get("context", ""),
            boilerplate=metadata["boilerplate"],
        )
        kept = node["metadata"].get("crc32")
        if kept is not None and kept != checksum(chunk.start, chunk.end, chunk.text, chunk.context):
            raise damaged(str(metadata.get("source")))
        return chunk


def _sentence_field(sentences: SentenceCodes) -> str:
    """All scales, then all codes. They do not get smaller by deflating: a byte of them is nearly a byte of noise."""
    return base64.b64encode(sentences.scales.astype("<f2").tobytes() + sentences.codes.tobytes()).decode()


def _sentence_codes(field: str, dimension: int) -> SentenceCodes:
    """The inverse of `_sentence_field`; of an empty field, no rows."""
    kept = np.frombuffer(base64.b64decode(field), dtype=np.int8)
    rows = len(kept) // (dimension + 2)
    scales = kept[: 2 * rows].view("<f2").astype(np.float16)
    return SentenceCodes(kept[2 * rows :].reshape(rows, dimension), scales)


def _present(fields: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in fields.items() if value is not None}


def _pack(data: bytes) -> str:
    """Deflated (level 1: three times smaller at little cost) and in base64, since metadata has no bytes."""
    return base64.b64encode(zlib.compress(data, 1)).decode()


def _unpack(packed: str) -> bytes:
    return zlib.decompress(base64.b64decode(packed))


def _compact(value: Sequence[Any] | Mapping[str, Any]) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
