"""Who reads, analyzes and embeds: this process, or the workers of a Ray cluster. Nothing else of an ingest differs.

A workforce gives the outcomes of files, in the order of the files, and an embedder. Finding files, naming articles,
deciding what is unchanged and writing to the store stay with the process that ingests, whoever does the rest.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from types import MappingProxyType
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from ingest.discovery import FoundFile
    from ingest.embedding import Embedder
    from ingest.files import FileReader
    from ingest.preparing import Outcome
    from ingest.settings import IngestSettings

READ_AHEAD_ARTICLES = 64
"""Articles prepared while others are embedded: enough for a commit, a few MB at most."""


class Workforce(Protocol):
    """Those who do the work of one ingest."""

    @property
    def embedder(self) -> Embedder:
        """What the articles are embedded with; the same fingerprint and the same vectors whoever computes them."""

    @property
    def ahead(self) -> int:
        """Articles that are prepared ahead of those that are being committed."""

    def outcomes(self, reader: FileReader, files: Sequence[FoundFile]) -> Generator[Outcome, None, None]:
        """What becomes of each article of these files, in order."""


class InProcess:
    """This process alone."""

    def __init__(self, embedder: Embedder) -> None:
        self.embedder = embedder
        self.ahead = READ_AHEAD_ARTICLES

    def outcomes(self, reader: FileReader, files: Sequence[FoundFile]) -> Generator[Outcome, None, None]:
        """See `Workforce.outcomes`."""
        for file in files:
            yield from reader.outcomes(file)


Opening = Callable[["Embedder", "IngestSettings", Mapping[str, str]], AbstractContextManager[Workforce]]


def open_workforce(
    embedder: Embedder, settings: IngestSettings, field_map: Mapping[str, str]
) -> AbstractContextManager[Workforce]:
    """The workforce that `settings.ingest_engine` names, for the time of a `with` block.

    Raises:
        SettingsError: its package is not installed.
        InvalidRequest: `field_map` names a field that does not exist.
    """
    return ENGINES[settings.ingest_engine](embedder, settings, field_map)


def _plain(
    embedder: Embedder, _settings: IngestSettings, _field_map: Mapping[str, str]
) -> AbstractContextManager[Workforce]:
    return nullcontext(InProcess(embedder))


def _ray(
    embedder: Embedder, settings: IngestSettings, field_map: Mapping[str, str]
) -> AbstractContextManager[Workforce]:
    from ingest.ray_engine import open_ray

    return open_ray(embedder, settings, field_map)


ENGINES: Mapping[str, Opening] = MappingProxyType({"plain": _plain, "ray": _ray})

__all__ = ["ENGINES", "READ_AHEAD_ARTICLES", "InProcess", "Workforce", "open_workforce"]
