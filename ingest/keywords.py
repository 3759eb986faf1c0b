"""Keyword search (BM25) over the same chunks that the store holds vectors of.

Dense retrieval misses rare names and exact numbers; words find them. The index is derived: it is bound to a key
that the owner makes of the store's fingerprint and generation, and one that is missing, damaged or bound to another
key says so (`stale`) and is rebuilt from the store. Nothing in it is a source of truth.

The engine is tantivy; `docs/decisions/keyword-index.md` says why, with figures. Its BM25 has the usual constants
k1 = 1.2 and b = 0.75. What a user types is never parsed as a query language: it goes through the analyzer that the
chunks went through, and the terms are put together here.
"""

from __future__ import annotations

import json
import math
import os
import re
import shutil
import threading
import unicodedata
import uuid
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import tantivy

from ingest.articles import Chunk
from ingest.chunking import date_words
from ingest.errors import InvalidRequest, UpstreamRefused

INDEX_VERSION = 1
"""Raise it whenever the analyzer or the schema changes; an index of another version is stale."""

KEY_FILE = "key.json"
WRITER_HEAP_BYTES = 64_000_000
MAX_QUERY_TERMS = 512
MAX_TERM_BYTES = 100
ANALYZER_NAME = "dateline"
FUNCTION_WORDS = frozenset(
    "a about an and are as at be been by can could did do doe for from had has have he her his how i in is it of"
    " on or she than that the their them they this to was were what when where which who whom whose whi with"
    " would".split()
)
"""English function words, as terms, that a question is asked with; left out of queries, never of the index."""

_MONTHS = (
    *("january", "february", "march", "april", "may", "june"),
    *("july", "august", "september", "october", "november", "december"),
)
_MONTH_OF = {name[:3]: name for name in _MONTHS}
# Each begins with a literal character or class, looking back for what stands before: several times faster.
_ISO_DATE = re.compile(r"-(?<=\b\d{4}-)(0[1-9]|1[0-2])-(\d\d)(?!\d)(?:T[\d:.+Z-]*)?")
_INITIALS = re.compile(r"\.(?<=\b[^\W\d_]\.)(?:[^\W\d_]\.)+(?:[^\W\d_](?!\w))?")
_MONTH = re.compile(r"[JFMASOND](?<=\b[A-Z])(?:an|eb|ar|pr|un|ul|ug|ept?|ct|ov|ec)\b\.?(?=\s*\d)")
_THOUSANDS = re.compile(r",(?<=\d,)(?=\d{3}(?!\d))")
_ORDINAL = re.compile(r"(\d)(?:st|nd|rd|th)\b")
_POSSESSIVE = re.compile(r"['’][sS]\b")
_analyzers = threading.local()


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
    def words(self) -> str:
        """All that is searched, as one field: text, context, and the metadata that the context had no room for.

        A chunk's context usually holds title, outlet and date already; said twice they would count twice.
        """
        known = " ".join(self.context.split())
        metadata = (self.title or "", self.outlet or "", date_words(self.published_at))
        missing = [value for value in metadata if value and " ".join(value.split()) not in known]
        return "\n".join((self.text, self.context, *missing))


def analyze_terms(text: str) -> list[str]:
    """The terms of `text` as the index knows them, in order, repetitions kept.

    Case, accents and English endings are folded ("São" = "sao", "exploring" = "explore"); "U.S." is "us",
    "54,000" is "54000", "Biden's" is "biden", "2024-04-10" is "2024 april 10" and "Apr. 10th" is "april 10".
    No word is left out.
    """
    terms: list[str] = _analyzer().analyze(rewritten(text))
    return terms


def rewritten(text: str) -> str:
    """Spellings of one thing made one, before the words are separated."""
    text = unicodedata.normalize("NFC", text.encode("utf-8", "replace").decode("utf-8"))
    text = _ISO_DATE.sub(lambda found: f" {_MONTHS[int(found[1]) - 1]} {int(found[2])} ", text)
    text = _INITIALS.sub(lambda found: found[0].replace(".", "") + " ", text)
    text = _MONTH.sub(lambda found: _MONTH_OF.get(found[0][:3].lower(), found[0]) + " ", text)
    text = _THOUSANDS.sub("", text)
    text = _ORDINAL.sub(r"\1", text)
    return _POSSESSIVE.sub("", text)


def _analyzer() -> Any:
    """tantivy's analyzer, one a thread: it is not said to be safe in several at once."""
    analyzer = getattr(_analyzers, "analyzer", None)
    if analyzer is None:
        analyzer = _analyzers.analyzer = _build_analyzer()
    return analyzer


