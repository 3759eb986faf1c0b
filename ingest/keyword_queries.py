"""What the keyword index asks of tantivy: any of some terms, each with its weight, in some outlets or articles.

A filter makes tantivy walk the lists of all terms and the filter's own, and saves little. So every term is in the index
a second time, marked with the outlet of its chunk: a search in one outlet then walks short lists only, which at 340,000
chunks takes a fifth of the time. A marked term is rarer than the term itself, and tantivy's BM25 would hold that for
telling; its weight puts that right.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from hashlib import blake2b
from typing import Any, TypeVar

import tantivy

K = TypeVar("K")
V = TypeVar("V")

WORDS, MARKED_WORDS = "words", "outlet_words"

MOST_MARKED_OUTLETS = 8
"""A search in more outlets than this is filtered: each has lists of its own."""

KEPT = 50_000
"""Terms, marked terms and chunks of which something is remembered, some 200 bytes each."""

_MARK_BYTES = 6
"""Two of ten thousand outlets share a mark once in five million archives."""


def mark_of(outlet: str) -> str:
    """What stands before the terms of an outlet's chunks; `outlet` as `ingest.keyword_files.outlet_key` has it."""
    return blake2b(outlet.encode("utf-8", "replace"), digest_size=_MARK_BYTES).hexdigest() + ":"


@contextmanager
def panics_as_errors() -> Iterator[None]:
    """A panic of tantivy, which is how it meets damaged files, as a ValueError: Python's own class for it is none that
    `except Exception` takes."""
    try:
        yield
    except BaseException as error:
        if type(error).__name__ != "PanicException":
            raise
        raise ValueError(f"tantivy panicked: {error}") from error


class Snapshot:
    """One state of a tantivy index, and what has been learned of it so far. Threads may share it: at worst something
    is looked up twice."""

    def __init__(self, index: Any) -> None:
        self.schema = index.schema
        self._searcher = index.searcher()
        self.size = int(self._searcher.num_docs)
        """Chunks in it."""
        self._frequencies: dict[str, int] = {}
        self._shares: dict[str, float] = {}
        self._chunk_ids: dict[tuple[int, int], str] = {}

    def frequency(self, term: str) -> int:
        """In how many chunks a term occurs, no more than there are."""
        found = self._frequencies.get(term)
        if found is None:
            found = _kept(self._frequencies, term, self._counted(WORDS, term))
        return found

    def idf(self, term: str) -> float:
        """BM25's idf of a term."""
        return idf(self.size, self.frequency(term))

    def share(self, term: str, mark: str) -> float:
        """The idf of a term as a share of what it is for the term with a mark; 0 where that does not occur."""
        found = self._shares.get(mark + term)
        if found is None:
            marked = self._counted(MARKED_WORDS, mark + term)
            share = self.idf(term) / idf(self.size, marked) if marked else 0.0
            found = _kept(self._shares, mark + term, share)
        return found

    def search(self, query: Any, limit: int) -> list[tuple[str, float]]:
        """The `limit` best chunks, (chunk id, score), in any order among equals.

        Raises:
            OSError, ValueError: the files are damaged.
        """
        with panics_as_errors():
            found = self._searcher.search(query, limit, count=False).hits
            return [(self._chunk_id(address), float(score)) for score, address in found]

    def _counted(self, field: str, term: str) -> int:
        return min(self.size, int(self._searcher.doc_freq(field, term)))

    def _chunk_id(self, address: Any) -> str:
        place = (address.segment_ord, address.doc)
        found = self._chunk_ids.get(place)
        if found is None:
            found = _kept(self._chunk_ids, place, str(self._searcher.doc(address)["chunk_id"][0]))
        return found


def _kept(known: dict[K, V], key: K, value: V) -> V:
    if len(known) >= KEPT:
        known.clear()
    known[key] = value
    return value


def idf(size: int, frequency: int) -> float:
    """BM25's ln(1 + (N - n + 0.5) / (n + 0.5)), as tantivy has it: N chunks, n of them with the term."""
    return math.log(1 + (size - frequency + 0.5) / (frequency + 0.5))


def any_of(snapshot: Snapshot, weights: Mapping[str, float]) -> Any:
    """Chunks with any of these terms; each adds its BM25 times its weight."""
    return _either([_term(snapshot.schema, WORDS, term, weight) for term, weight in weights.items()])


def any_in_outlets(snapshot: Snapshot, weights: Mapping[str, float], outlets: Collection[str]) -> Any | None:
    """The same of these outlets alone, scores unchanged; None where none of their chunks has any of the terms."""
    schema, parts = snapshot.schema, []
    for outlet in sorted(outlets):
        mark = mark_of(outlet)
        for term, weight in weights.items():
            share = snapshot.share(term, mark)
            if share:
                parts.append(_term(schema, MARKED_WORDS, mark + term, weight * share))
    return _either(parts) if parts else None


def limited(schema: Any, wanted: Any, field: str, values: Sequence[str]) -> Any:
    """`wanted` among the chunks whose `field` is one of `values`, which adds nothing to a score."""
    if len(values) == 1:  # tantivy walks its postings
        among = tantivy.Query.term_query(schema, field, values[0], "basic")
    else:
        among = tantivy.Query.term_set_query(schema, field, list(values))
    must = tantivy.Occur.Must
    return tantivy.Query.boolean_query([(must, wanted), (must, tantivy.Query.const_score_query(among, 0.0))])


def _either(queries: Sequence[Any]) -> Any:
    return tantivy.Query.boolean_query([(tantivy.Occur.Should, query) for query in queries])


def _term(schema: Any, field: str, term: str, weight: float) -> Any:
    query = tantivy.Query.term_query(schema, field, term, "freq")
    return query if weight == 1.0 else tantivy.Query.boost_query(query, weight)
