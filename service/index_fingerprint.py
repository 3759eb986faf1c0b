"""What an index and whoever opens it have to agree on."""

from __future__ import annotations

from ingest.attribution import ANALYSIS_VERSION
from ingest.chunk_sentences import SENTENCES_VERSION
from ingest.chunking import CHUNKER_VERSION
from ingest.embedding import Embedder, SentenceEmbedder


def index_fingerprint(embedder: Embedder) -> str:
    """The embedder, how articles are cut, how they are analyzed, and how sentence vectors are kept, if the embedder
    has any."""
    sentences = f"-s{SENTENCES_VERSION}" if isinstance(embedder, SentenceEmbedder) else ""
    return f"{embedder.fingerprint}-c{CHUNKER_VERSION}-a{ANALYSIS_VERSION}{sentences}"
