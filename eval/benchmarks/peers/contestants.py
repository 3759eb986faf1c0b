"""Who is measured: Dateline and its peers, each with the adapter that drives it and the passages it is told to cut."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from eval.benchmarks.peers.environments import HAIKU_RAG, LLAMA_INDEX, TXTAI, Environment
from ingest.errors import InvalidRequest

PASSAGE_TOKENS = 256
OVERLAP_TOKENS = 32


@dataclass(frozen=True, slots=True)
class Contestant:
    """One row of the table; `adapter` is the file that the worker loads. Without an `environment` it runs in this one.
    `passage_tokens` None leaves the system its own default."""

    name: str
    label: str
    adapter: Path
    environment: Environment | None = None
    passage_tokens: int | None = PASSAGE_TOKENS


_HERE = Path(__file__).parent

DATELINE = Contestant("dateline", "Dateline, default settings", _HERE / "dateline_search.py")
SAME_SIZE = "llama-index-256"
"""The peer that the project's targets are set against."""

PEERS = (
    Contestant(SAME_SIZE, "llama-index + Chroma, 256/32", _HERE / "llama_index_chroma.py", LLAMA_INDEX),
    Contestant(
        "llama-index",
        "llama-index + Chroma, its defaults 1024/200",
        _HERE / "llama_index_chroma.py",
        LLAMA_INDEX,
        None,
    ),
    Contestant("haiku-rag", "haiku.rag, hybrid, 256", _HERE / "haiku_rag.py", HAIKU_RAG),
    Contestant("txtai", "txtai, hybrid, 256/32", _HERE / "txtai_hybrid.py", TXTAI),
)


def chosen(names: Sequence[str]) -> tuple[Contestant, ...]:
    """Dateline and the peers of these names, all of them where none is named.

    Raises:
        InvalidRequest: no peer has that name.
    """
    known = {peer.name for peer in PEERS}
    for name in names:
        if name not in known:
            raise InvalidRequest(f"there is no peer {name!r}; known: {', '.join(sorted(known))}")
    return (DATELINE, *(peer for peer in PEERS if not names or peer.name in names))
