"""One document becomes something to write, something already known, or a reason why not. No store, no embedder.

This is the half of the pipeline that costs Python time; it looks at one article at a time, so that one bad article
is one failure and nothing else.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from ingest.articles import Analysis, Article, Chunk, RawDocument
from ingest.attribution import analyze
from ingest.chunking import RESERVED_TOKENS, chunk
from ingest.duplicates import signature
from ingest.errors import DatelineError, UnreadableArticle
from ingest.extraction import extract
from ingest.identity import KnownArticles
from ingest.records import ArticleRecord
from ingest.report import FailedFile

log = logging.getLogger(__name__)

CHUNK_WINDOW = 256
"""Tokens of a chunk, special tokens included, however much the embedder could read: retrieval is by passage."""


@dataclass(frozen=True, slots=True)
class FileStamp:
    """What told one state of a file from another, taken before it was read. None: read it again next time."""

    mtime_ns: int | None = None
    size: int | None = None


@dataclass(frozen=True, slots=True)
class Ready:
    """An article to embed and write. `previous` is its record when it is known, `alike` one with the same words."""

    article: Article
    analysis: Analysis
    chunks: tuple[Chunk, ...]
    signature: bytes | None
    root: str
    stamp: FileStamp
    previous: ArticleRecord | None
    alike: ArticleRecord | None


@dataclass(frozen=True, slots=True)
class Unchanged:
    """An article that is known in this version. `renewed` differs from `record` where it moved or was touched."""

    record: ArticleRecord
    renewed: ArticleRecord


@dataclass(frozen=True, slots=True)
class Repeated:
    """A record that repeats, word for word, one met before in this run."""

    source: str


Outcome = Ready | Unchanged | Repeated | FailedFile


def chunk_window(max_tokens: int) -> int:
    """The window chunks are cut for, special tokens included; `max_tokens` is the embedder's, without them."""
    return min(CHUNK_WINDOW, max_tokens + RESERVED_TOKENS)


class Preparer:
    """Turns documents into outcomes, and remembers which articles this run has met.

    `max_tokens` is the embedder's, special tokens not included.
    """

    def __init__(
        self, known: KnownArticles, count_tokens: Callable[[Sequence[str]], list[int]], max_tokens: int
    ) -> None:
        self._known = known
        self._count_tokens = count_tokens
        self._window = chunk_window(max_tokens)
        self._met: dict[str, tuple[str, str]] = {}

    def prepare(self, document: RawDocument, root: str, stamp: FileStamp) -> Outcome:
        """What becomes of one document. Raises only what no single article is to blame for (DatelineError)."""
        source = document.source
        if document.record_line is not None:
            source = f"{source}#{document.record_line}"
        try:
            return self._prepare(document, root, stamp)
        except UnicodeEncodeError:
            return FailedFile(
                source, "it holds half of a surrogate pair, which is no character; save it anew as UTF-8"
            )
        except UnreadableArticle as error:
            return FailedFile(source, str(error))
        except DatelineError:
            raise
        except Exception as error:
            log.exception("%s could not be prepared", source)
            return FailedFile(source, f"it could not be analyzed ({type(error).__name__}: {error})")

    def meet(self, article_id: str, version: str, source: str) -> Repeated | FailedFile | None:
        """Note an article of this run, or say what becomes of one whose id was met before."""
        met = self._met.get(article_id)
        if met is None:
            self._met[article_id] = (source, version)
            return None
        if met[1] == version:
            return Repeated(source)
        return FailedFile(
            source, f"it has the same id as {met[0]} but other words; give each record an id of its own"
        )

    def _prepare(self, document: RawDocument, root: str, stamp: FileStamp) -> Outcome:
        article = extract(document)
        for words in (article.text, article.title, article.outlet, article.url, *article.authors):
            (words or "").encode("utf-8")
        met = self.meet(article.article_id, article.version, article.source)
        if met is not None:
            return met
        previous = self._known.records.get(article.article_id)
        if previous is not None and previous.version == article.version:
            renewed = replace(
                previous,
                source=article.source,
                root=root,
                file_mtime_ns=stamp.mtime_ns,
                file_size=stamp.size,
            )
            return Unchanged(previous, renewed)
        analysis = analyze(article.text, article.boilerplate)
        chunks = chunk(article, analysis.sentences, self._count_tokens, self._window)
        return Ready(
            article=article,
            analysis=analysis,
            chunks=chunks,
            signature=signature(_own_words(article)),
            root=root,
            stamp=stamp,
            previous=previous,
            alike=self._known.by_version.get(article.version),
        )


def _own_words(article: Article) -> str:
    """The text without its boilerplate, which articles of one outlet share without being copies."""
    parts, end = [], 0
    for span in article.boilerplate:
        parts.append(article.text[end : span.start])
        end = span.end
    return "\n".join([*parts, article.text[end:]])
