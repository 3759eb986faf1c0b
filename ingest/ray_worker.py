"""What runs in a worker process of a Ray cluster: files and documents become outcomes, texts become vectors.

Knows nothing of Ray, of the store or of other articles than the one at hand; whether an article repeats another is for
the process that ingests to decide. Everything a worker is given comes from that process, secrets excepted: they never
travel.
"""

from __future__ import annotations

import hashlib
import logging
import os
import platform
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ingest.articles import RawDocument
from ingest.embedding import EmbeddedText, Embedder, SentenceEmbedder, open_embedder
from ingest.errors import UnreadableArticle
from ingest.files import failure_of
from ingest.identity import KnownArticles
from ingest.preparing import FileStamp, Outcome, Preparer
from ingest.readers import ReadOptions, read_content
from ingest.records import ArticleRecord
from ingest.report import FailedFile
from ingest.settings import IngestSettings, default_cache_dir

log = logging.getLogger(__name__)

PROBE = "The harbour was closed on Tuesday, officials said, and reopened two days later."
"""A text that every worker embeds when it starts, and whose vector has to be the one this process computes."""

Spans = Sequence[tuple[int, int]]


@dataclass(frozen=True, slots=True)
class WorkTerms:
    """What a worker is made from. `cache_dir` None means the default of the worker's own user."""

    embedder: str
    cache_dir: Path | None
    max_file_mb: float
    read_timeout_s: float
    read_memory_mb: float
    field_map: dict[str, str]

    @classmethod
    def of(cls, settings: IngestSettings, field_map: dict[str, str]) -> WorkTerms:
        """Those of the settings that a worker needs; none of them is a secret."""
        default = settings.cache_dir == default_cache_dir()
        return cls(
            embedder=settings.embedder,
            cache_dir=None if default else settings.cache_dir.absolute(),
            max_file_mb=settings.max_file_mb,
            read_timeout_s=settings.read_timeout_s,
            read_memory_mb=settings.read_memory_mb,
            field_map=field_map,
        )

    def settings(self) -> IngestSettings:
        """As settings; neither the worker's environment nor its files are asked. One thread: it has one core."""
        return IngestSettings.model_construct(
            embedder=self.embedder,
            cache_dir=self.cache_dir or default_cache_dir(),
            max_file_mb=self.max_file_mb,
            read_timeout_s=self.read_timeout_s,
            read_memory_mb=self.read_memory_mb,
            embed_threads=1,
        )


@dataclass(frozen=True, slots=True)
class WorkerFacts:
    """Who a worker is, and what has to agree with the process that ingests."""

    host: str
    process_id: int
    code: str
    fingerprint: str
    probe: NDArray[np.float32]


class Worker:
    """One worker: an embedder and the readers. Calls come one after another."""

    def __init__(self, terms: WorkTerms) -> None:
        self._settings = terms.settings()
        self._options = ReadOptions.of(self._settings, terms.field_map)

    @cached_property
    def _embedder(self) -> Embedder:
        """Opened by a call and not by the constructor, whose errors Ray hands over as text."""
        return open_embedder(self._settings)

    def facts(self) -> WorkerFacts:
        """Who this is. With a remote embedder this takes a request. Raises what `open_embedder` does."""
        return WorkerFacts(
            host=platform.node(),
            process_id=os.getpid(),
            code=code_digest(),
            fingerprint=self._embedder.fingerprint,
            probe=self._embedder.embed([PROBE])[0],
        )

    def read(
        self, content: bytes, source: str, root: str, stamp: FileStamp, previous: ArticleRecord | None
    ) -> list[Outcome]:
        """What becomes of the articles of a file with these bytes; `previous` is the record of the one it held."""
        found: list[Outcome] = []
        try:
            for item in read_content(content, source, self._options):
                if isinstance(item, UnreadableArticle):
                    found.append(failure_of(source, item))
                else:
                    found += self.prepare(item, root, stamp, previous)
        except Exception as error:
            log.exception("%s could not be read", source)
            found.append(FailedFile(source, f"it could not be read ({type(error).__name__}: {error})"))
        return found

    def prepare(
        self, document: RawDocument, root: str, stamp: FileStamp, previous: ArticleRecord | None
    ) -> list[Outcome]:
        """What becomes of one document, as a list of one."""
        known = KnownArticles([previous] if previous is not None else [])
        preparer = Preparer(known, self._embedder.count_tokens, self._embedder.max_tokens)
        return [preparer.prepare(document, root, stamp)]

    def embed(self, texts: Sequence[str], spans: Sequence[Spans] | None) -> list[EmbeddedText]:
        """The vectors of these texts and, where `spans` are given, of those parts of them."""
        if spans is not None and isinstance(self._embedder, SentenceEmbedder):
            return self._embedder.embed_with_sentences(texts, spans)
        vectors = self._embedder.embed(texts)
        none = np.zeros((0, self._embedder.dimension), np.float32)
        return [EmbeddedText(vector, none) for vector in vectors]


def code_digest() -> str:
    """16 hex digits of the source of ingest: workers with another version of it would make other articles."""
    total = hashlib.sha256()
    for path in _sources():
        total.update(path.name.encode())
        total.update(path.read_bytes())
    return total.hexdigest()[:16]


def _sources() -> Iterator[Path]:
    yield from sorted(Path(__file__).parent.glob("*.py"))


__all__ = ["PROBE", "Spans", "WorkTerms", "Worker", "WorkerFacts", "code_digest"]
