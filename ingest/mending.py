"""Making an embedded index whole again after the process that wrote it was killed.

Chroma keeps records in SQLite, which survives `kill -9`, and vectors in files that it overwrites in place every
`sync_threshold` records. A process killed in those milliseconds leaves files that do not load or, as Chroma's issue
7238 reports, that crash whoever loads them. Torn files cannot be told from good ones by looking, so when the
pointer says that a writer never finished, all vector files are removed unread and the chunks are written again
from what lies beside the articles' texts. That takes about a millisecond a chunk and no embedder.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from ingest import chroma, encoding, layout
from ingest.integrity import noticing_damage
from ingest.layout import Pointer, text_id

if TYPE_CHECKING:
    from chromadb.api.client import Client

ARTICLES_AT_ONCE = 32


def mend(client: Client, path: Path, pointer: Pointer) -> None:
    """Make the active index of the database in `path` whole, then take the dead writer's mark off.

    The caller owns the database, and has not read or written a record through `client` yet: that would load the
    vector files. Killed meanwhile, it is simply done again at the next opening.

    Raises:
        UpstreamUnavailable: the files cannot be written.
        IndexDamaged: the database does not hold what was written to it.
    """
    with chroma.chroma_errors(f"remove damaged vector files in {path}"):
        chroma.remove_vector_files(path)
        limit = client.get_max_batch_size()
    layout.drop_collection(client, pointer.active, "chunks")
    layout.create_collection(client, pointer.active, "chunks")
    index = layout.open_index(client, pointer.active)
    records = layout.read_records(index)
    for start in range(0, len(records), ARTICLES_AT_ONCE):
        by_text = {text_id(record): record for record in records[start : start + ARTICLES_AT_ONCE]}
        for rows in chroma.get(index.texts, limit, list(by_text), ["metadatas"]):
            for row_id, metadata in zip(rows["ids"], rows["metadatas"], strict=True):
                record = by_text[row_id]
                with noticing_damage(record.source):
                    chunks = encoding.chunks_from(record, metadata)
                    vectors = encoding.vectors_from(metadata, pointer.dimension)
                if chunks:
                    chroma.upsert(
                        index.chunks,
                        limit,
                        ids=record.chunk_ids,
                        embeddings=vectors,
                        metadatas=[encoding.chunk_metadata(chunk, record) for chunk in chunks],
                    )
    layout.write_pointer(client, pointer.changed(pointer.generation + 1))
