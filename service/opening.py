"""Opening an index: settings in, `Services` out, with the folder owned, the embedder loaded and the store checked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ingest.chroma import preloaded
from ingest.embedding import Embedder, open_embedder
from ingest.errors import IndexMissing
from ingest.ownership import Ownership
from ingest.store import ArticleStore
from service.index_fingerprint import index_fingerprint
from service.llm import LanguageModel
from service.model_selection import open_language_model
from service.settings import ServiceSettings
from service.wiring import Services

if TYPE_CHECKING:
    from service.telemetry import Metrics


def open_services(
    settings: ServiceSettings,
    *,
    role: str = "dateline",
    create: bool = False,
    rebuild: bool = False,
    model: LanguageModel | None = None,
    metrics: Metrics | None = None,
) -> Services:
    """Open the index and everything over it. `model` answers in place of the one that the settings name.

    `create` makes an empty index where there is none (ingest, serve); `rebuild` opens one whatever embedder filled it.
    An embedded index is owned by this process until `close`; `role` is what others are told about it.

    Raises:
        IndexMissing, IndexMismatch, IndexOwned, SettingsError, WeightsError: as their names say.
    """
    embedded = settings.chroma_url is None
    if embedded and not create and not settings.data_dir.is_dir():
        raise IndexMissing(
            f"there is no index in {settings.data_dir.resolve()} yet: run `dateline ingest FOLDER` first"
        )
    model = model or open_language_model(settings)
    ownership = Ownership.acquire(settings.data_dir, role=role) if embedded else None
    try:
        with preloaded():
            key = settings.openai_api_key
            embedder = open_embedder(
                settings,
                api_key=key.get_secret_value() if key else None,
                base_url=settings.openai_base_url,
            )
        store = _open_store(settings, embedder, create=create, rebuild=rebuild)
        return Services(settings, store, embedder, ownership, model=model, metrics=metrics)
    except BaseException:
        if ownership is not None:
            ownership.release()
        raise


def _open_store(
    settings: ServiceSettings, embedder: Embedder, *, create: bool, rebuild: bool
) -> ArticleStore:
    if rebuild:
        try:
            return ArticleStore.open(settings, fingerprint=None, dimension=None, create=False)
        except IndexMissing:
            if not create:
                raise
    fingerprint = index_fingerprint(embedder)
    return ArticleStore.open(settings, fingerprint=fingerprint, dimension=embedder.dimension, create=create)
