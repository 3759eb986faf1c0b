"""What an embedder is, and which one the settings ask for.

The embedders themselves live in `ingest.onnx_embedding` and `ingest.openai_embedding`, imported only when
chosen.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from ingest.errors import SettingsError
from ingest.settings import IngestSettings


class Embedder(Protocol):
    """Turns texts into vectors. Safe to call from several threads."""

    @property
    def name(self) -> str:
        """For people, such as `bundled` or `openai:text-embedding-3-small`."""

    @property
    def fingerprint(self) -> str:
        """Names everything that decides the vectors. Two embedders with one fingerprint may share an index.

        Raises:
            TransientError, PermanentError: for a remote embedder, whose dimension takes one request to learn.
        """

    @property
    def dimension(self) -> int:
        """Numbers in a vector. Raises as `fingerprint` does."""

    @property
    def max_tokens(self) -> int:
        """Tokens of a text that count, special tokens not included; what lies beyond is not embedded."""

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """One row a text, in order: (len(texts), dimension), float32, each of length 1.

        A text's vector does not depend on the texts beside it. Any text will do, the empty one too.

        Raises:
            TransientError, PermanentError: for a remote embedder.
        """

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """How many tokens each text has, in whole: nothing is cut, special tokens are not included."""


@dataclass(frozen=True, slots=True)
class EmbeddedText:
    """A text's `vector` (dimension,) and those of the spans asked for in it, `sentences` (spans, dimension).

    float32, each of length 1.
    """

    vector: NDArray[np.float32]
    sentences: NDArray[np.float32]


@runtime_checkable
class SentenceEmbedder(Protocol):
    """An embedder that has vectors for the parts of a text as well, at next to no cost. Not every one has."""

    def embed_with_sentences(
        self, texts: Sequence[str], spans: Sequence[Sequence[tuple[int, int]]]
    ) -> list[EmbeddedText]:
        """One `EmbeddedText` a text, in order; the vectors of the texts are those `embed` gives, bit for bit.

        `spans[i]` are (start, end) in code points of `texts[i]`. The vector of a span is made of what the model
        knows of its words after it has read the whole text. A span without a token that the model read (it is
        beyond `max_tokens`, or white space) gets the text's own vector.

        Raises:
            ValueError: there are not as many lists of spans as texts.
        """


@dataclass(frozen=True, slots=True)
class OpenAIAccess:
    """Where an OpenAI-compatible service is. None leaves it to OPENAI_API_KEY and OPENAI_BASE_URL."""

    api_key: str | None = None
    base_url: str | None = None


Factory = Callable[[str, IngestSettings, OpenAIAccess], Embedder]
"""Takes what stands after the colon, the settings, and the access a remote embedder may need."""


def open_embedder(
    settings: IngestSettings, *, api_key: str | None = None, base_url: str | None = None
) -> Embedder:
    """The embedder that `settings.embedder` names: `bundled`, `onnx:/folder` or `openai:MODEL`.

    Args:
        api_key: for `openai:`; None means the environment's OPENAI_API_KEY.
        base_url: for `openai:`; None means the environment's OPENAI_BASE_URL, else OpenAI itself.

    Raises:
        SettingsError: no such embedder, or what it needs is missing.
        WeightsError: the bundled weights are absent or not the expected bytes.
    """
    scheme, _, rest = settings.embedder.partition(":")
    factory = FACTORIES.get(scheme)
    if factory is None:
        choices = ", ".join(f"{name}{form}" for name, form in FORMS.items())
        raise SettingsError(f"no embedder {settings.embedder!r}; choose one of: {choices}")
    if bool(rest) != bool(FORMS[scheme]):
        raise SettingsError(f"embedder {settings.embedder!r}: write it as {scheme}{FORMS[scheme]}")
    return factory(rest, settings, OpenAIAccess(api_key, base_url))


def _bundled(_rest: str, settings: IngestSettings, _access: OpenAIAccess) -> Embedder:
    from ingest.onnx_embedding import open_bundled

    return open_bundled(settings.cache_dir, threads=settings.embed_threads)


def _onnx_folder(rest: str, settings: IngestSettings, _access: OpenAIAccess) -> Embedder:
    from ingest.onnx_embedding import open_folder

    return open_folder(Path(rest).expanduser(), threads=settings.embed_threads)


def _openai(rest: str, _settings: IngestSettings, access: OpenAIAccess) -> Embedder:
    from ingest.openai_embedding import OpenAIEmbedder

    return OpenAIEmbedder(rest, api_key=access.api_key, base_url=access.base_url)


FACTORIES: Mapping[str, Factory] = MappingProxyType(
    {"bundled": _bundled, "onnx": _onnx_folder, "openai": _openai}
)
FORMS: Mapping[str, str] = MappingProxyType({"bundled": "", "onnx": ":/folder", "openai": ":MODEL"})
"""What follows each scheme, as messages show it."""

__all__ = ["FACTORIES", "EmbeddedText", "Embedder", "OpenAIAccess", "SentenceEmbedder", "open_embedder"]
