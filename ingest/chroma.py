"""The one place that opens Chroma and translates its errors.

`chromadb` takes over a second to import, so it is imported when an index is opened and not before.
"""

from __future__ import annotations

import importlib
import shutil
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import urlsplit
from uuid import UUID

from ingest.errors import (
    DatelineError,
    IndexDamaged,
    RateLimited,
    SettingsError,
    UpstreamRefused,
    UpstreamUnavailable,
)
from ingest.settings import IngestSettings

if TYPE_CHECKING:
    from chromadb.api.client import Client
    from chromadb.api.models.Collection import Collection

EMBEDDED_FOLDER = "chroma"
DATABASE_FILE = "chroma.sqlite3"
_FULL = ("database or disk is full", "no space left on device", "failed to apply logs")
_NOT_WRITABLE = ("readonly database", "read-only file system")
_DAMAGED = (
    "database disk image is malformed",
    "file is not a database",
    "malformed database schema",
    "failed to receive response",  # from a thread of its own, which panicked at what it read
    "failed to send request",  # to that thread, which is no more
    "failed to pull logs",
    "error finding id",
)
"""What SQLite and Chroma say, in small letters."""

_AGAIN = (
    ". Try again; if it says so again, the database may be damaged: `dateline doctor` looks for the cause, and "
    "`dateline restore` mends it"
)

READ_AT_ONCE = 10_000
"""Records. SQLite refuses statements with more than 32,766 variables, and Chroma makes one of each id."""


def embedded_path(settings: IngestSettings) -> Path | None:
    """The folder of the embedded database, or None when a Chroma server is used."""
    return None if settings.chroma_url else settings.data_dir.resolve() / EMBEDDED_FOLDER


@contextmanager
def preloaded() -> Iterator[None]:
    """Import Chroma in a thread while the block runs: it takes a second, and loading a model releases Python's lock."""
    loader = threading.Thread(target=_import_chromadb, name="preload-chroma", daemon=True)
    loader.start()
    yield
    loader.join()


_UNUSED = {
    # httpx does without its command line where that cannot be imported (it drags in click, rich and pygments).
    "httpx._main": None,
    # Chroma makes a span exporter only when an OpenTelemetry endpoint is set for it, which is never; importing
    # the exporter loads gRPC and Protocol Buffers.
    "opentelemetry.exporter.otlp.proto.grpc.trace_exporter": SimpleNamespace(OTLPSpanExporter=None),
}


def _import_chromadb() -> None:
    """Import Chroma without two modules that only it would load and nothing here uses: a quarter of its import time.

    They are hidden while it is imported and not afterwards, so that anybody else may still import them.
    """
    if "chromadb" in sys.modules:
        return
    hidden = {name: stand_in for name, stand_in in _UNUSED.items() if name not in sys.modules}
    sys.modules.update(cast("dict[str, ModuleType]", hidden))
    try:
        importlib.import_module("chromadb")
    finally:
        for name in hidden:
            sys.modules.pop(name, None)


def open_client(settings: IngestSettings) -> Client:
    """A client of the embedded database, or of the server that `chroma_url` names. Telemetry is off.

    Raises:
        SettingsError: `chroma_url` is not an http or https URL, or the folder cannot be made or written.
        UpstreamUnavailable: the server does not answer, or the database cannot be opened.
    """
    _import_chromadb()
    import chromadb
    from chromadb.config import Settings

    quiet = Settings(anonymized_telemetry=False)
    path = embedded_path(settings)
    if path is not None:
        try:
            path.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise SettingsError(f"the index folder {path} cannot be made: {error.strerror}") from error
        with chroma_errors(f"open the index in {path}"):
            return cast("Client", chromadb.PersistentClient(str(path), settings=quiet))
    url = urlsplit(settings.chroma_url or "")
    if url.scheme not in ("http", "https") or not url.hostname:
        raise SettingsError(f"chroma_url must look like http://host:8000, not {settings.chroma_url!r}")
    with chroma_errors(f"reach the Chroma server at {settings.chroma_url}"):
        client = chromadb.HttpClient(
            host=f"{url.scheme}://{url.netloc}{url.path}" if url.path.strip("/") else url.hostname,
            port=url.port or (443 if url.scheme == "https" else 80),
            ssl=url.scheme == "https",
            settings=quiet,
        )
    return cast("Client", client)


def close_client(client: Client) -> None:
    """Release everything the client holds, its HTTP connections too, which Chroma's own `close` leaves open."""
    servers = [
        getattr(holder, "_server", None) for holder in (client, getattr(client, "_admin_client", None))
    ]
    client.close()
    for server in servers:
        session = getattr(server, "_session", None)
        if session is not None:
            session.close()


