"""Where in Chroma an index lies: the pointer, the collections of a suffix, and their vector settings.

The collection `dateline` holds no records; its metadata is the pointer, which names the suffix of the
collections in use. A rebuild fills collections of another suffix, then moves the pointer, which is one write.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ingest import chroma, encoding
from ingest.derived_index import index_key
from ingest.errors import IndexMismatch, IndexMissing
from ingest.integrity import noticing_damage
from ingest.records import ArticleRecord

if TYPE_CHECKING:
    from chromadb.api.client import Client
    from chromadb.api.models.Collection import Collection

SCHEMA = 1
POINTER = "dateline"
KINDS = ("articles", "texts", "chunks")

SEARCHED = {
    "space": "cosine",
    "max_neighbors": 16,
    "ef_construction": 60,
    "ef_search": 200,
    "sync_threshold": 300,
}
"""Of the chunks. Dateline searches an index of its own (`ingest.vectors`); this one serves other users of the
collection and is built in two thirds of the time that twice the care takes. Against exact search over 10,022 real
chunks, 200 questions, recall at 10 is 0.998 and at 50 0.994 (0.996 and 0.993 over 10,000 in 250 tight clusters); with
(24, 100) 0.999 and 0.998. The index is written to disk every `sync_threshold` records; what came later is replayed when
it is next opened."""

UNSEARCHED = {"space": "l2", "max_neighbors": 2, "ef_construction": 2, "ef_search": 2, "sync_threshold": 50}
"""Of collections read by id only: Chroma wants a vector for every record, so they get one number."""


@dataclass(frozen=True, slots=True)
class Pointer:
    """What the pointer says.

    `writer` marks the process that is writing, and is empty when nobody is. `change` is a random name of the last
    change; an index that was last changed by a Dateline without such names has none.
    """

    active: str
    generation: int
    fingerprint: str
    dimension: int
    writer: str = ""
    schema: int = SCHEMA
    change: str = ""

    @property
    def key(self) -> str:
        """Names what is committed: what derived indexes are bound to.

        The suffix of the collections tells this index from one that was here before and reached the same generation;
        the name of the last change tells it from copies of itself that went on otherwise.
        """
        return index_key(self.fingerprint, self.generation, f"{self.active}{self.change}")

    def changed(self, generation: int, writer: str = "") -> Pointer:
        """The pointer after a change that leads to `generation`."""
        return replace(self, generation=generation, writer=writer, change=secrets.token_hex(4))


@dataclass(slots=True)
class Index:
    """The collections of one suffix, and the catalogue last read from them with the key of its state."""

    suffix: str
    articles: Collection
    texts: Collection
    chunks: Collection
    catalogue: tuple[str, dict[str, ArticleRecord]] | None = None


def read_pointer(client: Client) -> Pointer | None:
    """The pointer as it stands, or None where there is no index.

    Raises:
        IndexMismatch: the index has a layout of another schema.
    """
    collection = chroma.collection_or_none(client, POINTER)
    if collection is None or not collection.metadata:
        return None
    schema = collection.metadata.get("schema")
    if schema != SCHEMA:
        raise IndexMismatch(
            f"the index has layout {schema} and this Dateline writes layout {SCHEMA}: "
            "remove the index and run `dateline ingest FOLDER` again"
        )
    return pointer_from(collection.metadata)


def pointer_from(metadata: Mapping[str, Any]) -> Pointer:
    """The pointer that a collection's metadata are; what a later Dateline put there beside is passed over.

    Raises:
        TypeError: it is none.
    """
    return Pointer(**{one.name: metadata[one.name] for one in fields(Pointer) if one.name in metadata})


def create_pointer(client: Client, pointer: Pointer) -> None:
    """Write the first pointer."""
    with chroma.chroma_errors("create the index"):
        client.get_or_create_collection(POINTER, metadata=asdict(pointer), embedding_function=None)


def write_pointer(client: Client, pointer: Pointer) -> None:
    """Replace the pointer, in one call that Chroma applies whole."""
    with chroma.chroma_errors("update the index's pointer"):
        client.get_collection(POINTER, embedding_function=None).modify(metadata=asdict(pointer))


def create_index(client: Client, suffix: str) -> None:
    """Create the collections of a suffix, empty."""
    for kind in KINDS:
        create_collection(client, suffix, kind)


def create_collection(client: Client, suffix: str, kind: str) -> Collection:
    """Create one collection of a suffix, empty."""
    settings: Any = SEARCHED if kind == "chunks" else UNSEARCHED
    with chroma.chroma_errors(f"create the {kind} of the index"):
        return client.create_collection(
            f"{POINTER}-{suffix}-{kind}", configuration={"hnsw": settings}, embedding_function=None
        )


def open_index(client: Client, suffix: str) -> Index:
    """The collections of a suffix.

    Raises:
        IndexMissing: one of them is not there.
    """
    found: list[Collection] = []
    for kind in KINDS:
        collection = chroma.collection_or_none(client, f"{POINTER}-{suffix}-{kind}")
        if collection is None:
            raise IndexMissing(f"the index lacks its {kind}: run `dateline ingest --rebuild FOLDER`")
        found.append(collection)
    articles, texts, chunks = found
    return Index(suffix, articles, texts, chunks)


def read_records(index: Index) -> list[ArticleRecord]:
    """The catalogue as Chroma has it."""
    records = []
    for rows in chroma.everything(index.articles, ["metadatas"]):
        for article_id, metadata in zip(rows["ids"], rows["metadatas"] or [], strict=True):
            with noticing_damage(str((metadata or {}).get("source") or article_id)):
                records.append(encoding.record_from(article_id, metadata))
    return records


def drop_collection(client: Client, suffix: str, kind: str) -> None:
    """Delete one collection of a suffix, if it is there."""
    name = f"{POINTER}-{suffix}-{kind}"
    if chroma.collection_or_none(client, name) is not None:
        with chroma.chroma_errors(f"remove the collection {name}"):
            client.delete_collection(name)


def drop_others(client: Client, kept: set[str]) -> None:
    """Delete the collections of every suffix but those kept: a replaced index, or an abandoned rebuild."""
    names = {f"{POINTER}-{suffix}-{kind}" for suffix in kept for kind in KINDS}
    with chroma.chroma_errors("remove old collections"):
        for collection in client.list_collections():
            if collection.name.startswith(f"{POINTER}-") and collection.name not in names:
                client.delete_collection(collection.name)


def text_id(record: ArticleRecord) -> str:
    """The id of an article's text in one version."""
    return f"{record.article_id}.{record.version}"


def is_committed(chunk_id: str, records: dict[str, ArticleRecord]) -> bool:
    """Whether a committed record owns the chunk: same article and version, no further than its count."""
    article_id, _, rest = chunk_id.partition(".")
    record = records.get(article_id)
    if record is None:
        return False
    version, _, ordinal = rest.partition(".")
    return version == record.version and ordinal.isdigit() and int(ordinal) < record.chunk_count


def no_vectors(count: int) -> NDArray[np.float32]:
    """Vectors for records that are only read by id."""
    return np.ones((count, 1), dtype=np.float32)
