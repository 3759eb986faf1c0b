"""What the keyword index puts into tantivy and how: the chunks, the schema, and one commit at a time."""

from __future__ import annotations

import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import tantivy

from ingest.articles import Chunk
from ingest.chunking import date_words
from ingest.keyword_queries import MARKED_WORDS, WORDS, mark_of, panics_as_errors
from ingest.keyword_terms import analyze_terms

WRITER_HEAP_BYTES = 64_000_000
CHECKED_BYTES = 32_000_000
"""Read in some 20 ms. Checking the files of a million chunks at every start would cost more than it is worth."""


@dataclass(frozen=True, slots=True)
class IndexedChunk:
    """What the index needs of a chunk and its article. `published_at` is ISO 8601."""

    chunk_id: str
    article_id: str
    text: str
    context: str = ""
    title: str | None = None
    outlet: str | None = None
    published_at: str | None = None
    boilerplate: bool = False

    @classmethod
    def of(
        cls,
        chunk: Chunk,
        title: str | None = None,
        outlet: str | None = None,
        published_at: str | None = None,
    ) -> IndexedChunk:
        """The chunk with its article's metadata."""
        return cls(
            chunk_id=chunk.chunk_id,
            article_id=chunk.article_id,
            text=chunk.text,
            context=chunk.context,
            title=title,
            outlet=outlet,
            published_at=published_at,
            boilerplate=chunk.boilerplate,
        )

    @property
    def version(self) -> str:
        """The version of its article, which its id holds."""
        return self.chunk_id.removeprefix(f"{self.article_id}.").rpartition(".")[0]

    @property
    def words(self) -> str:
        """All that is searched, as one field: text, context, and the metadata that the context had no room for.

        A chunk's context usually holds title, outlet and date already; said twice they would count twice.
        """
        known = " ".join(self.context.split())
        metadata = (self.title or "", self.outlet or "", date_words(self.published_at))
        missing = [value for value in metadata if value and " ".join(value.split()) not in known]
        return "\n".join((self.text, self.context, *missing))


def new_index(place: Path | None) -> Any:
    """An empty tantivy index in the folder `place`, which is made; None keeps it in memory.

    Raises:
        OSError, ValueError: the folder cannot be written.
    """
    if place is None:
        return _read_by_hand(tantivy.Index(_build_schema()))
    place.mkdir(parents=True)
    return _read_by_hand(tantivy.Index(_build_schema(), path=str(place), reuse=False))


def open_index(place: Path) -> Any:
    """The tantivy index in a folder.

    Raises:
        OSError, ValueError: there is none, or it is damaged.
    """
    with panics_as_errors():
        return _read_by_hand(tantivy.Index.open(str(place)))


def write(index: Any, chunks: Iterable[IndexedChunk], removed: Iterable[str] = (), *, replaced: bool) -> None:
    """Take the articles `removed` out and put chunks in, boilerplate excepted, in one commit; readers then see it.

    With `replaced`, an article's chunks take the place of those it had before.

    Raises:
        OSError, ValueError: the folder cannot be written. The index is then what it was.
    """
    # One thread: document order, and with it the segments, are the same each time. Merges are waited for, so
    # that the files recorded next are the files that stay.
    writer = index.writer(WRITER_HEAP_BYTES, 1)
    try:
        gone = set(removed)
        for article_id in sorted(gone):
            writer.delete_documents_by_term("article_id", article_id)
        for chunk in chunks:
            if replaced and chunk.article_id not in gone:
                gone.add(chunk.article_id)
                writer.delete_documents_by_term("article_id", chunk.article_id)
            if not chunk.boilerplate:
                writer.add_document(_document(chunk))
        writer.commit()
    except BaseException:
        writer.rollback()
        raise
    finally:
        writer.wait_merging_threads()
    index.reload()


def _document(chunk: IndexedChunk) -> Any:
    """The chunk as tantivy takes it, its words taken apart already."""
    outlet = outlet_key(chunk.outlet)
    terms, mark = analyze_terms(chunk.words), mark_of(outlet)
    marked = f" {mark}".join(["", *terms])
    return tantivy.Document(
        **{
            "chunk_id": chunk.chunk_id,
            "article_id": chunk.article_id,
            "outlet": outlet,
            WORDS: " ".join(terms),
            MARKED_WORDS: marked,
        }
    )


def outlet_key(outlet: str | None) -> str:
    """An outlet as the index has it: `ingest.articles.ArticleFilter` compares outlets so."""
    return (outlet or "").casefold()


def file_sizes(place: Path) -> dict[str, int]:
    """What each file of an index is known by: its length in bytes times 2^32, and of one up to `CHECKED_BYTES` its
    CRC-32 besides. tantivy believes what it reads, and what was changed ends it in a panic.

    Raises:
        OSError: the folder cannot be read.
    """
    return {path.name: _mark(path) for path in sorted(place.iterdir()) if path.suffix != ".lock"}


def _mark(path: Path) -> int:
    size = path.stat().st_size
    return size << 32 | (zlib.crc32(path.read_bytes()) if size <= CHECKED_BYTES else 0)


def _build_schema() -> Any:
    builder = tantivy.SchemaBuilder()
    builder.add_text_field("chunk_id", stored=True, tokenizer_name="raw", index_option="basic")
    builder.add_text_field("article_id", tokenizer_name="raw", index_option="basic")
    builder.add_text_field("outlet", tokenizer_name="raw", index_option="basic")
    for name in (WORDS, MARKED_WORDS):
        builder.add_text_field(name, tokenizer_name="whitespace", index_option="freq")
    return builder.build()


def _read_by_hand(index: Any) -> Any:
    index.config_reader("manual")
    return index
