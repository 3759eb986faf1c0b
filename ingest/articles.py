"""The nouns of the house: Article, Sentence, Quotation, Mention, Chunk. Frozen, plain, and exact about offsets.

Every offset is in Unicode code points into `Article.text`, half-open: `text[start:end]`. Nothing here reads a
file, opens a store or imports another module of the project.
"""

from __future__ import annotations

import hashlib
import re
from bisect import bisect_right
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A half-open range of characters, `text[start:end]`."""

    start: int
    end: int

    def __post_init__(self) -> None:
        if not 0 <= self.start <= self.end:
            raise ValueError(f"a span needs 0 <= start <= end, not {self.start}..{self.end}")

    def of(self, text: str) -> str:
        """The words this span covers in `text`."""
        return text[self.start : self.end]

    def overlaps(self, start: int, end: int) -> bool:
        """Whether at least one character is shared with `start..end`."""
        return self.start < end and start < self.end

    def covers(self, start: int, end: int) -> bool:
        """Whether `start..end` lies inside this span."""
        return self.start <= start and end <= self.end


@dataclass(frozen=True, slots=True)
class RawDocument:
    """What a reader makes of one file or one record of a file, before extraction.

    `source` is the file's path relative to the ingested folder, in POSIX form. For a file of many records
    (JSON, JSON Lines) `record_key` identifies the record however the records are ordered (its id, else its URL,
    else a hash of its body) and `record_line` is its 1-based line (JSON Lines) or position (JSON array);
    both are None for one-article files. `text` is final: what readers give is what offsets count.
    Metadata is what the file itself declares (HTML meta tags, JSON fields, front matter), else None.
    """

    source: str
    text: str
    media_type: str
    title: str | None = None
    outlet: str | None = None
    authors: tuple[str, ...] = ()
    published_at: str | None = None
    url: str | None = None
    record_key: str | None = None
    record_line: int | None = None
    boilerplate: tuple[Span, ...] = ()


@dataclass(frozen=True)
class Article:
    """One news article, whole. `source` names the file (with `#line` for a record of a many-record file).

    `published_at` is ISO 8601, a date (`2024-04-10`) or a date and time; `boilerplate` spans are sorted and
    disjoint; `version` changes whenever anything a reader could see changes.
    """

    article_id: str
    source: str
    text: str
    title: str | None = None
    outlet: str | None = None
    authors: tuple[str, ...] = ()
    published_at: str | None = None
    url: str | None = None
    boilerplate: tuple[Span, ...] = ()

    @cached_property
    def version(self) -> str:
        """16 hex digits over the text, metadata and boilerplate marks."""
        parts = [self.text, self.title, self.outlet, *self.authors, self.published_at, self.url]
        parts += [f"{span.start}-{span.end}" for span in self.boilerplate]
        return digest(*(part if part is not None else "\x00" for part in parts))

    @cached_property
    def _line_starts(self) -> list[int]:
        return [0, *(match.end() for match in re.finditer("\n", self.text))]

    def line_at(self, offset: int) -> int:
        """The 1-based line of `text` that holds the character at `offset`."""
        return bisect_right(self._line_starts, offset)

    def is_boilerplate(self, start: int, end: int) -> bool:
        """Whether any of `start..end` is marked as boilerplate."""
        return any(span.overlaps(start, end) for span in self.boilerplate)


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence, quote-aware, without surrounding white space. `paragraph` counts from 0."""

    start: int
    end: int
    paragraph: int


@dataclass(frozen=True, slots=True)
class Mention:
    """Words that refer to a person, and to whom.

    `name` is the fullest name the article gives that person, without titles ("Joe Biden"). `kind` says what
    stands in the text: a name, a title ("the president"), or a pronoun.
    """

    start: int
    end: int
    name: str
    kind: Literal["name", "title", "pronoun"]


@dataclass(frozen=True, slots=True)
class Quotation:
    """Words that an article attributes to a speaker.

    `start..end` are the words themselves: for direct speech those between the quotation marks (marks
    excluded), for indirect speech the reported clause. `context_start..context_end` is the sentence, or run of
    sentences, that holds both the words and whom they are attributed to. `speaker` is the fullest name or
    description known ("Joe Biden", "senior administration official"), or None where the article does not say;
    `speaker_start..speaker_end` are the words that name the speaker for this quotation ("he", "the president").
    """

    start: int
    end: int
    kind: Literal["direct", "indirect"]
    speaker: str | None
    speaker_start: int | None
    speaker_end: int | None
    context_start: int
    context_end: int


@dataclass(frozen=True, slots=True)
class Analysis:
    """What is known of an article's prose: sentences in order, quotations in order, mentions in order."""

    sentences: tuple[Sentence, ...] = ()
    quotations: tuple[Quotation, ...] = ()
    mentions: tuple[Mention, ...] = ()


@dataclass(frozen=True, slots=True)
class Chunk:
    """A run of whole sentences, at most the embedder's `max_tokens` long; an article's chunks tile its text.

    `text == article.text[start:end]`, always. `context` (title, outlet, date, neighbouring sentence) helps
    retrieval, is embedded and indexed with the text and is never shown.
    """

    chunk_id: str
    article_id: str
    ordinal: int
    start: int
    end: int
    text: str
    context: str = ""
    boilerplate: bool = False

    @property
    def embedded_text(self) -> str:
        """What the embedder sees: context, then text."""
        return f"{self.context}\n{self.text}" if self.context else self.text


@dataclass(frozen=True, slots=True)
class ArticleFilter:
    """Which articles may be used. Empty means all; `after` and `before` are inclusive ISO dates.

    An article without a date passes no date filter: it cannot be shown to lie in the period.
    """

    outlets: frozenset[str] = field(default_factory=frozenset)
    sources: frozenset[str] = field(default_factory=frozenset)
    after: str | None = None
    before: str | None = None

    @property
    def is_empty(self) -> bool:
        """Whether every article passes."""
        return not (self.outlets or self.sources or self.after or self.before)

    def admits(self, source: str, outlet: str | None, published_at: str | None) -> bool:
        """Whether an article with this metadata passes. Outlets compare without case; a source matches whole,
        or by its file when it is a record (`feed.jsonl` admits `feed.jsonl#12`)."""
        if self.outlets and (outlet or "").casefold() not in {name.casefold() for name in self.outlets}:
            return False
        if self.sources and source not in self.sources and source.partition("#")[0] not in self.sources:
            return False
        if self.after or self.before:
            if published_at is None:
                return False
            day = published_at[:10]
            if self.after and day < self.after[:10]:
                return False
            if self.before and day > self.before[:10]:
                return False
        return True


def digest(*parts: str) -> str:
    """16 hex digits (64 bits) of SHA-256 over the parts, each ended, so that ("ab", "c") differs from ("a", "bc")."""
    sha = hashlib.sha256()
    for part in parts:
        sha.update(part.encode("utf-8", "surrogatepass"))
        sha.update(b"\x1f")
    return sha.hexdigest()[:16]


def article_id_of(source_file: str, record_key: str | None = None) -> str:
    """The stable id of an article: its file, and its record's own key where the file holds many."""
    return digest("article", source_file, record_key or "")


def chunk_id_of(article_id: str, version: str, ordinal: int) -> str:
    """The deterministic id of a chunk, sortable within its article."""
    return f"{article_id}.{version}.{ordinal:05d}"
