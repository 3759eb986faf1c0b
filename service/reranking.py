"""What a reranker is, which one the settings ask for, and how its scores reorder what was found.

Dateline ranks well without one and ships none: no weights of a cross-encoder can be had from the package registries.
Whoever has such a model as an ONNX folder names it in `DATELINE_RERANKER`. The model itself is run by
`service.onnx_reranking`, which is imported only then.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Protocol, TypeVar

from ingest.errors import SettingsError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from service.settings import ServiceSettings

DEPTH = 30
"""Hits that are reranked unless the caller says otherwise: each costs one run of the model."""

Item = TypeVar("Item")


class Reranker(Protocol):
    """Scores passages against a question, both read together. Safe to call from several threads."""

    @property
    def name(self) -> str:
        """For people, such as `onnx:/models/reranker`."""

    @property
    def fingerprint(self) -> str:
        """Names everything that decides the scores."""

    def scores(self, question: str, passages: Sequence[str]) -> NDArray[np.float32]:
        """One number a passage, in order: (len(passages),), float32, finite, higher is better. The scale is the
        model's own.

        Raises:
            SettingsError: the model cannot be run on these words.
        """


def open_reranker(settings: ServiceSettings) -> Reranker | None:
    """The reranker that `settings.reranker` names, `onnx:/folder`; None when none is set.

    Raises:
        SettingsError: no such reranker, or what it needs is missing or cannot be used.
    """
    if settings.reranker is None:
        return None
    scheme, _, rest = settings.reranker.partition(":")
    factory = FACTORIES.get(scheme)
    if factory is None or not rest:
        raise SettingsError(f"no reranker {settings.reranker!r}; write DATELINE_RERANKER as onnx:/folder")
    return factory(rest, settings)


def rerank(
    order: Sequence[Item], scores: Sequence[float] | NDArray[np.float32], depth: int = DEPTH
) -> list[Item]:
    """`order` with its first `depth` items sorted by `scores`, best first, and the rest where it was. Items of equal
    score keep their order.

    Args:
        scores: one for each of the first `depth` items (all items, when there are fewer).
    """
    front = order[:depth]
    ranked = sorted(zip(front, scores, strict=True), key=lambda pair: -pair[1])
    return [item for item, _ in ranked] + list(order[depth:])


def _onnx_folder(rest: str, settings: ServiceSettings) -> Reranker:
    from service.onnx_reranking import open_folder

    return open_folder(Path(rest).expanduser(), threads=settings.embed_threads)


Factory = Callable[[str, "ServiceSettings"], Reranker]
"""Takes what stands after the colon, and the settings."""
FACTORIES: Mapping[str, Factory] = MappingProxyType({"onnx": _onnx_folder})

__all__ = ["DEPTH", "FACTORIES", "Reranker", "open_reranker", "rerank"]