def _build_analyzer() -> Any:
    words = tantivy.Tokenizer.regex(r"\p{N}+\.\p{N}+|[\p{L}\p{M}\p{N}]+")
    builder = tantivy.TextAnalyzerBuilder(words)
    for each in (
        tantivy.Filter.remove_long(MAX_TERM_BYTES),
        tantivy.Filter.lowercase(),
        tantivy.Filter.ascii_fold(),
        tantivy.Filter.stemmer("english"),
    ):
        builder = builder.filter(each)
    return builder.build()


def _build_schema() -> Any:
    builder = tantivy.SchemaBuilder()
    builder.add_text_field("chunk_id", stored=True, tokenizer_name="raw", index_option="basic")
    builder.add_text_field("article_id", tokenizer_name="raw", index_option="basic")
    builder.add_text_field("words", tokenizer_name=ANALYZER_NAME, index_option="freq")
    return builder.build()


class KeywordIndex:
    """BM25 over chunks, on disk or in memory. Thread-safe; one process writes.

    The folder holds one sub-folder with the index and `key.json`, which names that sub-folder, the key the index
    is bound to and the size of each of its files. `key.json` is replaced atomically, last; while an update is
    under way it holds no key. A crash therefore leaves either the old key, which the store has left behind, or
    none: stale in both cases.
    """

    def __init__(self, folder: Path | None, expected_key: str) -> None:
        """Use `open`."""
        self._folder = folder
        self._expected_key = expected_key
        self._key: str | None = None
        self._index: Any = None
        self._place: Path | None = None
        self._writing = threading.Lock()

    @classmethod
    def open(cls, folder: Path | None, key: str) -> KeywordIndex:
        """The index in `folder` (None: a new one in memory), never an error for what is found there.

        `key` is what the index should be bound to, the store's fingerprint and generation in one string.
        """
        opened = cls(folder, key)
        if folder is not None:
            opened._load(folder)
        return opened

    @property
    def key(self) -> str | None:
        """The key this index is bound to; None when it is missing, damaged or half written."""
        return self._key

    @property
    def stale(self) -> bool:
        """Whether the index must be rebuilt: it is not bound to the key last expected of it."""
        return self._key is None or self._key != self._expected_key

    def expect(self, key: str) -> bool:
        """Say what the store's key is now; whether the index is bound to it."""
        self._expected_key = key
        return not self.stale

    @property
    def size(self) -> int:
        """Chunks in the index."""
        return int(self._index.searcher().num_docs) if self._index is not None else 0

    def rebuild(self, chunks: Iterable[IndexedChunk], key: str) -> None:
        """Replace the whole index; searches see the old one until the new one is complete.

        Raises UpstreamRefused when the folder cannot be written.
        """
        with self._writing:
            place = None
            try:
                if self._folder is not None:
                    place = self._folder / f"index-{uuid.uuid4().hex[:8]}"
                    place.mkdir(parents=True)
                index = self._attach(
                    tantivy.Index(_build_schema(), path=str(place) if place else None, reuse=False)
                )
                self._write(index, chunks, replaced=False)
                self._record(place, key)
            except (OSError, ValueError) as error:
                if place is not None:
                    shutil.rmtree(place, ignore_errors=True)
                raise UpstreamRefused(f"the keyword index could not be written: {error}") from error
            self._index, self._place, self._key, self._expected_key = index, place, key, key
            self._remove_others()

    def update(self, added: Iterable[IndexedChunk], removed_article_ids: Collection[str], key: str) -> None:
        """Take articles out, put chunks in and bind the index to `key`, in one commit.

        `added` holds all chunks of each new or changed article; the chunks it had before go, whether or not the
        article is in `removed_article_ids`. Raises InvalidRequest when there is no index to update (`key` is
        None: rebuild) and UpstreamRefused when the folder cannot be written; the index is stale afterwards.
        """
        with self._writing:
            if self._index is None or self._key is None:
                raise InvalidRequest("there is no complete keyword index to update: rebuild it")
            self._expected_key, self._key = key, None
            try:
                self._record(self._place, None)
                self._write(self._index, added, removed_article_ids, replaced=True)
                self._record(self._place, key)
            except (OSError, ValueError) as error:
                raise UpstreamRefused(f"the keyword index could not be written: {error}") from error
            self._key = key

    def search(
        self,
        query: str | Sequence[str],
        limit: int,
        *,
        allowed_article_ids: Collection[str] | None = None,
    ) -> list[tuple[str, float]]:
        """The `limit` best chunks as (chunk id, BM25 score > 0), best first; equal scores in order of id.

        `query` is any text, of which function words ("the", "did", "what") are left out unless there is nothing
        else; or terms of `analyze_terms`, all of which are used. Any term may match. Chunks of articles outside
        `allowed_article_ids` are passed over (None: all are allowed).

        Raises UpstreamRefused when the index turns out to be damaged; it is stale from then on.
        """
        terms = list(dict.fromkeys(_content_terms(query) if isinstance(query, str) else query))
        index = self._index
        no_article = allowed_article_ids is not None and not allowed_article_ids
        if not terms or limit < 1 or index is None or no_article:
            return []
        schema, occur = index.schema, tantivy.Occur
        parts = [
            (occur.Should, tantivy.Query.term_query(schema, "words", term, "freq"))
            for term in terms[:MAX_QUERY_TERMS]
        ]
        wanted = tantivy.Query.boolean_query(parts)
        if allowed_article_ids is not None:
            allowed = tantivy.Query.term_set_query(schema, "article_id", sorted(allowed_article_ids))
            wanted = tantivy.Query.boolean_query(
                [(occur.Must, wanted), (occur.Must, tantivy.Query.const_score_query(allowed, 0.0))]
            )
        try:
            searcher = index.searcher()
            found = searcher.search(wanted, limit, count=False).hits
            scored = [(str(searcher.doc(address)["chunk_id"][0]), float(score)) for score, address in found]
        except (OSError, ValueError) as error:
            self._key = None
            raise UpstreamRefused(f"the keyword index is damaged and will be rebuilt: {error}") from error
        return sorted(scored, key=lambda hit: (-hit[1], hit[0]))

    def document_frequency(self, term: str) -> int:
        """In how many chunks a term of `analyze_terms` occurs (after an update, replaced chunks may count)."""
        return int(self._index.searcher().doc_freq("words", term)) if self._index is not None else 0

    def idf(self, terms: Iterable[str]) -> dict[str, float]:
        """How much each term tells: BM25's ln(1 + (N - n + 0.5) / (n + 0.5)), N chunks, n of them with it."""
        size = self.size
        frequencies = {term: min(size, self.document_frequency(term)) for term in terms}
        return {term: math.log(1 + (size - n + 0.5) / (n + 0.5)) for term, n in frequencies.items()}

    def close(self) -> None:
        """Let go of the files. The object finds nothing afterwards."""
        self._index, self._key = None, None

    def _load(self, folder: Path) -> None:
        try:
            recorded = json.loads((folder / KEY_FILE).read_text(encoding="utf-8"))
            place = folder / recorded["place"]
            whole = recorded["version"] == INDEX_VERSION and recorded["files"] == _file_sizes(place)
            if recorded["key"] is None or not whole:
                return
            self._index = self._attach(tantivy.Index.open(str(place)))
        except (OSError, ValueError, KeyError, TypeError):
            return
        self._place, self._key = place, recorded["key"]

    @staticmethod
    def _attach(index: Any) -> Any:
        index.register_tokenizer(ANALYZER_NAME, _build_analyzer())
        index.config_reader("manual")
        return index

    @staticmethod
    def _write(
        index: Any, chunks: Iterable[IndexedChunk], removed: Iterable[str] = (), *, replaced: bool
    ) -> None:
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
                    writer.add_document(
                        tantivy.Document(
                            chunk_id=chunk.chunk_id,
                            article_id=chunk.article_id,
                            words=rewritten(chunk.words),
                        )
                    )
            writer.commit()
        except BaseException:
            writer.rollback()
            raise
        finally:
            writer.wait_merging_threads()
        index.reload()

    def _record(self, place: Path | None, key: str | None) -> None:
        if self._folder is None or place is None:
            return
        recorded = {
            "version": INDEX_VERSION,
            "key": key,
            "place": place.name,
            "files": _file_sizes(place) if key is not None else {},
        }
        draft = self._folder / f"{KEY_FILE}.new"
        with draft.open("w", encoding="utf-8") as file:
            json.dump(recorded, file)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(self._folder / KEY_FILE)

    def _remove_others(self) -> None:
        if self._folder is not None and self._place is not None:
            for other in self._folder.glob("index-*"):
                if other != self._place:
                    shutil.rmtree(other, ignore_errors=True)


def _content_terms(text: str) -> list[str]:
    terms = analyze_terms(text)
    return [term for term in terms if term not in FUNCTION_WORDS] or terms


def _file_sizes(place: Path) -> dict[str, int]:
    return {path.name: path.stat().st_size for path in sorted(place.iterdir()) if path.suffix != ".lock"}
