"""An article as the store keeps it, with all that was computed of it: to copy one without its embedder.

A packed article is its catalogue record and the metadata that lie beside its text (`encoding.text_metadata`): words,
analysis, chunk spans, vectors. Chunks are made again from these, bit for bit. Backups hold packed articles, and
vacuuming copies them.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ingest import encoding
from ingest.errors import UpstreamRefused
from ingest.records import ArticleRecord

if TYPE_CHECKING:
    from ingest.store import ArticleStore

WRITTEN_AT_ONCE = 32
MALFORMED = (ValueError, KeyError, TypeError, IndexError, AttributeError)
"""What unpacking something that is no packed article raises (`zlib.error` is wrapped where it could come)."""


@dataclass(frozen=True, slots=True)
class PackedArticle:
    """One committed article: its record, and the metadata that lie beside its text."""

    record: ArticleRecord
    text: Mapping[str, Any]

    def document(self) -> dict[str, Any]:
        """As JSON values; `packed_from` is the inverse."""
        return {
            "id": self.record.article_id,
            "record": encoding.record_metadata(self.record),
            "text": dict(self.text),
        }

    def check(self, dimension: int) -> None:
        """Hold it against its version and the shape of its vectors, as is done before anything is shown of it.

        Raises:
            IndexDamaged: it is not what was written.
        """
        encoding.stored_from(self.record, self.text)
        encoding.searched_vectors_from(self.record, self.text, dimension)

    def digest(self) -> str:
        """SHA-256 (hex) of all of it: equal for two articles that are equal in every byte that is kept."""
        canonical = json.dumps(self.document(), sort_keys=True, separators=(",", ":"), ensure_ascii=True)
        return hashlib.sha256(canonical.encode("ascii")).hexdigest()


def packed_from(document: Any) -> PackedArticle:
    """The inverse of `PackedArticle.document`. Raises one of `MALFORMED` for anything else."""
    article_id, text = document["id"], document["text"]
    if not isinstance(article_id, str) or not article_id:
        raise ValueError("the id of an article is not a text")
    for name in ("text", "analysis", "chunks", "vectors"):
        if not isinstance(text[name], str):
            raise TypeError(f"{name} is not a text")
    return PackedArticle(encoding.record_from(article_id, document["record"]), text)


def write_in_batches(target: ArticleStore, articles: Iterable[PackedArticle]) -> int:
    """Write packed articles, `WRITTEN_AT_ONCE` at a time; how many there were."""
    written, batch = 0, list[PackedArticle]()
    for article in articles:
        batch.append(article)
        if len(batch) == WRITTEN_AT_ONCE:
            target.write_packed(batch)
            written, batch = written + len(batch), []
    target.write_packed(batch)
    return written + len(batch)


def check_copy(target: ArticleStore, expected: Mapping[str, str]) -> None:
    """Read everything in `target` again and hold it against digests by article id.

    Raises:
        UpstreamRefused: an article is missing, too many, or not what was written; or chunks are.
    """
    left = dict(expected)
    chunks = 0
    for article in target.packed():
        if left.pop(article.record.article_id, None) != article.digest():
            raise UpstreamRefused(
                f"the copy of {article.record.source} is not what was written: nothing was replaced; "
                "check the disk and try again"
            )
        chunks += article.record.chunk_count
    if left:
        raise UpstreamRefused(f"{len(left)} articles are missing from the copy: nothing was replaced")
    stored = target.count_chunks()
    if stored != chunks:
        raise UpstreamRefused(f"the copy has {stored} chunks instead of {chunks}: nothing was replaced")


__all__ = ["MALFORMED", "PackedArticle", "check_copy", "packed_from", "write_in_batches"]