@contextmanager
def chroma_errors(action: str) -> Iterator[None]:
    """Translate what Chroma or its transport raises inside the block; `action` completes "could not …"."""
    try:
        yield
    except DatelineError:
        raise
    except Exception as error:
        raise _translated(action, error) from error
    except BaseException as error:
        # How Chroma's Rust half fails where it did not expect to.
        if type(error).__name__ != "PanicException":
            raise
        raise _damaged(action, error) from error


def _translated(action: str, error: Exception) -> Exception:
    """The Dateline error for a vendor error; programming errors stay what they are."""
    import httpx
    from chromadb.errors import ChromaError

    message = f"could not {action}: {error}"
    said = str(error).casefold()
    if any(words in said for words in _FULL):
        return UpstreamUnavailable(
            f"{message}. Its disk is full, it seems: make room, then run the same again; nothing is lost"
        )
    if any(words in said for words in _NOT_WRITABLE):
        return SettingsError(f"{message}: the data folder cannot be written; mend its permissions")
    if any(words in said for words in _DAMAGED):
        return _damaged(action, error)
    if isinstance(error, ChromaError):
        status = error.code()
        if status == 429:
            return RateLimited(message)
        return UpstreamUnavailable(f"{message}{_AGAIN}") if status >= 500 else UpstreamRefused(message)
    if isinstance(error, (httpx.HTTPError, ConnectionError, OSError)) or "Could not connect" in str(error):
        return UpstreamUnavailable(message)
    if isinstance(error, ValueError):
        return UpstreamRefused(message)
    return error


def _damaged(action: str, error: BaseException) -> IndexDamaged:
    return IndexDamaged(
        f"could not {action}: the database is damaged ({error}). Check the disk, remove the folder "
        f"`{EMBEDDED_FOLDER}` in the data folder (`rm -r`; of a Chroma server, its folder), then `dateline restore` "
        "a backup or `dateline ingest FOLDER` again"
    )


def collection_or_none(client: Client, name: str) -> Collection | None:
    """The collection by that name, or None where there is none."""
    from chromadb.errors import NotFoundError

    with chroma_errors(f"open the collection {name}"):
        try:
            return client.get_collection(name, embedding_function=None)
        except NotFoundError:
            return None


def upsert(collection: Collection, limit: int, **columns: Any) -> None:
    """Upsert parallel columns (`ids`, `embeddings`, `documents`, …) in calls of at most `limit` rows."""
    with chroma_errors(f"write to {collection.name}"):
        for start in range(0, len(columns["ids"]), limit):
            rows: Mapping[str, Any] = {
                name: column[start : start + limit] for name, column in columns.items()
            }
            collection.upsert(**rows)


def delete(collection: Collection, limit: int, ids: Sequence[str]) -> None:
    """Delete the records with these ids, those absent included, in calls of at most `limit`."""
    with chroma_errors(f"delete from {collection.name}"):
        for start in range(0, len(ids), limit):
            collection.delete(ids=list(ids[start : start + limit]))


def get(
    collection: Collection, limit: int, ids: Sequence[str], include: Sequence[str]
) -> Iterator[Mapping[str, Any]]:
    """Read the records with these ids in calls of at most `limit`; yields Chroma's answers, column-wise."""
    for start in range(0, len(ids), limit):
        wanted: Any = list(include)
        with chroma_errors(f"read from {collection.name}"):
            rows = collection.get(ids=list(ids[start : start + limit]), include=wanted)
        yield cast("Mapping[str, Any]", rows)


def everything(
    collection: Collection, include: Sequence[str], at_once: int = READ_AT_ONCE
) -> Iterator[Mapping[str, Any]]:
    """Every record of the collection, in calls of at most `at_once`; yields Chroma's answers, column-wise.

    A record that is removed meanwhile may be absent, one that is replaced is there in one of its forms.
    """
    with chroma_errors(f"read {collection.name}"):
        few = collection.count() <= at_once
        wanted: Any = list(include)
        whole = collection.get(include=wanted) if few else None
    if whole is not None:
        yield cast("Mapping[str, Any]", whole)
    else:
        yield from get(collection, at_once, all_ids(collection), include)


def all_ids(collection: Collection) -> list[str]:
    """The ids of every record."""
    with chroma_errors(f"list {collection.name}"):
        return collection.get(include=[])["ids"]


def remove_vector_files(path: Path) -> None:
    """Remove the vector indices of an embedded database, folders named by a UUID; its SQLite file stays."""
    for folder in path.iterdir():
        if folder.is_dir() and _is_uuid(folder.name):
            shutil.rmtree(folder)


def _is_uuid(name: str) -> bool:
    try:
        UUID(name)
    except ValueError:
        return False
    return True
