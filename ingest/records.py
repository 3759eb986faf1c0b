"""What the store takes in and gives back: plain frozen types, so that callers and tests need no Chroma.

An `ArticleRecord` is a line of the catalogue: everything about an article except its words. A `StoredArticle`
adds the words and what is known of them. A `PreparedArticle` is what ingest hands to the store in one piece,
so that an article is written whole or not at all.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ingest.articles import Analysis, Article, Chunk, chunk_id_of
from ingest.sentence_codes import SentenceCodes


@dataclass(frozen=True, slots=True)
class ArticleRecord:
    """One committed article as the catalogue knows it.

    `root` is the ingested folder the article came from ("upload:" for uploads), `signature` its MinHash bytes
    for near-copies. `file_mtime_ns`, `file_size` (bytes) and `file_sha` tell whether its file has changed.
    `characters` counts Unicode code points of the text; `ingested_at` is ISO 8601 in UTC.
    """

    article_id: str
    source: str
    title: str | None
    outlet: str | None
    authors: tuple[str, ...]
    published_at: str | None
    url: str | None
    version: str
    root: str
    chunk_count: int
    characters: int
    ingested_at: str
    signature: bytes | None = None
    file_mtime_ns: int | None = None
    file_size: int | None = None
    file_sha: str | None = None

    @property
    def chunk_ids(self) -> list[str]:
        """The ids of its chunks, in text order."""
        return [chunk_id_of(self.article_id, self.version, number) for number in range(self.chunk_count)]


@dataclass(frozen=True, slots=True)
class StoredArticle:
    """An article read back whole: its catalogue record, its words, and its analysis."""

    record: ArticleRecord
    article: Article
    analysis: Analysis


@dataclass(frozen=True, slots=True)
class PreparedArticle:
    """An article ready to be written: `vectors` is (chunks, dimension), L2-normalized, in chunk order.

    `sentences` has a row for each of `ingest.chunk_sentences.sentence_spans`, chunk by chunk; None or no row at all
    where the embedder has none.
    """

    article: Article
    analysis: Analysis
    chunks: tuple[Chunk, ...]
    vectors: NDArray[np.float32]
    root: str
    signature: bytes | None = None
    file_mtime_ns: int | None = None
    file_size: int | None = None
    file_sha: str | None = None
    sentences: SentenceCodes | None = None
